"""What a server tells by RFC 4533 is understood, or given up: never half of it."""

import uuid
from collections.abc import Collection, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncd.sources.ldap.content_sync import RollCall, Unclear, request_value

DONE, STATE = "1.3.6.1.4.1.4203.1.9.1.3", "1.3.6.1.4.1.4203.1.9.1.2"
INFO = "1.3.6.1.4.1.4203.1.9.1.4"
ONE, TWO, THREE = (str(uuid.UUID(int=number)) for number in (1, 2**127, 2**64 + 5))
EVERYBODY = (ONE, TWO, THREE)
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
    return info(element(0xA3, element(0x04, COOKIE) + told_so + element(0x31, uuids)))


def info(value: bytes) -> dict[str, object]:
    return {"type": "intermediateResponse", "responseName": INFO, "responseValue": value}


def entry(external_id: str, state: int) -> dict[str, object]:
    value = element(0x0A, bytes([state])) + element(0x04, uuid.UUID(external_id).bytes)
    return {
        "type": "searchResEntry",
        "raw_attributes": {},
        "controls": {STATE: {"value": element(0x30, value)}},
    }


def end(*, deletes: bool) -> dict[str, object]:
    flag = element(0x01, b"\xff") if deletes else b""
    return {"controls": {DONE: {"value": element(0x30, element(0x04, COOKIE) + flag)}}}


def missing(
    answers: Collection[Mapping[str, object]],
    result: Mapping[str, object],
    kept: Collection[str] = EVERYBODY,
) -> set[str]:
    """Return who of these has gone, by what a server tells."""
    call = RollCall(frozenset(kept))
    for answer in answers:
        call.take(answer)
    return call.missing(result)


def test_who_was_deleted_is_told():
    answers = [entry(ONE, 2), id_set(TWO, deleted=True), id_set(THREE, deleted=True)]
    assert missing(answers, end(deletes=True)) == {TWO, THREE}


def test_who_was_deleted_and_was_not_kept_is_not_missing():
    assert missing([id_set(TWO, THREE, deleted=True)], end(deletes=True), [ONE, TWO]) == {TWO}


def test_an_entry_that_fits_no_more_is_told_as_deleted():
    assert missing([entry(ONE, 3)], end(deletes=True)) == {ONE}


def test_whoever_is_not_named_where_all_are_named_is_missing():
    assert missing([id_set(ONE, TWO, deleted=False)], end(deletes=False)) == {THREE}
    assert missing([id_set(deleted=False)], end(deletes=False)) == {ONE, TWO, THREE}
    assert missing([], end(deletes=False)) == {ONE, TWO, THREE}


@pytest.mark.parametrize("state", [0, 1, 2])
def test_who_has_changed_is_there(state):
    answers = [id_set(ONE, TWO, deleted=False), entry(THREE, state)]
    assert missing(answers, end(deletes=False)) == set()
    assert missing(answers[::-1], end(deletes=False)) == set()


def test_what_is_kept_and_is_no_uuid_is_there_only_where_nobody_says_that_it_is_not():
    kept = (ONE, "59D52207-7582-47DB-AF12-0222F34A326E", "e5c5d381-5c1211ef-8f8ab8a0-3d4e1b6a")
    assert missing([id_set(ONE, deleted=False)], end(deletes=False), kept) == set(kept[1:])
    assert missing([id_set(ONE, deleted=True)], end(deletes=True), kept) == {ONE}


def test_where_nothing_has_changed_nobody_was_deleted():
    assert missing([], end(deletes=True)) == set()


def test_ids_whose_lengths_are_written_in_another_way_are_understood():
    long = b"".join(b"\x04\x82\x00\x10" + uuid.UUID(each).bytes for each in (ONE, TWO))
    mixed = long + element(0x04, uuid.UUID(THREE).bytes)
    assert missing([info(element(0xA3, element(0x31, long)))], end(deletes=False)) == {THREE}
    assert missing([info(element(0xA3, element(0x31, mixed)))], end(deletes=False)) == set()


def set_of(*parts: bytes) -> dict[str, object]:
    return info(element(0xA3, b"".join(parts)))


IDS = element(0x31, element(0x04, uuid.UUID(ONE).bytes))


@pytest.mark.parametrize(
    ("answers", "result"),
    [
        pytest.param([], {"controls": {}}, id="no end"),
        pytest.param([], {"controls": {DONE: {"value": None}}}, id="an end without a value"),
        pytest.param(
            [],
            {"controls": {DONE: {"value": element(0x30, element(0x01, b""))}}},
            id="an end with half a truth",
        ),
        pytest.param(
            [],
            {"controls": {DONE: {"value": element(0x30, element(0x02, b"\1"))}}},
            id="an end with a number",
        ),
        pytest.param([id_set(ONE, deleted=True)], end(deletes=False), id="both ways at once"),
        pytest.param(
            [{**entry(ONE, 1), "controls": {}}], end(deletes=False), id="an entry without a state"
        ),
        pytest.param([entry(ONE, 4)], end(deletes=False), id="an entry in an unknown state"),
        pytest.param(
            [{**entry(ONE, 1), "controls": {STATE: {"value": b"\x30\x03\x0a\x01\x01"}}}],
            end(deletes=False),
            id="an entry without an id",
        ),
        pytest.param(
            [{**id_set(ONE, deleted=False), "responseValue": b"\xa2\x02\x01\x00"}],
            end(deletes=False),
            id="the end of a phase",
        ),
        pytest.param([info(b"")], end(deletes=False), id="nothing at all"),
        pytest.param(
            [set_of(element(0x31, element(0x04, bytes(15))))],
            end(deletes=False),
            id="an id that is none",
        ),
        pytest.param(
            [set_of(element(0x31, element(0x02, bytes(16))))], end(deletes=False), id="a number"
        ),
        pytest.param([set_of(IDS, IDS)], end(deletes=False), id="two sets"),
        pytest.param([set_of(IDS, element(0x01, b"\0"))], end(deletes=False), id="what follows"),
        pytest.param([set_of(element(0x04, COOKIE))], end(deletes=False), id="no set"),
        pytest.param([set_of(element(0x01, b""), IDS)], end(deletes=False), id="half a truth"),
        pytest.param(
            [info(element(0xA3, IDS) + element(0xA3, IDS))], end(deletes=False), id="two at once"
        ),
        pytest.param(
            [info(element(0x80, COOKIE) + element(0xA3, IDS))],
            end(deletes=False),
            id="a cookie and more",
        ),
    ],
)
def test_what_is_not_clear_is_given_up(answers, result):
    with pytest.raises(Unclear):
        missing(answers, result)


@pytest.mark.parametrize("deleted", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_was_not_clear_is_given_up_whatever_stands_beside_it(deleted, is_first):
    answers = [info(b"\xa3\x05\x31"), id_set(*EVERYBODY, deleted=deleted)]
    with pytest.raises(Unclear):
        missing(answers if is_first else answers[::-1], end(deletes=deleted))


@given(st.lists(st.uuids(), max_size=600, unique=True), st.booleans(), st.integers(0, 12_000))
@example([uuid.UUID(int=number) for number in range(600)], False, 11_000)
@example([uuid.UUID(int=number) for number in range(256)], False, 5000)
def test_a_message_that_breaks_off_is_given_up(ids, deleted, at):
    texts = set(map(str, ids))
    message = id_set(*texts, deleted=deleted)
    whole = message["responseValue"]
    assert isinstance(whole, bytes)
    kept = {*texts, ONE}
    found = missing([message], end(deletes=deleted), kept)
    assert found == (texts if deleted else kept - texts)
    if at < len(whole):
        with pytest.raises(Unclear):
            missing([info(whole[:at])], end(deletes=deleted), kept)


def read_exactly(data: bytes) -> list[tuple[int, bytes]]:
    """Return the elements of BER byte by byte, as X.690 has them; raise for what is none."""
    parts, rest = [], list(data)
    while rest:
        tag, length = rest.pop(0), rest.pop(0)
        if length >= 0x80:
            digits = [rest.pop(0) for _ in range(length - 0x80)]
            if not 1 <= len(digits) <= 4:
                raise IndexError(length)
            length = sum(digit << 8 * place for place, digit in enumerate(reversed(digits)))
        if length > len(rest):
            raise IndexError(length)
        parts.append((tag, bytes(rest[:length])))
        del rest[:length]
    return parts


def ids_of(value: bytes) -> tuple[bool, set[str]] | None:
    """Return whether ids were deleted, and the ids; None where that is not what was said."""
    try:
        ((tag, content),) = read_exactly(value)
        if tag == 0x80:
            return False, set()
        *flags, (last, ids) = read_exactly(content)
        read = read_exactly(ids)
    except (IndexError, ValueError):
        return None
    tags = [each for each, _ in flags]
    truth = dict(flags).get(0x01, b"\0")
    are_ids = all(each == 0x04 and len(one) == 16 for each, one in read)
    if tag != 0xA3 or last != 0x31 or tags not in ([], [4], [1], [4, 1]) or len(truth) != 1:
        return None
    return (truth != b"\0", {str(uuid.UUID(bytes=one)) for _, one in read}) if are_ids else None


@given(
    st.lists(st.uuids(), max_size=20, unique=True).map(lambda ids: list(map(str, ids))),
    st.booleans(),
    st.lists(
        st.tuples(st.integers(0, 450), st.integers(0, 2), st.binary(max_size=2) | st.just(b"\x10")),
        max_size=3,
    ),
    st.just(b"") | st.binary(max_size=20),
)
def test_a_message_that_was_spoiled_is_given_up_or_says_what_it_says(ids, deleted, edits, tail):
    value = id_set(*ids, deleted=deleted)["responseValue"]
    assert isinstance(value, bytes)
    for at, removed, added in edits:
        value = value[:at] + added + value[at + removed :]
    value += tail
    meant = ids_of(value)
    kept = {ONE, *ids, *(meant[1] if meant else ())}
    for are_deleted in (False, True):
        try:
            found = missing([info(value)], end(deletes=are_deleted), kept)
        except Unclear:
            assert meant is None or (meant[0] and meant[1] and not are_deleted)
            continue
        assert meant is not None
        if are_deleted:
            assert found == (meant[1] if meant[0] else set())
        else:
            assert found == kept - meant[1]


@given(st.binary(max_size=80))
def test_noise_is_given_up_or_names_ids(noise):
    try:
        found = missing([info(noise)], end(deletes=False))
    except Unclear:
        return
    meant = ids_of(noise)
    assert meant is not None
    assert found == set(EVERYBODY) - meant[1]


@pytest.mark.parametrize("length", [10, 200, 40_000])
def test_the_request_holds_the_cookie(length):
    cookie = "c" * length
    inner = b"\x0a\x01\x01" + element(0x04, cookie.encode())
    assert request_value(cookie) == element(0x30, inner)
