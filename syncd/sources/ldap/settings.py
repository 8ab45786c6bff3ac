"""What the LDAP source needs to know, and what it reads when nothing else is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from syncd.config.field_value import FieldValue, field_value

#: Our field → attribute of OpenLDAP's core, cosine and inetorgperson schemas (contract, section 9).
DEFAULT_FIELDS: Final[Mapping[str, str]] = {
    "userid": "uid",
    "name": "cn",
    "email": "mail",
    "mobile": "mobile",
    "telephone": "telephoneNumber",
    "employee_no": "employeeNumber",
    "position": "title",
    "manager": "manager",
}
# Computers and contacts are classes of Active Directory. OpenLDAP calls a filter with a class it
# does not know undefined, so that excluding them here would leave nobody.
PERSONS: Final = "(|(objectClass=inetOrgPerson)(objectClass=person))"
DEPARTMENTS: Final = "(objectClass=organizationalUnit)"
#: The immutable id of an entry (RFC 4530).
ID: Final = "entryUUID"
#: When an account was locked (draft-behera-ldap-password-policy).
LOCKED: Final = "pwdAccountLockedTime"
#: The value of `LOCKED` that an administrator sets: locked for good, not after wrong passwords.
LOCKED_FOR_GOOD: Final = "000001010000Z"


@dataclass(frozen=True, slots=True)
class View:
    """The settings that decide which entries are seen at all."""

    base_dn: str
    person_filter: str = PERSONS
    department_filter: str = DEPARTMENTS
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """One configured LDAP source."""

    name: str
    #: `ldaps://host[:port]` or `ldap://host[:port]`; the first that answers is used.
    urls: tuple[str, ...]
    base_dn: str
    #: None binds anonymously.
    bind_dn: str | None = None
    #: Gives the password when it is needed; it is never kept.
    bind_password: Callable[[], str] | None = field(default=None, repr=False)
    #: PEM file of the authorities to trust instead of the system's.
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    #: How long connecting, and each answer, may take.
    timeout: timedelta = timedelta(seconds=10)
    #: Our field → what it is made of, as `field_value` takes it; merged over `DEFAULT_FIELDS`.
    fields: Mapping[str, object] = field(default_factory=dict)
    #: Departments by `entryUUID`, DN or full path.
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: None is the built-in filter.
    person_filter: str | None = None
    department_filter: str | None = None
    #: Allow the password to go over an unencrypted connection to another machine.
    allow_plaintext: bool = False
    #: Entries asked for at a time; servers commonly allow 1,000.
    page_size: int = 1000

    @property
    def view(self) -> View:
        """Return the settings that decide which entries are seen."""
        return View(
            base_dn=self.base_dn,
            person_filter=_in_brackets(self.person_filter or PERSONS),
            department_filter=_in_brackets(self.department_filter or DEPARTMENTS),
            include=tuple(sorted(self.include)),
            exclude=tuple(sorted(self.exclude)),
        )

    @property
    def attributes(self) -> Mapping[str, FieldValue]:
        """Return our field → what it is made of, attributes in lower case, defaults included."""
        merged = {**DEFAULT_FIELDS, **self.fields}
        return {name: field_value(written).renamed(str.lower) for name, written in merged.items()}


def _in_brackets(text: str) -> str:
    text = text.strip()
    return text if text.startswith("(") else f"({text})"
