"""The reading of people: one call per department, one per person only where nothing else helps."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from syncd.errors import SourceRejected
from syncd.model.entry import Entry, Rejection
from syncd.sources.base import Progress
from syncd.sources.wecom.directory import (
    INVISIBLE,
    NO_SUCH_DEPARTMENT,
    NO_SUCH_MEMBER,
    TOO_LARGE,
    Directory,
    Row,
    broken_off,
    code_of,
)
from syncd.sources.wecom.parallel import in_parallel
from syncd.sources.wecom.payload import Batch, Packer, bad_id
from syncd.sources.wecom.tree import Listing, Selection, department_id
from syncd.sources.wecom.view import Now, Placements
from syncd.text import text
from syncd.wecom.errors import WeComError


class _Refusal(Enum):
    """Why a department's people could not be listed although the reading goes on."""

    INVISIBLE = "invisible"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class _Large:
    """A department too large for one answer: its people by name only."""

    rows: list[Row]
    sent_at: datetime


@dataclass(slots=True)
class Roster:
    """The people found so far."""

    people: dict[str, Entry] = field(default_factory=dict)
    rejections: dict[Rejection, None] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    #: Departments that answered that we may not see their people.
    unreadable: set[str] = field(default_factory=set)
    #: Departments that were not there any more when their people were asked for.
    gone: set[str] = field(default_factory=set)
    facts: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        """Take in the people of one answer; of one person, what was asked last counts."""
        people = self.people
        for entry in batch.entries:
            known = people.get(entry.external_id)
            if known is None or known.read_at <= entry.read_at:
                people[entry.external_id] = entry
        self.rejections.update(dict.fromkeys(batch.rejections))
        self.carried |= batch.carried


@dataclass(frozen=True, slots=True)
class PeopleReader:
    """Reads the people of the selected departments by one secret."""

    source: str
    directory: Directory
    packer: Packer
    workers: int
    now: Now
    progress: Progress
    #: Read before the details; an entry is then as old as its oldest part.
    placements: Placements | None = None

    def read(
        self, departments: frozenset[str], named: frozenset[str], selection: Selection
    ) -> Roster:
        """Return the people of departments, and those whom the app's range names one by one.

        Raises:
            SourceError: a department or a person could not be read; nothing may be concluded.
        """
        roster = Roster()
        # The answers of a person's departments come in any order; the last wins by its time.
        ordered = sorted(departments, key=int)
        large: list[_Large] = []
        outcomes = in_parallel(self._department, ordered, self.workers)
        for done, (id_, outcome) in enumerate(outcomes, 1):
            self.progress("users", done, len(ordered))
            if isinstance(outcome, Batch):
                roster.add(outcome)
            elif isinstance(outcome, _Large):
                large.append(outcome)
            else:
                (roster.gone if outcome is _Refusal.GONE else roster.unreadable).add(id_)
        self._ask_one_by_one(roster, large, named, selection)
        return roster

    def _department(self, id_: str) -> Batch | _Large | _Refusal:
        sent_at = self.now()
        try:
            try:
                members = self.directory.list_users(int(id_))
            except WeComError as error:
                if code_of(error) != TOO_LARGE:
                    raise
                return _Large(self.directory.list_user_names(int(id_)), sent_at)
        except WeComError as error:
            if code_of(error) in INVISIBLE:
                return _Refusal.INVISIBLE
            if code_of(error) == NO_SUCH_DEPARTMENT:
                return _Refusal.GONE
            raise broken_off(error, self.source, id_) from error
        return self.packer.pack(members, self._read_at(sent_at))

    def _read_at(self, sent_at: datetime) -> datetime:
        return self.placements.sent_at if self.placements else sent_at

    def _ask_one_by_one(
        self, roster: Roster, large: list[_Large], named: frozenset[str], selection: Selection
    ) -> None:
        """Ask for those whom no department's list has shown with their details."""
        by_name: dict[str, tuple[Row, datetime]] = {}
        for part in large:
            roster.add(
                self.packer.pack([r for r in part.rows if bad_id(r.get("userid"))], part.sent_at)
            )
            for row in part.rows:
                if not bad_id(row.get("userid")):
                    by_name[str(row["userid"]).lower()] = (row, part.sent_at)
        open_ = sorted((by_name.keys() | named) - roster.people.keys())
        answers = in_parallel(self._person, open_, self.workers)
        for done, (id_, (member, sent_at)) in enumerate(answers, 1):
            self.progress("users", done, len(open_))
            if member is _Refusal.INVISIBLE and id_ in by_name:
                member, sent_at = by_name[id_]  # noqa: PLW2901 - what their department's list said
            if isinstance(member, _Refusal):
                roster.facts["members_not_visible"] += 1
            elif id_ in by_name or is_selected(member, selection):
                roster.add(self.packer.pack([member], self._read_at(sent_at)))

    def _person(self, userid: str) -> tuple[Row | _Refusal, datetime]:
        sent_at = self.now()
        try:
            return self.directory.get_user(userid), sent_at
        except WeComError as error:
            if code_of(error) in INVISIBLE:
                return _Refusal.INVISIBLE, sent_at
            if code_of(error) == NO_SUCH_MEMBER:
                return _Refusal.GONE, sent_at
            raise


def is_selected(member: Row, selection: Selection) -> bool:
    """Return whether a member is in a department that is read, or everything is."""
    if selection.is_all:
        return True
    places = member.get("department")
    ids = (department_id(one) for one in places) if isinstance(places, list) else ()
    return any(one in selection.departments for one in ids)


def add_identifiers(
    roster: Roster,
    placements: Placements,
    places: Mapping[str, list[int]],
    packer: Packer,
    *,
    alone: bool,
) -> None:
    """Add the people of whom nothing but their ids can be read.

    `alone` says that no other secret should show more of them.
    """
    hidden = [
        {"userid": placements.spelling[id_], "department": where}
        for id_, where in places.items()
        if id_ not in roster.people
    ]
    roster.add(packer.pack(hidden, placements.sent_at, details=alone))
    roster.rejections.update(dict.fromkeys(placements.rejections))
    if not alone and hidden:
        roster.facts["details_invisible"] += len(hidden)


def selected_places(placements: Placements, selection: Selection) -> dict[str, list[int]]:
    """Return who is in a department that is read, with those departments only."""
    if selection.is_all:
        return dict(placements.people)
    wanted = {int(id_) for id_ in selection.departments}
    cut = {id_: [one for one in where if one in wanted] for id_, where in placements.people.items()}
    return {id_: where for id_, where in cut.items() if where}


def settle_gone(
    roster: Roster, listing: Listing, again: Listing, seen_again: Listing, source: str
) -> Listing:
    """Return the listing without departments that went away while people were read.

    `again` is a second listing of all departments, `seen_again` one by the secret that was told
    60003 (unknown department).

    Raises:
        SourceRejected: WeCom still lists a department of which it says that it is unknown.
    """
    stuck = sorted(roster.gone & seen_again.rows.keys(), key=int)
    if stuck:
        raise SourceRejected(
            text(
                "WeCom lists department {department} of {source} and says that it is unknown ({code})",
                department=stuck[0],
                source=source,
                code=NO_SUCH_DEPARTMENT,
            ),
            hint=text(
                'Run again; to read without it, add "{department}" to exclude of [sources.{source}].',
                department=stuck[0],
                source=source,
            ),
        )
    return listing.without(roster.gone - again.rows.keys())
