"""What is left of an audit line about somebody who was erased; `docs/audit-log.md` defines it.

A tombstone keeps the line's number and both of its hashes, so that the chain through it is whole.
Its own bytes no longer give its hash: a later line of the event `person_erased`, which is part of
the chain like any other, names every line that may be one.
"""

import re
from collections.abc import Collection
from typing import Final

import orjson

#: The event of a tombstone.
ERASED: Final = "erased"
#: The event that names the lines which are tombstones from then on.
PERSON_ERASED: Final = "person_erased"
#: The field of that event with their numbers.
LINES: Final = "lines"
_SEQ: Final = re.compile(rb'"run_id":(?:null|\d+),"seq":(\d+),')
_MARK: Final = b'"event":"erased"'


def seq_of(raw: bytes) -> int:
    """Return a line's number without taking the line apart; 0 where it is no line of ours."""
    match = _SEQ.search(raw)
    return int(match[1]) if match else 0


def is_tombstone(raw: bytes) -> bool:
    """Return whether a line is a tombstone already."""
    return _MARK in raw[:80]


def tombstone(raw: bytes) -> bytes:
    """Return what is left of a line, without its line feed."""
    line = orjson.loads(raw)
    kept = {"ts": line["ts"], "event": ERASED, "run_id": line["run_id"], "seq": line["seq"]}
    return orjson.dumps({**kept, "actor": None, "prev": line["prev"], "hash": line["hash"]})


def with_tombstones(lines: bytes, seqs: Collection[int]) -> bytes:
    """Return lines, each with its line feed, those of the given numbers as tombstones."""
    return b"".join(
        tombstone(raw[:-1]) + b"\n" if _is_due(raw, seqs) else raw
        for raw in lines.splitlines(keepends=True)
    )


def _is_due(raw: bytes, seqs: Collection[int]) -> bool:
    return seq_of(raw) in seqs and raw.endswith(b"\n") and not is_tombstone(raw)
