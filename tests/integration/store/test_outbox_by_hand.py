"""What a person asks of the outbox, and decides about messages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.errors import UsageError
from syncd.model.message import Draft
from syncd.store.outbox.look import Sought

NOW = datetime.now(UTC)
BY = {"actor": "anna", "why": "because", "now": NOW}
DRAFT = Draft(recipient="userid:wang", msgtype="text", content={"content": "好𠮷"})


@pytest.fixture
def company(syncs, directory, store) -> Any:
    """Return the store of a company of two active people, wang (1) and li (2)."""
    syncs.apply(directory.company())
    return store


@pytest.fixture
def people(company, database) -> dict[str, int]:
    return dict(database.rows("SELECT userid, id FROM directory_user"))


class Rows:
    """Writes rows of the outbox as an application, or the engine, would."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def message(self, status: str = "sending", **columns: Any) -> int:
        return self._insert(
            "outbox_message",
            recipient="all",
            msgtype="text",
            content='{"content": "hi"}',
            status=status,
            **columns,
        )

    def delivery(self, message: int, status: str, **columns: Any) -> int:
        return self._insert(
            "outbox_delivery", message_id=message, status=status, source="wecom", **columns
        )

    def call(self, sent_at: datetime = NOW, **columns: Any) -> int:
        values = {"status": "sent", "msgid": "M-1", "attempts": 1, "token": 1, **columns}
        at = f"{sent_at:%Y-%m-%d %H:%M:%S.%f}"
        return self._insert(
            "outbox_call",
            source="wecom",
            body_hash="0" * 32,
            duplicate_window=10800,
            first_sent_at=at,
            **values,
        )

    def _insert(self, table: str, **columns: Any) -> int:
        names = ", ".join(columns)
        values = ", ".join("NULL" if one is None else f"'{one}'" for one in columns.values())
        self._database.execute(f"INSERT INTO {table} ({names}) VALUES ({values})")
        return int(self._database.rows(f"SELECT max(id) FROM {table}")[0][0])

    def of(self, message: int) -> list[tuple[str, str | None]]:
        """Return the status and reason of every delivery."""
        query = f"SELECT status, reason FROM outbox_delivery WHERE message_id = {message}"
        return [tuple(row) for row in self._database.rows(f"{query} ORDER BY id")]

    def status(self, message: int) -> str:
        return str(
            self._database.rows(f"SELECT status FROM outbox_message WHERE id = {message}")[0][0]
        )


@pytest.fixture
def rows(company, database) -> Rows:
    return Rows(database)


def audited(store: Any) -> list[bytes]:
    return [line for _, _, lines in store.audit.blocks(0) for line in lines.splitlines()]


# --- add -----------------------------------------------------------------------------------------


def test_a_message_that_is_added_is_as_one_that_an_application_inserts(company, rows) -> None:
    began = datetime.now(UTC)
    key = company.messages.add(DRAFT, **BY)

    found = company.messages.message(key)
    assert (found.status, found.priority, found.content) == ("queued", 0, {"content": "好𠮷"})
    assert abs(found.created_at - began) < timedelta(minutes=5)
    assert b'"message_queued"' in audited(company)[-1]
    assert "𠮷".encode() not in audited(company)[-1]


def test_a_second_message_with_the_same_dedupe_key_is_refused_by_name(company) -> None:
    draft = Draft("all", "text", {"content": "hi"}, dedupe_key="order-7", priority=3)
    key = company.messages.add(draft, **BY)
    before = len(audited(company))

    with pytest.raises(UsageError, match=f"Message {key} has the dedupe key 'order-7' already"):
        company.messages.add(draft, **BY)
    assert len(audited(company)) == before
    assert [one.id for one in company.messages.find(Sought())] == [key]


# --- looking -------------------------------------------------------------------------------------


def test_content_that_is_no_json_is_shown_as_it_is(company, path, database) -> None:
    """SQLite alone takes text that is no JSON, and words for moments."""
    assert path.exists()
    database.execute(
        "INSERT INTO outbox_message (recipient, msgtype, content, not_before)"
        " VALUES ('all', 'text', '{broken', 'soon')"
    )
    (found,) = company.messages.find(Sought())
    assert (found.content, found.not_before) == ("{broken", None)


def test_messages_are_found_by_status_age_reason_error_and_person(company, rows, people) -> None:
    old = f"{NOW - timedelta(days=2):%Y-%m-%d %H:%M:%S.%f}"
    first = rows.message("dead", reason="bad_content", error="text.content is 3 KB", created_at=old)
    second = rows.message("partial")
    rows.delivery(second, "dead", reason="not_visible", last_error_code=81013, last_error="Nobody")
    rows.delivery(second, "delivered", user_id=people["li"])
    third = rows.message("done")
    rows.delivery(third, "delivered", user_id=people["wang"])

    def found(**sought: Any) -> list[int]:
        return [one.id for one in company.messages.find(Sought(**sought))]

    assert found() == [third, second, first]
    assert found(limit=1) == [third]
    assert found(statuses=("dead", "done")) == [third, first]
    assert found(created_before=NOW - timedelta(days=1)) == [first]
    assert found(reason="not_visible") == [second]
    assert found(reason="bad_content") == [first]
    assert found(error="81013") == [second]
    assert found(error="3 kb") == [first]
    assert found(error="%") == []
    assert found(user_id=people["wang"]) == [third]
    assert company.messages.message(second).deliveries == {"dead": 1, "delivered": 1}


def test_deliveries_that_did_not_arrive_come_first(company, rows, people) -> None:
    key = rows.message()
    rows.delivery(key, "delivered", user_id=people["wang"])
    rows.delivery(key, "dead", recipient="userid:nobody", reason="unknown_recipient")

    shown = company.messages.deliveries(key, 1)
    assert [(one.recipient, one.reason) for one in shown] == [
        ("userid:nobody", "unknown_recipient")
    ]
    assert [one.name for one in company.messages.deliveries(key)] == [None, "Wang"]


def test_the_depth_counts_what_waits_and_what_for(company, rows, people) -> None:
    hour = timedelta(hours=1)
    at = "%Y-%m-%d %H:%M:%S.%f"
    rows.message("queued", created_at=format(NOW - hour, at))
    rows.message("queued", reason="needs_approval", created_at=format(NOW - 5 * hour, at))
    rows.message("queued", not_before=format(NOW + hour, at), created_at=format(NOW - 6 * hour, at))
    sending = rows.message("sending", created_at=format(NOW - 2 * hour, at))
    rows.delivery(sending, "pending", user_id=people["wang"])
    rows.delivery(sending, "claimed", user_id=people["li"])
    rows.delivery(sending, "dead", reason="not_linked")
    rows.message("dead", reason="bad_content", finished_at=format(NOW - hour, at))
    rows.message("dead", reason="bad_content", finished_at=format(NOW - 48 * hour, at))

    depth = company.messages.depth(NOW)
    assert (depth.queued, depth.needs_approval, depth.not_before) == (3, 1, 1)
    assert (depth.pending, depth.claimed, depth.dead_of_day) == (1, 1, 2)
    assert depth.oldest_waiting_at is not None
    assert abs(depth.oldest_waiting_at - (NOW - 2 * hour)) < timedelta(seconds=1)


def test_statistics_tell_rates_reasons_and_the_quota_of_the_day(
    company, rows, people, database
) -> None:
    at = "%Y-%m-%d %H:%M:%S.%f"
    key = rows.message("partial")
    for ago, person in ((timedelta(seconds=10), "wang"), (timedelta(hours=2), "li")):
        rows.delivery(key, "delivered", user_id=people[person], delivered_at=format(NOW - ago, at))
    rows.delivery(key, "dead", reason="not_linked")
    rows.message("dead", reason="no_source")
    database.execute("INSERT INTO outbox_quota VALUES ('wecom', '2026-11-28', 7)")
    rows.call(status="unknown")

    found = company.messages.statistics(NOW, "2026-11-28")
    assert found.delivered_within == {60: 1, 3600: 1, 86_400: 2}
    assert found.dead == {"no_source": 1, "not_linked": 1}
    assert found.messages == {"partial": 1, "dead": 1}
    assert found.today == {"wecom": 7}
    assert found.unknown_calls == 1
    assert company.messages.statistics(NOW, "2026-11-29").today == {}


# --- retry ---------------------------------------------------------------------------------------


def test_a_retry_lets_what_is_dead_be_due_from_the_first_attempt_on(company, rows, people) -> None:
    key = rows.message("partial")
    rows.delivery(key, "delivered", user_id=people["li"], external_id="li")
    rows.delivery(
        key,
        "dead",
        user_id=people["wang"],
        external_id="wang",
        reason="retries_used_up",
        attempts=7,
    )

    done = company.messages.retry(key, twice=False, **BY)

    assert (done.deliveries, dict(done.left)) == (1, {})
    assert rows.of(key) == [("delivered", None), ("pending", None)]
    again = next(one for one in company.messages.deliveries(key) if one.status == "pending")
    assert (again.attempts, again.call_id) == (0, None)
    assert again.next_attempt_at is not None
    found = company.messages.message(key)
    assert (found.status, found.finished_at) == ("sending", None)
    assert found.approved_at is not None
    assert b'"message_retried"' in audited(company)[-1]
    assert b'"actor":"anna"' in audited(company)[-1]


def test_what_may_have_arrived_is_sent_again_only_where_a_person_does_not_mind(
    company, rows, people
) -> None:
    key = rows.message("dead")
    rows.delivery(key, "dead", user_id=people["wang"], external_id="wang", reason="outcome_unknown")

    with pytest.raises(UsageError, match="not known whether message"):
        company.messages.retry(key, twice=False, **BY)
    assert rows.of(key) == [("dead", "outcome_unknown")]

    assert company.messages.retry(key, twice=True, **BY).deliveries == 1
    assert rows.of(key) == [("pending", None)]


def test_people_who_were_not_found_are_looked_for_again(company, rows, people) -> None:
    key = rows.message("dead")
    rows.delivery(key, "dead", recipient="userid:LI", reason="unknown_recipient")
    rows.delivery(key, "dead", recipient="userid:nobody", reason="unknown_recipient")
    rows.delivery(key, "dead", user_id=people["zhao"], reason="inactive")

    done = company.messages.retry(key, twice=False, **BY)

    assert (done.deliveries, dict(done.left)) == (1, {"unknown_recipient": 1, "inactive": 1})
    (found,) = [one for one in company.messages.deliveries(key) if one.status == "pending"]
    assert (found.user_id, found.external_id) == (people["li"], "li")


def test_nobody_is_found_twice_for_one_message(company, rows, people) -> None:
    key = rows.message("partial")
    rows.delivery(key, "delivered", user_id=people["li"], external_id="li")
    rows.delivery(key, "dead", recipient="userid:li", reason="unknown_recipient")

    with pytest.raises(UsageError, match="still not found"):
        company.messages.retry(key, twice=False, **BY)


def test_a_message_that_never_had_a_delivery_is_looked_at_from_the_beginning(company, rows) -> None:
    key = rows.message("dead", reason="no_source", error="none", finished_at="2026-11-28 01:00:00")

    assert company.messages.retry(key, twice=False, **BY).deliveries is None
    found = company.messages.message(key)
    assert (found.status, found.reason, found.error) == ("queued", None, None)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"status": "done"}, "Nothing of message"),
        ({"status": "dead", "expires_at": "2026-01-01 00:00:00"}, "was not to arrive after"),
    ],
)
def test_what_cannot_go_out_again_is_refused(company, rows, columns, said) -> None:
    key = rows.message(**columns)
    with pytest.raises(UsageError, match=said):
        company.messages.retry(key, twice=False, **BY)


def test_an_unknown_message_is_said_to_be_unknown(company) -> None:
    for ask in (
        lambda: company.messages.message(7),
        lambda: company.messages.retry(7, twice=False, **BY),
        lambda: company.messages.cancel(7, **BY),
        lambda: company.messages.approve(7, **BY),
    ):
        with pytest.raises(UsageError, match="There is no message 7"):
            ask()


# --- cancel and approve --------------------------------------------------------------------------


def test_a_queued_message_is_cancelled_as_a_whole(company, rows) -> None:
    key = rows.message("queued")
    assert company.messages.cancel(key, **BY).was_queued
    found = company.messages.message(key)
    assert (found.status, found.reason) == ("cancelled", "by_hand")


def test_what_waits_is_cancelled_and_what_is_being_sent_is_left_alone(
    company, rows, people
) -> None:
    key = rows.message()
    rows.delivery(key, "pending", user_id=people["wang"])
    rows.delivery(key, "claimed", user_id=people["li"])

    done = company.messages.cancel(key, **BY)

    assert (done.deliveries, done.being_sent, done.sent) == (1, 1, ())
    assert rows.of(key) == [("cancelled", "by_hand"), ("claimed", None)]
    assert rows.status(key) == "sending"


def test_a_message_of_which_nothing_waits_any_more_is_over(company, rows, people) -> None:
    key = rows.message()
    rows.delivery(key, "pending", user_id=people["wang"])
    company.messages.cancel(key, **BY)
    assert rows.status(key) == "cancelled"


def test_what_was_delivered_is_named_with_its_call_and_who_shares_it(company, rows, people) -> None:
    key, other = rows.message("done"), rows.message("done")
    alone, shared = rows.call(), rows.call(msgid="M-2")
    rows.delivery(key, "delivered", user_id=people["wang"], call_id=alone)
    rows.delivery(key, "delivered", user_id=people["li"], call_id=shared)
    rows.delivery(other, "delivered", user_id=people["wang"], call_id=shared)

    sent = company.messages.cancel(key, **BY).sent

    assert [(one.id, one.shared_with, one.people) for one in sent] == [
        (alone, (), 1),
        (shared, (other,), 1),
    ]
    assert company.messages.note_recalled(key, alone, **BY) == 1
    assert rows.of(key) == [("cancelled", "by_hand"), ("delivered", None)]
    assert rows.status(key) == "done"
    assert [one.id for one in company.messages.cancel(key, **BY).sent] == [shared]
    assert b'"message_recalled"' in audited(company)[-1]


def test_an_approved_message_waits_for_nobody(company, rows) -> None:
    key = rows.message("queued", reason="needs_approval", people=600)
    assert company.messages.approve(key, **BY).people == 600
    found = company.messages.message(key)
    assert (found.status, found.reason) == ("queued", None)
    assert found.approved_at is not None
    assert b'"message_approved"' in audited(company)[-1]
    with pytest.raises(UsageError, match="does not wait for an approval"):
        company.messages.approve(key, **BY)


def test_a_card_is_changed_once(company, rows, people) -> None:
    key = rows.message("done")
    card = rows.call(response_code="R-1")
    rows.delivery(key, "delivered", user_id=people["wang"], external_id="wang", call_id=card)

    assert company.messages.delivered_to(key, card) == ["wang"]
    company.messages.note_card_changed(key, card, **BY)
    assert [one.response_code for one in company.messages.calls(key)] == [None]
    assert b'"card_changed"' in audited(company)[-1]
