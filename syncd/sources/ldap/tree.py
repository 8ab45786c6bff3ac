"""The departments of a reading: which encloses which, and which are to be read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from syncd.model.entry import Entry, Kind
from syncd.sources.ldap import payload
from syncd.sources.ldap.dn import DnKey, dn_key, own_names
from syncd.sources.ldap.groups import EVERYBODY, Members
from syncd.sources.ldap.settings import View


class Unit(NamedTuple):
    """A department: an organizational unit, or the base itself."""

    external_id: str
    key: DnKey
    name: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Tree:
    """The departments at and below one base."""

    root: Unit
    #: By DN. After a move during the reading both the old DN and the new lead to the unit.
    units: Mapping[DnKey, Unit]
    #: Full path ("示例/研发部") of every unit by its id.
    paths: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_id(self) -> Mapping[str, Unit]:
        """Return every department by its id."""
        return {unit.external_id: unit for unit in self.units.values()}

    def enclosing(self, key: DnKey) -> Unit | None:
        """Return the nearest department above the entry; None above the base."""
        for depth in range(1, len(key)):
            unit = self.units.get(key[depth:])
            if unit is not None:
                return unit
        return None

    def chain(self, unit: Unit) -> tuple[Unit, ...]:
        """Return the department and all above it, up to the base."""
        chain = [unit]
        while (above := self.enclosing(chain[-1].key)) is not None:
            chain.append(above)
        return tuple(chain)

    def distinct(self) -> tuple[Unit, ...]:
        """Return every department once."""
        return tuple(self.by_id.values())

    def misses_a_unit(self, key: DnKey) -> bool:
        """Return whether an organizational unit stands above the entry that we do not know."""
        known = self.enclosing(key)
        between = key[1 : len(key) - len(known.key)] if known else ()
        return any(level.startswith("ou=") for level in between)


def plant(root: Unit, units: Iterable[Unit]) -> Tree:
    """Return the tree of these departments."""
    by_key = {unit.key: unit for unit in units if unit.key != root.key}
    by_key[root.key] = root
    tree = Tree(root, by_key)
    paths = {
        unit.external_id: "/".join(
            part.name.replace("/", "／") for part in reversed(tree.chain(unit))
        )
        for unit in by_key.values()
    }
    return Tree(root, by_key, paths)


def regrown(old: Tree, new: Tree) -> Tree:
    """Return `new`, where also the DNs of `old` lead to units that have moved since."""
    now = new.by_id
    former = {
        key: now[unit.external_id] for key, unit in old.units.items() if unit.external_id in now
    }
    return Tree(new.root, {**former, **new.units}, new.paths)


class Range:
    """What is to be read of a tree, by `include`, `exclude` and `groups`."""

    def __init__(self, tree: Tree, view: View, members: Members = EVERYBODY) -> None:
        """Find the departments that the settings name."""
        self.tree = tree
        #: Whom the configured groups let in.
        self.members = members
        self._include = {self._named(name) for name in view.include}
        self._exclude = {self._named(name) for name in view.exclude}
        #: What the settings name and the tree does not have.
        self.unknown_includes = [name for name in view.include if self._named(name) is None]
        self.unknown_excludes = [name for name in view.exclude if self._named(name) is None]
        self._seen: dict[str, bool] = {}

    def __contains__(self, unit: Unit) -> bool:
        """Return whether the department is to be read."""
        seen = self._seen.get(unit.external_id)
        if seen is None:
            above = {each.external_id for each in self.tree.chain(unit)}
            seen = not above & self._exclude and (not self._include or bool(above & self._include))
            self._seen[unit.external_id] = seen
        return seen

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Return every department of the tree by its id, to be read or not."""
        return self.tree.by_id

    @cached_property
    def ids(self) -> frozenset[str]:
        """Return the ids of the departments that are to be read."""
        return frozenset(unit.external_id for unit in self.tree.distinct() if unit in self)

    def place(self, key: DnKey) -> Unit | None:
        """Return the unit that a person is in; None where the person is not to be read."""
        if key not in self.members:
            return None
        unit = self.tree.enclosing(key)
        return unit if unit is not None and unit in self else None

    def parent(self, unit: Unit) -> Unit | None:
        """Return the department above; None for a top (the base, or the top of what is read)."""
        above = self.tree.enclosing(unit.key)
        return above if above is not None and above in self else None

    def entry(self, unit: Unit) -> Entry:
        """Return the department as an entry."""
        parent = self.parent(unit)
        content = payload.department(unit.name, parent.external_id if parent else None)
        return Entry(Kind.DEPARTMENT, unit.external_id, unit.read_at, content)

    def entries(self) -> tuple[Entry, ...]:
        """Return every department that is to be read."""
        return tuple(self.entry(unit) for unit in self.tree.distinct() if unit in self)

    def _named(self, name: str) -> str | None:
        units = self.tree.distinct()
        wanted_id, wanted_path, wanted_key = name.strip().lower(), name.strip("/ "), dn_key(name)
        for unit in units:
            if unit.external_id == wanted_id or unit.key == wanted_key:
                return unit.external_id
            if self.tree.paths[unit.external_id] == wanted_path:
                return unit.external_id
        return None


def unit_name(dn: str, organization: str | None = None) -> str:
    """Return what a department is called: its own `ou` or `o`, else the name it is given.

    A base such as `dc=example,dc=com` is called by its `o` where it has one.
    """
    names = {name.attribute.lower(): name.value for name in own_names(dn)}
    for attribute in ("ou", "o"):
        if names.get(attribute):
            return names[attribute]
    return organization or next(iter(names.values()), dn)
