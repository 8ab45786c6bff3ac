"""Carrying audit lines from the store into the file, and never losing or doubling one.

The store finishes every line in the transaction of what it tells. What is here may fail or be
killed at any moment: the next call finds out from the file itself how far it has come.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from syncd.errors import AuditUnwritable
from syncd.services.audit_lines import (
    AuditLine,
    first_seq,
    log_files,
    read_line,
    read_raw,
    unwritable,
)
from syncd.store.audit_queue import AuditFile
from syncd.store.chain import ChainEnd
from syncd.store.store import Store
from syncd.text import text

#: Owner and group may read: the log has personal data in it.
_MODE: Final = 0o640
_TAIL: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Written:
    """What one call has added to the file."""

    lines: int
    last_seq: int


def check_writable(path: Path) -> None:
    """Make sure that the log can be written before anything is applied; makes the file.

    Raises:
        AuditUnwritable: It cannot.
    """
    with _locked(path):
        pass


def write_pending(store: Store, path: Path, host: str) -> Written:
    """Append to the file every line that the store has and the file has not.

    The first call registers the file: from then on lines stay in the store until this file has
    them. A torn last line is cut off before.

    Raises:
        AuditUnwritable: The file cannot be written, or it is not a log of this store. The lines
            stay in the store.
    """
    lines = 0
    while True:
        with _locked(path) as file:
            end = store.audit.end()
            if end is None:
                return Written(0, 0)
            last = _cut_torn_tail(file, path)
            known = _known(store, path, host, last, end)
            after = last.seq if last else max(known.last_seq, _before_rotation(path))
            written = _append(store, file, path, last, after)
            lines += written.lines
            if not _is_removed(file):
                position = replace(known, last_seq=written.last_seq, size=file.tell())
                if position != known:
                    store.audit.note(position)
                return Written(lines, written.last_seq)


def restart(store: Store, path: Path, *, at: datetime, actor: str, why: str) -> ChainEnd:
    """Begin a new chain above the file's last line, as after a restore of the database.

    Raises:
        AuditUnwritable: The file cannot be read.
    """
    with _locked(path) as file:
        last = _cut_torn_tail(file, path)
        after = last.seq if last else _before_rotation(path)
        return store.audit.restart(after_seq=after, at=at, actor=actor, why=why)


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open the log for appending, alone: two commands may end at the same moment."""
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


def _is_removed(file: BinaryIO) -> bool:
    """Return whether a file was packed and removed while it was written, with what it then had."""
    return os.fstat(file.fileno()).st_nlink == 0


def _known(store: Store, path: Path, host: str, last: AuditLine | None, end: ChainEnd) -> AuditFile:
    """Return how far the store thinks the file is; one it has not heard of is registered.

    Raises:
        AuditUnwritable: The file is not a log of this store.
    """
    after = last.seq if last else _before_rotation(path)
    if after > end.last_seq:
        raise _ahead(path, after, end)
    if last and last.seq == end.last_seq and last.hash != end.last_hash:
        raise _foreign(path, last)
    known = store.audit.file(host, str(path))
    if known is not None:
        return known
    # Before its lines are read: what the other files have all got is deleted at any moment.
    first = first_seq(log_files(path))
    return store.audit.register(host, str(path), first_seq=first, last_seq=after)


def _cut_torn_tail(file: BinaryIO, path: Path) -> AuditLine | None:
    """Cut what follows the last line feed; return the last whole line, None in an empty file."""
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


def _before_rotation(path: Path) -> int:
    """Return the last line that an empty file's predecessor has, so that none is written twice."""
    older = [one for one in log_files(path) if one != path]
    return _last_seq(older[-1]) if older else 0


def _last_seq(path: Path) -> int:
    last = 0
    with path.open("rb") as file:
        # Whoever opened it before it was rotated may be writing still.
        fcntl.flock(file, fcntl.LOCK_SH)
        for raw in read_raw(path):
            line = read_line(raw.rstrip(b"\n"))
            last = line.seq if line else last
    return last


def _append(
    store: Store, file: BinaryIO, path: Path, last: AuditLine | None, after: int
) -> Written:
    count, seq = 0, after
    for first, last_of_block, lines in store.audit.blocks(after):
        new = lines
        if first <= after:  # the process died within this block
            new = b"".join(lines.splitlines(keepends=True)[after + 1 - first :])
        if not count:
            _check_continues(path, last, new)
        file.write(new)
        count, seq = count + new.count(b"\n"), last_of_block
    file.flush()
    os.fsync(file.fileno())
    return Written(count, seq)


def _check_continues(path: Path, last: AuditLine | None, new: bytes) -> None:
    following = read_line(new.split(b"\n", 1)[0])
    if last is None or following is None or following.chain is not None:
        return
    if following.seq == last.seq + 1 and following.prev != last.hash:
        raise _foreign(path, last)


def _foreign(path: Path, last: AuditLine) -> AuditUnwritable:
    return AuditUnwritable(
        text(
            "{path} is the log of another store: line {seq} in it is not the one that this store wrote.",
            path=path,
            seq=last.seq,
        ),
        hint=text(
            "Set [audit] file to a file of its own, or run syncd audit restart --why REASON after a restore."
        ),
    )


def _ahead(path: Path, seq: int, end: ChainEnd) -> AuditUnwritable:
    return AuditUnwritable(
        text(
            "{path} has lines up to {seq}, and the store knows only of {last_seq}: it was restored, or the file is another store's.",
            path=path,
            seq=seq,
            last_seq=end.last_seq,
        ),
        hint=text("After a restore run: syncd audit restart --why REASON"),
    )
