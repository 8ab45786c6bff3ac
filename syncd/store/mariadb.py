"""MariaDB and MySQL, by PyMySQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, select
from sqlalchemy.engine import URL

from syncd.errors import StoreBusy
from syncd.store import backend
from syncd.store.backend import make_engine, unless_given
from syncd.store.behind import let_statements_wait
from syncd.store.loading import let_sessions_load
from syncd.store.schema import lease
from syncd.text import text

#: `NOWAIT` and somebody else holds the row: MariaDB's number, then MySQL's.
_LOCKED: Final = frozenset({1205, 3572})
#: Values are refused where they do not fit, and a backslash escapes, whatever the server prefers.
_SQL_MODE: Final = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
#: The lock under which the schema is altered.
_SCHEMA_LOCK: Final = "CONCAT('syncd ', MD5(DATABASE()))"


class MariaDB:
    """A database of a MariaDB or MySQL server."""

    path: Path | None = None

    def __init__(self, url: URL, *, read_only: bool) -> None:
        """Remember which database it is."""
        self._url = url.set(drivername="mysql+pymysql")
        self._read_only = read_only

    def engine(self) -> Engine:
        """Return a new engine; each of its sessions counts time in UTC."""
        wait = max(1, round(backend.BUSY_TIMEOUT))
        options = {
            "connect_timeout": backend.CONNECT_TIMEOUT,
            "program_name": "syncd",
            # Only MariaDB reads what stands behind `M!`.
            "init_command": f"SET SESSION time_zone = '+00:00', sql_mode = '{_SQL_MODE}',"
            f" innodb_lock_wait_timeout = {wait}, lock_wait_timeout = {wait},"
            " foreign_key_checks = 1, unique_checks = 1"
            f" /*M!100300 , idle_write_transaction_timeout = {backend.IDLE_IN_TRANSACTION} */",
        }
        engine = make_engine(
            self._url,
            "mysql",
            connect_args={
                **unless_given(self._url, options),
                "charset": "utf8mb4",
                "conv": _conversions(),
            },
            paramstyle="format",
            pool_pre_ping=True,  # the server may have been restarted since the last transaction
        )
        let_statements_wait(engine)
        if not self._read_only:
            let_sessions_load(engine)
        return engine

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction: a reader sees one moment, a writer what is there now."""
        level = "READ COMMITTED" if writes else "REPEATABLE READ"
        connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
        may_write = writes and not self._read_only
        how = "READ WRITE" if may_write else "READ ONLY, WITH CONSISTENT SNAPSHOT"
        connection.exec_driver_sql(f"START TRANSACTION {how}")

    def lock(self, connection: Connection) -> None:
        """Wait for the lease's row, and keep it: one process of ours writes at a time."""
        connection.execute(select(lease.c.id).with_for_update())

    @contextmanager
    def altering(self, connection: Connection) -> Iterator[None]:
        """Keep other processes from altering the schema until the block ends."""
        taken = connection.exec_driver_sql(
            f"SELECT GET_LOCK({_SCHEMA_LOCK}, {backend.BUSY_TIMEOUT:.0f})"
        ).scalar()
        if taken != 1:
            raise StoreBusy(
                text("Another process is altering the schema."),
                hint=text("Wait until it has ended, then try again."),
            )
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SELECT RELEASE_LOCK({_SCHEMA_LOCK})")

    def is_being_written(self, engine: Engine) -> bool:
        """Return whether somebody is writing at this moment; waits for nobody."""
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("SELECT id FROM sync_lease FOR UPDATE NOWAIT")
        except Exception as error:
            if error.args and error.args[0] in _LOCKED:
                return True
            raise
        finally:
            connection.close()
        return False

    def damage(self, connection: Connection, most: int) -> Iterator[tuple[str, str]]:
        """Yield nothing: the server looks after its own pages and references."""
        del connection, most
        return iter(())


def _conversions() -> dict[Any, Any]:
    """Return how values are converted: moments stay text until somebody asks for one."""
    from pymysql.constants import FIELD_TYPE  # noqa: PLC0415 - not everybody has MariaDB
    from pymysql.converters import conversions  # noqa: PLC0415 - the same

    left = {FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP}
    return {kind: how for kind, how in conversions.items() if kind not in left}
