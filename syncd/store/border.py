"""Where errors of SQLAlchemy and of a driver become ours, once."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from syncd.errors import StoreBusy, StoreError, StoreUnavailable

#: SQLite's result code → class, what is wrong, what to do. https://www.sqlite.org/rescode.html
_SQLITE: dict[str, tuple[type[StoreError], str, str]] = {
    "SQLITE_BUSY": (
        StoreBusy,
        "is locked by another process",
        "Wait for it, or find out who holds the file open (fuser FILE).",
    ),
    "SQLITE_LOCKED": (StoreBusy, "is locked", "Try again in a moment."),
    "SQLITE_FULL": (
        StoreUnavailable,
        "cannot grow: the disk is full",
        "Make room where the database lies; nothing was half-written.",
    ),
    "SQLITE_CANTOPEN": (
        StoreUnavailable,
        "cannot be opened",
        "Check that the folder exists and that this account may write to it.",
    ),
    "SQLITE_READONLY": (
        StoreError,
        "is read-only for this account",
        "Check owner and mode of the file and of its folder.",
    ),
    "SQLITE_PERM": (StoreError, "refuses access", "Check owner and mode of the file."),
    "SQLITE_CORRUPT": (
        StoreError,
        "is damaged",
        "Restore it from a backup; sqlite3 FILE 'PRAGMA integrity_check' tells how far it goes.",
    ),
    "SQLITE_NOTADB": (
        StoreError,
        "is not an SQLite database",
        "Check [store] url: it names a file of another kind.",
    ),
    "SQLITE_IOERR": (
        StoreError,
        "could not be read or written: the disk reported an error",
        "Look at the system's log for the disk's errors.",
    ),
}


@contextmanager
def store_errors(name: str) -> Iterator[None]:
    """Translate what the database raises; `name` is the store's, without a password.

    Raises:
        StoreUnavailable: It is locked, full or not there.
        StoreError: Anything else that a database can say.
    """
    try:
        yield
    except DBAPIError as error:
        _raise(name, error.orig or error)
    except (SQLAlchemyError, sqlite3.Error) as error:
        _raise(name, error)


def _raise(name: str, error: BaseException) -> NoReturn:
    code = getattr(error, "sqlite_errorname", "")
    for prefix, (kind, what, hint) in _SQLITE.items():
        if code.startswith(prefix):
            raise kind(f"The store {name} {what}.", hint=hint) from error
    raise StoreError(
        f"The store {name} refused a statement: {error}",
        hint="Nothing was written. If another program writes to syncd's tables, stop it.",
    ) from error
