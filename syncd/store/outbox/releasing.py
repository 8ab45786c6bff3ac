"""Giving calls back that were surely not sent, when whoever has taken them ends."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, delete, select, update

from syncd.model.message import CallStatus, DeliveryStatus
from syncd.store.outbox import quotas
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.values import ClaimedCall
from syncd.store.schema import call, delivery
from syncd.store.types import write_time


def release(connection: Connection, calls: Sequence[ClaimedCall], now: datetime) -> None:
    """Give calls back that are still ours; no attempt counts. What was in doubt stays so."""
    ours = still_ours(connection, calls)
    fresh = [one for one in ours if not one.in_doubt]
    rows = [(item.id, item.attempts - 1) for one in fresh for item in one.items]
    pending = {
        "status": quoted(DeliveryStatus.PENDING.value),
        "call_id": "NULL",
        "next_attempt_at": quoted(write_time(now)),
    }
    update_each(connection, delivery, ("attempts",), rows, same=pending)
    connection.execute(delete(call).where(call.c.id.in_([one.id for one in fresh])))
    again = [one.id for one in ours if one.in_doubt]
    values = {"status": CallStatus.UNKNOWN.value, "repeat_at": now, "claimed_until": None}
    connection.execute(update(call).where(call.c.id.in_(again)).values(values))
    for source in sorted({one.source for one in fresh}):
        people = sum(len(one.items) for one in fresh if one.source == source)
        quotas.add_to_day(connection, source, now, -people)


def still_ours(connection: Connection, calls: Collection[ClaimedCall]) -> list[ClaimedCall]:
    """Lock and return the calls that nobody has taken over."""
    claimed = call.c.status == CallStatus.CLAIMED.value
    mine = and_(claimed, call.c.id.in_([one.id for one in calls]))
    query = select(call.c.id, call.c.token).where(mine).order_by(call.c.id).with_for_update()
    tokens = {row.id: row.token for row in connection.execute(query)}
    return [one for one in calls if tokens.get(one.id) == one.token]
