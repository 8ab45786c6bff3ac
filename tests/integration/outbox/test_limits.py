"""WeCom's limits: what is over them waits here, and is not thrown at WeCom to be dropped."""

from datetime import timedelta

from syncd.model.message import Disposition
from syncd.outbox.limits import PER_HOUR, PER_MINUTE
from syncd.store.outbox.values import Tag
from syncd.store.schema import delivery
from syncd.store.sql import insert_many
from tests.integration.outbox.office import Office, refused


def most_within(office: Office, person: str, span: timedelta) -> int:
    """Return how many messages somebody got at most within any time of that length."""
    moments = sorted(at for one, at in office.wecom.shown if one == person)
    return max(sum(begin <= at < begin + span for at in moments) for begin in moments)


def test_no_member_gets_more_than_wecom_shows_in_a_minute_and_nothing_is_lost(
    office: Office,
) -> None:
    office.hire("a", "b")
    for at in range(100):
        office.queue("user:1", {"content": f"{at}"})
    office.queue("user:2")
    office.drain()
    assert (office.wecom.got("a"), office.wecom.got("b")) == (PER_MINUTE, 1)
    for _ in range(60):
        office.wait_and_drain(seconds=10)
    assert office.wecom.got("a") == 100
    assert most_within(office, "a", timedelta(minutes=1)) <= 30
    assert {one["attempts"] for one in office.deliveries()} == {1}


def test_no_member_gets_more_than_wecom_shows_in_an_hour(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1", status="done")
    half_an_hour_ago = office.clock.now - timedelta(minutes=30)
    moment = half_an_hour_ago.strftime("%Y-%m-%d %H:%M:%S.%f")
    same = {"message_id": key, "source": "wecom", "status": "delivered", "claimed_at": moment}
    with office.open().write_beside() as connection:  # no user's, so that one message may have many
        rows = [("a", moment)] * (PER_HOUR - 5)
        insert_many(connection, delivery, ("external_id", "delivered_at"), rows, same=same)
    office.wecom.tags = {1: Tag(frozenset({"a"}), frozenset())}
    office.database.execute("DELETE FROM directory_link")
    for at in range(10):
        office.queue("tag:1", {"content": f"{at}"})
    office.drain()
    assert office.wecom.got("a") == 5
    office.wait_and_drain(minutes=29)
    assert office.wecom.got("a") == 5
    office.wait_and_drain(minutes=2)
    assert office.wecom.got("a") == 10


def test_people_who_are_no_users_of_ours_have_the_same_limit(office: Office) -> None:
    office.wecom.tags = {1: Tag(frozenset({"stranger"}), frozenset())}
    for at in range(40):
        office.queue("tag:1", {"content": f"{at}"})
    office.drain()
    assert office.wecom.got("stranger") == PER_MINUTE


def test_a_day_has_a_limit_and_the_next_one_begins_at_midnight_in_beijing(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(30)))
    engine = office.engine(daily_limit=50)
    for text in ("one", "two"):
        office.queue("all", {"content": text})
        engine.drain()
    assert sum(office.wecom.ledger.values()) == 50
    day = "SELECT day, people FROM outbox_quota"
    assert office.rows(day) == [("2026-03-04", 50)]
    office.clock.now = office.clock.now.replace(hour=15, minute=59)
    assert engine.drain().sent == 0
    office.clock.now = office.clock.now.replace(hour=16, minute=2)
    engine.drain()
    assert sum(office.wecom.ledger.values()) == 60
    assert sorted(office.rows(day)) == [("2026-03-04", 50), ("2026-03-05", 10)]


def test_what_wecom_refused_does_not_count(office: Office) -> None:
    office.hire("a", "b")
    given = [refused(-1, Disposition.RETRY)]
    office.wecom.answer = lambda _: given.pop() if given else None
    office.queue("all")
    office.drain(daily_limit=3)
    office.clock.advance(seconds=10)
    office.drain(daily_limit=3)
    assert office.rows("SELECT people FROM outbox_quota") == [(2,)]
    assert sum(office.wecom.ledger.values()) == 2


def test_a_busy_day_at_wecoms_limits_meets_none_of_them(office: Office) -> None:
    """Everybody gets messages all the day, more than the day allows; WeCom counts and refuses none."""
    people, limit = 20, 600
    office.hire(*(f"p{at}" for at in range(people)))
    engine = office.engine(daily_limit=limit)
    begin = office.clock.now = office.clock.now.replace(hour=16, minute=0, second=30)
    days: dict[str, int] = {}
    for step in range(24 * 6):
        if step % 3 == 0:
            office.queue("all", {"content": f"{step}"})
        engine.drain()
        office.clock.advance(minutes=10)
    for _, at in office.wecom.shown:
        day = (at + timedelta(hours=8)).date().isoformat()
        days[day] = days.get(day, 0) + 1
    assert office.clock.now - begin == timedelta(days=1)
    assert max(days.values()) <= limit
    assert sum(days.values()) >= limit
    assert all(most_within(office, f"p{at}", timedelta(minutes=1)) <= 30 for at in range(people))
