"""When a job is due, and what becomes of it when the clock is changed. Decisions only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again."""

    name: str
    #: Does it, logs how it went, and returns it in a few words for `systemctl status`.
    work: Callable[[], str]
    #: Either every so often, beginning at once, …
    every: timedelta | None = None
    #: … or daily at this time of the zone.
    at: time = time(0)
    zone: tzinfo = UTC
    #: Whether `systemctl status` goes on showing the job before.
    is_quiet: bool = False

    def trigger(self) -> BaseTrigger:
        """Return what tells the scheduler when it is due, reckoned from now on."""
        if self.every is not None:
            return IntervalTrigger(seconds=self.every.total_seconds(), timezone=UTC)
        return Daily(self.at, self.zone)


def next_daily(at: time, zone: tzinfo, after: datetime) -> datetime:
    """Return the next moment, in UTC, at which the clocks of a zone show `at`.

    There is one for every day of the calendar: a time that the clocks skip is as much later as
    they skip, and of a time that they show twice it is the first.
    """
    # Where midnight is skipped, a day's moment lies within the next day.
    day = after.astimezone(zone).date() - _DAY
    while True:
        moment = datetime.combine(day, at, zone).astimezone(UTC)
        if moment > after:
            return moment
        day += _DAY


class Daily(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Falls due once a day, also on the days when the clocks change.

    APScheduler's own cron trigger falls due twice where an hour is repeated, and not at all on
    a day whose midnight is skipped.
    """

    __slots__ = ("_at", "_zone")

    def __init__(self, at: time, zone: tzinfo) -> None:
        """Fall due when the clocks of the zone show `at`."""
        self._at = at
        self._zone = zone

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the next moment after the previous one, or after now where there was none."""
        return next_daily(self._at, self._zone, previous or now)


class ClockWatch:
    """Notices that the clock was set back: what falls due by the clock would come that much late.

    A clock that is set forward, or a machine that slept, needs no help: what was missed is due
    at once, and once only.
    """

    #: Corrections below this are left alone; a time server makes them all day.
    TOLERANCE = timedelta(seconds=5)

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float]) -> None:
        """Compare the clock on the wall with one that is never set, in seconds."""
        self._wall, self._steady = wall, steady
        self._lead = self._lead_now()

    def was_set_back(self) -> bool:
        """Return whether the clock was set back since the last time this was asked."""
        lead = self._lead_now()
        if lead < self._lead - self.TOLERANCE.total_seconds():
            self._lead = lead
            return True
        self._lead = max(lead, self._lead)
        return False

    def _lead_now(self) -> float:
        return self._wall().timestamp() - self._steady()
