"""What people ask of the outbox: what waits, what became of a message, what went wrong."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    case,
    cast,
    func,
    or_,
    select,
)

from syncd.store.outbox.raw import as_written, readable
from syncd.store.schema import call, delivery, message, user
from syncd.store.sql import Tuple, fetch, fetch_in
from syncd.store.types import read_time


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


def read_moment(value: Any) -> datetime | None:
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
        not_before=read_moment(not_before),
        expires_at=read_moment(expires),
        status=status,
        created_at=read_moment(created),
        finished_at=read_moment(finished),
        people=people,
        reason=reason,
        error=error,
        approved_at=read_moment(approved),
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
        next_attempt_at=read_moment(next_attempt),
        last_error_code=code,
        last_error=error,
        delivered_at=read_moment(delivered),
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
        repeat_at=read_moment(repeat),
        settled_at=read_moment(settled),
        msgid=msgid,
        response_code=response_code,
        error_code=error_code,
        error=error,
        recalled_at=read_moment(recalled),
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
