"""Audit lines that wait for their files, and how far every file has come."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Connection, delete, func, select, update

from syncd.errors import StaleWrite
from syncd.store import chain
from syncd.store.chain import ChainEnd, Journal, NewChain
from syncd.store.database import Database
from syncd.store.moment import Moment
from syncd.store.schema import audit_block, audit_file
from syncd.store.sql import upsert_many
from syncd.store.types import read_time, utc_now
from syncd.text import text

_COLUMNS: Final = ("host", "path", "last_seq", "size", "first_seq")


@dataclass(frozen=True, slots=True)
class AuditFile:
    """How far one host's copy of the log has come, as far as the store was told."""

    host: str
    path: str
    last_seq: int
    #: Bytes that the file had then.
    size: int
    #: The first line that the file was given; None where that is not known.
    first_seq: int | None = None
    #: When this was noted; None where that is not known.
    noted_at: datetime | None = None


class AuditQueue:
    """The lines that not every registered file has yet."""

    def __init__(self, database: Database) -> None:
        """Look after the queue of one store."""
        self._database = database

    def end(self) -> ChainEnd | None:
        """Return where the chain ends; None before its first line."""
        with self._database.read() as connection:
            return chain.read_end(connection)

    def blocks(self, after_seq: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield (first seq, last seq, lines) of what waits beyond `after_seq`, in order."""
        with self._database.read() as connection:
            for first, last, lines in chain.read_blocks(connection, after_seq):
                yield first, last, bytes(lines)

    @contextmanager
    def moment(self) -> Iterator[Moment]:
        """Give one moment of the store, to be compared with the log; nobody waits for it."""
        with self._database.read() as connection:
            yield Moment(connection)

    def file(self, host: str, path: str) -> AuditFile | None:
        """Return how far a file has come; None for one that is not registered."""
        return next((one for one in self.files() if (one.host, one.path) == (host, path)), None)

    def files(self) -> list[AuditFile]:
        """Return every registered file."""
        with self._database.read() as connection:
            return [AuditFile(*row) for row in connection.execute(select(audit_file))]

    def register(self, host: str, path: str, *, first_seq: int, last_seq: int) -> AuditFile:
        """Let lines wait for one more file from now on, and return what it will be given.

        Args:
            host: The host that writes the file.
            path: The file, as that host calls it.
            first_seq: The first line that it has already; 0 where it has none.
            last_seq: The last one.
        """
        with self._database.write() as connection:
            if not first_seq:
                oldest = connection.execute(select(func.min(audit_block.c.first_seq))).scalar_one()
                end = chain.read_end(connection)
                first_seq = oldest or (end.last_seq + 1 if end else 1)
                last_seq = first_seq - 1
            file = AuditFile(host, path, last_seq, 0, first_seq)
            _note(connection, file)
        return file

    def note(self, file: AuditFile) -> None:
        """Note how far a file has come, and let go of what every registered file has."""
        with self._database.write() as connection:
            _note(connection, file)
            _let_go(connection)

    def waiting_since(self, after_seq: int) -> datetime | None:
        """Return when the first line beyond `after_seq` was written; None where none waits."""
        for first, _, lines in self.blocks(after_seq):
            raw = lines.splitlines()[max(0, after_seq + 1 - first)]
            return read_time(orjson.loads(raw)["ts"])
        return None

    def forget(self, file: AuditFile, *, at: datetime, actor: str, why: str) -> None:
        """Take a file off the register, and say so in the log: nothing waits for it any more."""
        told = {"host": file.host, "path": file.path, "last_seq": file.last_seq, "why": why}
        with self._database.write() as connection:
            journal = Journal(connection, at=at, actor=actor, run_id=None, personal=True)
            journal.event("audit_file_forgotten", told)
            journal.close()
            mine = (audit_file.c.host == file.host, audit_file.c.path == file.path)
            connection.execute(delete(audit_file).where(*mine))
            _let_go(connection)

    def restart(
        self, new: NewChain, expected: ChainEnd | None, *, at: datetime, actor: str
    ) -> ChainEnd:
        """Begin a new chain.

        Raises:
            StaleWrite: The chain does not end any more where it was expected to.
        """
        with self._database.write() as connection:
            if chain.read_end(connection) != expected:
                raise StaleWrite(text("Somebody else has written to the audit log meanwhile."))
            chain.start_chain(connection, new, at=at, actor=actor)
            begun = chain.read_end(connection)
        if begun is None:
            raise RuntimeError("a chain that was just begun is not there")
        return begun


def _note(connection: Connection, file: AuditFile) -> None:
    row = (file.host, file.path, file.last_seq, file.size, file.first_seq)
    upsert_many(connection, audit_file, _COLUMNS, [row])
    mine = (audit_file.c.host == file.host, audit_file.c.path == file.path)
    # By the database's clock: hosts may have different ideas of the time.
    connection.execute(update(audit_file).where(*mine).values(noted_at=utc_now()))


def _let_go(connection: Connection) -> None:
    """Delete the lines that every registered file has."""
    slowest = connection.execute(select(func.min(audit_file.c.last_seq))).scalar_one()
    if slowest is not None:
        connection.execute(delete(audit_block).where(audit_block.c.last_seq <= slowest))
