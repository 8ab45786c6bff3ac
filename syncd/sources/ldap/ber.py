"""Reads the BER of LDAP messages (RFC 4511, section 5.1), pure over bytes.

Search entries, which are nearly everything that a directory sends, are decoded here in one pass.
Of any other message only the form is checked, so that a decoder which trusts lengths can have it.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

#: The longest message that is taken, in bytes: a group of a million members fits.
MAX_MESSAGE: Final = 128 * 1024 * 1024
_MAX_DEPTH: Final = 16
_MAX_NAMES: Final = 1000

_BOOLEAN, _INTEGER, _OCTET_STRING, _ENUMERATED, _SEQUENCE, _SET = 0x01, 0x02, 0x04, 0x0A, 0x30, 0x31
_NUMBERS: Final = frozenset({_BOOLEAN, _INTEGER, _ENUMERATED})
_UNIVERSAL: Final = _NUMBERS | {_OCTET_STRING, _SEQUENCE, _SET}
_CONTROLS: Final = 0xA0
_CONSTRUCTED: Final = 0x20
#: From here on a first length octet says how many others follow (X.690, 8.1.3.5).
_LONG: Final = 0x80
#: Octets of a length or number that are taken: 64 bits.
_MAX_OCTETS: Final = 8
SEARCH_ENTRY: Final = 0x64
_REFERENCE: Final = 0x73
#: Operations that begin as an LDAPResult does: bind, search done, modify … extended.
_RESULTS: Final = frozenset({0x61, 0x65, 0x67, 0x69, 0x6B, 0x6D, 0x6F, 0x78})
_INTERMEDIATE: Final = 0x79
_WITH_VALUES: Final = _RESULTS | {_INTERMEDIATE}
_PAGED_RESULTS: Final = b"1.2.840.113556.1.4.319"


class Malformed(ValueError):
    """Bytes that are no LDAP message. Nothing of what they hold may be used."""


class Envelope(NamedTuple):
    """One LDAPMessage, by positions in its bytes."""

    message_id: int
    #: The tag of the operation, its content, and where controls begin (the end without any).
    operation: int
    start: int
    stop: int
    end: int


class Entry(NamedTuple):
    """A search entry."""

    dn: bytes
    #: By names in lower case, since case tells no two attributes apart (RFC 4512, section 2.5).
    attributes: dict[str, list[bytes]]


def messages(receive: Callable[[], bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield each message as bytes with its start and end, until `receive` gives nothing.

    `receive` returns whatever has arrived; a message may come in any number of parts.

    Raises:
        Malformed: What arrives is no message, or one longer than `MAX_MESSAGE`.
    """
    data, start = b"", 0
    while True:
        stop = _message_end(data, start)
        if stop is not None and stop <= len(data):
            yield data, start, stop
            start = stop
            continue
        missing = 1 if stop is None else stop - len(data)
        pending = bytearray(data[start:])
        wanted, start = len(pending) + missing, 0
        while len(pending) < wanted:
            part = receive()
            if not part:
                return
            pending += part
        data = bytes(pending)


def _message_end(data: bytes, start: int) -> int | None:
    """Return where the message ends; None where too little of it is there to tell."""
    if len(data) < start + 2:
        return None
    if data[start] != _SEQUENCE:
        raise Malformed("a message does not begin as one")
    count = max(0, data[start + 1] - _LONG)
    if len(data) < start + 2 + count:
        return None
    content, stop = _bounds(data, start)
    if stop - content > MAX_MESSAGE:
        raise Malformed("a message is longer than any that is taken")
    return stop


def envelope(data: bytes, start: int, stop: int) -> Envelope:
    """Return the parts of the message in `data[start:stop]`.

    Raises:
        Malformed: It is not `SEQUENCE { messageID, protocolOp, controls OPTIONAL }`.
    """
    try:
        at, end = _bounds(data, start)
        first, after = _bounds(data, at)
        begin, finish = _bounds(data, after)
    except IndexError:
        raise Malformed("a message ends too early") from None
    if (
        data[at] != _INTEGER
        or not first < after <= first + _MAX_OCTETS
        or not finish <= end == stop
    ):
        raise Malformed("a message is not made of a number and an operation")
    number = int.from_bytes(data[first:after], signed=True)
    return Envelope(number, data[after], begin, finish, end)


def entry(data: bytes, start: int, stop: int, names: dict[bytes, str]) -> Entry | None:
    """Return the search entry whose content is `data[start:stop]`.

    None where an attribute's name is not plain (a range of values, not ASCII): the entry is well
    formed, and for another decoder. `names` remembers the names of earlier entries.

    Raises:
        Malformed: The content is no SearchResultEntry, or has an attribute twice.
    """
    try:
        at, after = _bounds(data, start)
        first, finish = _bounds(data, after)
        if data[start] != _OCTET_STRING or data[after] != _SEQUENCE or finish != stop:
            raise Malformed("an entry is not made of a name and attributes")
        attributes = _attributes(data, first, finish, names)
    except IndexError:
        raise Malformed("an entry ends too early") from None
    return None if attributes is None else Entry(data[at:after], attributes)


def _attributes(
    data: bytes, at: int, stop: int, names: dict[bytes, str]
) -> dict[str, list[bytes]] | None:
    """Return attributes with their values; no step of it ends beyond `stop` unnoticed."""
    # Lengths below 128 are read in place: a call for each of a million values is a third more.
    attributes: dict[str, list[bytes]] = {}
    count, is_plain = 0, True
    while at < stop:
        tag, length = data[at], data[at + 1]
        at, end = (at + 2, at + 2 + length) if length < _LONG else _bounds(data, at)
        tag_of_type, length = data[at], data[at + 1]
        at, after = (at + 2, at + 2 + length) if length < _LONG else _bounds(data, at)
        if tag != _SEQUENCE or tag_of_type != _OCTET_STRING or after >= end or end > stop:
            raise Malformed("an attribute is not made of a name and values")
        raw = data[at:after]
        name = names.get(raw) or _learn(raw, names)
        values = _values(data, after, end)
        if name is None:
            is_plain = False
        else:
            attributes[name] = values
            count += 1
        at = end
    if at != stop or len(attributes) != count:
        raise Malformed("an attribute stands twice in an entry, or is cut off")
    return attributes if is_plain else None


def _values(data: bytes, at: int, stop: int) -> list[bytes]:
    tag, length = data[at], data[at + 1]
    at, end = (at + 2, at + 2 + length) if length < _LONG else _bounds(data, at)
    if tag != _SET or end != stop:
        raise Malformed("an attribute has no set of values")
    values = []
    while at < stop:
        if data[at] != _OCTET_STRING:
            raise Malformed("a value is no octet string")
        length = data[at + 1]
        at, end = (at + 2, at + 2 + length) if length < _LONG else _bounds(data, at)
        values.append(data[at:end])
        at = end
    if at != stop:
        raise Malformed("a value is longer than its attribute")
    return values


def _learn(raw: bytes, names: dict[bytes, str]) -> str | None:
    """Return an attribute's name in lower case, and remember it; None where it is not plain."""
    if not raw:
        raise Malformed("an attribute has no name")
    if not raw.isascii() or b";range=" in raw.lower():
        return None
    if len(names) >= _MAX_NAMES:  # a server could send ever new ones
        names.clear()
    return names.setdefault(raw, raw.decode("ascii").lower())


def check(data: bytes, parts: Envelope) -> None:
    """Check that a message is formed as LDAP says, for a decoder that does not look.

    Raises:
        Malformed: A length is indefinite, or beyond what holds it; a tag is none of LDAP's, or
            not the one that belongs there; a number has no digits; or elements are nested deeper
            than any message needs.
    """
    _check(data, parts.start, parts.stop, parts.operation & _CONSTRUCTED, 0)
    _check(data, parts.stop, parts.end, _CONSTRUCTED, 0)
    content = _children(data, parts.start, parts.stop) if parts.operation & _CONSTRUCTED else []
    tags = [tag for tag, _, _ in content]
    if parts.operation in _RESULTS and tags[:3] != [_ENUMERATED, _OCTET_STRING, _OCTET_STRING]:
        raise Malformed("a result is not made of a code, a name and a message")
    if parts.operation in _WITH_VALUES and not _NUMBERS.isdisjoint(
        tags[0 if parts.operation == _INTERMEDIATE else 1 :]
    ):
        # Of a number the decoder would make as many octets as it counts.
        raise Malformed("a value of an answer is a number")
    if parts.operation == _REFERENCE and set(tags) != {_OCTET_STRING}:
        raise Malformed("a reference is not made of URLs")
    for tag, start, end in _children(data, parts.stop, parts.end):
        if tag == _CONTROLS:
            for each, *bounds in _children(data, start, end):
                _check_control(data, each, *bounds)


def _check_control(data: bytes, tag: int, start: int, stop: int) -> None:
    """Raise `Malformed` for no control, and for a page that cannot say whether it is the last."""
    parts = _children(data, start, stop) if tag == _SEQUENCE else []
    if [each for each, _, _ in parts[:1]] != [_OCTET_STRING]:
        raise Malformed("a control has no name")
    if data[parts[0][1] : parts[0][2]] != _PAGED_RESULTS:
        return
    tag, at, end = parts[-1]
    _check(data, at, end, _CONSTRUCTED, 0)
    pages = _children(data, at, end)
    inner = [each for each, _, _ in _children(data, *pages[0][1:])] if len(pages) == 1 else []
    if tag != _OCTET_STRING or inner != [_INTEGER, _OCTET_STRING]:
        raise Malformed("a page does not say how it goes on")


def _children(data: bytes, start: int, stop: int) -> list[tuple[int, int, int]]:
    """Return tag, start and end of each element of what has been checked."""
    found = []
    while start < stop:
        at, end = _bounds(data, start)
        found.append((data[start], at, end))
        start = end
    return found


def _check(data: bytes, start: int, stop: int, constructed: int, depth: int) -> None:
    """Raise `Malformed` unless `data[start:stop]` is a sequence of elements that LDAP allows."""
    if depth > _MAX_DEPTH:
        raise Malformed("elements are nested too deep")
    while constructed and start < stop:
        tag = data[start]
        try:
            at, end = _bounds(data, start)
        except IndexError:
            raise Malformed("an element ends too early") from None
        if end > stop:
            raise Malformed("an element is longer than what holds it")
        _check_tag(tag, end - at)
        _check(data, at, end, tag & _CONSTRUCTED, depth + 1)
        start = end


def _check_tag(tag: int, length: int) -> None:
    """Raise `Malformed` for a tag that LDAP has no use for, or a number without digits."""
    is_universal, is_private, is_long = tag < 0x40, tag >= 0xC0, tag & 0x1F == 0x1F  # noqa: PLR2004 - X.690, 8.1.2
    if is_private or is_long or (is_universal and tag not in _UNIVERSAL):
        raise Malformed("a tag is none of LDAP's")
    if tag in _NUMBERS and not 0 < length <= _MAX_OCTETS:
        raise Malformed("a number has too few or too many digits")


def _bounds(data: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the element at `at` starts, and where it ends.

    Raises:
        IndexError: Its head is not all there.
        Malformed: Its length is indefinite, or has more than 64 bits.
    """
    length = data[at + 1]
    if length < _LONG:
        return at + 2, at + 2 + length
    count = length - _LONG
    if not 0 < count <= _MAX_OCTETS:
        raise Malformed("a length is indefinite, or has more than 64 bits")
    start = at + 2 + count
    if start > len(data):
        raise IndexError(start)
    return start, start + int.from_bytes(data[at + 2 : start])
