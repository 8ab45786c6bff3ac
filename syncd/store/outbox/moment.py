"""When something is: by the database's clock, the only one that all who send share."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, func
from sqlalchemy.sql.elements import ColumnElement

from syncd.store.lease import database_time
from syncd.store.types import write_time


def now_of(connection: Connection) -> datetime:
    """Return the moment by the database's clock."""
    return database_time(connection)


def at_latest(connection: Connection, column: Column[Any], now: datetime) -> ColumnElement[bool]:
    """Return the condition that a moment which an application may have written has come.

    In SQLite it is text, with `T` and `Z` or without; what is no moment has come, so that
    somebody looks at the row and says so.
    """
    if connection.dialect.name != "sqlite":
        return column <= now
    moment = func.strftime("%Y-%m-%d %H:%M:%f000", column)
    return func.coalesce(moment, "") <= write_time(now)
