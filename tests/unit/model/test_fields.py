"""The fields of a record are a mapping like any other, in less memory."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from syncd.model.fields import Fields

NAMES = st.sampled_from(["userid", "name", "mobile", "email", "custom.floor"])
DICTIONARIES = st.dictionaries(NAMES, st.none() | st.text(max_size=3))


@given(said=DICTIONARIES, other=DICTIONARIES)
def test_fields_say_what_a_dictionary_says(said, other) -> None:
    fields = Fields(said)
    assert dict(fields) == fields.as_dict() == said
    assert (list(fields), list(fields.keys()), len(fields)) == (list(said), list(said), len(said))
    assert list(fields.items()) == list(said.items())
    for name in ("userid", "name", "nothing"):
        assert (name in fields, fields.get(name), fields.get(name, "?")) == (
            name in said,
            said.get(name),
            said.get(name, "?"),
        )
    assert {**fields, **other} == {**said, **other}
    assert fields.keys() - other.keys() == said.keys() - other.keys()


@given(said=DICTIONARIES, other=DICTIONARIES)
def test_fields_are_equal_where_they_say_the_same_in_any_order(said, other) -> None:
    assert (Fields(said) == Fields(other)) is (said == other)
    assert (Fields(said) == other) is (said == other)
    assert (said == Fields(other)) is (said == other)
    turned = Fields(dict(reversed(said.items())))
    assert turned == Fields(said)
    assert hash(turned) == hash(Fields(said))


def test_fields_do_not_change_with_what_they_were_made_of() -> None:
    said = {"name": "Li"}
    fields = Fields(said)
    said["name"] = "Wang"
    assert fields == {"name": "Li"}
    assert fields != {"name": None}
    assert fields != ["name"]


def test_records_with_the_same_fields_need_less_than_half_of_what_dictionaries_need() -> None:
    said = {f"field{number}": "value" for number in range(13)}
    one, another = Fields(said), Fields(dict(said))
    assert one._places is another._places
    assert sys.getsizeof(one) + sys.getsizeof(one._values) < sys.getsizeof(said) / 2
