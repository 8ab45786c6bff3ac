"""A new chain after a restore: nothing of the log and nothing of the store is lost."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import AuditUnwritable
from syncd.services.audit import write_pending
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import Replay, replay
from syncd.services.audit_restart import restart
from syncd.services.audit_verify import verify
from syncd.store.chain import AuditEvent
from syncd.store.store import Store


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def backups(store: Store, path: Path) -> Any:
    class Backups:
        def make(self) -> bytes:
            store.close()
            return path.read_bytes()

        def restore(self, backup: bytes) -> None:
            store.close()
            for rest in path.parent.glob("syncd.db-*"):
                rest.unlink()
            path.write_bytes(backup)

    return Backups()


def codes(store: Store, log: Path) -> list[str]:
    return [one.code for one in verify(log_files(log), store).findings]


def replayed(store: Store, log: Path) -> Replay:
    return replay(log_files(log), store)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def made(log: Path) -> list[str]:
    told = [line for line in lines(log) if line.get("entity") == "user"]
    return [line["after"]["userid"] for line in told]


def begin_anew(store: Store, syncs: Any, log: Path, host: str = "here") -> None:
    restart(store, log, at=syncs.now, actor="ops", why="restored")
    write_pending(store, log, host)


def test_what_a_restored_store_has_told_before_the_restart_is_told_again(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    backup = backups.make()
    syncs.apply(directory.plan(directory.add_user("lost")))
    write_pending(store, log, "here")
    backups.restore(backup)
    syncs.apply(directory.plan(directory.add_user("sun")))
    with pytest.raises(AuditUnwritable):
        write_pending(store, log, "here")
    begin_anew(store, syncs, log)
    syncs.apply(directory.plan(directory.add_user("wu")))
    write_pending(store, log, "here")
    assert made(log) == ["wang", "li", "zhao", "lost", "sun", "wu"]
    started = [line for line in lines(log) if line["event"] == "chain_started"][-1]
    before = lines(log)[started["seq"] - 2]
    assert {"seq": before["seq"], "hash": before["hash"]} in started["follows"]
    assert started["goes_on_after"] == 13
    assert codes(store, log) == []
    assert replayed(store, log).is_same


def test_a_store_that_went_further_than_its_log_since_the_restore(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    backup = backups.make()
    syncs.apply(directory.plan(directory.add_user("lost")))
    write_pending(store, log, "here")
    backups.restore(backup)
    for key in ("a", "b", "c", "d"):
        syncs.apply(directory.plan(directory.add_user(key)))
    with pytest.raises(AuditUnwritable, match="another store"):
        write_pending(store, log, "here")
    begin_anew(store, syncs, log)
    assert made(log)[3:] == ["lost", "a", "b", "c", "d"]
    assert replayed(store, log).is_same


def test_lines_that_waited_when_the_backup_was_made(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    syncs.apply(directory.plan(directory.add_user("kept")))
    backup = backups.make()  # the lines are in it, and in the log a moment later
    syncs.apply(directory.plan(directory.add_user("lost")))
    write_pending(store, log, "here")
    backups.restore(backup)
    syncs.apply(directory.plan(directory.add_user("sun")))
    begin_anew(store, syncs, log)
    assert made(log)[3:] == ["kept", "lost", "sun"]
    assert lines(log)[-4]["goes_on_after"] == 16
    assert codes(store, log) == []
    assert replayed(store, log).is_same


def test_a_database_that_was_lost_and_made_anew_from_its_source(
    store: Store, syncs: Any, directory: Any, log: Path, path: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    store.close()
    for one in path.parent.glob("syncd.db*"):
        one.unlink()
    store.prepare()
    syncs.apply(directory.plan(directory.add_user("sun")))
    with pytest.raises(AuditUnwritable):
        write_pending(store, log, "here")
    begin_anew(store, syncs, log)
    found = replayed(store, log)
    assert found.is_same, found
    assert found.rows["user"] == 1
    assert codes(store, log) == []


def test_lines_that_are_told_again_are_named_by_their_new_numbers(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    backup = backups.make()
    syncs.apply(directory.plan(directory.add_user("lost")))
    write_pending(store, log, "here")
    backups.restore(backup)
    said = AuditEvent("x", {"y": 1})
    erased = AuditEvent("person_erased", {"user_id": 1, "row": "removed", "lines": [3, 14]})
    store.tell([said, erased], actor="ops", now=syncs.now)
    restart(store, log, at=syncs.now, actor="ops", why="restored")
    (block,) = store.audit.blocks(0)
    told = [json.loads(line) for line in block[2].splitlines()]
    assert [line["event"] for line in told] == ["chain_started", "x", "person_erased"]
    assert told[2]["lines"] == [3, told[1]["seq"]]


def test_a_store_may_be_restored_more_than_once(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    first = backups.make()
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, log, "here")
    second = backups.make()
    for backup in (first, second, first):
        backups.restore(backup)
        begin_anew(store, syncs, log)
        syncs.apply(directory.plan(directory.add_user("wu")))
        write_pending(store, log, "here")
        assert replayed(store, log).is_same
    assert codes(store, log) == []


def test_where_the_log_is_only_behind_what_waits_goes_before_the_new_chain(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    syncs.apply(directory.plan(directory.add_user("sun")))
    begin_anew(store, syncs, log)
    assert [line["event"] for line in lines(log)[-2:]] == ["run_finished", "chain_started"]
    assert codes(store, log) == []
    assert replayed(store, log).is_same


def test_a_new_chain_in_another_stores_log_says_that_its_past_is_not_there(
    store: Store, syncs: Any, directory: Any, log: Path, tmp_path: Path
) -> None:
    other = Store.open(f"sqlite:///{tmp_path}/other.db")
    other.prepare()
    other.tell([AuditEvent("x", {"y": 1})] * 20, actor="ops", now=syncs.now)
    write_pending(other, log, "there")
    other.close()
    syncs.apply(directory.company())
    write_pending(store, tmp_path / "first.jsonl", "here")
    begin_anew(store, syncs, log)
    (finding,) = replayed(store, log).findings
    assert finding.code == "other_chain"
    assert "past" in finding.message


def test_the_line_before_a_new_chain_can_be_neither_changed_nor_taken_away(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    backup = backups.make()
    syncs.apply(directory.plan(directory.add_user("lost")))
    write_pending(store, log, "here")
    backups.restore(backup)
    begin_anew(store, syncs, log)
    raw = log.read_bytes().splitlines(keepends=True)
    body = raw[-2].rpartition(b',"hash":')[0].replace(b'"ops"', b'"eve"')
    forged = body + b',"hash":"' + sha256(body).hexdigest().encode() + b'"}\n'
    log.write_bytes(b"".join([*raw[:-2], forged, raw[-1]]))
    assert codes(store, log) == ["edited"]
    log.write_bytes(b"".join([*raw[:-2], raw[-1]]))
    assert codes(store, log) == ["missing"]


def test_every_copy_of_the_log_yields_the_store_after_a_restart_on_one_host(
    store: Store, syncs: Any, directory: Any, log: Path, backups: Any
) -> None:
    copy = log.parent / "there" / "audit.jsonl"
    copy.parent.mkdir()
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    shutil.copy(log, copy)  # as a host that joins later gets the whole log
    write_pending(store, copy, "there")
    backup = backups.make()
    syncs.apply(directory.plan(directory.add_user("lost")))
    write_pending(store, log, "here")  # the other host has not come to it
    backups.restore(backup)
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, copy, "there")  # it notices nothing, and goes on with the restored store
    begin_anew(store, syncs, log)
    write_pending(store, copy, "there")
    for one in (log, copy):
        assert replayed(store, one).is_same
    assert list(store.audit.blocks(0)) == []


def test_nothing_is_lost_where_somebody_writes_while_the_chain_is_restarted(
    store: Store, syncs: Any, directory: Any, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    real: Callable[..., Any] = store.audit.restart

    def interrupted(*args: Any, **options: Any) -> Any:
        if not store.find("sun"):
            syncs.apply(directory.plan(directory.add_user("sun")))
        return real(*args, **options)

    monkeypatch.setattr(store.audit, "restart", interrupted)
    begin_anew(store, syncs, log)
    assert made(log)[-1] == "sun"
    assert replayed(store, log).is_same
