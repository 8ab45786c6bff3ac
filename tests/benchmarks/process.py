"""A child process, with its own children, and what it cost, by the kernel's own account."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Cost:
    """One process from start to exit."""

    seconds: float
    #: User and system time of the process, and of the children that it has waited for.
    cpu_seconds: float
    #: The largest resident set. The kernel counts what the parent held at the fork as well, so
    #: the benchmark itself stays small. While the process has children it is that of all together,
    #: seen every few hundredths of a second; what they share counts for each of them.
    peak_mib: float


#: How often it is looked whether a process has children, and how much memory all of them have.
_GLANCE = 0.02
_PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 1024**2


class Failed(Exception):
    """A measured command did not end as it should: its time would mean nothing."""


def run(
    command: Sequence[str | Path], *, folder: Path, env: Mapping[str, str] | None = None
) -> tuple[Cost, str]:
    """Run a command to its end; return its cost and its standard output.

    Raises:
        Failed: it did not end with status 0.
    """
    output, errors = folder / "stdout", folder / "stderr"
    with output.open("wb") as out, errors.open("wb") as err:
        began = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=folder, env=env)
        with _Family(child.pid) as family:
            _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
    if child.returncode != 0:
        shown = " ".join(str(word) for word in command)
        told = f"{output.read_text()[-2000:]}\n{errors.read_text()[-4000:]}"
        raise Failed(f"{shown} ended with status {child.returncode}\n{told}")
    peak = max(usage.ru_maxrss / 1024, family.peak_mib)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak), output.read_text()


class _Family:
    """Looks at the memory of a process and its children until it has ended."""

    def __init__(self, pid: int) -> None:
        self.peak_mib = 0.0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_GLANCE):
            children = _children(self._pid)
            if children:
                self.peak_mib = max(self.peak_mib, sum(map(_mib, (self._pid, *children))))


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _mib(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MIB
    except OSError:  # it has ended
        return 0.0
