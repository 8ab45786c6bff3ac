"""Taking one person out of the directory: the row, and all that names it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, null, or_, select, update

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.entry import Kind, Ref
from syncd.model.message import DeliveryStatus, Reason
from syncd.store.changes import ChangeLog
from syncd.store.holding import attempt
from syncd.store.outbox.ending import finish_shared, lock_shared
from syncd.store.schema import conflict, delivery, link, membership, record, user
from syncd.store.sql import chunks

#: Nobody's: what a change needs that is about a row which has no record any more.
_NOBODY = Ref("", "")
_REFERENCE = Cause("reference")


@dataclass(frozen=True, slots=True)
class Bonds:
    """What names a person's row."""

    user_id: int
    #: The ids of the person's links, with the records that they lead to.
    links: dict[int, Ref]
    departments: tuple[int, ...]
    #: Whose manager the person is.
    managed: tuple[int, ...]


def read_bonds(connection: Connection, user_id: int) -> Bonds:
    """Return what names a person's row, each in the order of ids."""
    links = select(link.c.id, link.c.source, link.c.external_id).where(link.c.user_id == user_id)
    inside = select(membership.c.department_id).where(membership.c.user_id == user_id)
    managed = select(user.c.id).where(user.c.manager_id == user_id, user.c.id != user_id)
    return Bonds(
        user_id,
        {row.id: Ref(row.source, row.external_id) for row in _rows(connection, links, link.c.id)},
        tuple(row[0] for row in _rows(connection, inside, membership.c.department_id)),
        tuple(row[0] for row in _rows(connection, managed, user.c.id)),
    )


def remove(connection: Connection, bonds: Bonds, at: datetime) -> bool:
    """Remove a person's row with all that names it; return False where it is held: all stays then."""

    def work() -> None:
        untie(connection, bonds, at)
        connection.execute(delete(user).where(user.c.id == bonds.user_id))

    return attempt(connection, work)


def untie(connection: Connection, bonds: Bonds, at: datetime) -> None:
    """Remove all that names a person's row, and the records that the person's links lead to."""
    user_id = bonds.user_id
    nobody: dict[str, Any] = {"manager_id": None}
    connection.execute(update(user).where(user.c.id == user_id).values(nobody))
    managed = user.c.manager_id == user_id
    connection.execute(update(user).where(managed).values(nobody | {"updated_at": at}))
    untie_messages(connection, user_id, at)
    connection.execute(delete(membership).where(membership.c.user_id == user_id))
    connection.execute(delete(link).where(link.c.user_id == user_id))
    if bonds.links:
        refs = list(bonds.links.values())
        people = record.c.kind == Kind.USER.value
        connection.execute(delete(record).where(people, _any_of(record, refs)))
        over = conflict.c.resolved_at.is_not(None)
        connection.execute(delete(conflict).where(over, _any_of(conflict, refs)))


def untie_messages(connection: Connection, user_id: int, at: datetime) -> None:
    """Send a person nothing more, and leave of what was sent that it was."""
    c = delivery.c
    mine = c.user_id == user_id
    waiting = mine & (c.status == DeliveryStatus.PENDING.value)
    messages = set(connection.execute(select(c.message_id).where(waiting)).scalars())
    lock_shared(connection, messages)
    cancelled = {"status": DeliveryStatus.CANCELLED.value, "reason": Reason.INACTIVE.value}
    connection.execute(update(delivery).where(waiting).values(cancelled))
    names = ("user_id", "external_id", "recipient", "last_error")
    nothing: dict[str, Any] = dict.fromkeys(names, null())
    connection.execute(update(delivery).where(mine).values(nothing))
    finish_shared(connection, messages, at)


def forget_records(connection: Connection, ids: Collection[str]) -> None:
    """Delete the records of some ids that are gone and have no link: those from before a rekey."""
    for some in chunks(sorted(ids)):
        connection.execute(delete(record).where(*_former(), record.c.external_id.in_(some)))


def forget_old_records(connection: Connection, before: datetime) -> None:
    """Delete the records that went before a moment, and have no link."""
    connection.execute(delete(record).where(*_former(), record.c.gone_at < before))


def _former() -> tuple[ColumnElement[bool], ...]:
    linked = exists().where(
        link.c.source == record.c.source, link.c.external_id == record.c.external_id
    )
    return record.c.kind == Kind.USER.value, record.c.gone_at.is_not(None), ~linked


def tell(log: ChangeLog, bonds: Bonds, cause: Cause, before: dict[str, Any] | None) -> None:
    """Tell that a person was removed; `before` is what the log may keep of the row."""
    tell_untied(log, bonds, cause)
    log.add(_change(Entity.USER, Action.PURGE, cause), bonds.user_id, before, None)


def tell_untied(log: ChangeLog, bonds: Bonds, cause: Cause) -> None:
    """Tell that all which named a person's row is gone; nothing personal is told."""
    for key in bonds.managed:
        columns = {"manager_id": bonds.user_id}
        change = _change(Entity.USER, Action.UPDATE, _REFERENCE)
        log.add(change, key, columns, dict.fromkeys(columns))
    for key in bonds.departments:
        columns = {"user_id": bonds.user_id, "department_id": key}
        log.add(_change(Entity.MEMBERSHIP, Action.REMOVE, cause), bonds.user_id, columns, None)
    for key in bonds.links:
        columns = {"user_id": bonds.user_id}
        log.add(_change(Entity.LINK, Action.PURGE, cause), key, columns, None)


def _change(entity: Entity, action: Action, cause: Cause) -> Change:
    return Change(entity, action, _NOBODY, None, None, None, None, cause)


def _any_of(of: Any, refs: list[Ref]) -> Any:
    return or_(*(and_(of.c.source == one.source, of.c.external_id == one[1]) for one in refs))


def _rows(connection: Connection, query: Any, order: Any) -> list[Any]:
    return list(connection.execute(query.order_by(order)))
