"""Lines of an audit log that were erased: each must have been allowed by a later line."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from syncd.services.audit_lines import AuditLine
from syncd.store.tombstone import ERASED, LINES, PERSON_ERASED
from syncd.text import Text, text

#: What is wrong: a code, the file and line where it shows, and a sentence.
Wrong = tuple[str, Path | None, int, Text]


@dataclass(slots=True)
class Tombstones:
    """What one reading of a log finds of them."""

    #: Line → where it was found.
    found: dict[int, tuple[Path | None, int]] = field(default_factory=dict)
    #: Lines that may be tombstones, and must be.
    allowed: set[int] = field(default_factory=set)

    def take(self, path: Path | None, number: int, line: AuditLine) -> bool:
        """Look at a line; return whether it is a tombstone, whose bytes do not give its hash."""
        if line.event == ERASED:
            self.found[line.seq] = (path, number)
            return True
        if line.event == PERSON_ERASED:
            lines = line.document.get(LINES)
            named = lines if isinstance(lines, list) else []
            self.allowed |= {one for one in named if isinstance(one, int) and one < line.seq}
        return False

    def forged(self) -> Iterator[Wrong]:
        """Yield the tombstones that no later line allows."""
        for seq, (path, number) in self.found.items():
            if seq not in self.allowed:
                message = text("Line {seq} was erased, and no later line says so.", seq=seq)
                yield "edited", path, number, message

    def left(self, missing: Collection[tuple[int, int]], last_seq: int) -> Iterator[Wrong]:
        """Yield the lines that should be tombstones, and are not.

        Args:
            missing: First and last of the lines that are not there at all.
            last_seq: The last line of the files.
        """
        for seq in sorted(self.allowed - self.found.keys()):
            is_there = seq <= last_seq and not any(a <= seq <= b for a, b in missing)
            if is_there:
                message = text(
                    "Line {seq} is about somebody who was erased; the next run erases it.", seq=seq
                )
                yield "not_erased", None, 0, message
