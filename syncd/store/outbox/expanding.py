"""From a message to its deliveries: whom it is for, each a row; what cannot be sent says why."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Select, and_, func, literal, not_, or_, select

from syncd.errors import UsageError
from syncd.model.message import (
    DeliveryStatus,
    MessageStatus,
    Reason,
    Recipient,
    RecipientKind,
)
from syncd.outbox.recipients import read_recipients
from syncd.outbox.verdict import ending
from syncd.outbox.waits import first_attempt
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.moment import at_latest, by_status
from syncd.store.outbox.raw import as_written, readable, unreadable
from syncd.store.outbox.resolving import Resolver, Target
from syncd.store.outbox.telling import Outcomes
from syncd.store.outbox.values import Check, Rules, Tags, Tally
from syncd.store.schema import delivery, message
from syncd.store.sql import Tuple, fetch, insert_many
from syncd.store.types import read_time_or_none, write_time
from syncd.text import text

#: Messages that one transaction looks at.
MESSAGES: Final = 1000
#: Tags that are left out by name while WeCom does not say who bears them.
_LEFT_OUT: Final = 200
#: Deliveries after which it makes no more of them.
DELIVERIES: Final = 20_000
_COLUMNS: Final = (
    "message_id",
    "user_id",
    "external_id",
    "status",
    "next_attempt_at",
    "source",
    "recipient",
    "priority",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that is due, as far as it could be read."""

    id: int
    source: str
    priority: int
    recipients: tuple[Recipient, ...]
    is_approved: bool

    def tags(self) -> Iterator[tuple[str, str]]:
        """Yield the tags that it is for."""
        for one in self.recipients:
            if one.kind is RecipientKind.TAG:
                yield self.source, one.name


@dataclass(frozen=True, slots=True)
class Ended:
    """A message of which nothing is sent, and why."""

    id: int
    source: str | None
    status: MessageStatus
    reason: Reason
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Expansion:
    """One transaction that makes deliveries."""

    connection: Connection
    rules: Rules
    tags: Tags
    check: Check
    chance: Callable[[], float]
    now: datetime
    outcomes: Outcomes
    tally: Tally
    #: Tags that WeCom was asked for in vain just now: their messages wait, and hold no other.
    silent: Collection[tuple[str, str]] = ()
    #: Rows of deliveries, and of messages by what they get.
    rows: list[Tuple] = field(default_factory=list)
    messages: defaultdict[tuple[str, str, bool], list[Tuple]] = field(
        default_factory=lambda: defaultdict(list)
    )
    held: list[Tuple] = field(default_factory=list)

    def run(self) -> None:
        """Make the deliveries of the messages that are due."""
        rows = list(fetch(self.connection, self._due()))
        good: defaultdict[str, list[Queued]] = defaultdict(list)
        ended: list[Ended] = []
        for row in rows:
            read = self._read_despite_all(row)
            if isinstance(read, Ended):
                ended.append(read)
            elif lacking := [one for one in read.tags() if one not in self.tags]:
                self.tally.lacking_tags.update(lacking)
            else:
                good[read.source].append(read)
        is_stuck = not good and not ended and self.tally.lacking_tags <= set(self.silent)
        self.tally.more = len(rows) == MESSAGES and not is_stuck
        for source, queued in good.items():
            self._expand(source, queued)
        self._write(ended)

    def _due(self) -> Select[Any]:
        c = message.c
        waits = and_(c.reason == Reason.NEEDS_APPROVAL.value, c.approved_at.is_(None))
        sender = func.coalesce(c.source, self.rules.default_source or "")
        conditions = [
            c.status == MessageStatus.QUEUED.value,
            or_(c.not_before.is_(None), at_latest(self.connection, c.not_before, self.now)),
            or_(c.reason.is_(None), ~waits),
        ]
        if self.rules.waiting:
            conditions.append(sender.not_in(sorted(self.rules.waiting)))
        named = literal("|") + func.replace(c.recipient, " ", "") + "|"
        for source, tag in sorted(self.silent)[:_LEFT_OUT]:
            conditions.append(not_(and_(sender == source, named.contains(f"|tag:{tag}|"))))
        columns = (
            *(c.recipient, c.msgtype, c.content, c.source, c.priority),
            *(c.people, c.not_before, c.expires_at, c.created_at, c.approved_at),
        )
        written = (as_written(self.connection, one) for one in columns)
        query = select(c.id, *written).where(*conditions).order_by(c.priority.desc(), c.id)
        return by_status(query.limit(MESSAGES).with_for_update(skip_locked=True), message)

    # --- reading -------------------------------------------------------------------------------

    def _read_despite_all(self, row: Sequence[Any]) -> Queued | Ended:
        try:
            return self._read(row)
        except Exception as error:  # noqa: BLE001 - no row may stop the others
            why = unreadable(error)
            return Ended(row[0], None, MessageStatus.DEAD, Reason.BAD_CONTENT, why)

    def _read(self, row: Sequence[Any]) -> Queued | Ended:
        key, content = row[0], row[3]
        recipient, msgtype, _, source, priority, people, *times = map(readable, row[1:])
        sender = source or self.rules.default_source

        def bad(reason: Reason, error: str) -> Ended:
            return Ended(key, sender, MessageStatus.DEAD, reason, error)

        if sender is None or sender not in self.rules.senders:
            return bad(Reason.NO_SOURCE, _no_source(source))
        try:
            recipients = read_recipients(recipient)
        except UsageError as error:
            return bad(Reason.BAD_RECIPIENT, f"{error.message} {error.hint}")
        try:
            _, expires_at, created_at, approved_at = _moments(times)
        except ValueError:
            return bad(Reason.BAD_CONTENT, text("not_before or expires_at is no moment."))
        since = max(created_at or self.now, approved_at or created_at or self.now)
        if (expires_at and expires_at <= self.now) or since <= self.now - self.rules.max_age:
            return Ended(key, sender, MessageStatus.EXPIRED, Reason.TOO_OLD)
        if flaw := self._flaw(msgtype, content, priority):
            return bad(Reason.BAD_CONTENT, flaw)
        # Who lets a dead one be looked at again has not seen for how many people it is.
        is_approved = approved_at is not None and people is not None
        return Queued(key, sender, priority, recipients, is_approved)

    def _flaw(self, msgtype: Any, content: Any, priority: Any) -> str:
        if type(priority) is not int:  # SQLite keeps whatever it is given
            return text("The priority is no whole number.")
        if not isinstance(content, str | bytes):
            return text("content is not JSON.")
        try:
            read = orjson.loads(content)
        except orjson.JSONDecodeError:
            return text("content is not JSON.")
        return self.check(str(msgtype), read)

    # --- deliveries ----------------------------------------------------------------------------

    def _expand(self, source: str, queued: Sequence[Queued]) -> None:
        named = (one for each in queued for one in each.recipients)
        resolver = Resolver(self.connection, source, named, self.tags)
        for one in queued:
            if len(self.rows) >= DELIVERIES:
                self.tally.more = True
                return
            self._add(one, resolver.targets(one.recipients))

    def _add(self, one: Queued, targets: Sequence[Target]) -> None:
        pending = sum(each.status is DeliveryStatus.PENDING for each in targets)
        limit = self.rules.confirm_above
        if limit is not None and pending > limit and not one.is_approved:
            self.held.append((one.id, pending, one.source))
            return
        due = write_time(first_attempt(self.now, pending, self.chance()))
        for each in targets:
            self._row(one, each, due)
        counts: defaultdict[DeliveryStatus, int] = defaultdict(int)
        for each in targets:
            counts[each.status] += 1
        status = ending(counts) or MessageStatus.SENDING
        is_empty = not targets
        self.messages[status.value, one.source, is_empty].append((one.id, len(targets)))
        if is_empty:
            told = {"message_id": one.id, "source": one.source, "status": status.value}
            reason = Reason.UNKNOWN_RECIPIENT.value
            self.outcomes.event("message_ended", {**told, "reason": reason})
        self.tally.messages += 1

    def _row(self, one: Queued, target: Target, due: str) -> None:
        is_pending = target.status is DeliveryStatus.PENDING
        reason = target.reason.value if target.reason else None
        at = due if is_pending else None
        self.rows.append(
            (
                *(one.id, target.user_id, target.external_id, target.status.value, at),
                *(one.source, target.recipient, one.priority, reason),
            )
        )
        if not is_pending:
            self.tally.dead += target.status is DeliveryStatus.DEAD
            self.outcomes.ended(
                message_id=one.id,
                user_id=target.user_id,
                external_id=target.external_id,
                recipient=target.recipient,
                source=one.source,
                status=target.status.value,
                reason=reason,
            )

    # --- writing -------------------------------------------------------------------------------

    def _write(self, ended: Sequence[Ended]) -> None:
        insert_many(self.connection, delivery, _COLUMNS, self.rows)
        now = quoted(write_time(self.now))
        for (status, source, is_empty), rows in self.messages.items():
            is_over = status != MessageStatus.SENDING.value
            same = {
                "status": quoted(status),
                "finished_at": now if is_over else "NULL",
                "reason": quoted(Reason.UNKNOWN_RECIPIENT.value if is_empty else None),
                "error": "NULL",
            }
            given = [(*row, source) for row in rows]
            update_each(self.connection, message, ("people", "source"), given, same=same)
        waits = {"reason": quoted(Reason.NEEDS_APPROVAL.value), "error": "NULL"}
        waits["approved_at"] = "NULL"
        update_each(self.connection, message, ("people", "source"), self.held, same=waits)
        self._end(ended, now)

    def _end(self, ended: Sequence[Ended], now: str) -> None:
        rows = [(one.id, one.status.value, one.reason.value, one.error) for one in ended]
        columns = ("status", "reason", "error")
        update_each(self.connection, message, columns, rows, same={"finished_at": now})
        self.tally.messages += len(ended)
        for one in ended:
            told = {"message_id": one.id, "source": one.source, "status": one.status.value}
            self.outcomes.event("message_ended", {**told, "reason": one.reason.value})


def _moments(times: Sequence[Any]) -> tuple[datetime | None, ...]:
    return tuple(read_time_or_none(one) for one in times)


def _no_source(named: Any) -> str:
    if named is None:
        return text("Several sources might send it, or none: name one in the column source.")
    return text("No enabled source named {source} sends messages.", source=repr(named))
