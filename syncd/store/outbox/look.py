"""What people ask of the outbox: what waits, what became of a message, what went wrong."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from syncd.model.message import CallStatus, DeliveryStatus, MessageStatus, Reason
from syncd.store.outbox.raw import as_written, readable
from syncd.store.schema import call, channel, delivery, message, quota, user
from syncd.store.sql import Tuple, fetch, fetch_in
from syncd.store.types import read_time

#: Messages and deliveries that are not over.
OPEN_MESSAGES: Final = (MessageStatus.QUEUED.value, MessageStatus.SENDING.value)
OPEN_DELIVERIES: Final = (DeliveryStatus.PENDING.value, DeliveryStatus.CLAIMED.value)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is in the outbox; an application may have written anything."""

    id: int
    recipient: str
    msgtype: str
    #: What the application wrote: a JSON value, or text that is none.
    content: Any
    source: str | None
    dedupe_key: str | None
    priority: int
    not_before: datetime | None
    expires_at: datetime | None
    status: str
    created_at: datetime | None
    finished_at: datetime | None
    people: int | None
    reason: str | None
    error: str | None
    approved_at: datetime | None
    #: Status → how many deliveries.
    deliveries: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """One recipient of a message, and what became of it."""

    id: int
    user_id: int | None
    name: str | None
    userid: str | None
    external_id: str | None
    #: As the message names whom it does not find.
    recipient: str | None
    status: str
    reason: str | None
    attempts: int
    next_attempt_at: datetime | None
    last_error_code: int | None
    last_error: str | None
    delivered_at: datetime | None
    call_id: int | None


@dataclass(frozen=True, slots=True)
class StoredCall:
    """One request to WeCom with deliveries of a message in it."""

    id: int
    source: str
    status: str
    attempts: int
    first_sent_at: datetime
    repeat_at: datetime | None
    settled_at: datetime | None
    msgid: str | None
    response_code: str | None
    error_code: int | None
    error: str | None
    recalled_at: datetime | None
    host: str | None
    pid: int | None
    #: How many deliveries of the message are in it.
    people: int
    #: The other messages that went out with it.
    shared_with: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sought:
    """Which messages are to be listed; what is empty sorts nothing out."""

    statuses: Collection[str] = ()
    created_before: datetime | None = None
    #: A word of `Reason`, of the message or of one of its deliveries.
    reason: str | None = None
    #: A part of an error's text, or WeCom's code.
    error: str | None = None
    user_id: int | None = None
    limit: int = 20


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


#: The spans that `Statistics.delivered_within` counts, in seconds.
SPANS: Final = (60, 3600, 86_400)


def _moment(value: Any) -> datetime | None:
    """Return a moment that an application may have written: in SQLite, anything."""
    try:
        return None if value is None else read_time(value)
    except (OverflowError, TypeError, ValueError):
        return None


def _content(value: Any) -> Any:
    try:
        return orjson.loads(value)
    except (TypeError, ValueError):
        return value.decode(errors="replace") if isinstance(value, bytes) else value


_MESSAGE: Final = (
    message.c.id,
    message.c.recipient,
    message.c.msgtype,
    message.c.content,
    message.c.source,
    message.c.dedupe_key,
    message.c.priority,
    message.c.not_before,
    message.c.expires_at,
    message.c.status,
    message.c.created_at,
    message.c.finished_at,
    message.c.people,
    message.c.reason,
    message.c.error,
    message.c.approved_at,
)


def _written(connection: Connection) -> Iterator[ColumnElement[Any]]:
    return (as_written(connection, one) for one in _MESSAGE)


def _message(row: Tuple, deliveries: Mapping[str, int]) -> StoredMessage:
    (key, recipient, msgtype, _, source, dedupe, priority, *rest) = map(readable, row)
    content = row[3]
    (not_before, expires, status, created, finished, people, reason, error, approved) = rest
    return StoredMessage(
        id=key,
        recipient=str(recipient),
        msgtype=str(msgtype),
        content=_content(content),
        source=source,
        dedupe_key=dedupe,
        priority=priority or 0,
        not_before=_moment(not_before),
        expires_at=_moment(expires),
        status=status,
        created_at=_moment(created),
        finished_at=_moment(finished),
        people=people,
        reason=reason,
        error=error,
        approved_at=_moment(approved),
        deliveries=deliveries,
    )


def find_messages(connection: Connection, sought: Sought) -> list[StoredMessage]:
    """Return the messages that are sought, the newest first."""
    query = select(*_written(connection)).where(*_conditions(sought))
    rows = list(fetch(connection, query.order_by(message.c.id.desc()).limit(sought.limit)))
    counts = _counts(connection, [row[0] for row in rows])
    return [_message(row, counts.get(row[0], {})) for row in rows]


def read_message(connection: Connection, message_id: int) -> StoredMessage | None:
    """Return one message, None where there is none of this id."""
    row = next(
        fetch(connection, select(*_written(connection)).where(message.c.id == message_id)), None
    )
    if row is None:
        return None
    return _message(row, _counts(connection, [message_id]).get(message_id, {}))


def _conditions(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.statuses:
        yield message.c.status.in_(list(sought.statuses))
    if sought.created_before is not None:
        yield message.c.created_at < sought.created_before
    if sought.reason is not None:
        yield or_(
            message.c.reason == sought.reason,
            message.c.id.in_(_messages_of(delivery.c.reason == sought.reason)),
        )
    if sought.error is not None:
        yield or_(
            func.lower(message.c.error).contains(sought.error.lower(), autoescape=True),
            message.c.id.in_(_messages_of(_has_error(sought.error))),
        )
    if sought.user_id is not None:
        yield message.c.id.in_(_messages_of(delivery.c.user_id == sought.user_id))


def _messages_of(condition: ColumnElement[bool]) -> Select[tuple[int]]:
    return select(delivery.c.message_id).where(condition)


def _has_error(words: str) -> ColumnElement[bool]:
    said = func.lower(delivery.c.last_error).contains(words.lower(), autoescape=True)
    return or_(said, cast(delivery.c.last_error_code, String(16)) == words)


def _counts(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    query = select(delivery.c.message_id, delivery.c.status, func.count()).group_by(
        delivery.c.message_id, delivery.c.status
    )
    counts: dict[int, dict[str, int]] = {}
    for message_id, status, number in fetch_in(connection, query, delivery.c.message_id, ids):
        counts.setdefault(message_id, {})[status] = number
    return counts


def read_deliveries(
    connection: Connection, message_id: int, limit: int | None = None
) -> list[StoredDelivery]:
    """Return a message's deliveries: those that did not arrive first, then in their order."""
    query = (
        select(
            delivery.c.id,
            delivery.c.user_id,
            user.c.name,
            user.c.userid,
            delivery.c.external_id,
            delivery.c.recipient,
            delivery.c.status,
            delivery.c.reason,
            delivery.c.attempts,
            delivery.c.next_attempt_at,
            delivery.c.last_error_code,
            delivery.c.last_error,
            delivery.c.delivered_at,
            delivery.c.call_id,
        )
        .select_from(delivery)
        .join(user, user.c.id == delivery.c.user_id, isouter=True)
        .where(delivery.c.message_id == message_id)
        .order_by(case((delivery.c.status == "delivered", 1), else_=0), delivery.c.id)
        .limit(limit)
    )
    return [_delivery(row) for row in fetch(connection, query)]


def _delivery(row: Tuple) -> StoredDelivery:
    key, user_id, name, userid, external_id, recipient, status, reason, attempts, *rest = row
    next_attempt, code, error, delivered, call_id = rest
    return StoredDelivery(
        id=key,
        user_id=user_id,
        name=name,
        userid=userid,
        external_id=external_id,
        recipient=recipient,
        status=status,
        reason=reason,
        attempts=attempts,
        next_attempt_at=_moment(next_attempt),
        last_error_code=code,
        last_error=error,
        delivered_at=_moment(delivered),
        call_id=call_id,
    )


def read_calls(connection: Connection, message_id: int) -> list[StoredCall]:
    """Return the calls that deliveries of a message are in, in their order."""
    mine = delivery.alias()
    query = (
        select(
            call.c.id,
            call.c.source,
            call.c.status,
            call.c.attempts,
            call.c.first_sent_at,
            call.c.repeat_at,
            call.c.settled_at,
            call.c.msgid,
            call.c.response_code,
            call.c.error_code,
            call.c.error,
            call.c.recalled_at,
            call.c.host,
            call.c.pid,
            func.count(),
        )
        .join(mine, mine.c.call_id == call.c.id)
        .where(mine.c.message_id == message_id)
        .group_by(call.c.id)
        .order_by(call.c.id)
    )
    rows = list(fetch(connection, query))
    sharing = _sharing(connection, [row[0] for row in rows], message_id)
    return [_call(row, tuple(sorted(sharing.get(row[0], ())))) for row in rows]


def _call(row: Tuple, shared_with: tuple[int, ...]) -> StoredCall:
    key, source, status, attempts, first_sent, repeat, settled, *rest = row
    msgid, response_code, error_code, error, recalled, host, pid, people = rest
    return StoredCall(
        id=key,
        source=source,
        status=status,
        attempts=attempts,
        first_sent_at=read_time(first_sent),
        repeat_at=_moment(repeat),
        settled_at=_moment(settled),
        msgid=msgid,
        response_code=response_code,
        error_code=error_code,
        error=error,
        recalled_at=_moment(recalled),
        host=host,
        pid=pid,
        people=people,
        shared_with=shared_with,
    )


def _sharing(connection: Connection, calls: Sequence[int], message_id: int) -> dict[int, set[int]]:
    query = (
        select(delivery.c.call_id, delivery.c.message_id)
        .where(delivery.c.message_id != message_id)
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for key, other in fetch_in(connection, query, delivery.c.call_id, calls):
        found.setdefault(key, set()).add(other)
    return found


# --- how the outbox stands -----------------------------------------------------------------------


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
    return _moment(next(fetch(connection, query))[0])


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
