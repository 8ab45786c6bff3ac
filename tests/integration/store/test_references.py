"""What refers to nothing is refused, however many rows are checked at once."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, inspect, select
from sqlalchemy.schema import CreateTable

from syncd.errors import StoreError
from syncd.store.database import Database
from syncd.store.references import checked_together
from syncd.store.schema import department, link, membership, user
from syncd.store.sql import insert_many
from syncd.store.store import Store
from tests.servers.database import TestDatabase

AT = "2026-01-01 00:00:00.000000"


@pytest.fixture
def writing(database: TestDatabase, store: Store) -> Iterator[Database]:
    """Return the test's database with syncd's tables, as what writes to it sees it."""
    store.close()
    one = Database(database.url, read_only=False)
    yield one
    one.close()


def add_user(connection: Connection, key: int, manager: int | None = None) -> None:
    columns = ("id", "name", "manager_id", "status", "custom", "created_at", "updated_at")
    insert_many(connection, user, columns, [(key, "Li", manager, "active", "{}", AT, AT)])


def add_link(connection: Connection, key: int, user_id: int) -> None:
    columns = ("id", "source", "external_id", "user_id", "method", "linked_at", "last_seen_at")
    row = (key, "wecom", f"p{key}", user_id, "authority", AT, AT, 1)
    insert_many(connection, link, (*columns, "is_owner"), [row])


def add_membership(connection: Connection, user_id: int, department_id: int) -> None:
    columns = ("user_id", "department_id", "is_primary", "is_leader", "sort_order")
    insert_many(connection, membership, columns, [(user_id, department_id, 1, 0, 0)])


WRONG: dict[str, Callable[[Connection], None]] = {
    "a manager who is not there": lambda connection: add_user(connection, 2, manager=99),
    "a link of nobody": lambda connection: add_link(connection, 1, user_id=99),
    "a membership in no department": lambda connection: add_membership(connection, 1, 99),
}


def shape(database: Database) -> dict[str, object]:
    """Return every reference and index of the directory, as the database tells them."""
    with database.read() as connection:
        look = inspect(connection)
        return {
            table.name: (
                sorted(map(str, look.get_foreign_keys(table.name))),
                sorted(map(str, look.get_indexes(table.name))),
            )
            for table in (department, user, membership, link)
        }


def people(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.execute(select(user.c.id).order_by(user.c.id)).scalars())


def test_every_reference_and_index_is_there_again(writing: Database) -> None:
    before = shape(writing)
    with writing.write() as connection, checked_together(connection):
        add_user(connection, 1)
        add_link(connection, 1, 1)
    assert shape(writing) == before
    assert people(writing) == [1]
    assert "FOREIGN KEY(user_id)" in str(CreateTable(link))


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("stored", [False, True], ids=["a first load", "a later one"])
def test_what_refers_to_nothing_is_refused_and_leaves_nothing(
    writing: Database, stored: bool, wrong: Callable[[Connection], None]
) -> None:
    if stored:
        with writing.write() as connection:
            add_user(connection, 7)
    before = shape(writing)

    def write() -> None:
        with writing.write() as connection, checked_together(connection):
            add_user(connection, 1)
            wrong(connection)

    with pytest.raises(StoreError):
        write()
    assert people(writing) == ([7] if stored else [])
    assert shape(writing) == before


@pytest.fixture
def in_postgresql(database: TestDatabase, writing: Database) -> TestDatabase:
    if database.kind != "postgresql":
        pytest.skip("other databases check each row at little cost")
    return database


def test_rows_are_checked_one_by_one_while_somebody_is_reading(
    in_postgresql: TestDatabase, writing: Database
) -> None:
    with writing.read() as reader:
        reader.execute(select(user.c.id)).all()
        with writing.write() as connection, checked_together(connection):
            assert references(connection) == 2
            add_user(connection, 1)
    assert people(writing) == [1]


def test_rows_are_checked_together_while_nobody_is_reading(
    in_postgresql: TestDatabase, writing: Database
) -> None:
    with writing.write() as connection, checked_together(connection):
        assert references(connection) == 0


def test_a_reference_that_another_hand_has_taken_away_is_no_fault(
    in_postgresql: TestDatabase, writing: Database
) -> None:
    in_postgresql.execute(
        "ALTER TABLE directory_link DROP CONSTRAINT fk_directory_link_user_id",
    )
    with writing.write() as connection, checked_together(connection):
        add_user(connection, 1)
    assert people(writing) == [1]
    in_postgresql.execute(
        "DELETE FROM directory_user",
        "ALTER TABLE directory_link ADD CONSTRAINT fk_directory_link_user_id"
        " FOREIGN KEY (user_id) REFERENCES directory_user (id)",
    )


def references(connection: Connection) -> int:
    """Return how many references of users the database checks, as this transaction sees it."""
    return connection.exec_driver_sql(
        "SELECT count(*) FROM pg_constraint"
        " WHERE conrelid = 'directory_user'::regclass AND contype = 'f'"
    ).scalar_one()
