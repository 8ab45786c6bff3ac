"""Rows that are inserted by a thread of their own are in before anybody looks, or none is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from syncd.errors import StoreError
from syncd.store.behind import behind, inserting_behind
from syncd.store.database import Database
from syncd.store.schema import pause
from syncd.store.sql import insert_many
from syncd.store.store import Store
from tests.servers.database import TestDatabase

COLUMNS = ("kind", "name", "paused_at", "actor")
MANY = 5000


@pytest.fixture
def writing(database: TestDatabase, store: Store) -> Iterator[Database]:
    """Return the test's database with syncd's tables, as what writes to it sees it."""
    store.close()
    one = Database(database.url, read_only=False)
    yield one
    one.close()


def rows(first: int = 0) -> list[tuple[object, ...]]:
    return [
        ("source", f"s{n}", "2026-01-01 00:00:00.000000", "li") for n in range(first, first + MANY)
    ]


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(pause)).scalar_one()


def test_a_statement_sees_the_rows_before_it(writing: Database) -> None:
    with writing.write() as connection, inserting_behind(connection):
        for at in range(4):
            insert_many(connection, pause, COLUMNS, rows(at * MANY))
        seen = connection.execute(select(func.count()).select_from(pause)).scalar_one()
        assert seen == 4 * MANY
        insert_many(connection, pause, COLUMNS, rows(4 * MANY))
    assert count(writing) == 5 * MANY


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_row_that_is_refused_undoes_all_of_them(writing: Database, after: int) -> None:
    def write() -> None:
        with writing.write() as connection, inserting_behind(connection):
            for at in (0, 0, *range(1, after + 1)):
                insert_many(connection, pause, COLUMNS, rows(at * MANY))

    with pytest.raises(StoreError, match=r"UNIQUE|[Dd]uplicate"):
        write()
    assert count(writing) == 0


def test_whoever_breaks_off_leaves_nothing_behind(writing: Database) -> None:
    def write() -> None:
        with writing.write() as connection, inserting_behind(connection):
            insert_many(connection, pause, COLUMNS, rows())
            raise KeyboardInterrupt

    turn = sys.getswitchinterval()
    with pytest.raises(KeyboardInterrupt):
        write()
    assert count(writing) == 0
    assert sys.getswitchinterval() == turn
    with writing.write() as connection:
        assert behind(connection) is None


def test_what_was_inserted_behind_is_in_the_file_once_the_store_is_closed(
    writing: Database, path: Path
) -> None:
    with writing.write() as connection, inserting_behind(connection):
        for at in range(10):
            insert_many(connection, pause, COLUMNS, rows(at * MANY))
    with writing.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
    assert pages == 1000
    writing.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert count(writing) == 10 * MANY
