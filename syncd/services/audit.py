"""Carrying audit lines from the store into the file, and never losing or doubling one.

The store finishes every line in the transaction of what it tells. What is here may fail or be
killed at any moment: the next call finds out from the file itself how far it has come.
"""

import fcntl
import gzip
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from syncd.errors import AuditUnwritable
from syncd.store.audit_queue import AuditFile
from syncd.store.chain import ChainEnd
from syncd.store.store import Store

#: Owner and group may read: the log has personal data in it.
_MODE: Final = 0o640
_TAIL: Final = 64 * 1024
_LINE: Final = re.compile(rb'(\{.*),"hash":"([0-9a-f]{64})"\}', re.DOTALL)
#: What log rotation makes of a name: `.1`, `.2.gz`, `-20261121`, `-20261121.gz`.
_ROTATED: Final = re.compile(r"[.-]\d[\d.-]*(\.gz)?")


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A line of the log, taken apart."""

    seq: int
    event: str
    prev: str
    hash: str
    #: The bytes that `hash` is of.
    body: bytes
    #: The id of the chain that the line begins; None for any other line.
    chain: str | None


@dataclass(frozen=True, slots=True)
class Written:
    """What one call has added to the file."""

    lines: int
    last_seq: int


def read_line(raw: bytes) -> AuditLine | None:
    """Return a line, without its line feed, taken apart; None where it is no line of ours."""
    match = _LINE.fullmatch(raw)
    if match is None:
        return None
    try:
        line = orjson.loads(raw)
        event, chain = str(line["event"]), line.get("chain")
        begins = chain if event == "chain_started" else None
        return AuditLine(int(line["seq"]), event, line["prev"], line["hash"], match[1], begins)
    except (ValueError, KeyError, TypeError):
        return None


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
    with _locked(path) as file:
        end = store.audit.end()
        if end is None:
            return Written(0, 0)
        known = store.audit.file(host, str(path))
        last = _cut_torn_tail(file, path)
        after = last.seq if last else _before_rotation(path, known)
        if after > end.last_seq:
            raise _ahead(path, after, end)
        if last and last.seq == end.last_seq and last.hash != end.last_hash:
            raise _foreign(path, last)
        written = _append(store, file, path, last, after)
        position = AuditFile(host, str(path), written.last_seq, file.tell())
        if position != known:
            store.audit.note(position)
        return written


def restart(store: Store, path: Path, *, at: datetime, actor: str, why: str) -> ChainEnd:
    """Begin a new chain above the file's last line, as after a restore of the database.

    Raises:
        AuditUnwritable: The file cannot be read.
    """
    with _locked(path) as file:
        last = _cut_torn_tail(file, path)
        after = last.seq if last else _before_rotation(path, None)
        return store.audit.restart(after_seq=after, at=at, actor=actor, why=why)


def log_files(path: Path) -> list[Path]:
    """Return the log and what rotation has made of it, the oldest lines first."""
    name = re.escape(path.name) + _ROTATED.pattern
    try:
        rotated = [one for one in path.parent.iterdir() if re.fullmatch(name, one.name)]
    except OSError as error:
        raise _unwritable(path, error) from error
    files = [one for one in (*rotated, path) if one.is_file() and one.stat().st_size]
    return sorted(files, key=lambda one: (_first_seq(one), one.stat().st_mtime))


def read_raw(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file with their line feeds, unpacked where its name ends in `.gz`.

    Raises:
        OSError: It cannot be read.
        EOFError: It is packed and broken off.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield from file


def _first_seq(path: Path) -> int:
    try:
        lines = (read_line(raw.rstrip(b"\n")) for raw in read_raw(path))
        return next((line.seq for line in lines if line), 0)
    except (OSError, EOFError):
        return 0


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open the log for appending, alone: two commands may end at the same moment."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _MODE), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
    except OSError as error:
        raise _unwritable(path, error) from error


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
            f"The last line of {path} is not one of an audit log.",
            hint="Look at it with syncd audit verify; then move the file away, or set another [audit] file.",
        )
    return last


def _before_rotation(path: Path, known: AuditFile | None) -> int:
    """Return the last line that an empty file's predecessor has, so that none is written twice."""
    older = [one for one in log_files(path) if one != path]
    last = 0
    for raw in read_raw(older[-1]) if older else ():
        line = read_line(raw.rstrip(b"\n"))
        last = line.seq if line else last
    return max(last, known.last_seq if known else 0)


def _append(
    store: Store, file: BinaryIO, path: Path, last: AuditLine | None, after: int
) -> Written:
    count, seq = 0, after
    for first, last_of_block, lines in store.audit.blocks(after):
        text = lines
        if first <= after:  # the process died within this block
            text = b"".join(lines.splitlines(keepends=True)[after + 1 - first :])
        if not count:
            _check_continues(path, last, text)
        file.write(text)
        count, seq = count + text.count(b"\n"), last_of_block
    file.flush()
    os.fsync(file.fileno())
    return Written(count, seq)


def _check_continues(path: Path, last: AuditLine | None, text: bytes) -> None:
    following = read_line(text.split(b"\n", 1)[0])
    if last is None or following is None or following.chain is not None:
        return
    if following.seq == last.seq + 1 and following.prev != last.hash:
        raise _foreign(path, last)


def _foreign(path: Path, last: AuditLine) -> AuditUnwritable:
    return AuditUnwritable(
        f"{path} is the log of another store: line {last.seq} in it is not the one that this store wrote.",
        hint="Set [audit] file to a file of its own, or run syncd audit restart --why REASON after a restore.",
    )


def _ahead(path: Path, seq: int, end: ChainEnd) -> AuditUnwritable:
    return AuditUnwritable(
        f"{path} has lines up to {seq}, and the store knows only of {end.last_seq}: it was restored, or the file is another store's.",
        hint="After a restore run: syncd audit restart --why REASON",
    )


def _unwritable(path: Path, error: OSError) -> AuditUnwritable:
    return AuditUnwritable(
        f"The audit log {path} cannot be written: {error.strerror or error}.",
        hint="Check folder, owner, mode and room on the disk, or set [audit] file.",
    )
