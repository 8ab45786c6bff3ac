import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import StoreError, StoreUnavailable
from syncd.model.entry import Kind
from syncd.model.world import World
from syncd.store.store import Store
from tests.servers.database import TestDatabase


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def look_at_everything(store: Store, now: Any) -> None:
    store.world(None)
    store.population()
    store.digests("wecom", Kind.USER)
    store.guard_counts_since_full(now)
    store.runs()
    store.store_version()
    store.lease()
    store.find("wang")
    store.tree()


def test_a_store_that_is_not_there_reads_as_empty_and_stays_away(
    open_store: Callable[..., Store], path: Path, now: Any
) -> None:
    store = open_store(read_only=True)
    assert store.is_empty
    store.prepare()
    look_at_everything(store, now)
    assert store.world(None) == World()
    assert store.population().users == 0
    assert list(path.parent.iterdir()) == []


def test_an_empty_file_and_one_without_our_tables_read_as_empty(
    open_store: Callable[..., Store], path: Path, now: Any
) -> None:
    path.touch()
    assert open_store(read_only=True).is_empty
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (id INTEGER)")
    raw.close()
    before = digest(path)
    store = open_store(read_only=True)
    assert store.is_empty
    look_at_everything(store, now)
    assert digest(path) == before


def test_reading_leaves_the_file_byte_for_byte(
    syncs: Any, directory: Any, open_store: Callable[..., Store], path: Path, now: Any
) -> None:
    syncs.apply(directory.company())
    syncs.store.close()
    before = digest(path)
    reader = open_store(read_only=True)
    reader.prepare()
    look_at_everything(reader, now)
    assert len(reader.world(None).users) == 3
    reader.close()
    assert digest(path) == before


def test_reading_leaves_a_log_that_a_killed_process_left_over(
    store: Store, syncs: Any, directory: Any, path: Path, now: Any
) -> None:
    store.close()
    tmp_path = path.parent
    killed = tmp_path / "killed"
    killed.mkdir()
    with sqlite3.connect(tmp_path / "syncd.db") as raw:
        raw.execute("PRAGMA wal_autocheckpoint = 0")
        syncs.apply(directory.company())
        for name in ("syncd.db", "syncd.db-wal"):  # as a process that was killed leaves them
            shutil.copy(tmp_path / name, killed / name)
    raw.close()
    before = {name: digest(killed / name) for name in ("syncd.db", "syncd.db-wal")}
    assert (killed / "syncd.db-wal").stat().st_size > 0
    reader = Store.open(f"sqlite:///{killed}/syncd.db", read_only=True)
    look_at_everything(reader, now)
    assert len(reader.world(None).users) == 3
    reader.close()
    assert {name: digest(killed / name) for name in before} == before


def test_a_store_opened_for_reading_cannot_be_written(
    store: Store, open_store: Callable[..., Store], syncs: Any
) -> None:
    reader = open_store(read_only=True)
    with pytest.raises(StoreError, match="read-only"):
        reader.tell([], actor="ops", now=syncs.now)


def test_looking_at_the_schema_of_nothing_makes_no_file(url: str, path: Path) -> None:
    assert Store.open(url).schema_state().age == "empty"
    assert not path.exists()


def test_a_new_store_is_not_for_everybody_to_read(store: Store, path: Path) -> None:
    files = [path, *path.parent.glob("syncd.db-*")]
    assert [one.stat().st_mode & 0o007 for one in files] == [0] * len(files)


def test_preparing_twice_is_preparing_once(store: Store, syncs: Any, directory: Any) -> None:
    syncs.apply(directory.company())
    store.prepare()
    assert len(store.world(None).users) == 3


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/nowhere/syncd.db")
    with pytest.raises(StoreUnavailable, match="cannot be made") as told:
        store.prepare()
    assert "folder" in told.value.hint


def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "syncd.db"
    path.write_text("this is a letter, not a database\n" * 50)
    before = digest(path)
    for read_only in (True, False):
        with pytest.raises(StoreError, match="not an SQLite database"):
            Store.open(f"sqlite:///{path}", read_only=read_only).prepare()
    assert digest(path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_file_is_refused(store: Store, syncs: Any, path: Path) -> None:
    store.close()
    path.chmod(stat.S_IRUSR)
    with pytest.raises(StoreError, match="read-only"):
        syncs.begin()


def test_a_locked_store_is_reported_as_locked(
    store: Store,
    syncs: Any,
    database: TestDatabase,
    open_store: Callable[..., Store],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("syncd.store.backend.BUSY_TIMEOUT", 0.01)
    syncs.store = open_store()
    with database.locked(), pytest.raises(StoreUnavailable, match="locked"):
        syncs.begin()
    assert syncs.begin().run.id == 1


def test_a_path_with_odd_characters_is_opened_for_reading(tmp_path: Path) -> None:
    folder = tmp_path / "a #b 数据"
    folder.mkdir()
    url = f"sqlite:///{folder}/syncd.db"
    store = Store.open(url)
    store.prepare()
    store.close()
    assert [one.name for one in folder.iterdir()] == ["syncd.db"]
    assert not Store.open(url, read_only=True).is_empty


def test_an_application_queues_by_a_plain_insert(store: Store, database: TestDatabase) -> None:
    database.execute(
        "INSERT INTO outbox_message (recipient, msgtype, content) VALUES ('user:1', 'text', '{}')"
    )
    [row] = database.rows("SELECT status, priority, created_at, id FROM outbox_message")
    status, priority, created, key = row
    assert (status, priority, key) == ("queued", 0, 1)
    assert len(created) == len("2026-03-04 05:06:07.891000")
