"""What a person, or an application through us, does to messages: queue, retry, cancel, approve.

Each is one short transaction with its line in the audit log. The engine may be at work meanwhile,
in other processes too: what it has claimed is never touched here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, and_, func, insert, literal, select, update

from syncd.errors import StoreDeadlock, UsageError
from syncd.model.message import DeliveryStatus, Draft, MessageStatus, Reason
from syncd.outbox.verdict import OPEN, ending
from syncd.store.chain import AuditEvent, Journal
from syncd.store.database import Database
from syncd.store.outbox import counting, look, retrying
from syncd.store.outbox.counting import Depth, Statistics
from syncd.store.outbox.look import (
    Sought,
    StoredCall,
    StoredDelivery,
    StoredMessage,
)
from syncd.store.outbox.retrying import Retried
from syncd.store.schema import call, delivery, message
from syncd.store.sql import fetch, pairs
from syncd.text import text

T = TypeVar("T")
#: Writes, and returns what came of it and what the audit log is to tell.
Write = Callable[[Connection], tuple[T, AuditEvent | None]]
#: How often a transaction is tried that meets a deadlock each time.
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of a message that was to be cancelled."""

    #: Deliveries that were waiting, and are not made.
    deliveries: int
    #: Deliveries in a call that is being made, or whose outcome is not known.
    being_sent: int
    #: The calls by which it was delivered, and that were not taken back yet.
    sent: tuple[StoredCall, ...]
    #: Whether nobody had looked at the message yet.
    was_queued: bool = False


class OutboxByHand:
    """The outbox of one store, as people see and change it."""

    def __init__(self, database: Database, *, personal_data: bool) -> None:
        """Look after one store's."""
        self._database = database
        self._personal = personal_data

    # --- looking -------------------------------------------------------------------------------

    def find(self, sought: Sought) -> list[StoredMessage]:
        """Return the messages that are sought, the newest first."""
        with self._database.read() as connection:
            return look.find_messages(connection, sought)

    def message(self, message_id: int) -> StoredMessage:
        """Return a message.

        Raises:
            UsageError: There is none of this id.
        """
        with self._database.read() as connection:
            found = look.read_message(connection, message_id)
        if found is None:
            raise unknown(message_id)
        return found

    def deliveries(self, message_id: int, limit: int | None = None) -> list[StoredDelivery]:
        """Return a message's deliveries, those that did not arrive first."""
        with self._database.read() as connection:
            return look.read_deliveries(connection, message_id, limit)

    def calls(self, message_id: int) -> list[StoredCall]:
        """Return the calls that deliveries of a message are in."""
        with self._database.read() as connection:
            return look.read_calls(connection, message_id)

    def depth(self, now: datetime) -> Depth:
        """Return how the outbox stands."""
        with self._database.read() as connection:
            return counting.read_depth(connection, now)

    def statistics(self, now: datetime, day: str) -> Statistics:
        """Return all that is counted of the outbox; `day` is today in Beijing, `YYYY-MM-DD`."""
        with self._database.read() as connection:
            return counting.read_statistics(connection, now, day)

    def delivered_to(self, message_id: int, call_id: int) -> list[str]:
        """Return the external ids of whom a message was delivered to by a call."""
        query = select(delivery.c.external_id).where(
            delivery.c.call_id == call_id,
            delivery.c.message_id == message_id,
            delivery.c.status == DeliveryStatus.DELIVERED.value,
        )
        with self._database.read() as connection:
            return [one for (one,) in fetch(connection, query.order_by(delivery.c.id))]

    # --- deciding ------------------------------------------------------------------------------

    def add(self, draft: Draft, *, actor: str, why: str | None, now: datetime) -> int:
        """Queue a message, and return its id.

        Raises:
            UsageError: There is a message with this dedupe key.
        """

        def write(connection: Connection) -> tuple[int, AuditEvent | None]:
            _refuse_doubled(connection, draft.dedupe_key)
            made = connection.execute(insert(message).values(_values(draft)))
            key = int((made.inserted_primary_key or (0,))[0])
            told = {"message": key, "msgtype": draft.msgtype, "source": draft.source, "why": why}
            return key, AuditEvent("message_queued", told)

        return self._write(write, actor, now)

    def retry(
        self, message_id: int, *, twice: bool, actor: str, why: str | None, now: datetime
    ) -> Retried:
        """Let the dead deliveries of a message be due again, from the first attempt on.

        Args:
            message_id: The message.
            twice: Also those whose outcome is unknown, which may then arrive twice.
            actor: Who decides it.
            why: Why.
            now: The time.

        Raises:
            UsageError: There is no such message, nothing of it is dead, or nothing may go out.
        """

        def write(connection: Connection) -> tuple[Retried, AuditEvent | None]:
            found = _locked(connection, message_id)
            retrying.refuse_expired(found, now)
            done = retrying.retry(connection, found, twice=twice, now=now)
            told = {"message": message_id, "deliveries": done.deliveries, "twice": twice}
            return done, AuditEvent("message_retried", {**told, "why": why})

        return self._write(write, actor, now)

    def cancel(self, message_id: int, *, actor: str, why: str | None, now: datetime) -> Cancelled:
        """End what waits of a message; what was delivered stays, and is named.

        Raises:
            UsageError: There is no such message.
        """

        def write(connection: Connection) -> tuple[Cancelled, AuditEvent | None]:
            found = _locked(connection, message_id)
            done = _cancel(connection, found, now)
            if not done.deliveries and not done.was_queued:
                return done, None
            told = {"message": message_id, "deliveries": done.deliveries, "why": why}
            return done, AuditEvent("message_cancelled", told)

        return self._write(write, actor, now)

    def note_recalled(
        self, message_id: int, call_id: int, *, actor: str, why: str | None, now: datetime
    ) -> int:
        """Note that WeCom has taken a call back; return how many deliveries that were."""

        def write(connection: Connection) -> tuple[int, AuditEvent | None]:
            mine = and_(delivery.c.call_id == call_id, delivery.c.message_id == message_id)
            _locked(connection, message_id)
            connection.execute(update(call).where(call.c.id == call_id).values(recalled_at=now))
            ended = _end(connection, mine, DeliveryStatus.DELIVERED)
            _finish(connection, message_id, now)
            told = {"message": message_id, "call": call_id, "deliveries": ended, "why": why}
            return ended, AuditEvent("message_recalled", told)

        return self._write(write, actor, now)

    def approve(
        self, message_id: int, *, actor: str, why: str | None, now: datetime
    ) -> StoredMessage:
        """Let a message go that waits because it is for so many.

        Raises:
            UsageError: There is no such message, or it waits for nobody.
        """

        def write(connection: Connection) -> tuple[StoredMessage, AuditEvent | None]:
            found = _locked(connection, message_id)
            if found.status != MessageStatus.QUEUED or found.reason != Reason.NEEDS_APPROVAL:
                raise UsageError(
                    text("Message {id} does not wait for an approval.", id=message_id),
                    hint=text("syncd outbox show {id} says how it stands.", id=message_id),
                )
            released: dict[str, Any] = {"approved_at": now, "reason": None, "error": None}
            connection.execute(update(message).where(message.c.id == message_id).values(released))
            told = {"message": message_id, "people": found.people, "why": why}
            return found, AuditEvent("message_approved", told)

        return self._write(write, actor, now)

    def note_card_changed(
        self, message_id: int, call_id: int, *, actor: str, why: str | None, now: datetime
    ) -> None:
        """Note that a card was changed: the code for it is used up."""

        def write(connection: Connection) -> tuple[None, AuditEvent | None]:
            used = update(call).where(call.c.id == call_id).values(response_code=None)
            connection.execute(used)
            told = {"message": message_id, "call": call_id, "why": why}
            return None, AuditEvent("card_changed", told)

        self._write(write, actor, now)

    def _write(self, write: Write[T], actor: str, now: datetime) -> T:
        """Write, and tell it: the chain's row is the last that is locked, as by the engine."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._database.write_beside() as connection:
                    done, event = write(connection)
                    if event is not None:
                        journal = Journal(
                            connection, at=now, actor=actor, run_id=None, personal=self._personal
                        )
                        journal.event(event.event, event.fields)
                        journal.close()
                    return done
            except StoreDeadlock:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError  # the last attempt has returned or raised


def unknown(message_id: int) -> UsageError:
    """Return the error that says that there is no such message."""
    return UsageError(
        text("There is no message {id}.", id=message_id), hint=text("syncd outbox list lists them.")
    )


def _values(draft: Draft) -> dict[str, Any]:
    """Return the columns to insert; what the draft does not say is the database's."""
    given: dict[str, Any] = {
        "source": draft.source,
        "dedupe_key": draft.dedupe_key,
        "priority": draft.priority or None,
        "not_before": draft.not_before,
        "expires_at": draft.expires_at,
    }
    return {
        "recipient": draft.recipient,
        "msgtype": draft.msgtype,
        "content": dict(draft.content),
        **{name: value for name, value in given.items() if value is not None},
    }


def _refuse_doubled(connection: Connection, dedupe_key: str | None) -> None:
    if dedupe_key is None:
        return
    query = select(message.c.id).where(message.c.dedupe_key == dedupe_key)
    other = connection.execute(query).scalar_one_or_none()
    if other is not None:
        raise UsageError(
            text("Message {id} has the dedupe key {key!r} already.", id=other, key=dedupe_key),
            hint=text("Nothing was queued: it is the same message, or needs another key."),
        )


def _locked(connection: Connection, message_id: int) -> StoredMessage:
    query = select(message.c.id).where(message.c.id == message_id).with_for_update()
    connection.execute(query)
    found = look.read_message(connection, message_id)
    if found is None:
        raise unknown(message_id)
    return found


# --- cancel --------------------------------------------------------------------------------------


def _cancel(connection: Connection, found: StoredMessage, now: datetime) -> Cancelled:
    if found.status == MessageStatus.QUEUED:
        ended = {
            "status": MessageStatus.CANCELLED.value,
            "reason": Reason.BY_HAND.value,
            "finished_at": now,
        }
        connection.execute(update(message).where(message.c.id == found.id).values(ended))
        return Cancelled(0, 0, (), was_queued=True)
    number = _end(connection, delivery.c.message_id == found.id, DeliveryStatus.PENDING)
    counts = _finish(connection, found.id, now)
    if any(counts.get(one) for one in OPEN):
        # What is being sent cannot be stopped, but it is not sent again where WeCom refuses it.
        marked = update(message).where(message.c.id == found.id)
        connection.execute(marked.values({"reason": Reason.BY_HAND.value}))
    sent = [
        one
        for one in look.read_calls(connection, found.id)
        if one.msgid and one.recalled_at is None
    ]
    return Cancelled(number, counts.get(DeliveryStatus.CLAIMED, 0), tuple(sent))


def _end(connection: Connection, condition: Any, status: DeliveryStatus) -> int:
    values = {"status": DeliveryStatus.CANCELLED.value, "reason": Reason.BY_HAND.value}
    ended = update(delivery).where(condition, delivery.c.status == status.value).values(values)
    return connection.execute(ended).rowcount


def _finish(connection: Connection, message_id: int, now: datetime) -> dict[DeliveryStatus, int]:
    """Give a message its final status where all of it is over; return its deliveries by status."""
    query = (
        select(delivery.c.status, func.count())
        .where(delivery.c.message_id == message_id)
        .group_by(delivery.c.status)
    )
    counts = {
        DeliveryStatus(status): int(number) for status, number in pairs(connection, query).items()
    }
    ended = ending(counts) if counts else None
    if ended is not None:
        # One that was over before keeps the moment at which it was.
        at = func.coalesce(message.c.finished_at, literal(now, message.c.finished_at.type))
        values = {"status": ended.value, "finished_at": at}
        connection.execute(update(message).where(message.c.id == message_id).values(values))
    return counts
