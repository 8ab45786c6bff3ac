"""Statements for many rows: built from the tables, run by the driver with plain tuples.

SQLAlchemy converts every value of every row; for a hundred thousand people that is most of the
time. Here it only writes the SQL, and the values are converted by whoever knows them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Column, Connection, Select, Table, and_, bindparam, delete, insert, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import ColumnElement

from syncd.model.entry import Ref

#: Values in one `IN (…)`; every database takes this many.
CHUNK: Final = 500
#: Rows that one statement inserts; more of them save nothing.
_TOGETHER: Final = 20

Tuple = tuple[Any, ...]
T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def fetch(connection: Connection, statement: Select[Any]) -> Iterator[Tuple]:
    """Yield the rows as the driver gives them, no value converted."""
    cursor = connection.execute(statement).cursor
    if cursor is not None:
        yield from cast("Iterator[Tuple]", cursor)


def pairs(connection: Connection, statement: Select[Any]) -> dict[Any, Any]:
    """Return rows of two columns as a mapping from the first to the second."""
    return dict(cast("Iterator[tuple[Any, Any]]", fetch(connection, statement)))


def fetch_in(
    connection: Connection, statement: Select[Any], column: Column[Any], values: Iterable[Any]
) -> Iterator[Tuple]:
    """Yield the rows whose `column` is one of `values`, as the driver gives them."""
    for chunk in chunks(values):
        yield from fetch(connection, statement.where(column.in_(chunk)))


def fetch_refs(
    connection: Connection, statement: Select[Any], table: Table, refs: Iterable[Ref]
) -> Iterator[Tuple]:
    """Yield the rows of `table` whose source and external id are one of `refs`."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        by_source[ref.source].append(ref.external_id)
    for source, ids in by_source.items():
        yield from fetch_in(
            connection, statement.where(table.c.source == source), table.c.external_id, ids
        )


def insert_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[Tuple]
) -> None:
    """Insert rows whose values stand in the order of `columns`, as the driver takes them."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    _many(connection, insert(table).values(values), columns, rows)


def upsert_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[Tuple]
) -> None:
    """Insert rows, or replace those whose primary key is there already."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    keys = [column.name for column in table.primary_key]
    others = [name for name in columns if name not in keys]
    statement: Insert
    if connection.dialect.name in {"mysql", "mariadb"}:
        into = mysql.insert(table).values(values)
        statement = into.on_duplicate_key_update({name: into.inserted[name] for name in others})
    else:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        upsert = dialect.insert(table).values(values)
        statement = upsert.on_conflict_do_update(
            index_elements=keys, set_={name: upsert.excluded[name] for name in others}
        )
    _many(connection, statement, columns, rows)


def update_many(
    connection: Connection,
    table: Table,
    keys: Sequence[str],
    columns: Sequence[str],
    rows: list[Tuple],
) -> None:
    """Update rows: each tuple holds the values of `columns`, then those of `keys`."""
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    statement = update(table).where(_keys(table, keys)).values(values)
    names = [f"new_{name}" for name in columns] + [f"key_{name}" for name in keys]
    _many(connection, statement, names, rows)


def delete_many(
    connection: Connection, table: Table, keys: Sequence[str], rows: list[Tuple]
) -> None:
    """Delete rows by the values of their `keys`."""
    statement = delete(table).where(_keys(table, keys))
    _many(connection, statement, [f"key_{name}" for name in keys], rows)


def _keys(table: Table, keys: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == bindparam(f"key_{name}") for name in keys))


def _many(
    connection: Connection,
    statement: Insert | Update | Delete,
    names: Sequence[str],
    rows: list[Tuple],
) -> None:
    if not rows:
        return
    compiled = statement.compile(dialect=connection.dialect)
    order = compiled.positiontup or []
    if list(order) != list(names):  # the compiler writes columns in the table's order
        in_order = itemgetter(*(names.index(name) for name in order))
        rows = [in_order(row) for row in rows]
    text = str(compiled)
    if isinstance(statement, Insert) and connection.dialect.name == "sqlite":
        text, rows = _together(connection, text, rows)
    if rows:
        connection.exec_driver_sql(text, rows)


def _together(connection: Connection, text: str, rows: list[Tuple]) -> tuple[str, list[Tuple]]:
    """Insert all but the last few rows, several with each statement; return what is left to do.

    SQLite's driver lets go of the interpreter for each statement, which costs a third of the time.
    """
    whole = len(rows) - len(rows) % _TOGETHER
    if whole:
        one = "(" + ", ".join("?" * len(rows[0])) + ")"
        several = text.replace(one, ", ".join([one] * _TOGETHER), 1)
        starts = range(0, whole, _TOGETHER)
        flat = [tuple(chain.from_iterable(rows[at : at + _TOGETHER])) for at in starts]
        connection.exec_driver_sql(several, flat)
    return text, rows[whole:]
