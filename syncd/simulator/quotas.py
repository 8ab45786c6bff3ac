"""How many messages may be sent: an app's day, and what one member takes (reference 11.1)."""

from collections import defaultdict, deque
from collections.abc import Callable

from syncd.simulator.answers import ApiError

_MINUTE = 60.0
_HOUR = 3600.0
_DAY = 86_400.0
#: A day of WeCom is a day in China.
_CHINA = 8 * _HOUR


class Quotas:
    """Counts person-messages: one message to a thousand members counts a thousand."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        member_per_minute: int | None = None,
        member_per_hour: int | None = None,
        per_day: int | None = None,
    ) -> None:
        """Take the clock, seconds since the epoch, and the limits; None is any number.

        Args:
            now: Seconds since the epoch.
            member_per_minute: Messages that one member takes from one app in a minute.
            member_per_hour: The same in an hour.
            per_day: Person-messages of one app in a day of China.
        """
        self._now = now
        self.member_per_minute = member_per_minute
        self.member_per_hour = member_per_hour
        self.per_day = per_day
        self._days: dict[int, tuple[int, int]] = {}
        self._times: defaultdict[tuple[str, int], deque[float]] = defaultdict(deque)

    def admit(self, agentid: int, recipients: int) -> None:
        """Count a call of an app in.

        Raises:
            ApiError: 45009, the day's number does not hold so many more.
        """
        day = int((self._now() + _CHINA) // _DAY)
        last, sent = self._days.get(agentid, (day, 0))
        sent = recipients + (sent if last == day else 0)
        if self.per_day is not None and sent > self.per_day:
            raise ApiError(45009)
        self._days[agentid] = (day, sent)

    def admit_to(self, member: str, agentid: int) -> bool:
        """Return whether a member takes one more message of an app now, and count it if so."""
        if self.member_per_minute is None and self.member_per_hour is None:
            return True
        now = self._now()
        times = self._times[member, agentid]
        while times and times[0] <= now - _HOUR:
            times.popleft()
        if self.member_per_hour is not None and len(times) >= self.member_per_hour:
            return False
        most = self.member_per_minute
        if most is not None and len(times) >= most and (not most or times[-most] > now - _MINUTE):
            return False
        times.append(now)
        return True
