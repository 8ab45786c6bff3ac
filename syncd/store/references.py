"""References and indexes of a first load are made once and all together, instead of row by row.

PostgreSQL looks up each row that a new row refers to, one after the other: for the rows of a first
load that takes as long as writing them does. Taken away and put back within the transaction, a
constraint is checked by one query, and an index is sorted once. PostgreSQL's manual, "Populating a
Database".
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import Connection, ForeignKeyConstraint, Index, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import AddConstraint, CreateIndex, DropIndex

from syncd.store.schema import change, department, link, membership, run, user

T = TypeVar("T", ForeignKeyConstraint, Index)
_REFERRING: Final = (user, membership, link, change)
#: What altering a constraint locks: both of its tables.
_LOCKED: Final = (department, run, *_REFERRING)
#: `lock_not_available`, `insufficient_privilege`. PostgreSQL, appendix A.
_REFUSED: Final = frozenset({"55P03", "42501"})


@contextmanager
def checked_together(connection: Connection) -> Iterator[bool]:
    """Check the references of the block's rows, and index them, when it ends, where nobody is stored yet.

    Gives whether that is so, and rows may come before those that they refer to.

    As long as the transaction lasts, whoever reads the directory waits. Where somebody is reading
    it already, where the tables belong to another account, or where another hand has altered them,
    each row is checked as ever.

    Raises:
        DBAPIError: A row refers to one that is not there.
    """
    if not _may_alter(connection):
        yield False
        return
    for table in _REFERRING:
        for constraint in _in_order(table.foreign_key_constraints):
            connection.exec_driver_sql(
                f'ALTER TABLE "{table.name}" DROP CONSTRAINT "{constraint.name}"'
            )
        for index in _in_order(table.indexes):
            connection.execute(DropIndex(index, if_exists=True))
    yield True
    for table in _REFERRING:
        for index in _in_order(table.indexes):
            connection.execute(CreateIndex(index))
        for constraint in _in_order(table.foreign_key_constraints):
            connection.execute(AddConstraint(constraint, isolate_from_table=False))


def _in_order(ones: Iterable[T]) -> list[T]:
    return sorted(ones, key=lambda one: str(one.name))


def _may_alter(connection: Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    if connection.execute(select(user.c.id).limit(1)).first() is not None:
        return False
    tables = [f'"{table.name}"' for table in _LOCKED]
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(
                f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE NOWAIT"
            )
            return _are_ours(connection, tables) and _are_there(connection, tables)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _REFUSED:
            return False
        raise


def _are_ours(connection: Connection, tables: list[str]) -> bool:
    """Return whether this account may alter the tables."""
    query = "SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class"
    found = connection.exec_driver_sql(f"{query} WHERE oid = ANY(%s::regclass[])", (tables,))
    return bool(found.scalar_one())


def _are_there(connection: Connection, tables: list[str]) -> bool:
    """Return whether another hand has left our constraints as they were made."""
    names = [str(one.name) for table in _REFERRING for one in table.foreign_key_constraints]
    query = "SELECT count(*) FROM pg_constraint WHERE conrelid = ANY(%s::regclass[])"
    found = connection.exec_driver_sql(f"{query} AND conname = ANY(%s)", (tables, names))
    return bool(found.scalar_one() == len(names))
