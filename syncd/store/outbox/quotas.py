"""How much goes out from a source: on a day of Beijing, and to one member."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, and_, case, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from syncd.model.message import DeliveryStatus
from syncd.outbox.limits import HOUR, MINUTE, PER_ACCOUNT, Had, Room, day_of
from syncd.store.schema import delivery, link, quota, user
from syncd.store.sql import chunks

#: No limit is counted from fewer accounts: a directory that is not read yet has none.
_FEWEST: Final = 50


class Due(NamedTuple):
    """Whom a delivery is for."""

    user_id: int | None
    external_id: str


def lock_day(connection: Connection, source: str, now: datetime) -> int:
    """Lock the day of a source, and return how many people it has sent a message to.

    Whoever claims for a source holds this row: limits are counted, and bodies told apart, by one
    at a time.
    """
    of_day = _day(source, now)
    query = select(quota.c.people).where(of_day).with_for_update()
    people = connection.execute(query).scalar_one_or_none()
    if people is None:
        values = {"source": source, "day": day_of(now), "people": 0}
        connection.execute(_unless_there(connection).values(values))
        people = connection.execute(query).scalar_one()
    return int(people)


def _unless_there(connection: Connection) -> Any:
    # Each dialect is imported where it is used: it takes longer than many a command's own work.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see above

        return postgresql.insert(quota).on_conflict_do_nothing()
    return (
        insert(quota)
        .prefix_with("OR IGNORE", dialect="sqlite")
        .prefix_with("IGNORE", dialect="mysql")
    )


def add_to_day(connection: Connection, source: str, now: datetime, people: int) -> None:
    """Count people whom a message goes to, or fewer of them where it did not."""
    if people:
        values = {"people": quota.c.people + people}
        connection.execute(update(quota).where(_day(source, now)).values(values))


def _day(source: str, now: datetime) -> ColumnElement[bool]:
    return and_(quota.c.source == source, quota.c.day == day_of(now))


def count_accounts(connection: Connection, source: str) -> int:
    """Return how many active people are linked to a source."""
    query = (
        select(func.count())
        .select_from(link)
        .join(user, user.c.id == link.c.user_id)
        .where(link.c.source == source, user.c.status == "active")
    )
    return int(connection.execute(query).scalar_one())


def daily_limit(accounts: int) -> int:
    """Return how many people WeCom lets a message go to on a day."""
    return max(accounts, _FEWEST) * PER_ACCOUNT


def room(
    connection: Connection, source: str, people: Sequence[Due], *, today: int, now: datetime
) -> Room:
    """Return how much may still go out from a source to these people.

    What is on its way counts until it is settled, and then from that moment on: WeCom has taken
    it in between.
    """
    had: dict[str, Had] = {}
    ids = {one.user_id for one in people if one.user_id is not None}
    for chunk in chunks(ids):
        had |= _had(connection, source, delivery.c.user_id.in_(chunk), now)
    others = {one.external_id for one in people if one.user_id is None}
    for names in chunks(others):
        strangers = and_(delivery.c.user_id.is_(None), delivery.c.external_id.in_(names))
        had |= _had(connection, source, strangers, now)
    return Room(today, had, now)


def _had(
    connection: Connection, source: str, who: ColumnElement[bool], now: datetime
) -> Iterable[tuple[str, Had]]:
    c = delivery.c
    is_on_its_way = c.status == DeliveryStatus.CLAIMED.value
    is_recent = (c.status == DeliveryStatus.DELIVERED.value) & (c.delivered_at > now - MINUTE)
    query = (
        select(
            c.external_id,
            func.sum(case((is_on_its_way | is_recent, 1), else_=0)),
            func.count(),
        )
        .where(
            who,
            # An index leads here; what took longer than this from claim to settlement is rare.
            c.claimed_at > now - HOUR,
            c.source == source,
            # Not by the index on status: SQLite would rather read a million delivered rows there.
            func.coalesce(c.status, "").in_(
                [DeliveryStatus.CLAIMED.value, DeliveryStatus.DELIVERED.value]
            ),
        )
        .group_by(c.external_id)
    )
    return [(row[0], Had(int(row[1]), int(row[2]))) for row in connection.execute(query)]
