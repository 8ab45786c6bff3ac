"""Delivers messages in threads of its own, beside the schedule, until the process is to stop."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import structlog

from syncd.daemon.stop import Stop
from syncd.errors import StoreError

log = structlog.get_logger(__name__)

#: How often what was delivered is written to the log file, and told to systemd, in seconds.
_GLANCE: Final = 5.0
#: How long a delivery that a defect has ended waits before it begins anew, in seconds.
_PAUSE: Final = 10.0


class Sign(Protocol):
    """Whether to stop."""

    def is_set(self) -> bool:
        """Return whether it is time."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait so many seconds at most; return whether it is time."""


class Courier:
    """Lets an engine work, and keeps log and status up with it.

    The schedule's work is the main thread's, where a signal may end it anywhere. Here a signal
    only says that it is time: calls to WeCom that are under way are waited for, and what came of
    them is written down.
    """

    def __init__(
        self,
        work: Callable[[Sign], object],
        *,
        glance: Callable[[], object],
        stop: Stop,
        every: float = _GLANCE,
        pause: float = _PAUSE,
    ) -> None:
        """Prepare; nothing is delivered yet.

        Args:
            work: Delivers until the sign is set.
            glance: Writes to the log what was delivered, and tells how it stands.
            stop: Tells when the process is to stop.
            every: Seconds between two glances.
            pause: Seconds before the work begins anew that a defect has ended.
        """
        self._work, self._glance, self._stop = work, glance, stop
        self._every, self._pause = every, pause
        self._ended = threading.Event()
        self._closed = threading.Event()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Deliver while the block lasts; what was begun is brought to its end."""
        self._stop.when_asked(self._ended.set)
        threads = [
            threading.Thread(target=self._deliver, name="courier"),
            threading.Thread(target=self._look, name="courier-log"),
        ]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            self._ended.set()
            threads[0].join()
            self._closed.set()
            threads[1].join()

    def _deliver(self) -> None:
        while not self._ended.is_set():
            try:
                self._work(self._ended)
            except Exception:
                log.exception("delivery_failed", again_in_seconds=self._pause)
            self._ended.wait(self._pause)

    def _look(self) -> None:
        """Glance until all is delivered, and once more."""
        closed = False
        while not closed:
            closed = self._closed.wait(self._every)
            try:
                self._glance()
            except StoreError as error:
                log.debug("outbox_not_seen", reason=error.message)
            except Exception:
                log.exception("outbox_glance_failed")
