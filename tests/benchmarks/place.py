"""Where the store of a measured run lies: a file, or a database of a server started for it."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # the tests' own servers serve here too

from tests.servers.mariadb import MariaDB
from tests.servers.postgresql import PostgreSQL
from tests.servers.server import Server

KINDS = ("sqlite", "postgresql", "mariadb")
_FOLDERS = ("/usr/sbin", *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin"))))
Rows = list[tuple[object, ...]]


class File:
    """An SQLite file in the folder of the run."""

    url = "sqlite:///syncd.db"

    def __init__(self, folder: Path) -> None:
        """Remember the folder; syncd makes the file."""
        self._path = folder / "syncd.db"

    def ask(self, query: str) -> Rows:
        """Return the rows of a query."""
        with closing(sqlite3.connect(self._path)) as database:
            return database.execute(query).fetchall()

    @contextmanager
    def writer(self) -> Iterator[Callable[[str], object]]:
        """Give what an application does with a statement: waits, writes, commits."""
        with closing(sqlite3.connect(self._path, timeout=120, isolation_level=None)) as database:
            yield database.execute


class Served:
    """A database of a server."""

    def __init__(self, server: Server, name: str) -> None:
        """Make the database."""
        self._server, self._name = server, name
        server.make_database(name)
        self.url = server.url(name)

    def ask(self, query: str) -> Rows:
        """Return the rows of a query."""
        return self._server.execute(self._name, query)

    @contextmanager
    def writer(self) -> Iterator[Callable[[str], object]]:
        """Give what an application does with a statement: waits, writes, commits."""
        with closing(self._server.connect(self._name)) as database:
            yield database.cursor().execute


Place = File | Served


@contextmanager
def places(kind: str) -> Iterator[Callable[[Path], Place]]:
    """Give a function that makes an empty store for the folder of a run."""
    if kind == "sqlite":
        yield File
        return
    server: Server
    if kind == "postgresql":
        server = PostgreSQL(_program("initdb"), _program("postgres"), durable=True)
    else:
        programs = (_program("mariadb-install-db"), _program("mariadbd"))
        server = MariaDB(*programs, durable=True, memory="256M")
    try:
        server.start()
        yield lambda folder: Served(server, f"bench_{folder.name.replace('-', '_')}")
    finally:
        server.remove()


def _program(name: str) -> Path:
    found = shutil.which(name) or shutil.which(name, path=":".join(_FOLDERS))
    if found is None:
        raise SystemExit(f"{name} is not installed; `make servers` installs it")
    return Path(found)
