"""What the secrets can do, found by asking; and what they see before any person is read.

::

    secrets                                 regime        who exists      what they are like
    contacts alone, from an old address     details       contacts        contacts
    contacts alone, from a new one (48009)  identifiers   contacts        unknown
    contacts and the app's                  both          contacts        app, as far as it sees
    the app's alone                         app           app's range     app
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncd.errors import SourceMalformed
from syncd.model.entry import Kind, Rejection
from syncd.sources.wecom.directory import IDENTIFIERS_ONLY, Directory
from syncd.sources.wecom.payload import bad_id, stand_in
from syncd.sources.wecom.tree import ROOT, Listing, department_id
from syncd.sources.wecom.visible_range import VisibleRange, ask_range
from syncd.text import joined, text
from syncd.wecom.errors import WeComAnswer

Now = Callable[[], datetime]

#: Attributes that apps made after 2022-06-20 20:00 do not get (reference 3.3).
_PRIVATE = frozenset({"mobile", "email", "biz_mail", "avatar", "address", "gender"})


class Regime(StrEnum):
    """How a directory is read; see the table above."""

    DETAILS = "details"
    IDENTIFIERS = "identifiers"
    BOTH = "both"
    APP = "app"


_NOWHERE = 0

_CONTACTS_IN_WORDS = {
    Regime.DETAILS: text("details"),
    Regime.IDENTIFIERS: text("identifiers only: this address was added after 2022-08-15 (48009)"),
    Regime.BOTH: text("identifiers; details are read by app_secret"),
}


@dataclass(frozen=True, slots=True)
class Secrets:
    """The directories as the configured secrets see them; at least one is there."""

    source: str
    contacts: Directory | None
    app: Directory | None


@dataclass(frozen=True, slots=True)
class Placements:
    """Who exists, and in which departments: `user/list_id` to its end."""

    sent_at: datetime
    #: Lower-case userid → ids of departments, in ascending order; 0 for one that is no id, which
    #: makes the memberships unknown and is reported when the entry becomes a record.
    people: Mapping[str, list[int]]
    #: Lower-case userid → userid as WeCom spells it.
    spelling: Mapping[str, str]
    rejections: tuple[Rejection, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[Any, Any]], sent_at: datetime) -> "Placements":
        """Return the placements that (userid, department) pairs make."""
        people: dict[str, list[int]] = {}
        spelling: dict[str, str] = {}
        bad: dict[str, Rejection] = {}
        for userid, department in pairs:
            reason = bad_id(userid)
            if reason:
                bad[stand_in(userid)] = Rejection(Kind.USER, stand_in(userid), "id", reason)
                continue
            id_ = userid.lower()
            spelling.setdefault(id_, userid)
            places = people.setdefault(id_, [])
            number = int(department_id(department) or _NOWHERE)
            if number not in places:
                places.append(number)
        for places in people.values():
            places.sort()
        return cls(sent_at, people, spelling, tuple(bad.values()))


@dataclass(frozen=True, slots=True)
class View:
    """What can be seen, before any person's details are read."""

    regime: Regime
    #: Every department that can be seen.
    listing: Listing
    #: Those of them whose people can be listed with details.
    detailed: frozenset[str]
    #: The app's range, where there is an app.
    visible_range: VisibleRange | None = None
    #: Only where a secret gives nothing but identifiers.
    placements: Placements | None = None

    @property
    def is_whole(self) -> bool:
        """Return whether the listing is the whole company's."""
        if self.regime is not Regime.APP:
            return True
        return self.visible_range is not None and self.visible_range.is_whole

    @property
    def shows_everybody(self) -> bool:
        """Return whether the secret that shows details shows those of the whole company."""
        return self.visible_range is None or self.visible_range.is_whole


def look(secrets: Secrets, now: Now, *, identifiers_only: bool) -> View:
    """Return what the secrets let us see.

    `identifiers_only` is what the last reading found of the contacts secret: it decides what
    is asked first, never what is believed.

    Raises:
        SourceError: WeCom did not answer, refused, or left out the root it lets us see.
    """
    contacts, app = secrets.contacts, secrets.app
    if app is not None:
        visible_range = ask_range(app, secrets.source)
        view = _by_app(app, visible_range, now)
        if contacts is not None:
            view = _by_both(contacts, view, now)
    elif contacts is not None:
        view = _by_contacts(contacts, now, identifiers_only=identifiers_only)
    else:
        raise ValueError(text("a WeCom source has neither of its secrets"))
    if view.is_whole and ROOT not in view.listing.rows:
        raise SourceMalformed(
            text(
                "WeCom listed the departments of {source} without the root (1), which it lets us see",
                source=secrets.source,
            ),
            hint=text(
                "Run again later; if it stays so, compare with the company's structure in the console."
            ),
        )
    return view


def identifiers_view(contacts: Directory, now: Now) -> View:
    """Return the view of a contacts secret that shows nothing but identifiers."""
    return _of_identifiers(contacts, list_ids(contacts, now), now)


def list_by_contacts(
    contacts: Directory, now: Now, *, identifiers_only: bool
) -> tuple[Listing, bool]:
    """Return the departments by the contacts secret, and whether it may read details."""
    sent_at = now()
    try:
        if identifiers_only:  # the cheaper question, as the answer will most likely be no
            contacts.get_department(int(ROOT))
        listing = Listing.of(contacts.get_departments(), sent_at)
    except WeComAnswer as error:
        if error.code != IDENTIFIERS_ONLY:
            raise
        return list_ids(contacts, now), False
    # Some servers succeed and give ids without names (reference 3.4).
    return listing, listing.has_names


def list_ids(contacts: Directory, now: Now) -> Listing:
    """Return all departments without their names, which every contacts secret may read."""
    sent_at = now()
    return Listing.of(contacts.list_department_ids(), sent_at)


def list_by_app(app: Directory, now: Now) -> Listing:
    """Return the departments that the app may see."""
    sent_at = now()
    return Listing.of(app.get_departments(), sent_at)


def list_placements(contacts: Directory, now: Now) -> Placements:
    """Return who exists, by the contacts secret."""
    sent_at = now()
    return Placements.of(contacts.list_user_ids(), sent_at)


def _by_app(app: Directory, visible_range: VisibleRange, now: Now) -> View:
    listing = list_by_app(app, now)
    return View(Regime.APP, listing, frozenset(listing.rows), visible_range)


def _by_both(contacts: Directory, seen: View, now: Now) -> View:
    # Identifiers are all that is asked of it here, so its address and age do not matter.
    listing = list_ids(contacts, now).with_details(seen.listing)
    placements = list_placements(contacts, now)
    return View(Regime.BOTH, listing, seen.detailed, seen.visible_range, placements)


def _by_contacts(contacts: Directory, now: Now, *, identifiers_only: bool) -> View:
    listing, has_details = list_by_contacts(contacts, now, identifiers_only=identifiers_only)
    if has_details:
        return View(Regime.DETAILS, listing, frozenset(listing.rows))
    return _of_identifiers(contacts, listing, now)


def _of_identifiers(contacts: Directory, listing: Listing, now: Now) -> View:
    placements = list_placements(contacts, now)
    return View(Regime.IDENTIFIERS, listing, frozenset(), None, placements)


def capabilities(view: View, carried: frozenset[str]) -> dict[str, str]:
    """Return what each secret was found to be able to do, for people."""
    found: dict[str, str] = {}
    if view.regime in _CONTACTS_IN_WORDS:
        found["contacts_secret"] = _CONTACTS_IN_WORDS[view.regime]
    if view.visible_range is not None:
        found["app_secret"] = view.visible_range.in_words()
        if "name" in carried and not _PRIVATE & carried:
            less = text("no private fields: the app was made after 2022-06-20")
            found["app_secret"] = joined("; ", [found["app_secret"], less])
    return found
