"""Finding out whether an audit log is whole: no line edited, moved, missing or cut off."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from syncd.services.audit_lines import AuditLine, read_line, read_raw
from syncd.services.audit_tombstones import Tombstones
from syncd.store.chain import NO_HASH
from syncd.store.store import Store
from syncd.text import text

#: More findings than this say nothing more.
_ENOUGH: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a log."""

    #: `edited`, `moved`, `repeated`, `missing`, `cut`, `torn`, `unreadable`, `ahead`, `other_chain`,
    #: `not_erased`.
    code: str
    #: The file and line where it shows; None and 0 where it is about the whole log.
    file: Path | None
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at a whole log has found."""

    lines: int
    last_seq: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Walk:
    """What has been seen so far; `prev` is None where the line before could not be read."""

    findings: list[Finding] = field(default_factory=list)
    lines: int = 0
    seq: int = 0
    prev: str | None = NO_HASH
    chain: str | None = None
    chain_seq: int = 0
    #: Gaps (first, last) whose lines have not turned up yet, and where each showed.
    gaps: list[tuple[int, int, Path, int]] = field(default_factory=list)
    tombstones: Tombstones = field(default_factory=Tombstones)

    def find(self, code: str, file: Path | None, line: int, message: str) -> None:
        if len(self.findings) < _ENOUGH:
            self.findings.append(Finding(code, file, line, message))


def verify(paths: Sequence[Path], store: Store, first_seq: int = 1) -> Verification:
    """Return what is wrong with a log, given its files with the oldest lines first (`log_files`).

    The store knows the last sequence and hash, so that a cut-off end shows too. Lines that wait
    in the store to be written are not missing, and neither are those before `first_seq`: the
    first that this copy of the log was given.
    """
    walk = _Walk(seq=first_seq - 1, prev=NO_HASH if first_seq == 1 else None)
    begin = walk.seq
    for path in paths:
        _read(walk, path, is_last=path == paths[-1])
    last_seq = walk.seq
    _compare(walk, store)
    missing = [(1, begin), *((first, last) for first, last, *_ in walk.gaps)]
    for wrong in (*walk.tombstones.forged(), *walk.tombstones.left(missing, last_seq)):
        walk.find(*wrong)
    for first, last, path, number in walk.gaps:
        walk.find(
            "missing",
            path,
            number,
            text("Lines {first} to {last} are missing before this one.", first=first, last=last),
        )
    return Verification(walk.lines, walk.seq, tuple(walk.findings[:_ENOUGH]))


def _read(walk: _Walk, path: Path, *, is_last: bool) -> None:
    number = 0
    try:
        for number, raw in enumerate(read_raw(path), 1):
            if not raw.endswith(b"\n"):
                _find_unfinished(walk, path, number, is_last=is_last)
            else:
                _look(walk, path, number, raw[:-1])
    except OSError as error:
        walk.find(
            "unreadable",
            path,
            number,
            text("The file cannot be read to its end: {error}.", error=str(error)),
        )


def _find_unfinished(walk: _Walk, path: Path, number: int, *, is_last: bool) -> None:
    if is_last:
        message = text("The last line is not whole; the next run cuts it off.")
        walk.find("torn", path, number, message)
    else:
        walk.find("edited", path, number, text("The last line of a rotated file is not whole."))


def _look(walk: _Walk, path: Path, number: int, raw: bytes) -> None:
    walk.lines += 1
    line = read_line(raw)
    if line is None:
        walk.find("edited", path, number, text("This is no line of an audit log."))
        walk.seq, walk.prev = walk.seq + 1, None
        return
    is_tombstone = walk.tombstones.take(path, number, line)
    if not is_tombstone and sha256(line.body).hexdigest() != line.hash:
        walk.find(
            "edited",
            path,
            number,
            text("Line {seq} was changed: its hash is not its own.", seq=line.seq),
        )
    if line.seq <= walk.seq:
        _look_back(walk, path, number, line)
        return
    if line.seq > walk.seq + 1:
        walk.gaps.append((walk.seq + 1, line.seq - 1, path, number))
    elif walk.prev is not None and not line.follows_from(walk.seq, walk.prev):
        message = text("Line {seq} does not follow from the one before it.", seq=line.seq)
        walk.find("edited", path, number, message)
    if line.begins_chain:
        walk.chain, walk.chain_seq = line.chain, line.seq
    walk.seq, walk.prev = line.seq, line.hash


def _look_back(walk: _Walk, path: Path, number: int, line: AuditLine) -> None:
    """Take in a line that should have come earlier."""
    for gap in walk.gaps:
        first, last, where, at = gap
        if first <= line.seq <= last:
            walk.find("moved", path, number, text("Line {seq} is not in its place.", seq=line.seq))
            walk.gaps.remove(gap)
            rest = ((first, line.seq - 1, where, at), (line.seq + 1, last, where, at))
            walk.gaps.extend(one for one in rest if one[0] <= one[1])
            return
    walk.find("repeated", path, number, text("Line {seq} is there a second time.", seq=line.seq))


def _compare(walk: _Walk, store: Store) -> None:
    """Compare the end of the log with what the store knows of it."""
    end = store.audit.end()
    if end is None:
        if walk.lines:
            walk.find("other_chain", None, 0, text("The store has never written a line."))
        return
    if walk.chain is not None and walk.chain != end.chain:
        walk.find(
            "other_chain",
            None,
            0,
            text(
                "The log belongs to chain {chain}, the store's is {known}.",
                chain=walk.chain,
                known=end.chain,
            ),
        )
    elif walk.chain is not None and walk.chain_seq != end.first_seq:
        walk.find(
            "other_chain", None, 0, text("The chain does not begin where the store began it.")
        )
    if walk.seq > end.last_seq:
        message = text(
            "The log goes on to {seq}, the store knows of {last_seq}: was it restored?",
            seq=walk.seq,
            last_seq=end.last_seq,
        )
        walk.find("ahead", None, 0, message)
    elif walk.seq == end.last_seq:
        if walk.prev is not None and walk.prev != end.last_hash:
            walk.find("edited", None, 0, text("The last line is not the one that the store wrote."))
    else:
        _compare_waiting(walk, store, end.last_seq)


def _compare_waiting(walk: _Walk, store: Store, last_seq: int) -> None:
    """Follow the chain through the lines that still wait in the store."""
    for first, _, block in store.audit.blocks(walk.seq):
        for raw in block.splitlines()[max(0, walk.seq + 1 - first) :]:
            line = read_line(raw)
            if line is None or line.seq != walk.seq + 1:
                break
            walk.tombstones.take(None, 0, line)
            if walk.prev is not None and not line.follows_from(walk.seq, walk.prev):
                message = text(
                    "What the store wrote after line {seq} does not follow from it.", seq=walk.seq
                )
                walk.find("edited", None, 0, message)
            walk.seq, walk.prev = line.seq, line.hash
    if walk.seq < last_seq:
        walk.find(
            "cut",
            None,
            0,
            text(
                "The log ends with line {seq}, the store wrote up to {last_seq}.",
                seq=walk.seq,
                last_seq=last_seq,
            ),
        )
