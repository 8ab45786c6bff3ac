"""Does jobs at their times, one at a time, until the process is asked to stop."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import NoReturn

import structlog
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from syncd.daemon.notify import notify
from syncd.daemon.schedule import ClockWatch, Job
from syncd.daemon.stop import Stop

log = structlog.get_logger(__name__)

#: How often an idle daemon looks whether the machine slept or the clock was changed, in seconds.
_GLANCE = 15.0


def _now() -> datetime:
    return datetime.now(UTC)


class StatusLine:
    """What `systemctl status` shows: how the runs stand, and behind it how the messages do."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self._lock = threading.Lock()
        self._runs = self._messages = ""

    def runs(self, said: str, *, first: str = "") -> None:
        """Say how the runs stand; `first` goes before it in the same message to systemd."""
        with self._lock:
            self._runs = said
            self._tell(first)

    def messages(self, said: str) -> None:
        """Say how the messages stand; nothing is told where that is as before."""
        with self._lock:
            if said != self._messages:
                self._messages = said
                self._tell()

    def _tell(self, first: str = "") -> None:
        said = "; ".join(one for one in (self._runs, self._messages) if one)
        notify(f"{first}STATUS={' '.join(said.split())}")  # a further line would be another message


class Agenda:
    """What is due and has not begun yet: each job once, the first due first."""

    def __init__(self) -> None:
        """Begin with nothing due."""
        self._due: SimpleQueue[Job] = SimpleQueue()
        self._waiting: set[str] = set()

    def add(self, job: Job) -> None:
        """Note that a job is due; without effect while it waits already."""
        if job.name not in self._waiting:
            self._waiting.add(job.name)
            self._due.put(job)

    def take(self, timeout: float) -> Job | None:
        """Return the next job, which may fall due again from now on; None when none came."""
        try:
            job = self._due.get(timeout=timeout)
        except Empty:
            return None
        self._waiting.discard(job.name)
        return job


class Timetable:
    """APScheduler, which puts jobs on the agenda when they are due, and does none of them.

    The work itself is the main thread's, because only there a signal ends every wait: for an
    answer of a source, or for the next job.
    """

    def __init__(self, jobs: Sequence[Job], agenda: Agenda) -> None:
        """Begin with jobs that repeat due at once."""
        self._jobs = jobs
        self._scheduler = BackgroundScheduler(
            executors={"default": DebugExecutor()},  # in the scheduler's own thread
            # However long the machine slept: what was missed is due, once.
            job_defaults={"coalesce": True, "misfire_grace_time": None},
            timezone=UTC,
        )
        for job in jobs:
            first = {"next_run_time": _now()} if job.every is not None else {}
            self._scheduler.add_job(agenda.add, job.trigger(), [job], id=job.name, **first)

    def start(self) -> None:
        """Let the jobs fall due from now on."""
        self._scheduler.start()

    def look_again(self) -> None:
        """Reckon how long it is to the next job; a machine that slept has not counted the time."""
        self._scheduler.wakeup()

    def reckon_anew(self) -> None:
        """Reckon every job's next time from the clock as it is now."""
        for job in self._jobs:
            self._scheduler.reschedule_job(job.name, trigger=job.trigger())

    def stop(self) -> None:
        """Let no job fall due any more."""
        self._scheduler.shutdown(wait=False)


def serve(
    jobs: Sequence[Job],
    stop: Stop,
    steady: Callable[[], float] = time.monotonic,
    status: StatusLine | None = None,
) -> NoReturn:
    """Do the jobs at their times, in the main thread, until `Stopping` is raised.

    One job runs at a time. One that is due while another runs waits, and is then done once,
    however often it was due.
    """
    status = status or StatusLine()
    agenda = Agenda()
    timetable = Timetable(jobs, agenda)
    watch = ClockWatch(_now, steady)
    timetable.start()
    status.runs("Waiting for the first run", first="READY=1\n")
    log.info("daemon_started", jobs=[job.name for job in jobs], pid=os.getpid())
    try:
        while True:
            with stop.interrupted():
                job = agenda.take(_GLANCE)
            if job is not None:
                _do(job, status)
            elif watch.was_set_back():
                log.warning("clock_set_back")
                timetable.reckon_anew()
            else:
                timetable.look_again()
    finally:
        timetable.stop()


def _do(job: Job, status: StatusLine) -> None:
    """Do a job; whatever goes wrong in it, the next one will be done."""
    if not job.is_quiet:
        status.runs(f"Running {job.name}")
    try:
        how = job.work()
    except Exception:
        log.exception("job_failed", job=job.name)
        how = "failed by a defect in syncd"
    if not job.is_quiet:
        status.runs(f"Waiting for the next run; {job.name} at {_now():%H:%M:%S} UTC: {how}")
