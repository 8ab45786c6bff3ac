"""Where errors of SQLAlchemy and of a driver become ours, once."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from syncd.errors import StoreError
from syncd.store.trouble import MYSQL, POSTGRESQL, SQLITE, Trouble
from syncd.text import text

_CREDENTIALS: Final = re.compile(r"://[^/@\s]*@")
#: What psycopg says of a connection that it could not make has no code, only the server's words.
_WORDS: Final = {
    "password": "28P01",
    "pg_hba.conf": "28000",
    "no password supplied": "28000",
    'role "': "28000",
    'database "': "3D000",
    "too many": "53300",
    "remaining connection slots": "53300",
    "starting up": "57P03",
    "shutting down": "57P03",
    "connection failed": "08001",
    "connection timeout": "08001",
}
#: Anything else that it says without a code is about a connection that it had.
_CONNECTION: Final = "08006"


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
    except Exception as error:
        # Rows by the hundred thousand go to the driver directly.
        is_drivers = type(error).__module__.partition(".")[0] in {"psycopg", "pymysql"}
        if not is_drivers and not _asks_for_file(error):
            raise
        _raise(name, error)


def _raise(name: str, error: BaseException) -> NoReturn:
    trouble = _trouble(error)
    if trouble is not None:
        raise trouble.kind(text(trouble.message, name=name), hint=text(trouble.hint)) from error
    raise StoreError(
        text("The store {name} refused a statement: {error}", name=name, error=_said(error)),
        hint=text("Nothing was written. If another program writes to syncd's tables, stop it."),
    ) from error


def _asks_for_file(error: BaseException) -> bool:
    """Return whether PyMySQL says that a server wants a file which nobody has offered."""
    return type(error) is RuntimeError and "LOAD_LOCAL" in str(error)


def _trouble(error: BaseException) -> Trouble | None:
    if _asks_for_file(error):
        return MYSQL["LOAD_LOCAL"]
    driver = type(error).__module__.partition(".")[0]
    if driver == "psycopg":
        code = getattr(error, "sqlstate", None) or _by_words(error)
        return _starting_with(POSTGRESQL, code)
    if driver == "pymysql":
        number = error.args[0] if error.args else None
        # A connection that broke off is told with the number 0, and without a word.
        return MYSQL["2006"] if number == 0 else MYSQL.get(str(number))
    return _starting_with(SQLITE, getattr(error, "sqlite_errorname", ""))


def _by_words(error: BaseException) -> str:
    said = str(error)
    if type(error).__name__ not in {"OperationalError", "ConnectionTimeout"}:
        return ""
    return next((code for words, code in _WORDS.items() if words in said), _CONNECTION)


def _starting_with(table: dict[str, Trouble], code: str) -> Trouble | None:
    return next((one for prefix, one in table.items() if code.startswith(prefix)), None)


def _said(error: BaseException) -> str:
    """Return the database's own words: the first line, which holds no row and no password."""
    diagnosis = getattr(error, "diag", None)
    said = getattr(diagnosis, "message_primary", None)
    if said is None and type(error).__module__.startswith("pymysql") and len(error.args) > 1:
        said = error.args[1]
    lines = str(said or error).splitlines() or [type(error).__name__]
    return _CREDENTIALS.sub("://********@", lines[0])
