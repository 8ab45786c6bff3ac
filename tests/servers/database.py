"""One database of a test, whichever kind it is of."""

import itertools
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from syncd.store.store import Store
from tests.servers.postgresql import PostgreSQL
from tests.servers.server import Server

Row = tuple[Any, ...]


class TestDatabase(Protocol):
    """An empty database, how syncd names it, and how another program sees it."""

    __test__ = False
    kind: str
    url: str

    def prepare(self) -> None:
        """Make syncd's tables, more quickly than its migrations do."""

    def rows(self, query: str) -> list[Row]:
        """Return rows as plain values: moments as text in UTC, JSON as text, truth as 1 and 0."""

    def dicts(self, query: str) -> list[dict[str, Any]]:
        """Return rows as `rows` does, by the names of their columns."""

    def execute(self, *statements: str) -> None:
        """Run statements as another program would, each by itself."""

    def tables(self) -> list[str]:
        """Return the names of all tables."""

    def drop(self) -> None:
        """Remove the database, whoever has it open."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold what a writing syncd would hold."""


class SqliteDatabase:
    """A file."""

    __test__ = False
    kind = "sqlite"

    def __init__(self, path: Path, template: Path) -> None:
        self.path, self._template = path, template
        self.url = f"sqlite:///{path}"

    def prepare(self) -> None:
        shutil.copy(self._template, self.path)

    def rows(self, query: str) -> list[Row]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def dicts(self, query: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    def execute(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def tables(self) -> list[str]:
        if not self.path.exists():
            return []
        return [
            name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]

    def drop(self) -> None:
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")


class ServerDatabase:
    """A database of a server; those with syncd's tables are used again by other tests."""

    __test__ = False

    def __init__(self, kind: str, server: Server, *, prepared: bool) -> None:
        self.kind, self.server = kind, server
        self._tables = _tables_of(server)
        self._prepared = prepared
        if prepared and self._tables.spare:
            self.name = self._tables.spare.pop()
        else:
            self.name = f"test_{next(_NUMBERS)}"
            if prepared:
                self._tables.make(self.name)
            else:
                server.make_database(self.name)
        self.url = server.url(self.name)

    def prepare(self) -> None:
        if not self._prepared:
            self.server.drop_database(self.name)
            self._tables.make(self.name)

    def rows(self, query: str) -> list[Row]:
        return [tuple(map(_plain, row)) for row in self.server.execute(self.name, query)]

    def dicts(self, query: str) -> list[dict[str, Any]]:
        with closing(self.server.connect(self.name)) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor]

    def execute(self, *statements: str) -> None:
        self.server.execute(self.name, *statements)

    def tables(self) -> list[str]:
        return sorted({table for table, *_ in self._tables.columns(self.name)})

    def drop(self) -> None:
        if self._prepared and self._tables.clear(self.name):
            self._tables.spare.append(self.name)
        else:
            self.server.drop_database(self.name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(self.server.connect(self.name, autocommit=False)) as connection:
            connection.cursor().execute("SELECT * FROM sync_lease FOR UPDATE")
            yield
            connection.rollback()  # a server lets go some time after a connection has ended


_NUMBERS = itertools.count(1)
#: The database that others are made after.
_TEMPLATE = "template_of_syncd"
_OF_SERVERS: dict[int, "_Tables"] = {}


class _Tables:
    """Syncd's tables in a server: made by its migrations once, and copied after that."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.spare: list[str] = []
        server.make_database(_TEMPLATE)
        store = Store.open(server.url(_TEMPLATE))
        store.prepare()
        store.close()
        self._columns = self.columns(_TEMPLATE)
        self._names = sorted({table for table, *_ in self._columns})
        self._is_postgresql = isinstance(server, PostgreSQL)
        self._firsts = {
            name: rows
            for name in self._names
            if (rows := server.execute(_TEMPLATE, f"SELECT * FROM {name}"))
        }
        self._made = [] if self._is_postgresql else self._statements()

    def columns(self, database: str) -> list[Row]:
        """Return every column of a database."""
        of = "public" if isinstance(self._server, PostgreSQL) else database
        return sorted(
            self._server.execute(
                database,
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                f" WHERE table_schema = '{of}'",
            )
        )

    def make(self, database: str) -> None:
        """Make a database with the tables and their first rows."""
        if isinstance(self._server, PostgreSQL):
            self._server.copy_database(database, _TEMPLATE)
        else:
            self._server.make_database(database)
            self._server.execute(database, *self._made, *self._first_rows())

    def clear(self, database: str) -> bool:
        """Make a database as new again; return False where its tables are others by now."""
        self._server.end_session(database)
        if self.columns(database) != self._columns:
            return False
        self._server.execute(
            database,
            "SET session_replication_role = replica"
            if self._is_postgresql
            else "SET foreign_key_checks = 0",
            *(f"DELETE FROM {name}" for name in self._names),
            *self._restarts(database),
            *self._first_rows(),
        )
        return True

    def _restarts(self, database: str) -> list[str]:
        """Return what lets ids begin with 1 again."""
        if self._is_postgresql:
            sequence = "format('%I.%I', schemaname, sequencename)::regclass"
            return [f"SELECT setval({sequence}, 1, false) FROM pg_sequences"]
        counting = self._server.execute(database, "SHOW TABLE STATUS")
        return [f"TRUNCATE {row[0]}" for row in counting if (row[10] or 1) > 1]

    def _first_rows(self) -> list[str]:
        return [
            f"INSERT INTO {name} VALUES ({', '.join(map(_literal, row))})"
            for name, rows in self._firsts.items()
            for row in rows
        ]

    def _statements(self) -> list[str]:
        made = ["SET foreign_key_checks = 0"]
        for name in self._names:
            [(_, statement)] = self._server.execute(_TEMPLATE, f"SHOW CREATE TABLE {name}")
            made.append(statement)
        return made


def _tables_of(server: Server) -> _Tables:
    if server.port not in _OF_SERVERS:
        _OF_SERVERS[server.port] = _Tables(server)
    return _OF_SERVERS[server.port]


def _literal(value: Any) -> str:
    return "NULL" if value is None else repr(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
        return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return bytes(value) if isinstance(value, memoryview | bytearray) else value
