import sqlite3

import psycopg
import pymysql
import pytest
from sqlalchemy.exc import OperationalError

from syncd.errors import ConfigError, StoreBusy, StoreDeadlock, StoreError, StoreUnavailable
from syncd.store.border import store_errors
from syncd.store.database import Database
from syncd.store.trouble import MYSQL, POSTGRESQL, SQLITE, Trouble
from syncd.text.zh import catalogue


def failure(code: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("driver's words")
    error.sqlite_errorname = code
    return error


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("SQLITE_BUSY", StoreUnavailable, "locked"),
        ("SQLITE_BUSY_SNAPSHOT", StoreUnavailable, "locked"),
        ("SQLITE_FULL", StoreUnavailable, "disk is full"),
        ("SQLITE_CANTOPEN", StoreUnavailable, "cannot be opened"),
        ("SQLITE_READONLY_DIRECTORY", StoreError, "read-only"),
        ("SQLITE_CORRUPT", StoreError, "damaged"),
        ("SQLITE_NOTADB", StoreError, "not an SQLite database"),
        ("SQLITE_IOERR_WRITE", StoreError, "disk reported"),
        ("SQLITE_CONSTRAINT_UNIQUE", StoreError, "driver's words"),
    ],
)
def test_what_the_database_says_becomes_an_error_with_a_hint(
    code: str, kind: type[StoreError], words: str
) -> None:
    with pytest.raises(kind, match=words) as told, store_errors("/var/lib/syncd/syncd.db"):
        raise OperationalError("UPDATE secret", {"password": "hunter2"}, failure(code))
    assert "/var/lib/syncd/syncd.db" in told.value.message
    assert told.value.hint
    assert "hunter2" not in told.value.message
    assert told.value.exit_status == 6


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        (psycopg.errors.LockNotAvailable(), StoreBusy, "locked by another"),
        (psycopg.errors.DeadlockDetected(), StoreDeadlock, "crosswise"),
        (psycopg.errors.AdminShutdown(), StoreUnavailable, "connection to the store .* was lost"),
        (psycopg.errors.CannotConnectNow(), StoreUnavailable, "cannot be reached"),
        (psycopg.errors.DiskFull(), StoreUnavailable, "disk is full"),
        (psycopg.errors.InsufficientPrivilege(), StoreError, "does not allow"),
        (psycopg.errors.ReadOnlySqlTransaction(), StoreError, "read-only"),
        (psycopg.errors.TooManyConnections(), StoreUnavailable, "no connection left"),
        (psycopg.OperationalError("consuming input failed"), StoreUnavailable, "was lost"),
        (
            psycopg.OperationalError('connection failed: FATAL: database "x" does not exist'),
            StoreError,
            "no such database",
        ),
        (
            psycopg.OperationalError("connection failed: password authentication failed"),
            StoreError,
            "does not let this account in",
        ),
        (pymysql.OperationalError(1205, "lock wait"), StoreBusy, "locked by another"),
        (pymysql.OperationalError(1213, "deadlock"), StoreDeadlock, "crosswise"),
        (pymysql.OperationalError(2003, "no"), StoreUnavailable, "cannot be reached"),
        (pymysql.OperationalError(2013, "lost"), StoreUnavailable, "was lost"),
        (pymysql.InterfaceError(0, ""), StoreUnavailable, "was lost"),
        (pymysql.OperationalError(1114, "full"), StoreUnavailable, "disk is full"),
        (pymysql.OperationalError(1045, "denied"), StoreError, "does not let this account in"),
        (pymysql.OperationalError(1142, "denied"), StoreError, "does not allow"),
        (pymysql.OperationalError(1792, "no"), StoreError, "read-only"),
        (pymysql.OperationalError(1049, "no"), StoreError, "no such database"),
        (pymysql.OperationalError(1153, "big"), StoreError, "of this size"),
        (pymysql.DataError(1406, "Data too long"), StoreError, "refused a statement: Data too"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("wrapped", [True, False], ids=["by SQLAlchemy", "by the driver"])
def test_what_a_server_says_becomes_an_error_with_a_hint(
    failure: Exception, kind: type[StoreError], words: str, wrapped: bool
) -> None:
    raised = OperationalError("UPDATE secret", {"x": "hunter2"}, failure) if wrapped else failure
    with pytest.raises(kind, match=words) as told, store_errors("postgresql://db/syncd"):
        raise raised
    assert type(told.value) is kind
    assert told.value.hint
    assert "hunter2" not in f"{told.value.message} {told.value.hint}"
    assert told.value.exit_status == 6


def test_an_error_of_ours_goes_through_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), store_errors("x"):
        raise ZeroDivisionError


def test_a_password_that_a_database_repeats_is_masked() -> None:
    error = pymysql.OperationalError(1, "bad address mysql://syncd:hunter2@db/x")
    with pytest.raises(StoreError) as told, store_errors("x"):
        raise error
    assert "hunter2" not in told.value.message


@pytest.mark.parametrize(
    "url",
    [
        "oracle://syncd:hunter2@db/syncd",
        "mssql+pyodbc://syncd:hunter2@db/x",
        "hunter2",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Database(url, read_only=False)
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "table", [SQLITE, POSTGRESQL, MYSQL], ids=["sqlite", "postgresql", "mysql"]
)
def test_all_that_a_database_can_say_can_be_said_in_chinese(table: dict[str, Trouble]) -> None:
    said = {sentence for one in table.values() for sentence in (one.message, one.hint)}
    assert said - catalogue().keys() == set()
