"""Reading an SQLite file in a folder where this account may not write.

A database with a write-ahead log has two files beside it, `-wal` and `-shm`. While anybody has it
open they are there, and whoever may read them may read the database. The last one who closes it
takes them away, and SQLite then reads nothing where it cannot make them anew::

    -wal            -shm        then
    none            any         all is in the file: it is read as it stands, if it stays so
    empty           none        the same
    readable        readable    SQLite reads it as ever
    not readable    any         an error: what to grant
    any             unreadable  an error: what to grant
    readable        none        an error: a process died, and only who may write can clean up

Reading a file as it stands takes no lock, so a writer may come meanwhile. It is looked at again
afterwards: if it was written, or somebody has it open now, what was read counts for nothing.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from syncd.errors import StoreBusy, StoreError
from syncd.text import text

#: Where the header says how the file is written, and what stands there for a write-ahead log.
_FORMAT: Final = slice(18, 20)
_WAL: Final = b"\x02\x02"


def is_still(path: Path) -> bool:
    """Return whether a file must be read as it stands, because nothing can be made beside it.

    Raises:
        StoreError: This account may not read what belongs to the database, or not put it together.
    """
    if not _may(path, os.R_OK):
        raise _not_readable(path)
    if _may(path.parent, os.W_OK) or not _has_log(path):
        return False
    log, index = _beside(path, "-wal"), _beside(path, "-shm")
    if not log.exists() or not (log.stat().st_size or index.exists()):
        return True
    for one in (log, index):
        if one.exists() and not _may(one, os.R_OK):
            raise _not_readable(one)
    if not index.exists():
        raise StoreError(
            text(
                "The store {name} was left by a process that died: the last of it stands in {log}, "
                "and this account may not put the two together.",
                name=str(path),
                log=str(log),
            ),
            hint=text(
                "Run syncd status once with an account that may write to the folder; it changes "
                "nothing else."
            ),
        )
    return False


@contextmanager
def unmoved(path: Path) -> Iterator[None]:
    """Give a moment in which a file is read as it stands.

    Raises:
        StoreBusy: It was written meanwhile, or somebody has opened it to write.
    """
    before = _state(path)
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, StoreError) as error:
        _check(path, before, error)
        raise
    _check(path, before, None)


def _check(path: Path, before: list[tuple[int, ...] | None], error: BaseException | None) -> None:
    if _state(path) != before:
        raise StoreBusy(
            text("The store {name} was opened by a writer while it was read.", name=str(path)),
            hint=text("Try again: what was read may be half of the old and half of the new."),
        ) from error


def _state(path: Path) -> list[tuple[int, ...] | None]:
    """Return what tells a file that was written, or whose log was begun, from what it was."""
    return [_told(path), _told(_beside(path, "-wal"))]


def _told(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _has_log(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(100)[_FORMAT] == _WAL


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _may(path: Path, how: int) -> bool:
    return os.access(path, how, effective_ids=True)


def _not_readable(path: Path) -> StoreError:
    return StoreError(
        text("This account may not read {file}, which belongs to the store.", file=str(path)),
        hint=text(
            "Let it read the database, the two files beside it (-wal, -shm) and their folder: "
            "syncd makes them readable for their group."
        ),
    )
