"""Several hosts, each with a copy of the log, and files that are rotated under them."""

import gzip
import json
import shutil
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import UsageError
from syncd.model.change import Plan
from syncd.services.audit import write_pending
from syncd.services.audit_copies import LATE, copies, forget
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import replay
from syncd.services.audit_verify import verify
from syncd.store.store import Store


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return folder / "audit.jsonl"


def codes(store: Store, log: Path, host: str) -> list[str]:
    known = store.audit.file(host, str(log))
    first = (known and known.first_seq) or 1
    return [one.code for one in verify(log_files(log), store, first).findings]


def numbers(log: Path) -> list[int]:
    raw = b"".join(
        gzip.decompress(one.read_bytes()) if one.suffix == ".gz" else one.read_bytes()
        for one in log_files(log)
    )
    return [json.loads(line)["seq"] for line in raw.splitlines()]


def test_two_hosts_write_the_same_lines_in_turns(
    store: Store, syncs: Any, directory: Any, log: Path, other: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "one")
    shutil.copy(log, other)
    write_pending(store, other, "two")
    for number in range(6):
        syncs.apply(directory.plan(directory.add_user(f"p{number}")))
        if number % 2:
            write_pending(store, log, "one")
        if number % 3:
            write_pending(store, other, "two")
    write_pending(store, log, "one")
    write_pending(store, other, "two")
    assert log.read_bytes() == other.read_bytes()
    assert list(store.audit.blocks(0)) == []
    assert codes(store, log, "one") == codes(store, other, "two") == []
    assert replay(log_files(other), store).is_same


def test_a_host_that_joins_late_misses_nothing_from_then_on(
    store: Store, syncs: Any, directory: Any, log: Path, other: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "one")
    assert write_pending(store, other, "two").lines == 0
    assert [one.behind for one in copies(store)] == [0, 0]
    syncs.apply(Plan())
    write_pending(store, log, "one")
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, log, "one")
    write_pending(store, other, "two")
    assert numbers(other) == [14, 15, 16, 17]
    assert codes(store, other, "two") == []
    raw = other.read_bytes().splitlines(keepends=True)
    other.write_bytes(b"".join(raw[1:]))
    assert codes(store, other, "two") == ["missing"]
    other.write_bytes(b"".join(raw))
    (finding,) = replay(log_files(other), store).findings
    assert finding.code == "missing"
    assert finding.message.startswith("Lines 1 to 13 are missing")


def test_a_copy_that_lacks_lines_for_a_day_is_late(
    store: Store, syncs: Any, directory: Any, log: Path, other: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "one")
    write_pending(store, other, "two")
    syncs.apply(directory.plan(directory.add_user("sun")), at=syncs.now + timedelta(hours=1))
    syncs.apply(directory.plan(directory.add_user("wu")), at=syncs.now + timedelta(hours=9))
    write_pending(store, log, "one")
    one, two = copies(store)
    assert (one.behind, one.since) == (0, None)
    assert (two.behind, two.since) == (6, syncs.now + timedelta(hours=1))
    assert not one.is_late(syncs.now + timedelta(days=99))
    assert not two.is_late(syncs.now + LATE)
    assert two.is_late(syncs.now + LATE + timedelta(hours=1))


def test_a_host_that_is_gone_is_forgotten_and_nothing_waits_for_it(
    store: Store, syncs: Any, directory: Any, log: Path, other: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "one")
    write_pending(store, other, "two")
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, log, "one")
    assert len(list(store.audit.blocks(0))) == 1
    with pytest.raises(UsageError, match="three") as told:
        forget(store, "three", None, at=syncs.now, actor="ops", why="gone")
    assert str(other) in told.value.hint
    (gone,) = forget(store, "two", None, at=syncs.now, actor="ops", why="gone")
    assert gone.path == str(other)
    write_pending(store, log, "one")
    assert list(store.audit.blocks(0)) == []
    last = json.loads(log.read_bytes().splitlines()[-1])
    assert last["event"] == "audit_file_forgotten"
    assert (last["host"], last["why"], last["actor"]) == ("two", "gone", "ops")
    assert codes(store, log, "one") == []
    assert replay(log_files(log), store).is_same


def test_a_host_that_comes_back_after_it_was_forgotten_goes_on_and_lacks_what_it_missed(
    store: Store, syncs: Any, directory: Any, log: Path, other: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "one")
    shutil.copy(log, other)
    write_pending(store, other, "two")
    forget(store, "two", None, at=syncs.now, actor="ops", why="gone")
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, log, "one")
    syncs.apply(directory.plan(directory.add_user("wu")))
    write_pending(store, other, "two")
    assert codes(store, other, "two") == ["missing"]
    # Whoever knows that lines are gone registers the file anew, without what was taken away.
    other.write_bytes(b"".join(other.read_bytes().splitlines(keepends=True)[-3:]))
    forget(store, "two", str(other), at=syncs.now, actor="ops", why="moved away")
    write_pending(store, other, "two")
    assert codes(store, other, "two") == []


@pytest.mark.parametrize("way", ["rename", "copytruncate"])
def test_a_log_that_is_rotated_between_runs_goes_on(
    store: Store, syncs: Any, directory: Any, log: Path, way: str
) -> None:
    for number in range(1, 5):
        syncs.apply(directory.plan(directory.add_user(f"p{number}")))
        write_pending(store, log, "one")
        rotated = log.with_name(f"audit.jsonl-2026030{number}")
        if way == "rename":
            log.rename(rotated)
            log.touch(0o640)  # logrotate's `create`
        else:
            shutil.copy2(log, rotated)
            log.write_bytes(b"")
        if number > 1:
            before = log.with_name(f"audit.jsonl-2026030{number - 1}")
            before.with_name(before.name + ".gz").write_bytes(gzip.compress(before.read_bytes()))
            if number == 2:
                before.unlink()  # else: it is being packed, and there twice
    syncs.apply(Plan())
    write_pending(store, log, "one")
    assert numbers(log) == list(range(1, len(numbers(log)) + 1))
    assert codes(store, log, "one") == []
    assert replay(log_files(log), store).is_same


def test_a_log_that_is_rotated_at_any_moment_while_it_is_written_loses_and_doubles_nothing(
    path: Path, store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    assert path.exists()
    ended = threading.Event()

    def rotate() -> None:
        number = 0
        while not ended.wait(0.001):
            number += 1
            if log.exists():
                log.rename(log.with_name(f"audit.jsonl.{number}"))

    rotating = threading.Thread(target=rotate)
    rotating.start()
    try:
        for number in range(40):
            syncs.apply(directory.plan(directory.add_user(f"p{number}")))
            write_pending(store, log, "one")
    finally:
        ended.set()
        rotating.join()
    assert numbers(log) == list(range(1, 40 * 3 + 2))
    assert codes(store, log, "one") == []
