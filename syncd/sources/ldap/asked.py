"""What one server is asked for under the settings, and what its silence means."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncd.config.field_value import FieldValue
from syncd.errors import SourceRejected
from syncd.model.field import MANAGER
from syncd.sources.base import Progress
from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.groups import read_members
from syncd.sources.ldap.memory import Memory
from syncd.sources.ldap.placing import Places
from syncd.sources.ldap.reading import Draft, Gathered, Wanted, read_persons, read_tree
from syncd.sources.ldap.settings import LdapSettings, View
from syncd.sources.ldap.tree import Range, regrown
from syncd.text import joined, text


@dataclass(frozen=True, slots=True)
class Asked:
    """A server, and what the settings mean for its kind."""

    directory: Directory
    settings: LdapSettings
    #: Our field → what it is made of, attributes in lower case.
    attributes: Mapping[str, FieldValue]

    @property
    def view(self) -> View:
        """Return which entries are seen."""
        return self.settings.view(self.directory.kind)

    @property
    def wanted(self) -> Wanted:
        """Return which attributes are read."""
        (manager,) = self.attributes[MANAGER].attributes
        return Wanted(
            frozenset(each for value in self.attributes.values() for each in value.attributes),
            manager,
            self.view.department_attribute,
        )

    def readable(self, memory: Memory) -> frozenset[str]:
        """Return the attributes whose absence means that they are empty."""
        lock = self.directory.kind.lock.lower()
        seen = memory.readable - {lock}
        # Whether accounts are locked must not be taken from a silence: the server only says that
        # somebody has no lock (RFC 4511, 4.5.1.7) where it lets us see locks.
        if memory.carriers.get(lock) or self.directory.has_any(
            self.view.base_dn, f"(&{self.view.person_filter}(!({lock}=*)))"
        ):
            return seen | {lock}
        return seen

    def readable_of(self, draft: Draft) -> frozenset[str]:
        """Return the attributes that one person carries, or is proven not to carry."""
        kind = self.directory.kind
        asked = self.wanted.kept(kind)
        person = kind.id_filter(draft.external_id)
        proven = {
            attribute
            for attribute in sorted(asked - draft.carried)
            if self.directory.has_any(self.view.base_dn, f"(&{person}(!({attribute}=*)))")
        }
        return draft.carried | proven

    def fields_of(self, readable: frozenset[str]) -> frozenset[str]:
        """Return our fields of which something may be known."""
        return frozenset(
            name for name, value in self.attributes.items() if readable.issuperset(value.attributes)
        )

    def capabilities(self, readable: frozenset[str]) -> dict[str, str]:
        """Return what the account was found to be able to see."""
        unseen = sorted(self.attributes.keys() - self.fields_of(readable))
        found: dict[str, str] = {"directory": self.directory.kind.title}
        if unseen:
            found["bind"] = text("carried by nobody: {unseen}", unseen=joined(", ", unseen))
        return found

    def check_departments(self, places: Places, readable: frozenset[str]) -> None:
        """Refuse a reading that cannot say who is in which department.

        Raises:
            SourceRejected: Nobody shows the attribute that departments are taken from.
        """
        attribute = self.view.department_attribute
        if attribute and places and attribute not in readable:
            raise SourceRejected(
                text(
                    "{url} shows the attribute {attribute}, which departments are taken from, of nobody",
                    url=self.directory.url,
                    attribute=attribute,
                ),
                hint=text(
                    "Check departments, and give the bind account the right to read the attribute."
                ),
            )


def read_all(
    directory: Directory, view: View, wanted: Wanted, progress: Progress
) -> tuple[Range, Gathered, Gathered]:
    """Return what is to be read, what became of the departments, and the persons.

    Raises:
        SourceError: Something could not be read to its end.
    """
    tree, departments = read_tree(directory, view)
    progress("departments", len(tree.distinct()), len(tree.distinct()))
    members = read_members(directory, view.groups)
    persons = members.narrowed(view.person_filter)
    users = read_persons(directory, view, persons, wanted, progress)
    if any(tree.misses_a_unit(draft.key) for draft in users.drafts.values()):
        # A department was made or moved while we read: without a second look its people
        # would seem to have moved to the department above it.
        newer, departments = read_tree(directory, view)
        tree = regrown(tree, newer)
    within = Range(tree, view, members)
    _check(directory, within, users)
    return within, departments, users


def _check(directory: Directory, within: Range, users: Gathered) -> None:
    """Refuse a reading that shows something else than what was asked for."""
    if within.unknown_includes:
        raise SourceRejected(
            text(
                "include names no department: {unknown_includes}",
                unknown_includes=joined(", ", within.unknown_includes),
            ),
            hint=text("Name departments by id, DN or full path, as `syncd tree` shows it."),
        )
    if users.nameless and not users.drafts:
        raise SourceRejected(
            text("{url} shows the {id} of nobody", url=directory.url, id=directory.kind.id),
            hint=text(
                "Give the bind account the right to read {id} below base_dn.", id=directory.kind.id
            ),
        )
