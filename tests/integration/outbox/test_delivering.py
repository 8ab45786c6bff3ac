"""What becomes of calls: accepted, refused, lost, split; and when they are made again."""

import json
from typing import Any

import pytest

from syncd.model.message import Attempt, Disposition
from tests.integration.outbox.office import FakeWeCom, Office, lost, refused


def answers(wecom: FakeWeCom, *given: Attempt | None) -> None:
    """Let the next calls be answered so, and all others be taken."""
    left = list(given)
    wecom.answer = lambda _: left.pop(0) if left else None


def one(office: Office) -> dict[str, Any]:
    [found] = office.deliveries()
    return found


def test_equal_contents_go_together_and_different_ones_apart(office: Office) -> None:
    office.hire("a", "b", "c")
    office.queue("user:1")
    office.queue("user:2")
    office.queue("user:3", {"content": "other"})
    office.drain()
    assert sorted(json.loads(body)["touser"] for body in office.wecom.bodies) == ["a|b", "c"]


def test_two_equal_messages_to_one_person_are_two_messages(office: Office) -> None:
    office.hire("a")
    for _ in range(5):
        office.queue("user:1")
    office.drain()
    office.queue("user:1")
    office.drain()
    assert office.wecom.got("a") == 6
    assert len(set(office.wecom.bodies)) == 6
    windows = {json.loads(body)["duplicate_check_interval"] for body in office.wecom.bodies}
    assert min(windows) >= 10_800
    assert max(windows) <= 14_400


def test_a_message_to_many_people_takes_few_calls(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(2500)))
    key = office.queue("all")
    drained = office.drain()
    assert (drained.sent, drained.delivered) == (3, 2500)
    assert sorted(len(json.loads(b)["touser"].split("|")) for b in office.wecom.bodies) == [
        500,
        1000,
        1000,
    ]
    assert (office.message(key)["status"], office.message(key)["people"]) == ("done", 2500)


def test_whom_wecom_names_is_dead_and_the_others_have_it(office: Office) -> None:
    office.hire("a", "B", "c")
    office.wecom.invalid = {"b"}
    key = office.queue("all")
    office.drain()
    found = {one["external_id"]: (one["status"], one["reason"]) for one in office.deliveries()}
    assert found["b"] == ("dead", "not_visible")
    assert found["a"] == found["c"] == ("delivered", None)
    assert office.message(key)["status"] == "partial"


def test_a_busy_wecom_is_asked_again_after_each_wait_of_the_list(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    answers(office.wecom, *[refused(-1, Disposition.RETRY)] * 2)
    office.drain()
    told = one(office)
    assert (told["status"], told["attempts"], told["last_error_code"]) == ("pending", 1, -1)
    assert office.wait_and_drain(seconds=9).sent == 0
    office.wait_and_drain(seconds=1)
    assert one(office)["attempts"] == 2
    assert office.wait_and_drain(seconds=59).sent == 0
    assert office.wait_and_drain(seconds=1).sent == 1
    told = one(office)
    assert (told["status"], told["attempts"], told["last_error_code"]) == ("delivered", 3, None)
    assert office.message(key)["status"] == "done"
    assert [one["status"] for one in office.calls()] == ["refused", "refused", "sent"]


def test_a_list_of_waits_that_is_used_up_ends_in_a_dead_letter(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    office.wecom.answer = lambda _: refused(6000, Disposition.RETRY)
    for _ in range(10):
        office.wait_and_drain(hours=6)
    told = one(office)
    assert (told["status"], told["reason"]) == ("dead", "retries_used_up")
    assert (told["attempts"], told["last_error_code"], told["last_error"]) == (7, 6000, "code 6000")
    assert office.message(key)["status"] == "dead"


def test_wecoms_own_interval_outranks_the_list(office: Office) -> None:
    office.hire("a", "b")
    office.queue("user:1")
    answers(office.wecom, refused(-1, Disposition.RETRY, interval=300))
    office.drain()
    assert office.wait_and_drain(seconds=299).sent == 0
    assert office.wait_and_drain(seconds=1).sent == 1
    office.queue("user:2")
    answers(office.wecom, refused(-1, Disposition.RETRY, interval=-1))
    office.drain()
    assert office.deliveries()[1]["reason"] == "retries_used_up"


def test_a_message_at_fault_is_dead_at_once(office: Office) -> None:
    office.hire("a", "b")
    key = office.queue("all")
    office.wecom.answer = lambda _: refused(40201, Disposition.MESSAGE)
    office.drain()
    assert {(each["status"], each["reason"]) for each in office.deliveries()} == {
        ("dead", "refused")
    }
    assert office.message(key)["status"] == "dead"
    assert len(office.wecom.bodies) == 1


def test_one_bad_recipient_is_found_by_halves_and_the_others_get_it(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(100)))
    office.queue("all")

    def answer(body: dict[str, Any]) -> Attempt | None:
        if {"p13", "p77"} & set(body["touser"].split("|")):
            return refused(40003, Disposition.SPLIT)
        return None

    office.wecom.answer = answer
    drained = office.drain()
    assert (drained.delivered, drained.dead) == (98, 2)
    dead = [each["external_id"] for each in office.deliveries() if each["status"] == "dead"]
    assert dead == ["p13", "p77"]
    assert {each["reason"] for each in office.deliveries()} == {None, "not_visible"}
    assert {each["attempts"] for each in office.deliveries()} == {1}
    assert max(office.wecom.ledger.values()) == 1
    assert len(office.wecom.bodies) < 30


def test_whom_wecom_names_beside_a_code_needs_no_halves(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(100)))
    office.queue("all")
    named = frozenset({"p13", "p77"})
    answers(office.wecom, refused(40031, Disposition.SPLIT, invalid=named))
    assert office.drain().delivered == 98
    assert len(office.wecom.bodies) == 2


def test_a_lost_answer_is_repeated_as_the_same_request_and_shown_once(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    answers(office.wecom, lost(taken=True), lost(taken=True))
    office.drain()
    assert one(office)["status"] == "claimed"
    assert office.calls()[0]["status"] == "unknown"
    office.wait_and_drain(seconds=10)
    office.wait_and_drain(seconds=60)
    assert office.message(key)["status"] == "done"
    assert office.wecom.got("a") == 1
    assert len(set(office.wecom.bodies)) == 1
    assert office.calls()[0]["attempts"] == 3


def test_what_was_lost_before_wecom_had_it_is_shown_once_too(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    answers(office.wecom, lost(taken=False))
    office.drain()
    office.wait_and_drain(seconds=10)
    assert office.wecom.got("a") == 1
    assert one(office)["status"] == "delivered"


def test_a_code_does_not_clear_a_doubt_but_a_fault_of_the_body_does(office: Office) -> None:
    office.hire("a", "b")
    office.queue("user:1")
    answers(office.wecom, lost(taken=False), refused(-1, Disposition.RETRY))
    office.drain()
    office.wait_and_drain(seconds=10)
    assert office.calls()[0]["status"] == "unknown"
    assert one(office)["status"] == "claimed"
    answers(office.wecom, refused(81013, Disposition.SPLIT))
    office.wait_and_drain(seconds=60)
    assert (one(office)["status"], one(office)["reason"]) == ("dead", "not_visible")


def test_after_wecoms_window_an_unknown_outcome_is_a_dead_letter(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    office.wecom.answer = lambda _: lost(taken=False)
    office.drain()
    for _ in range(200):
        office.wait_and_drain(minutes=2)
    sent = len(office.wecom.bodies)
    assert 5 < sent < 20
    assert (one(office)["status"], one(office)["reason"]) == ("dead", "outcome_unknown")
    assert office.calls()[0]["status"] == "given_up"
    assert office.calls()[0]["body"] is None
    assert office.message(key)["status"] == "dead"


def test_a_repetition_that_comes_too_late_is_not_made(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    answers(office.wecom, lost(taken=True))
    office.drain()
    office.wait_and_drain(hours=4)
    assert len(office.wecom.bodies) == 1
    assert one(office)["reason"] == "outcome_unknown"


def test_a_message_that_waits_holds_no_later_one_of_the_same_person(office: Office) -> None:
    office.hire("a")
    office.queue("user:1", {"content": "first"})
    answers(office.wecom, refused(-1, Disposition.RETRY))
    office.drain()
    office.queue("user:1", {"content": "second"})
    assert office.drain().sent == 1
    assert office.wecom.ledger == {("a", '{"content": "second"}'): 1}


def test_the_larger_priority_goes_first(office: Office) -> None:
    office.hire("a")
    for priority in (0, 5, -3, 5000, 7):
        office.queue("user:1", {"content": str(priority)}, priority=priority)
    office.drain(threads=1)
    order = [json.loads(body)["text"]["content"] for body in office.wecom.bodies]
    assert order == ["5000", "7", "5", "0", "-3"]


def test_more_priorities_than_are_looked_at_one_by_one_all_get_their_turn(office: Office) -> None:
    office.hire("a")
    for priority in range(25):
        office.queue("user:1", {"content": str(priority)}, priority=priority)
    office.drain(threads=1)
    order = [int(json.loads(body)["text"]["content"]) for body in office.wecom.bodies]
    assert order == list(range(24, -1, -1))


def test_nothing_goes_out_before_its_time_or_after_it(office: Office) -> None:
    office.hire("a")
    now = office.clock.now
    early = office.queue("user:1", {"content": "early"}, not_before=now.replace(hour=7))
    late = office.queue("user:1", {"content": "late"}, expires_at=now)
    old = office.queue("user:1", {"content": "old"}, created_at=now.replace(day=1))
    office.drain()
    assert [office.message(key)["status"] for key in (early, late, old)] == [
        "queued",
        "expired",
        "expired",
    ]
    assert office.message(late)["reason"] == "too_old"
    office.wait_and_drain(hours=2)
    assert office.message(early)["status"] == "done"


def test_a_delivery_that_waits_beyond_its_time_expires(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1", expires_at=office.clock.now.replace(hour=6))
    office.wecom.answer = lambda _: refused(-1, Disposition.RETRY, interval=10_000)
    office.drain()
    office.wait_and_drain(hours=1)
    assert (one(office)["status"], one(office)["reason"]) == ("expired", "too_old")
    assert office.message(key)["status"] == "expired"
    assert len(office.wecom.bodies) == 1


def test_what_a_person_lets_go_again_is_as_old_as_that(office: Office) -> None:
    office.hire("a")
    now = office.clock.now
    key = office.queue("user:1", created_at=now.replace(month=1), approved_at=now)
    office.drain()
    assert office.message(key)["status"] == "done"


def test_a_message_to_many_waits_for_a_person_where_that_is_set(office: Office) -> None:
    office.hire("a", "b", "c")
    key, small = office.queue("all"), office.queue("user:1|user:2")
    engine = office.engine(confirm_above=2)
    engine.drain()
    told = office.message(key)
    assert (told["status"], told["reason"], told["people"]) == ("queued", "needs_approval", 3)
    assert office.message(small)["status"] == "done"
    assert not office.deliveries(key)
    office.database.execute(f"UPDATE outbox_message SET approved_at = created_at WHERE id = {key}")
    engine.drain()
    told = office.message(key)
    assert (told["status"], told["reason"], told["people"]) == ("done", None, 3)


def test_a_broadcast_keeps_off_the_minutes_in_which_wecom_is_busiest(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(1001)))
    office.clock.now = office.clock.now.replace(minute=30, second=12, microsecond=0)
    office.queue("all")
    small = office.queue("user:1")
    engine = office.engine(chance=lambda: 0.5)
    engine.drain()
    assert office.message(small)["status"] == "done"
    assert len(office.wecom.bodies) == 1
    office.clock.now = office.clock.now.replace(minute=31, second=29)
    assert engine.drain().sent == 0
    office.clock.now = office.clock.now.replace(minute=31, second=30)
    assert engine.drain().delivered == 1001


@pytest.mark.parametrize("pause", ["('everything', '')", "('outbox', '')", "('source', 'wecom')"])
def test_while_it_is_paused_messages_wait(office: Office, pause: str) -> None:
    office.hire("a")
    key = office.queue("user:1")
    kind, name = pause.strip("()").split(", ")
    office.database.execute(
        "INSERT INTO sync_pause (kind, name, paused_at, actor)"
        f" VALUES ({kind}, {name}, '2026-03-04 00:00:00', 'ops')"
    )
    office.drain()
    assert office.message(key)["status"] == "queued"
    office.database.execute("DELETE FROM sync_pause")
    office.drain()
    assert office.message(key)["status"] == "done"


def test_messages_of_a_shadow_source_wait(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    other = FakeWeCom(office.clock, source="other")
    office.drain(senders={"other": other}, shadow=frozenset({"wecom"}))
    assert office.message(key)["status"] == "queued"


def test_every_end_of_a_delivery_is_told_in_the_log(office: Office) -> None:
    office.hire("a", "b")
    office.wecom.invalid = {"b"}
    office.queue("user:1|user:2|user:9")
    office.drain()
    ended = {one["external_id"]: one for one in office.told("delivery_ended")}
    assert {key: (one["status"], one["reason"]) for key, one in ended.items()} == {
        "a": ("delivered", None),
        "b": ("dead", "not_visible"),
        None: ("dead", "unknown_recipient"),
    }
    assert ended["a"]["call_id"] == office.calls()[0]["id"]
    assert ended[None]["recipient"] == "user:9"
