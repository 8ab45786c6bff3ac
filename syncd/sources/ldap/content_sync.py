"""Who is still there, told by OpenLDAP itself (RFC 4533): a sweep of ids, in a fifth of the time.

The server is asked, as a replica would ask, what has changed since a `contextCSN`. It answers
with the ids of whoever was deleted, where it still knows, and else with the ids of everybody who
is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.kinds import OPENLDAP

_DONE: Final = "1.3.6.1.4.1.4203.1.9.1.3"
_STATE: Final = "1.3.6.1.4.1.4203.1.9.1.2"
_INFO: Final = "1.3.6.1.4.1.4203.1.9.1.4"
_ID: Final = OPENLDAP.id.lower()
# Tags of BER (X.690) that occur.
_BOOLEAN, _OCTETS, _ENUMERATED, _SEQUENCE, _SET = 0x01, 0x04, 0x0A, 0x30, 0x31
_ID_SET: Final = 0xA3
_NEW_COOKIE: Final = 0x80
#: `syncUUID` as it stands in a set: its tag, its length, sixteen bytes.
_ID_SIZE: Final = 18
_DELETED: Final = 3
#: From here on the first byte of a length says how many bytes of it follow; more than these do not.
_LONG: Final = 0x80
_LONGEST: Final = 4
_REFRESH_ONLY: Final = b"\x0a\x01\x01"


class Unclear(ValueError):
    """An answer that is not understood; another way has to tell."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a server has told; ids in lower case with dashes."""

    ids: frozenset[str]
    #: Whether these are those who were deleted, and not everybody who is there.
    are_deleted: bool


def who_is_there(
    directory: Directory, base: str, search_filter: str, marks: Iterable[str]
) -> Told | None:
    """Return who has gone since, or who is there; None where the server does not tell.

    Raises:
        SourceError: The server did not answer.
    """
    cookie = f"rid=000,csn={';'.join(sorted(marks))}"
    answers = directory.synchronise(base, search_filter, [_ID], request_value(cookie))
    if answers is None:
        return None
    try:
        return told(answers[:-1], answers[-1])
    except Unclear:
        return None


def request_value(cookie: str) -> bytes:
    """Return the value of the control that asks for changes since `cookie`."""
    return _element(_SEQUENCE, _REFRESH_ONLY + _element(_OCTETS, cookie.encode()))


def told(answers: Iterable[Mapping[str, Any]], result: Mapping[str, Any]) -> Told:
    """Return what answers tell, in ldap3's form.

    Raises:
        Unclear: They are not as RFC 4533 describes them, or use more of it than we understand.
    """
    there: set[str] = set()
    deleted: set[str] = set()
    for answer in answers:
        if answer["type"] == "searchResEntry":
            own = (raw.decode("ascii", "replace").lower() for raw in _ids_of(answer))
            (deleted if _state(answer) == _DELETED else there).update(own)
        elif answer["type"] == "intermediateResponse" and answer.get("responseName") == _INFO:
            are_deleted, ids = _id_set(answer.get("responseValue") or b"")
            (deleted if are_deleted else there).update(ids)
    if _ends_with_deletes(result):
        return Told(frozenset(deleted), are_deleted=True)
    if deleted:
        raise Unclear("both who is there and who was deleted")
    return Told(frozenset(there), are_deleted=False)


def _ids_of(answer: Mapping[str, Any]) -> Iterable[bytes]:
    attributes = answer.get("raw_attributes") or {}
    for name, values in attributes.items():
        if name.lower() == _ID:
            found: Iterable[bytes] = values
            return found
    return ()


def _state(answer: Mapping[str, Any]) -> int:
    """Return the state that an entry is in, from the control that stands beside it."""
    control = (answer.get("controls") or {}).get(_STATE)
    if control is None:
        raise Unclear("an entry without a state")
    parts = list(_elements(_content(control["value"], _SEQUENCE)))
    if not parts or parts[0][0] != _ENUMERATED or len(parts[0][1]) != 1:
        raise Unclear("an entry without a state")
    return parts[0][1][0]


def _id_set(value: bytes) -> tuple[bool, Iterable[str]]:
    """Return whether a message tells of deleted entries, and their ids."""
    (tag, content), *more = _elements(value)
    if tag == _NEW_COOKIE:
        return False, ()
    if tag != _ID_SET or more:  # a phase has ended, and another begins: who is meant is not clear
        raise Unclear("a message that does not occur in a single refresh")
    are_deleted, ids = False, b""
    for kind, part in _elements(content):
        if kind == _BOOLEAN:
            are_deleted = part != b"\x00"
        elif kind == _SET:
            ids = part
        elif kind != _OCTETS:
            raise Unclear("an unknown part")
    return are_deleted, list(_texts(ids))


def _texts(ids: bytes) -> Iterator[str]:
    count, rest = divmod(len(ids), _ID_SIZE)
    if rest or ids[0::_ID_SIZE] != b"\x04" * count or ids[1::_ID_SIZE] != b"\x10" * count:
        raise Unclear("ids that are none")
    text = ids.hex()
    for at in range(4, len(text), 2 * _ID_SIZE):
        yield (
            f"{text[at : at + 8]}-{text[at + 8 : at + 12]}-{text[at + 12 : at + 16]}"
            f"-{text[at + 16 : at + 20]}-{text[at + 20 : at + 32]}"
        )


def _ends_with_deletes(result: Mapping[str, Any]) -> bool:
    """Return whether those of whom nothing was said are as they were; else they are gone."""
    control = (result.get("controls") or {}).get(_DONE)
    if control is None:
        raise Unclear("an end without its control")
    parts = dict(_elements(_content(control["value"], _SEQUENCE)))
    return parts.get(_BOOLEAN, b"\x00") != b"\x00"


def _content(value: bytes, tag: int) -> bytes:
    (found, content), *more = _elements(value)
    if found != tag or more:
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
