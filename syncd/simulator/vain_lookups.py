"""Lookups that find nobody: too many of them shut the endpoint for a day (reference 5.7)."""

from collections import deque
from collections.abc import Callable

from syncd.simulator.answers import ApiError

#: The endpoints that count, each by itself.
LOOKUPS = frozenset({"user/getuserid", "user/get_userid_by_email"})
#: The answers that count as wrong.
_WRONG = frozenset({46004, 60103, 60146, 60147, 60148})
_SHARE = 0.2
_DAY = 86_400.0


class VainLookups:
    """Counts wrong numbers and addresses, and refuses what comes after too many."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take a monotonic clock in seconds."""
        self._clock = clock
        self._times: dict[str, deque[float]] = {}
        self._shut_until: dict[str, float] = {}

    def admit(self, endpoint: str) -> None:
        """Refuse a call of an endpoint that is shut.

        Raises:
            ApiError: 45009; WeCom's documents name no code of its own.
        """
        if self._clock() < self._shut_until.get(endpoint, 0.0):
            raise ApiError(45009)

    def note(self, endpoint: str, errcode: int, members: int) -> None:
        """Count an answer, where the endpoint is a lookup and the answer says that it was wrong."""
        if endpoint not in LOOKUPS or errcode not in _WRONG:
            return
        now = self._clock()
        times = self._times.setdefault(endpoint, deque())
        times.append(now)
        while times[0] <= now - _DAY:
            times.popleft()
        if len(times) > members * _SHARE:
            self._shut_until[endpoint] = now + _DAY
