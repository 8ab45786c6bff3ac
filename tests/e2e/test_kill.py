"""`kill -9` at any moment: the store is the one before or the one after, and the log has it all."""

import fcntl
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.host import Host, wait_until

TIMES = pytest.mark.parametrize(
    "times", [5, pytest.param(50, marks=pytest.mark.hard)], ids=["some", "many"]
)


@pytest.fixture
def big_host(make_host) -> Host:
    """A machine with people enough for a transaction that takes a moment."""
    host = make_host(build_small_company(users=200, departments=12))
    host.configure(tail="[guard]\nmax_changed = { floor = 1000, share = 1.0 }")
    return host


def _kill(host: Host, delay: float) -> None:
    """Run a sync, and kill it some time after its first call."""
    host.wecom.reset_counts()
    process = host.start("sync")
    wait_until(host.wecom.calls)
    time.sleep(delay)
    process.kill()
    host.finish(process)


def _assert_before_or_after(host: Host, before: Any, after: Any) -> None:
    if host.database.exists() and host.rows(
        "SELECT 1 FROM sqlite_master WHERE name = 'directory_link'"
    ):
        if host.active() == after:
            return
        now = host.directory()
        assert now == before or not any(now[name] for name in now if name != "directory_counter")


def _assert_converges(host: Host, after: Any) -> None:
    host.sync()
    assert host.active() == after
    assert host.one("SELECT count(*) FROM sync_run WHERE outcome IS NULL") == 0
    logged = [line for line in host.lines() if line["event"] == "change"]
    assert len(logged) == _changes(host)
    host.assert_whole_log()


def _expected(host: Host) -> Any:
    fresh = host.fresh("expected")
    fresh.sync()
    return fresh.active()


@TIMES
def test_a_first_load_that_is_killed_at_any_moment(big_host, chance, times):
    after = _expected(big_host)
    for _ in range(times):
        big_host.restore({})
        _kill(big_host, chance.uniform(0, 0.4))
        _assert_before_or_after(big_host, {}, after)
        _assert_converges(big_host, after)
    big_host.assert_changes_are_logged()


@TIMES
def test_a_change_run_that_is_killed_at_any_moment(big_host, chance, times):
    host = big_host
    host.sync()
    before, kept = host.directory(), host.keep()
    _change_much(host)
    after = _expected(host)
    for _ in range(times):
        host.restore(kept)
        _kill(host, chance.uniform(0, 0.4))
        _assert_before_or_after(host, before, after)
        _assert_converges(host, after)
    host.assert_changes_are_logged()


@TIMES
def test_a_run_that_is_killed_between_commit_and_log(big_host, chance, times):
    host = big_host
    host.sync()
    kept = host.keep()
    _change_much(host)
    after = _expected(host)
    host.wecom.fault("slow", "user/list", department=3, seconds=0.3)
    for n in range(times):
        host.restore(kept)
        _kill_after_commit(host, lambda: host.last_run()["outcome"], chance, n)
        assert host.active() == after
        if n % 2 == 0:
            assert host.log.read_bytes() == kept["audit.jsonl"]
        _assert_converges(host, after)
    host.assert_changes_are_logged()


def _kill_after_commit(
    host: Host, committed: Callable[[], object], chance: random.Random, n: int
) -> None:
    """Keep the run from its log until it has committed; let every second one begin to write."""
    host.wecom.reset_counts()
    process = host.start("sync")
    wait_until(lambda: host.wecom.calls().get("user/list"))
    with host.log.open("rb") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        wait_until(lambda: committed() == "applied" and host.last_run()["id"] > 1)
        if n % 2:
            fcntl.flock(log, fcntl.LOCK_UN)
            time.sleep(chance.uniform(0, 0.02))
        process.kill()
        host.finish(process)


def _changes(host: Host) -> int:
    return host.one("SELECT count(*) FROM sync_change")


def _change_much(host: Host) -> None:
    host.wecom.mutate(
        *({"op": "change", "userid": f"p{n}", "fields": {"alias": f"a{n}"}} for n in range(1, 150)),
        *({"op": "move", "userid": f"p{n}", "department": [2]} for n in range(20, 40)),
        *({"op": "leave", "userid": f"p{n}"} for n in range(190, 197)),
        *({"op": "hire", "userid": f"n{n}", "name": f"新{n}", "department": [3]} for n in range(9)),
        {"op": "rename_department", "id": 5, "name": "新名"},
        {"op": "move_department", "id": 9, "parentid": 2},
    )
