"""Asks again about single entries by their ids, one search per hundred of them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from syncd.errors import SourceRejected
from syncd.model.entry import Entry, Missing
from syncd.sources.base import Progress, ignore_progress
from syncd.sources.ldap.absence import Evidence, Sight
from syncd.sources.ldap.directory import Directory
from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.reading import Draft, Wanted, entries, placed, read_persons, read_tree
from syncd.sources.ldap.settings import ID, View
from syncd.sources.ldap.tree import Range, Unit, usable_id

#: Ids in one filter.
_CHUNK: Final = 100
_ANYTHING: Final = "(objectClass=*)"


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
        now, places = self._look(missing, views[-1])
        within = now.range
        found: tuple[Entry, ...] = ()
        if within is not None:
            found = entries(places, readable, self.manager_by_lookup(within, views[-1]))
            found += tuple(within.entry(unit) for unit in now.departments.values())
        unseen = [each for each in missing.users if each not in now.users]
        outside = {draft.external_id for draft in self.drafts(unseen, views[-1], _ANYTHING)}
        earlier = [self._look(missing, view)[0] for view in reversed(views[:-1])]
        return Evidence(now, earlier, outside, blind, found)

    def drafts(self, ids: Collection[str], view: View, search_filter: str) -> Iterator[Draft]:
        """Yield who of these is below the base and matches.

        Raises:
            SourceError: They could not be read to the end.
        """
        usable = [each for each in ids if usable_id([each.encode()]) == each]
        for start in range(0, len(usable), _CHUNK):
            chunk = usable[start : start + _CHUNK]
            any_of = "".join(f"({ID}={each})" for each in chunk)
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

        def lookup(dn: str) -> str | None:
            if within.place(dn_key(dn)) is None:
                return None
            found = None
            with suppress(SourceRejected):  # what stands there may be no DN at all
                found = self.directory.entry(dn, [ID], view.person_filter)
            return usable_id(found.attributes.get(ID.lower(), ())) if found else None

        return lookup

    def _look(self, missing: Missing, view: View) -> tuple[Sight, dict[Draft, Unit]]:
        if self.directory.entry(view.base_dn, [ID]) is None:
            return Sight(view, None), {}
        tree, _ = read_tree(self.directory, view)
        within = Range(tree, view)
        places = placed(self.drafts(missing.users, view, view.person_filter), within)
        users = {draft.external_id: unit for draft, unit in places.items()}
        departments = {
            unit.external_id: unit
            for unit in tree.distinct()
            if unit.external_id in missing.departments and unit in within
        }
        return Sight(view, within, users, departments), places
