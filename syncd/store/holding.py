"""Rows that an application's foreign keys hold: found beforehand, or when the database refuses.

An application stores our ids in tables of its own, and its foreign keys keep their meaning. A key
that says `ON DELETE CASCADE` or `SET NULL` holds nothing: that is what its owner wants to happen.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnClause, Connection, Table, column, delete, inspect, select, table
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from syncd.store.schema import metadata
from syncd.store.sql import chunks

_YIELDING: Final = frozenset({"CASCADE", "SET NULL", "SET DEFAULT"})


@dataclass(frozen=True, slots=True)
class Holder:
    """A column of a table that is not ours, with a foreign key to one of ours."""

    table: str
    column: str


def read_holders(connection: Connection, of: Table) -> list[Holder]:
    """Return the columns that hold rows of a table of ours by its id."""
    tables = [one for one in inspect(connection).get_table_names() if one not in metadata.tables]
    return [
        Holder(name, columns[0])
        for name in tables
        for referred, columns, rule in _keys(connection, name)
        if referred == of.name and len(columns) == 1 and rule.upper() not in _YIELDING
    ]


def _keys(connection: Connection, name: str) -> Iterator[tuple[str, list[str], str]]:
    """Yield the foreign keys of a table: the other table, the columns, what a deletion does."""
    if connection.dialect.name == "sqlite":  # SQLAlchemy reads the rule of some spellings only
        query = 'SELECT id, "table", "from", on_delete FROM pragma_foreign_key_list(?) ORDER BY id'
        rows = list(connection.exec_driver_sql(query, (name,)))
        for key in dict.fromkeys(row[0] for row in rows):
            mine = [row for row in rows if row[0] == key]
            yield mine[0][1], [row[2] for row in mine], mine[0][3]
        return
    for one in inspect(connection).get_foreign_keys(name):
        rule = one.get("options", {}).get("ondelete") or ""
        yield one["referred_table"], one["constrained_columns"], str(rule)


def held(
    connection: Connection, holders: Sequence[Holder], ids: Collection[int]
) -> dict[int, list[str]]:
    """Return which of the ids are held, each with the names of the tables that hold it.

    A table that may not be read is left out: the database still refuses what it holds.
    """
    found: dict[int, list[str]] = defaultdict(list)
    for holder in holders:
        by: ColumnClause[int] = column(holder.column)
        query = select(by).select_from(table(holder.table, by)).distinct()
        try:
            with connection.begin_nested():
                for chunk in chunks(ids):
                    for key in connection.execute(query.where(by.in_(chunk))).scalars():
                        found[int(key)].append(holder.table)
        except SQLAlchemyError:
            continue
    return {key: sorted(set(tables)) for key, tables in found.items()}


def check_at_once(connection: Connection) -> None:
    """Let foreign keys that wait for the end of the transaction be checked with every statement."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")


def attempt(connection: Connection, work: Callable[[], object]) -> bool:
    """Do some work in a savepoint; return whether no foreign key was against it."""
    try:
        with connection.begin_nested():
            work()
    except IntegrityError:
        return False
    return True


def delete_rows(
    connection: Connection,
    of: Table,
    ids: Iterable[int],
    parts: Sequence[tuple[Table, Any]] = (),
) -> int:
    """Delete rows by id, but for those that are held; return how many went.

    Args:
        connection: A connection that may write.
        of: The table.
        ids: Its rows.
        parts: Tables of ours whose rows go with them, each with the column that names the row.
    """
    wanted = list(ids)
    kept = held(connection, read_holders(connection, of), wanted)
    return _delete(connection, of, [one for one in wanted if one not in kept], parts)


def _delete(
    connection: Connection, of: Table, ids: list[int], parts: Sequence[tuple[Table, Any]]
) -> int:
    def work() -> None:
        for chunk in chunks(ids):
            for part, named in parts:
                connection.execute(delete(part).where(named.in_(chunk)))
            connection.execute(delete(of).where(of.c.id.in_(chunk)))

    if not ids or attempt(connection, work):
        return len(ids)
    if len(ids) == 1:
        return 0
    middle = len(ids) // 2
    return _delete(connection, of, ids[:middle], parts) + _delete(
        connection, of, ids[middle:], parts
    )
