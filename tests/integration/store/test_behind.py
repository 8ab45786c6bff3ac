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

COLUMNS = ("kind", "name", "paused_at", "actor")
MANY = 5000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/store.db"
    store = Store.open(url)
    store.prepare()
    store.close()
    database = Database(url, read_only=False)
    yield database
    database.close()


def rows(first: int = 0) -> list[tuple[object, ...]]:
    return [
        ("source", f"s{n}", "2026-01-01 00:00:00.000000", "li") for n in range(first, first + MANY)
    ]


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(pause)).scalar_one()


def test_a_statement_sees_the_rows_before_it(database: Database) -> None:
    with database.write() as connection, inserting_behind(connection):
        for at in range(4):
            insert_many(connection, pause, COLUMNS, rows(at * MANY))
        seen = connection.execute(select(func.count()).select_from(pause)).scalar_one()
        assert seen == 4 * MANY
        insert_many(connection, pause, COLUMNS, rows(4 * MANY))
    assert count(database) == 5 * MANY


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_row_that_is_refused_undoes_all_of_them(database: Database, after: int) -> None:
    def write() -> None:
        with database.write() as connection, inserting_behind(connection):
            for at in (0, 0, *range(1, after + 1)):
                insert_many(connection, pause, COLUMNS, rows(at * MANY))

    with pytest.raises(StoreError, match="UNIQUE"):
        write()
    assert count(database) == 0


def test_whoever_breaks_off_leaves_nothing_behind(database: Database) -> None:
    def write() -> None:
        with database.write() as connection, inserting_behind(connection):
            insert_many(connection, pause, COLUMNS, rows())
            raise KeyboardInterrupt

    turn = sys.getswitchinterval()
    with pytest.raises(KeyboardInterrupt):
        write()
    assert count(database) == 0
    assert sys.getswitchinterval() == turn
    with database.write() as connection:
        assert behind(connection) is None


def test_what_was_inserted_behind_is_in_the_file_once_the_store_is_closed(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as connection, inserting_behind(connection):
        for at in range(10):
            insert_many(connection, pause, COLUMNS, rows(at * MANY))
    with database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one()
    assert pages == 1000
    database.close()
    assert [one.name for one in tmp_path.iterdir()] == ["store.db"]
    assert count(database) == 10 * MANY
