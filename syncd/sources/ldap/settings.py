"""What the LDAP source needs to know, and what it reads when nothing else is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from syncd.config.field_value import FieldValue, field_value
from syncd.sources.ldap.kinds import DEPARTMENTS, PERSONS, DirectoryKind
from syncd.sources.ldap.refused import RefusedPasswords


@dataclass(frozen=True, slots=True)
class View:
    """The settings that decide which entries are seen at all."""

    base_dn: str
    person_filter: str = PERSONS
    department_filter: str = DEPARTMENTS
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: What departments are: `ou`, `attribute:<name>` or `none`.
    departments: str = "ou"
    #: DNs; only who is a member of one of them, nested groups included, is read.
    groups: tuple[str, ...] = ()

    @property
    def department_attribute(self) -> str | None:
        """Return the attribute, in lower case, whose value is a person's department."""
        kind, _, name = self.departments.partition(":")
        return name.lower() if kind == "attribute" else None


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """One configured LDAP source."""

    name: str
    #: `ldaps://host[:port]`, `ldap://host[:port]` or `ldapi://<path>`; the first that answers is used.
    urls: tuple[str, ...]
    base_dn: str
    #: None binds anonymously.
    bind_dn: str | None = None
    #: Gives the password when it is needed; it is never kept.
    bind_password: Callable[[], str] | None = field(default=None, repr=False)
    #: `simple`, or `external`: by the client certificate, or over `ldapi://` by the system's account.
    bind_method: str = "simple"
    #: Ask for TLS on `ldap://` before anything else is sent.
    start_tls: bool = False
    #: PEM file of the authorities to trust instead of the system's.
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    #: How long connecting, and each answer, may take.
    timeout: timedelta = timedelta(seconds=10)
    #: `auto`, or the code of a kind.
    directory: str = "auto"
    #: Our field → what it is made of, as `field_value` takes it; merged over the defaults of the kind.
    fields: Mapping[str, object] = field(default_factory=dict)
    #: As in `View`.
    departments: str = "ou"
    groups: tuple[str, ...] = ()
    #: Departments by id, DN or full path.
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: None is the built-in filter.
    person_filter: str | None = None
    department_filter: str | None = None
    #: Allow the password to go over an unencrypted connection to another machine.
    allow_plaintext: bool = False
    #: Entries asked for at a time; servers commonly allow 1,000.
    page_size: int = 1000
    #: Lives as long as the source that these are the settings of.
    refused: RefusedPasswords = field(default_factory=RefusedPasswords, repr=False, compare=False)

    def view(self, kind: DirectoryKind) -> View:
        """Return the settings that decide which entries are seen in a directory of this kind."""
        return View(
            base_dn=self.base_dn,
            person_filter=_in_brackets(self.person_filter or kind.persons),
            department_filter=_in_brackets(self.department_filter or DEPARTMENTS),
            include=tuple(sorted(self.include)),
            exclude=tuple(sorted(self.exclude)),
            departments=self.departments,
            groups=tuple(sorted(self.groups)),
        )

    def attributes(self, kind: DirectoryKind) -> Mapping[str, FieldValue]:
        """Return our field → what it is made of, attributes in lower case, defaults included."""
        merged = {**kind.fields, **self.fields}
        return {name: field_value(written).renamed(str.lower) for name, written in merged.items()}


def _in_brackets(text: str) -> str:
    text = text.strip()
    return text if text.startswith("(") else f"({text})"
