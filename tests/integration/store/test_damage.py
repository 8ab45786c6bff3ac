"""Any single edited, cut, swapped, repeated or missing line of a rotated and packed log is found."""

import gzip
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from syncd.model.change import Plan
from syncd.services.audit import write_pending
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import replay
from syncd.services.audit_restart import restart
from syncd.services.audit_verify import verify
from syncd.store.store import Store

_SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
quickly = settings(max_examples=150, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=5000, deadline=None, suppress_health_check=_SLOW)

#: The log's files, the oldest first, each as its lines.
Files = dict[str, list[bytes]]
NAMES = ("audit.jsonl.2.gz", "audit.jsonl.1", "audit.jsonl")


class Log:
    """A log of three files and two chains, that can be damaged and made whole again."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.files: Files = {}

    @property
    def path(self) -> Path:
        return self.folder / NAMES[-1]

    def write(self, files: Files) -> None:
        for name in NAMES:
            file = self.folder / name
            file.unlink(missing_ok=True)
            if name in files:
                content = b"".join(files[name])
                file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    def findings(self) -> list[str]:
        files = log_files(self.path)
        found = verify(files, self.store).findings
        replayed = replay(files, self.store)
        assert bool(found) == (not replayed.is_same), (found, replayed)
        return [one.code for one in found]


@pytest.fixture
def log(path: Path, store: Store, syncs: Any, directory: Any, tmp_path: Path) -> Log:
    """Return a log whose chain was begun anew in its second file."""
    assert path.exists()
    folder = tmp_path / "log"
    folder.mkdir()
    log = Log(store, folder)

    def rotate(name: str) -> None:
        log.files[name] = log.path.read_bytes().splitlines(keepends=True)
        log.path.unlink()

    syncs.apply(directory.company())
    write_pending(store, log.path, "here")
    rotate(NAMES[0])
    log.write(log.files)
    syncs.apply(directory.plan(directory.add_user("sun")))
    restart(store, log.path, at=syncs.now, actor="ops", why="test")
    syncs.apply(directory.plan(directory.add_user("wu")))
    write_pending(store, log.path, "here")
    rotate(NAMES[1])
    log.write(log.files)
    syncs.apply(directory.plan(directory.add_user("zhou")))
    syncs.apply(Plan())
    write_pending(store, log.path, "here")
    rotate(NAMES[2])
    log.write(log.files)
    assert log.findings() == []
    return log


def places(files: Files) -> list[tuple[str, int]]:
    return [(name, at) for name, lines in files.items() for at in range(len(lines))]


def copied(files: Files) -> Files:
    return {name: list(lines) for name, lines in files.items()}


Damage = Callable[[Files, tuple[str, int], int], Files]


def edit(files: Files, place: tuple[str, int], how: int) -> Files:
    """Change one byte of a line, but for its line feed."""
    name, at = place
    line = bytearray(files[name][at])
    where = how % (len(line) - 1)
    line[where] ^= 1 + how % 255
    files[name][at] = bytes(line)
    return files


def forge(files: Files, place: tuple[str, int], how: int) -> Files:
    """Change a line and give it the right hash."""
    del how
    name, at = place
    body = files[name][at].rpartition(b',"hash":')[0].replace(b'"ops"', b'"eve"', 1)
    files[name][at] = body + b',"hash":"' + sha256(body).hexdigest().encode() + b'"}\n'
    return files


def delete(files: Files, place: tuple[str, int], how: int) -> Files:
    """Take a line out."""
    del how
    name, at = place
    del files[name][at]
    return files


def repeat(files: Files, place: tuple[str, int], how: int) -> Files:
    """Put a line in a second time, anywhere."""
    name, at = place
    other, where = places(files)[how % len(places(files))]
    files[other].insert(where, files[name][at])
    return files


def swap(files: Files, place: tuple[str, int], how: int) -> Files:
    """Let two lines change their places."""
    name, at = place
    others = [one for one in places(files) if one != place]
    other, where = others[how % len(others)]
    files[name][at], files[other][where] = files[other][where], files[name][at]
    return files


def cut(files: Files, place: tuple[str, int], how: int) -> Files:
    """Cut a file's end off, at a line or within it."""
    name, at = place
    kept = files[name][at][: how % len(files[name][at])]
    files[name][at:] = [kept] if kept else []
    return files


def behead(files: Files, place: tuple[str, int], how: int) -> Files:
    """Cut off the beginning of a file."""
    del how
    name, at = place
    del files[name][: at + 1]
    return files


def lose(files: Files, place: tuple[str, int], how: int) -> Files:
    """Take a whole file away."""
    del how
    del files[place[0]]
    return files


def insert(files: Files, place: tuple[str, int], how: int) -> Files:
    """Put in what is no line."""
    name, at = place
    files[name].insert(at, (b"{}\n", b"\n", b"\0\n")[how % 3])
    return files


WAYS: tuple[Damage, ...] = (edit, forge, delete, repeat, swap, cut, behead, lose, insert)


def check(log: Log, way: Damage, at: int, how: int) -> None:
    everywhere = places(log.files)
    place = everywhere[at % len(everywhere)]
    damaged = way(copied(log.files), place, how)
    log.write(damaged)
    assert damaged == log.files or log.findings(), (way.__name__, place, how)


@quickly
@given(st.sampled_from(WAYS), st.integers(0, 10_000), st.integers(0, 10_000_000))
@example(edit, 0, 0)
@example(delete, 0, 0)
@example(delete, -1, 0)
@example(forge, -1, 0)
@example(cut, -1, 1)
@example(cut, -1, 0)
@example(swap, 0, -1)
@example(lose, 0, 0)
def test_any_damage_to_any_line_is_found(log: Log, way: Damage, at: int, how: int) -> None:
    check(log, way, at, how)


@pytest.mark.hard
@hard
@given(st.sampled_from(WAYS), st.integers(0, 10_000), st.integers(0, 10_000_000))
def test_much_damage_to_many_lines_is_found(log: Log, way: Damage, at: int, how: int) -> None:
    check(log, way, at, how)


@pytest.mark.parametrize("way", WAYS)
def test_the_first_and_the_last_line_of_every_file_are_no_exception(log: Log, way: Damage) -> None:
    for name, lines in log.files.items():
        for at in (0, len(lines) - 1):
            damaged = way(copied(log.files), (name, at), 7)
            log.write(damaged)
            assert damaged == log.files or log.findings(), (way.__name__, name, at)


@settings(max_examples=150, deadline=None, suppress_health_check=_SLOW)
@given(st.integers(0, 100_000), st.integers(1, 255))
def test_any_changed_byte_of_a_packed_file_is_found_or_changes_no_line(
    log: Log, at: int, change: int
) -> None:
    log.write(log.files)
    file = log.folder / NAMES[0]
    packed = bytearray(file.read_bytes())
    packed[at % len(packed)] ^= change
    file.write_bytes(packed)
    try:
        is_same = gzip.decompress(packed) == b"".join(log.files[NAMES[0]])
    except Exception:  # noqa: BLE001 - whatever the damage makes of it
        is_same = False
    assert bool(log.findings()) != is_same
