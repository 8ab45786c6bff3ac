"""A reading in a process of its own, while this one reads other sources.

Python computes on one core at a time; two directories that are read one after the other take as
long as both. The other process is this program again (no copy of it: threads are running). It
learns what to read through its standard input, so that no secret of it stands where `ps` or
`/proc` show one, and ends as soon as this one does: the other end of its input is closed then.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Final

import structlog

from syncd.errors import SourceUnavailable, SyncdError
from syncd.model.entry import Snapshot
from syncd.sources.base import Progress, ignore_progress
from syncd.sources.stream import GREETING, Incomplete, hear_reading
from syncd.text import Text, text

log = structlog.get_logger(__name__)

#: What of the environment the reading gets: what Python, the C library and OpenSSL look at.
#: Passwords may stand in any other variable.
_PASSED_ON: Final = (
    *("PYTHON", "LD_", "MALLOC_", "GLIBC_", "SSL", "OPENSSL", "LC_", "LANG", "TZ", "TMPDIR"),
    *("HOME", "PATH", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES", "FAKETIME"),
)
#: A stop is for whoever has asked for the reading, which then ends it: Ctrl-C reaches every
#: process of a terminal, and systemd tells all of a service.
_NOT_FOR_IT: Final = frozenset({signal.SIGINT, signal.SIGTERM})


class ReadingAside:
    """A reading that has begun. Implements `syncd.sources.base.BegunReading`."""

    def __init__(
        self,
        name: str,
        process: subprocess.Popen[bytes],
        instead: Callable[[Progress], Snapshot],
        learn: Callable[[SyncdError | None], object],
    ) -> None:
        """Listen to a process; see `begin_aside`."""
        self._name = name
        self._process = process
        self._instead = instead
        self._learn = learn

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def finish(self, progress: Progress = ignore_progress) -> Snapshot:
        """Return what was read; the process is gone afterwards, whatever comes of it.

        Raises:
            SourceError: The reading did not reach its end, or the process did not.
            DefectAside: A defect has ended it.
        """
        answers = _pipe(self._process.stdout)
        try:
            if answers.readline() == GREETING:
                snapshot = hear_reading(answers, progress)
                self._learn(None)
                return snapshot
        except SyncdError as error:
            self._learn(error)
            raise
        except Incomplete:
            raise self._ended() from None
        finally:
            self.stop()
        _tell_not_begun(self._name, f"status {self._process.returncode}")
        return self._instead(progress)

    def stop(self) -> None:
        """End the process at once, unless it has ended."""
        self._process.kill()
        with suppress(OSError):  # what it has not taken of its input
            _pipe(self._process.stdin).close()
        _pipe(self._process.stdout).close()
        self._process.wait()

    def _ended(self) -> SourceUnavailable:
        # Its end of the pipe is closed: it is about to end, if it has not.
        status = self._process.wait()
        return SourceUnavailable(
            text(
                "the process that read the source {source!r} ended before it had told everything: {how}",
                source=self._name,
                how=_how(status),
            ),
            hint=text(
                "Nothing of this reading was used, and the next run tries again. If the system ended the process because memory ran out, its log says so (journalctl -k): give this machine, or the service, more."
            ),
        )


def begin_aside(
    name: str,
    module: str,
    request: object,
    *,
    instead: Callable[[Progress], Snapshot],
    learn: Callable[[SyncdError | None], object],
) -> ReadingAside | None:
    """Return a reading that has begun in another process; None where none can be had.

    Args:
        name: The source's.
        module: The package that is run, and takes `request` from its standard input.
        request: What to read, secrets too; anything that can be pickled.
        instead: Reads in this process, where the other turns out not to have begun.
        learn: Is told the other's error, or None where it had none: what it has learned by that is
            gone with it.
    """
    if not sys.executable:  # embedded in a program that is no Python
        return None
    try:
        with _unstopped():
            process = subprocess.Popen(
                [sys.executable, *_flags(), "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
            )
    except OSError as error:  # a limit of the system, or of the service
        _tell_not_begun(name, error.strerror or type(error).__name__)
        return None
    reading = ReadingAside(name, process, instead, learn)
    try:
        _give(process, request)
    except BaseException:
        reading.stop()
        raise
    return reading


def _give(process: subprocess.Popen[bytes], request: object) -> None:
    """Tell a process what to read; its input stays open as long as this process lives."""
    given = _pipe(process.stdin)
    with suppress(BrokenPipeError):  # it is gone already, which shows where it is listened to
        pickle.dump(request, given, protocol=5)
        given.flush()


def _flags() -> Iterator[str]:
    """Yield the options of Python by which the other finds the same modules."""
    yield "-P"  # and none in the folder that we happen to be in
    if sys.flags.isolated:
        yield "-I"
    if sys.flags.ignore_environment:
        yield "-E"
    if sys.flags.no_user_site:
        yield "-s"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}


@contextmanager
def _unstopped() -> Iterator[None]:
    """Let a process that is begun inside inherit that it is not to be stopped by a signal.

    Nothing is lost: to us the signals come as soon as the block is left.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_FOR_IT)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pipe(given: IO[bytes] | None) -> IO[bytes]:
    if given is None:
        raise AssertionError("begun with pipes")
    return given


def _how(status: int) -> Text:
    if status < 0:
        return text("killed by signal {name}", name=_name_of(-status))
    return text("exit status {status}", status=status)


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals, which have none
        return str(number)


def _tell_not_begun(name: str, reason: str) -> None:
    log.warning("reading_not_begun_aside", source=name, reason=reason)
