"""One database of a test, whichever kind it is of."""

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

    def execute(self, *statements: str) -> None:
        """Run statements as another program would, each by itself."""

    def tables(self) -> list[str]:
        """Return the names of all tables."""

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

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")


class ServerDatabase:
    """A database of a server."""

    __test__ = False

    def __init__(self, kind: str, server: Server, name: str) -> None:
        self.kind, self.server, self.name = kind, server, name
        self.url = server.url(name)

    def prepare(self) -> None:
        if isinstance(self.server, PostgreSQL):
            self.server.drop_database(self.name)
            self.server.copy_database(self.name, TEMPLATE)
        else:
            self.server.execute(self.name, *_statements(self.server))

    def rows(self, query: str) -> list[Row]:
        return [tuple(map(_plain, row)) for row in self.server.execute(self.name, query)]

    def execute(self, *statements: str) -> None:
        self.server.execute(self.name, *statements)

    def tables(self) -> list[str]:
        schema = "public" if self.kind == "postgresql" else self.name
        query = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"
        return [name for (name,) in self.rows(query)]

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(self.server.connect(self.name, autocommit=False)) as connection:
            connection.cursor().execute("SELECT * FROM sync_lease FOR UPDATE")
            yield


#: The database that others are copies of.
TEMPLATE = "template_of_syncd"
_MADE: dict[int, list[str]] = {}


def make_template(server: Server) -> None:
    """Let syncd's migrations make the database that the tests' own are made after."""
    server.make_database(TEMPLATE)
    store = Store.open(server.url(TEMPLATE))
    store.prepare()
    store.close()


def _statements(server: Server) -> list[str]:
    """Return what makes MariaDB's tables and their first rows, read from the template once."""
    if server.port not in _MADE:
        made = ["SET foreign_key_checks = 0"]
        for (table,) in server.execute(TEMPLATE, "SHOW TABLES"):
            made.append(server.execute(TEMPLATE, f"SHOW CREATE TABLE {table}")[0][1])
            made.append(f"INSERT INTO {table} SELECT * FROM {TEMPLATE}.{table}")
        _MADE[server.port] = made
    return _MADE[server.port]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
        return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return bytes(value) if isinstance(value, memoryview | bytearray) else value
