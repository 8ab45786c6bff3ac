"""What is decided about messages, without a store and without WeCom."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import UsageError
from syncd.model.message import (
    Attempt,
    DeliveryStatus,
    Disposition,
    MessageStatus,
    Reason,
    Recipient,
    RecipientKind,
)
from syncd.outbox.batches import PEOPLE, batches, halves
from syncd.outbox.limits import PER_HOUR, PER_MINUTE, Had, Room, day_of, next_day
from syncd.outbox.recipients import read_recipients
from syncd.outbox.verdict import Verdict, ending, judge, opens_channel, stops_channel, why_dead
from syncd.outbox.waits import (
    MARGIN,
    first_attempt,
    last_repetition,
    next_repetition,
    next_wait,
    stop_for,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
WAITS = tuple(timedelta(seconds=one) for one in (10, 60, 300))


# --- recipients --------------------------------------------------------------------------------


def test_recipients_are_read_each_once_and_in_their_order() -> None:
    read = read_recipients(" user:007 | userid:Zhang.San|tag:3|department:4|all|user:7")
    assert read == (
        Recipient(RecipientKind.USER, "7"),
        Recipient(RecipientKind.USERID, "Zhang.San"),
        Recipient(RecipientKind.TAG, "3"),
        Recipient(RecipientKind.DEPARTMENT, "4"),
        Recipient(RecipientKind.ALL),
    )
    assert "|".join(map(str, read)) == "user:7|userid:Zhang.San|tag:3|department:4|all"


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " ",
            "|",
            "user",
            "user:",
            "user:x",
            "user:-1",
            "user:1.5",
            "user:١",
            "all:1",
            "all:",
        ),
        *("nobody:1", "user:1|", "user:1||user:2", "user:" + "9" * 19, "userid:" + "x" * 256, None),
        *(7, "USER:1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_may_be_written(written: object) -> None:
    with pytest.raises(UsageError) as caught:
        read_recipients(written)
    assert "user:ID" in caught.value.hint


# --- batches -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class To:
    external_id: str
    number: int


due = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 6).map(lambda at: f"P{at}")), max_size=60
)


@given(due)
def test_everybody_is_in_one_call_and_nobody_twice_in_any(wanted: list[tuple[str, str]]) -> None:
    addressed = [(content, To(name, at)) for at, (content, name) in enumerate(wanted)]
    made = batches(addressed)
    assert sorted(one.number for _, people in made for one in people) == list(range(len(wanted)))
    for content, people in made:
        assert len({one.external_id.lower() for one in people}) == len(people)
        assert all(wanted[one.number][0] == content for one in people)


@given(due)
def test_there_are_as_few_calls_as_somebodys_messages_of_one_content(
    wanted: list[tuple[str, str]],
) -> None:
    made = batches((content, To(name, at)) for at, (content, name) in enumerate(wanted))
    for content in "abc":
        names = [name for one, name in wanted if one == content]
        most = max((names.count(name) for name in names), default=0)
        assert sum(one == content for one, _ in made) == most


def test_a_call_has_a_thousand_people_at_most() -> None:
    made = batches(("x", To(f"p{at}", at)) for at in range(2 * PEOPLE + 1))
    assert [len(people) for _, people in made] == [PEOPLE, PEOPLE, 1]


def test_halves_are_all_of_it() -> None:
    assert halves([1, 2, 3]) == ([1, 2], [3])
    assert halves([1, 2]) == ([1], [2])


# --- waits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "interval", "expected"),
    [
        (1, None, 10),
        (3, None, 300),
        (4, None, None),
        (1, 90, 90),
        (4, 90, None),
        (1, -1, None),
        (2, 0, 0),
    ],
)
def test_the_list_of_waits_is_followed_to_its_end(
    attempts: int, interval: int | None, expected: int | None
) -> None:
    wait = next_wait(WAITS, attempts, 0.0, interval)
    assert wait == (None if expected is None else timedelta(seconds=expected))


def test_chance_lengthens_a_wait_and_never_shortens_it() -> None:
    assert next_wait(WAITS, 1, 1.0) == timedelta(seconds=12)


@given(st.integers(1, 50), st.floats(0, 1), st.integers(0, 20_000))
def test_a_repetition_is_never_later_than_wecom_would_take_it_for_the_same(
    attempts: int, chance: float, seconds: int
) -> None:
    now = NOW + timedelta(seconds=seconds)
    at = next_repetition(WAITS, attempts, chance, first_sent_at=NOW, window=10_800, now=now)
    last = NOW + timedelta(seconds=10_800) - MARGIN
    assert last_repetition(NOW, 10_800) == last
    assert (at is None) == (now > last)
    assert at is None or now <= at <= last


def test_a_probe_is_sent_ever_more_rarely() -> None:
    rate = [stop_for(failures=at, is_rate=True).total_seconds() for at in (1, 2, 3, 7, 99)]
    assert rate == [60, 120, 240, 3600, 3600]
    wrong = [stop_for(failures=at, is_rate=False).total_seconds() for at in (1, 2, 4, 5, 99)]
    assert wrong == [30, 60, 240, 300, 300]


@pytest.mark.parametrize(
    ("minute", "people", "begins"),
    [(0, 1001, "05:01:30"), (30, 5000, "05:31:30"), (1, 5000, "now"), (30, 1000, "now")],
)
def test_a_broadcast_keeps_off_the_busiest_minutes(minute: int, people: int, begins: str) -> None:
    now = NOW.replace(minute=minute)
    at = first_attempt(now, people, 0.5)
    assert (f"{at:%H:%M:%S}" if at != now else "now") == begins


# --- limits ------------------------------------------------------------------------------------


def test_a_member_gets_what_is_left_of_a_minute_and_the_rest_soon() -> None:
    room = Room(100, {"a": Had(PER_MINUTE - 1, 50)}, NOW)
    assert room.admit("a") is None
    assert room.admit("a") == NOW + timedelta(seconds=10)
    assert room.admit("b") is None
    assert room.today == 98


def test_an_hour_outranks_a_minute_and_a_day_ends_both() -> None:
    room = Room(1, {"a": Had(0, PER_HOUR)}, NOW)
    assert room.admit("a") == NOW + timedelta(minutes=1)
    assert room.admit("b") is None
    assert room.admit("b") == datetime(2026, 3, 4, 16, 1, tzinfo=UTC)


def test_a_day_is_one_of_beijing() -> None:
    assert day_of(datetime(2026, 3, 4, 15, 59, tzinfo=UTC)) == "2026-03-04"
    assert day_of(datetime(2026, 3, 4, 16, 0, tzinfo=UTC)) == "2026-03-05"
    assert day_of(next_day(NOW)) == "2026-03-05"


# --- verdicts ----------------------------------------------------------------------------------

ACCEPTED, LOST = Attempt(None, msgid="m"), Attempt(None, may_have_arrived=True)
D, V = Disposition, Verdict


def refused(follows: Disposition, code: int = 1) -> Attempt:
    return Attempt(follows, code=code)


@pytest.mark.parametrize(
    ("attempt", "clear", "in_doubt"),
    [
        (ACCEPTED, V.DELIVERED, V.DELIVERED),
        (LOST, V.UNKNOWN, V.UNKNOWN),
        (refused(D.MESSAGE), V.DEAD, V.DEAD),
        (refused(D.SPLIT), V.SPLIT, V.SPLIT),
        (refused(D.MEDIA), V.REMADE, V.UNKNOWN),
        (refused(D.RETRY), V.AGAIN, V.UNKNOWN),
        (refused(D.SLOW_DOWN), V.WAITS, V.UNKNOWN),
        (refused(D.CONFIGURATION), V.WAITS, V.UNKNOWN),
    ],
)
def test_what_becomes_of_a_call_is_in_the_table(
    attempt: Attempt, clear: Verdict, in_doubt: Verdict
) -> None:
    for doubt, expected in ((False, clear), (True, in_doubt)):
        found = judge(attempt, in_doubt=doubt, people=2, has_files=True, was_remade=False)
        assert found is expected


@pytest.mark.parametrize(("has_files", "was_remade"), [(False, False), (True, True)])
def test_a_file_is_uploaded_anew_once_and_only_where_it_lies_here(
    *, has_files: bool, was_remade: bool
) -> None:
    found = judge(
        refused(D.MEDIA), in_doubt=False, people=1, has_files=has_files, was_remade=was_remade
    )
    assert found is V.DEAD


def test_nobody_is_split() -> None:
    found = judge(refused(D.SPLIT), in_doubt=False, people=1, has_files=False, was_remade=False)
    assert found is V.DEAD


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (Attempt(D.SPLIT, code=81013), Reason.NOT_VISIBLE),
        (Attempt(None, invalid=frozenset({"a"})), Reason.NOT_VISIBLE),
        (Attempt(None, unlicensed=frozenset({"a"})), Reason.UNLICENSED),
        (Attempt(D.SPLIT, code=701099), Reason.UNLICENSED),
        (Attempt(D.MESSAGE, code=40201), Reason.REFUSED),
        (Attempt(D.MEDIA, code=40007), Reason.MEDIA),
    ],
)
def test_a_dead_letter_says_why(attempt: Attempt, reason: Reason) -> None:
    assert why_dead(attempt, "A") is reason


def test_what_stops_a_channel_and_what_opens_it() -> None:
    assert [one for one in D if stops_channel(refused(one))] == [D.SLOW_DOWN, D.CONFIGURATION]
    assert [one for one in D if opens_channel(refused(one))] == [D.SPLIT, D.MESSAGE, D.MEDIA]
    assert opens_channel(ACCEPTED)
    assert not opens_channel(LOST)
    assert not opens_channel(Attempt(D.RETRY))


S, M = DeliveryStatus, MessageStatus


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({S.DELIVERED: 3}, M.DONE),
        ({S.DELIVERED: 3, S.CANCELLED: 1}, M.DONE),
        ({S.DELIVERED: 3, S.DEAD: 1}, M.PARTIAL),
        ({S.DELIVERED: 3, S.EXPIRED: 1}, M.PARTIAL),
        ({S.DEAD: 1, S.EXPIRED: 1, S.CANCELLED: 1}, M.DEAD),
        ({S.EXPIRED: 1, S.CANCELLED: 1}, M.EXPIRED),
        ({S.CANCELLED: 1}, M.CANCELLED),
        ({}, M.DEAD),
        ({S.DELIVERED: 3, S.PENDING: 1}, None),
        ({S.DELIVERED: 3, S.CLAIMED: 1}, None),
        ({S.DELIVERED: 3, S.CLAIMED: 0}, M.DONE),
    ],
)
def test_how_a_message_ends(counts: dict[S, int], expected: M | None) -> None:
    assert ending(counts) is expected
