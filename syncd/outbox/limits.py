"""WeCom's limits of messages (reference, section 11.1): what is over them waits here.

What one member gets beyond 30 a minute WeCom drops without a word, and says that it was accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Final

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
#: Messages of one app that one member takes; some room is left for the app's other programs.
PER_MINUTE: Final = 28
PER_HOUR: Final = 950
#: Messages a day for each account of the corporation.
PER_ACCOUNT: Final = 200
#: Beijing has had one time all the year since 1991; WeCom's days are its days.
_BEIJING: Final = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Had:
    """What one member has got from one app lately, and what is on its way."""

    last_minute: int = 0
    last_hour: int = 0


@dataclass(slots=True)
class Room:
    """How much may still go out from one source; it counts what it lets through."""

    #: People whom a message may go to today.
    today: int
    had: Mapping[str, Had]
    now: datetime
    _more: dict[str, int] = field(default_factory=dict)
    #: How many were turned away.
    _over: dict[str, int] = field(default_factory=dict)

    def admit(self, external_id: str) -> datetime | None:
        """Let one message to a member through, or return when it may be tried again.

        Of many that are turned away, each waits for its place behind the others: were they all due
        again at once, looking at them would leave no time for other people's messages.
        """
        had = self.had.get(external_id, _NOTHING)
        more = self._more.get(external_id, 0)
        if had.last_hour + more >= PER_HOUR:
            return self.now + MINUTE + HOUR * self._turn_away(external_id) / PER_HOUR
        if had.last_minute + more >= PER_MINUTE:
            return self.now + MINUTE / 6 + MINUTE * self._turn_away(external_id) / PER_MINUTE
        if self.today <= 0:
            return next_day(self.now)
        self._more[external_id] = more + 1
        self.today -= 1
        return None

    def _turn_away(self, external_id: str) -> int:
        """Return how many were turned away before."""
        before = self._over.get(external_id, 0)
        self._over[external_id] = before + 1
        return before


_NOTHING: Final = Had()


def day_of(moment: datetime) -> str:
    """Return the day of Beijing, `YYYY-MM-DD`."""
    return moment.astimezone(_BEIJING).date().isoformat()


def next_day(moment: datetime) -> datetime:
    """Return when the next day of Beijing has begun, a minute later: clocks differ."""
    here = moment.astimezone(_BEIJING)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1, minutes=1)).astimezone(moment.tzinfo)
