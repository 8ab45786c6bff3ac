"""Writes LDAP messages as bytes, in every form that BER allows, for what reads them."""

import math
from collections.abc import Iterable, Mapping, Sequence

SEQUENCE, SET, OCTETS, INTEGER, ENUMERATED = 0x30, 0x31, 0x04, 0x02, 0x0A
ENTRY, DONE, REFERENCE, INTERMEDIATE, EXTENDED = 0x64, 0x65, 0x73, 0x79, 0x78
PAGED_RESULTS = b"1.2.840.113556.1.4.319"


def element(tag: int, content: bytes, digits: int = 0) -> bytes:
    """Return an element; `digits` is how many octets its length has at least, 0 for the shortest."""
    size = len(content)
    if size < 0x80 and not digits:
        return bytes([tag, size]) + content
    count = max(digits, math.ceil(size.bit_length() / 8))
    return bytes([tag, 0x80 | count]) + size.to_bytes(count) + content


def entry(dn: bytes, attributes: Iterable[tuple[bytes, Sequence[bytes]]], digits: int = 0) -> bytes:
    """Return the content of a search entry."""
    listed = b"".join(
        element(
            SEQUENCE,
            element(OCTETS, name, digits)
            + element(SET, b"".join(element(OCTETS, one, digits) for one in values), digits),
            digits,
        )
        for name, values in attributes
    )
    return element(OCTETS, dn, digits) + element(SEQUENCE, listed, digits)


def message(number: int, operation: int, content: bytes, controls: bytes = b"", digits: int = 0):
    """Return one message."""
    inner = element(INTEGER, number.to_bytes(max(1, number.bit_length() // 8 + 1)), digits)
    inner += element(operation, content, digits)
    return element(SEQUENCE, inner + (element(0xA0, controls, digits) if controls else b""), digits)


def result(code: int = 0, text: bytes = b"") -> bytes:
    """Return the content of a result."""
    return element(ENUMERATED, bytes([code])) + element(OCTETS, b"") + element(OCTETS, text)


def paging(cookie: bytes) -> bytes:
    """Return the control that says how the pages go on."""
    value = element(SEQUENCE, element(INTEGER, b"\0") + element(OCTETS, cookie))
    return control(PAGED_RESULTS, value)


def control(name: bytes, value: bytes) -> bytes:
    """Return a control."""
    return element(SEQUENCE, element(OCTETS, name) + element(OCTETS, value))


def page(number: int, people: Mapping[bytes, Mapping[bytes, Sequence[bytes]]], cookie: bytes):
    """Return the messages of one page."""
    found = [message(number, ENTRY, entry(dn, each.items())) for dn, each in people.items()]
    return b"".join([*found, message(number, DONE, result(), paging(cookie))])
