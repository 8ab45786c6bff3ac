"""What applications have written, whatever it is: SQLite keeps all that it is given in any column."""

from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, LargeBinary, case, func
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.elements import ColumnElement

from syncd.text import Text, text

#: What SQLite calls a whole number.
_INTEGER: Final = "integer"


def as_written(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """Return what reads a column without stumbling over it.

    SQLite's driver refuses the whole answer where one text is no UTF-8, such as GBK: there a text
    comes as bytes, and a number as NULL where it is none.
    """
    if connection.dialect.name != "sqlite":
        return column
    if isinstance(column.type, Integer):
        return case((func.typeof(column) == _INTEGER, column))
    return sql_cast(column, LargeBinary)


def readable(value: Any) -> Any:
    """Return a text that `as_written` has read; what is no UTF-8 in it is replaced."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def unreadable(error: Exception) -> Text:
    """Return the sentence about a row with which nothing can be done."""
    return text("It cannot be read ({kind}).", kind=type(error).__name__)
