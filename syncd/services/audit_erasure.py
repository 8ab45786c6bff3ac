"""Erasing somebody from the files of the audit log, and from what an SQLite file still holds of them.

The event `person_erased`, a line of the chain like any other, is what tells a host to do it: as it
writes that line into its own copy, it notes beside the file that there is something to be done. The
note goes when it is done, so that whatever breaks off is done by a later command.
"""

import gzip
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

import structlog

from syncd.reconcile.traces import Search, Traces
from syncd.services.audit_lines import log_files, read_line, read_raw, unwritable
from syncd.store.store import Store
from syncd.store.tombstone import ERASED, LINES, PERSON_ERASED, seq_of, with_tombstones

log = structlog.get_logger(__name__)

#: How the names of files end that are being written.
_PART: Final = ".erasing-part"
_EVENT: Final = f'"event":"{PERSON_ERASED}"'.encode()
_CHANGE: Final = b'"event":"change"'
_LINK: Final = b'"entity":"link"'
#: The event that names people by their number alone, where they have no id in the source.
_DELIVERY: Final = "delivery_ended"
#: Events that are about nobody, or that must stay as they are.
_SPARED: Final = frozenset({"chain_started", PERSON_ERASED, ERASED, "configuration_loaded"})


# --- what is to be done ------------------------------------------------------------------------


def note(path: Path, lines: bytes) -> None:
    """Note beside the log that somebody is to be erased from it, if the lines say so.

    To be called before they are written: the note must not be lost between the two.

    Raises:
        OSError: The note cannot be made.
    """
    if _EVENT in lines:
        os.close(os.open(_note(path), os.O_CREAT | os.O_WRONLY, 0o640))
        _sync_folder(path)


def is_due(path: Path) -> bool:
    """Return whether somebody is to be erased from the log."""
    return _note(path).exists()


def carry_out(store: Store, path: Path) -> None:
    """Erase everybody whom the log says to be erased, from its files and from the database's file.

    Only who has the log's lock may call it. Nothing happens to lines that were erased before.

    Raises:
        AuditUnwritable: A file cannot be written; the next command tries again.
        StoreError: The database could not be cleaned; the next command tries again.
    """
    try:
        files = log_files(path)
        seqs = erased_lines(files)
        _remove_parts(path)
        count = sum(_rewrite(one, seqs, path.name) for one in files)
        store.erasing.clean()
        _note(path).unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error
    log.info("erasure_carried_out", lines=len(seqs), files=count)


def erased_lines(files: Sequence[Path]) -> frozenset[int]:
    """Return the numbers of all lines that the log says to be erased.

    Raises:
        OSError: A file cannot be read.
    """
    found: set[int] = set()
    for path in files:
        for raw in read_raw(path):
            line = read_line(raw.rstrip(b"\n")) if _EVENT in raw else None
            if line is not None and line.event == PERSON_ERASED:
                found.update(one for one in line.document[LINES] if one < line.seq)
    return frozenset(found)


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".erasing")


# --- the files ---------------------------------------------------------------------------------


def _remove_parts(path: Path) -> None:
    """Remove what an erasure that was killed has left beside the log: most of its lines."""
    for part in path.parent.iterdir():
        if part.name.startswith(f".{path.name}.") and part.name.endswith(_PART):
            part.unlink()


def _rewrite(path: Path, seqs: Collection[int], log_name: str) -> bool:
    """Put tombstones into a file of the log in one step; return whether it had to be."""
    if not any(seq_of(raw) in seqs and with_tombstones(raw, seqs) != raw for raw in read_raw(path)):
        return False
    number, name = tempfile.mkstemp(prefix=f".{log_name}.", suffix=_PART, dir=path.parent)
    os.close(number)
    part = Path(name)
    try:
        with _writing(part, like=path) as file:
            for raw in read_raw(path):
                file.write(with_tombstones(raw, seqs) if seq_of(raw) in seqs else raw)
        _finish(part, path)
    finally:
        part.unlink(missing_ok=True)
    return True


def _writing(part: Path, *, like: Path) -> BinaryIO:
    if like.suffix == ".gz":
        return cast("BinaryIO", gzip.open(part, "wb"))
    return part.open("wb")


def _finish(part: Path, path: Path) -> None:
    """Put a new file in the place of an old one, with its owner, mode and time."""
    shutil.copystat(path, part)
    before = path.stat()
    if (before.st_uid, before.st_gid) != (part.stat().st_uid, part.stat().st_gid):
        os.chown(part, before.st_uid, before.st_gid)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# --- which lines are about somebody ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The lines about somebody."""

    seqs: frozenset[int]
    #: What is known of the person, with what the lines tell.
    traces: Traces
    #: How many lines up to the last one this host has not, so that they were not looked at.
    missing: int


def find_lines(store: Store, path: Path, traces: Traces, last_seq: int) -> FoundLines:
    """Return the lines about somebody, those that wait in the store included.

    Args:
        store: The store.
        path: The log.
        traces: What the store knows of the person.
        last_seq: The last line that there is.

    Raises:
        AuditUnwritable: The log cannot be read.
    """
    try:
        files = log_files(path) if path.parent.is_dir() else []
        former = _last_owned(files, store, traces.user_id)
        traces = traces.and_links(store.erasing.without_rows(former))
        own = _own_changes(files, store, traces)
        for before, after in own.values():
            traces = traces.and_columns(before).and_columns(after)
        traces = store.erasing.with_pseudonyms(traces)
        search = traces.search()
        seen: set[int] = set()
        others: set[int] = set()
        for raw in _lines(files, store):
            seen.add(seq_of(raw))
            if _mentions(raw, search, traces.user_id):
                others.add(seq_of(raw))
    except OSError as error:
        raise unwritable(path, error) from error
    missing = last_seq - len(seen & set(range(1, last_seq + 1)))
    return FoundLines(frozenset(own) | (others - {0}), traces, missing)


def _lines(files: Sequence[Path], store: Store) -> Iterator[bytes]:
    for path in files:
        yield from read_raw(path)
    for _, _, lines in store.audit.blocks(0):
        yield from lines.splitlines(keepends=True)


def _last_owned(files: Sequence[Path], store: Store, user_id: int) -> frozenset[int]:
    """Return the links that were the person's when a change last said whose they are."""
    mine = re.compile(rb'"user_id":%d[,}]' % user_id)
    last: dict[int, int] = {}
    for raw in _lines(files, store):
        if _LINK not in raw or not (last or mine.search(raw)):
            continue
        line = read_line(raw.rstrip(b"\n"))
        if line is None or line.event != "change":
            continue
        for side in (line.document["before"], line.document["after"]):
            of = (side or {}).get("user_id")
            if of is not None and (of == user_id or line.document["entity_id"] in last):
                last[line.document["entity_id"]] = of
    return frozenset(key for key, of in last.items() if of == user_id)


Sides = tuple[dict[str, object] | None, dict[str, object] | None]


def _own_changes(files: Sequence[Path], store: Store, traces: Traces) -> dict[int, Sides]:
    """Return the changes of the person's row, memberships and links, by line."""
    me = f'"entity_id":{traces.user_id},'.encode()
    links = [f'"entity_id":{key},'.encode() for key in sorted(traces.links)]
    found: dict[int, Sides] = {}
    for raw in _lines(files, store):
        if _CHANGE not in raw:
            continue
        is_link = _LINK in raw
        if not (any(one in raw for one in links) if is_link else me in raw):
            continue
        line = read_line(raw.rstrip(b"\n"))
        if line is not None and line.document["entity"] != "department":
            found[line.seq] = line.document["before"], line.document["after"]
    return found


def _mentions(raw: bytes, search: Search, user_id: int) -> bool:
    if _CHANGE in raw:
        return False
    line = read_line(raw.rstrip(b"\n"))
    if line is None or line.event in _SPARED:
        return False
    if line.event == _DELIVERY and line.document.get("user_id") == user_id:
        return True
    members = {key: value for key, value in line.document.items() if key not in _FRAME}
    return search.finds(members)


#: What every line has; none of it is about the person whom the line is about.
_FRAME: Final = frozenset({"ts", "event", "run_id", "seq", "actor", "prev", "hash"})
