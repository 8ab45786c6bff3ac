"""`kill -9` while messages are delivered, with answers that are lost: everybody sees everything once."""

import signal
import time
from datetime import timedelta

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.daemon.process import wait_until
from tests.e2e.host import Host
from tests.e2e.messages import QUICK, assert_seen_once, drain, open_ones, queue

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
#: How often it is killed, and how many messages there are.
CAMPAIGNS = pytest.mark.parametrize(
    ("kills", "messages"),
    [(6, 300), pytest.param(500, 10_000, marks=pytest.mark.hard)],
    ids=["some", "many"],
)
#: The same with several daemons, each number of them on each server.
SEVERAL = pytest.mark.parametrize(
    ("kind", "daemons", "kills", "messages"),
    [
        ("postgresql", 2, 6, 300),
        ("mariadb", 4, 6, 300),
        *(
            pytest.param(kind, daemons, 500, 10_000, marks=pytest.mark.hard)
            for kind in ("postgresql", "mariadb")
            for daemons in (2, 4)
        ),
    ],
)
_PEOPLE = 400
_TIMEOUT = 1.0


@pytest.fixture
def host(make_host, kind, messages) -> Host:
    """A machine whose WeCom is slow, and loses and refuses calls now and then."""
    company = build_small_company(users=max(_PEOPLE, messages // 5), departments=12)
    host = make_host(company, kind=kind, latency=timedelta(milliseconds=100))
    host.configure(source=f'timeout = "{_TIMEOUT:g}s"', tail=f"[outbox]\nthreads = 8\n{QUICK}")
    host.sync()
    lost = {"endpoint": "message/send", "share": 0.01}
    for kind_, more in (
        ("reset", {}),
        ("reset", {"carried_out": False}),
        ("hang", {"seconds": 2 * _TIMEOUT}),
        ("status", {"status": 502}),
        ("truncated", {}),
        ("errcode", {"errcode": -1}),
    ):
        host.wecom.fault(kind_, **lost, **more)
    return host


def _sent(host: Host) -> int:
    return host.wecom.calls().get("message/send", 0)


def _kill(host: Host, delay: float, *command: str) -> None:
    """Let it deliver, and kill it some time after its first call."""
    before = _sent(host)
    process = host.start(*command)
    wait_until(
        lambda: _sent(host) > before or process.poll() is not None, "the first call", seconds=90
    )
    time.sleep(delay)
    process.kill()
    host.finish(process)


@KINDS
@CAMPAIGNS
def test_a_delivery_that_is_killed_at_any_moment_neither_loses_nor_doubles(
    host, chance, kills, messages
):
    people = len(host.active_users())
    texts = [(f"userid:p{n % people + 1}", f"text {n} 𠮷") for n in range(messages)]
    portion = messages // kills
    for number in range(kills):
        queue(host, texts[number * portion : (number + 1) * portion])
        command = ("run",) if number % 3 == 0 else ("outbox", "drain")
        _kill(host, chance.uniform(0, 0.6), *command)
    queue(host, texts[kills * portion :])
    host.wecom.clear_faults()
    drain(host)
    _assert_delivered_once(host, texts)


@SEVERAL
def test_daemons_at_one_database_of_which_one_is_killed_at_any_moment_do_the_same(
    host, chance, kills, messages, daemons
):
    people = len(host.active_users())
    texts = [(f"userid:p{n % people + 1}", f"text {n} 𠮷") for n in range(messages)]
    portion = messages // kills
    processes = [host.start("run") for _ in range(daemons)]
    for number in range(kills):
        queue(host, texts[number * portion : (number + 1) * portion])
        before, at = _sent(host), chance.randrange(daemons)
        wait_until(lambda before=before: _sent(host) > before, "the next call", seconds=90)
        time.sleep(chance.uniform(0, 0.6))
        processes[at].kill()
        host.finish(processes[at])
        processes[at] = host.start("run")
    queue(host, texts[kills * portion :])
    host.wecom.clear_faults()
    wait_until(lambda: not open_ones(host), "the end of all messages", seconds=180)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    assert [host.finish(process).status for process in processes] == [0] * daemons
    _assert_delivered_once(host, texts)


def _assert_delivered_once(host: Host, texts: list[tuple[str, str]]) -> None:
    """Everybody has seen everything once, and the audit log says so of each."""
    assert_seen_once(host, texts)
    host.sync()
    assert host.syncd("audit", "verify").status == 0
    ended = [
        (line["message_id"], line["user_id"])
        for line in host.lines()
        if line["event"] == "delivery_ended"
    ]
    assert len(ended) == len(set(ended)) == len(texts)
