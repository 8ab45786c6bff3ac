"""Names of entries are compared as a directory means them, not as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sources.ldap.dn import Name, dn_key, dn_of, own_names

_SPECIAL = '\\,+"<>;='


def escaped(value: str) -> str:
    """Write a value as RFC 4514 wants it."""
    text = "".join(f"\\{char}" if char in _SPECIAL else char for char in value)
    if text.startswith(("#", " ")):
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if text.endswith(" ") and not text.endswith("\\ ") else text


@pytest.mark.parametrize(
    "other",
    [
        "UID=Zhang,OU=研发\\, 一部,DC=Example,DC=test",
        "uid=zhang , ou=研发\\2c 一部 , dc=example , dc=test",
        'uid=zhang,ou="研发, 一部",dc=example,dc=test',
        "uid=zhang;ou=研发\\,  一部;dc=example;dc=test",
        "uid=zhang,ou=\\e7\\a0\\94\\e5\\8f\\91\\, 一部,dc=example,dc=test",
    ],
)
def test_one_name_written_in_several_ways_is_one_name(other):
    assert dn_key(other) == dn_key("uid=zhang,ou=研发\\, 一部,dc=example,dc=test")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ou=a,ou=b", "ou=a\\,ou=b"),
        ("cn=a+uid=b", "cn=a\\+uid=b"),
        ("cn=a\\5c,dc=x", "cn=a\\,dc=x"),
        ("cn=a,dc=x", "ou=a,dc=x"),
    ],
)
def test_names_that_differ_stay_different(one, other):
    assert dn_key(one) != dn_key(other)


def test_the_parts_of_a_level_have_no_order():
    assert dn_key("cn=A+uid=1,dc=x") == dn_key("UID=1+CN=a,dc=x")


def test_a_backslash_in_hex_escapes_nothing():
    assert own_names("ou=a\\5c2c,dc=x") == (Name("ou", "a\\2c"),)


def test_what_is_no_name_at_all_is_still_compared():
    assert dn_key("") == ()
    assert own_names("") == ()
    assert dn_key("nonsense") == dn_key("NONSENSE")


@given(st.text(min_size=1).filter(lambda text: text.strip() == text and "\0" not in text))
def test_every_value_survives_being_written_and_read(value):
    assert own_names(f"ou={escaped(value)},dc=x") == (Name("ou", value),)


@given(st.text())
def test_no_text_makes_a_name_fail(text):
    dn_key(text)
    own_names(text)


@given(st.lists(st.text("aABé= \t中", max_size=8), max_size=5), st.sampled_from([",", " , ", ",,"]))
def test_a_plain_dn_and_the_same_with_an_escape_have_the_same_key(values, separator):
    plain = separator.join(f" Cn ={value}" for value in values)
    escaped = plain.replace("a", r"\61")
    assert dn_key(plain) == dn_key(escaped)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)))
def test_a_dn_made_of_what_is_compared_is_the_same_name(values):
    dn = ",".join(f"ou={escaped(value)}" for value in values if value.strip())
    assert dn_key(dn_of(dn_key(dn))) == dn_key(dn)
