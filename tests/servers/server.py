"""What the database servers of the tests have in common: a folder, an account, a process."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar


class Server(ABC):
    """A real database server in a folder of its own, on a free port of the loopback."""

    #: The account that the server is run as when the tests run as root, which servers refuse.
    account: ClassVar[str]
    #: What ends it in an orderly way, and at once.
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path | None = None) -> None:
        """Make a data folder; `folder` is an existing one of the test's own."""
        self.folder = folder or Path(tempfile.mkdtemp(prefix="syncd-server-"))
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            self.folder.chmod(0o700)
            account = pwd.getpwnam(self.account)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self._run(*self._install_command())

    @abstractmethod
    def _install_command(self) -> Sequence[str | Path]:
        """Return the command that makes an empty data folder."""

    @abstractmethod
    def _server_command(self) -> Sequence[str | Path]:
        """Return the command that is the server."""

    @abstractmethod
    def connect(self, database: str, **options: Any) -> Any:
        """Return a driver's connection that commits every statement by itself."""

    @abstractmethod
    def url(self, database: str) -> str:
        """Return what `[store] url` has for a database."""

    @abstractmethod
    def make_database(self, name: str) -> None:
        """Make an empty database."""

    @abstractmethod
    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""

    @abstractmethod
    def end_session(self, database: str) -> int:
        """End every session on a database but the caller's; return how many."""

    @abstractmethod
    def sessions(self, database: str) -> int:
        """Return how many sessions there are on a database, without the caller's."""

    @property
    @abstractmethod
    def home(self) -> str:
        """Return the name of a database that is always there."""

    @property
    def is_running(self) -> bool:
        """Return whether the server's process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        log = self.folder / "server.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*self._as_account(), *self._server_command()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect(self.home).close()
            except Exception as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(log.read_text(errors="replace")[-3000:]) from error
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals | None = None) -> None:
        """End the server and wait until it has ended."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(how or self.stop_signal)
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End the server and remove all it has written."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Give a moment in which the server does not run."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def execute(self, database: str, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements, each by itself, and return the rows of the last one."""
        connection = self.connect(database)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(
            [*self._as_account(), *command],
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {(done.stdout + done.stderr).decode()[-3000:]}")

    def _as_account(self) -> list[str]:
        """Return what runs a command as the server's account, and ends it with the tests."""
        prefix = ["setpriv", "--pdeathsig", "SIGKILL"]
        if os.geteuid() == 0:
            prefix += [f"--reuid={self.account}", f"--regid={self.account}", "--clear-groups"]
        return prefix


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
