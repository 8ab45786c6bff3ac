"""Which job is done when: one at a time, each once, whatever the one before came to."""

import itertools
import os
import signal
import threading
import time as clock
from datetime import UTC, datetime, time, timedelta

import pytest
import structlog

from syncd.daemon import service
from syncd.daemon.schedule import Job
from syncd.daemon.service import Agenda, Timetable, serve
from syncd.daemon.stop import Stop, Stopping

SECOND = timedelta(seconds=1)


def job(name: str) -> Job:
    return Job(name, str, every=SECOND)


def test_a_job_that_waits_already_is_not_noted_again():
    agenda, sync, full = Agenda(), job("sync"), job("full")
    for due in (sync, full, sync, sync):
        agenda.add(due)
    assert [agenda.take(0), agenda.take(0), agenda.take(0)] == [sync, full, None]


def test_a_job_that_has_begun_may_fall_due_again():
    agenda, sync = Agenda(), job("sync")
    agenda.add(sync)
    assert agenda.take(0) is sync
    agenda.add(sync)
    assert agenda.take(0) is sync


def test_what_repeats_is_due_at_once_and_what_is_daily_is_not():
    agenda = Agenda()
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).time()
    timetable = Timetable(
        [Job("full", str, at=in_an_hour), Job("sync", str, every=timedelta(hours=1))], agenda
    )
    timetable.start()
    try:
        first = agenda.take(5)
        assert first is not None
        assert first.name == "sync"
        assert agenda.take(0.05) is None
    finally:
        timetable.stop()


def test_a_machine_that_slept_for_hours_is_asked_for_one_run_of_each_job(monkeypatch):
    agenda = Agenda()
    # As it is after waking up: everything was due for the first time eight hours ago.
    monkeypatch.setattr(service, "_now", lambda: datetime.now(UTC) - timedelta(hours=8))
    jobs = [Job("a", str, every=SECOND), Job("b", str, every=timedelta(minutes=10))]
    timetable = Timetable(jobs, agenda)
    timetable.start()
    try:
        names = {agenda.take(5).name, agenda.take(5).name}
        assert names == {"a", "b"}
        assert agenda.take(0.2) is None
    finally:
        timetable.stop()


def test_after_the_clock_was_set_back_a_job_is_not_later_than_its_interval(monkeypatch):
    agenda = Agenda()
    # As it is after the clock was set back: the next run seems to be an hour away.
    monkeypatch.setattr(service, "_now", lambda: datetime.now(UTC) + timedelta(hours=1))
    timetable = Timetable([Job("sync", str, every=timedelta(milliseconds=100))], agenda)
    timetable.start()
    try:
        assert agenda.take(0.2) is None
        timetable.reckon_anew()
        assert agenda.take(5) is not None
    finally:
        timetable.stop()


def test_a_clock_that_is_set_back_while_the_daemon_is_idle_is_noticed(monkeypatch):
    # The steady clock is an hour ahead of the one on the wall from the first look on, and the
    # next run seems to be an hour away.
    steady = itertools.chain([0.0], itertools.repeat(3600.0))
    monkeypatch.setattr(service, "_now", lambda: datetime.now(UTC) + timedelta(hours=1))
    monkeypatch.setattr(service, "_GLANCE", 0.05)

    def work() -> str:
        raise Stopping

    jobs = [Job("sync", work, every=timedelta(milliseconds=200))]
    with pytest.raises(Stopping), structlog.testing.capture_logs() as logged:
        serve(jobs, Stop(), lambda: next(steady))
    assert [line["event"] for line in logged] == ["daemon_started", "clock_set_back"]


def test_jobs_never_overlap_and_a_due_one_waits_and_is_done_once():
    log: list[str] = []
    running = threading.Lock()

    def work(name: str, seconds: float) -> str:
        assert running.acquire(blocking=False)
        log.append(name)
        clock.sleep(seconds)
        running.release()
        if len(log) >= 7:
            raise Stopping
        return "applied"

    every = timedelta(milliseconds=50)
    jobs = [
        Job("slow", lambda: work("slow", 0.15), every=every),
        Job("quick", lambda: work("quick", 0), every=every),
    ]
    with pytest.raises(Stopping):
        serve(jobs, Stop())
    # While "slow" ran, "quick" fell due three times; it was done once, as "slow" was waiting too.
    assert log.count("quick") >= 2
    assert ("quick", "quick") not in list(itertools.pairwise(log))


def test_a_defect_in_a_job_is_logged_and_the_next_one_is_done():
    calls: list[int] = []

    def work() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a defect")
        raise Stopping

    with pytest.raises(Stopping), structlog.testing.capture_logs() as logged:
        serve([Job("sync", work, every=timedelta(milliseconds=50))], Stop())
    assert len(calls) == 2
    (failed,) = [line for line in logged if line["event"] == "job_failed"]
    assert failed["job"] == "sync"
    assert failed["exc_info"]


def test_a_signal_during_work_lets_it_end_and_nothing_begins_after_it():
    stop, log = Stop(), []

    def work() -> str:
        log.append("begun")
        os.kill(os.getpid(), signal.SIGTERM)
        clock.sleep(0.1)  # the next run is due by then
        log.append("done")
        return "applied"

    with stop.heeded():
        serve([Job("sync", work, every=timedelta(milliseconds=50))], stop)
    assert log == ["begun", "done"]


def test_what_is_told_to_systemd_about_a_run_is_one_line(monkeypatch):
    told: list[str] = []
    monkeypatch.setattr(service, "notify", told.append)

    def stop_at_the_second_run() -> str:
        if len(told) > 3:
            raise Stopping
        return "failed: the server said\nMAINPID=1"

    with pytest.raises(Stopping):
        serve([Job("sync", stop_at_the_second_run, every=timedelta(milliseconds=50))], Stop())
    assert told[2].startswith("STATUS=Waiting for the next run; sync at ")
    assert told[2].endswith(": failed: the server said MAINPID=1")


def test_an_idle_daemon_ends_at_a_signal():
    stop = Stop()
    tomorrow = time((datetime.now(UTC).hour + 12) % 24)
    threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGTERM]).start()
    with stop.heeded():
        serve([Job("full", str, at=tomorrow)], stop)
    assert not [one for one in threading.enumerate() if one.name in {"stop", "APScheduler"}]
