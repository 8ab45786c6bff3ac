"""Calls whose outcome nobody knows: repeated as they are, within WeCom's window, or given up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from syncd.model.message import CallStatus, DeliveryStatus, Reason
from syncd.outbox.waits import MARGIN, last_repetition
from syncd.store.holder import Holder
from syncd.store.outbox.calls import TERM, read_items
from syncd.store.outbox.ending import Endings, lock_shared
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.moment import by_status
from syncd.store.outbox.values import ClaimedCall, Tally
from syncd.store.schema import call
from syncd.store.sql import Tuple, fetch
from syncd.store.types import read_time, read_time_or_none, write_time

_COLUMNS: Final = (
    *(call.c.id, call.c.token, call.c.body, call.c.attempts, call.c.first_sent_at),
    call.c.duplicate_window,
)


@dataclass(frozen=True, slots=True)
class Reclaim:
    """One transaction that takes over calls of one source, whose day is locked."""

    connection: Connection
    source: str
    here: Holder
    now: datetime
    endings: Endings
    tally: Tally
    #: Calls of this process that are not settled: nobody has left them behind.
    flying: Collection[int] = ()

    def run(self, most: int, *, is_probe: bool, is_looking_behind: bool) -> None:
        """Take over at most so many calls, those that wait the longest first."""
        rows = self._taken(most, is_looking_behind=is_looking_behind)
        if not rows:
            return
        items = read_items(self.connection, [row[0] for row in rows])
        calls = [self._call(row, tuple(items[row[0]]), is_probe=is_probe) for row in rows]
        late = [one for one in calls if self._is_late(one)]
        self._give_up(late)
        self._take([one for one in calls if one not in late])

    def _is_late(self, one: ClaimedCall) -> bool:
        """Return whether WeCom may take a repetition for another message.

        Where the call lies ahead the clock was put back, and nobody knows how long ago it was.
        """
        is_ahead = one.first_sent_at > self.now + MARGIN
        return is_ahead or self.now > last_repetition(one.first_sent_at, one.window)

    def _taken(self, most: int, *, is_looking_behind: bool) -> list[Tuple]:
        """Lock and return what is to be repeated, and what somebody has left behind."""
        c = call.c
        due = select(*_COLUMNS).where(
            c.status == CallStatus.UNKNOWN.value,
            or_(c.repeat_at <= self.now, c.first_sent_at > self.now + MARGIN),
            c.source == self.source,
        )
        due = due.order_by(c.repeat_at).limit(most).with_for_update(skip_locked=True)
        rows = list(fetch(self.connection, by_status(due, call)))
        left = self._left_behind()[: most - len(rows)] if is_looking_behind else ()
        if left:
            query = select(*_COLUMNS).where(
                c.id.in_(left), c.status == CallStatus.CLAIMED.value, c.source == self.source
            )
            rows += fetch(self.connection, query.with_for_update(skip_locked=True))
        return rows

    def _left_behind(self) -> list[int]:
        """Return claimed calls whose process has ended, or has not been heard of for long."""
        c = call.c
        columns = (c.id, c.host, c.boot_id, c.pid, c.process_start, c.claimed_until)
        claimed = (c.status == CallStatus.CLAIMED.value, c.source == self.source)
        query = by_status(select(*columns).where(*claimed), call)
        known: dict[Holder, bool] = {self.here: False}
        found: list[int] = []
        for key, host, boot_id, pid, start, until in fetch(self.connection, query):
            holder = Holder(host or "", boot_id or "", pid or 0, start or "")
            if holder not in known:
                known[holder] = holder.is_gone(self.here)
            is_late = (read_time_or_none(until) or self.now) <= self.now
            if (known[holder] or is_late) and key not in self.flying:
                found.append(key)
        return sorted(found)

    def _call(self, row: Sequence[Any], items: tuple[Any, ...], *, is_probe: bool) -> ClaimedCall:
        key, token, body, attempts, first_sent_at, window = row
        return ClaimedCall(
            id=key,
            token=token + 1,
            source=self.source,
            body=bytes(body or b""),
            items=items,
            attempts=attempts + 1,
            first_sent_at=read_time(first_sent_at),
            window=window,
            in_doubt=True,
            is_probe=is_probe,
        )

    def _take(self, calls: Sequence[ClaimedCall]) -> None:
        here = self.here
        same = {
            "status": quoted(CallStatus.CLAIMED.value),
            "claimed_until": quoted(write_time(self.now + TERM)),
            "repeat_at": "NULL",
        }
        rows = [
            (one.id, one.token, one.attempts, here.host, here.boot_id, here.pid, here.process_start)
            for one in calls
        ]
        columns = ("token", "attempts", "host", "boot_id", "pid", "process_start")
        update_each(self.connection, call, columns, rows, same=same)
        self.tally.calls += calls

    def _give_up(self, calls: Sequence[ClaimedCall]) -> None:
        items = [(one.id, item) for one in calls for item in one.items]
        lock_shared(self.connection, {item.message_id for _, item in items})
        for call_id, item in items:
            self.endings.add(item, DeliveryStatus.DEAD, Reason.OUTCOME_UNKNOWN, call_id=call_id)
        same = {
            "status": quoted(CallStatus.GIVEN_UP.value),
            "body": "NULL",
            "repeat_at": "NULL",
            "settled_at": quoted(write_time(self.now)),
        }
        rows = [(one.id, one.token) for one in calls]
        update_each(self.connection, call, ("token",), rows, same=same)
