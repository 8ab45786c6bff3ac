"""The engine itself: it goes on while a sync writes, stops cleanly, and survives defects."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event, Thread

import pytest

from syncd.errors import StoreUnavailable
from syncd.model.message import Attempt
from syncd.services.deliver import Engine
from syncd.store import backend
from tests.integration.outbox.office import FakeWeCom, Office

PATIENCE = 30.0


@contextmanager
def working(engine: Engine) -> Iterator[Event]:
    """Let an engine work in a thread until the block ends; what it raises comes through."""
    stop = Event()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            engine.work(stop)
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


@dataclass
class SlowWeCom(FakeWeCom):
    """A WeCom whose answers are waited for."""

    def __post_init__(self) -> None:
        self.begun, self.may_answer = threading.Semaphore(0), Event()

    def send(self, body: bytes) -> Attempt:
        self.begun.release()
        assert self.may_answer.wait(PATIENCE)
        return super().send(body)


def wait_for(office: Office, deliveries: int) -> None:
    """Return when so many are delivered."""
    step, until = Event(), 600
    while office.statuses().get("delivered", 0) < deliveries:
        step.wait(0.05)
        until -= 1
        assert until, office.statuses()


def test_it_delivers_what_is_queued_while_it_works(office: Office) -> None:
    office.hire("a", "b")
    engine = office.engine()
    with working(engine):
        office.queue("user:1")
        engine.wake()
        wait_for(office, 1)
        office.queue("user:2")
        wait_for(office, 2)
    assert office.statuses("outbox_message") == {"done": 2}


def test_when_it_stops_calls_in_the_middle_are_ended_and_the_others_given_back(
    office: Office,
) -> None:
    office.hire(*(f"p{at}" for at in range(60)))
    office.queue_each(range(1, 61))
    office.wecom = wecom = SlowWeCom(office.clock)
    with working(office.engine(threads=2)) as stop:
        wecom.begun.acquire(timeout=PATIENCE)
        wecom.begun.acquire(timeout=PATIENCE)
        stop.set()
        wecom.may_answer.set()
    assert "claimed" not in office.statuses()
    assert office.statuses()["pending"] > 0
    assert {one["attempts"] for one in office.deliveries() if one["status"] == "pending"} <= {0}
    assert {one["status"] for one in office.calls()} == {"sent"}
    sent = sum(wecom.ledger.values())
    assert office.statuses()["delivered"] == sent
    assert office.rows("SELECT people FROM outbox_quota") == [(sent,)]
    office.drain()
    assert set(wecom.ledger.values()) == {1}
    assert office.statuses() == {"delivered": 60}


def test_messages_go_out_while_a_sync_writes_and_results_wait_for_its_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "BUSY_TIMEOUT", 1.0)
    office.hire("a")
    office.queue("user:1")
    office.drain()
    office.queue("user:1", {"content": "meanwhile"})
    if office.database.kind == "sqlite":  # which has one writer
        with office.database.locked(), pytest.raises(StoreUnavailable):
            office.engine(outbox=office.outbox(anew=True)).drain()
        office.drain()
    else:
        server = office.database.server  # type: ignore[attr-defined] # a server's
        engine = office.engine(outbox=office.outbox(anew=True))
        with closing(server.connect(office.database.name, autocommit=False)) as other:  # type: ignore[attr-defined] # the same
            other.cursor().execute("SELECT * FROM sync_lease FOR UPDATE")
            other.cursor().execute("SELECT * FROM audit_chain FOR UPDATE")
            with working(engine):
                step = Event()
                for _ in range(200):
                    if office.wecom.got("a") == 2:
                        break
                    step.wait(0.05)
                assert office.wecom.got("a") == 2
                assert office.statuses() == {"claimed": 1, "delivered": 1}
                other.rollback()
                wait_for(office, 2)
    assert office.statuses() == {"delivered": 2}
    assert office.wecom.got("a") == 2


def test_a_defect_in_a_call_leaves_it_in_doubt(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")

    def broken(_: object) -> Attempt:
        raise RuntimeError("a defect")

    office.wecom.answer = broken
    office.drain()
    assert office.calls()[0]["status"] == "unknown"
    office.wecom.answer = lambda _: None
    office.wait_and_drain(seconds=10)
    assert (office.wecom.got("a"), office.statuses()) == (1, {"delivered": 1})


def test_a_defect_in_settling_is_raised_and_nothing_is_lost(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hire("a")
    office.queue("user:1")
    outbox = office.outbox(anew=True)

    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(outbox, "settle", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        office.engine(outbox=outbox).drain()
    assert office.statuses() == {"claimed": 1}
    office.wait_and_drain(minutes=3)
    assert (office.wecom.got("a"), office.statuses()) == (1, {"delivered": 1})


def test_the_first_lines_of_a_log_are_written_by_several_at_once(office: Office) -> None:
    office.hire("a")
    keys = [office.queue("user:99", {"content": f"{at}"}) for at in range(8)]
    threads = [
        Thread(target=office.engine(outbox=office.outbox(anew=True)).drain) for _ in range(4)
    ]
    office.queue_each([1] * 8)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert office.statuses() == {"dead": len(keys), "delivered": 8}
    assert len(office.told("delivery_ended")) == len(keys) + 8
