"""PostgreSQL, by psycopg 3."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.engine import URL

from syncd.errors import StoreError
from syncd.store import backend
from syncd.store.backend import make_engine, unless_given
from syncd.store.behind import let_statements_wait
from syncd.store.schema import lease
from syncd.text import text

#: Any number that nobody else uses: the lock under which the schema is altered.
_SCHEMA_LOCK: Final = 0x73796E6364  # "syncd"
#: `lock_not_available`: somebody else holds the row. PostgreSQL, appendix A.
_LOCKED: Final = "55P03"


class PostgreSQL:
    """A database of a PostgreSQL server."""

    path: Path | None = None

    def __init__(self, url: URL, *, read_only: bool) -> None:
        """Remember which database it is."""
        self._url = url.set(drivername="postgresql+psycopg")
        self._read_only = read_only

    def engine(self) -> Engine:
        """Return a new engine; each of its sessions counts time in UTC."""
        options = {
            "connect_timeout": backend.CONNECT_TIMEOUT,
            "application_name": "syncd",
            # A server that has vanished is noticed within a minute or so.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        }
        engine = make_engine(
            self._url,
            "postgresql",
            connect_args=unless_given(self._url, options),
            paramstyle="format",
            pool_pre_ping=True,  # the server may have been restarted since the last transaction
            use_native_hstore=False,
        )
        event.listen(engine, "connect", _prepare)
        let_statements_wait(engine)
        return engine

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction: a reader sees one moment, a writer what is there now."""
        from psycopg import IsolationLevel  # noqa: PLC0415 - not everybody has PostgreSQL

        session: Any = connection.connection.dbapi_connection
        session.isolation_level = (
            IsolationLevel.READ_COMMITTED if writes else IsolationLevel.REPEATABLE_READ
        )
        # None leaves it to the server, which may allow this account to read only.
        session.read_only = None if writes and not self._read_only else True

    def lock(self, connection: Connection) -> None:
        """Wait for the lease's row, and keep it: one process of ours writes at a time."""
        connection.execute(select(lease.c.id).with_for_update())

    @contextmanager
    def altering(self, connection: Connection) -> Iterator[None]:
        """Keep other processes from altering the schema until the transaction ends."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s::bigint)", (_SCHEMA_LOCK,))
        yield

    def is_being_written(self, engine: Engine) -> bool:
        """Return whether somebody is writing at this moment; waits for nobody."""
        connection: Any = engine.raw_connection()
        try:
            connection.dbapi_connection.read_only = None  # the last transaction may have been
            connection.cursor().execute("SELECT id FROM sync_lease FOR UPDATE NOWAIT")
        except Exception as error:
            if getattr(error, "sqlstate", None) == _LOCKED:
                return True
            raise
        finally:
            connection.close()
        return False

    def damage(self, connection: Connection, most: int) -> Iterator[tuple[str, str]]:
        """Yield nothing: the server looks after its own pages and references."""
        del connection, most
        return iter(())


def _prepare(session: Any, _: Any) -> None:
    from psycopg.types.string import TextLoader  # noqa: PLC0415 - not everybody has PostgreSQL

    encoding = session.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StoreError(
            text(
                "The database {name} keeps its texts as {encoding}.",
                name=session.info.dbname,
                encoding=encoding,
            ),
            hint=text("Make one with ENCODING 'UTF8': Chinese names have no place in another."),
        )
    # Rows by the hundred thousand stay text until somebody asks for a moment or a JSON value.
    for kind in ("timestamptz", "jsonb"):
        session.adapters.register_loader(kind, TextLoader)
    session.autocommit = True
    session.execute(
        "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'; SET statement_timeout = 0;"
        f" SET lock_timeout = '{backend.BUSY_TIMEOUT * 1000:.0f}ms';"
        f" SET idle_in_transaction_session_timeout = '{backend.IDLE_IN_TRANSACTION}s'"
    )
    session.autocommit = False
