"""What a certificate says, read from its DER (RFC 5280): enough to tell a person what is wrong."""

import ipaddress
from datetime import UTC, datetime
from typing import Final, NamedTuple

_COMMON_NAME: Final = bytes.fromhex("550403")
_ATTRIBUTES: Final = {
    _COMMON_NAME: "CN",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
}
_SUBJECT_ALT_NAME: Final = bytes.fromhex("551d11")
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_UTC_TIME: Final = 0x17
_OCTET_STRING: Final = 0x04
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87


class Certificate(NamedTuple):
    """One certificate that a server has shown."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    #: The DNS names and IP addresses that it is for.
    names: tuple[str, ...]


class Element(NamedTuple):
    """One element of BER or DER (X.690)."""

    tag: int
    content: bytes


def read_certificate(der: bytes) -> Certificate:
    """Return what a certificate says.

    Raises:
        ValueError: It is no certificate.
    """
    try:
        to_be_signed = elements(elements(elements(der)[0].content)[0].content)
        first = 1 if to_be_signed[0].tag == _VERSION else 0
        _, _, issuer, validity, subject = to_be_signed[first : first + 5]
        not_before, not_after = elements(validity.content)
        extensions = [part for part in to_be_signed[first + 5 :] if part.tag == _EXTENSIONS]
        names = _names(extensions[0].content) if extensions else ()
    except IndexError as error:
        raise ValueError("a part of the certificate is missing") from error
    return Certificate(
        _name(subject.content), _name(issuer.content), _time(not_before), _time(not_after), names
    )


def elements(data: bytes) -> list[Element]:
    """Return the elements that stand in `data` one after the other.

    Raises:
        ValueError: One is cut off.
        IndexError: One is cut off before its length.
    """
    parts, position = [], 0
    while position < len(data):
        tag, length, position = data[position], data[position + 1], position + 2
        if length >= 0x80:  # noqa: PLR2004 - the long form: how many bytes hold the length
            size = length & 0x7F
            length = int.from_bytes(data[position : position + size], "big")
            position += size
        if position + length > len(data):
            raise ValueError("an element is longer than the whole")
        parts.append(Element(tag, data[position : position + length]))
        position += length
    return parts


def _name(data: bytes) -> str:
    """Return a name by its common name, else by organization and unit."""
    found: dict[bytes, str] = {}
    for level in elements(data):
        for pair in elements(level.content):
            kind, value = elements(pair.content)
            found[kind.content] = value.content.decode("utf-8", "replace")
    if _COMMON_NAME in found:
        return found[_COMMON_NAME]
    shown = [f"{_ATTRIBUTES[kind]}={value}" for kind, value in found.items() if kind in _ATTRIBUTES]
    return ", ".join(shown) or "?"


def _time(part: Element) -> datetime:
    digits = part.content.decode("ascii").removesuffix("Z")
    if part.tag == _UTC_TIME:  # two digits of a year between 1950 and 2049
        digits = ("20" if int(digits[:2]) < 50 else "19") + digits  # noqa: PLR2004
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _names(data: bytes) -> tuple[str, ...]:
    for extension in elements(elements(data)[0].content):
        kind, *rest = elements(extension.content)
        if kind.content == _SUBJECT_ALT_NAME:
            held = next(part.content for part in rest if part.tag == _OCTET_STRING)
            shown = (_alternative(part) for part in elements(elements(held)[0].content))
            return tuple(name for name in shown if name)
    return ()


def _alternative(part: Element) -> str | None:
    if part.tag == _DNS_NAME:
        return part.content.decode("ascii", "replace")
    return str(ipaddress.ip_address(part.content)) if part.tag == _IP_ADDRESS else None
