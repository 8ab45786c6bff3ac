"""A new chain after a restore of the database, so that nothing of the log or the store is lost.

The log goes further than a restored database, and the database may have been written to since.
The new chain begins above both; its first line says where the two parted, and what the database
has told since then follows it, told again.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from syncd.errors import StaleWrite
from syncd.services.audit_file import cut_torn_tail, last_before, locked
from syncd.services.audit_lines import AuditLine, log_files, read_line, read_raw
from syncd.store.chain import NO_HASH, ChainEnd, NewChain
from syncd.store.moment import Moment
from syncd.store.store import Store

#: How often it is tried again because somebody wrote in between.
_ATTEMPTS: Final = 5


def restart(store: Store, path: Path, *, at: datetime, actor: str, why: str) -> ChainEnd:
    """Begin a new chain above the file's last line, as after a restore of the database.

    Returns:
        Where the new chain begins and ends.

    Raises:
        AuditUnwritable: The file cannot be read.
        StaleWrite: Others are writing all the time.
    """
    attempts = _ATTEMPTS
    with locked(path) as file:
        last = cut_torn_tail(file, path) or last_before(path)
        while True:
            attempts -= 1
            with store.audit.moment() as moment:
                new = _new_chain(moment, log_files(path), last, why)
                expected = moment.end
            try:
                return store.audit.restart(new, expected, at=at, actor=actor)
            except StaleWrite:
                if not attempts:
                    raise


def _new_chain(moment: Moment, files: Sequence[Path], last: AuditLine | None, why: str) -> NewChain:
    end, seq = moment.end, last.seq if last else 0
    follows = [(last.seq, last.hash)] if last else []
    if end is None:  # nothing was ever written to the store
        return NewChain(seq, why, 0, follows, None)
    first, common = _compare(_stored(moment, end), _written(files))
    if seq > end.last_seq or (seq >= first and common != seq):
        again = 1 if common is None else common + 1
        follows.append((end.last_seq, end.last_hash))
        return NewChain(max(seq, end.last_seq), why, common, follows, again)
    # The log is only behind: what waits for it goes before the new chain.
    follows = [(end.last_seq, end.last_hash)]
    return NewChain(end.last_seq, why, end.last_seq, follows, None)


def _stored(moment: Moment, end: ChainEnd) -> Iterator[tuple[int, str]]:
    """Yield the numbers and hashes that the store knows, in order."""
    known = False
    for first, _, text in moment.blocks(0):
        for place, raw in enumerate(text.splitlines()):
            line = read_line(raw)
            if line is None:
                continue
            if not known and line.prev != NO_HASH:
                yield first + place - 1, line.prev
            known = True
            yield line.seq, line.hash
    if not known:
        yield end.last_seq, end.last_hash


def _written(files: Sequence[Path]) -> Iterator[AuditLine]:
    for path in files:
        try:
            for raw in read_raw(path):
                if (line := read_line(raw.rstrip(b"\n"))) is not None:
                    yield line
        except OSError:
            continue  # a damaged file is what `audit verify` tells of


def _compare(
    stored: Iterator[tuple[int, str]], written: Iterator[AuditLine]
) -> tuple[int, int | None]:
    """Return the first line that the store knows, and the last that it has in common with the log.

    That is 0 where the store knows its lines from the very first on and none is the log's, and
    None where it cannot be told.
    """
    first, common = 0, None
    line = next(written, None)
    for seq, own in stored:
        if not first:
            first, common = seq, 0 if seq == 1 else None
        while line is not None and line.seq < seq:
            line = next(written, None)
        if line is None or (line.seq == seq and line.hash != own):
            break
        if line.seq == seq:
            common = seq
    return first, common
