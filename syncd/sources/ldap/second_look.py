"""Asks again about single entries by their ids, one search per hundred of them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ldap3.utils.conv import escape_filter_chars

from syncd.errors import SourceRejected
from syncd.model.entry import Entry, Missing
from syncd.sources.base import Progress, ignore_progress
from syncd.sources.ldap.absence import Evidence, Sight
from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.groups import read_members
from syncd.sources.ldap.placing import ByAttribute, entries, placed, placing_of
from syncd.sources.ldap.reading import Draft, Gathered, Wanted, read_persons, read_root, read_tree
from syncd.sources.ldap.settings import View
from syncd.sources.ldap.tree import Range, Unit

#: Ids in one filter.
_CHUNK: Final = 100
_ANYTHING: Final = "(objectClass=*)"


_Looked = tuple[Sight, dict[Draft, Unit]]


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A look at what one server has now."""

    directory: Directory
    wanted: Wanted
    progress: Progress = ignore_progress

    def collect(
        self,
        missing: Missing,
        views: Sequence[View],
        readable: Collection[str],
        blind: str | None,
    ) -> Evidence:
        """Return what is found of the missing under the last of `views`, and under the others.

        Raises:
            SourceError: The server could not be asked to the end.
        """
        if not (blind or views[:-1] or missing.departments or self._has_any(missing, views[-1])):
            return Evidence(Sight(views[-1], None), (), (), None, ())
        now, places = self._look(missing, views[-1], self._present(views[-1]))
        found: tuple[Entry, ...] = ()
        if now.range is not None:
            placing = placing_of(views[-1], now.range)
            managers = self.manager_by_lookup(now.range, views[-1])
            found = entries(places, placing, self.directory.kind, readable, managers)
            found += tuple(map(placing.entry, now.departments.values()))
        unseen = [each for each in missing.users if each not in now.users]
        outside = {draft.external_id for draft in self.drafts(unseen, views[-1], _ANYTHING)}
        earlier = [
            self._look(missing, view, self._former(view))[0] for view in reversed(views[:-1])
        ]
        return Evidence(now, earlier, outside, blind, found)

    def _has_any(self, missing: Missing, view: View) -> bool:
        """Return whether any of the missing persons is below the base, to be read or not.

        Where nobody is, where each would belong need not be known: the departments of a large
        company take longer to read than all the rest of a second look.
        """
        # An account that sees no ids any more finds nobody by them.
        read_root(self.directory, view, Gathered())
        return any(True for _ in self.drafts(missing.users, view, _ANYTHING))

    def drafts(self, ids: Collection[str], view: View, search_filter: str) -> Iterator[Draft]:
        """Yield who of these is below the base and matches.

        Raises:
            SourceError: They could not be read to the end.
        """
        kind = self.directory.kind
        usable = [each for each in ids if kind.is_id(each)]
        for start in range(0, len(usable), _CHUNK):
            chunk = usable[start : start + _CHUNK]
            any_of = "".join(map(kind.id_filter, chunk))
            gathered = read_persons(
                self.directory,
                view,
                f"(&{search_filter}(|{any_of}))",
                self.wanted,
                ignore_progress,
            )
            yield from gathered.drafts.values()
            self.progress("confirmations", start + len(chunk), len(usable))

    def manager_by_lookup(self, within: Range, view: View) -> Callable[[str], str | None]:
        """Return what finds the person that a DN stands for by asking the server."""
        kind = self.directory.kind
        persons = within.members.narrowed(view.person_filter)

        def lookup(dn: str) -> str | None:
            if within.place(dn_key(dn)) is None:
                return None
            found = None
            with suppress(SourceRejected):  # what stands there may be no DN at all
                found = self.directory.entry(dn, [kind.id], persons)
            return kind.id_of(found.attributes.get(kind.id.lower(), ())) if found else None

        return lookup

    def _look(self, missing: Missing, view: View, within: Range | None) -> _Looked:
        if within is None:
            return Sight(view, None), {}
        persons = within.members.narrowed(view.person_filter)
        places = placed(self.drafts(missing.users, view, persons), within)
        users = {draft.external_id: unit for draft, unit in places.items()}
        departments = {
            each: unit
            for each in missing.departments
            if (unit := self._department(each, view, within)) is not None
        }
        return Sight(view, within, users, departments), places

    def _present(self, view: View) -> Range:
        members = read_members(self.directory, view.groups)
        return Range(read_tree(self.directory, view)[0], view, members)

    def _former(self, view: View) -> Range | None:
        """Return what earlier settings show now; None where the base or a group is gone."""
        if self.directory.entry(view.base_dn, [self.directory.kind.id]) is None:
            return None
        try:
            return self._present(view)
        except SourceRejected:
            return None

    def _department(self, external_id: str, view: View, within: Range) -> Unit | None:
        """Return a department as it is now; None where there is none that is to be read."""
        if view.departments == "none":
            return None
        unit = within.units.get(external_id)
        if view.department_attribute is None:
            return unit if unit is not None and unit in within else None
        if unit is within.tree.root:
            return unit
        value = escape_filter_chars(external_id)
        carried = (
            f"(&{within.members.narrowed(view.person_filter)}({view.department_attribute}={value}))"
        )
        gathered = read_persons(self.directory, view, carried, self.wanted, ignore_progress)
        bearers = placed(gathered.drafts.values(), within)
        return next((ByAttribute.unit_of(draft) for draft in bearers), None)
