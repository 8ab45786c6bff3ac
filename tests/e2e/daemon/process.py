"""`syncd run` as systemd would run it: its log is read as it comes, and what it notifies."""

import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.host import Host

#: What systemd allows, and what is promised.
PROMISED_SECONDS = 25.0
_PATIENCE = 30.0
_VALUE = re.compile(r"(\w+)=(\"(?:[^\"\\]|\\.)*\"|\S*)")
Line = dict[str, str]


def wait_until(condition: Callable[[], object], what: str, seconds: float = _PATIENCE) -> None:
    """Look every few milliseconds until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what} did not come within {seconds} s"
        time.sleep(0.02)


class Daemon:
    """A running `syncd run`."""

    def __init__(self, host: Host, *args: str) -> None:
        self.host = host
        self.lines: list[Line] = []
        self.raw: list[str] = []
        self._address = host.folder / "notify"
        self._address.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._address))
        self._socket.setblocking(False)
        self._told: list[str] = []
        self.process = host.start("run", *args, env={"NOTIFY_SOCKET": str(self._address)})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.raw.append(line)
            self.lines.append({key: value.strip('"') for key, value in _VALUE.findall(line)})

    @property
    def pid(self) -> int:
        return self.process.pid

    def events(self, name: str) -> list[Line]:
        """Return the log lines of one event so far."""
        return [line for line in list(self.lines) if line.get("event") == name]

    def await_event(self, name: str, count: int = 1) -> Line:
        """Wait for the nth line of an event, and return it."""
        wait_until(lambda: len(self.events(name)) >= count or self.process.poll() is not None, name)
        assert len(self.events(name)) >= count, self.said
        return self.events(name)[count - 1]

    def told(self) -> list[str]:
        """Return what systemd was told so far, a message each."""
        while True:
            try:
                self._told.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return list(self._told)

    @property
    def said(self) -> str:
        return "".join(self.raw)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; return the exit status, which must come in the time that is promised."""
        began = time.monotonic()
        self.process.send_signal(number)
        status = self.wait()
        assert time.monotonic() - began < PROMISED_SECONDS
        return status

    def wait(self) -> int:
        """Wait for the end; what was said may hold neither traceback nor secret."""
        try:
            status = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end\n{self.said}") from None
        self._reader.join(5)
        assert "Traceback" not in self.said, self.said
        for secret in self.host.secrets:
            assert secret not in self.said
        return status

    def kill(self) -> None:
        """End it as a power failure would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let nothing of it stay behind."""
        if self.process.poll() is None:
            self.kill()
        self._reader.join(5)
        self.process.stdout.close()
        self.process.stderr.close()
        self._socket.close()


@contextmanager
def running(host: Host, *args: str) -> Iterator[Daemon]:
    """Run the daemon for the length of a block."""
    daemon = Daemon(host, *args)
    try:
        yield daemon
    finally:
        daemon.close()


def open_files(pid: int) -> list[str]:
    """Return where the descriptors of a process lead."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found
