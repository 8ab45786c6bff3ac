"""Which department everybody who has been read belongs to, and the persons as entries."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from syncd.model.entry import Entry, Kind
from syncd.model.field import MAX_ID_LENGTH
from syncd.sources.ldap import payload
from syncd.sources.ldap.dn import DnKey, dn_key
from syncd.sources.ldap.kinds import DirectoryKind
from syncd.sources.ldap.reading import Draft
from syncd.sources.ldap.settings import View
from syncd.sources.ldap.tree import Range, Unit

Places = Mapping[Draft, Unit]


class Placing(Protocol):
    """What departments are."""

    def departments_of(
        self, draft: Draft, unit: Unit, readable: Collection[str]
    ) -> Sequence[str | None]:
        """Return the id of a person's department, or None for none; nothing if it is unknown."""

    def entry(self, unit: Unit) -> Entry:
        """Return a department as an entry."""

    def entries(self, places: Places) -> tuple[Entry, ...]:
        """Return all departments, where these persons have been read."""

    def above(self, draft: Draft, unit: Unit) -> tuple[Entry, ...]:
        """Return a person's department and those above it."""


class ByUnit:
    """Departments are organizational units: the nearest one above a person."""

    def __init__(self, within: Range) -> None:
        """Take what is to be read."""
        self._within = within

    def departments_of(
        self, draft: Draft, unit: Unit, readable: Collection[str]
    ) -> Sequence[str | None]:
        """Return the unit."""
        del draft, readable
        return (unit.external_id,)

    def entry(self, unit: Unit) -> Entry:
        """Return the unit as an entry."""
        return self._within.entry(unit)

    def entries(self, places: Places) -> tuple[Entry, ...]:
        """Return every unit that is to be read, whoever is in it."""
        del places
        return self._within.entries()

    def above(self, draft: Draft, unit: Unit) -> tuple[Entry, ...]:
        """Return the unit and those above it that are to be read."""
        del draft
        chain = self._within.tree.chain(unit)
        return tuple(self._within.entry(each) for each in chain if each in self._within)


class ByAttribute:
    """Departments are the values of an attribute, below the base; without one it is the base."""

    def __init__(self, attribute: str, root: Unit) -> None:
        """Take the attribute in lower case, and the base."""
        self._attribute = attribute
        self._root = root

    def departments_of(
        self, draft: Draft, unit: Unit, readable: Collection[str]
    ) -> Sequence[str | None]:
        """Return what the person's value stands for."""
        del unit
        if draft.department is not None:
            found = department_id(draft.department)
            return () if found is None else (found or self._root.external_id,)
        if self._attribute in draft.carried or self._attribute not in readable:
            return ()
        return (self._root.external_id,)

    def entry(self, unit: Unit) -> Entry:
        """Return a value, or the base, as an entry."""
        root = self._root.external_id
        parent = None if unit.external_id == root else root
        content = payload.department(unit.name, parent)
        return Entry(Kind.DEPARTMENT, unit.external_id, unit.read_at, content)

    def entries(self, places: Places) -> tuple[Entry, ...]:
        """Return the base, and every value that somebody carries."""
        found: dict[str, Unit] = {}
        for draft in places:
            unit = self.unit_of(draft)
            if unit is None:
                continue
            former = found.get(unit.external_id)
            # Of several spellings the same one is shown whoever is read first.
            if former is None or unit.name < former.name:
                found[unit.external_id] = unit
        return tuple(map(self.entry, (self._root, *found.values())))

    def above(self, draft: Draft, unit: Unit) -> tuple[Entry, ...]:
        """Return the value and the base."""
        del unit
        own = self.unit_of(draft)
        return tuple(map(self.entry, (own, self._root) if own else (self._root,)))

    @staticmethod
    def unit_of(draft: Draft) -> Unit | None:
        """Return what a person's value stands for; None without one that can be used."""
        found = department_id(draft.department or "")
        if not found:
            return None
        return Unit(found, (), " ".join((draft.department or "").split()), draft.read_at)


class Nowhere:
    """There are no departments."""

    def departments_of(
        self, draft: Draft, unit: Unit, readable: Collection[str]
    ) -> Sequence[str | None]:
        """Return that the person belongs to none."""
        del draft, unit, readable
        return (None,)

    def entry(self, unit: Unit) -> Entry:
        """Refuse: nothing is a department."""
        raise LookupError(unit.external_id)

    def entries(self, places: Places) -> tuple[Entry, ...]:
        """Return nothing."""
        del places
        return ()

    def above(self, draft: Draft, unit: Unit) -> tuple[Entry, ...]:
        """Return nothing."""
        del draft, unit
        return ()


def placing_of(view: View, within: Range) -> Placing:
    """Return what departments are under these settings."""
    if view.department_attribute:
        return ByAttribute(view.department_attribute, within.tree.root)
    return Nowhere() if view.departments == "none" else ByUnit(within)


def department_id(value: str) -> str | None:
    """Return a value as an id, without regard to case and spacing, as servers compare it.

    Empty text is no department; None is a value that cannot be used.
    """
    found = " ".join(value.casefold().split())
    return None if "\0" in found or len(found) > MAX_ID_LENGTH else found


def placed(drafts: Iterable[Draft], within: Range) -> dict[Draft, Unit]:
    """Return who is to be read, with the department."""
    places = {draft: within.place(draft.key) for draft in drafts}
    return {draft: unit for draft, unit in places.items() if unit is not None}


def carriers(drafts: Iterable[Draft]) -> Counter[str]:
    """Return how many persons carry each attribute."""
    return Counter(name for draft in drafts for name in draft.carried)


def entries(
    places: Places,
    placing: Placing,
    kind: DirectoryKind,
    readable: Collection[str],
    manager_id: Callable[[str], str | None],
) -> tuple[Entry, ...]:
    """Return the persons as entries; `manager_id` finds who a DN stands for."""
    ordered = tuple(sorted(readable))
    found = []
    for draft, unit in places.items():
        resolved = (manager_id(dn) for dn in draft.managers)
        manager = next((each for each in resolved if each is not None), None)
        departments = placing.departments_of(draft, unit, readable)
        content = payload.person(draft.attributes, departments, kind.code, manager, ordered)
        found.append(Entry(Kind.USER, draft.external_id, draft.read_at, content))
    return tuple(found)


def managers_of(drafts: Iterable[Draft]) -> dict[str, DnKey]:
    """Return the DNs that are named as managers, and what they are compared by."""
    return {dn: dn_key(dn) for draft in drafts for dn in draft.managers}


def manager_among(
    drafts: Collection[Draft], wanted: Mapping[str, DnKey]
) -> Callable[[str], str | None]:
    """Return what finds the person that a DN of `wanted` stands for among these."""
    keys = frozenset(wanted.values())
    ids = {draft.key: draft.external_id for draft in drafts if draft.key in keys}
    return lambda dn: ids.get(wanted[dn])
