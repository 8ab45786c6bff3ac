"""Statements for many rows: built from the tables, run by the driver with plain tuples.

SQLAlchemy converts every value of every row; for a hundred thousand people that is most of the
time. Here it only writes the SQL, and the values are converted by whoever knows them.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final, TypeVar, cast

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    insert,
    literal_column,
    null,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.dml import Delete, Insert, Update
from sqlalchemy.sql.elements import ColumnElement

from syncd.model.entry import Ref
from syncd.store.behind import behind
from syncd.store.bulk import Tuple as Tuple  # noqa: PLC0414 - others know it by this module
from syncd.store.bulk import copying, inserting_literally
from syncd.store.loading import inserting

#: Values in one `IN (…)`; every database takes this many.
CHUNK: Final = 500
#: Rows that are taken from a driver at once.
_AT_ONCE: Final = 5000
#: Rows that one statement inserts at most; more of them save nothing.
_TOGETHER: Final = 500
#: Values that one statement takes at most; SQLite before 3.32 takes 999.
_VALUES: Final = 10_000 if sqlite3.sqlite_version_info >= (3, 32) else 900

T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def wait_with_references(connection: Connection) -> bool:
    """Let references be checked when the transaction commits; return False where none waits."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        return True
    return False


def fetch(connection: Connection, statement: Select[Any]) -> Iterator[Tuple]:
    """Yield the rows as the driver gives them, no value converted."""
    cursor: Any = connection.execute(statement).cursor
    if connection.dialect.name == "sqlite":
        yield from cursor
        return
    # Other drivers are quicker with many rows at once than with one after the other.
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


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
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: list[Tuple],
    *,
    same: Mapping[str, str | int] | None = None,
) -> None:
    """Insert rows whose values stand in the order of `columns`, as the driver takes them.

    Columns that have one value in all rows, a number, a time or a word of syncd's own, may stand in
    `same` instead.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _insert(connection, copying(_session(connection), table, columns, rows, same or {}))
        return
    if connection.dialect.name == "mysql":
        for step in inserting(connection, table, columns, rows, same=same or {}):
            _insert(connection, step)
        return
    columns, rows, values = _values(columns, rows, same or {})
    values |= _texts(table, columns, rows[0])
    _many(connection, insert(table).values(values), columns, rows)


def texts_for(connection: Connection) -> Callable[[bytes], Any]:
    """Return what makes of UTF-8 what `insert_many` takes for a text most quickly.

    SQLite's driver would encode again what we decode.
    """
    return bytearray if connection.dialect.name == "sqlite" else bytes.decode


def _texts(table: Table, columns: Sequence[str], row: Tuple) -> dict[str, Any]:
    """Return the columns of texts that are given as bytes, as `texts_for` makes them."""
    given = zip(columns, row, strict=True)
    names = [name for name, value in given if type(value) is bytearray]
    return {
        name: sql_cast(bindparam(name), Text)
        for name in names
        if not isinstance(table.c[name].type, LargeBinary)
    }


def upsert_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: list[Tuple]
) -> None:
    """Insert rows, or replace those whose primary key is there already."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    others = [name for name in columns if name not in keys]
    if connection.dialect.name == "mysql":
        session = _session(connection)
        _insert(
            connection,
            inserting_literally(session, table, columns, rows, same={}, replaced=others),
        )
        return
    columns, rows, values = _values(columns, rows, {})
    upsert = _upsert(connection, table).values(values)
    statement = upsert.on_conflict_do_update(
        index_elements=keys, set_={name: upsert.excluded[name] for name in others}
    )
    _many(connection, statement, columns, rows)


def _upsert(connection: Connection, table: Table) -> Any:
    # Each dialect is imported where it is used: it takes longer than many a command's own work.
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see above

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - see above

    return sqlite.insert(table)


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


def _values(
    columns: Sequence[str],
    rows: list[Tuple],
    same: Mapping[str, str | int],
) -> tuple[Sequence[str], list[Tuple], dict[str, Any]]:
    """Return the columns that rows are to give, what they give, and what the statement says.

    What is the same everywhere stands in the statement: the driver takes longest over NULL.
    """
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    for name, value in same.items():
        quoted = f"'{value}'" if isinstance(value, str) else str(value)
        values[name] = literal_column(quoted)
    by_column = list(zip(*rows, strict=True))
    empty = {
        name
        for name, column in zip(columns, by_column, strict=True)
        if column[0] is None and column.count(None) == len(column)
    }
    if empty:
        values.update(dict.fromkeys(empty, null()))
        kept = [at for at, name in enumerate(columns) if name not in empty]
        columns = [columns[at] for at in kept]
        rows = list(zip(*(by_column[at] for at in kept), strict=True))
    return columns, rows, values


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
        _execute(connection, text, rows)


def _session(connection: Connection) -> Any:
    """Return the driver's own connection."""
    return connection.connection.driver_connection


def _insert(connection: Connection, insert: Callable[[], object]) -> None:
    """Insert rows by the driver: behind, where that is allowed, else now."""
    waiting = behind(connection)
    if waiting is None:
        insert()
    else:
        waiting.do(insert)


def _execute(connection: Connection, text: str, rows: list[Tuple]) -> None:
    is_lone = behind(connection) is None
    if is_lone or connection.dialect.name != "sqlite" or not text.startswith("INSERT"):
        connection.exec_driver_sql(text, rows)
    else:
        _insert(connection, partial(_execute_by_itself, _session(connection), text, rows))


def _execute_by_itself(session: Any, text: str, rows: list[Tuple]) -> None:
    # The driver keeps statements for another time: a cursor that ended in the other thread
    # would reset one that is in use here.
    with closing(session.cursor()) as cursor:
        cursor.executemany(text, rows)


def _together(connection: Connection, text: str, rows: list[Tuple]) -> tuple[str, list[Tuple]]:
    """Insert all but the last few rows, several with each statement; return what is left to do.

    SQLite's driver lets go of the interpreter for each statement, which costs a third of the time.
    """
    together = min(_TOGETHER, max(1, _VALUES // len(rows[0])))
    whole = len(rows) - len(rows) % together
    if whole:
        before, found, after = text.partition(" ON CONFLICT ")
        into, one = before.split(" VALUES ", 1)
        several = f"{into} VALUES {', '.join([one] * together)}{found}{after}"
        starts = range(0, whole, together)
        flat = [tuple(chain.from_iterable(rows[at : at + together])) for at in starts]
        _execute(connection, several, flat)
    return text, rows[whole:]
