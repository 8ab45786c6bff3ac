"""Which process holds the lease, told so exactly that a dead one is never taken for a living one.

A process id alone is given to another process sooner or later; with the moment the process
started and the boot that it started in, it is not.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Holder:
    """One process of one boot of one host."""

    host: str
    boot_id: str
    pid: int
    #: When the process started, in the kernel's own count; empty where it cannot be told.
    process_start: str

    def is_gone(self, here: "Holder", proc: Path = _PROC) -> bool:
        """Return whether this process is known to have ended, as seen by the process `here`.

        Of another host nothing is known: its lease has to run out.
        """
        if self.host != here.host:
            return False
        if self.boot_id != here.boot_id:
            return True
        return read_process_start(self.pid, proc) != self.process_start


def this_process(proc: Path = _PROC) -> Holder:
    """Return the process that asks. Source: proc(5)."""
    pid = os.getpid()
    try:
        boot_id = (proc / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot_id = ""
    return Holder(socket.gethostname(), boot_id, pid, read_process_start(pid, proc))


def read_process_start(pid: int, proc: Path = _PROC) -> str:
    """Return the start of a process in ticks since the boot; empty when there is none.

    Field 22 of `/proc/PID/stat`; the name before it, in brackets, may hold spaces and brackets.
    """
    try:
        stat = (proc / str(pid) / "stat").read_bytes()
    except OSError:
        return ""
    fields = stat.rpartition(b")")[2].split()
    # A zombie has ended: it only waits for its parent to notice.
    return "" if fields[0] in {b"Z", b"X"} else fields[19].decode()
