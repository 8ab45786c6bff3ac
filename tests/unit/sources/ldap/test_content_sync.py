"""What a server tells by RFC 4533 is understood, or given up: never half of it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sources.ldap.content_sync import Told, Unclear, request_value, told

DONE, STATE = "1.3.6.1.4.1.4203.1.9.1.3", "1.3.6.1.4.1.4203.1.9.1.2"
INFO = "1.3.6.1.4.1.4203.1.9.1.4"
ONE, TWO, THREE = (str(uuid.UUID(int=number)) for number in (1, 2**127, 2**64 + 5))
COOKIE = b"rid=000,csn=20261128142652.052339Z#000000#000#000000"


def element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def id_set(*ids: str, deleted: bool) -> dict[str, object]:
    uuids = b"".join(element(0x04, uuid.UUID(each).bytes) for each in ids)
    told_so = element(0x01, b"\xff") if deleted else b""
    value = element(0xA3, element(0x04, COOKIE) + told_so + element(0x31, uuids))
    return {"type": "intermediateResponse", "responseName": INFO, "responseValue": value}


def entry(external_id: str, state: int) -> dict[str, object]:
    value = element(0x30, element(0x0A, bytes([state])) + element(0x04, bytes(16)))
    return {
        "type": "searchResEntry",
        "raw_attributes": {"entryUUID": [external_id.upper().encode()]},
        "controls": {STATE: {"value": value}},
    }


def end(*, deletes: bool) -> dict[str, object]:
    flag = element(0x01, b"\xff") if deletes else b""
    return {"controls": {DONE: {"value": element(0x30, element(0x04, COOKIE) + flag)}}}


def test_who_was_deleted_is_told():
    answers = [entry(ONE, 2), id_set(TWO, deleted=True), id_set(THREE, deleted=True)]
    assert told(answers, end(deletes=True)) == Told(frozenset({TWO, THREE}), are_deleted=True)


def test_an_entry_that_fits_no_more_is_told_as_deleted():
    assert told([entry(ONE, 3)], end(deletes=True)).ids == {ONE}


def test_who_is_there_is_told_with_who_has_changed():
    answers = [id_set(ONE, TWO, deleted=False), entry(THREE, 1)]
    assert told(answers, end(deletes=False)) == Told(
        frozenset({ONE, TWO, THREE}), are_deleted=False
    )


def test_where_nothing_has_changed_nobody_was_deleted():
    assert told([], end(deletes=True)) == Told(frozenset(), are_deleted=True)


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        pytest.param([], {"controls": {}}, id="no end"),
        pytest.param([id_set(ONE, deleted=True)], end(deletes=False), id="both ways at once"),
        pytest.param(
            [{**entry(ONE, 1), "controls": {}}], end(deletes=False), id="an entry without a state"
        ),
        pytest.param(
            [{**id_set(ONE, deleted=False), "responseValue": b"\xa2\x02\x01\x00"}],
            end(deletes=False),
            id="the end of a phase",
        ),
        pytest.param(
            [
                {
                    **id_set(ONE, deleted=False),
                    "responseValue": element(0xA3, element(0x31, element(0x04, bytes(15)))),
                }
            ],
            end(deletes=False),
            id="an id that is none",
        ),
    ],
)
def test_what_is_not_clear_is_given_up(answers, result):
    with pytest.raises(Unclear):
        told(answers, result)


@given(st.lists(st.uuids(), max_size=300, unique=True), st.booleans(), st.integers(0, 2000))
def test_a_message_that_breaks_off_is_given_up(ids, deleted, at):
    message = id_set(*map(str, ids), deleted=deleted)
    whole = message["responseValue"]
    assert isinstance(whole, bytes)
    found = told([message], end(deletes=deleted))
    assert found.ids == frozenset(map(str, ids))
    if at < len(whole):
        with pytest.raises(Unclear):
            told([{**message, "responseValue": whole[:at]}], end(deletes=deleted))


@given(st.binary(max_size=80))
def test_noise_is_given_up_or_names_ids(noise):
    message = {"type": "intermediateResponse", "responseName": INFO, "responseValue": noise}
    try:
        found = told([message], end(deletes=False))
    except Unclear:
        return
    assert all(str(uuid.UUID(each)) == each for each in found.ids)


@pytest.mark.parametrize("length", [10, 200, 40_000])
def test_the_request_holds_the_cookie(length):
    cookie = "c" * length
    inner = b"\x0a\x01\x01" + element(0x04, cookie.encode())
    assert request_value(cookie) == element(0x30, inner)
