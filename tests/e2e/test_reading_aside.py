"""A directory that is read beside another by a second process, and whatever ends one of the two."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.daemon.process import running as daemon_running
from tests.e2e.daemon.test_stopping import assert_free
from tests.e2e.host import Host, wait_until
from tests.integration.ldap.fake import SUFFIX, Fake, running
from tests.integration.ldap.test_fake_server import OPENLDAP, base, person

PASSWORD = "ldap-secret-nobody-may-see"
pytestmark = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="with one core there is no second process"
)


class Silent(Fake):
    """A server that may fall silent in the middle of the second page of a reading."""

    #: How often it is read to the end before that; None for ever.
    readings: int | None = None

    def stall(self, readings: int = 0) -> None:
        """Fall silent after so many more readings."""
        self.binds.clear()
        self.readings = readings

    def recover(self) -> None:
        self.readings, self.stalls_in_page = None, 0

    def _search(self, *request: Any) -> bool:
        if self.is_silent():
            self.stalls_in_page = 2
        return super()._search(*request)

    def is_silent(self) -> bool:
        return self.readings is not None and len(self.binds) > self.readings


@pytest.fixture
def ldap() -> Iterator[Silent]:
    """A directory with 25 of the people of WeCom."""
    fake = Silent([base(), *map(person, range(1, 26))], OPENLDAP)
    with running(fake):
        yield fake


@pytest.fixture
def both(host: Host, ldap: Silent) -> Host:
    """A machine that reads WeCom, the authority, and an LDAP directory."""
    host.secrets.add(PASSWORD)
    configure(host, ldap)
    return host


def configure(host: Host, ldap: Silent, tail: str = "") -> None:
    host.configure(
        source='every = "1h"',
        tail=f"""
[sources.corp]
type = "ldap"
urls = ["{ldap.url}"]
base_dn = "{SUFFIX}"
bind_dn = "cn=reader"
bind_password = "env:LDAP_PASSWORD"
page_size = 10
timeout = "60s"
every = "1h"

[reconcile]
authority = "wecom"
common_field = "mobile"
{tail}""",
    )


def begin(host: Host, *words: str) -> subprocess.Popen[str]:
    return host.start(*words, env={"LDAP_PASSWORD": PASSWORD})


def second(process: subprocess.Popen[str]) -> int | None:
    """Return the process that reads LDAP for another one; None while there is none."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for pid in map(int, children.read_text().split()):
        if b"syncd.sources.ldap" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def in_the_middle(ldap: Silent, process: subprocess.Popen[str]) -> int:
    """Wait until the second process has begun to read, and return it."""
    wait_until(ldap.is_silent)
    pid = second(process)
    assert pid is not None
    return pid


def is_gone(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()  # where there is no init to bury it
    except OSError:
        return True


def test_both_are_read_and_linked(both):
    answer = both.finish(begin(both, "sync", "--json"))
    assert answer.status == 0
    assert "reading_not_begun_aside" not in answer.stderr
    assert set(answer.json["readings"]) == {"wecom", "corp"}
    linked = both.rows("SELECT * FROM directory_link WHERE source = 'corp' AND user_id > 0")
    assert len(linked) == 25
    again = both.finish(begin(both, "sync", "--full", "--json"))
    assert (again.status, again.json["outcome"]) == (0, "no_change")


def test_a_second_process_that_is_killed_is_a_source_that_could_not_be_read(both, ldap):
    ldap.stall()
    process = begin(both, "sync")
    pid = in_the_middle(ldap, process)
    assert PASSWORD.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
    assert both.wecom.app_secret.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
    assert PASSWORD.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    os.kill(pid, signal.SIGKILL)
    answer = both.finish(process)
    assert answer.status == 3
    assert "the process that read the source 'corp' ended" in answer.said
    assert "SIGKILL" in answer.said
    assert "Traceback" not in answer.said
    assert len(both.active_users()) == 40
    assert both.rows("SELECT * FROM directory_record WHERE source = 'corp'") == []
    ldap.recover()
    assert both.finish(begin(both, "sync")).status == 0


def test_the_second_process_ends_with_the_first_whatever_that_has_died_of(both, ldap):
    ldap.stall()
    process = begin(both, "sync")
    pid = in_the_middle(ldap, process)
    process.kill()
    wait_until(lambda: is_gone(pid))
    both.finish(process)
    ldap.recover()
    assert both.finish(begin(both, "sync")).status == 0
    assert both.rows("SELECT outcome FROM sync_run ORDER BY id") == [
        {"outcome": "abandoned"},
        {"outcome": "applied"},
    ]


@pytest.mark.parametrize(
    ("command", "number", "whom"),
    [
        ("sync", signal.SIGTERM, "the first"),
        ("sync", signal.SIGTERM, "both"),
        ("sync", signal.SIGINT, "both"),
        ("plan", signal.SIGINT, "both"),
    ],
)
def test_a_signal_ends_both_at_once(both, ldap, command, number, whom):
    both.finish(begin(both, "sync"))
    before = both.dump()
    ldap.stall()
    process = begin(both, command, "--full")
    pid = in_the_middle(ldap, process)
    began = time.monotonic()
    if whom == "both":  # as a terminal and systemd do
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    answer = both.finish(process)
    assert answer.status == 130
    assert time.monotonic() - began < 5
    assert is_gone(pid)
    assert "Traceback" not in answer.said
    assert both.dump() == before


def test_a_daemon_that_is_stopped_in_a_full_pass_leaves_no_process(both, ldap, monkeypatch):
    both.finish(begin(both, "sync"))
    soon = datetime.now(ZoneInfo("Asia/Kathmandu")) + timedelta(seconds=10)
    schedule = f'[schedule]\nfull_at = {soon:%H:%M:%S}\ntimezone = "Asia/Kathmandu"'
    configure(both, ldap, schedule)
    ldap.stall(readings=1)  # the first run of the daemon, of this source alone
    monkeypatch.setenv("LDAP_PASSWORD", PASSWORD)
    with daemon_running(both) as daemon:
        daemon.await_event("run_finished", 2)
        pid = in_the_middle(ldap, daemon.process)
        before = both.dump()
        os.killpg(daemon.pid, signal.SIGTERM)
        assert daemon.wait() == 0
    assert is_gone(pid)
    assert len(daemon.events("run_abandoned")) == 1
    assert both.last_run()["outcome"] == "abandoned"
    assert both.dump() == before
    assert_free(both)
    assert both.rows("SELECT * FROM sync_failure") == []
