"""What must not go out twice, or not by itself, when clocks, stores and people do odd things."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from syncd.model.message import Attempt, Disposition
from syncd.outbox.limits import Had, Room
from syncd.services.deliver_flight import Flight
from syncd.store.holder import this_process
from syncd.store.outbox.by_hand import OutboxByHand
from syncd.store.outbox.telling import Outcomes
from syncd.store.outbox.values import Tally
from tests.integration.outbox.office import NOW, FakeWeCom, Office, gone, lost, refused


def answers(office: Office, *given: Attempt | None) -> None:
    left = list(given)
    office.wecom.answer = lambda _: left.pop(0) if left else None


def test_a_body_that_was_taken_late_is_not_used_as_long_as_wecom_knows_it(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    office.wecom.answer = lambda _: lost(taken=False)
    office.drain()
    office.clock.advance(hours=2, minutes=54)
    office.wecom.answer = lambda _: None
    office.drain()
    assert office.wecom.got("a") == 1
    office.clock.advance(hours=2, minutes=30)  # more than five hours after the first attempt
    office.queue("user:1")
    office.drain()
    assert office.wecom.got("a") == 2


def test_two_sources_of_one_app_send_no_equal_bodies(office: Office) -> None:
    office.hire("a")
    office.hire("b", source="other")
    office.database.execute("UPDATE directory_link SET external_id = 'a'")
    other = FakeWeCom(office.clock, source="other")
    other.bodies = office.wecom.bodies
    senders = {"wecom": office.wecom, "other": other}
    office.queue("user:1", source="wecom")
    office.drain(senders=senders)
    office.queue("user:2", source="other")
    office.drain(senders=senders)
    assert len(office.wecom.bodies) == len(set(office.wecom.bodies)) == 2


def test_a_clock_that_was_put_back_repeats_nothing_of_which_nobody_knows_the_age(
    office: Office,
) -> None:
    office.hire("a")
    office.queue("user:1")
    answers(office, lost(taken=True))
    office.drain()
    office.clock.advance(hours=-6)
    office.drain()
    for _ in range(8):
        office.wait_and_drain(hours=1)
    assert len(office.wecom.bodies) == 1
    assert office.deliveries()[0]["reason"] == "outcome_unknown"


def test_who_was_kept_from_the_store_for_long_does_not_take_over_its_own_calls(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hire("a")
    office.queue("user:1")
    sending, looked, done = threading.Event(), threading.Event(), threading.Event()

    def answer(_: dict[str, Any]) -> None:
        sending.set()
        assert done.wait(10)

    office.wecom.answer = answer
    outbox, stop = office.outbox(), threading.Event()
    claim = outbox.claim

    def claiming(*arguments: Any, **options: Any) -> Tally:
        found = claim(*arguments, **options)
        if sending.is_set() and options["is_looking_behind"]:
            looked.set()
        return found

    monkeypatch.setattr(outbox, "claim", claiming)
    monkeypatch.setattr(outbox, "renew", lambda _: frozenset())  # the store was locked
    working = threading.Thread(target=office.engine(outbox=outbox, threads=2).work, args=(stop,))
    working.start()
    assert sending.wait(10)
    office.clock.advance(minutes=10)
    assert looked.wait(10)
    done.set()
    while office.statuses() != {"delivered": 1}:
        stop.wait(0.01)
    stop.set()
    working.join(10)
    assert len(office.wecom.bodies) == 1


def test_who_stood_still_for_long_sends_nothing_that_was_claimed_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hire("a", "b")
    office.queue_each([1, 2])
    stood_still, other, outbox = [0.0], FakeWeCom(office.clock), office.outbox()
    claim, claimed, renewed = outbox.claim, [], []

    def claiming(*arguments: Any, **options: Any) -> Tally:
        found = claim(*arguments, **options)
        claimed.extend(found.calls)
        return found

    def answer(_: dict[str, Any]) -> None:
        if len(office.wecom.bodies) == 1:  # the process is stopped here, and another one takes over
            office.clock.advance(minutes=10)
            here = gone(this_process())
            office.engine(here=here, senders={"wecom": other}, lasting=lambda: 0.0).drain()
            office.clock.advance(hours=5)
            stood_still[0] += 5 * 3600
            renewed.append(outbox.renew(claimed))

    office.wecom.answer = answer
    monkeypatch.setattr(outbox, "claim", claiming)
    office.engine(outbox=outbox, threads=1, lasting=lambda: stood_still[0]).drain()
    assert len(claimed) == 2
    assert renewed == [frozenset()]  # they are somebody else's
    assert office.wecom.got("b") + other.got("b") == 1


def test_what_is_split_while_the_engine_stops_is_given_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.hire("a", "b")
    office.queue("all")
    stop, ending = threading.Event(), threading.Event()
    take_back = Flight._take_back

    def taking_back(flight: Flight) -> list[Any]:
        found = take_back(flight)
        ending.set()
        return found

    def answer(_: dict[str, Any]) -> Attempt:
        stop.set()
        assert ending.wait(10)
        return refused(40003, Disposition.SPLIT)

    monkeypatch.setattr(Flight, "_take_back", taking_back)
    office.wecom.answer = answer
    office.engine(threads=1).drain(stop)
    assert len(office.wecom.bodies) == 1
    assert office.statuses() == {"pending": 2}
    assert [one["status"] for one in office.calls()] == ["refused"]


def test_a_dead_message_that_is_looked_at_again_is_not_approved_by_that(office: Office) -> None:
    office.hire("a", "b", "c")
    key = office.queue("all", source="nowhere")
    engine = office.engine(confirm_above=2)
    engine.drain()
    assert office.message(key)["status"] == "dead"
    office.database.execute(f"UPDATE outbox_message SET source = 'wecom' WHERE id = {key}")
    by_hand = OutboxByHand(office.open(), personal_data=True)
    decided: dict[str, Any] = {"actor": "ops", "why": None, "now": office.clock.now}
    by_hand.retry(key, twice=False, **decided)
    engine.drain()
    told = office.message(key)
    assert (told["status"], told["reason"], told["people"]) == ("queued", "needs_approval", 3)
    assert not office.wecom.bodies
    by_hand.approve(key, **decided)
    engine.drain()
    assert office.message(key)["status"] == "done"


def test_an_id_that_a_person_has_given_up_is_not_sent_to_after_a_retry(office: Office) -> None:
    office.hire("a", status="inactive")
    key = office.queue("user:1")
    office.drain()
    office.database.execute(
        "UPDATE directory_user SET status = 'active'",
        "UPDATE directory_link SET external_id = 'a#1'",
    )
    with pytest.raises(Exception, match="not found"):
        OutboxByHand(office.open(), personal_data=True).retry(
            key, twice=False, actor="ops", why=None, now=office.clock.now
        )


def test_a_message_to_nobody_is_told_to_the_audit_log(office: Office) -> None:
    office.add_department(9, None)
    key = office.queue("department:9")
    office.drain()
    assert office.message(key)["status"] == "dead"
    assert [one["message_id"] for one in office.told("message_ended")] == [key]


def test_of_many_that_are_over_a_limit_each_waits_for_its_place() -> None:
    full = Room(1000, {"a": Had(28, 100), "b": Had(0, 950)}, NOW)
    a = [full.admit("a") for _ in range(57)]
    assert a[0] == NOW + timedelta(seconds=10)
    assert a[28] == NOW + timedelta(seconds=70)
    assert a[56] == NOW + timedelta(seconds=130)
    b = [full.admit("b") for _ in range(951)]
    assert b[0] == NOW + timedelta(minutes=1)
    assert b[950] == NOW + timedelta(minutes=61)


def test_two_threads_begin_the_audit_log_of_a_new_store_one_after_the_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    if office.database.kind == "sqlite":
        pytest.skip("it has one writer")
    outbox = office.outbox()
    looked, at_once = threading.Event(), threading.Event()
    failed: list[BaseException] = []
    tell = Outcomes.write

    def telling(outcomes: Outcomes) -> None:
        if threading.current_thread().name == "first":
            looked.set()
            at_once.wait(0.5)  # the other one waits for our commit, as it should, or does not
        else:
            at_once.set()
        tell(outcomes)

    def write(key: int, go_on: threading.Event | None) -> None:
        try:
            with outbox._writing() as (_, _, outcomes):
                outcomes.event("message_ended", {"message_id": key})
                assert go_on is None or go_on.wait(10)
        except BaseException as error:  # noqa: BLE001 - looked at below
            failed.append(error)

    monkeypatch.setattr(Outcomes, "write", telling)
    threads = [
        threading.Thread(target=write, args=(1, None), name="first"),
        threading.Thread(target=write, args=(2, looked), name="second"),
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert not failed
    assert len(office.told("message_ended")) == 2
