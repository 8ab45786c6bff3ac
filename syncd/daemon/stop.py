"""How the process is asked to stop, and ends within a bounded time whatever it is doing."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from queue import Empty, SimpleQueue
from types import FrameType

import structlog

from syncd.daemon.notify import notify
from syncd.errors import ExitStatus

log = structlog.get_logger(__name__)

#: How long the ending may take; systemd waits longer (TimeoutStopSec=30).
GRACE = timedelta(seconds=20)


class Stopping(BaseException):
    """Raised where the process may be interrupted, when it is asked to stop.

    It is no `Exception`, so that nothing that handles errors takes it for one.
    """


class Stop:
    """Whether the process was asked to stop; makes whatever waits end.

    ::

        signal ──▶ handler ──raises──▶ Stopping, if the main thread is inside `interrupted()`
                      └──rings──▶ watcher thread: says so, wakes who sleeps, and after GRACE
                                  ends a process that is still there

    Outside `interrupted()` nothing is raised: there the main thread works with the store, which
    takes seconds, and an exception at any instruction would leave more behind than it saves.
    """

    def __init__(
        self, grace: timedelta = GRACE, give_up: Callable[[int], object] = os._exit
    ) -> None:
        """Begin without being asked; `give_up` ends the process at once, with that status."""
        self._grace = grace
        self._give_up = give_up
        self._signal: int | None = None
        self._raises = False
        self._asked = threading.Event()
        #: What is to be done in the watcher's thread as soon as it is asked.
        self._hooks: list[Callable[[], object]] = []
        # A handler may interrupt the holder of any lock. This queue alone may be used in one.
        self._bell: SimpleQueue[None] = SimpleQueue()

    @property
    def status(self) -> ExitStatus:
        """Return how the process should end: Ctrl-C is an interruption, SIGTERM is no failure."""
        return ExitStatus.INTERRUPTED if self._signal == signal.SIGINT else ExitStatus.DONE

    def check(self) -> None:
        """Raise `Stopping` where it was asked."""
        if self._signal is not None:
            raise Stopping

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Stopping` as soon as it is asked. For any thread."""
        if self._asked.wait(seconds):
            raise Stopping

    def when_asked(self, do: Callable[[], object]) -> None:
        """Let something short be done, in another thread, as soon as the process is asked."""
        self._hooks.append(do)
        if self._asked.is_set():
            do()

    @contextmanager
    def interrupted(self) -> Iterator[None]:
        """Let a signal raise `Stopping` at any instruction of the block, in the main thread.

        It is raised at once where one has come before.
        """
        self._raises = True
        try:
            self.check()
            yield
        finally:
            self._raises = False

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Raise nothing inside, where the block stands in one of `interrupted`, but behind it."""
        self._raises = False
        try:
            yield
        finally:
            self._raises = True
        self.check()

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT end what is inside by `Stopping`, and return when it has ended.

        The first signal counts. Further ones change nothing: the ending is under way, and it is
        bounded.
        """
        watcher = threading.Thread(target=self._watch, name="stop", daemon=True)
        watcher.start()
        before = {one: signal.signal(one, self._hear) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        except Stopping:
            pass
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
            # Lets the watcher go, whether it waits for a signal or for the end after one.
            self._bell.put(None)
            self._bell.put(None)
            watcher.join()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._signal is not None:
            return
        self._signal = number
        self._bell.put(None)
        if self._raises:
            raise Stopping

    def _watch(self) -> None:
        self._bell.get()
        if self._signal is None:
            return
        self._asked.set()
        for do in self._hooks:
            do()
        notify("STOPPING=1\nSTATUS=Stopping")
        log.info("daemon_stopping", signal=signal.Signals(self._signal).name)
        try:
            self._bell.get(timeout=self._grace.total_seconds())
        except Empty:
            # It hangs in a call that nothing can interrupt. What it may have begun to write is
            # one transaction, which the database undoes; the next run sees that we are dead.
            log.error("run_left_open", grace_seconds=self._grace.total_seconds())  # noqa: TRY400 - no error of ours
            self._give_up(self.status)
