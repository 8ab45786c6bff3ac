"""Ids are packed for comparing without one of them becoming another's."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sources.ldap.packed import cut, packed, text_of

ONE = "59d52207-7582-47db-af12-0222f34a326e"
PLAIN = st.uuids().map(str)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """Give the text of a UUID in which something was changed, so that it may be none."""
    text = draw(PLAIN)
    at = draw(st.integers(0, len(text)))
    part = draw(st.sampled_from(["", " ", "-", "\n", "A", "g", "٣", "é", "0", "00", "\0"]))
    return text[:at] + part + text[at + draw(st.integers(0, 2)) :]


IDS = st.lists(PLAIN | PLAIN | spoiled() | PLAIN.map(str.upper) | st.text(max_size=40), max_size=40)


def is_plain(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


@given(IDS)
def test_every_id_is_kept_and_only_uuids_in_plain_form_are_packed(ids):
    found = packed(ids)
    assert found.texts() == set(ids)
    assert found.uuids == {uuid.UUID(each).bytes for each in ids if is_plain(each)}
    assert found.others == {each for each in ids if not is_plain(each)}


@given(st.lists(spoiled(), min_size=1, max_size=3))
def test_what_is_none_does_not_hide_behind_others_whose_lengths_make_up_for_it(ids):
    assert packed([ONE, *ids, ONE]).texts() == {ONE, *ids}


@pytest.mark.parametrize(
    "ids",
    [
        pytest.param([ONE + "0", ONE[:-1]], id="one too long, one too short"),
        pytest.param([ONE[:8] + ONE[9:] + "-"], id="a dash in another place"),
        pytest.param([ONE[:-2] + "  "], id="spaces instead of a byte"),
        pytest.param([ONE.replace("a", "A")], id="an upper case letter"),
        pytest.param([ONE.replace("5", "٥")], id="figures of another script"),
    ],
)
def test_what_looks_nearly_like_uuids_is_not_packed(ids):
    assert packed(ids) == (set(), set(ids))


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025, 5000])
def test_any_number_of_ids_is_packed(count):
    ids = [str(uuid.UUID(int=number << 90 | number)) for number in range(count)]
    assert packed(ids) == ({uuid.UUID(each).bytes for each in ids}, set())
    assert packed(dict.fromkeys([*ids, "other"])).others == {"other"}


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 600])
@pytest.mark.parametrize("head", [0, 2])
def test_records_are_cut_into_their_uuids(count, head):
    uuids = [uuid.UUID(int=number * 2**100).bytes for number in range(count)]
    raw = b"".join(b"\x04\x10"[:head] + each for each in uuids)
    assert list(cut(raw, head)) == uuids
    assert [text_of(each) for each in uuids] == [str(uuid.UUID(bytes=each)) for each in uuids]
