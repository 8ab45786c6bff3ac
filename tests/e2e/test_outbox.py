"""An application inserts rows, and the right people have the messages before them, once."""

import resource
import signal
import time
from datetime import timedelta

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.daemon.process import running, wait_until
from tests.e2e.host import Host, locked_database
from tests.e2e.messages import (
    QUICK,
    assert_nothing_left,
    assert_seen_once,
    drain,
    open_ones,
    queue,
    seen,
)

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
TEXTS = [(f"userid:p{n}", f"合同 {n} 待您签署 𠮷😀") for n in range(1, 31)]


@pytest.fixture
def synced(host) -> Host:
    """A machine that knows the people of its WeCom, with quick waits."""
    host.configure(source='timeout = "1s"', tail=f"[outbox]\n{QUICK}")
    host.sync()
    return host


@KINDS
def test_what_an_application_inserts_arrives_once(make_host, kind):
    host = make_host(kind=kind)
    host.configure(tail=f"[outbox]\n{QUICK}")
    with running(host) as daemon:
        daemon.await_event("run_finished")
        queue(host, TEXTS)
        queue(host, [("all", "for everybody"), ("user:1|userid:P1|department:1", "for me, once")])
        wait_until(lambda: not open_ones(host), "the end of all messages")
        wait_until(lambda: "the outbox is empty" in daemon.told()[-1], "the status")
        assert daemon.stop() == 0
    everybody = [(f"p{n}", "for everybody") for n in range(1, 41)]
    me = [(one["userid"], "for me, once") for one in host.wecom.ledger() if _is(one, "for me")]
    assert len(me) == len(set(me))
    assert ("p1", "for me, once") in me
    assert_seen_once(host, [*TEXTS, *everybody, *me])
    assert host.syncd("audit", "verify").status == 0
    lines = [line for line in host.lines() if line["event"] == "delivery_ended"]
    assert len(lines) == host.one("SELECT count(*) FROM outbox_delivery")


def _is(receipt, words):
    return receipt["content"]["content"].startswith(words)


def test_a_broadcast_goes_in_few_calls(synced):
    queue(synced, [("all", "for everybody")])
    synced.wecom.reset_counts()
    assert synced.syncd("outbox", "drain", "--json").json["calls"] == 1
    assert synced.wecom.calls()["message/send"] == 1
    assert len(seen(synced)) == 40


BAD = {
    "bad_recipient": ("zhangsan", "text", '{"content": "hi"}'),
    "unknown_recipient": ("userid:nobody", "text", '{"content": "hi"}'),
    "bad_content": ("userid:p1", "text", '{"content": "' + "é" * 1100 + '"}'),
    "of no type": ("userid:p1", "fax", "{}"),
    "no_source": ("userid:p1", "text", '{"content": "hi"}'),
    "no JSON": ("userid:p1", "text", "{broken"),
}


def test_bad_rows_are_dead_letters_with_their_reason_and_stop_nobody(synced):
    for name, (recipient, msgtype, content) in BAD.items():
        synced.execute(
            "INSERT INTO outbox_message (recipient, msgtype, content, source, priority)"
            " VALUES (?, ?, ?, ?, 9)",
            recipient,
            msgtype,
            content,
            "elsewhere" if name == "no_source" else "wecom",
        )
    queue(synced, TEXTS)

    answer = synced.syncd("outbox", "drain", "--json")

    assert answer.status == 0
    assert answer.json["delivered"] == len(TEXTS)
    assert_seen_once(synced, TEXTS)
    found = synced.syncd("outbox", "list", "--status", "dead", "--json").json["messages"]
    reasons = [one["reason"] for one in reversed(found)]
    assert reasons == [
        "bad_recipient",
        None,
        "bad_content",
        "bad_content",
        "no_source",
        "bad_content",
    ]
    assert all(one["error"] for one in found if one["reason"])
    shown = synced.syncd("outbox", "show", "2").stdout
    assert "userid:nobody: dead, unknown_recipient" in shown


def test_after_an_outage_everything_goes_out(synced):
    synced.wecom.fault("status", "message/send", status=502, carried_out=False)
    with running(synced) as daemon:
        daemon.await_event("run_finished")
        queue(synced, TEXTS)
        wait_until(lambda: synced.wecom.calls().get("message/send", 0) > 40, "a few attempts")
        synced.wecom.clear_faults()
        wait_until(lambda: not open_ones(synced), "the end of all messages")
        assert daemon.stop() == 0
    assert_seen_once(synced, TEXTS)


def test_answers_that_are_lost_double_nothing(synced):
    synced.wecom.fault("reset", "message/send", share=0.4, times=20)
    synced.wecom.fault("hang", "message/send", share=0.3, times=10, seconds=2)
    synced.wecom.fault("errcode", "message/send", share=0.3, times=10, errcode=-1)
    queue(synced, TEXTS)
    drain(synced)
    assert synced.wecom.calls()["message/send"] > len(TEXTS)
    assert_seen_once(synced, TEXTS)


def test_drain_ends_with_3_where_wecom_cannot_be_reached_and_nothing_is_lost(synced):
    synced.configure(tail='[outbox]\nretry = ["3s", "3s", "3s", "3s", "3s", "3s", "3s", "3s"]')
    queue(synced, TEXTS)
    synced.wecom.fault("reset", carried_out=False)
    answer = synced.syncd("outbox", "drain")
    assert answer.status == 3
    assert "wecom: " in answer.stdout
    synced.wecom.clear_faults()
    drain(synced)
    assert_seen_once(synced, TEXTS)


def test_nothing_is_sent_during_a_maintenance_window(synced):
    synced.syncd("pause", "--outbox", "--why", "quiet")
    queue(synced, TEXTS)
    with running(synced) as daemon:
        daemon.await_event("run_finished")
        wait_until(lambda: "30 in the outbox" in daemon.told()[-1], "the status")
        time.sleep(1.0)  # that nothing happens can only be seen by waiting
        assert seen(synced) == {}
        synced.syncd("resume")
        wait_until(lambda: not open_ones(synced), "the end of all messages")
        daemon.stop()
    assert_seen_once(synced, TEXTS)


def test_a_stop_lets_what_is_under_way_end_and_leaves_the_rest(synced):
    synced.configure(source='timeout = "5s"', tail=f"[outbox]\nthreads = 4\n{QUICK}")
    synced.wecom.set_options(latency=0.5)
    with running(synced) as daemon:
        daemon.await_event("daemon_started")
        queue(synced, TEXTS)
        wait_until(lambda: synced.wecom.calls().get("message/send"), "the first call")
        assert daemon.stop() == 0
    claimed = "SELECT count(*) FROM outbox_delivery WHERE status = 'claimed'"
    assert synced.one(claimed) == 0
    delivered = synced.one("SELECT count(*) FROM outbox_delivery WHERE status = 'delivered'")
    assert delivered == len(seen(synced)) < len(TEXTS)
    synced.wecom.set_options(latency=0.0)
    drain(synced)
    assert_seen_once(synced, TEXTS)


def test_an_interrupted_drain_ends_with_130_and_claims_nothing(synced):
    synced.configure(source='timeout = "5s"', tail=f"[outbox]\nthreads = 4\n{QUICK}")
    synced.wecom.set_options(latency=0.5)
    queue(synced, TEXTS)
    process = synced.start("outbox", "drain")
    wait_until(lambda: synced.wecom.calls().get("message/send"), "the first call")
    process.send_signal(signal.SIGINT)
    assert synced.finish(process).status == 130
    assert synced.one("SELECT count(*) FROM outbox_delivery WHERE status = 'claimed'") == 0
    synced.wecom.set_options(latency=0.0)
    drain(synced)
    assert_seen_once(synced, TEXTS)


def test_a_store_that_is_locked_for_a_while_delays_and_loses_nothing(synced):
    synced.wecom.set_options(latency=0.3)
    with running(synced) as daemon:
        daemon.await_event("run_finished")
        queue(synced, TEXTS)
        wait_until(lambda: synced.wecom.calls().get("message/send"), "the first call")
        with locked_database(synced.database):
            daemon.await_event("outbox_store_unavailable")
        wait_until(lambda: not open_ones(synced), "the end of all messages")
        assert daemon.stop() == 0
    assert_seen_once(synced, TEXTS)


def test_on_a_full_disk_nothing_is_sent_twice_and_nothing_is_lost(synced):
    queue(synced, TEXTS)
    size = (synced.database.stat().st_size // 4096 + 2) * 4096

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    for _ in range(3):
        assert synced.syncd("outbox", "drain", preexec=little_room).status in {0, 3, 6}
    drain(synced)
    assert_seen_once(synced, TEXTS)


@KINDS
@pytest.mark.parametrize("shift", ["+1h", "-1h"])
def test_a_host_whose_clock_is_an_hour_off_sends_once_and_at_once(
    make_host, kind, shift, require_server
):
    faketime = require_server("faketime", "faketime")
    host = make_host(kind=kind)
    host.configure(source='timeout = "1s"', tail=f"[outbox]\n{QUICK}")
    host.sync()
    queue(host, TEXTS)
    host.wecom.fault("reset", "message/send", share=0.3, times=10)
    off = [str(faketime), "-f", shift]
    env = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    for _ in range(20):
        host.syncd("outbox", "drain", prefix=off, env=env)
        host.syncd("outbox", "drain")
        if not open_ones(host):
            break
    assert_seen_once(host, TEXTS)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("daemons", [2, 4])
def test_several_daemons_at_one_database_double_nothing(make_host, kind, daemons):
    host = make_host(build_small_company(users=200, departments=12), kind=kind, latency=_ms(20))
    host.configure(source='timeout = "1s"', tail=f"[outbox]\nthreads = 4\n{QUICK}")
    host.sync()
    texts = [(f"userid:p{n % 200 + 1}", f"text {n}") for n in range(1000)]
    host.wecom.fault("reset", "message/send", share=0.02)
    host.wecom.fault("hang", "message/send", share=0.01, seconds=2)
    others = [_other(host, number) for number in range(1, daemons)]
    processes = [one.start("run") for one in (host, *others)]
    for start in range(0, len(texts), 100):
        queue(host, texts[start : start + 100])
    wait_until(lambda: not open_ones(host), "the end of all messages", seconds=120)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for one, process in zip((host, *others), processes, strict=True):
        assert one.finish(process).status == 0
    assert_seen_once(host, texts)
    holders = host.rows("SELECT DISTINCT pid FROM outbox_call WHERE pid IS NOT NULL")
    assert len(holders) > 1
    host.sync()
    assert host.syncd("audit", "verify").status == 0


def _ms(number):
    return timedelta(milliseconds=number)


def _other(host, number):
    other = Host(host.folder / f"other{number}", host.wecom, lambda: host.place)
    other.config.write_text(host.config.read_text(encoding="utf-8"), encoding="utf-8")
    return other


def test_the_outbox_is_left_as_it_is_where_no_source_sends(host):
    host.configure(app=False, contacts=True)
    host.sync()
    queue(host, TEXTS)
    with running(host) as daemon:
        daemon.await_event("run_finished")
        assert daemon.stop() == 0
    assert open_ones(host) == len(TEXTS)
    assert host.syncd("outbox", "drain").status == 2
    host.execute("DELETE FROM outbox_message")
    assert_nothing_left(host)
