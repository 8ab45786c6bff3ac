"""The log alone yields the directory; where it does not, replay says which rows and why."""

import gzip
import shutil
import sys
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.directory import LinkMethod, LinkRow
from syncd.model.run import Mode, Trigger
from syncd.reconcile.plan import make_plan
from syncd.services.audit import write_pending
from syncd.services.audit_lines import log_files
from syncd.services.audit_rebuild import pack
from syncd.services.audit_replay import Beginning, Replay, replay, valid_ranges
from syncd.store.store import Store
from tests.servers.database import TestDatabase
from tests.unit.reconcile.memory import NOW, POLICY, Memory
from tests.unit.reconcile.test_promises import STEP

_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
quickly = settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=300, deadline=None, suppress_health_check=_SLOW)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def replayed(store: Store, log: Path, **options: Any) -> Replay:
    return replay(log_files(log), store, **options)


def codes(store: Store, log: Path) -> list[str]:
    return [one.code for one in replayed(store, log).findings]


def test_the_log_alone_yields_the_directory(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    found = replayed(store, log)
    assert found.is_same, found
    assert found.rows == {"department": 2, "user": 3, "membership": 3, "link": 3}
    assert found.last_seq == 13


def test_a_store_that_nothing_was_written_to_is_what_no_log_yields(store: Store, log: Path) -> None:
    assert replayed(store, log).is_same


def test_lines_that_wait_in_the_store_count_as_written(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.plan(directory.add_user("sun")))
    assert replayed(store, log).is_same
    write_pending(store, log, "here")
    syncs.apply(directory.plan(directory.add_user("wu")))
    assert replayed(store, log).is_same
    with log.open("ab") as file:  # a kill while the file was written
        file.write(next(iter(store.audit.blocks(0)))[2][:100])
    assert replayed(store, log).rows["user"] == 2


def test_rotated_and_packed_files_are_replayed_in_the_order_of_their_lines(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    # Names that say nothing of the order: the first lines are in the file of the highest number.
    for key, name in (("li", "audit.jsonl-9.gz"), ("wang", "audit.jsonl.3"), ("sun", None)):
        syncs.apply(directory.plan(directory.add_user(key)))
        write_pending(store, log, "here")
        if name is not None:
            content = log.read_bytes()
            packed = gzip.compress(content) if name.endswith(".gz") else content
            log.with_name(name).write_bytes(packed)
            log.unlink()
    assert replayed(store, log).is_same
    log.with_name("audit.jsonl-9.gz").unlink()
    (finding,) = replayed(store, log).findings
    assert finding.code == "missing"
    assert finding.message.startswith("Lines 1 to 4 are missing")


def test_rows_that_another_hand_has_changed_are_named_with_both_values(
    store: Store, syncs: Any, directory: Any, log: Path, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    database.execute(
        "UPDATE directory_user SET name = 'Somebody', mobile = NULL WHERE userid = 'li'"
    )
    database.execute("DELETE FROM directory_membership WHERE user_id = 2")
    database.execute("INSERT INTO directory_membership VALUES (3, 2, TRUE, FALSE, 0)")
    found = replayed(store, log)
    assert not found.is_same
    assert found.differing == 3
    changed, added, deleted = found.differences
    assert (changed.entity, changed.key, changed.code) == (Entity.USER, {"id": 2}, "differs")
    assert changed.columns == {"name": ("Li", "Somebody"), "mobile": ("+8613800000002", None)}
    assert (added.key, added.code) == ({"user_id": 3, "department_id": 2}, "only_in_store")
    assert (deleted.key, deleted.code) == ({"user_id": 2, "department_id": 1}, "only_in_log")


def test_all_differences_are_counted_and_the_first_are_shown(
    store: Store, syncs: Any, directory: Any, log: Path, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    database.execute("UPDATE directory_user SET position = 'x'")
    found = replayed(store, log, limit=2)
    assert (found.differing, len(found.differences)) == (3, 2)


def test_last_seen_moves_without_a_line_and_is_not_compared(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    syncs.apply(Plan(), at=syncs.now + timedelta(days=2), touch_seen=("wecom",))
    assert replayed(store, log).is_same


def test_a_link_that_another_hand_deleted_and_a_sync_made_again_is_no_difference(
    store: Store, syncs: Any, directory: Any, log: Path, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    database.execute("DELETE FROM directory_link WHERE external_id = 'zhao'")
    (lost,) = replayed(store, log).differences
    assert (lost.entity, lost.code) == (Entity.LINK, "only_in_log")
    row = LinkRow(None, LinkMethod.AUTHORITY)
    cause = Cause("appeared")
    link = Change(Entity.LINK, Action.LINK, directory.ref("zhao"), None, None, None, row, cause)
    syncs.apply(directory.plan(link))
    assert replayed(store, log).is_same


def test_a_pseudonymised_log_says_that_it_cannot_be_replayed(
    store: Store, open_store: Callable[..., Store], syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.plan(directory.add_user("li")))
    syncs.store = open_store(personal_data=False)
    syncs.apply(directory.plan(directory.add_user("wang")))
    write_pending(store, log, "here")
    (finding,) = replayed(store, log).findings
    assert (finding.code, finding.line) == ("pseudonymised", 5)
    assert "personal_data" in finding.message


def test_a_log_that_is_not_whole_is_not_replayed(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    raw = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(raw[:4] + raw[5:]))
    assert codes(store, log) == ["missing"]
    log.write_bytes(b"".join(raw).replace(b"Wang", b"Wong"))
    assert codes(store, log) == ["edited"]
    log.write_bytes(b"".join([*raw[:4], b"{}\n", *raw[4:]]))
    assert codes(store, log) == ["edited"]
    log.write_bytes(b"".join(raw[:-1]))
    assert codes(store, log) == ["cut"]
    log.with_name("audit.jsonl.1.gz").write_bytes(gzip.compress(b"".join(raw))[:-20])
    log.unlink()
    assert "unreadable" in codes(store, log)


def test_a_line_that_appears_while_the_log_is_replayed_is_left_for_the_next_time(
    store: Store, syncs: Any, directory: Any, log: Path
) -> None:
    syncs.apply(directory.company())
    write_pending(store, log, "here")
    with store.audit.moment() as moment:
        end = moment.end
    syncs.apply(directory.plan(directory.add_user("sun")))
    write_pending(store, log, "here")
    assert end is not None
    assert replayed(store, log).last_seq > end.last_seq


def test_only_lines_that_led_to_the_store_as_it_is_count() -> None:
    first = Beginning(1, 0)
    assert valid_ranges([first], 9) == [(1, 9)]
    assert valid_ranges([first], 0) == []
    assert valid_ranges([first, Beginning(11, 8)], 15) == [(1, 8), (11, 15)]
    # Restored twice, the second time to a line of the chain that the first restore had left.
    twice = [first, Beginning(11, 8), Beginning(16, 10)]
    assert valid_ranges(twice, 20) == [(1, 10), (16, 20)]
    # A database that was lost, and made anew from its source.
    assert valid_ranges([first, Beginning(11, 0)], 15) == [(11, 15)]
    assert valid_ranges([first, Beginning(11, None)], 15) is None


def test_a_row_takes_no_more_memory_than_its_text() -> None:
    rows = [{"id": n, "name": f"somebody {n}", "custom": {}} for n in range(1000)]
    pack(rows[0])
    tracemalloc.start()
    try:
        packed = [pack(row) for row in rows]
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 2 * sum(map(sys.getsizeof, packed))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "empty.db"
    store = Store.open(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


def check_any_history(data: st.DataObject, empty: Path, folder: Path) -> None:
    """Carry readings out; after every one the log yields the store."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(empty, folder / "syncd.db")
    log = folder / "audit.jsonl"
    store = Store.open(f"sqlite:///{folder}/syncd.db")
    try:
        memory, at = Memory(), NOW
        for company, _, is_proof, hidden in data.draw(st.lists(STEP, min_size=1, max_size=4)):
            at += timedelta(hours=1)
            reading = memory.read(company, is_proof=is_proof, **hidden)
            carry_out(store, make_plan(store.world(None), reading, POLICY, at), at)
            memory = memory.apply(memory.plan(reading, at=at))
            if data.draw(st.booleans()):
                write_pending(store, log, "here")
            found = replayed(store, log)
            assert found.is_same, found
    finally:
        store.close()


def carry_out(store: Store, plan: Plan, at: Any) -> None:
    version = store.store_version()
    begun = store.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=at)
    store.apply(
        plan,
        run_id=begun.run.id,
        token=begun.token,
        store_version=version,
        at=at,
        counts=plan.counts(),
        guard_counts={},
        readings={},
    )


@quickly
@given(data=st.data())
def test_the_log_of_any_history_yields_the_store(
    data: st.DataObject, empty: Path, tmp_path: Path
) -> None:
    check_any_history(data, empty, tmp_path / "one")


@pytest.mark.hard
@hard
@given(data=st.data())
def test_the_log_of_many_histories_yields_the_store(
    data: st.DataObject, empty: Path, tmp_path: Path
) -> None:
    check_any_history(data, empty, tmp_path / "one")
