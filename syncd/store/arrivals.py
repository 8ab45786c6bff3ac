"""What the store knows of a message to somebody, for finding out why it did not arrive."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from syncd.model.arrival import (
    KnownDelivery,
    KnownMessage,
    KnownPerson,
    SentTo,
    Stopped,
)
from syncd.model.entry import Kind
from syncd.store.database import Database
from syncd.store.records import decode_user
from syncd.store.schema import call, channel, delivery, link, message, record
from syncd.store.types import read_time


class Arrivals:
    """Answers what became of messages to one person."""

    def __init__(self, database: Database) -> None:
        """Ask one database."""
        self._database = database

    def last_to(self, user_id: int, limit: int) -> list[SentTo]:
        """Return the last messages that were for somebody, the newest first."""
        query = (
            select(
                delivery.c.message_id,
                message.c.msgtype,
                delivery.c.status,
                delivery.c.reason,
                delivery.c.last_error,
                delivery.c.delivered_at,
            )
            .join(message, message.c.id == delivery.c.message_id)
            .where(delivery.c.user_id == user_id)
            .order_by(delivery.c.message_id.desc())
        )
        with self._database.read() as connection:
            return [SentTo(*row) for row in connection.execute(query.limit(limit))]

    def message(self, message_id: int) -> KnownMessage | None:
        """Return what is known of a message; None where there is none."""
        columns = (message.c.msgtype, message.c.status, message.c.reason, message.c.error)
        query = select(*columns, message.c.source).where(message.c.id == message_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else KnownMessage(message_id, *row)

    def delivery(self, message_id: int, user_id: int) -> KnownDelivery | None:
        """Return what is known of a message's delivery to somebody; None where there is none."""
        query = (
            select(delivery, call.c.recalled_at)
            .join(call, call.c.id == delivery.c.call_id, isouter=True)
            .where(delivery.c.message_id == message_id, delivery.c.user_id == user_id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else _delivery(connection, row)

    def person(self, user_id: int, source: str | None) -> KnownPerson:
        """Return what is known of somebody, as the source that sends knows them."""
        mine = (link.c.user_id == user_id, link.c.source == source)
        there = (
            select(record.c.external_id, record.c.read_at, record.c.data)
            .join(
                link,
                (link.c.source == record.c.source) & (link.c.external_id == record.c.external_id),
            )
            .where(*mine, record.c.kind == Kind.USER.value, record.c.gone_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(there.limit(1)).one_or_none()
        if row is None or source is None:
            return KnownPerson(None, is_linked=False)
        known = decode_user(source, row.external_id, read_time(row.read_at), row.data)
        state = known.state.value if known.state is not None else None
        return KnownPerson(state, is_linked=True)

    def external_id(self, user_id: int, source: str) -> str | None:
        """Return the id by which a source knows somebody, None where it does not."""
        query = select(link.c.external_id).where(link.c.user_id == user_id, link.c.source == source)
        with self._database.read() as connection:
            return connection.execute(query.order_by(link.c.id).limit(1)).scalar_one_or_none()

    def stopped(self, source: str) -> Stopped | None:
        """Return why nothing of a source is sent at present; None where it is."""
        query = select(channel).where(channel.c.source == source)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return (
            None if row is None else Stopped(row.reason, row.stopped_at, row.error_code, row.error)
        )


def _delivery(connection: Connection, row: Row[Any]) -> KnownDelivery:
    at = row.claimed_at or row.delivered_at
    return KnownDelivery(
        row.status,
        row.reason,
        row.source,
        row.external_id,
        row.attempts,
        row.next_attempt_at,
        row.claimed_at,
        row.delivered_at,
        row.last_error_code,
        row.last_error,
        row.recalled_at,
        _counted(connection, row, at, timedelta(minutes=1)),
        _counted(connection, row, at, timedelta(hours=1)),
    )


def _counted(connection: Connection, row: Row[Any], at: datetime | None, span: timedelta) -> int:
    """Return how many messages were sent to the person within a span, this one included."""
    if at is None:
        return 0
    query = select(func.count()).where(
        delivery.c.user_id == row.user_id,
        delivery.c.source == row.source,
        delivery.c.delivered_at.is_not(None),
        delivery.c.claimed_at > at - span,
        delivery.c.claimed_at <= at,
    )
    return connection.execute(query).scalar_one()
