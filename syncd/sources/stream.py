"""A snapshot on its way from the process that reads to the one that works with it.

One pickle after the other goes through a pipe, behind a line that says which syncd speaks::

    Progress: (stage, done, total)     how far the reading is, as often as there is room for it
    Block: columns of entries          departments first, then people, in the reading's order
    Told, Failed or Broken             the snapshot without its entries, and how many they are;
                                       the error of a reading that did not reach its end; a defect

Without one of the last three a reading is not over, however much of it has arrived.
"""

import pickle
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from select import select
from typing import IO, Any, Final, NamedTuple

import syncd
from syncd.errors import SyncdError
from syncd.model.entry import Entry, Snapshot
from syncd.sources.base import Progress

#: What a process says first: that it runs the same code.
GREETING: Final = f"{syncd.__version__} {Path(syncd.__file__).parent!a}\n".encode()
#: Entries in one pickle: few enough that neither side notices the copy.
_BLOCK: Final = 2000


class Stage(NamedTuple):
    """How far the reading is; see `syncd.sources.base.Progress`."""

    stage: str
    done: int
    total: int


class Block(NamedTuple):
    """Entries, field by field: the fields of each are told in a tenth of the time."""

    columns: tuple[tuple[Any, ...], ...]


class Told(NamedTuple):
    """The end of a reading that reached it."""

    #: Without its entries.
    snapshot: Snapshot
    departments: int
    users: int


class Failed(NamedTuple):
    """The end of a reading that broke off."""

    error: SyncdError


class Broken(NamedTuple):
    """The end of a reading that a defect in syncd has ended."""

    traceback: str


class Incomplete(Exception):
    """What has arrived is no whole reading."""


class DefectAside(Exception):
    """A defect showed in the process that read; the message is its traceback."""


def write_reading(read: Callable[[Progress], Snapshot], out: IO[bytes]) -> None:
    """Read, and write what came of it.

    Raises:
        OSError: Nobody listens any more.
    """
    out.write(GREETING)
    out.flush()

    def progress(stage: str, done: int, total: int) -> None:
        # Whoever listens may be busy. A reading waits for nobody to hear how far it is.
        if select([], [out], [], 0)[1]:
            _write(Stage(stage, done, total), out)

    try:
        snapshot = read(progress)
    except SyncdError as error:
        _write(Failed(error), out)
    except BrokenPipeError:
        raise
    except Exception:  # noqa: BLE001 - it is told to the process that has a person to tell
        _write(Broken(traceback.format_exc()), out)
    else:
        entries = [*snapshot.departments, *snapshot.users]
        told = Told(
            replace(snapshot, departments=(), users=()),
            len(snapshot.departments),
            len(snapshot.users),
        )
        del snapshot  # each entry is let go of as soon as it is written
        _write_entries(entries, out)
        _write(told, out)


def _write_entries(entries: list[Entry], out: IO[bytes]) -> None:
    entries.reverse()
    while entries:
        block = entries[: -_BLOCK - 1 : -1]
        del entries[-_BLOCK:]
        _write(Block(tuple(zip(*block, strict=True))), out)


def _write(one: Stage | Block | Told | Failed | Broken, out: IO[bytes]) -> None:
    pickle.dump(one, out, protocol=5)
    out.flush()


def hear_reading(answers: IO[bytes], progress: Progress) -> Snapshot:
    """Return the snapshot that `write_reading` writes, behind its greeting.

    Raises:
        SyncdError: What the reading raised, as it raised it.
        DefectAside: The reading was ended by a defect.
        Incomplete: There is no end, or less before it than it says.
    """
    entries: list[Entry] = []
    while True:
        match _next(answers):
            case Stage(stage, done, total):
                progress(stage, done, total)
            case Block(columns):
                entries.extend(map(Entry, *columns))
            case Failed(error):
                raise error
            case Broken(told):
                raise DefectAside(told)
            case Told(snapshot, departments, users) if departments + users == len(entries):
                people = entries[departments:]
                del entries[departments:]
                return replace(snapshot, departments=tuple(entries), users=tuple(people))
            case _:
                raise Incomplete


def _next(answers: IO[bytes]) -> object:
    try:
        # What another process of ours has written into a pipe that only the two of us hold.
        return pickle.load(answers)  # noqa: S301
    except (EOFError, pickle.UnpicklingError) as error:
        raise Incomplete from error
