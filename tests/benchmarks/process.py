"""A child process and what it cost, by the kernel's own account."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """One process from start to exit."""

    seconds: float
    #: User and system time of the process itself.
    cpu_seconds: float
    #: The largest resident set. The kernel counts what the parent held at the fork as well, so
    #: the benchmark itself stays small.
    peak_mib: float


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
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)  # it is waited for already
    if child.returncode != 0:
        shown = " ".join(str(word) for word in command)
        told = f"{output.read_text()[-2000:]}\n{errors.read_text()[-4000:]}"
        raise Failed(f"{shown} ended with status {child.returncode}\n{told}")
    cost = Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
    return cost, output.read_text()
