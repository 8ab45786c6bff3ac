"""SIGTERM in every phase: the end comes soon, and the store is as before or as after."""

import signal
import socket
import time
from contextlib import closing

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.daemon.process import running, wait_until
from tests.e2e.host import locked_database


def assert_free(host) -> None:
    """Nobody holds the lease, and no run is said to go on."""
    assert host.one("SELECT host FROM sync_lease") is None
    assert host.rows("SELECT id FROM sync_run WHERE outcome IS NULL") == []


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_an_idle_daemon_ends_at_once(host, number, status):
    with running(host) as daemon:
        daemon.await_event("run_finished")
        began = time.monotonic()
        assert daemon.stop(number) == status
        assert time.monotonic() - began < 5
    assert len(daemon.events("daemon_stopped")) == 1
    assert_free(host)


#: Where a first load may stand when it is asked to stop: the fault that keeps it there, and the call.
PHASES = {
    "a department that hangs": ("user/list", {"kind": "hang", "seconds": 90, "department": 4}),
    "a token that hangs": ("gettoken", {"kind": "hang", "seconds": 90}),
    "a wait that WeCom asked for": (
        "user/list",
        {"kind": "errcode", "errcode": -1, "interval": 90, "department": 4},
    ),
    "a wait before the token is asked for again": (
        "gettoken",
        {"kind": "errcode", "errcode": -1, "interval": 90},
    ),
    "every call slow": ("*", {"kind": "slow", "seconds": 5}),
}
#: What the others nearly prove.
RARE = {"a token that hangs", "every call slow"}


@pytest.mark.parametrize(
    "phase",
    [pytest.param(name, marks=pytest.mark.hard if name in RARE else ()) for name in PHASES],
)
def test_a_run_that_waits_for_the_source_is_abandoned(host, phase):
    host.sync()
    before = host.dump()
    host.wecom.reset_counts()
    host.configure(source='timeout = "60s"')
    endpoint, fault = PHASES[phase]
    fault = dict(fault)
    host.wecom.fault(fault.pop("kind"), endpoint, **fault)
    with running(host) as daemon:
        wanted = "gettoken" if endpoint == "*" else endpoint
        wait_until(lambda: host.wecom.calls().get(wanted), "the call")
        time.sleep(0.3)  # into the wait
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 8
    assert len(daemon.events("run_abandoned")) == 1
    assert host.last_run()["outcome"] == "abandoned"
    assert host.last_run()["finished_at"] is not None
    assert host.dump() == before
    assert_free(host)
    # the log tells of the abandoned run already now, and the next one is not in anybody's way
    assert sum(line["run_id"] == host.last_run()["id"] for line in host.lines()) == 1
    host.wecom.clear_faults()
    host.sync()


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(n / 10, marks=() if n == 4 else pytest.mark.hard)
        for n in (0, 1, 2, 3, 4, 5, 6, 8, 10, 13)
    ],
)
def test_a_run_that_has_read_everything_is_brought_to_its_end(make_host, seconds):
    host = make_host(build_small_company(users=3000, departments=30))
    with running(host) as daemon:
        wait_until(lambda: host.wecom.calls().get("user/list", 0) >= 30, "the last department")
        time.sleep(seconds)
        assert daemon.stop() == 0
    assert host.last_run()["outcome"] in {"abandoned", "applied"}  # it was asked in the last call
    applied = host.last_run()["outcome"] == "applied"
    assert len(host.active_users()) == (3000 if applied else 0)
    assert bool(host.one("SELECT count(*) FROM sync_change")) is applied
    assert_free(host)
    host.sync()
    assert len(host.active_users()) == 3000
    host.assert_changes_are_logged()


def test_while_the_database_is_locked_it_ends_in_time_and_the_next_run_clears_up(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        host.wecom.fault("slow", "user/list", seconds=1)
        host.wecom.hire("new", "新人", [2])
        wait_until(lambda: host.last_run()["outcome"] is None, "a run")
        before = host.dump()
        with locked_database(host.database):
            time.sleep(1.5)  # it has read everything and wants to write
            assert daemon.stop() == 0
        assert host.dump() == before
    host.wecom.clear_faults()
    host.sync()
    assert "new" in host.active_users()
    assert_free(host)


def test_an_ldap_server_that_never_answers_is_not_waited_for(host):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        host.config.write_text(
            '[store]\nurl = "sqlite:///syncd.db"\n\n[sources.corp]\ntype = "ldap"\n'
            f'urls = ["ldap://127.0.0.1:{silent.getsockname()[1]}"]\n'
            'base_dn = "dc=example,dc=test"\nbind_dn = "cn=reader,dc=example,dc=test"\n'
            'bind_password = "env:APP_SECRET"\ntimeout = "60s"\n',
            encoding="utf-8",
        )
        with running(host) as daemon:
            silent.settimeout(30)
            connection, _ = silent.accept()
            with closing(connection):
                connection.settimeout(30)
                assert connection.recv(1)  # the bind, which is not answered
                began = time.monotonic()
                assert daemon.stop() == 0
                assert time.monotonic() - began < 8
    assert host.last_run()["outcome"] == "abandoned"
    assert_free(host)


def test_a_second_signal_changes_nothing(host):
    host.sync()
    host.wecom.fault("hang", "user/list", seconds=90)
    with running(host) as daemon:
        wait_until(lambda: host.last_run()["outcome"] is None, "a run")
        for _ in range(3):
            daemon.process.send_signal(signal.SIGTERM)
        daemon.await_event("daemon_stopping")
        assert daemon.stop(signal.SIGINT) == 0
    assert host.last_run()["outcome"] == "abandoned"
    assert_free(host)


def test_a_daemon_that_was_killed_is_replaced_at_once_and_its_run_is_abandoned(host):
    host.sync()
    host.wecom.leave("p9")
    host.wecom.fault("hang", "user/list", department=4, seconds=90, times=1)
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        wait_until(lambda: host.last_run()["outcome"] is None, "a run")
        wait_until(lambda: host.wecom.faults()[0]["used"], "the call that hangs")
        daemon.kill()
    killed = host.last_run()["id"]
    with running(host) as daemon:
        assert daemon.await_event("run_finished")["outcome"] == "applied"
        assert daemon.stop() == 0
    assert host.one("SELECT outcome FROM sync_run WHERE id = ?", killed) == "abandoned"
    assert "p9" not in host.active_users()
    assert_free(host)
    host.assert_changes_are_logged()
