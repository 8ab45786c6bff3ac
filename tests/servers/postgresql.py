"""A PostgreSQL server for tests and benchmarks."""

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import psycopg

from tests.servers.server import Server


class PostgreSQL(Server):
    """PostgreSQL; everybody on the loopback is let in as whom they say they are."""

    account = "postgres"
    stop_signal: ClassVar = signal.SIGINT
    home = "postgres"

    def __init__(
        self, initdb: Path, postgres: Path, folder: Path | None = None, *, durable: bool = False
    ) -> None:
        """Make a data folder; a durable server waits for the disk, as a real one does."""
        self._initdb, self._postgres, self._durable = initdb, postgres, durable
        super().__init__(folder)

    def _install_command(self) -> Sequence[str | Path]:
        return (
            self._initdb,
            *("-D", self.folder / "data", "-U", "postgres", "--auth=trust", "--no-sync"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"),
        )

    def _server_command(self) -> Sequence[str | Path]:
        settings = ["listen_addresses=127.0.0.1", "shared_buffers=128MB"]
        if not self._durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        where = ("-D", self.folder / "data", "-p", str(self.port), "-k", self.folder)
        return (self._postgres, *where, *(part for one in settings for part in ("-c", one)))

    def connect(self, database: str, **options: Any) -> Any:
        given = {"user": "postgres", "autocommit": True, "connect_timeout": 5, **options}
        return psycopg.connect(host="127.0.0.1", port=self.port, dbname=database, **given)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def make_database(self, name: str) -> None:
        self.execute(self.home, f'CREATE DATABASE "{name}"')

    def copy_database(self, name: str, template: str) -> None:
        """Make a database that holds what another one holds."""
        self.execute(self.home, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        self.execute(self.home, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sessions(self, database: str) -> int:
        [(found,)] = self.execute(
            self.home, f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'"
        )
        return int(found)

    def end_session(self, database: str) -> int:
        ended = self.execute(
            self.home,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{database}' AND pid <> pg_backend_pid()",
        )
        return len(ended)
