"""A MariaDB server for tests and benchmarks."""

import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pymysql

from tests.servers.server import Server


class MariaDB(Server):
    """MariaDB; root needs no password."""

    account = "mysql"
    stop_signal: ClassVar = signal.SIGTERM
    home = "mysql"

    def __init__(
        self,
        install_db: Path,
        mariadbd: Path,
        folder: Path | None = None,
        *,
        durable: bool = False,
        memory: str = "64M",
    ) -> None:
        """Make a data folder; a durable server waits for the disk, as a real one does."""
        self._install_db, self._mariadbd = install_db, mariadbd
        self._durable, self._memory = durable, memory
        super().__init__(folder)

    def _install_command(self) -> Sequence[str | Path]:
        return (
            self._install_db,
            *("--no-defaults", f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder}"),
            *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
            "--innodb-log-file-size=16M",
        )

    def _server_command(self) -> Sequence[str | Path]:
        return (
            self._mariadbd,
            *("--no-defaults", f"--datadir={self.folder / 'data'}", f"--tmpdir={self.folder}"),
            *(f"--socket={self.folder / 's'}", f"--pid-file={self.folder / 'pid'}"),
            *(f"--port={self.port}", "--bind-address=127.0.0.1", "--skip-name-resolve"),
            f"--innodb-buffer-pool-size={self._memory}",
            f"--innodb-log-file-size={'96M' if self._durable else '16M'}",
            f"--innodb-flush-log-at-trx-commit={1 if self._durable else 0}",
            # As many a server was set up: nothing of ours may rely on what it would rather be.
            *("--character-set-server=latin1", "--default-storage-engine=MyISAM"),
        )

    def connect(self, database: str, **options: Any) -> Any:
        # Certificates are of no use here, and finding them takes longer than most tests.
        given = {"user": "root", "autocommit": True, "charset": "utf8mb4", "ssl_disabled": True}
        given |= options
        return pymysql.connect(host="127.0.0.1", port=self.port, database=database, **given)

    def url(self, database: str) -> str:
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{database}?ssl_disabled=1"

    def make_database(self, name: str) -> None:
        self.execute(self.home, f"CREATE DATABASE `{name}`")

    def drop_database(self, name: str) -> None:
        self.end_session(name)
        self.execute(self.home, f"DROP DATABASE IF EXISTS `{name}`")

    def sessions(self, database: str) -> int:
        [(found,)] = self.execute(
            self.home,
            f"SELECT count(*) FROM information_schema.processlist WHERE db = '{database}'",
        )
        return int(found)

    def end_session(self, database: str) -> int:
        found = self.execute(
            self.home,
            f"SELECT id FROM information_schema.processlist WHERE db = '{database}'"
            " AND id <> connection_id()",
        )
        for (session,) in found:
            with suppress(pymysql.err.OperationalError):  # it has ended by itself
                self.execute(self.home, f"KILL {session}")
        return len(found)
