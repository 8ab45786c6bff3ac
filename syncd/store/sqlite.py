"""SQLite: one file, one writer at a time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import StaticPool

from syncd.store import backend
from syncd.store.backend import make_engine
from syncd.store.behind import let_statements_wait
from syncd.text import text

#: What SQLite may keep in memory: with its own 2 MiB a first load reads every index page again.
CACHE_KIB: Final = 16 * 1024
#: Bytes of a page of a new database: a first load writes fewer of them than of SQLite's own 4 KiB.
PAGE: Final = 8192


class Sqlite:
    """The file of one address; without a name, a database in memory."""

    def __init__(self, url: URL, *, read_only: bool, as_it_stands: bool = False) -> None:
        """Remember which file it is; one read `as_it_stands` must not be written meanwhile."""
        name = url.database
        self.path = Path(name) if name and name != ":memory:" else None
        self._url, self._read_only, self._as_it_stands = url, read_only, as_it_stands

    def engine(self) -> Engine:
        """Return a new engine; its transactions begin where we say, not where the driver thinks."""
        url, options = self._url, dict[str, Any]()
        if self.path is None:
            options["poolclass"] = StaticPool
            options["connect_args"] = {"check_same_thread": False}
        else:
            # Rows may be inserted by another thread than the one that makes them, one at a time.
            options["connect_args"] = {"timeout": backend.BUSY_TIMEOUT, "check_same_thread": False}
            if self._read_only:
                file = f"file:{quote(str(self.path))}"
                query = {"mode": "ro", "uri": "true"}
                more = {"immutable": "1"} if self._as_it_stands else {}
                url = URL.create("sqlite", database=file, query=query | more)
        engine = make_engine(url, "", **options)
        engine.dialect.statement_compiler = _with_hints(engine.dialect.statement_compiler)
        event.listen(engine, "connect", _prepare_reader if self._read_only else _prepare_writer)
        let_statements_wait(engine)
        return engine

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction; a writer's is the only one of its time from here on."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    def lock(self, connection: Connection) -> None:
        """Do nothing: who has begun to write is alone."""

    @contextmanager
    def altering(self, connection: Connection) -> Iterator[None]:
        """Do nothing: who has begun to write is alone."""
        del connection
        yield

    def is_being_written(self, engine: Engine) -> bool:
        """Return whether somebody is writing at this moment; waits for nobody."""
        connection = engine.raw_connection()
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
            cursor.execute(f"PRAGMA busy_timeout = {backend.BUSY_TIMEOUT * 1000:.0f}")
            connection.close()
        return False

    def damage(self, connection: Connection, most: int) -> Iterator[tuple[str, str]]:
        """Yield pages that are not whole, and references that lead nowhere."""
        for (said,) in connection.exec_driver_sql(f"PRAGMA integrity_check({most})"):
            if said != "ok":
                yield "damaged", str(said)
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(most)
        for table, row_id, parent, _ in rows:
            which = (
                text("row {row_id} of {table}", row_id=row_id, table=table)
                if row_id is not None
                else text("a row of {table}", table=table)
            )
            said = text(
                "{row} names a row of {parent} that is not there.", row=which, parent=parent
            )
            yield "reference", said


def _with_hints(compiler: type[Any]) -> type[Any]:
    """Return a compiler that writes hints for SQLite, `INDEXED BY`, which SQLAlchemy leaves out."""

    def hint(_: Any, table: Any, text: str) -> str:
        del table
        return text

    return type("HintingCompiler", (compiler,), {"get_from_hint_text": hint})


def _prepare_reader(connection: Any, _: Any) -> None:
    connection.isolation_level = None


def _prepare_writer(connection: Any, _: Any) -> None:
    # The driver's own idea of when a transaction begins is switched off; `begin` says it.
    connection.isolation_level = None
    connection.execute(f"PRAGMA page_size = {PAGE}")  # of no effect once there is a table
    connection.execute("PRAGMA journal_mode = WAL")
    # The log on disk never gets ahead of the store, also when the power fails.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    # Debian's SQLite writes zeros over whatever is deleted, which doubles what an audit line costs.
    # An erasure asks for that by itself, and packs the file anew.
    connection.execute("PRAGMA secure_delete = FAST")
