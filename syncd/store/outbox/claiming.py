"""Taking deliveries that are due: grouped into calls, and written down before they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import orjson
from sqlalchemy import Connection, func, select
from sqlalchemy.sql.elements import ColumnElement

from syncd.errors import SyncdError
from syncd.model.message import DeliveryStatus, Reason
from syncd.outbox.batches import PEOPLE, batches
from syncd.store.outbox import channels, quotas
from syncd.store.outbox.calls import Request, Writer
from syncd.store.outbox.ending import Endings
from syncd.store.outbox.many import update_each
from syncd.store.outbox.quotas import Due
from syncd.store.outbox.raw import unreadable
from syncd.store.outbox.reclaiming import Reclaim
from syncd.store.outbox.values import (
    Item,
    Lacking,
    Letter,
    Prepare,
    Rules,
    Tally,
    Unfit,
)
from syncd.store.schema import delivery, message
from syncd.store.sql import Tuple, fetch, fetch_in
from syncd.store.types import read_time_or_none, write_time

#: Deliveries that one transaction takes at most.
_MOST: Final = 10_000
#: Priorities that are looked at one by one; of an application that uses more, the rest together.
_LEVELS: Final = 16
#: When a delivery is looked at again whose files could not be uploaded.
_UPLOADING: Final = timedelta(seconds=30)


class _Content(NamedTuple):
    """What messages of one content have in common."""

    msgtype: str
    content: str


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message, as far as its deliveries depend on it."""

    content: _Content
    is_alone: bool
    #: Until when it may be sent.
    until: datetime
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """One transaction that takes what is due of one source."""

    connection: Connection
    rules: Rules
    source: str
    prepare: Prepare
    writer: Writer
    now: datetime
    endings: Endings
    tally: Tally
    #: Messages to people a day.
    daily_limit: int

    def run(self, calls: int, *, is_probe: bool, used: int) -> None:
        """Take at most so many calls; `used` is how many people had a message today."""
        rows = self._due(calls)
        if not rows:
            return
        sent = self._messages({row[1] for row in rows})
        letters = self._letters({one.content for one in sent.values()})
        items = self._fit(rows, sent, letters)
        admitted = list(self._admit(items, used))
        made = batches((sent[one.message_id].content, one) for one in admitted)[:calls]
        requests = [
            Request(self.source, _letter(letters[content]), tuple(people), is_probe)
            for content, people in made
        ]
        self._write(requests)
        people = sum(len(one.items) for one in requests)
        quotas.add_to_day(self.connection, self.source, self.now, people)

    def _write(self, requests: Sequence[Request]) -> None:
        self.tally.calls += self.writer.write(requests)

    # --- what is due ---------------------------------------------------------------------------

    def _due(self, calls: int) -> list[Tuple]:
        """Return deliveries that are due, and enough of them where many are of one message."""
        rows = self._pick(calls)
        if len(rows) == calls and len({row[1] for row in rows}) * 4 <= calls:
            rows = self._pick(min(calls * PEOPLE, _MOST))
        self.tally.more |= len(rows) >= calls
        return rows

    def _pick(self, most: int) -> list[Tuple]:
        c = delivery.c
        columns = (c.id, c.message_id, c.user_id, c.external_id, c.attempts, c.last_error_code)
        of_source = (c.status == DeliveryStatus.PENDING.value, c.source == self.source)
        rows: list[Tuple] = []
        for level in levels(self.connection, self.source):
            query = select(*columns).where(*of_source, level, c.next_attempt_at <= self.now)
            in_order = query.order_by(c.priority.desc(), c.next_attempt_at, c.id)
            query = in_order.limit(most - len(rows)).with_for_update(skip_locked=True)
            rows += fetch(self.connection, query)
            if len(rows) >= most:
                break
        return rows

    def _messages(self, ids: set[int]) -> dict[int, _Sent]:
        c = message.c
        columns = (
            *(c.id, c.msgtype, c.content, c.people, c.reason),
            *(c.expires_at, c.created_at, c.approved_at),
        )
        found: dict[int, _Sent] = {}
        for row in fetch_in(self.connection, select(*columns), c.id, ids):
            key, msgtype, content, people, reason, *times = row
            expires_at, created_at, approved_at = map(read_time_or_none, times)
            since = max(created_at or self.now, approved_at or created_at or self.now)
            # What an application dates far ahead is as old as anything else in the end.
            oldest = min(since, self.now) + self.rules.max_age
            until = min(oldest, expires_at or oldest)
            is_cancelled = reason == Reason.BY_HAND.value
            found[key] = _Sent(_Content(msgtype, content), people == 1, until, is_cancelled)
        return found

    def _letters(self, contents: set[_Content]) -> dict[_Content, Letter | Lacking | Unfit]:
        return {one: self._letter(one) for one in contents}

    def _letter(self, one: _Content) -> Letter | Lacking | Unfit:
        try:
            return self.prepare(self.source, one.msgtype, orjson.loads(one.content))
        except SyncdError as error:  # no content may stop the others
            return Unfit(Reason.BAD_CONTENT, error.message)
        except Exception as error:  # noqa: BLE001 - nor one that was changed since it was looked at
            return Unfit(Reason.BAD_CONTENT, unreadable(error))

    # --- who gets it now -----------------------------------------------------------------------

    def _fit(
        self,
        rows: Sequence[Tuple],
        sent: Mapping[int, _Sent],
        letters: Mapping[_Content, Letter | Lacking | Unfit],
    ) -> list[Item]:
        """Return what can be sent; end what is too old or unfit, and put off what lacks a file."""
        fit: list[Item] = []
        later: list[Tuple] = []
        for key, message_id, user_id, external_id, attempts, code in rows:
            of = sent[message_id]
            item = Item(
                key, message_id, user_id, external_id or "", attempts + 1, of.is_alone, code
            )
            letter = letters[of.content]
            if of.is_cancelled:
                self.endings.add(item, DeliveryStatus.CANCELLED, Reason.BY_HAND)
            elif of.until <= self.now:
                self.endings.add(item, DeliveryStatus.EXPIRED, Reason.TOO_OLD)
            elif isinstance(letter, Unfit):
                self.endings.add(item, DeliveryStatus.DEAD, letter.reason, error=letter.error)
            elif isinstance(letter, Lacking):
                # What only has to be uploaded is taken with the next claim.
                if letter.is_passing:
                    later.append((key, write_time(self.now + _UPLOADING)))
            elif not external_id or not letter.takes(external_id):
                self.endings.add(item, DeliveryStatus.DEAD, Reason.UNKNOWN_RECIPIENT)
            else:
                fit.append(item)
        self._put_off(later)
        return fit

    def _admit(self, items: Sequence[Item], used: int) -> Iterator[Item]:
        """Yield what WeCom's limits let through now, and put the rest off."""
        people = [Due(one.user_id, one.external_id) for one in items]
        left = self.daily_limit - used
        room = quotas.room(self.connection, self.source, people, today=left, now=self.now)
        later: list[Tuple] = []
        for one in items:
            when = room.admit(one.external_id)
            if when is None:
                yield one
            else:
                later.append((one.id, write_time(when)))
        self._put_off(later)

    def _put_off(self, rows: Sequence[Tuple]) -> None:
        update_each(self.connection, delivery, ("next_attempt_at",), rows)


def is_due(connection: Connection, source: str, now: datetime) -> bool:
    """Return whether any delivery of a source is due."""
    c = delivery.c
    for level in levels(connection, source):
        query = select(c.id).where(
            c.status == DeliveryStatus.PENDING.value,
            c.source == source,
            level,
            c.next_attempt_at <= now,
        )
        if connection.execute(query.limit(1)).first() is not None:
            return True
    return False


def levels(connection: Connection, source: str) -> Iterator[ColumnElement[bool]]:
    """Yield conditions for the priorities of what is pending, the highest first.

    Within one, the index gives what is due in its order, and nothing else is looked at.
    """
    c = delivery.c
    query = select(func.max(c.priority)).where(
        c.status == DeliveryStatus.PENDING.value, c.source == source
    )
    level = connection.execute(query).scalar_one()
    for _ in range(_LEVELS):
        if level is None:
            return
        yield c.priority == level
        level = connection.execute(query.where(c.priority < level)).scalar_one()
    if level is not None:
        yield c.priority <= level


def _letter(letter: Letter | Lacking | Unfit) -> Letter:
    if isinstance(letter, Lacking | Unfit):
        raise TypeError("only what can be sent is taken")
    return letter


@dataclass(frozen=True, slots=True)
class Work:
    """What is done for one source when calls are taken."""

    claim: Claim
    reclaim: Reclaim

    def run(self, calls: int, *, is_looking_behind: bool) -> None:
        """Take at most so many calls, those that are to be repeated first."""
        one, tally = self.claim, self.claim.tally
        used = quotas.lock_day(one.connection, one.source, one.now)
        opening = channels.read_opening(one.connection, one.source, one.now)
        if not (opening.is_open or opening.is_probe):
            return
        most = 1 if opening.is_probe else calls
        before = len(tally.calls)
        self.reclaim.run(most, is_probe=opening.is_probe, is_looking_behind=is_looking_behind)
        left = most - (len(tally.calls) - before)
        if left > 0:
            one.run(left, is_probe=opening.is_probe, used=used)
        if opening.is_probe and len(tally.calls) > before:
            channels.note_probe(one.connection, one.source, one.now)


def claim(works: Sequence[Work], calls: int, *, is_looking_behind: bool) -> None:
    """Take what is due of several sources, each with its share of the calls."""
    for at, one in enumerate(works):
        left = calls - len(one.claim.tally.calls)
        if left > 0:
            one.run(-(-left // (len(works) - at)), is_looking_behind=is_looking_behind)
