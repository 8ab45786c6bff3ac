"""What waits beyond its time ends, whatever it waits for: a closed channel, a pause, a retry."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, or_, select, update

from syncd.model.message import DeliveryStatus, MessageStatus, Reason
from syncd.store.outbox.ending import Endings
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.moment import at_latest, by_status
from syncd.store.outbox.raw import as_written, readable
from syncd.store.outbox.telling import Outcomes
from syncd.store.outbox.values import Item, Rules, Tally
from syncd.store.schema import delivery, message
from syncd.store.sql import fetch
from syncd.store.types import write_time

#: Rows that one transaction ends.
_TOGETHER: Final = 2000


def sweep(
    connection: Connection, rules: Rules, now: datetime, outcomes: Outcomes, tally: Tally
) -> None:
    """End pending deliveries, and queued messages, that are too old."""
    _make_due(connection, now)
    _end_queued(connection, rules, now, outcomes, tally)
    by_source: defaultdict[str, list[Item]] = defaultdict(list)
    rows = list(fetch(connection, _late(connection, rules, now)))
    for key, message_id, user_id, external_id, attempts, source in rows:
        item = Item(
            key, message_id, user_id, external_id or "", attempts, is_alone=False, last_code=None
        )
        by_source[source or ""].append(item)
    for source, items in sorted(by_source.items()):
        endings = Endings(connection, source, now, outcomes, tally)
        for item in items:
            endings.add(item, DeliveryStatus.EXPIRED, Reason.TOO_OLD)
        endings.write()
        endings.finish()
    tally.more = len(rows) == _TOGETHER


def _late(connection: Connection, rules: Rules, now: datetime) -> Select[Any]:
    c = delivery.c
    columns = (c.id, c.message_id, c.user_id, c.external_id, c.attempts, c.source)
    query = (
        select(*columns)
        .join(message, message.c.id == c.message_id)
        .where(c.status == DeliveryStatus.PENDING.value, _is_late(connection, rules, now))
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True, of=delivery)
    )
    return by_status(query, delivery)


def _is_late(connection: Connection, rules: Rules, now: datetime) -> Any:
    c = message.c
    oldest = now - rules.max_age
    since = case((c.approved_at > c.created_at, c.approved_at), else_=c.created_at)
    return or_(
        and_(c.expires_at.is_not(None), at_latest(connection, c.expires_at, now)),
        since <= oldest,
    )


def _end_queued(
    connection: Connection, rules: Rules, now: datetime, outcomes: Outcomes, tally: Tally
) -> None:
    """End messages that nobody looked at in time: held for approval, or of a source that waits.

    One that is to go out later than `max_age` after it was queued is not too old before that.
    """
    c = message.c
    started = or_(c.not_before.is_(None), at_latest(connection, c.not_before, now))
    query = (
        select(c.id, as_written(connection, c.source))
        .where(c.status == MessageStatus.QUEUED.value, started, _is_late(connection, rules, now))
        .limit(_TOGETHER)
        .with_for_update(skip_locked=True)
    )
    rows = list(fetch(connection, by_status(query, message)))
    same = {
        "status": quoted(MessageStatus.EXPIRED.value),
        "reason": quoted(Reason.TOO_OLD.value),
        "finished_at": quoted(write_time(now)),
    }
    update_each(connection, message, (), [(key,) for key, _ in rows], same=same)
    tally.messages += len(rows)
    for key, source in rows:
        told = {
            "message_id": key,
            "source": readable(source),
            "status": MessageStatus.EXPIRED.value,
        }
        outcomes.event("message_ended", {**told, "reason": Reason.TOO_OLD.value})


def _make_due(connection: Connection, now: datetime) -> None:
    """Let what another hand has made pending without a time be found by its index."""
    c = delivery.c
    waits = (c.status == DeliveryStatus.PENDING.value, c.next_attempt_at.is_(None))
    connection.execute(update(delivery).where(*waits).values(next_attempt_at=now))
