"""Which incidents begin, go on and end, and of which people are to be told. Pure decisions.

::

    trouble   incident   outcome
    yes       -                         opened, where it has lasted for as long as is asked
    yes       open                      goes on; a relapse, where it had been away
    -         open                      away; ended when it has stayed away for long enough
    unknown   open                      goes on: a source that is paused is not looked at

An incident that comes and goes stays one incident: with every relapse it must stay away for twice
as long before people are told that it is over, and one that comes back within a day after its end
goes on counting. So whatever flaps is told of a few times, and then not any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from syncd.model.incident import (
    Alert,
    Incident,
    IncidentKind,
    Judged,
    Known,
    Phase,
    Subject,
    Trouble,
    Way,
)

#: How long something must stay away before it is over, by how often it has come back.
_SETTLES: Final = timedelta(minutes=10)
_SETTLES_AT_MOST: Final = timedelta(hours=6)
#: How long after its end a trouble that comes back counts as the same one.
REMEMBERED: Final = timedelta(days=1)
#: The waits after failed attempts to tell somebody; the last one goes on.
WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
)
#: After so many attempts, three days or so, nobody is told of it by this way any more.
ATTEMPTS_AT_MOST: Final = 75


@dataclass(frozen=True, slots=True)
class Situation:
    """How things are now."""

    troubles: tuple[Trouble, ...]
    #: What cannot be judged now, because it is not looked at.
    unknown: frozenset[Subject] = frozenset()
    #: When a person last approved a held plan.
    approved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for."""

    ways: tuple[Way, ...] = ()
    #: How long a source must have failed.
    after: timedelta = timedelta(minutes=30)
    #: The source that sends messages about incidents; one about itself would wait with the others.
    sender: str | None = None


def judge(now: datetime, situation: Situation, known: Known, wanted: Wanted) -> Judged:
    """Return which incidents begin and end, and what people are to be told."""
    troubles = {one.subject: one for one in situation.troubles}
    stored = {one.subject: one for one in known.incidents if one.is_open}
    after = {subject: _later(now, one, troubles, situation) for subject, one in stored.items()}
    opened = tuple(
        _opened(one, known.incidents, now, situation)
        for one in situation.troubles
        if one.subject not in stored
        and one.subject not in situation.unknown
        and _has_lasted(one, now, wanted)
    )
    added, dropped = _alerts(after.values(), known.alerts, wanted, now)
    return Judged(
        opened,
        tuple(one for subject, one in after.items() if one != stored[subject]),
        added,
        dropped,
        {one.subject: _ways(one, wanted) for one in opened},
    )


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts, None where that was the last."""
    if attempts >= ATTEMPTS_AT_MOST:
        return None
    return now + WAITS[min(attempts, len(WAITS)) - 1]


def settles(kind: IncidentKind, relapses: int) -> timedelta:
    """Return how long a trouble must stay away before it is over.

    A held plan is settled by a run, not by waiting; only one that comes back again and again waits.
    """
    if kind is IncidentKind.PLAN_HELD:
        relapses -= 1
        if relapses < 0:
            return timedelta(0)
    doubled: timedelta = _SETTLES * 2 ** min(relapses, 10)
    return min(doubled, _SETTLES_AT_MOST)


def _has_lasted(one: Trouble, now: datetime, wanted: Wanted) -> bool:
    return one.subject.kind is not IncidentKind.SOURCE_FAILED or now - one.since >= wanted.after


def _opened(
    one: Trouble, stored: Sequence[Incident], now: datetime, situation: Situation
) -> Incident:
    """Return a new incident; it inherits how often it has come back."""
    before = [
        each
        for each in stored
        if each.subject == one.subject
        and each.ended_at is not None
        and now - each.ended_at <= REMEMBERED
        and not _is_settled_by_a_person(each, situation)
    ]
    relapses = max((each.relapses + 1 for each in before), default=0)
    return Incident(0, one.subject, one.since, one.detail, relapses=relapses)


def _later(
    now: datetime, one: Incident, troubles: Mapping[Subject, Trouble], situation: Situation
) -> Incident:
    """Return an open incident as it is now."""
    if one.subject in situation.unknown:
        return one
    if one.subject in troubles:
        if one.clear_since is None:
            return one
        return replace(one, clear_since=None, relapses=one.relapses + 1)
    clear = one.clear_since or now
    wait = settles(one.subject.kind, one.relapses)
    if now - clear >= wait or _is_settled_by_a_person(one, situation):
        return replace(one, clear_since=clear, ended_at=clear)
    return replace(one, clear_since=clear)


def _is_settled_by_a_person(one: Incident, situation: Situation) -> bool:
    """Return whether somebody approved a plan after this one was held: what comes then is news."""
    approved = situation.approved_at
    is_held = one.subject.kind is IncidentKind.PLAN_HELD
    return is_held and approved is not None and approved >= one.opened_at


def _ways(one: Incident, wanted: Wanted) -> tuple[Way, ...]:
    """Return how people are told: not by the messages that do not get through."""
    of_sender = one.subject == Subject(IncidentKind.CHANNEL_STOPPED, wanted.sender or "")
    return tuple(way for way in wanted.ways if not (of_sender and way is Way.WECOM))


def _alerts(
    incidents: Collection[Incident], alerts: Sequence[Alert], wanted: Wanted, now: datetime
) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
    """Return which alerts of stored incidents are to be added, and which to be dropped.

    Who was to be told of the opening is told of the end, even where the first did not get through:
    the end says what it was, and the first is dropped then.
    """
    rows = {(one.incident.id, one.phase, one.way): one for one in alerts}
    missing = [
        Alert(one, Phase.OPENED, way, next_attempt_at=now)
        for one in incidents
        if one.is_open
        for way in _ways(one, wanted)  # one that was configured meanwhile
        if (one.id, Phase.OPENED, way) not in rows
    ]
    ended = [one for one in incidents if not one.is_open]
    first = [
        rows[key] for one in ended for way in Way if (key := (one.id, Phase.OPENED, way)) in rows
    ]
    last = [
        Alert(after, Phase.ENDED, before.way, next_attempt_at=now)
        for after in ended
        for before in first
        if before.incident.id == after.id and before.way in wanted.ways
    ]
    return (*missing, *last), tuple(one for one in first if one.told_at is None)
