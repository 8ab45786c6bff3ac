"""How fast WeCom may be called: rates over sliding windows, and calls at the same time.

WeCom allows a corporation 10,000 calls a minute and 150,000 an hour for each endpoint, and an
address 20,000 a minute over all (document 90312). The defaults stay a tenth below.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from math import floor

_MINUTE, _HOUR = 60.0, 3600.0
#: A window is counted in this many slices: that bounds memory, and a place in the window comes
#: back at most one slice later than it might.
_SLICES = 120
#: No wait is shorter: rounding must not let a waiting thread spin.
_SHORTEST_WAIT = 0.001


class SlidingWindow:
    """A limit that holds for every window of the given length, wherever it begins.

    Bursts inside the limit are free. Not thread-safe by itself: `Pace` holds the lock.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        """Allow `limit` calls in any `seconds`."""
        self._limit = limit
        self._slice = seconds / _SLICES
        self._counts: deque[list[int]] = deque()  # [slice, calls in it], oldest first
        self._total = 0

    def wait(self, now: float) -> float:
        """Return the seconds until one more call fits; 0 when it fits now."""
        current = floor(now / self._slice)
        # A slice leaves when even its last moment lies outside the window.
        while self._counts and self._counts[0][0] + _SLICES < current:
            self._total -= self._counts.popleft()[1]
        if self._total < self._limit:
            return 0.0
        leaves_at = (self._counts[0][0] + _SLICES + 1) * self._slice
        return max(leaves_at - now, _SHORTEST_WAIT)

    def count(self, now: float) -> None:
        """Count a call at `now`; times never go back."""
        current = floor(now / self._slice)
        if self._counts and self._counts[-1][0] == current:
            self._counts[-1][1] += 1
        else:
            self._counts.append([current, 1])
        self._total += 1


class Pace:
    """Lets calls through as fast as all limits allow, and makes the others wait.

    One pace may be shared by several clients; it should be where they share a corporation.
    """

    def __init__(
        self,
        *,
        per_minute: int = 9_000,
        per_hour: int = 135_000,
        total_per_minute: int = 18_000,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        """Limit each API by minute and hour, and all of them together by minute."""
        if min(per_minute, per_hour, total_per_minute) < 1:
            raise ValueError("a rate must be at least one call")
        self._limits = (per_minute, per_hour)
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._everything = SlidingWindow(total_per_minute, _MINUTE)
        self._windows: dict[Hashable, tuple[SlidingWindow, ...]] = {}

    def wait(self, api: Hashable) -> None:
        """Return when a call of `api` may be sent; it is counted then.

        Whatever `sleep` raises ends the waiting, and nothing is counted.
        """
        while (seconds := self._try(api)) > 0:
            self._sleep(seconds)

    def _try(self, api: Hashable) -> float:
        with self._lock:
            windows = self._windows.get(api) or self._open(api)
            now = self._clock()
            seconds = max([window.wait(now) for window in windows])
            if seconds == 0:
                for window in windows:
                    window.count(now)
            return seconds

    def _open(self, api: Hashable) -> tuple[SlidingWindow, ...]:
        per_minute, per_hour = self._limits
        windows = (
            SlidingWindow(per_minute, _MINUTE),
            SlidingWindow(per_hour, _HOUR),
            self._everything,
        )
        self._windows[api] = windows
        return windows


class Gate:
    """At most so many calls at the same time; fewer for a while after WeCom complained.

    A complaint (45033) halves the limit; every minute without one gives one place back.
    """

    def __init__(self, places: int, *, clock: Callable[[], float]) -> None:
        """Open with all `places`."""
        if places < 1:
            raise ValueError("a gate needs at least one place")
        self._full = self._places = places
        self._inside = 0
        self._moved_at = 0.0
        self._clock = clock
        self._free = threading.Condition()
        self.counts: Counter[str] = Counter()  #: how often each endpoint was called

    @property
    def places(self) -> int:
        """Return how many calls may run at the same time now."""
        return self._places

    @contextmanager
    def inside(self, endpoint: str) -> Iterator[int]:
        """Wait for a place, count the call, hold the place; gives the limit at entry."""
        with self._free:
            while self._inside >= self._places:
                self._free.wait()
            self._inside += 1
            self.counts[endpoint] += 1
            seen = self._places
        try:
            yield seen
        finally:
            with self._free:
                self._inside -= 1
                self._recover()
                self._free.notify_all()

    def ease(self, seen: int) -> None:
        """Halve the limit, if it is still the one under which the complaint arose."""
        with self._free:
            if self._places == seen:
                self._places = max(1, seen // 2)
                self._moved_at = self._clock()

    def _recover(self) -> None:
        if self._places < self._full and self._clock() - self._moved_at >= _MINUTE:
            self._places += 1
            self._moved_at = self._clock()
