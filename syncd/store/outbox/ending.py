"""Deliveries that are over, and the messages that are over with them."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from syncd.model.message import DeliveryStatus, MessageStatus, Reason
from syncd.outbox.verdict import ending
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.telling import Outcomes
from syncd.store.outbox.values import Item, Tally
from syncd.store.schema import delivery, message
from syncd.store.sql import Tuple, chunks, fetch
from syncd.store.types import write_time


@dataclass(slots=True)
class Endings:
    """What ends in one transaction: collected, and written with few statements."""

    connection: Connection
    source: str
    now: datetime
    outcomes: Outcomes
    tally: Tally
    _dead: list[Tuple] = field(default_factory=list)
    _over: dict[int, DeliveryStatus] = field(default_factory=dict)
    _shared: set[int] = field(default_factory=set)

    def add(
        self,
        item: Item,
        status: DeliveryStatus,
        reason: Reason | None = None,
        *,
        code: int | None = None,
        error: str | None = None,
        call_id: int | None = None,
    ) -> None:
        """Note how a delivery ended."""
        if status is DeliveryStatus.DELIVERED:
            self.tally.delivered += 1
        else:
            word = reason.value if reason else None
            self._dead.append((item.id, status.value, word, code, error))
            self.tally.dead += status is DeliveryStatus.DEAD
        if item.is_alone:
            self._over[item.message_id] = status
        else:
            self._shared.add(item.message_id)
        self.outcomes.ended(
            message_id=item.message_id,
            user_id=item.user_id,
            external_id=item.external_id,
            source=self.source,
            status=status.value,
            reason=reason.value if reason else None,
            call_id=call_id,
            error_code=code,
        )

    def write(self) -> None:
        """Write what was noted, but deliveries that were delivered, which are written by call."""
        columns = ("status", "reason", "last_error_code", "last_error")
        same = {"next_attempt_at": "NULL"}
        update_each(self.connection, delivery, columns, self._dead, same=same)
        self._dead.clear()

    def finish(self) -> None:
        """Write how the messages ended of which nothing is open any more."""
        over = {key: ending({status: 1}) for key, status in self._over.items()}
        finish(self.connection, over, self.now)
        lock_shared(self.connection, self._shared)
        finish_shared(self.connection, self._shared, self.now)
        self._over.clear()
        self._shared.clear()


def lock_shared(connection: Connection, ids: Iterable[int]) -> None:
    """Lock messages of several deliveries, in one order: who ends the last of them must know."""
    for chunk in chunks(sorted(ids)):
        query = select(message.c.id).where(message.c.id.in_(chunk)).order_by(message.c.id)
        connection.execute(query.with_for_update())


def finish_shared(connection: Connection, ids: Collection[int], now: datetime) -> None:
    """Look at messages, which are locked, and write how those ended that are over."""
    counted: defaultdict[int, dict[DeliveryStatus, int]] = defaultdict(dict)
    c = delivery.c
    for chunk in chunks(sorted(ids)):
        query = select(c.message_id, c.status, func.count()).where(c.message_id.in_(chunk))
        for key, status, count in fetch(connection, query.group_by(c.message_id, c.status)):
            counted[key][DeliveryStatus(status)] = count
    finish(connection, {key: ending(counts) for key, counts in counted.items()}, now)


def finish(connection: Connection, over: dict[int, MessageStatus | None], now: datetime) -> None:
    """Write how messages ended; those with None go on."""
    by_status: defaultdict[MessageStatus, list[Tuple]] = defaultdict(list)
    for key, status in over.items():
        if status is not None:
            by_status[status].append((key,))
    for status, rows in by_status.items():
        same = {"status": quoted(status.value), "finished_at": quoted(write_time(now))}
        if status is not MessageStatus.CANCELLED:
            same["reason"] = "NULL"  # a person cancelled it too late
        update_each(connection, message, (), rows, same=same)
