import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from syncd.errors import ConfigError, StoreError, StoreUnavailable
from syncd.store.border import store_errors
from syncd.store.database import Database


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
    "url",
    [
        "postgresql+psycopg://syncd:hunter2@db/syncd",
        "mysql+pymysql://syncd:hunter2@db/x",
        "hunter2",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Database(url, read_only=False)
    assert "hunter2" not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.__cause__ is None
