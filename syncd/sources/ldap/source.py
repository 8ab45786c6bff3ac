"""The LDAP source: reads, reads one person, confirms absences, normalizes."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from syncd.errors import SourceRejected
from syncd.model.entry import Absence, Entry, Kind, Missing, Snapshot
from syncd.model.field import MANAGER
from syncd.model.record import Record
from syncd.sources.base import Progress, ignore_progress
from syncd.sources.ldap.absence import judge
from syncd.sources.ldap.connection import Directory, open_directory
from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.memory import Memory, recall
from syncd.sources.ldap.normalize import department_record, user_record
from syncd.sources.ldap.reading import (
    Gathered,
    Wanted,
    carriers,
    entries,
    manager_among,
    placed,
    read_persons,
    read_tree,
)
from syncd.sources.ldap.second_look import SecondLook
from syncd.sources.ldap.settings import ID, LOCKED, LdapSettings
from syncd.sources.ldap.tree import Range, Tree, regrown
from syncd.sources.ldap.trial import try_out
from syncd.text import Text, joined, text


def _utc_now() -> datetime:
    return datetime.now(UTC)


class LdapSource:
    """An OpenLDAP directory. Implements `syncd.sources.base.Source`."""

    def __init__(self, settings: LdapSettings, clock: Callable[[], datetime] = _utc_now) -> None:
        """Prepare reading; nothing is connected yet."""
        self._settings = settings
        self._view = settings.view
        self._attributes = settings.attributes
        (manager,) = self._attributes[MANAGER].attributes
        every = (each for value in self._attributes.values() for each in value.attributes)
        self._wanted = Wanted(frozenset(every), manager)
        self._clock = clock

    @property
    def name(self) -> str:
        """Return the configured name."""
        return self._settings.name

    @property
    def type(self) -> str:
        """Return `ldap`."""
        return "ldap"

    @property
    def identity(self) -> str:
        """Return the base DN in a form that does not depend on how it is written."""
        return ",".join(dn_key(self._settings.base_dn))

    @property
    def fields(self) -> frozenset[str]:
        """Return our fields that this source is configured to read, defaults included."""
        return frozenset(self._attributes)

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everybody below the base, and the departments.

        Raises:
            SourceError: The reading did not reach its end.
        """
        began_at = self._clock()
        with open_directory(self._settings, self._clock) as directory:
            within, departments, users = self._read_all(directory, progress)
            places = placed(users.drafts.values(), within)
            references = frozenset(departments.references | users.references)
            memory = recall(scope).after(self._view, carriers(places), references, users.nameless)
            readable = self._readable(directory, memory)
            calls = directory.calls
        found = entries(places, readable, manager_among(places))
        return Snapshot(
            source=self.name,
            began_at=began_at,
            departments=within.entries(),
            users=found,
            readable=self._fields_of(readable),
            rejections=(*departments.rejections, *users.rejections),
            facts=_facts(calls, within, references),
            capabilities=self._capabilities(readable),
            scope=memory.as_scope(),
            identity=self._identity_of(within.tree),
        )

    def read_user(self, external_id: str) -> Snapshot:
        """Return a snapshot of one person and the departments above, or of nobody.

        Raises:
            SourceError: The server could not be asked.
        """
        began_at = self._clock()
        users: tuple[Entry, ...] = ()
        departments: tuple[Entry, ...] = ()
        identity = None
        with open_directory(self._settings, self._clock) as directory:
            look = SecondLook(directory, self._wanted)
            drafts = list(look.drafts([external_id], self._view, self._view.person_filter))
            if drafts:
                within = Range(read_tree(directory, self._view)[0], self._view)
                identity = self._identity_of(within.tree)
                places = placed(drafts, within)
                readable = self._readable_of(directory, external_id, drafts[0].carried)
                users = entries(places, readable, look.manager_by_lookup(within, self._view))
                departments = tuple(
                    within.entry(above)
                    for unit in places.values()
                    for above in within.tree.chain(unit)
                    if above in within
                )
            calls = directory.calls
        facts = {"calls": calls}
        return Snapshot(
            self.name, began_at, departments, users, None, facts=facts, identity=identity
        )

    def confirm(
        self,
        snapshot: Snapshot,
        missing: Missing,
        limit: int | None,
        scope: Mapping[str, object],
        progress: Progress = ignore_progress,
    ) -> Absence:
        """Return which of the missing are gone; all are asked about, so none is unconfirmed.

        Raises:
            SourceError: The server could not be asked to the end.
        """
        del limit, scope  # the snapshot's own scope holds what the earlier one held
        if not missing.users and not missing.departments:
            return Absence()
        memory = recall(snapshot.scope)
        with open_directory(self._settings, self._clock) as directory:
            look = SecondLook(directory, self._wanted, progress)
            readable = self._readable(directory, memory)
            evidence = look.collect(missing, memory.views, readable, _blindness(snapshot, memory))
        return judge(missing, evidence)

    def normalize(self, entry: Entry) -> Record:
        """Return the entry in our field names; pure. Bad fields are unknown, and `rejections`."""
        if entry.kind is Kind.DEPARTMENT:
            return department_record(self.name, entry)
        return user_record(self.name, self._attributes, entry)

    def try_out(self) -> list[Text]:
        """Return what was found when the server was asked for as little as possible.

        Raises:
            SourceError: No server answered, the bind was refused, or nobody is to be seen.
        """
        return list(try_out(self._settings, self._clock))

    def close(self) -> None:
        """Do nothing: every reading closes its own connection."""

    def _read_all(
        self, directory: Directory, progress: Progress
    ) -> tuple[Range, Gathered, Gathered]:
        tree, departments = read_tree(directory, self._view)
        progress("departments", len(tree.distinct()), len(tree.distinct()))
        users = read_persons(
            directory, self._view, self._view.person_filter, self._wanted, progress
        )
        if any(tree.misses_a_unit(draft.key) for draft in users.drafts.values()):
            # A department was made or moved while we read: without a second look its people
            # would seem to have moved to the department above it.
            newer, departments = read_tree(directory, self._view)
            tree = regrown(tree, newer)
        within = Range(tree, self._view)
        if within.unknown_includes:
            raise SourceRejected(
                text(
                    "include names no department: {unknown_includes}",
                    unknown_includes=joined(", ", within.unknown_includes),
                ),
                hint=text(
                    "Name departments by entryUUID, DN or full path, as `syncd tree` shows it."
                ),
            )
        if users.nameless and not users.drafts:
            raise SourceRejected(
                text("{url} shows the entryUUID of nobody", url=directory.url),
                hint=text("Give the bind account the right to read entryUUID below base_dn."),
            )
        return within, departments, users

    def _identity_of(self, tree: Tree) -> str:
        """Return what tells this directory from another with the same base DN.

        Every server that makes its entries itself gives the base an id of its own (RFC 4530);
        replicas and restored backups keep it.
        """
        return f"{self.identity}#{tree.root.external_id}"

    def _readable(self, directory: Directory, memory: Memory) -> frozenset[str]:
        """Return the attributes whose absence means that they are empty."""
        locked = LOCKED.lower()
        seen = memory.readable - {locked}
        # Whether accounts are locked must not be taken from a silence: the server only says that
        # somebody has no lock (RFC 4511, 4.5.1.7) where it lets us see locks.
        if memory.carriers.get(locked) or directory.has_any(
            self._view.base_dn, f"(&{self._view.person_filter}(!({LOCKED}=*)))"
        ):
            return seen | {locked}
        return seen

    def _readable_of(
        self, directory: Directory, external_id: str, carried: frozenset[str]
    ) -> frozenset[str]:
        """Return the attributes that one person carries, or is proven not to carry."""
        absent = sorted({*self._wanted.attributes, LOCKED.lower()} - carried)
        proven = {
            attribute
            for attribute in absent
            if directory.has_any(self._view.base_dn, f"(&({ID}={external_id})(!({attribute}=*)))")
        }
        return carried | proven

    def _fields_of(self, readable: frozenset[str]) -> frozenset[str]:
        return frozenset(
            name
            for name, value in self._attributes.items()
            if readable.issuperset(value.attributes)
        )

    def _capabilities(self, readable: frozenset[str]) -> dict[str, str]:
        unseen = sorted(self._attributes.keys() - self._fields_of(readable))
        return (
            {"bind": text("carried by nobody: {unseen}", unseen=joined(", ", unseen))}
            if unseen
            else {}
        )


def _facts(calls: int, within: Range, references: frozenset[str]) -> dict[str, int]:
    facts: Counter[str] = Counter(calls=calls)
    facts["references"] = len(references)
    facts["unknown_excludes"] = len(within.unknown_excludes)
    return {code: count for code, count in facts.items() if count}


def _blindness(snapshot: Snapshot, memory: Memory) -> str | None:
    """Return why an absence proves nothing now, as a code of `Hidden`."""
    if snapshot.facts.get("references", 0) > len(memory.references):
        return "unread"  # a part of the tree has gone to another server
    nameless = sum(1 for each in snapshot.rejections if each.reason != "duplicate")
    return "permission" if nameless > memory.nameless else None
