"""A person cancels a message while a call with it is on its way."""

from datetime import datetime
from typing import Any

import pytest

from syncd.model.message import Attempt, Disposition
from syncd.store.outbox.by_hand import OutboxByHand
from tests.integration.outbox.office import Office, lost, refused


def cancel(office: Office, key: int) -> None:
    now: datetime = office.clock.now
    OutboxByHand(office.open(), personal_data=True).cancel(key, actor="ops", why=None, now=now)


def cancelling(office: Office, key: int, *answers: Attempt | None) -> None:
    """Let the next calls be answered so, and the message be cancelled during the first."""
    left = list(answers)

    def answer(_: dict[str, Any]) -> Attempt | None:
        if len(left) == len(answers):
            cancel(office, key)
        return left.pop(0) if left else None

    office.wecom.answer = answer


@pytest.mark.parametrize(
    "said",
    [
        refused(-1, Disposition.RETRY),
        refused(45009, Disposition.SLOW_DOWN),
        refused(60020, Disposition.CONFIGURATION),
        refused(40003, Disposition.SPLIT),
    ],
    ids=lambda one: one.disposition,
)
def test_what_is_cancelled_is_not_sent_again_after_a_refusal(office: Office, said: Attempt) -> None:
    office.hire("a", "b")
    key = office.queue("user:1|user:2")
    cancelling(office, key, said)
    office.drain()
    for _ in range(3):
        office.wait_and_drain(hours=1)
    assert len(office.wecom.bodies) == 1
    assert office.statuses() == {"cancelled": 2}
    told = office.message(key)
    assert (told["status"], told["reason"]) == ("cancelled", "by_hand")
    assert {one["reason"] for one in office.told("delivery_ended")} == {"by_hand"}


def test_what_a_stopping_daemon_gives_back_stays_cancelled(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    office.wecom.answer = lambda _: refused(-1, Disposition.RETRY)
    office.drain()
    # As if it had been given back in the moment in which a person cancelled it.
    office.database.execute(f"UPDATE outbox_message SET reason = 'by_hand' WHERE id = {key}")
    office.wecom.answer = lambda _: None
    office.wait_and_drain(hours=1)
    assert office.message(key)["status"] == "cancelled"
    assert office.wecom.got("a") == 0


def test_what_wecom_has_taken_all_the_same_is_delivered(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    cancelling(office, key, lost(taken=True))
    office.drain()
    assert office.message(key)["reason"] == "by_hand"
    office.wait_and_drain(minutes=1)
    told = office.message(key)
    assert (told["status"], told["reason"], office.wecom.got("a")) == ("done", None, 1)


def test_a_message_that_is_over_keeps_the_moment_at_which_it_was(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    office.drain()
    before = office.message(key)["finished_at"]
    office.clock.advance(hours=1)
    cancel(office, key)
    told = office.message(key)
    assert (told["status"], told["finished_at"]) == ("done", before)
