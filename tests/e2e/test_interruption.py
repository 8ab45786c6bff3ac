"""Two runs at once, signals, and processes that die: the store is as before, or as after."""

import fcntl
import signal
import time

import pytest

from tests.e2e.host import Host, wait_until


def _hang(host: Host) -> None:
    """Let the next run stop in the midst of its reading."""
    host.wecom.fault("hang", "user/list", department=3, seconds=60)
    host.wecom.reset_counts()


def _is_reading(host: Host) -> bool:
    return host.wecom.calls().get("user/list", 0) >= 6


def _lease_is_free(host: Host) -> bool:
    return host.rows("SELECT host, run_id FROM sync_lease") == [{"host": None, "run_id": None}]


def test_a_second_run_at_once_ends_with_5_at_once(host):
    host.sync()
    _hang(host)
    first = host.start("sync")
    wait_until(lambda: _is_reading(host))
    before = host.dump()
    runs = host.rows("SELECT * FROM sync_run")
    began = time.monotonic()
    answer = host.sync(exits=5)
    assert time.monotonic() - began < 10
    assert str(first.pid) in answer.stderr
    assert host.dump() == before
    assert host.rows("SELECT * FROM sync_run") == runs
    first.send_signal(signal.SIGTERM)
    assert host.finish(first).status == 130


def test_many_runs_at_once_are_one_run_and_refusals(host):
    processes = [host.start("sync") for _ in range(6)]
    statuses = sorted(host.finish(process).status for process in processes)
    assert statuses[0] == 0
    assert set(statuses) <= {0, 5}
    assert len(host.active_users()) == 40
    assert _lease_is_free(host)
    host.assert_changes_are_logged()


def test_one_person_is_read_while_a_run_is_reading(host):
    host.sync()
    _hang(host)
    first = host.start("sync")
    wait_until(lambda: _is_reading(host))
    host.wecom.change("p7", name="改名")
    host.sync("--user", "p7")
    assert host.user("p7")["name"] == "改名"
    first.send_signal(signal.SIGINT)
    assert host.finish(first).status == 130


def test_a_run_that_meets_a_persons_decision_plans_again(host):
    host.sync()
    host.wecom.fault("slow", "user/list", department=3, seconds=2)
    host.wecom.reset_counts()
    host.wecom.leave("p9")
    first = host.start("sync")
    wait_until(lambda: _is_reading(host))
    host.wecom.change("p7", name="改名")
    host.sync("--user", "p7")
    assert host.finish(first).status == 0
    assert host.user("p7")["name"] == "改名"
    assert host.user("p9")["status"] == "inactive"
    host.wecom.clear_faults()
    host.sync()
    host.assert_like_fresh_load()


def test_the_lease_of_a_killed_run_is_taken_over_at_once(host):
    host.sync()
    _hang(host)
    process = host.start("sync")
    wait_until(lambda: _is_reading(host))
    process.kill()
    host.finish(process)
    killed = host.last_run()
    assert killed["outcome"] is None
    host.wecom.clear_faults()
    host.sync()
    assert host.one("SELECT outcome FROM sync_run WHERE id = ?", killed["id"]) == "abandoned"
    assert _lease_is_free(host)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_the_reading_leaves_the_store_as_before(host, number):
    host.sync()
    host.wecom.leave("p9")
    before = host.dump()
    _hang(host)
    process = host.start("sync")
    wait_until(lambda: _is_reading(host))
    began = time.monotonic()
    process.send_signal(number)
    answer = host.finish(process)
    assert answer.status == 130
    assert time.monotonic() - began < 5
    assert host.dump() == before
    assert host.last_run()["outcome"] == "abandoned"
    assert _lease_is_free(host)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_plan_ends_it(host, number):
    host.sync()
    before = host.dump(without=())
    _hang(host)
    process = host.start("plan")
    wait_until(lambda: _is_reading(host))
    process.send_signal(number)
    assert host.finish(process).status == 130
    assert host.dump(without=()) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_between_commit_and_log_loses_no_line(host, number):
    host.sync()
    host.wecom.leave("p9")
    host.wecom.fault("slow", "user/list", department=3, seconds=0.5)
    host.wecom.reset_counts()
    process = host.start("sync")
    wait_until(lambda: _is_reading(host))
    with host.log.open("rb") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        wait_until(lambda: host.user("p9")["status"] == "inactive")
        process.send_signal(number)
        assert host.finish(process).status == 130
    assert host.last_run()["outcome"] == "applied"
    host.wecom.clear_faults()
    host.sync()
    host.assert_changes_are_logged()


@pytest.mark.parametrize(
    "times", [4, pytest.param(50, marks=pytest.mark.hard)], ids=["some", "many"]
)
def test_a_signal_at_any_moment_leaves_the_store_before_or_after(host, chance, times):
    host.sync()
    for n in range(times):
        before = host.directory()
        host.wecom.change("p7", name=f"第{n}名")
        process = host.start("sync")
        time.sleep(chance.uniform(0.0, 1.6))
        process.send_signal(chance.choice([signal.SIGINT, signal.SIGTERM]))
        answer = host.finish(process)
        # Before the command is there to listen, the signal itself ends the process.
        assert answer.status in {0, 130, -signal.SIGINT, -signal.SIGTERM}, (n, answer)
        name = host.user("p7")["name"]
        assert name == f"第{n}名" or host.directory() == before, n
        assert answer.status != 0 or name == f"第{n}名", n
    host.sync()
    assert host.one("SELECT count(*) FROM sync_run WHERE outcome IS NULL") == 0
    assert _lease_is_free(host)
    host.assert_like_fresh_load()
    host.assert_changes_are_logged()
