"""Who is still there, told by OpenLDAP itself (RFC 4533): a sweep of ids, in a fifth of the time.

The server is asked, as a replica would ask, what has changed since a `contextCSN`. It answers
with the ids of whoever was deleted, where it still knows, and else with the ids of everybody who
is there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Final

from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.packed import SIZE, Packed, cut, packed, text_of

_DONE: Final = "1.3.6.1.4.1.4203.1.9.1.3"
_STATE: Final = "1.3.6.1.4.1.4203.1.9.1.2"
_INFO: Final = "1.3.6.1.4.1.4203.1.9.1.4"
# Tags of BER (X.690) that occur.
_BOOLEAN, _OCTETS, _ENUMERATED, _SEQUENCE, _SET = 0x01, 0x04, 0x0A, 0x30, 0x31
_ID_SET: Final = 0xA3
_NEW_COOKIE: Final = 0x80
#: What stands before each `syncUUID` of a set, as nearly every server writes it: tag and length.
_HEAD: Final = bytes((_OCTETS, SIZE))
_RECORD: Final = len(_HEAD) + SIZE
_DELETED: Final = 3
#: From here on the first byte of a length says how many bytes of it follow; more than these do not.
_LONG: Final = 0x80
_LONGEST: Final = 4
#: What may stand in front, or alone: a cookie and a truth value, or one of them, or nothing.
_FLAGS: Final = ((), (_OCTETS,), (_BOOLEAN,), (_OCTETS, _BOOLEAN))
#: State and id of an entry, and perhaps a cookie.
_STATES: Final = ((_ENUMERATED, _OCTETS), (_ENUMERATED, _OCTETS, _OCTETS))
_REFRESH_ONLY: Final = b"\x0a\x01\x01"


class Unclear(ValueError):
    """An answer that is not understood; another way has to tell."""


def who_has_gone(
    directory: Directory,
    base: str,
    search_filter: str,
    marks: Iterable[str],
    kept: AbstractSet[str],
) -> set[str] | None:
    """Return who of those who are kept has gone; None where the server does not tell.

    Raises:
        SourceError: The server did not answer.
    """
    cookie = f"rid=000,csn={';'.join(sorted(marks))}"
    call = RollCall(kept)
    result = directory.synchronise(base, search_filter, ["1.1"], request_value(cookie), call.take)
    if result is None:
        return None
    try:
        return call.missing(result)
    except Unclear:
        return None


class RollCall:
    """Who of those who are kept is named: taken down while the server is still telling."""

    def __init__(self, kept: AbstractSet[str]) -> None:
        """Nobody has been named yet."""
        self._kept = kept
        self._there: set[bytes] = set()
        self._deleted: set[bytes] = set()
        self._unclear: Unclear | None = None

    def take(self, answer: Mapping[str, Any]) -> None:
        """Take an answer, in ldap3's form; that one was not understood is said at the end."""
        try:
            self._take(answer)
        except Unclear as error:
            self._unclear = error

    def missing(self, result: Mapping[str, Any]) -> set[str]:
        """Return who has gone, by all that was told; `result` is the last of it.

        Raises:
            Unclear: It is not as RFC 4533 describes it, or uses more of it than we understand.
        """
        if self._unclear is not None:
            raise self._unclear
        if _ends_with_deletes(result):
            return set(map(text_of, self._deleted)) & self._kept
        if self._deleted:
            raise Unclear("both who is there and who was deleted")
        self._unnamed.uuids.difference_update(self._there)
        return self._unnamed.texts()

    @cached_property
    def _unnamed(self) -> Packed:
        return packed(self._kept)

    def _take(self, answer: Mapping[str, Any]) -> None:
        if answer["type"] == "searchResEntry":
            state, uuid = _named(answer)
            (self._deleted if state == _DELETED else self._there).add(uuid)
        elif answer["type"] == "intermediateResponse" and answer.get("responseName") == _INFO:
            are_deleted, ids = _id_set(answer.get("responseValue") or b"")
            if are_deleted:
                self._deleted.update(_uuids(ids))
            elif ids:
                self._unnamed.uuids.difference_update(_uuids(ids))


def request_value(cookie: str) -> bytes:
    """Return the value of the control that asks for changes since `cookie`."""
    return _element(_SEQUENCE, _REFRESH_ONLY + _element(_OCTETS, cookie.encode()))


def _named(answer: Mapping[str, Any]) -> tuple[int, bytes]:
    """Return the state that an entry is in, and its id, from the control that stands beside it.

    Of an entry that was deleted there is nothing else (RFC 4533, 3.4).
    """
    (_, state), (_, uuid) = _parts(_control(answer, _STATE), *_STATES)[:2]
    if len(state) != 1 or state[0] > _DELETED or len(uuid) != SIZE:
        raise Unclear("an entry without a state")
    return state[0], uuid


def _id_set(value: bytes) -> tuple[bool, bytes]:
    """Return whether a message tells of deleted entries, and the content of its set of ids."""
    (tag, content), *more = _elements(value)
    if tag == _NEW_COOKIE and not more:
        return False, b""
    if tag != _ID_SET or more:  # a phase has ended, and another begins: who is meant is not clear
        raise Unclear("a message that does not occur in a single refresh")
    *flags, (_, ids) = _parts(content, *([*each, _SET] for each in _FLAGS))
    return _is_true(flags), ids


def _ends_with_deletes(result: Mapping[str, Any]) -> bool:
    """Return whether those of whom nothing was said are as they were; else they are gone."""
    return _is_true(_parts(_control(result, _DONE), *_FLAGS))


def _is_true(flags: Iterable[tuple[int, bytes]]) -> bool:
    """Return what a truth value among these says; where there is none, that it is not so."""
    value = dict(flags).get(_BOOLEAN, b"\x00")
    if len(value) != 1:
        raise Unclear("a truth value that is none")
    return value != b"\x00"


def _uuids(ids: bytes) -> Iterator[bytes]:
    """Return the UUIDs of a set, each by itself."""
    count, rest = divmod(len(ids), _RECORD)
    if rest or ids[0::_RECORD] != _HEAD[:1] * count or ids[1::_RECORD] != _HEAD[1:] * count:
        return _uuids_one_by_one(ids)
    return cut(ids, len(_HEAD))


def _uuids_one_by_one(ids: bytes) -> Iterator[bytes]:
    """Yield the UUIDs of a set, however their lengths are written."""
    for tag, uuid in _elements(ids):
        if tag != _OCTETS or len(uuid) != SIZE:
            raise Unclear("ids that are none")
        yield uuid


def _parts(content: bytes, *forms: Sequence[int]) -> list[tuple[int, bytes]]:
    """Return the elements of a sequence, whose tags are those of one of these forms."""
    parts = list(_elements(content)) if content else []
    if [tag for tag, _ in parts] not in map(list, forms):
        raise Unclear("parts that do not belong there")
    return parts


def _control(answer: Mapping[str, Any], name: str) -> bytes:
    """Return the content of the sequence that a control holds."""
    control = (answer.get("controls") or {}).get(name) or {}
    (tag, content), *more = _elements(control.get("value") or b"")
    if tag != _SEQUENCE or more:
        raise Unclear("another value than was expected")
    return content


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element; at least one.

    Raises:
        Unclear: The lengths do not fit.
    """
    at = 0
    while True:
        if at + 2 > len(data):
            raise Unclear("an element without its end")
        tag, length = data[at], data[at + 1]
        at += 2
        if length >= _LONG:
            size = length - _LONG
            if not 1 <= size <= _LONGEST or at + size > len(data):
                raise Unclear("a length that is none")
            length = int.from_bytes(data[at : at + size])
            at += size
        if at + length > len(data):
            raise Unclear("an element without its end")
        yield tag, data[at : at + length]
        at += length
        if at == len(data):
            return


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _LONG + len(length))) + length + content
