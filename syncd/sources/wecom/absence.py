"""What an absence proves. Pure; the calls that confirm it are in `confirmation`.

A person in no list, read by the app's secret alone::

    was last seen in                               the range is       then
    a department that we may not read now          any                hidden: permission
    a department that is left out now              any                hidden: excluded, include
    anything else                                  the whole company  asked for
    anything, and is named by the range itself     narrower           asked for
    no department, or one that is not listed       narrower           hidden: visible_range
    a department that was not read                 narrower           hidden: unread
    departments that were all read to their end    smaller than then  hidden: visible_range
    departments that were all read to their end    as it was          asked for

Asked for means `user/get`: 60111 proves it. With the contacts secret `user/list_id` tells who
exists in the whole company, whatever else can be seen.

The name of a hidden part never depends on what the range was before: it is the same in the run
that finds the range smaller and in those that follow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncd.model.entry import Hidden, Kind
from syncd.sources.wecom.tree import ROOT, Listing, Selection
from syncd.sources.wecom.view import Regime
from syncd.sources.wecom.visible_range import VisibleRange

_WHOLE = VisibleRange(departments=frozenset({ROOT}))


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a judgement about an absence rests on."""

    #: Departments that the snapshot holds.
    read: frozenset[str]
    #: Departments that answered in the snapshot that we may not see their people.
    unreadable: frozenset[str]
    #: The second listing, taken after the snapshot, and what is selected of it.
    listing: Listing
    selection: Selection
    #: Whether both listings are the whole company's.
    is_whole: bool
    #: The app's range in the second look; empty where there is no app.
    visible_range: VisibleRange
    #: Whether the range had a part, before the last reading or during it, that it has no longer.
    has_shrunk: bool
    #: Whether more departments are without a usable id than at the last reading: one of them may
    #: be one that is missing.
    has_new_unusable: bool


def range_of(scope: Mapping[str, object]) -> VisibleRange | None:
    """Return what a reading could see, by the scope that it gave; None where it gave none."""
    if scope.get("regime") in {Regime.DETAILS, Regime.IDENTIFIERS, Regime.BOTH}:
        return _WHOLE
    return VisibleRange.from_json(scope.get("range"))


def unusable_of(scope: Mapping[str, object], kind: Kind) -> int:
    """Return how many entries without a usable id a reading found, by the scope that it gave."""
    counts = scope.get("unusable")
    count = counts.get(kind) if isinstance(counts, Mapping) else None
    return count if isinstance(count, int) else 0


def has_shrunk(ranges: Iterable[VisibleRange | None], now: VisibleRange) -> bool:
    """Return whether one of the earlier ranges had a part that the present has not.

    Where an earlier range is not known it may have been anything.
    """
    return any(not (earlier or _WHOLE).is_within(now) for earlier in ranges)


def judge_person(
    id_: str,
    departments: frozenset[str],
    missing: Mapping[str, str | None],
    evidence: Evidence,
) -> Hidden | None:
    """Return why a person's absence from the app's lists proves nothing, or None: ask for them.

    `departments` are those that they were last seen in, `missing` the departments that are
    stored and were not read, with their last parents.
    """
    part = _shut_part(departments, evidence)
    if part is not None or evidence.is_whole or id_ in evidence.visible_range.people:
        return part
    if not departments:
        return Hidden(f"member:{id_}", "visible_range")
    ordered, listed = sorted(departments), evidence.listing.rows
    for department in ordered:
        if department not in listed:
            return Hidden(f"department:{_top(department, missing, listed)}", "visible_range")
    for department in ordered:
        if department not in evidence.read:
            return Hidden(f"department:{department}", "unread")
    # They may have been in a part that has gone out of sight since they were last read. The next
    # reading finds the range as it was, and they are asked for then.
    return Hidden(f"department:{ordered[0]}", "visible_range") if evidence.has_shrunk else None


def _shut_part(departments: frozenset[str], evidence: Evidence) -> Hidden | None:
    for department in sorted(departments & evidence.unreadable):
        return Hidden(f"department:{department}", "permission")
    listed = departments & evidence.listing.rows.keys()
    for department in sorted(listed - evidence.selection.departments):
        return Hidden(f"department:{department}", evidence.selection.reason(department))
    return None


def judge_place(id_: str, places: Iterable[str], selection: Selection) -> Hidden | None:
    """Return why a person who is there is not to be read, or None where they are.

    `places` are the departments that they are in now.
    """
    if selection.is_all:
        return None
    ordered = sorted(places)
    if any(one in selection.departments for one in ordered):
        return None
    if not ordered:
        return Hidden(f"member:{id_}", "include" if selection.include else "excluded")
    return Hidden(f"department:{ordered[0]}", selection.reason(ordered[0]))


def judge_departments(
    missing: Mapping[str, str | None], evidence: Evidence
) -> tuple[frozenset[str], dict[str, Hidden], frozenset[str]]:
    """Return which missing departments are gone, which are hidden, and which are there after all.

    One that is not listed is gone when the listing is the whole company's, or when one above it
    is still listed: a range holds everything below what it names. Otherwise the top of its part
    has left the range, or its part has.
    """
    gone, found = set(), set()
    hidden: dict[str, Hidden] = {}
    listed = evidence.listing.rows
    for id_ in missing:
        if id_ in evidence.selection.departments:
            found.add(id_)
        elif id_ in listed:
            hidden[id_] = Hidden(f"department:{id_}", evidence.selection.reason(id_))
        elif evidence.has_new_unusable:
            hidden[id_] = Hidden(f"department:{id_}", "unread")
        else:
            above = _first_present(id_, missing, listed)
            if evidence.is_whole or above in evidence.read:
                gone.add(id_)
            else:
                hidden[id_] = Hidden(f"department:{_top(id_, missing, listed)}", "visible_range")
    return frozenset(gone), hidden, frozenset(found)


def _first_present(
    id_: str, missing: Mapping[str, str | None], listed: Mapping[str, object]
) -> str | None:
    """Return the nearest department above a missing one that is listed, if any."""
    above = missing[_top(id_, missing, listed)]
    return above if above in listed else None


def _top(id_: str, missing: Mapping[str, str | None], listed: Mapping[str, object]) -> str:
    """Return the topmost missing department above one: the part that cannot be seen."""
    line = [id_]
    above = missing.get(id_)
    while above is not None and above in missing and above not in listed and above not in line:
        line.append(above)
        above = missing[above]
    return line[-1]
