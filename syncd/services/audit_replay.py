"""Rebuilding the directory from the audit log alone, and comparing it with the store.

The log is read twice: first for its chain, and for what a restored database has left behind;
then for its changes. Memory is needed for the directory, not for the log.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from syncd.services.audit_compare import Comparison, Difference
from syncd.services.audit_lines import AuditLine, read_line, read_raw
from syncd.services.audit_rebuild import Directory
from syncd.services.audit_tombstones import Tombstones
from syncd.services.audit_verify import Finding
from syncd.store.chain import NO_HASH, ChainEnd
from syncd.store.moment import Moment
from syncd.store.store import Store
from syncd.text import text

#: More findings than this say nothing more.
_ENOUGH: Final = 100
#: What `[audit] personal_data = "hash"` puts in the place of a value.
_PSEUDONYM: Final = re.compile(rb'"h:[0-9a-f]{32}"')


@dataclass(frozen=True, slots=True)
class Replay:
    """What a log has rebuilt, and how it differs from the store."""

    lines: int
    last_seq: int
    #: Entity → rows that the log has made; empty where it could not be replayed.
    rows: dict[str, int]
    #: Why it could not be replayed.
    findings: tuple[Finding, ...]
    #: How many rows differ, and the first of them.
    differing: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def is_same(self) -> bool:
        """Return whether the log yields what the store holds."""
        return not self.findings and not self.differing


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first line of a chain."""

    seq: int
    #: The last line that the store of this chain had when it began; 0 for an empty store, None
    #: where that is not known.
    goes_on_after: int | None


Place = tuple[Path | None, int, AuditLine]


def replay(paths: Sequence[Path], store: Store, limit: int = _ENOUGH) -> Replay:
    """Rebuild the directory from the files of a log, the oldest first, and compare it.

    Lines that wait in the store to be written count as written.

    Args:
        paths: The files, as `log_files` gives them.
        store: The store to compare with, as it is at this moment.
        limit: Differences that are given in full.
    """
    with store.audit.moment() as moment:
        scan = _Scan(moment.end)
        for place in _lines(paths, moment, scan.findings):
            if not scan.take(*place):
                break
        if findings := scan.conclude(store):
            return Replay(scan.lines, scan.seq, {}, tuple(findings))
        directory = Directory()
        for path, number, line in _lines(paths, moment, []):
            if not scan.counts(line.seq):
                continue
            if line.event == "change" and _PSEUDONYM.search(line.body):
                finding = _pseudonymised(path, number, line)
                return Replay(scan.lines, scan.seq, {}, (finding,))
            directory.take(line.document)
        rows = directory.counts()
        comparison = Comparison(limit)
        comparison.compare(directory, moment)
    return Replay(scan.lines, scan.seq, rows, (), comparison.count, tuple(comparison.first))


def valid_ranges(beginnings: Sequence[Beginning], last_seq: int) -> list[tuple[int, int]] | None:
    """Return the lines, as (first, last), that have led to the store as it is; None if unknown.

    A chain that goes on after an earlier line than the one before it says that what lies
    between was lost when the database was restored.
    """
    ranges: list[tuple[int, int]] = []
    last: int | None = last_seq
    while last:
        begin = max((one for one in beginnings if one.seq <= last), key=lambda one: one.seq)
        ranges.append((begin.seq, last))
        last = begin.goes_on_after
    return None if last is None else ranges[::-1]


class _Scan:
    """What the first reading finds out."""

    def __init__(self, end: ChainEnd | None) -> None:
        self.findings: list[Finding] = []
        self.lines = 0
        self.seq = 0
        self._end = end
        self._hash: str = NO_HASH
        self._ahead = 0
        self._tombstones = Tombstones()
        self._beginnings: list[Beginning] = []
        self._gaps: list[tuple[int, int, Path | None, int]] = []
        self._ranges: list[tuple[int, int]] = []

    def take(self, path: Path | None, number: int, line: AuditLine) -> bool:
        """Look at a line; return whether the next one is to be looked at."""
        if self._end is None or line.seq > self._end.last_seq:
            self._ahead = line.seq
            return True
        self.lines += 1
        if line.begins_chain:
            self._beginnings.append(Beginning(line.seq, _goes_on_after(line)))
        if line.seq > self.seq + 1:
            self._gaps.append((self.seq + 1, line.seq - 1, path, number))
        elif line.seq <= self.seq or not line.follows_from(self.seq, self._hash):
            self._find_broken(path, number, line)
        is_tombstone = self._tombstones.take(path, number, line)
        if not is_tombstone and sha256(line.body).hexdigest() != line.hash:
            self._find_broken(path, number, line)
        self.seq, self._hash = line.seq, line.hash
        return len(self.findings) < _ENOUGH

    def conclude(self, store: Store) -> list[Finding]:
        """Return why the log cannot be replayed."""
        findings = self.findings
        findings += [Finding(*wrong) for wrong in self._tombstones.forged()]
        if findings:
            return findings
        if self._ahead:
            now = store.audit.end()
            if now is None or now.last_seq < self._ahead:
                return [_ahead(self._ahead, self._end)]
        if self._end is None:
            return []
        if self.seq < self._end.last_seq:
            findings.append(_cut(self.seq, self._end.last_seq))
        elif self._hash != self._end.last_hash:
            findings.append(_foreign())
        else:
            findings += self._find_lost()
        return findings

    def counts(self, seq: int) -> bool:
        """Return whether a line has led to the store as it is."""
        return any(first <= seq <= last for first, last in self._ranges)

    def _find_lost(self) -> Iterator[Finding]:
        """Yield which lines are needed and not there."""
        beginnings = self._beginnings
        if not beginnings or beginnings[0].seq > 1:
            beginnings = [Beginning(1, 0), *beginnings]
        ranges = valid_ranges(beginnings, self.seq)
        if ranges is None:
            yield _unknown_past(
                next(one.seq for one in beginnings[::-1] if one.goes_on_after is None)
            )
            return
        self._ranges = ranges
        for first, last, path, number in self._gaps:
            if any(begin <= last and first <= end for begin, end in ranges):
                yield _missing(first, last, path, number)

    def _find_broken(self, path: Path | None, number: int, line: AuditLine) -> None:
        message = text(
            "Line {seq} is not what was written, or not in its place; syncd audit verify says more.",
            seq=line.seq,
        )
        self.findings.append(Finding("edited", path, number, message))


def _lines(paths: Sequence[Path], moment: Moment, findings: list[Finding]) -> Iterator[Place]:
    """Yield every line of the files, and then those that wait in the store."""
    end = moment.end.last_seq if moment.end else 0
    last = 0
    for path in paths:
        for number, raw in _raw_lines(path, findings):
            line = read_line(raw[:-1]) if raw.endswith(b"\n") else None
            if line is not None:
                last = line.seq if line.seq <= end else last
                yield path, number, line
            elif path != paths[-1] or raw.endswith(b"\n"):  # else torn, and it waits in the store
                message = text("This is no line of an audit log.")
                findings.append(Finding("edited", path, number, message))
    for first, _, lines in moment.blocks(last):
        for raw in lines.splitlines()[max(0, last + 1 - first) :]:
            if (line := read_line(raw)) is not None:
                yield None, 0, line


def _raw_lines(path: Path, findings: list[Finding]) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        for number, raw in enumerate(read_raw(path), 1):
            yield number, raw
    except OSError as error:
        message = text("The file cannot be read to its end: {reason}.", reason=error)
        findings.append(Finding("unreadable", path, number, message))


def _goes_on_after(line: AuditLine) -> int | None:
    if line.seq == 1:
        return 0
    after = line.document.get("goes_on_after")
    return after if isinstance(after, int) else None


def _missing(first: int, last: int, path: Path | None, number: int) -> Finding:
    message = text(
        "Lines {first} to {last} are missing before this one; the directory cannot be rebuilt"
        " without them. Put the rotated files that have them beside the log.",
        first=first,
        last=last,
    )
    return Finding("missing", path, number, message)


def _cut(seq: int, last_seq: int) -> Finding:
    message = text(
        "The log ends with line {seq}, the store wrote up to {last}.", seq=seq, last=last_seq
    )
    return Finding("cut", None, 0, message)


def _ahead(seq: int, end: ChainEnd | None) -> Finding:
    message = text(
        "The log goes on to {seq}, the store knows of {last}: was it restored?",
        seq=seq,
        last=end.last_seq if end else 0,
    )
    return Finding("ahead", None, 0, message)


def _foreign() -> Finding:
    message = text("The last line is not the one that the store wrote.")
    return Finding("edited", None, 0, message)


def _unknown_past(seq: int) -> Finding:
    message = text(
        "The chain that begins with line {seq} goes on from a store whose past is not in this log;"
        " what it held then cannot be rebuilt.",
        seq=seq,
    )
    return Finding("other_chain", None, 0, message)


def _pseudonymised(path: Path | None, number: int, line: AuditLine) -> Finding:
    message = text(
        'Line {seq} has pseudonyms in the place of values ([audit] personal_data = "hash"); such a'
        " log cannot be replayed.",
        seq=line.seq,
    )
    return Finding("pseudonymised", path, number, message)
