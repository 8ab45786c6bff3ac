"""Runs jobs at their times, one at a time, until the process is asked to stop."""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from syncd.daemon.notify import notify

log = structlog.get_logger(__name__)

#: How long a run may take to end after SIGTERM; systemd's patience is longer (TimeoutStopSec=30).
GRACE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again."""

    name: str
    #: Does it, and says itself how it went; an exception is logged and changes nothing.
    work: Callable[[], object]
    #: Either every so often, beginning at once, …
    every: timedelta | None = None
    #: … or daily at this time of the zone.
    at: time | None = None
    zone: tzinfo = UTC


class Stopping(BaseException):
    """Raised inside a run that should end because the process was asked to stop.

    It is no `Exception`, so that nothing that handles errors takes it for one.
    """


class Stop:
    """Whether the process was asked to stop; a run looks at it wherever it may end."""

    def __init__(self) -> None:
        """Begin without being asked."""
        self._asked = threading.Event()

    def ask(self) -> None:
        """Ask to stop."""
        self._asked.set()

    @property
    def is_asked(self) -> bool:
        """Return whether somebody has asked."""
        return self._asked.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Return whether it was asked within that many seconds."""
        return self._asked.wait(seconds)

    def check(self) -> None:
        """Raise `Stopping` where it was asked."""
        if self._asked.is_set():
            raise Stopping

    def sleep(self, seconds: float) -> None:
        """Wait; raise `Stopping` as soon as it is asked."""
        if self._asked.wait(seconds):
            raise Stopping


def serve(jobs: Sequence[Job], stop: Stop) -> bool:
    """Do the jobs until SIGTERM or SIGINT; return whether the last one came to its end.

    One job runs at a time; one that is due while another runs waits, and is done once, however
    often it was due.
    """
    _ask_on_signals(stop)
    scheduler = _scheduler(jobs)
    idle = threading.Lock()
    for job in jobs:
        scheduler.add_job(
            _guarded(job, stop, idle),
            _trigger(job),
            id=job.name,
            **({"next_run_time": datetime.now(UTC)} if job.every is not None else {}),
        )
    scheduler.start()
    notify("READY=1\nSTATUS=Waiting for the next run")
    log.info("daemon_started", jobs=[job.name for job in jobs], pid=os.getpid())
    stop.wait()
    notify("STOPPING=1\nSTATUS=Ending the present run")
    log.info("daemon_stopping")
    scheduler.shutdown(wait=False)
    ended = idle.acquire(timeout=GRACE.total_seconds())
    log.info("daemon_stopped", run_ended=ended)
    return ended


def _ask_on_signals(stop: Stop) -> None:
    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.ask()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)


def _scheduler(jobs: Sequence[Job]) -> BackgroundScheduler:
    return BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={
            "coalesce": True,
            # One is running or waiting, and one more may fall due meanwhile without a warning.
            "max_instances": max(2, len(jobs)),
            "misfire_grace_time": None,
        },
        timezone=UTC,
    )


def _trigger(job: Job) -> IntervalTrigger | CronTrigger:
    if job.every is not None:
        return IntervalTrigger(seconds=job.every.total_seconds(), timezone=UTC)
    at = job.at or time(0)
    return CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=job.zone)


def _guarded(job: Job, stop: Stop, idle: threading.Lock) -> Callable[[], None]:
    """Return the job, so that it never overlaps, never begins too late, and never raises."""

    def work() -> None:
        with idle:
            if stop.is_asked:
                return
            notify(f"STATUS=Running {job.name}")
            try:
                job.work()
            except Stopping:
                log.info("run_stopped", job=job.name)
            except Exception:
                log.exception("job_failed", job=job.name)
            notify("STATUS=Waiting for the next run")

    return work
