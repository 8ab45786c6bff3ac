"""What every database knows of a message to somebody."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.errors import SourceUnavailable, UsageError
from syncd.model.arrival import Check, Verdict
from syncd.model.pause import Pause, PauseKind
from syncd.services.arrival import LISTED, look_into, worth_a_look

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


class WeCom:
    """Answers for one app."""

    def __init__(self, *, status: object = 1, close: int = 0, broken: Exception | None = None):
        self.asked: list[str] = []
        self._status, self._close, self._broken = status, close, broken

    def get_agent(self) -> dict[str, object]:
        self.asked.append("agent")
        if self._broken is not None:
            raise self._broken
        return {"close": self._close}

    def get_user(self, userid: str) -> dict[str, object]:
        self.asked.append(userid)
        if self._broken is not None:
            raise self._broken
        return {"userid": userid, "status": self._status}


def at(moment: datetime) -> str:
    return f"'{moment:%Y-%m-%d %H:%M:%S.%f}'"


@pytest.fixture
def li(syncs, directory, store) -> int:
    """Return the id of somebody in a small company."""
    syncs.apply(directory.company())
    (key,) = [one.id for ref, one in store.world(None).users.items() if ref.external_id == "li"]
    return key


def queue(database, count: int = 1, first: int = 1, **columns: str) -> None:
    given = {"recipient": "'all'", "msgtype": "'text'", "content": "'{}'", **columns}
    for number in range(first, first + count):
        database.execute(
            f"INSERT INTO outbox_message (id, {', '.join(given)}) VALUES ({number}, {', '.join(given.values())})"
        )


def deliver(database, message: int, user: int, **columns: str) -> None:
    given = {"source": "'wecom'", "external_id": "'li'", **columns}
    database.execute(
        f"INSERT INTO outbox_delivery (message_id, user_id, {', '.join(given)})"
        f" VALUES ({message}, {user}, {', '.join(given.values())})"
    )


def delivered(moment: datetime) -> dict[str, str]:
    return {
        "status": "'delivered'",
        "attempts": "1",
        "claimed_at": at(moment),
        "delivered_at": at(moment),
    }


def verdicts(arrival) -> dict[Check, Verdict]:
    return {one.check: one.verdict for one in arrival.items}


def test_a_delivered_message_is_looked_into_with_what_the_store_knows(store, database, li):
    queue(database)
    deliver(database, 1, li, **delivered(NOW))
    arrival = look_into(store, li, 1, NOW)
    assert arrival.found == ()
    assert arrival.facts.delivery.delivered_at == NOW
    assert arrival.facts.person.is_linked
    assert arrival.facts.asked is None
    assert verdicts(arrival)[Check.ACTIVATED] is Verdict.CANNOT_TELL


def test_wecom_is_asked_about_the_app_and_the_person_by_their_id_there(store, database, li):
    queue(database)
    deliver(database, 1, li, **delivered(NOW))
    wecom, asked = WeCom(status=4, close=1), []

    def asker(source: str) -> WeCom:
        asked.append(source)
        return wecom

    arrival = look_into(store, li, 1, NOW, asker=asker)
    assert (asked, wecom.asked) == (["wecom"], ["agent", "li"])
    assert {one.check for one in arrival.found} == {Check.APP, Check.ACTIVATED}


def test_a_wecom_that_does_not_answer_leaves_what_the_store_knows(store, database, li):
    queue(database)
    deliver(database, 1, li, **delivered(NOW))
    broken = WeCom(broken=SourceUnavailable("no answer within 10 s"))
    arrival = look_into(store, li, 1, NOW, asker=lambda _: broken)
    assert arrival.found == ()
    assert arrival.facts.asked.person_error == "no answer within 10 s"


def test_a_source_that_cannot_be_asked_is_not(store, database, li):
    queue(database)
    deliver(database, 1, li, **delivered(NOW))
    assert look_into(store, li, 1, NOW, asker=lambda _: None).facts.asked is None


def test_what_was_sent_to_the_person_within_minute_and_hour_is_counted(store, database, li):
    queue(database, 40)
    for number in range(1, 36):
        deliver(database, number, li, **delivered(NOW + timedelta(seconds=number)))
    deliver(database, 36, li, **delivered(NOW - timedelta(minutes=30)))
    deliver(database, 37, li, **delivered(NOW - timedelta(minutes=90)))
    deliver(database, 38, li, **(delivered(NOW) | {"source": "'other'"}))
    deliver(database, 39, li, status="'dead'", claimed_at=at(NOW))
    known = look_into(store, li, 35, NOW).facts.delivery
    assert (known.within_minute, known.within_hour) == (35, 36)
    assert [one.check for one in look_into(store, li, 35, NOW).found] == [Check.RATE]
    assert look_into(store, li, 30, NOW).found == ()


def test_a_recalled_message_was_sent_and_taken_back(store, database, li):
    queue(database)
    database.execute(
        "INSERT INTO outbox_call (id, source, status, body_hash, duplicate_window, attempts, token,"
        f" first_sent_at, recalled_at) VALUES (5, 'wecom', 'sent', 'x', 9000, 1, 1, {at(NOW)}, {at(NOW)})"
    )
    deliver(
        database,
        1,
        li,
        **(delivered(NOW) | {"status": "'cancelled'", "reason": "'by_hand'", "call_id": "5"}),
    )
    arrival = look_into(store, li, 1, NOW)
    assert [one.check for one in arrival.found] == [Check.RECALLED]
    assert arrival.facts.delivery.recalled_at == NOW


def test_a_stopped_channel_and_a_pause_are_known(store, database, li):
    queue(database)
    deliver(database, 1, li)
    database.execute(
        "INSERT INTO outbox_channel (source, reason, stopped_at, probe_at, failures, error_code, error)"
        f" VALUES ('wecom', 'configuration', {at(NOW)}, {at(NOW)}, 1, 50003, 'app disabled')"
    )
    store.pause([Pause(PauseKind.OUTBOX, "", NOW, None, "anna")], actor="anna", now=NOW)
    facts = look_into(store, li, 1, NOW).facts
    assert (facts.stopped.code, facts.stopped.since, facts.is_paused) == (50003, NOW, True)


def test_who_has_no_record_in_the_source_that_sends_is_told_so(store, database, li):
    queue(database, source="'other'")
    deliver(database, 1, li, source="'other'", status="'dead'", reason="'not_linked'")
    arrival = look_into(store, li, 1, NOW)
    assert not arrival.facts.person.is_linked
    assert Check.RECIPIENT in {one.check for one in arrival.found}


def test_a_message_that_was_for_others_is_told_so(store, database, li):
    queue(database, status="'done'")
    assert [one.check for one in look_into(store, li, 1, NOW).found] == [Check.RECIPIENT]


def test_a_message_that_is_not_there_is_a_wrong_number(store, database, li):
    with pytest.raises(UsageError, match="no message 9"):
        look_into(store, li, 9, NOW)


def test_the_last_messages_are_listed_the_newest_first(store, database, li):
    queue(database, 8)
    for number in range(1, 9):
        deliver(database, number, li, **(delivered(NOW) if number != 6 else {"status": "'dead'"}))
    listed = store.arrivals.last_to(li, LISTED)
    assert [one.message_id for one in listed] == [8, 7, 6, 5, 4]
    assert worth_a_look(listed, is_asked=False) == 6
    assert worth_a_look(listed[:2], is_asked=False) is None
    assert worth_a_look(listed[:2], is_asked=True) == 8
    assert worth_a_look([], is_asked=True) is None
