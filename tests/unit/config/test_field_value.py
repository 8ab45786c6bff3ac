"""A field's value is made of attributes by a small closed set of steps, and of nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config.field_value import field_value
from syncd.config.pattern import TooLong, check_pattern

ZHANG = {"sn": ["张"], "givenName": ["三"], "no": ["E0042"], "tel": ["010-1", "+86 13800138000"]}


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("sn", "张"),
        (" sn ", "张"),
        ("missing", None),
        ("{sn}{givenName}", "张三"),
        ("{givenName} {sn}", "三 张"),
        ("{sn}{missing}", None),
        ("{sn}{missing?}", "张"),
        ("{missing?} {sn}", "张"),
        ("{missing?}{other?}", None),
        ("{{{sn}}}", "{张}"),
        ("E-{no}", "E-E0042"),
        ({"from": "no"}, "E0042"),
        ({"from": "no", "strip_prefix": "E"}, "0042"),
        ({"from": "no", "strip_prefix": "X"}, "E0042"),
        ({"from": "no", "pad_left": 8}, "000E0042"),
        ({"from": "no", "strip_prefix": "E", "pad_left": 8}, "00000042"),
        ({"from": "no", "strip_prefix": "E0042", "pad_left": 8}, None),
        ({"from": "no", "pad_left": 2}, "E0042"),
        ({"from": "missing", "pad_left": 8}, None),
        ({"from": "no", "match": "^E0*([0-9]+)$"}, "42"),
        ({"from": "no", "match": "^E0*([0-9]+)$", "pad_left": 5}, "00042"),
        ({"from": "no", "match": "^X(.*)$", "pad_left": 5}, None),
        ({"from": "no", "match": "^E0042(.*)$"}, None),
        ({"from": "no", "match": "^E(X)?0"}, None),
        ({"from": "tel", "match": "^.*?(1[0-9]{10})$"}, "13800138000"),
        ({"from": "{sn}-{no}", "match": "-E(.*)$"}, "0042"),
        ({"from": "{sn}{missing}", "match": "(张)"}, None),
    ],
)
def test_a_value_is_made_as_it_is_written(written, made):
    assert field_value(written).of(ZHANG) == made


@pytest.mark.parametrize(
    ("written", "attributes"),
    [
        ("sn", ("sn",)),
        ("{sn}{givenName?}{sn}", ("sn", "givenName")),
        ("extattr.工号", ("extattr.工号",)),
        ("{extattr.工号 (旧)}/{userid}", ("extattr.工号 (旧)", "userid")),
        ({"from": "{cn;lang-zh}"}, ("cn;lang-zh",)),
    ],
)
def test_what_a_value_needs_is_known(written, attributes):
    assert field_value(written).attributes == attributes


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "name of an attribute"),
        (5, "name of an attribute"),
        (["sn"], "name of an attribute"),
        ("{sn", "other half"),
        ("sn}", "other half"),
        ("{a{b}}", "other half"),
        ("{}", "name of an attribute"),
        ("{?}", "name of an attribute"),
        ("{{sn}}", "names no attribute"),
        ("{extattr}", "extattr.<its name>"),
        ("extattr.", "extattr.<its name>"),
        ("a\tb", "no name of an attribute"),
        ("{a?b}", "no name of an attribute"),
        ("{a}\0", "NUL"),
        ({}, "from"),
        ({"from": 5}, "from"),
        ({"from": "a", "strip_sufix": "x"}, "strip_sufix is not a known step"),
        ({"from": "a", "eval": "x"}, "known are: from, match, strip_prefix, pad_left"),
        ({"from": "a", "strip_prefix": ""}, "strip_prefix"),
        ({"from": "a", "pad_left": 0}, "pad_left"),
        ({"from": "a", "pad_left": 65}, "1 to 64"),
        ({"from": "a", "pad_left": True}, "pad_left"),
        ({"from": "a", "pad_left": "8"}, "pad_left"),
        ({"from": "a", "match": 5}, "match"),
        ({"from": "a", "match": "("}, "no regular expression"),
        ({"from": "a", "match": "x"}, "exactly one group, it has 0"),
        ({"from": "a", "match": "(x)(y)"}, "exactly one group, it has 2"),
        ({"from": "a", "match": f"({'x' * 200})"}, "longer than 200"),
        ({"from": "a", "match": r"(?=x)(x)"}, "look-around"),
        ({"from": "a", "match": r"(x)\1"}, "look-around or reference"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_what_is_wrong(written, why):
    with pytest.raises(ValueError) as caught:
        field_value(written)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(?:a|a)*(x)$",
        "(?:a?b?)*(x)",
        "^(?:[0-9]{1,3}){1,9}(x)",
        ".*.*.*.*(x)$",
        f"({'a?' * 40})x",
    ],
)
def test_a_pattern_that_could_take_forever_is_refused(pattern):
    with pytest.raises(ValueError, match="could take forever"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^.*?(1[0-9]{10})$",
        r"^(?:\+?86)?[ -]?(1\d{10})\s*$",
        r"^cn=([^,]+),",
        r"^(?:E|S|T)(\d{4,8})$",
        r"(?i)^dept-(.*)$",
    ],
)
def test_patterns_that_people_write_are_taken(pattern):
    assert check_pattern(pattern).longest >= 100


@given(
    st.sampled_from([r"^.*.*.*(x)$", r".*.*(x)$", r"^(.*)[ab]{0,9}[ab]{0,9}x$", r"(?:a|aa)(.*)x"]),
    st.text("ab", max_size=1200),
)
def test_a_pattern_that_is_taken_ends_soon(pattern, value):
    checked = check_pattern(pattern)
    began = time.process_time()
    try:
        found = checked.find(value)
    except TooLong:
        assert len(value) > checked.longest
    else:
        assert found is None
    assert time.process_time() - began < 2


@given(st.text(max_size=30))
def test_any_text_is_a_value_or_refused(written):
    try:
        made = field_value(written)
    except ValueError:
        return
    assert made.attributes
