"""The LDAP source: reads, reads one person, confirms absences, normalizes."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from syncd.errors import SyncdError
from syncd.model.cursor import Why
from syncd.model.entry import Absence, Entry, Kind, Missing, Partial, Snapshot
from syncd.model.record import Record
from syncd.model.run import PARTIAL
from syncd.sources.base import BegunReading, Known, Progress, ignore_progress
from syncd.sources.ldap.absence import judge
from syncd.sources.ldap.asked import Asked, read_all
from syncd.sources.ldap.changes import ChangesReading
from syncd.sources.ldap.connection import open_directory
from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.going_on import Whole, position_after
from syncd.sources.ldap.groups import read_members
from syncd.sources.ldap.kinds import KINDS, OPENLDAP
from syncd.sources.ldap.memory import Memory, recall
from syncd.sources.ldap.normalize import department_record, user_record
from syncd.sources.ldap.placing import (
    carriers,
    entries,
    manager_among,
    managers_of,
    placed,
    placing_of,
)
from syncd.sources.ldap.position import Position, recall_position
from syncd.sources.ldap.reading import read_tree
from syncd.sources.ldap.refused import PasswordRefused, RefusedPasswords
from syncd.sources.ldap.second_look import SecondLook
from syncd.sources.ldap.settings import LdapSettings
from syncd.sources.ldap.standing import read_standing
from syncd.sources.ldap.tree import Range, Tree
from syncd.sources.ldap.trial import try_out
from syncd.text import Text, text


def _utc_now() -> datetime:
    return datetime.now(UTC)


class LdapSource:
    """An LDAP directory. Implements `syncd.sources.base.Source`."""

    def __init__(self, settings: LdapSettings, clock: Callable[[], datetime] = _utc_now) -> None:
        """Prepare reading; nothing is connected yet."""
        self._settings = settings
        self._clock = clock
        self._attributes = {code: settings.attributes(kind) for code, kind in KINDS.items()}

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
        return frozenset(self._attributes[OPENLDAP.code])  # each kind has the same

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everybody below the base, and the departments.

        Raises:
            SourceError: The reading did not reach its end.
        """
        began_at = self._clock()
        before = recall(scope)
        with open_directory(self._settings, self._clock) as directory:
            asked = self._asked(directory)
            standing = read_standing(directory, asked.view.base_dn)
            within, departments, users = read_all(directory, asked.view, asked.wanted, progress)
            places = placed(users.drafts.values(), within)
            references = frozenset(departments.references | users.references)
            lost = within.members.lost(before.groups)
            groups = within.members.walked | lost
            memory = before.after(asked.view, carriers(places), references, users.nameless, groups)
            readable = asked.readable(memory)
            asked.check_departments(places, readable)
            managers = managers_of(places)
            position = position_after(
                Whole(
                    asked,
                    standing,
                    within,
                    places,
                    (departments, users),
                    memory,
                    readable,
                    managers,
                    self._identity_of(within.tree),
                )
            )
            calls = directory.calls
        placing = placing_of(asked.view, within)
        found = entries(places, placing, directory.kind, readable, manager_among(places, managers))
        return Snapshot(
            source=self.name,
            began_at=began_at,
            departments=placing.entries(places),
            users=found,
            readable=asked.fields_of(readable),
            rejections=(*departments.rejections, *users.rejections),
            facts=_facts(calls, within, references, lost),
            capabilities={**asked.capabilities(readable), "incremental": _in_words(position)},
            scope=memory.as_scope(),
            identity=self._identity_of(within.tree),
            position=position.as_json() if isinstance(position, Position) else {},
        )

    def begin(self, scope: Mapping[str, object]) -> BegunReading | None:
        """Begin in a process of its own what `read` does; None where that cannot be."""
        from syncd.sources.aside import begin_aside  # noqa: PLC0415 - of no use to that process

        settings = self._settings
        if self._clock is not _utc_now:
            return None  # it has the system's clock
        try:
            password = None if settings.bind_password is None else settings.bind_password()
            account = (settings.bind_dn or "", password or "")
            settings.refused.check(*account, self._clock())
        except SyncdError:
            return None  # it is told where the source is read
        told = replace(settings, bind_password=None, refused=RefusedPasswords())

        def learn(error: SyncdError | None) -> None:
            if isinstance(error, PasswordRefused):
                settings.refused.note(*account, self._clock())
            elif error is None:
                settings.refused.forget()

        request = (told, password, dict(scope))
        read = partial(self.read, scope)
        return begin_aside(self.name, __package__, request, instead=read, learn=learn)

    def read_changes(
        self,
        position: Mapping[str, object],
        scope: Mapping[str, object],
        known: Known,
        progress: Progress = ignore_progress,
    ) -> Snapshot | Why:
        """Return what has changed since `position`, or why everything has to be read.

        Raises:
            SourceError: The reading did not reach its end.
        """
        began_at = self._clock()
        before, memory = recall_position(position), recall(scope)
        settings = replace(self._settings, directory=before.kind)
        with open_directory(settings, self._clock) as directory:
            reading = ChangesReading(self._asked(directory), before, memory, known, progress)
            found = reading.read()
            calls = directory.calls
        if isinstance(found, Why):
            return found
        return Snapshot(
            source=self.name,
            began_at=began_at,
            departments=(),
            users=found.users,
            readable=None,
            facts={PARTIAL: 1, "calls": calls},
            scope=found.memory.as_scope(),
            identity=before.identity,
            position=found.position.as_json(),
            partial=Partial(found.missing),
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
            asked = self._asked(directory)
            look = SecondLook(directory, asked.wanted)
            members = read_members(directory, asked.view.groups)
            persons = members.narrowed(asked.view.person_filter)
            drafts = list(look.drafts([external_id], asked.view, persons))
            if drafts:
                within = Range(read_tree(directory, asked.view)[0], asked.view, members)
                identity = self._identity_of(within.tree)
                placing = placing_of(asked.view, within)
                places = placed(drafts, within)
                readable = asked.readable_of(drafts[0])
                managers = look.manager_by_lookup(within, asked.view)
                users = entries(places, placing, directory.kind, readable, managers)
                departments = tuple(
                    above for draft, unit in places.items() for above in placing.above(draft, unit)
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
            asked = self._asked(directory)
            look = SecondLook(directory, asked.wanted, progress)
            blind = _blindness(snapshot, memory)
            evidence = look.collect(missing, memory.views, asked.readable(memory), blind)
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

    def _asked(self, directory: Directory) -> Asked:
        return Asked(directory, self._settings, self._attributes[directory.kind.code])

    def _identity_of(self, tree: Tree) -> str:
        """Return what tells this directory from another with the same base DN.

        Every server that makes its entries itself gives the base an id of its own (RFC 4530);
        replicas and restored backups keep it.
        """
        return f"{self.identity}#{tree.root.external_id}"


def _in_words(position: Position | Text) -> Text:
    """Return whether the next reading may be of changes only."""
    if isinstance(position, Position):
        return text("yes, by {mark}", mark=KINDS[position.kind].mark)
    return position


def _facts(
    calls: int, within: Range, references: frozenset[str], lost: frozenset[str]
) -> dict[str, int]:
    facts: Counter[str] = Counter(calls=calls)
    facts["references"] = len(references)
    facts["unknown_excludes"] = len(within.unknown_excludes)
    facts["groups_unreadable"] = len(lost)
    return {code: count for code, count in facts.items() if count}


def _blindness(snapshot: Snapshot, memory: Memory) -> str | None:
    """Return why an absence proves nothing now, as a code of `Hidden`."""
    if snapshot.facts.get("references", 0) > len(memory.references):
        return "unread"  # a part of the tree has gone to another server
    if snapshot.facts.get("groups_unreadable"):
        return "permission"
    nameless = sum(1 for each in snapshot.rejections if each.reason != "duplicate")
    return "permission" if nameless > memory.nameless else None
