"""Inserts that run in a thread of their own: the database works while Python makes the next rows.

A first load spends a third of its writing inside SQLite, and more of it waiting for a server;
neither needs the interpreter. Only what is inserted runs behind; every other statement of the
connection waits for it first, so a transaction sees its own rows as ever.
"""

import sqlite3
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, event

#: Blocks of rows that may wait for the database, so that memory stays small.
_WAITING: Final = 4
#: Seconds after which a thread that makes rows lets the other have the interpreter; Python's own
#: 5 ms are as long as SQLite takes for hundreds of rows.
_TURN: Final = 0.0002
_KEY: Final = "syncd_behind"
_LOG: Final = "syncd_log_is_long"
#: Pages in the write-ahead log after which SQLite moves them to the database: its own default.
_LOG_PAGES: Final = 1000


class Behind:
    """The inserts of one transaction that are still on their way."""

    def __init__(self, worker: ThreadPoolExecutor) -> None:
        """Insert in the worker's one thread, in the order given."""
        self._worker = worker
        self._waiting: deque[Future[object]] = deque()

    def do(self, insert: Callable[[], object]) -> None:
        """Insert rows in a moment; what went wrong with earlier ones is raised here.

        `insert` uses the driver's own connection: SQLAlchemy's is for one thread.
        """
        self._waiting.append(self._worker.submit(insert))
        if len(self._waiting) > _WAITING:
            self._waiting.popleft().result()

    def wait(self) -> None:
        """Return when every row is in.

        Raises:
            Exception: What the driver raised about one of them.
        """
        while self._waiting:
            self._waiting.popleft().result()


def behind(connection: Connection) -> Behind | None:
    """Return what inserts behind this connection, if anything does."""
    found = connection.info.get(_KEY)
    return found if isinstance(found, Behind) else None


@contextmanager
def inserting_behind(connection: Connection) -> Iterator[None]:
    """Let the inserts of the block run behind; all are in when it ends."""
    if connection.dialect.name == "sqlite":
        # Moving hundreds of megabytes from the log to the file need not keep anybody waiting.
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint = 0")
        connection.info[_LOG] = True
    turn = sys.getswitchinterval()
    with ThreadPoolExecutor(1, thread_name_prefix="syncd-store") as worker:
        connection.info[_KEY] = rows = Behind(worker)
        sys.setswitchinterval(_TURN)
        try:
            yield
            rows.wait()
        finally:
            sys.setswitchinterval(turn)
            del connection.info[_KEY]
            # The transaction is undone next, which must not meet a statement that still runs.
            worker.shutdown(cancel_futures=True)


def let_statements_wait(engine: Engine) -> None:
    """Make every statement of an engine wait for the inserts that run behind its connection."""
    event.listen(engine, "before_cursor_execute", _wait)


def _wait(connection: Connection, *_: object) -> None:
    rows = behind(connection)
    if rows is not None:
        rows.wait()


def has_long_log(connection: Connection) -> bool:
    """Return, once, whether a transaction that has ended left the write-ahead log to be emptied."""
    if not connection.info.pop(_LOG, False):
        return False
    with suppress(sqlite3.Error):
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    return True


def empty_log(path: Path) -> threading.Thread:
    """Move what stands in the write-ahead log to the database, behind; return who does it.

    Nothing is lost where it does not succeed: whoever closes the database last does it again.
    """

    def move() -> None:
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    thread = threading.Thread(target=move, name="syncd-checkpoint")
    thread.start()
    return thread
