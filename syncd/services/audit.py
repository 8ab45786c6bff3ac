"""Carrying audit lines from the store into the file, and never losing or doubling one.

The store finishes every line in the transaction of what it tells. What is here may fail or be
killed at any moment: the next call finds out from the file itself how far it has come.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from syncd.errors import AuditUnwritable
from syncd.services.audit_erasure import carry_out, is_due, note
from syncd.services.audit_file import cut_torn_tail, is_removed, last_before, locked
from syncd.services.audit_lines import AuditLine, first_seq, log_files, read_line
from syncd.store.audit_queue import AuditFile
from syncd.store.chain import ChainEnd
from syncd.store.store import Store
from syncd.text import text


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
    with locked(path):
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
        with locked(path) as file:
            end = store.audit.end()
            if end is None:
                return Written(0, 0)
            own = cut_torn_tail(file, path)
            last = own or last_before(path)
            known = _known(store, path, host, last, end)
            after = own.seq if own else max(known.last_seq, last.seq if last else 0)
            written = _append(store, file, path, last, after)
            lines += written.lines
            if not is_removed(file):
                position = replace(known, last_seq=written.last_seq, size=file.tell())
                if position != known:
                    store.audit.note(position)
                if is_due(path):
                    carry_out(store, path)
                return Written(lines, written.last_seq)


def _known(store: Store, path: Path, host: str, last: AuditLine | None, end: ChainEnd) -> AuditFile:
    """Return how far the store thinks the file is; one it has not heard of is registered.

    Raises:
        AuditUnwritable: The file is not a log of this store.
    """
    after = last.seq if last else 0
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
        note(path, new)
        file.write(new)
        count, seq = count + last_of_block - max(first, after + 1) + 1, last_of_block
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
