"""The log's file itself: opened by one process at a time, whole to its last line."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from syncd.errors import AuditUnwritable
from syncd.services.audit_lines import AuditLine, log_files, read_line, read_raw, unwritable
from syncd.text import text

#: Owner and group may read: the log has personal data in it.
_MODE: Final = 0o640
_TAIL: Final = 64 * 1024


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """Open the log for appending, alone: two commands may end at the same moment.

    Raises:
        AuditUnwritable: It cannot be written.
    """
    try:
        while True:
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _MODE)
            with os.fdopen(opened, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _is_at(path, file):
                    yield file
                    return
            # It was rotated away while we waited for the lock.
    except OSError as error:
        raise unwritable(path, error) from error


def _is_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def is_removed(file: BinaryIO) -> bool:
    """Return whether a file was packed and removed while it was written, with what it then had."""
    return os.fstat(file.fileno()).st_nlink == 0


def cut_torn_tail(file: BinaryIO, path: Path) -> AuditLine | None:
    """Cut what follows the last line feed; return the last whole line, None in an empty file.

    Raises:
        AuditUnwritable: The last line is not one of a log.
    """
    size = file.seek(0, os.SEEK_END)
    start, tail = size, b""
    while start > 0 and tail.count(b"\n") < 2:  # noqa: PLR2004 - the one before the last line, and its own
        start = max(0, start - _TAIL)
        file.seek(start)
        tail = file.read(size - start)
    whole = tail.rfind(b"\n") + 1
    if start + whole != size:
        file.truncate(start + whole)
        os.fsync(file.fileno())
    file.seek(0, os.SEEK_END)
    if not whole:
        return None
    last = read_line(tail[:whole].splitlines()[-1])
    if last is None:
        raise AuditUnwritable(
            text("The last line of {path} is not one of an audit log.", path=path),
            hint=text(
                "Look at it with syncd audit verify; then move the file away, or set another [audit] file."
            ),
        )
    return last


def last_before(path: Path) -> AuditLine | None:
    """Return the last line that an empty file's predecessor has, so that none is written twice."""
    older = [one for one in log_files(path) if one != path]
    return _last_line(older[-1]) if older else None


def _last_line(path: Path) -> AuditLine | None:
    last = None
    with path.open("rb") as file:
        # Whoever opened it before it was rotated may be writing still.
        fcntl.flock(file, fcntl.LOCK_SH)
        for raw in read_raw(path):
            last = read_line(raw.rstrip(b"\n")) or last
    return last
