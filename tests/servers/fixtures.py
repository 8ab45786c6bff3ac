"""Databases for tests: a session's servers, and a new database for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.store.store import Store
from tests.servers.database import ServerDatabase, SqliteDatabase, TestDatabase
from tests.servers.mariadb import MariaDB
from tests.servers.postgresql import PostgreSQL
from tests.servers.server import Server

RequireServer = Callable[[str, str], Path]
MakeDatabase = Callable[..., TestDatabase]
KINDS = ("sqlite", "postgresql", "mariadb")


@pytest.fixture(scope="session")
def postgresql(require_server: RequireServer) -> Iterator[PostgreSQL]:
    """Return a running PostgreSQL, the same for all tests."""
    programs = [require_server("PostgreSQL", name) for name in ("initdb", "postgres")]
    yield from _running(PostgreSQL(*programs))


@pytest.fixture(scope="session")
def mariadb(require_server: RequireServer) -> Iterator[MariaDB]:
    """Return a running MariaDB, the same for all tests."""
    programs = [require_server("MariaDB", name) for name in ("mariadb-install-db", "mariadbd")]
    yield from _running(MariaDB(*programs))


def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with syncd's tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "syncd.db"
    store = Store.open(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


@pytest.fixture(scope="session")
def make_database(request: pytest.FixtureRequest) -> MakeDatabase:
    """Return a function of a kind and a folder that makes a database, empty or `prepared`."""

    def make(kind: str, folder: Path, *, prepared: bool = False) -> TestDatabase:
        if kind == "sqlite":
            database = SqliteDatabase(
                folder / "syncd.db", request.getfixturevalue("sqlite_template")
            )
            if prepared:
                database.prepare()
            return database
        return ServerDatabase(kind, request.getfixturevalue(kind), prepared=prepared)

    return make


@pytest.fixture
def database(
    request: pytest.FixtureRequest, kind: str, make_database: MakeDatabase, tmp_path: Path
) -> Iterator[TestDatabase]:
    """Return a database of the kind that the test runs on.

    It is empty, but has syncd's tables where the test asks for a store too.
    """
    made = make_database(kind, tmp_path, prepared="store" in request.fixturenames)
    yield made
    made.drop()


def run_on_every_database(metafunc: pytest.Metafunc) -> None:
    """Let a test run once for each kind, or for each that its module's `KINDS` names.

    A test that asks for the path of the file runs on SQLite alone.
    """
    named = {
        name.strip()
        for mark in metafunc.definition.iter_markers("parametrize")
        for name in (mark.args[0].split(",") if isinstance(mark.args[0], str) else mark.args[0])
    }
    # other tests have parameters of this name for other things
    if "kind" in metafunc.fixturenames and "kind" not in named:
        chosen = getattr(metafunc.module, "KINDS", KINDS)
        kinds = ("sqlite",) if "path" in metafunc.fixturenames else chosen
        metafunc.parametrize("kind", kinds)
