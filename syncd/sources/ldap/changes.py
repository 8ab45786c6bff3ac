"""A reading of what has changed: everything that a complete reading would give differently.

When in doubt, everything is read. A person's entry depends on more than itself: on the departments
and on whatever else is above it, on the groups that decide who is read, on what others carry, and
on the person whom its `manager` names. All of these are looked at, or shown not to have changed.
"""

from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

from ldap3.utils.conv import escape_filter_chars

from syncd.model.cursor import Why
from syncd.model.entry import Entry
from syncd.sources.base import Known, Progress
from syncd.sources.ldap.asked import Asked
from syncd.sources.ldap.bearers import Bearers, Seen, counted
from syncd.sources.ldap.content_sync import who_has_gone
from syncd.sources.ldap.dn import dn_key, dn_of
from syncd.sources.ldap.groups import read_members
from syncd.sources.ldap.memory import Memory
from syncd.sources.ldap.placing import Places, carriers, entries, placed, placing_of
from syncd.sources.ldap.position import Position, between, key_mark, tree_mark
from syncd.sources.ldap.reading import Draft, Gathered, read_persons, read_tree
from syncd.sources.ldap.second_look import SecondLook
from syncd.sources.ldap.standing import How, Standing, mark_of, read_again, since
from syncd.sources.ldap.touched import ids_of_no_persons, read_touched
from syncd.sources.ldap.tree import Range

#: Where more people have changed than this, and than this share of them, everything is read.
_FEW: Final = 1000
_MOST: Final = 0.2
#: Other entries that are looked at one by one.
_MOST_OTHERS: Final = 500
#: Persons counted who carry an attribute; more need not be known.
_ENOUGH: Final = 1000


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reading of changes has found."""

    position: Position
    memory: Memory
    users: tuple[Entry, ...] = ()
    #: Who is kept, and is not to be seen any more.
    missing: frozenset[str] = frozenset()


class _Whole(Exception):
    """Everything has to be read."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class ChangesReading:
    """One reading from one server."""

    asked: Asked
    before: Position
    memory: Memory
    known: Known
    progress: Progress
    #: Where the persons are.
    within: Range = field(init=False)
    #: DNs that were found to be nobody's.
    dangling: set[str] = field(default_factory=set)
    #: The latest mark of the entries that were read, and whose it is.
    latest: tuple[str, str] = ("", "")

    def read(self) -> Changes | Why:
        """Return what has changed, and who has gone; or why that cannot be told.

        Raises:
            SourceError: The reading did not reach its end.
        """
        before = self.before
        now = read_again(self.asked.directory, before.standing)
        mark = since(before.standing, now, before.latest[0])
        if isinstance(mark, Why) or now is None:
            return mark if isinstance(mark, Why) else Why.UNREADABLE
        if mark is None and not self.known.unsettled():
            return Changes(before.moved(now, ()), self.memory)
        try:
            return self._read(now, mark)
        except _Whole as whole:
            return whole.why

    def _read(self, now: Standing, mark: str | None) -> Changes:
        """Return what was changed at `mark` or later.

        Without a mark nothing was, and only those are looked at whom every run looks at.
        """
        if self.asked.view.department_attribute:
            raise _Whole(Why.DEPARTMENTS)
        self._look_at_tree()
        drafts, left = self._changed(mark) if mark is not None else ({}, set())
        changed = placed(drafts.values(), self.within)
        self._check_containers(changed)
        left |= drafts.keys() - {draft.external_id for draft in changed}
        missing = self._missing(left) if mark is not None else set()
        others = self._read_again({*drafts, *missing})
        others |= self._naming_those_who_came(changed)
        read = {**{each.external_id: each for each in others}, **drafts}
        places = placed(read.values(), self.within)
        there = {draft.external_id for draft in places}
        looked_at = {*self.known.unsettled(), *read}
        missing = (missing | (looked_at & self.known.people())) - there
        # Those read again count as well: a domain controller takes a manager who was deleted out of
        # an entry without a sign.
        bearers = self._counted(places, len(missing))
        found = self._entries(places)
        position = replace(
            self.before.moved(now, [self.latest]),
            carriers=bearers.least,
            dangling=self.before.dangling | self.dangling,
        )
        return Changes(position, bearers.memory, found, frozenset(missing))

    # ── what persons depend on ──────────────────────────────────────────────────────────────

    def _look_at_tree(self) -> None:
        directory, view = self.asked.directory, self.asked.view
        members = read_members(directory, view.groups)
        if members.walked != self.before.groups.keys() or any(
            mark_of(directory, group) != mark for group, mark in self.before.groups.items()
        ):
            raise _Whole(Why.GROUPS)
        tree, gathered = read_tree(directory, view)
        if gathered.rejections or gathered.unmarked:
            raise _Whole(Why.DOUBT)
        if tree_mark(tree) != self.before.tree:
            raise _Whole(Why.DEPARTMENTS)
        self.within = Range(tree, view, members)

    def _check_containers(self, places: Places) -> None:
        """Refuse persons below something that is no department and was not there before."""
        known = set(self.before.containers.values())
        for draft, unit in places.items():
            if any(key_mark(key) not in known for key in between(draft.key, unit)):
                raise _Whole(Why.DEPARTMENTS)

    # ── who was changed ─────────────────────────────────────────────────────────────────────

    def _changed(self, mark: str) -> tuple[dict[str, Draft], set[str]]:
        """Return the persons who were changed, and the ids of who was one and is none any more."""
        directory, view, kind = self.asked.directory, self.asked.view, self.asked.directory.kind
        condition = f"({kind.mark}>={mark})"
        self._check_latest()
        # With more entries than may be persons, departments and others, no person need be read.
        most = self._most + len(self.within.units) + _MOST_OTHERS
        touched = read_touched(directory, view.base_dn, condition, most)
        if touched is None:
            raise _Whole(Why.MANY)
        self.latest = touched.latest or self.latest
        drafts = self._persons(condition).drafts
        if not drafts and not directory.has_any(view.base_dn, f"(&{self._filter}({kind.mark}=*))"):
            raise _Whole(Why.UNREADABLE)
        known = drafts.keys() | self.within.units.keys()
        others = [each for each in touched.entries if each[0] not in known]
        if self._are_many(drafts) or len(others) > _MOST_OTHERS:
            raise _Whole(Why.MANY)
        if drafts.keys() & self.before.containers.keys():
            raise _Whole(Why.DEPARTMENTS)
        left = ids_of_no_persons(directory, view, self.before.containers, others)
        if isinstance(left, Why):
            raise _Whole(left)
        return drafts, left

    def _check_latest(self) -> None:
        """Refuse a server that shows less than it did: it was restored, and its clock goes on.

        Who was changed last must still be there, as changed then or later. Where that one was
        deleted, everything is read once more than need be.
        """
        if self.before.standing.how is How.USN:
            return  # a number of its own tells it (`standing`)
        directory, kind = self.asked.directory, self.asked.directory.kind
        mark, external_id = self.before.latest
        condition = f"(&{kind.id_filter(external_id)}({kind.mark}>={mark}))"
        if not directory.has_any(self.asked.view.base_dn, condition):
            raise _Whole(Why.RESTORED)

    def _persons(self, condition: str) -> Gathered:
        """Return the persons of whom a condition holds."""
        view = self.asked.view
        search_filter = f"(&{self._filter}{condition})"
        directory, wanted = self.asked.directory, self.asked.wanted
        gathered = read_persons(directory, view, search_filter, wanted, self.progress)
        if gathered.rejections or gathered.references - self.memory.references:
            raise _Whole(Why.DOUBT)
        return gathered

    @property
    def _filter(self) -> str:
        return self.within.members.narrowed(self.asked.view.person_filter)

    def _are_many(self, ids: Collection[str]) -> bool:
        return len(ids) > self._most

    @property
    def _most(self) -> float:
        """Return how many people may have changed or gone without everything being read."""
        return max(_FEW, len(self.known.people()) * _MOST)

    # ── who has gone ────────────────────────────────────────────────────────────────────────

    def _missing(self, left: set[str]) -> set[str]:
        """Return who is kept and is not to be read any more; `left` are who was seen to be so."""
        kept = self.known.people()
        missing = self._swept_away(kept) | (left & kept)
        if kept and (len(missing) == len(kept) or self._are_many(missing)):
            raise _Whole(Why.MANY)
        return missing

    def _swept_away(self, kept: AbstractSet[str]) -> set[str]:
        """Return who of those who are kept is not there."""
        directory, view, standing = self.asked.directory, self.asked.view, self.before.standing
        if standing.how is How.CSN:
            marks = (standing.marks or {}).values()
            gone = who_has_gone(directory, view.base_dn, self._filter, marks, kept)
            if gone is not None:
                return gone
        kind, name = directory.kind, directory.kind.id.lower()
        ids = (
            kind.id_of(found.attributes.get(name, ()))
            for page in directory.pages(view.base_dn, self._filter, [kind.id])
            for found in page.entries
        )
        return set(kept).difference(each for each in ids if each is not None)

    # ── who is to be read besides ───────────────────────────────────────────────────────────

    def _read_again(self, changed: set[str]) -> set[Draft]:
        """Return whoever names one of these as the manager, and whom every run looks at."""
        ids = {*self.known.unsettled(), *self.known.naming(changed)} - changed
        if self._are_many(ids):
            raise _Whole(Why.MANY)
        look = SecondLook(self.asked.directory, self.asked.wanted, self.progress)
        return set(look.drafts(sorted(ids), self.asked.view, self._filter))

    def _naming_those_who_came(self, places: Places) -> set[Draft]:
        """Return whoever named somebody as the manager who was nobody, and is somebody now."""
        manager = self.asked.wanted.manager
        came = [draft.key for draft in places if key_mark(draft.key) in self.before.dangling]
        if not came or manager is None:
            return set()
        names = "".join(f"({manager}={escape_filter_chars(dn_of(key))})" for key in came)
        return set(self._persons(f"(|{names})").drafts.values())

    # ── what they are ───────────────────────────────────────────────────────────────────────

    def _entries(self, places: Places) -> tuple[Entry, ...]:
        view, kind = self.asked.view, self.asked.directory.kind
        placing = placing_of(view, self.within)
        return entries(places, placing, kind, self.before.readable, self._manager_finder(places))

    def _manager_finder(self, places: Places) -> Callable[[str], str | None]:
        """Return what finds the person that a DN stands for, asking for each once."""
        look = SecondLook(self.asked.directory, self.asked.wanted)
        ask = look.manager_by_lookup(self.within, self.asked.view)
        found: dict[str, str | None] = {}
        here = {draft.key: draft.external_id for draft in places}

        def find(dn: str) -> str | None:
            if dn not in found:
                key = dn_key(dn)
                found[dn] = here.get(key) or ask(dn)
                if found[dn] is None:
                    self.dangling.add(key_mark(key))
            return found[dn]

        return find

    def _counted(self, places: Places, gone: int) -> Bearers:
        kept = self.asked.wanted.kept(self.asked.directory.kind)
        seen = Seen(carriers(places), len(places), gone)
        found = counted(Bearers(self.memory, self.before.carriers), seen, kept, self._carriers)
        if found is None:
            raise _Whole(Why.ATTRIBUTES)
        return found

    def _carriers(self, attribute: str) -> int:
        """Return how many of those who are read carry an attribute, as far as it matters."""
        directory, view = self.asked.directory, self.asked.view
        count = 0
        search_filter = f"(&{self._filter}({attribute}=*))"
        for page in directory.pages(view.base_dn, search_filter, ["1.1"]):
            count += sum(self.within.place(dn_key(found.dn)) is not None for found in page.entries)
            if count >= _ENOUGH:
                break
        return count
