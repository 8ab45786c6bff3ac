"""`queue_message` on every database, in transactions that are the application's."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import psycopg
import pymysql
import pytest
from psycopg.rows import class_row, dict_row
from pymysql.cursors import DictCursor

from syncd.messages import queue_message
from syncd.store.database import Database
from syncd.store.schema import message
from tests.servers.database import TestDatabase

NAIVE = datetime(2026, 11, 28)  # noqa: DTZ001 - that is the point
CHINA = timezone(timedelta(hours=8))
CONTENT = {"content": "合同'\"; DROP TABLE outbox_message; -- %s ? 𠮷"}
Rights = (psycopg.errors.InsufficientPrivilege, pymysql.err.OperationalError)


class Row(NamedTuple):
    id: int


def connected(database: TestDatabase, **options):
    """Return a connection as an application of its own would open it."""
    if database.kind == "sqlite":
        return sqlite3.connect(database.path, **options)
    server = database.server
    if database.kind == "postgresql":
        user = options.pop("user", "postgres")
        return psycopg.connect(
            host="127.0.0.1", port=server.port, dbname=database.name, user=user, **options
        )
    account = {"user": "root", **options}
    return pymysql.connect(
        host="127.0.0.1", port=server.port, database=database.name, charset="utf8mb4", **account
    )


@pytest.fixture
def application(store, database):
    with closing(connected(database)) as connection:
        yield connection


def queued(database: TestDatabase) -> list:
    """Return the rows as the worker reads them."""
    with closing(Database(database.url, read_only=False)) as opened, opened.read() as connection:
        return list(connection.execute(message.select().order_by(message.c.id)))


def test_a_message_is_queued_with_everything_that_was_given(application, database):
    later = datetime(2026, 11, 28, 20, 30, 1, 250, tzinfo=CHINA)
    key = queue_message(
        application,
        ["user:17", "department:3"],
        "text",
        CONTENT,
        source="wecom",
        dedupe_key="contract-7",
        priority=5,
        not_before=later,
        expires_at=later + timedelta(hours=1),
    )
    application.commit()
    (row,) = queued(database)
    assert row.id == key
    assert (row.recipient, row.msgtype, row.content) == ("user:17|department:3", "text", CONTENT)
    assert (row.source, row.dedupe_key, row.priority) == ("wecom", "contract-7", 5)
    assert row.not_before == later
    assert row.expires_at == later + timedelta(hours=1)
    assert row.status == "queued"


def test_what_is_not_given_is_the_databases(application, database):
    keys = [queue_message(application, "all", "text", {"content": "hi"}) for _ in range(3)]
    application.commit()
    rows = queued(database)
    assert [row.id for row in rows] == keys == sorted(set(keys))
    assert [(row.priority, row.source, row.not_before) for row in rows] == [(0, None, None)] * 3
    assert abs(rows[0].created_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_it_is_queued_only_if_the_transaction_is_committed(application, database):
    queue_message(application, "all", "text", {"content": "hi"})
    application.rollback()
    assert queued(database) == []


def test_a_second_message_with_the_same_key_is_refused_by_the_database(application, database):
    queue_message(application, "all", "text", {"content": "hi"}, dedupe_key="a")
    application.commit()
    taken = (sqlite3.IntegrityError, psycopg.IntegrityError, pymysql.err.IntegrityError)
    with pytest.raises(taken):
        queue_message(application, "all", "text", {"content": "hi"}, dedupe_key="a")
    application.rollback()
    assert len(queued(database)) == 1


@pytest.mark.parametrize(
    "content", [{}, {"content": ""}, {"nested": [1, {"two": None, "ü": True}]}, {"text": "\x1f\n"}]
)
def test_what_is_wrong_with_a_message_is_the_workers_to_find(application, database, content):
    queue_message(application, "nobody:7||", "no_such_type", content)
    application.commit()
    (row,) = queued(database)
    assert (row.recipient, row.msgtype, row.content) == ("nobody:7||", "no_such_type", content)


def test_a_moment_without_a_time_zone_is_refused_before_anything_is_written(application, database):
    for name in ("not_before", "expires_at"):
        with pytest.raises(ValueError, match=f"{name} has no time zone"):
            queue_message(application, "all", "text", {}, **{name: NAIVE})
    application.commit()
    assert queued(database) == []


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": object()}])
def test_what_is_no_json_is_refused_before_anything_is_written(application, database, content):
    with pytest.raises((ValueError, TypeError)):
        queue_message(application, "all", "text", content)
    assert queued(database) == []


def test_rows_that_the_application_makes_something_of_do_not_matter(store, database):
    made = {
        "sqlite": [{"isolation_level": None}],
        "postgresql": [
            {"row_factory": dict_row},
            {"row_factory": class_row(Row)},
            {"autocommit": True},
        ],
        "mariadb": [{"cursorclass": DictCursor}, {"autocommit": True}],
    }[database.kind]
    for number, options in enumerate(made, 1):
        with closing(connected(database, **options)) as connection:
            assert queue_message(connection, "all", "text", {"content": "hi"}) == number
            connection.commit()
    assert len(queued(database)) == len(made)


def test_an_application_may_have_a_class_of_its_own(store, path):
    class Mine(sqlite3.Connection):
        pass

    with closing(sqlite3.connect(path, factory=Mine)) as connection:
        connection.row_factory = sqlite3.Row
        assert queue_message(connection, "all", "text", {}) == 1


@pytest.mark.parametrize("connection", [object(), None, json])
def test_a_connection_of_another_driver_is_refused_with_what_to_do(connection):
    with pytest.raises(TypeError, match=r"sqlite3, psycopg, pymysql, .* run the INSERT itself"):
        queue_message(connection, "all", "text", {})


def test_an_asynchronous_connection_is_refused():
    class AsyncConnection:
        __module__ = "psycopg"

    with pytest.raises(TypeError, match=r"not one of psycopg\."):
        queue_message(AsyncConnection(), "all", "text", {})


def test_nothing_else_of_syncd_is_loaded():
    loaded = "import syncd.messages, sys; print([m for m in sys.modules if m.startswith('syncd.')])"
    told = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "['syncd.messages']"
