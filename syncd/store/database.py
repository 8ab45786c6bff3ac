"""The database itself: how it is opened, and what a transaction is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from syncd.errors import ConfigError, StoreUnavailable
from syncd.store import still
from syncd.store.backend import Backend
from syncd.store.behind import empty_log, has_long_log
from syncd.store.border import store_errors
from syncd.store.schema import FIRST_ROWS, metadata
from syncd.text import system_said, text

#: Owner and group may read; SQLite gives the files beside it the same mode.
_MODE = 0o640


class Database:
    """One database, opened for writing or only for reading."""

    def __init__(self, url: str, *, read_only: bool) -> None:
        """Remember where the database is; nothing is opened before it is needed.

        Raises:
            ConfigError: The URL is none, or names a database that syncd does not use.
        """
        self._url = parsed = _parse(url)
        self.read_only = read_only
        self.backend = _backend(parsed, read_only=read_only)
        self.path = self.backend.path
        self.name = str(self.path) if self.path else _shown(parsed)
        self._engine = _engine(self.backend)
        #: Whether it stands for a database that is not there.
        self._is_made_up = False
        #: Moves the write-ahead log of a large transaction to the file.
        self._mover: Thread | None = None

    @property
    def is_missing(self) -> bool:
        """Return whether there is no file, or one of no bytes, which SQLite takes for empty.

        Raises:
            StoreUnavailable: This account may not look.
        """
        try:
            return self.path is not None and not self.path.stat().st_size
        except FileNotFoundError:
            return True
        except OSError as error:
            raise StoreUnavailable(
                text(
                    "The store {name} cannot be looked at: {reason}.",
                    name=self.name,
                    reason=system_said(error),
                ),
                hint=text("Check owner and mode of the file, and of the folders that lead to it."),
            ) from error

    def close(self) -> None:
        """Let go of every connection."""
        if self._mover is not None:
            self._mover.join()
        with store_errors(self.name):
            self._engine.dispose()

    def make_file(self) -> None:
        """Make the file where there is none, so that not everybody on the host may read it."""
        if self.path is not None and not self.path.exists():
            try:
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, _MODE))
            except OSError as error:
                raise StoreUnavailable(
                    text(
                        "The store {name} cannot be made: {reason}.",
                        name=self.name,
                        reason=system_said(error),
                    ),
                    hint=text(
                        "Check that the folder exists and that this account may write to it."
                    ),
                ) from error

    def become_empty(self) -> None:
        """Stand for a database that is not there yet: current schema, no row, in memory."""
        self.close()
        self._is_made_up = True
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
        if self._is_still():
            with self._as_it_stands() as connection:
                yield connection
            return
        with store_errors(self.name), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that alone may write until the block ends; an exception undoes it all.

        Applications may write to their own tables and to the outbox meanwhile, but in SQLite,
        which has one writer at a time.

        Raises:
            StoreUnavailable: It is locked, full or not there.
            StoreError: It is damaged, or not ours to write.
        """
        with self._writer() as connection:
            self.backend.lock(connection)
            yield connection

    @contextmanager
    def write_beside(self) -> Iterator[Connection]:
        """Give a connection that may write beside whoever holds the right to write the directory.

        It is for the outbox: messages go out while a long run is written. In SQLite, which has one
        writer at a time, it is alone all the same.

        Raises:
            StoreUnavailable: It is locked, full or not there.
            StoreError: It is damaged, or not ours to write.
        """
        with self._writer() as connection:
            yield connection

    @contextmanager
    def alter(self) -> Iterator[Connection]:
        """Give a connection that alone may alter the schema until the block ends.

        Raises:
            StoreUnavailable: It is locked, full or not there.
            StoreError: It is damaged, or not ours to alter.
        """
        with self._writer() as connection, self.backend.altering(connection):
            yield connection

    def is_being_written(self) -> bool:
        """Return whether somebody is writing at this moment; waits for nobody."""
        with store_errors(self.name):
            return self.backend.is_being_written(self._engine)

    @contextmanager
    def _writer(self) -> Iterator[Connection]:
        with store_errors(self.name), self._engine.connect() as connection:
            writer = connection.execution_options(syncd_writes=True)
            try:
                with writer.begin():
                    yield writer
            finally:
                if has_long_log(writer) and self.path is not None:
                    self._mover = empty_log(self.path)

    def _is_still(self) -> bool:
        """Return whether the file is read as it stands, because this account may not write there."""
        if self.path is None or not self.read_only or self._is_made_up or self.is_missing:
            return False
        return still.is_still(self.path)

    @contextmanager
    def _as_it_stands(self) -> Iterator[Connection]:
        from syncd.store.sqlite import Sqlite  # noqa: PLC0415 - see `_backend`

        if self.path is None:
            raise AssertionError("only a file can stand still")
        backend = Sqlite(self._url, read_only=True, as_it_stands=True)
        engine = _engine(backend)
        try:
            with (
                still.unmoved(self.path),
                store_errors(self.name),
                engine.connect() as connection,
                connection.begin(),
            ):
                yield connection
        finally:
            engine.dispose()


def _engine(backend: Backend) -> Engine:
    engine = backend.engine()

    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("syncd_writes", False)
        backend.begin(connection, writes=writes)

    event.listen(engine, "begin", begin)
    return engine


def _parse(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        # The text may hold a password, so it is not repeated, not even as the cause.
        raise ConfigError(
            text("[store] url is not a database URL."),
            hint=text('Write for example "sqlite:////var/lib/syncd/syncd.db".'),
        ) from None


def _backend(url: URL, *, read_only: bool) -> Backend:
    # Imported where it is needed: every command pays for what is loaded here.
    match url.get_backend_name():
        case "sqlite":
            from syncd.store.sqlite import Sqlite  # noqa: PLC0415 - see above

            return Sqlite(url, read_only=read_only)
        case "postgresql" | "postgres":
            from syncd.store.postgresql import PostgreSQL  # noqa: PLC0415 - see above

            return PostgreSQL(url, read_only=read_only)
        case "mysql" | "mariadb":
            from syncd.store.mariadb import MariaDB  # noqa: PLC0415 - see above

            return MariaDB(url, read_only=read_only)
        case other:
            raise ConfigError(
                text("[store] url names {database}, which syncd does not use.", database=other),
                hint=text("Use SQLite, PostgreSQL, MariaDB or MySQL."),
            )


def _shown(url: URL) -> str:
    """Return the address as it may be shown: without its options, which may hold secrets too."""
    return url.set(query={}).render_as_string(hide_password=True)
