"""What a server says of itself (RFC 4512, 5.1): which kind it is, and which trees it has."""

from collections.abc import Mapping, Sequence
from typing import Final

from syncd.errors import SourceRejected
from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.kinds import ACTIVE_DIRECTORY, DS389, KINDS, OPENLDAP, DirectoryKind
from syncd.text import joined, text

#: `LDAP_CAP_ACTIVE_DIRECTORY_OID` and `LDAP_CAP_ACTIVE_DIRECTORY_ADAM_OID` (MS-ADTS, 3.1.1.3.4.3).
_WINDOWS: Final = frozenset({b"1.2.840.113556.1.4.800", b"1.2.840.113556.1.4.1851"})
_ASKED: Final = (
    *("objectClass", "supportedCapabilities", "vendorName", "vendorVersion", "namingContexts"),
)

Attributes = Mapping[str, Sequence[bytes]]


def recognise(root_dse: Attributes) -> DirectoryKind | None:
    """Return which kind of server shows this; None where it cannot be told."""
    if _WINDOWS & set(root_dse.get("supportedcapabilities", ())):
        return ACTIVE_DIRECTORY
    vendor = b" ".join((*root_dse.get("vendorname", ()), *root_dse.get("vendorversion", ())))
    if b"389" in vendor:
        return DS389
    classes = {name.lower() for name in root_dse.get("objectclass", ())}
    return OPENLDAP if b"openldaprootdse" in classes else None


def kind_of(directory: Directory, configured: str) -> DirectoryKind:
    """Return the configured kind, or with `auto` the one that the server says it is.

    Raises:
        SourceRejected: The server does not say it.
        SourceError: The server did not answer.
    """
    if configured in KINDS:
        return KINDS[configured]
    root_dse = read_root_dse(directory)
    kind = recognise(root_dse)
    if kind is None:
        vendor = [
            value.decode("utf-8", "replace")
            for name in ("vendorname", "vendorversion")
            for value in root_dse.get(name, ())
        ]
        raise SourceRejected(
            text(
                "{url} does not say which kind of directory it is ({vendor})",
                url=directory.url,
                vendor=joined(", ", vendor) if vendor else "-",
            ),
            hint=text(
                'Set directory to "openldap", "ad" or "389ds"; "openldap" suits every server that has entryUUID (RFC 4530).'
            ),
        )
    return kind


def read_root_dse(directory: Directory) -> Attributes:
    """Return what the server says of itself, by attribute in lower case; possibly nothing.

    Raises:
        SourceError: The server did not answer.
    """
    found = directory.entry("", list(_ASKED))
    return found.attributes if found else {}
