"""The kinds of directory that are read, and what differs between them: ids, defaults, locks."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncd.text import text

_COMMON_FIELDS: Final[Mapping[str, str]] = {
    "email": "mail",
    "mobile": "mobile",
    "telephone": "telephoneNumber",
    "employee_no": "employeeNumber",
    "position": "title",
    "manager": "manager",
}
#: Our field → attribute of the cosine and inetOrgPerson schemas (contract, section 9).
_INETORGPERSON: Final[Mapping[str, str]] = {"userid": "uid", "name": "cn", **_COMMON_FIELDS}
_WINDOWS: Final[Mapping[str, str]] = {
    "userid": "sAMAccountName",
    "name": "displayName",
    **_COMMON_FIELDS,
}
# Computers and contacts are classes of Active Directory. OpenLDAP calls a filter with a class it
# does not know undefined, so that excluding them here would leave nobody.
PERSONS: Final = "(|(objectClass=inetOrgPerson)(objectClass=person))"
DEPARTMENTS: Final = "(objectClass=organizationalUnit)"
#: Users of Active Directory without computers and contacts (other classes), without the accounts
#: that stand for trusted domains (`sAMAccountType` 805306370), and without those that every domain
#: is born with: Administrator, Guest, krbtgt.
_WINDOWS_PERSONS: Final = (
    "(&(objectCategory=person)(objectClass=user)"
    "(!(sAMAccountType=805306370))(!(isCriticalSystemObject=TRUE)))"
)
#: `ACCOUNTDISABLE` of `userAccountControl` (MS-ADTS, 2.2.16).
_ACCOUNT_DISABLED: Final = 0x2
#: As nearly every server writes it; anything else takes ten times as long to understand.
_CANONICAL_ID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
#: `userAccountControl` is a number of 32 bits; whatever else stands there says nothing.
_FLAGS: Final = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_UNIQUE_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{8}){3}")


@dataclass(frozen=True, slots=True)
class DirectoryKind:
    """One kind of directory server."""

    #: As `directory` in the configuration names it.
    code: str
    #: As people name it.
    title: str
    #: The attribute with the immutable id of an entry.
    id: str
    #: Our field → attribute.
    fields: Mapping[str, str]
    persons: str
    #: The attribute that says whether an account is switched off.
    lock: str
    #: Whether a value of `lock` says so.
    is_off: Callable[[str], bool]
    #: One value of `id` → lower-case dashed text, or None where it is none.
    text_of_id: Callable[[bytes], str | None]
    #: Such a text → what stands for it in a filter.
    filter_of_id: Callable[[str], str]
    #: What to do about a limit of the server.
    limits: str
    #: The attribute that moves with every change of an entry, and can be searched by its order.
    mark: str
    #: Whether the server itself follows nested groups (`LDAP_MATCHING_RULE_IN_CHAIN`).
    follows_groups: bool = False

    def id_of(self, values: Iterable[bytes]) -> str | None:
        """Return an entry's id as lower-case dashed text; None where there is none to use."""
        first = next(iter(values), None)
        return None if first is None else self.text_of_id(first)

    def is_id(self, external_id: str) -> bool:
        """Return whether a text is an id as this kind of directory has them."""
        return self.text_of_id(self._as_stored(external_id)) == external_id

    def id_filter(self, external_id: str) -> str:
        """Return the filter that finds an entry by its id."""
        return f"({self.id}={self.filter_of_id(external_id)})"

    def _as_stored(self, external_id: str) -> bytes:
        if self.text_of_id is not _guid:
            return external_id.encode()
        try:
            return uuid.UUID(external_id).bytes_le
        except ValueError:
            return b""


def _uuid(value: bytes) -> str | None:
    """Return an `entryUUID` (RFC 4530), which is text."""
    if _CANONICAL_ID.match(value):
        return value.decode("ascii")
    try:
        return str(uuid.UUID(value.decode("ascii")))
    except ValueError:
        return None


def _guid(value: bytes) -> str | None:
    """Return an `objectGUID` (MS-DTYP, 2.3.4): sixteen bytes, the first three groups reversed."""
    try:
        return str(uuid.UUID(bytes_le=value))
    except ValueError:
        return None


def _guid_filter(external_id: str) -> str:
    return "".join(f"\\{byte:02x}" for byte in uuid.UUID(external_id).bytes_le)


def _unique_id(value: bytes) -> str | None:
    """Return an `nsUniqueId`, which is text in four groups of eight."""
    found = value.decode("ascii", "replace").lower()
    return found if _UNIQUE_ID.fullmatch(found) else None


def _is_disabled(value: str) -> bool:
    return _FLAGS.fullmatch(value) is not None and bool(int(value) & _ACCOUNT_DISABLED)


OPENLDAP: Final = DirectoryKind(
    code="openldap",
    title="OpenLDAP",
    id="entryUUID",
    fields=_INETORGPERSON,
    persons=PERSONS,
    lock="pwdAccountLockedTime",
    # An administrator's lock (draft-behera-ldap-password-policy); one after wrong passwords passes.
    is_off=lambda value: value == "000001010000Z",
    text_of_id=_uuid,
    filter_of_id=str,
    limits=text(
        'Give the bind account a limit of its own in slapd, for instance: limits dn.exact="<bind_dn>" size.pr=1000 size.prtotal=unlimited.'
    ),
    mark="entryCSN",
)
ACTIVE_DIRECTORY: Final = DirectoryKind(
    code="ad",
    title="Active Directory",
    id="objectGUID",
    fields=_WINDOWS,
    persons=_WINDOWS_PERSONS,
    lock="userAccountControl",
    is_off=_is_disabled,
    text_of_id=_guid,
    filter_of_id=_guid_filter,
    limits=text(
        "Set page_size to at most MaxPageSize of the domain's query policy (1,000 unless somebody changed it), or raise its limits."
    ),
    mark="uSNChanged",
    follows_groups=True,
)
DS389: Final = DirectoryKind(
    code="389ds",
    title="389 Directory Server",
    id="nsUniqueId",
    fields=_INETORGPERSON,
    persons=PERSONS,
    lock="nsAccountLock",
    is_off=lambda value: value.strip().lower() == "true",
    text_of_id=_unique_id,
    filter_of_id=str,
    limits=text(
        "Give the bind account limits of its own: nsSizeLimit, nsLookThroughLimit, nsPagedSizeLimit and nsPagedLookThroughLimit on its entry (-1 is none)."
    ),
    mark="modifyTimestamp",
)
KINDS: Final[Mapping[str, DirectoryKind]] = {
    kind.code: kind for kind in (OPENLDAP, ACTIVE_DIRECTORY, DS389)
}
