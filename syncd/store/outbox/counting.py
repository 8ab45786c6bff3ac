"""How the outbox stands, in numbers: what waits, since when, what is dead, how much goes out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from syncd.model.message import CallStatus, DeliveryStatus, MessageStatus, Reason
from syncd.store.outbox.look import read_moment
from syncd.store.schema import call, channel, delivery, message, quota
from syncd.store.sql import fetch
from syncd.store.types import read_time

#: Messages and deliveries that are not over.
OPEN_MESSAGES: Final = (MessageStatus.QUEUED.value, MessageStatus.SENDING.value)
OPEN_DELIVERIES: Final = (DeliveryStatus.PENDING.value, DeliveryStatus.CLAIMED.value)
_DAY: Final = timedelta(days=1)
#: The spans that `Statistics.delivered_within` counts, in seconds.
SPANS: Final = (60, 3600, 86_400)


@dataclass(frozen=True, slots=True)
class StoppedChannel:
    """A source whose messages wait because WeCom lets none through."""

    source: str
    reason: str
    stopped_at: datetime
    probe_at: datetime
    error_code: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Depth:
    """How the outbox stands, in the numbers that are quick to have."""

    #: Messages that nobody has looked at yet.
    queued: int
    #: Of these, how many wait for a person, and how many for their time.
    needs_approval: int
    not_before: int
    #: Deliveries that are due, or will be.
    pending: int
    #: Deliveries in a call that is being made.
    claimed: int
    #: When the oldest was queued of all that may go out now.
    oldest_waiting_at: datetime | None
    #: Deliveries, and messages that never came to have any, given up in the last day.
    dead_of_day: int
    stopped: tuple[StoppedChannel, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """All that is counted of the outbox."""

    depth: Depth
    #: Status → how many.
    messages: Mapping[str, int]
    deliveries: Mapping[str, int]
    #: Seconds → how many deliveries WeCom took within them.
    delivered_within: Mapping[int, int]
    #: Reason → how many are dead; messages without a delivery too.
    dead: Mapping[str, int]
    #: Calls whose outcome is not known, and which are repeated.
    unknown_calls: int
    #: Source → to how many people it sent today, by Beijing's calendar.
    today: Mapping[str, int]


def read_depth(connection: Connection, now: datetime) -> Depth:
    """Return how the outbox stands."""
    queued = and_(message.c.status == MessageStatus.QUEUED.value)
    asks = and_(message.c.reason == Reason.NEEDS_APPROVAL.value, message.c.approved_at.is_(None))
    later = and_(message.c.not_before > now, message.c.not_before.is_not(None))
    counted = select(
        func.count(),
        func.coalesce(func.sum(case((asks, 1), else_=0)), 0),
        func.coalesce(func.sum(case((later, 1), else_=0)), 0),
    ).where(queued)
    number, unapproved, early = next(fetch(connection, counted))
    open_ = _by_status(connection, delivery, OPEN_DELIVERIES)
    return Depth(
        queued=int(number),
        needs_approval=int(unapproved),
        not_before=int(early),
        pending=open_.get(DeliveryStatus.PENDING.value, 0),
        claimed=open_.get(DeliveryStatus.CLAIMED.value, 0),
        oldest_waiting_at=_oldest(connection, now),
        dead_of_day=_dead_of_day(connection, now - _DAY),
        stopped=read_stopped(connection),
    )


def _oldest(connection: Connection, now: datetime) -> datetime | None:
    asks = and_(message.c.reason == Reason.NEEDS_APPROVAL.value, message.c.approved_at.is_(None))
    query = select(func.min(message.c.created_at)).where(
        message.c.status.in_(OPEN_MESSAGES),
        or_(message.c.not_before.is_(None), message.c.not_before <= now),
        or_(message.c.reason.is_(None), ~asks),
    )
    return read_moment(next(fetch(connection, query))[0])


def _dead_of_day(connection: Connection, since: datetime) -> int:
    recent = or_(message.c.finished_at.is_(None), message.c.finished_at >= since)
    statuses = [MessageStatus.DEAD.value, MessageStatus.PARTIAL.value, MessageStatus.SENDING.value]
    among = select(message.c.id).where(message.c.status.in_(statuses), recent)
    deliveries = select(func.count()).where(
        delivery.c.status == DeliveryStatus.DEAD.value, delivery.c.message_id.in_(among)
    )
    whole = select(func.count()).where(
        message.c.status == MessageStatus.DEAD.value, recent, _has_no_delivery()
    )
    return int(next(fetch(connection, deliveries))[0]) + int(next(fetch(connection, whole))[0])


def _has_no_delivery() -> ColumnElement[bool]:
    return ~select(delivery.c.id).where(delivery.c.message_id == message.c.id).exists()


def _by_status(
    connection: Connection, table: Any, statuses: Collection[str] = ()
) -> dict[str, int]:
    query = select(table.c.status, func.count()).group_by(table.c.status)
    if statuses:
        query = query.where(table.c.status.in_(list(statuses)))
    return {status: int(number) for status, number in fetch(connection, query)}


def read_stopped(connection: Connection) -> tuple[StoppedChannel, ...]:
    """Return the channels that are stopped."""
    query = select(
        channel.c.source,
        channel.c.reason,
        channel.c.stopped_at,
        channel.c.probe_at,
        channel.c.error_code,
        channel.c.error,
    ).order_by(channel.c.source)
    return tuple(
        StoppedChannel(source, reason, read_time(stopped), read_time(probe), code, error)
        for source, reason, stopped, probe, code, error in fetch(connection, query)
    )


def read_statistics(connection: Connection, now: datetime, day: str) -> Statistics:
    """Return all that is counted of the outbox; `day` is today in Beijing, `YYYY-MM-DD`."""
    unknown = select(func.count()).where(call.c.status == CallStatus.UNKNOWN.value)
    sent = select(quota.c.source, quota.c.people).where(quota.c.day == day)
    return Statistics(
        depth=read_depth(connection, now),
        messages=_by_status(connection, message),
        deliveries=_by_status(connection, delivery),
        delivered_within=_delivered_within(connection, now),
        dead=_dead_by_reason(connection),
        unknown_calls=int(next(fetch(connection, unknown))[0]),
        today={source: int(people) for source, people in fetch(connection, sent)},
    )


def _delivered_within(connection: Connection, now: datetime) -> dict[int, int]:
    at = delivery.c.delivered_at
    spans = [
        func.coalesce(func.sum(case((at > now - timedelta(seconds=span), 1), else_=0)), 0)
        for span in SPANS
    ]
    query = select(*spans).where(at > now - timedelta(seconds=max(SPANS)))
    return dict(zip(SPANS, map(int, next(fetch(connection, query))), strict=True))


def _dead_by_reason(connection: Connection) -> dict[str, int]:
    found: dict[str, int] = {}
    of_deliveries = (
        select(delivery.c.reason, func.count())
        .where(delivery.c.status == DeliveryStatus.DEAD.value)
        .group_by(delivery.c.reason)
    )
    of_messages = (
        select(message.c.reason, func.count())
        .where(message.c.status == MessageStatus.DEAD.value, _has_no_delivery())
        .group_by(message.c.reason)
    )
    for query in (of_deliveries, of_messages):
        for reason, number in fetch(connection, query):
            found[reason or ""] = found.get(reason or "", 0) + int(number)
    return dict(sorted(found.items()))
