"""Which incidents begin and end, and whom that is told: decided on a clock that is an argument."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.alerts.judging import (
    ATTEMPTS_AT_MOST,
    REMEMBERED,
    Situation,
    Wanted,
    judge,
    next_attempt,
    settles,
)
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

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WANTED = Wanted((Way.WECOM, Way.EMAIL, Way.WEBHOOK), timedelta(minutes=30), "wecom")
HELD = Subject(IncidentKind.PLAN_HELD)
FAILED = Subject(IncidentKind.SOURCE_FAILED, "ldap")
STOPPED = Subject(IncidentKind.CHANNEL_STOPPED, "wecom")


class Desk:
    """Keeps what was judged, as the store does; whoever is to be told is told at once."""

    def __init__(self, wanted: Wanted = WANTED) -> None:
        self.wanted = wanted
        self.known = Known()
        self.told: list[tuple[Subject, Phase, Way]] = []

    def look(self, now: datetime, *troubles: Trouble, **situation: object) -> Judged:
        recent = tuple(
            one
            for one in self.known.incidents
            if one.ended_at is None or now - one.ended_at <= REMEMBERED
        )
        judged = judge(
            now,
            Situation(troubles, **situation),
            replace(self.known, incidents=recent),
            self.wanted,
        )
        self._write(judged, now)
        return judged

    def _write(self, judged: Judged, now: datetime) -> None:
        incidents = {one.id: one for one in self.known.incidents}
        alerts = {(one.incident.id, one.phase, one.way): one for one in self.known.alerts}
        added = list(judged.added)
        for one in judged.opened:
            stored = replace(one, id=len(incidents) + 1)
            incidents[stored.id] = stored
            added += [Alert(stored, Phase.OPENED, way) for way in judged.ways[one.subject]]
        for one in judged.changed:
            incidents[one.id] = one
        for one in added:
            key = (one.incident.id, one.phase, one.way)
            assert key not in alerts, "told twice"
            alerts[key] = replace(one, told_at=now)
            self.told.append((one.incident.subject, one.phase, one.way))
        self.known = Known(tuple(incidents.values()), tuple(alerts.values()))

    @property
    def open(self) -> list[Incident]:
        return [one for one in self.known.incidents if one.is_open]


def trouble(subject: Subject, since: datetime, **detail: str) -> Trouble:
    return Trouble(subject, since, detail)


def told_of(subject: Subject, phase: Phase, ways=WANTED.ways) -> list[tuple[Subject, Phase, Way]]:
    return [(subject, phase, way) for way in ways]


def test_a_held_plan_is_told_at_once_by_every_way_and_once():
    desk = Desk()
    for minute in range(60):
        desk.look(NOW + minute * MINUTE, trouble(HELD, NOW, run="7"))
    assert desk.told == told_of(HELD, Phase.OPENED)


def test_its_end_is_told_at_once_and_once():
    desk = Desk()
    desk.look(NOW, trouble(HELD, NOW))
    for minute in range(1, 60):
        desk.look(NOW + minute * MINUTE)
    assert desk.told == told_of(HELD, Phase.OPENED) + told_of(HELD, Phase.ENDED)
    assert desk.known.incidents[0].ended_at == NOW + MINUTE


@pytest.mark.parametrize(("minutes", "is_told"), [(29, False), (30, True), (300, True)])
def test_a_source_is_told_of_when_it_has_failed_for_as_long_as_is_asked(minutes, is_told):
    desk = Desk()
    desk.look(NOW, trouble(FAILED, NOW - minutes * MINUTE))
    assert bool(desk.told) is is_told


def test_a_source_that_recovers_before_is_never_told_of():
    desk = Desk()
    desk.look(NOW, trouble(FAILED, NOW - 20 * MINUTE))
    desk.look(NOW + 5 * MINUTE)
    assert (desk.told, desk.known) == ([], Known())


def test_that_a_source_is_read_again_is_told_when_it_has_lasted():
    desk = Desk()
    desk.look(NOW, trouble(FAILED, NOW - 30 * MINUTE))
    desk.told.clear()
    desk.look(NOW + MINUTE)
    desk.look(NOW + 10 * MINUTE)
    assert desk.told == []
    desk.look(NOW + 11 * MINUTE)
    assert desk.told == told_of(FAILED, Phase.ENDED)
    assert desk.known.incidents[0].ended_at == NOW + MINUTE


def test_what_comes_back_before_its_end_goes_on_untold():
    desk = Desk()
    desk.look(NOW, trouble(FAILED, NOW - 30 * MINUTE))
    desk.told.clear()
    desk.look(NOW + MINUTE)
    desk.look(NOW + 2 * MINUTE, trouble(FAILED, NOW + 2 * MINUTE))
    desk.look(NOW + 12 * MINUTE, trouble(FAILED, NOW + 2 * MINUTE))
    assert desk.told == []
    assert [(one.relapses, one.clear_since) for one in desk.open] == [(1, None)]


@pytest.mark.parametrize("bad", [1, 5, 40, 90])
@pytest.mark.parametrize("good", [1, 5, 40, 90])
def test_a_flapping_source_is_told_of_a_few_times_a_day_and_then_not_any_more(bad, good):
    desk = Desk(replace(WANTED, ways=(Way.EMAIL,)))
    since = None
    for minute in range(2 * 24 * 60):
        now = NOW + minute * MINUTE
        is_bad = minute % (bad + good) < bad
        since = (since or now) if is_bad else None
        desk.look(now, *([trouble(FAILED, since)] if is_bad else []))
    assert len(desk.told) <= 10
    first_day = len(desk.told)
    for minute in range(2 * 24 * 60, 3 * 24 * 60):
        now = NOW + minute * MINUTE
        is_bad = minute % (bad + good) < bad
        since = (since or now) if is_bad else None
        desk.look(now, *([trouble(FAILED, since)] if is_bad else []))
    assert len(desk.told) == first_day


def test_a_paused_source_is_neither_opened_nor_ended():
    desk = Desk()
    unknown = frozenset({FAILED})
    desk.look(NOW, trouble(FAILED, NOW - 60 * MINUTE), unknown=unknown)
    assert desk.told == []
    desk.look(NOW + MINUTE, trouble(FAILED, NOW - 60 * MINUTE))
    desk.told.clear()
    for minute in range(2, 120):
        desk.look(NOW + minute * MINUTE, unknown=unknown)
    assert desk.told == []
    assert len(desk.open) == 1


def test_messages_that_do_not_get_through_are_not_told_of_by_messages():
    desk = Desk()
    desk.look(NOW, trouble(STOPPED, NOW))
    desk.look(NOW + 60 * MINUTE)
    desk.look(NOW + 71 * MINUTE)
    ways = (Way.EMAIL, Way.WEBHOOK)
    assert desk.told == told_of(STOPPED, Phase.OPENED, ways) + told_of(STOPPED, Phase.ENDED, ways)


def test_those_of_another_source_are():
    desk = Desk(replace(WANTED, sender="other"))
    desk.look(NOW, trouble(STOPPED, NOW))
    assert desk.told == told_of(STOPPED, Phase.OPENED)


def test_a_plan_that_is_held_after_an_approval_is_news():
    desk = Desk()
    desk.look(NOW, trouble(HELD, NOW, run="1"))
    approved = NOW + 5 * MINUTE
    desk.look(NOW + 6 * MINUTE, approved_at=approved)
    desk.look(NOW + 7 * MINUTE, trouble(HELD, NOW + 7 * MINUTE, run="2"), approved_at=approved)
    desk.look(NOW + 9 * MINUTE, approved_at=NOW + 8 * MINUTE)
    assert [phase for _, phase, way in desk.told if way is Way.EMAIL] == [
        *(Phase.OPENED, Phase.ENDED),
        *(Phase.OPENED, Phase.ENDED),
    ]
    assert [one.relapses for one in desk.known.incidents] == [0, 0]


def test_plans_that_are_held_again_and_again_by_themselves_are_told_of_ever_less():
    desk = Desk(replace(WANTED, ways=(Way.EMAIL,)))
    for minute in range(24 * 60):
        held = [trouble(HELD, NOW + minute * MINUTE)] if minute % 20 < 10 else []
        desk.look(NOW + minute * MINUTE, *held)
    assert 2 <= len(desk.told) <= 8


def test_a_way_that_is_configured_meanwhile_is_told_of_what_is_open():
    desk = Desk(replace(WANTED, ways=(Way.EMAIL,)))
    desk.look(NOW, trouble(HELD, NOW))
    desk.wanted = replace(WANTED, ways=(Way.EMAIL, Way.WEBHOOK))
    desk.told.clear()
    desk.look(NOW + MINUTE, trouble(HELD, NOW))
    assert desk.told == told_of(HELD, Phase.OPENED, (Way.WEBHOOK,))


def test_an_opening_that_nobody_could_be_told_of_is_dropped_when_it_has_ended():
    incident = Incident(5, HELD, NOW, {})
    waiting = Alert(incident, Phase.OPENED, Way.EMAIL, attempts=3, next_attempt_at=NOW)
    told = Alert(incident, Phase.OPENED, Way.WEBHOOK, attempts=1, told_at=NOW)
    known = Known((incident,), (waiting, told))
    judged = judge(NOW + MINUTE, Situation(()), known, WANTED)
    assert judged.dropped == (waiting,)
    assert [(one.phase, one.way) for one in judged.added] == [
        (Phase.ENDED, Way.EMAIL),
        (Phase.ENDED, Way.WEBHOOK),
    ]
    assert judged.changed[0].ended_at == NOW + MINUTE


def test_whoever_was_not_told_of_the_opening_is_not_told_of_the_end():
    incident = Incident(5, HELD, NOW, {})
    told = Alert(incident, Phase.OPENED, Way.EMAIL, told_at=NOW)
    judged = judge(NOW + MINUTE, Situation(()), Known((incident,), (told,)), WANTED)
    assert [one.way for one in judged.added] == [Way.EMAIL]


def test_nothing_new_is_nothing_to_write():
    incident = Incident(5, HELD, NOW, {})
    alerts = tuple(Alert(incident, Phase.OPENED, way, told_at=NOW) for way in WANTED.ways)
    known = Known((incident,), alerts)
    assert judge(NOW + MINUTE, Situation((trouble(HELD, NOW),)), known, WANTED).is_empty
    assert judge(NOW, Situation(()), Known(), WANTED).is_empty


def test_a_clock_that_is_set_back_ends_nothing():
    desk = Desk()
    desk.look(NOW, trouble(FAILED, NOW - 40 * MINUTE))
    desk.look(NOW + MINUTE)
    desk.told.clear()
    desk.look(NOW - 600 * MINUTE)
    assert desk.told == []
    assert len(desk.open) == 1


@given(
    st.lists(st.tuples(st.integers(1, 45), st.booleans(), st.booleans()), max_size=60),
)
def test_people_are_told_of_opening_and_end_in_turn_and_never_twice(steps):
    desk = Desk()
    now, since = NOW, None
    for minutes, is_bad, is_paused in steps:
        now += minutes * MINUTE
        since = (since or now) if is_bad else None
        troubles = [trouble(FAILED, since)] if since else []
        desk.look(now, *troubles, unknown=frozenset({FAILED} if is_paused else ()))
    for way in WANTED.ways:
        phases = [phase for _, phase, by in desk.told if by is way]
        assert phases == [Phase.OPENED, Phase.ENDED] * (len(phases) // 2) + (
            [Phase.OPENED] if len(phases) % 2 else []
        )
        assert len(phases) % 2 == len(desk.open)


@pytest.mark.parametrize(
    ("kind", "relapses", "minutes"),
    [
        (IncidentKind.PLAN_HELD, 0, 0),
        (IncidentKind.PLAN_HELD, 1, 10),
        (IncidentKind.SOURCE_FAILED, 0, 10),
        (IncidentKind.SOURCE_FAILED, 2, 40),
        (IncidentKind.CHANNEL_STOPPED, 50, 360),
    ],
)
def test_the_oftener_it_has_come_back_the_longer_it_must_stay_away(kind, relapses, minutes):
    assert settles(kind, relapses) == minutes * MINUTE


def test_who_cannot_be_told_is_tried_for_three_days_and_then_not_any_more():
    now, attempts = NOW, 0
    while (later := next_attempt(attempts + 1, now)) is not None:
        assert MINUTE <= later - now <= 60 * MINUTE
        now, attempts = later, attempts + 1
    assert attempts + 1 == ATTEMPTS_AT_MOST
    assert timedelta(days=2.5) < now - NOW < timedelta(days=3.5)
