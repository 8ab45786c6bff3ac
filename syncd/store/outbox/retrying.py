"""A person lets dead deliveries be due again, and people be looked for anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, select, update

from syncd.errors import UsageError
from syncd.model.message import DeliveryStatus, MessageStatus, Reason, RecipientKind
from syncd.model.row_id import read_id
from syncd.model.surrender import is_surrendered
from syncd.reconcile.normalize import fold_userid
from syncd.store.outbox.look import StoredMessage
from syncd.store.schema import delivery, link, message, user
from syncd.store.sql import fetch
from syncd.store.types import utc_now
from syncd.text import text

#: What may be different when somebody is looked for again.
_ASTRAY: Final = frozenset(
    {Reason.UNKNOWN_RECIPIENT.value, Reason.NOT_LINKED.value, Reason.INACTIVE.value}
)


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of a message that was to be tried again."""

    #: Deliveries that are due again; None for a message that is looked at from the beginning.
    deliveries: int | None
    #: Reason → how many stay dead: they may have arrived, or still nobody is found.
    left: Mapping[str, int]


def refuse_expired(found: StoredMessage, now: datetime) -> None:
    """Refuse to send a message again that was not to arrive so late.

    Raises:
        UsageError: Its `expires_at` has passed.
    """
    if found.expires_at is not None and found.expires_at <= now:
        raise UsageError(
            text(
                "Message {id} was not to arrive after {at}.",
                id=found.id,
                at=f"{found.expires_at:%Y-%m-%d %H:%M:%S}Z",
            ),
            hint=text("If it still says something, queue it as a new one: syncd notify."),
        )


def retry(connection: Connection, found: StoredMessage, *, twice: bool, now: datetime) -> Retried:
    """Let what is dead of a message be due again.

    Raises:
        UsageError: Nothing of it is dead, or nothing may go out.
    """
    if found.status == MessageStatus.DEAD and not found.deliveries:
        again = {"status": MessageStatus.QUEUED.value, "approved_at": now, **_NOTHING_SAID}
        connection.execute(update(message).where(message.c.id == found.id).values(again))
        return Retried(None, {})
    if not found.deliveries.get(DeliveryStatus.DEAD.value):
        raise UsageError(
            text(
                "Nothing of message {id} is dead: it is {status}.", id=found.id, status=found.status
            ),
            hint=text("syncd outbox show {id} says how it stands.", id=found.id),
        )
    due, left = _sorted_out(connection, found.id, twice=twice)
    if not due:
        raise _nothing_to_retry(found.id, left)
    for key, values in due.items():
        again = {**_DUE_AGAIN, **values}
        connection.execute(update(delivery).where(delivery.c.id == key).values(again))
    sending = {"status": MessageStatus.SENDING.value, "approved_at": now, **_NOTHING_SAID}
    connection.execute(update(message).where(message.c.id == found.id).values(sending))
    return Retried(len(due), left)


_NOTHING_SAID: Final[Mapping[str, Any]] = {"finished_at": None, "reason": None, "error": None}
_DUE_AGAIN: Final[Mapping[str, Any]] = {
    "status": DeliveryStatus.PENDING.value,
    "attempts": 0,
    "next_attempt_at": utc_now(),
    "reason": None,
    "call_id": None,
}


def _nothing_to_retry(message_id: int, left: Mapping[str, int]) -> UsageError:
    if Reason.OUTCOME_UNKNOWN in left:
        return UsageError(
            text("It is not known whether message {id} has arrived.", id=message_id),
            hint=text(
                "Ask the person. --may-arrive-twice sends it again, also to those who have it."
            ),
        )
    return UsageError(
        text("Whom message {id} is for is still not found, or inactive.", id=message_id),
        hint=text("syncd outbox show {id} says how it stands.", id=message_id),
    )


def _sorted_out(
    connection: Connection, message_id: int, *, twice: bool
) -> tuple[dict[int, Mapping[str, Any]], dict[str, int]]:
    """Return which deliveries are due again, with what is known better now, and who stays dead."""
    query = select(
        delivery.c.id,
        delivery.c.reason,
        delivery.c.user_id,
        delivery.c.external_id,
        delivery.c.recipient,
        delivery.c.source,
    ).where(delivery.c.message_id == message_id, delivery.c.status == DeliveryStatus.DEAD.value)
    rows = list(connection.execute(query.with_for_update()))
    finder = _Finder(connection, message_id)
    due: dict[int, Mapping[str, Any]] = {}
    left: dict[str, int] = {}
    for row in rows:
        reason = row.reason or ""
        found = finder.found(row) if reason in _ASTRAY else {}
        if found is None or (reason == Reason.OUTCOME_UNKNOWN and not twice):
            left[reason] = left.get(reason, 0) + 1
        else:
            due[row.id] = found
    return due, left


class _Finder:
    """Looks again for people who were not found, inactive, or not linked."""

    def __init__(self, connection: Connection, message_id: int) -> None:
        self._connection = connection
        query = select(delivery.c.user_id).where(
            delivery.c.message_id == message_id, delivery.c.user_id.is_not(None)
        )
        self._taken = {one for (one,) in fetch(connection, query)}

    def found(self, row: Any) -> dict[str, Any] | None:
        """Return the columns that say who it is; None where nobody can have the message."""
        user_id = row.user_id if row.user_id is not None else self._named(row.recipient or "")
        if user_id is None or (row.user_id is None and user_id in self._taken):
            return None
        query = (
            select(link.c.external_id)
            .join(user, user.c.id == link.c.user_id)
            .where(link.c.user_id == user_id, link.c.source == row.source)
            .where(user.c.status == "active")
        )
        ids = (one for (one,) in fetch(self._connection, query))
        external_id = next((one for one in ids if not is_surrendered(one)), None)
        if external_id is None:
            return None
        self._taken.add(user_id)
        return {"user_id": user_id, "external_id": external_id}

    def _named(self, recipient: str) -> int | None:
        kind, _, name = recipient.partition(":")
        number = read_id(name)
        if kind == RecipientKind.USER and number is not None:
            condition = user.c.id == number
        elif kind == RecipientKind.USERID:
            condition = and_(user.c.userid_key == fold_userid(name), user.c.status == "active")
        else:
            return None
        found = [one for (one,) in fetch(self._connection, select(user.c.id).where(condition))]
        return found[0] if len(found) == 1 else None
