import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.errors import AuditUnwritable
from syncd.model.change import Plan
from syncd.model.conflict import Conflict, ConflictKind
from syncd.services.audit import check_writable, write_pending
from syncd.services.audit_lines import log_files
from syncd.services.audit_restart import restart
from syncd.services.audit_verify import verify
from syncd.store.store import Store


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def codes(store: Store, log: Path) -> list[str]:
    return [one.code for one in verify(log_files(log), store).findings]


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_every_line_says_when_what_which_run_and_who(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    assert write_pending(store, log, "here").lines == 13
    told = lines(log)
    assert [line["seq"] for line in told] == list(range(1, 14))
    assert {line["ts"] for line in told} == {"2026-03-04T05:06:07.891011Z"}
    assert [line["event"] for line in told] == ["chain_started", *["change"] * 11, "run_finished"]
    assert {line["run_id"] for line in told[2:]} == {1}
    assert {line["actor"] for line in told} == {"ops"}
    people = [line["after"] for line in told if line.get("entity") == "user"]
    assert {one["userid"] for one in people} == {"wang", "li", "zhao"}
    assert told[-1]["outcome"] == "applied"
    assert codes(store, log) == []


def test_the_chain_is_what_the_documentation_says(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    before = "0" * 64
    for raw in log.read_bytes().splitlines():
        line = json.loads(raw)
        end = b',"hash":"' + line["hash"].encode() + b'"}'
        assert raw.endswith(end)
        assert line["prev"] == before
        assert line["hash"] == sha256(raw.removesuffix(end)).hexdigest()
        before = line["hash"]


def test_a_log_written_in_many_steps_is_one_chain(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    assert write_pending(store, log, "here").lines == 0
    syncs.apply(Plan(opened=(Conflict(ConflictKind.REJECTED, "wecom", "li"),)))
    assert write_pending(store, log, "here").lines == 2
    assert codes(store, log) == []


def test_lines_stay_in_the_store_until_every_file_has_them(
    store: Store, syncs: Any, directory: Any, log: Path, tmp_path: Path
) -> None:
    second = tmp_path / "copy.jsonl"
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    assert list(store.audit.blocks(0)) == []
    syncs.apply(Plan())
    assert write_pending(store, second, "there").lines == 1  # what the first has alone is its own
    assert len(list(store.audit.blocks(0))) == 1
    write_pending(store, log, "here")
    assert list(store.audit.blocks(0)) == []
    (there,) = [one for one in store.audit.files() if one.host == "there"]
    store.audit.forget(there, at=syncs.now, actor="ops", why="gone")
    assert [one.path for one in store.audit.files()] == [str(log)]


@pytest.mark.parametrize("kept", [0, 1, 2, 300, 2000])
def test_a_kill_while_the_file_is_written_loses_and_doubles_nothing(
    store: Store, syncs: Any, directory: Any, log: Path, kept: int
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    complete = log.read_bytes()
    syncs.apply(directory.plan(directory.add_user("zhou"), directory.add_user("wu")))
    waiting = b"".join(text for _, _, text in store.audit.blocks(0))
    log.write_bytes(complete + waiting[:kept])
    write_pending(store, log, "here")
    assert log.read_bytes() == complete + waiting
    assert codes(store, log) == []


def test_a_crash_between_commit_and_log_is_made_good_by_the_next_start(
    store: Store, syncs: Any, directory: Any, log: Path, open_store: Callable[..., Store]
) -> None:
    syncs.apply(directory.company())
    store.close()  # no line was written
    again = open_store()
    assert codes(again, log) == []  # they wait, which is no loss
    assert write_pending(again, log, "here").lines == 13
    assert codes(again, log) == []


def test_rotated_and_packed_files_are_read_in_order(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    for key in ("li", "wang", "sun", "wu"):
        syncs.apply(directory.plan(directory.add_user(key)))
        write_pending(store, log, "here")
        if key == "li":
            log.with_name("audit.jsonl.2.gz").write_bytes(gzip.compress(log.read_bytes()))
            log.unlink()
        elif key == "wang":
            log.rename(log.with_name("audit.jsonl.1"))
    log.with_name("audit.jsonl.tmp").write_text("not ours")
    names = [one.name for one in log_files(log)]
    assert names == ["audit.jsonl.2.gz", "audit.jsonl.1", "audit.jsonl"]
    assert codes(store, log) == []
    log.with_name("audit.jsonl.1").unlink()
    assert codes(store, log) == ["missing"]


def test_a_rotation_before_the_position_was_noted_doubles_nothing(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    waiting = b"".join(text for _, _, text in store.audit.blocks(0))
    log.with_name("audit.jsonl.1").write_bytes(waiting)
    assert write_pending(store, log, "here").lines == 0
    assert codes(store, log) == []


def test_a_broken_packed_file_is_a_finding(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    packed = gzip.compress(log.read_bytes())
    log.with_name("audit.jsonl.1.gz").write_bytes(packed[: len(packed) // 2])
    log.unlink()
    assert "unreadable" in codes(store, log)


def tampered(raw: list[bytes], how: str, at: int) -> list[bytes]:
    line, before, after = raw[at], raw[:at], raw[at + 1 :]
    body = line.rpartition(b',"hash":')[0].replace(b'"actor":"ops"', b'"actor":"eve"')
    forged = body + b',"hash":"' + sha256(body).hexdigest().encode() + b'"}\n'
    ways = {
        "edit": [*before, line.replace(b'"actor":"ops"', b'"actor":"eve"'), *after],
        "edit and hash again": [*before, forged, *after],
        "delete": [*before, *after],
        "move": [*before, *after, line] if after else [line, *before],
        "repeat": [*before, line, line, *after],
        "cut": before,
        "insert": [*before, b'{"event":"change"}\n', line, *after],
    }
    return ways[how]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_tampering_shows(
    store: Store, syncs: Any, directory: Any, log: Path, data: st.DataObject
) -> None:
    if not log.exists():
        syncs.apply(directory.company())
        write_pending(store, log, "here")
        log.with_name("original").write_bytes(log.read_bytes())
    raw = log.with_name("original").read_bytes().splitlines(keepends=True)
    how = data.draw(
        st.sampled_from(
            ["edit", "edit and hash again", "delete", "move", "repeat", "cut", "insert"]
        )
    )
    at = data.draw(st.integers(0, len(raw) - 1))
    log.write_bytes(b"".join(tampered(raw, how, at)))
    assert codes(store, log), (how, at)
    log.write_bytes(b"".join(raw))
    assert codes(store, log) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_shows(
    store: Store, syncs: Any, directory: Any, log: Path, data: st.DataObject
) -> None:
    if not log.exists():
        syncs.apply(directory.company())
        write_pending(store, log, "here")
        log.with_name("original").write_bytes(log.read_bytes())
    raw = bytearray(log.with_name("original").read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[at]))
    log.write_bytes(raw)
    assert codes(store, log)


def test_findings_say_what_was_done_and_where(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    raw = log.read_bytes().splitlines(keepends=True)

    def found(how: str, at: int) -> tuple[str, int]:
        log.write_bytes(b"".join(tampered(raw, how, at)))
        first = verify(log_files(log), store).findings[0]
        return first.code, first.line

    assert found("edit", 4) == ("edited", 5)
    assert found("edit and hash again", 4) == ("edited", 6)
    assert found("edit and hash again", 12) == ("edited", 0)
    assert found("delete", 4) == ("missing", 5)
    assert found("move", 4) == ("moved", 13)
    assert found("repeat", 4) == ("repeated", 6)
    assert found("cut", 9) == ("cut", 0)
    assert found("cut", 0) == ("cut", 0)
    log.write_bytes(b"".join(raw)[:-5])
    assert codes(store, log)[0] == "torn"


def test_a_log_that_cannot_be_written_is_told_before_and_loses_nothing_after(
    store: Store, syncs: Any, directory: Any, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere" / "audit.jsonl"
    with pytest.raises(AuditUnwritable) as told:
        check_writable(nowhere)
    assert str(nowhere) in told.value.message
    assert told.value.exit_status == 6
    syncs.apply(directory.company())
    with pytest.raises(AuditUnwritable):
        write_pending(store, nowhere, "here")
    nowhere.parent.mkdir()
    check_writable(nowhere)
    assert write_pending(store, nowhere, "here").lines == 13
    assert nowhere.stat().st_mode & 0o007 == 0


def test_the_log_of_another_store_is_not_written_to(
    store: Store, syncs: Any, directory: Any, log: Path, tmp_path: Path
) -> None:
    other = Store.open(f"sqlite:///{tmp_path}/other.db")
    other.prepare()
    other.tell([], actor="ops", now=syncs.now)
    write_pending(other, log, "here")
    other.close()
    before = log.read_bytes()
    syncs.apply(directory.company())
    with pytest.raises(AuditUnwritable, match="another store"):
        write_pending(store, log, "here")
    assert log.read_bytes() == before
    log.write_text("somebody's notes\n")
    with pytest.raises(AuditUnwritable, match="not one of an audit log"):
        write_pending(store, log, "here")


def test_after_a_restore_a_new_chain_goes_on_above_the_old_one(
    store: Store, syncs: Any, directory: Any, log: Path, path: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    store.close()
    backup = path.read_bytes()
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, log, "here")
    store.close()
    for rest in path.parent.glob("syncd.db-*"):
        rest.unlink()
    path.write_bytes(backup)
    assert codes(store, log) == ["ahead"]
    syncs.apply(directory.plan(directory.add_user("wu")))
    with pytest.raises(AuditUnwritable, match=r"another store|restored"):
        write_pending(store, log, "here")
    restart(store, log, at=syncs.now, actor="ops", why="restored from Monday's backup")
    syncs.apply(Plan())
    write_pending(store, log, "here")
    assert codes(store, log) == []
    started = [line for line in lines(log) if line["event"] == "chain_started"]
    assert [line["why"] for line in started] == ["new store", "restored from Monday's backup"]


def test_a_pseudonymised_log_has_no_personal_value_in_it(
    open_store: Callable[..., Store], syncs: Any, directory: Any, log: Path
) -> None:
    private = open_store(personal_data=False)
    syncs.store = private
    syncs.apply(directory.company())
    conflict = Conflict(ConflictKind.USERID_TAKEN, "wecom", "wang", "wang", {"with": ["li"]})
    syncs.apply(Plan(opened=(conflict,)))
    write_pending(private, log, "here")
    text = log.read_text(encoding="utf-8")
    for value in ("wang", "Wang", "+8613800000001", "P7", '"li"'):
        assert value not in text
    assert codes(private, log) == []
    users = [line for line in lines(log) if line.get("entity") == "user"]
    links = [line for line in lines(log) if line.get("entity") == "link"]
    of_wang = next(one for one in users if one["entity_id"] == 1)
    assert of_wang["after"]["userid"] == links[0]["after"]["external_id"]  # the same word again
    assert users[0]["after"]["status"] == "active"
    shown = [change.after for change in private.changes() if change.after]
    assert any(after.get("userid") == "wang" for after in shown)
