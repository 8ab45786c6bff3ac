"""When something is: by the database's clock, the only one that all who send share."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Select, Table, func
from sqlalchemy.sql.elements import ColumnElement

from syncd.store.lease import database_time
from syncd.store.types import write_time

#: The index of each table that begins with the status.
_BY_STATUS: Final = {
    "outbox_message": "ix_outbox_message_status",
    "outbox_delivery": "ix_outbox_delivery_status_source_priority_next_attempt_at",
    "outbox_call": "ix_outbox_call_status_repeat_at",
}


def now_of(connection: Connection) -> datetime:
    """Return the moment by the database's clock."""
    return database_time(connection)


def by_status(query: Select[Any], table: Table) -> Select[Any]:
    """Let SQLite find rows by their status, whatever it thinks of how many there are of each.

    Where somebody has had it count them (`ANALYZE`), it takes every status for as frequent as
    that of what is over.
    """
    return query.with_hint(table, f"INDEXED BY {_BY_STATUS[table.name]}", "sqlite")


def at_latest(connection: Connection, column: Column[Any], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a moment which an application may have written has come.

    In SQLite it is text, with `T` and `Z` or without; what is no moment has come, so that
    somebody looks at the row and says so.
    """
    if connection.dialect.name != "sqlite":
        return column <= now
    moment = func.strftime("%Y-%m-%d %H:%M:%f000", column)
    return func.coalesce(moment, "") <= write_time(now)
