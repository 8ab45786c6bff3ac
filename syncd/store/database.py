"""The database itself: how it is opened, and what a transaction is."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from syncd.errors import ConfigError, StoreUnavailable
from syncd.store.border import store_errors
from syncd.store.schema import FIRST_ROWS, metadata

#: Seconds that a statement waits for another process before the store is called locked.
BUSY_TIMEOUT = 5.0
#: Owner and group may read; SQLite gives the files beside it the same mode.
_MODE = 0o640
#: What SQLite may keep in memory: with its own 2 MiB a first load reads every index page again.
CACHE_KIB = 16 * 1024
#: Bytes of a page of a new database: a first load writes fewer of them than of SQLite's own 4 KiB.
PAGE = 8192


class Database:
    """One SQLite file, opened for writing or only for reading."""

    def __init__(self, url: str, *, read_only: bool) -> None:
        """Remember where the database is; nothing is opened before it is needed.

        Raises:
            ConfigError: The URL is none, or names a database that this version does not use.
        """
        parsed = _parse(url)
        self.read_only = read_only
        self.path = _path(parsed)
        self.name = str(self.path) if self.path else parsed.render_as_string(hide_password=True)
        self._engine = _engine(parsed, self.path, read_only=read_only)

    @property
    def is_missing(self) -> bool:
        """Return whether there is no file, or one of no bytes, which SQLite takes for empty."""
        return self.path is not None and not (self.path.exists() and self.path.stat().st_size)

    def close(self) -> None:
        """Let go of every connection."""
        with store_errors(self.name):
            self._engine.dispose()

    def make_file(self) -> None:
        """Make the file where there is none, so that not everybody on the host may read it."""
        if self.path is not None and not self.path.exists():
            try:
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, _MODE))
            except OSError as error:
                raise StoreUnavailable(
                    f"The store {self.name} cannot be made: {error.strerror}.",
                    hint="Check that the folder exists and that this account may write to it.",
                ) from error

    def become_empty(self) -> None:
        """Stand for a database that is not there yet: current schema, no row, in memory."""
        self.close()
        self._engine = create_engine("sqlite://", poolclass=StaticPool)
        with self._engine.begin() as connection:
            metadata.create_all(connection)
            for table, row in FIRST_ROWS:
                connection.execute(insert(table).values(row))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the store.

        Raises:
            StoreUnavailable: It is locked or not there.
            StoreError: It is damaged, or not ours to read.
        """
        with store_errors(self.name), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that alone may write until the block ends; an exception undoes it all.

        Raises:
            StoreUnavailable: It is locked, full or not there.
            StoreError: It is damaged, or not ours to write.
        """
        with store_errors(self.name), self._engine.connect() as connection:
            writer = connection.execution_options(syncd_writes=True)
            with writer.begin():
                yield writer

    def is_being_written(self) -> bool:
        """Return whether somebody is writing at this moment; waits for nobody."""
        with store_errors(self.name):
            connection = self._engine.raw_connection()
            cursor = connection.cursor()
            try:
                cursor.execute("PRAGMA busy_timeout = 0")
                cursor.execute("BEGIN IMMEDIATE")
                cursor.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    return True
                raise
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")
                connection.close()
        return False


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text may hold a password, so it is not repeated, not even as the cause.
        raise ConfigError(
            "[store] url is not a database URL.",
            hint='Write for example "sqlite:////var/lib/syncd/syncd.db".',
        ) from None
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(
            f"[store] url names {parsed.get_backend_name()}, and this version keeps its store in SQLite only.",
            hint='Write for example "sqlite:////var/lib/syncd/syncd.db".',
        )
    return parsed


def _path(url: URL) -> Path | None:
    return Path(url.database) if url.database and url.database != ":memory:" else None


def _engine(url: URL, path: Path | None, *, read_only: bool) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}
    if path is None:
        options["poolclass"] = StaticPool
        options["connect_args"] = {"check_same_thread": False}
    else:
        options["connect_args"] = {"timeout": BUSY_TIMEOUT}
        if read_only:
            url = URL.create(
                "sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}
            )
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare_reader if read_only else _prepare_writer)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare_reader(connection: Any, _: Any) -> None:
    connection.isolation_level = None


def _prepare_writer(connection: Any, _: Any) -> None:
    # The driver's own idea of when a transaction begins is switched off; `_begin` says it.
    connection.isolation_level = None
    connection.execute(f"PRAGMA page_size = {PAGE}")  # of no effect once there is a table
    connection.execute("PRAGMA journal_mode = WAL")
    # The log on disk never gets ahead of the store, also when the power fails.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("syncd_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
