"""The audit log as files: which of them there are, in which order, and the lines in them."""

import gzip
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Any, Final

import orjson

from syncd.errors import AuditUnwritable
from syncd.store.chain import NO_HASH
from syncd.text import system_said, text

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
    #: Everything in it.
    document: Mapping[str, Any] = field(repr=False)

    @property
    def begins_chain(self) -> bool:
        """Return whether the line is the first of a chain."""
        return self.chain is not None and self.prev == NO_HASH

    def follows_from(self, seq: int, own_hash: str) -> bool:
        """Return whether it can stand behind the line of this number and hash."""
        if not self.begins_chain:
            return self.prev == own_hash
        ends = self.document.get("follows")
        if not isinstance(ends, list):
            return True
        named = [one for one in ends if isinstance(one, dict) and one.get("seq") == seq]
        return not named or any(one.get("hash") == own_hash for one in named)


def read_line(raw: bytes) -> AuditLine | None:
    """Return a line, without its line feed, taken apart; None where it is no line of ours."""
    match = _LINE.fullmatch(raw)
    if match is None:
        return None
    try:
        line = orjson.loads(raw)
        event, chain = str(line["event"]), line.get("chain")
        begins = chain if event == "chain_started" else None
        seq, prev, own = int(line["seq"]), line["prev"], line["hash"]
    except (ValueError, KeyError, TypeError):
        return None
    return AuditLine(seq, event, prev, own, match[1], begins, line)


def log_files(path: Path) -> list[Path]:
    """Return the log and what rotation has made of it, the oldest lines first.

    A file that is being packed at the moment is there twice; what is not packed yet counts.

    Raises:
        AuditUnwritable: The folder cannot be looked into.
    """
    name = re.escape(path.name) + _ROTATED.pattern
    try:
        rotated = [one for one in path.parent.iterdir() if re.fullmatch(name, one.name)]
    except OSError as error:
        raise unwritable(path, error) from error
    files = {one: stat for one in (*rotated, path) if (stat := _stat(one)) is not None}
    first = {one: _first_seq(one) for one in files}
    mine = [one for one in files if not _is_being_packed(one, first)]
    return sorted(mine, key=lambda one: (first[one], files[one].st_mtime))


def _stat(path: Path) -> os.stat_result | None:
    """Return what is known of a file that has something in it; rotation may have taken it away."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat if S_ISREG(stat.st_mode) and stat.st_size else None


def _is_being_packed(path: Path, first: Mapping[Path, int]) -> bool:
    original = path.with_suffix("")
    return (
        path.suffix == ".gz"
        and first.get(original) is not None
        and (first[path] in {0, first[original]})
    )


def read_raw(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file with their line feeds, unpacked where its name ends in `.gz`.

    Raises:
        OSError: It cannot be read, or it is packed and damaged.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield from file
    except (EOFError, zlib.error) as error:
        raise OSError(str(error)) from error


def unwritable(path: Path, error: OSError) -> AuditUnwritable:
    """Return what to say of a log that cannot be used."""
    return AuditUnwritable(
        text(
            "The audit log {path} cannot be written: {reason}.",
            path=path,
            reason=system_said(error) if error.strerror else str(error),
        ),
        hint=text("Check folder, owner, mode and room on the disk, or set [audit] file."),
    )


def first_seq(files: Sequence[Path]) -> int:
    """Return the number of the first line in a log's files; 0 where they have none."""
    return next((seq for seq in map(_first_seq, files) if seq), 0)


def _first_seq(path: Path) -> int:
    try:
        lines = (read_line(raw.rstrip(b"\n")) for raw in read_raw(path))
        return next((line.seq for line in lines if line), 0)
    except OSError:
        return 0
