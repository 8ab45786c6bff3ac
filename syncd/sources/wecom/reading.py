"""One reading: what can be seen, then who is there; and the snapshot that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.model.entry import Entry, Kind, Snapshot
from syncd.sources.base import Progress
from syncd.sources.wecom.attributes import AttributeMap
from syncd.sources.wecom.directory import IDENTIFIERS_ONLY, Directory
from syncd.sources.wecom.payload import Packer, pack_department, without_gender
from syncd.sources.wecom.people import (
    PeopleReader,
    Roster,
    add_identifiers,
    selected_places,
    settle_gone,
)
from syncd.sources.wecom.settings import WecomSettings
from syncd.sources.wecom.tree import ROOT, Listing, Selection, select
from syncd.sources.wecom.view import (
    Now,
    Regime,
    Secrets,
    View,
    capabilities,
    identifiers_view,
    list_by_app,
    list_ids,
    look,
)
from syncd.wecom.errors import WeComAnswer

#: The layout of `Snapshot.scope`.
_SCOPE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a whole directory."""

    settings: WecomSettings
    attributes: AttributeMap
    secrets: Secrets
    now: Now
    progress: Progress

    def read(self, scope: Mapping[str, object]) -> Snapshot:
        """Return the snapshot; `scope` is what the last one gave."""
        began_at = self.now()
        calls = self._calls()
        self.progress("departments", 0, 1)
        view = self.look(scope)
        self.progress("departments", 1, 1)
        try:
            listing, selection, roster = self._people(view, scope)
        except WeComAnswer as error:
            contacts = self.secrets.contacts
            if error.code != IDENTIFIERS_ONLY or view.regime is not Regime.DETAILS or not contacts:
                raise
            # The contacts secret may list departments with details, but no people.
            view = identifiers_view(contacts, self.now)
            listing, selection, roster = self._people(view, scope)
        roster.facts["calls"] = self._calls() - calls
        return self._snapshot(began_at, view, listing, selection, roster)

    def look(self, scope: Mapping[str, object]) -> View:
        """Return what the secrets see, asked in the way that worked last time."""
        known = scope.get("contacts") == "identifiers"
        return look(self.secrets, self.now, identifiers_only=known)

    def select(self, listing: Listing, scope: Mapping[str, object]) -> Selection:
        """Return which departments the settings leave to be read."""
        remembered = {name: _texts(scope.get(name)) for name in ("include", "exclude")}
        return select(listing, self.settings.include, self.settings.exclude, remembered)

    def packer(
        self,
        selection: Selection,
        places: Mapping[str, list[int]] | None = None,
        *,
        sees_everybody: bool,
    ) -> Packer:
        """Return what makes entries within a selection; see `Packer`."""
        only = None if selection.is_all else frozenset(int(id_) for id_ in selection.departments)
        return Packer(self.attributes, only, places or {}, sees_everybody)

    def _people(self, view: View, scope: Mapping[str, object]) -> tuple[Listing, Selection, Roster]:
        selection = self.select(view.listing, scope)
        placements = view.placements
        places = selected_places(placements, selection) if placements else {}
        packer = self.packer(selection, places, sees_everybody=view.shows_everybody)
        roster = Roster()
        details = self.details_of(view)
        if details is not None:
            reader = PeopleReader(
                self.settings.name,
                details,
                packer,
                self.settings.concurrency,
                self.now,
                self.progress,
                placements,
            )
            named = (
                view.visible_range.people
                if view.visible_range and details is self.secrets.app
                else frozenset()
            )
            roster = reader.read(view.detailed & selection.departments, named, selection)
        if placements:
            alone = view.regime is Regime.IDENTIFIERS
            add_identifiers(roster, placements, places, packer, alone=alone)
        listing = self._without_gone(view, roster) if roster.gone else view.listing
        return listing, selection, roster

    def details_of(self, view: View) -> Directory | None:
        """Return the secret that shows details, if one does."""
        if view.regime is Regime.DETAILS:
            return self.secrets.contacts
        return self.secrets.app if view.regime in {Regime.APP, Regime.BOTH} else None

    def _without_gone(self, view: View, roster: Roster) -> Listing:
        """Return the departments without those that went away while people were read."""
        contacts, app = self.secrets.contacts, self.secrets.app
        seen_again = list_by_app(app, self.now) if app else None
        again = list_ids(contacts, self.now) if contacts else seen_again or view.listing
        return settle_gone(roster, view.listing, again, seen_again or again, self.settings.name)

    def _snapshot(
        self, began_at: datetime, view: View, listing: Listing, selection: Selection, roster: Roster
    ) -> Snapshot:
        users = list(roster.people.values())
        if "gender" not in roster.carried:
            users = [without_gender(entry) for entry in users]
        facts = dict(roster.facts)
        if roster.unreadable:
            facts["departments_unreadable"] = len(roster.unreadable)
        if selection.unknown_includes:
            facts["unknown_includes"] = len(selection.unknown_includes)
        if selection.unknown_excludes:
            facts["unknown_excludes"] = len(selection.unknown_excludes)
        return Snapshot(
            source=self.settings.name,
            began_at=began_at,
            departments=departments(view, listing, selection),
            users=users,
            readable=self.attributes.readable(roster.carried),
            rejections=(*listing.rejections, *roster.rejections),
            facts=facts,
            capabilities=capabilities(view, frozenset(roster.carried)),
            scope=_scope(view, listing, selection, roster),
        )

    def _calls(self) -> int:
        directories = (self.secrets.contacts, self.secrets.app)
        return sum(sum(one.calls.values()) for one in directories if one is not None)


def departments(view: View, listing: Listing, selection: Selection) -> list[Entry]:
    """Return the entries of the departments that are read."""
    kept = selection.departments & listing.rows.keys()
    named = selection.tops | (view.visible_range.tops if view.visible_range else frozenset())

    def is_top(id_: str) -> bool:
        return id_ == ROOT or (id_ in named and listing.parent(id_) not in kept)

    return [
        pack_department(row, id_, listing.sent_at, is_top=is_top(id_))
        for id_, row in listing.rows.items()
        if id_ in kept
    ]


def _scope(view: View, listing: Listing, selection: Selection, roster: Roster) -> dict[str, Any]:
    unusable = view.placements.rejections if view.placements else roster.rejections
    by_ids = view.regime in {Regime.IDENTIFIERS, Regime.BOTH}
    return {
        "version": _SCOPE_VERSION,
        "regime": view.regime.value,
        "contacts": "identifiers"
        if by_ids
        else "details"
        if view.regime is Regime.DETAILS
        else None,
        "range": view.visible_range.as_json() if view.visible_range else None,
        "include": dict(sorted(selection.include.items())),
        "exclude": dict(sorted(selection.exclude.items())),
        "unusable": {
            Kind.USER.value: len(unusable),
            Kind.DEPARTMENT.value: len(listing.rejections),
        },
        "unreadable": sorted(roster.unreadable, key=int),
    }


def _texts(value: object) -> dict[str, str]:
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, Mapping) else {}
