"""Rate limits: calls per endpoint and minute, and calls at the same time (reference 11)."""

from collections import deque
from collections.abc import Callable, Mapping

from syncd.simulator.answers import ApiError

_MINUTE = 60.0

#: The name in the limits that stands for every endpoint that has no limit of its own.
ANY = "*"


class Rates:
    """Counts calls and refuses those beyond the limits."""

    def __init__(
        self,
        per_minute: Mapping[str, int],
        concurrency: int | None,
        clock: Callable[[], float],
    ) -> None:
        """Take the limits and a monotonic clock in seconds.

        Args:
            per_minute: Calls a minute by endpoint (`user/list`), or under `*` for each of
                the others; sends do not count there (reference 11.1).
            concurrency: Calls at the same time, None for any number.
            clock: Monotonic seconds.
        """
        self.per_minute = dict(per_minute)
        self.concurrency = concurrency
        self._clock = clock
        self._calls: dict[str, deque[float]] = {}
        self._blocked_until: dict[str, float] = {}

    def admit(self, endpoint: str, in_flight: int) -> None:
        """Count a call in.

        Raises:
            ApiError: 45033 too many at the same time; 45009 too many within a minute, and
                then for a minute more.
        """
        if self.concurrency is not None and in_flight > self.concurrency:
            raise ApiError(45033)
        limit = self._limit(endpoint)
        if limit is None:
            return
        now = self._clock()
        if now < self._blocked_until.get(endpoint, 0.0):
            raise ApiError(45009)
        calls = self._calls.setdefault(endpoint, deque())
        while calls and calls[0] <= now - _MINUTE:
            calls.popleft()
        if len(calls) >= limit:
            self._blocked_until[endpoint] = now + _MINUTE
            raise ApiError(45009)
        calls.append(now)

    def _limit(self, endpoint: str) -> int | None:
        if endpoint in self.per_minute:
            return self.per_minute[endpoint]
        if endpoint.startswith("message/"):
            return None
        return self.per_minute.get(ANY)
