"""When jobs fall due, also on the days when clocks change."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.daemon.schedule import ClockWatch, Daily, Job, next_daily

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def in_sequence(at: time, zone: ZoneInfo, after: datetime, count: int) -> list[datetime]:
    found = [next_daily(at, zone, after)]
    while len(found) < count:
        found.append(next_daily(at, zone, found[-1]))
    return found


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(utc(2026, 5, 4, 17, 59), utc(2026, 5, 4, 18), id="today, by the zone's day"),
        pytest.param(utc(2026, 5, 4, 18), utc(2026, 5, 5, 18), id="not the same moment again"),
        pytest.param(utc(2026, 5, 4, 18, 1), utc(2026, 5, 5, 18), id="tomorrow"),
    ],
)
def test_the_daily_time_is_told_by_the_clocks_of_the_zone(after, expected):
    assert next_daily(time(2), SHANGHAI, after) == expected


def test_a_time_that_is_skipped_in_spring_comes_an_hour_later_and_once():
    assert in_sequence(time(2, 30), BERLIN, utc(2026, 3, 28, 12), 2) == [
        utc(2026, 3, 29, 1, 30),  # 02:30 would have been; the clocks show 03:30
        utc(2026, 3, 30, 0, 30),
    ]


def test_a_time_that_comes_twice_in_autumn_is_taken_once():
    assert in_sequence(time(2, 30), BERLIN, utc(2026, 10, 24, 12), 2) == [
        utc(2026, 10, 25, 0, 30),
        utc(2026, 10, 26, 1, 30),
    ]


def test_a_midnight_that_is_skipped_does_not_cost_the_day():
    saopaulo = ZoneInfo("America/Sao_Paulo")
    assert in_sequence(time(0), saopaulo, utc(2018, 11, 3, 12), 2) == [
        utc(2018, 11, 4, 3),  # the clocks go from 23:59 to 01:00
        utc(2018, 11, 5, 2),
    ]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("at", [time(0), time(2), time(2, 30), time(23, 59)])
def test_a_year_has_as_many_full_passes_as_days(zone, at):
    moment, found = utc(2026, 1, 1), 0
    while (moment := next_daily(at, ZoneInfo(zone), moment)) <= utc(2027, 1, 1):
        found += 1
    assert found == 365


def test_after_a_long_sleep_the_daily_trigger_goes_on_from_the_last_missed_day():
    trigger = Daily(time(2), SHANGHAI)
    first = trigger.get_next_fire_time(None, utc(2026, 5, 4, 12))
    assert first == utc(2026, 5, 4, 18)
    assert trigger.get_next_fire_time(first, utc(2026, 5, 9)) == utc(2026, 5, 5, 18)


def test_a_job_with_an_interval_is_due_again_after_it():
    before = datetime.now(UTC)
    trigger = Job("sync", str, every=timedelta(minutes=10)).trigger()
    due = trigger.get_next_fire_time(None, before)
    assert timedelta(minutes=10) <= due - before < timedelta(minutes=11)
    assert trigger.get_next_fire_time(due, due) == due + timedelta(minutes=10)


def test_a_job_with_a_time_of_day_is_due_then():
    trigger = Job("full", str, at=time(2), zone=SHANGHAI).trigger()
    assert trigger.get_next_fire_time(None, utc(2026, 5, 4)) == utc(2026, 5, 4, 18)


class Clocks:
    """A clock on the wall that may be set, and one that only runs."""

    def __init__(self) -> None:
        self.wall = utc(2026, 5, 4, 12)
        self.steady = 1000.0

    def run(self, seconds: float, *, wall: float | None = None) -> None:
        self.steady += seconds
        self.wall += timedelta(seconds=seconds if wall is None else wall)

    def watch(self) -> ClockWatch:
        wall: Callable[[], datetime] = lambda: self.wall  # noqa: E731 - read anew each time
        return ClockWatch(wall, lambda: self.steady)


def test_a_clock_that_runs_was_not_set_back():
    clocks = Clocks()
    watch = clocks.watch()
    clocks.run(3600)
    assert not watch.was_set_back()


def test_a_clock_that_was_set_back_an_hour_is_noticed_once():
    clocks = Clocks()
    watch = clocks.watch()
    clocks.run(10, wall=-3590)
    assert watch.was_set_back()
    clocks.run(10)
    assert not watch.was_set_back()


def test_a_clock_that_was_set_forward_and_back_again_is_noticed():
    clocks = Clocks()
    watch = clocks.watch()
    clocks.run(10, wall=3610)
    assert not watch.was_set_back()
    clocks.run(10, wall=-3590)
    assert watch.was_set_back()


def test_a_machine_that_slept_is_not_taken_for_a_clock_that_was_set_back():
    clocks = Clocks()
    watch = clocks.watch()
    clocks.run(10, wall=8 * 3600)  # asleep, the steady clock stands still
    assert not watch.was_set_back()
    clocks.run(3600)
    assert not watch.was_set_back()


def test_small_corrections_of_a_time_server_are_left_alone_and_their_sum_is_not():
    clocks = Clocks()
    watch = clocks.watch()
    noticed = []
    for _ in range(6):
        clocks.run(10, wall=9)
        noticed.append(watch.was_set_back())
    assert noticed == [False] * 5 + [True]
