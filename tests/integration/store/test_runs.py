import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.errors import LeaseTaken, StaleWrite, StoreBusy, UsageError
from syncd.model.change import Plan, Violation
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.run import Mode, Outcome, ReadingSummary, Trigger
from syncd.model.source import SourceState
from syncd.store.chain import AuditEvent
from syncd.store.holder import Holder, this_process
from syncd.store.lease import TERM
from syncd.store.store import Store
from syncd.store.types import write_time
from tests.servers.database import TestDatabase

VIOLATION = Violation("max_deactivations", "users", 40, 0, 10, 200)


def hold(store: Store, begun: Any, now: Any, digest: str, body: str = "{}") -> int:
    return store.hold(
        begun.run.id,
        token=begun.token,
        now=now,
        digest=digest,
        body=body,
        violations=[VIOLATION],
        counts={"user": {"deactivate": 40}},
    )


def test_a_living_holder_keeps_everybody_else_out(
    store: Store, syncs: Any, open_store: Callable[..., Store]
) -> None:
    alive = open_store(process=this_process)
    begun = alive.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    me = this_process()
    other = open_store(process=lambda: Holder(me.host, me.boot_id, 1, "0"))
    with pytest.raises(LeaseTaken) as refused:
        other.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    assert f"process {me.pid} on {me.host}" in refused.value.message
    assert refused.value.exit_status == 5
    assert [run.id for run in store.runs()] == [begun.run.id]


@pytest.mark.parametrize(
    "holder",
    [
        pytest.param(("host", "boot", 2**22 + 1, "1"), id="its process has ended"),
        pytest.param(("host", "an earlier boot", 1, "1"), id="its host was restarted"),
    ],
)
def test_a_dead_holder_is_replaced_at_once(
    syncs: Any, open_store: Callable[..., Store], holder: tuple[str, str, int, str], store: Store
) -> None:
    dead = open_store(process=lambda: Holder(*holder))
    first = dead.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    heir = open_store(process=lambda: Holder("host", "boot", 2, "2"))
    second = heir.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    assert second.token > first.token
    abandoned = store.run(first.run.id)
    assert abandoned is not None
    assert (abandoned.outcome, abandoned.finished_at) == (Outcome.ABANDONED, syncs.now)
    lease = store.lease()
    assert lease is not None
    assert (lease.run_id, lease.token) == (second.run.id, second.token)


def test_a_holder_on_another_host_is_waited_for_until_its_lease_ends(
    syncs: Any, open_store: Callable[..., Store], database: TestDatabase, store: Store
) -> None:
    far = open_store(process=lambda: Holder("far", "boot", 1, "1"))
    first = far.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    lease = store.lease()
    assert lease is not None
    assert lease.expires_at - lease.acquired_at == TERM == timedelta(seconds=60)
    with pytest.raises(LeaseTaken):
        syncs.begin()
    for name in ("acquired_at", "expires_at"):  # 61 seconds pass on the database's clock
        earlier = getattr(lease, name) - timedelta(seconds=61)
        database.execute(f"UPDATE sync_lease SET {name} = '{write_time(earlier)}'")
    syncs.begin()
    with pytest.raises(StaleWrite):
        far.renew_lease(first.token)


def test_a_second_run_is_refused_at_once_while_the_first_commits(
    store: Store, syncs: Any, database: TestDatabase, open_store: Callable[..., Store]
) -> None:
    far = open_store(process=lambda: Holder("far", "boot", 1, "1"))
    far.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    with database.locked(), pytest.raises(LeaseTaken):
        syncs.begin()


def targeted(store: Store, now: Any) -> Any:
    return store.begin_run(
        trigger=Trigger.CLI, mode=Mode.TARGETED, actor="ops", lease=False, now=now
    )


@pytest.mark.parametrize("next_mode", [Mode.SYNC, Mode.TARGETED])
def test_the_next_run_of_the_host_marks_a_run_without_the_lease_whose_process_has_ended(
    store: Store, syncs: Any, open_store: Callable[..., Store], next_mode: Mode
) -> None:
    dead = open_store(process=lambda: Holder("host", "boot", 2**22 + 1, "1"))
    first = targeted(dead, syncs.now)
    here = open_store(process=lambda: Holder("host", "boot", 1, "2"))
    here.begin_run(
        trigger=Trigger.CLI,
        mode=next_mode,
        actor="ops",
        lease=next_mode is not Mode.TARGETED,
        now=syncs.now,
    )
    abandoned = store.run(first.run.id)
    assert abandoned is not None
    assert (abandoned.outcome, abandoned.finished_at) == (Outcome.ABANDONED, syncs.now)


def test_a_run_without_the_lease_goes_on_beside_others_while_its_process_does(
    store: Store, syncs: Any, open_store: Callable[..., Store]
) -> None:
    me = this_process()
    first = targeted(open_store(process=this_process), syncs.now)
    far = targeted(open_store(process=lambda: Holder("far", "boot", 1, "1")), syncs.now)
    other = open_store(process=lambda: Holder(me.host, me.boot_id, 1, "0"))
    targeted(other, syncs.now + timedelta(minutes=59))
    outcomes = {run.id: run.outcome for run in store.runs()}
    assert outcomes[first.run.id] is None
    assert outcomes[far.run.id] is None
    targeted(other, syncs.now + timedelta(minutes=61))
    outcomes = {run.id: run.outcome for run in store.runs()}
    assert outcomes[far.run.id] is Outcome.ABANDONED


def test_a_run_that_has_ended_names_no_process(
    store: Store, database: TestDatabase, syncs: Any
) -> None:
    begun = targeted(store, syncs.now)
    store.finish_run(begun.run.id, Outcome.NO_CHANGE, token=None, now=syncs.now)
    assert database.rows("SELECT process FROM sync_run") == [(None,)]


def run_out(database: TestDatabase) -> None:
    database.execute("UPDATE sync_lease SET expires_at = '2020-01-01 00:00:00.000000'")


def test_a_lease_that_ran_out_while_its_holder_writes_is_still_held(
    store: Store, database: TestDatabase, syncs: Any, open_store: Callable[..., Store]
) -> None:
    alive = open_store(process=this_process)
    first = alive.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    me = this_process()
    other = open_store(process=lambda: Holder(me.host, me.boot_id, 1, "0"))
    run_out(database)
    began = time.monotonic()
    with database.locked(), pytest.raises(LeaseTaken):
        other.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    assert time.monotonic() - began < 1
    second = other.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    assert second.token > first.token


def test_who_finds_the_store_busy_and_nobody_with_the_lease_is_told_so(
    store: Store,
    database: TestDatabase,
    syncs: Any,
    monkeypatch: pytest.MonkeyPatch,
    open_store: Callable[..., Store],
) -> None:
    monkeypatch.setattr("syncd.store.backend.BUSY_TIMEOUT", 0.01)
    impatient = open_store()
    with database.locked(), pytest.raises(StoreBusy):
        impatient.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)


def test_a_renewed_lease_lasts_another_term(
    store: Store, syncs: Any, database: TestDatabase
) -> None:
    begun = syncs.begin()
    run_out(database)
    store.renew_lease(begun.token)
    lease = store.lease()
    assert lease is not None
    assert lease.expires_at >= lease.acquired_at + TERM


def test_a_lease_given_back_is_free_and_giving_it_back_again_harms_nobody(
    store: Store, syncs: Any
) -> None:
    first = syncs.begin()
    store.release_lease(first.token)
    assert store.lease() is None
    second = syncs.begin()
    store.release_lease(first.token)
    lease = store.lease()
    assert lease is not None
    assert lease.token == second.token


def test_a_targeted_run_needs_no_lease(store: Store, syncs: Any) -> None:
    holder = syncs.begin()
    targeted = syncs.begin(mode=Mode.TARGETED, lease=False)
    assert targeted.token is None
    store.apply(
        Plan(),
        run_id=targeted.run.id,
        token=None,
        store_version=store.store_version(),
        at=syncs.now,
        counts={},
        guard_counts={},
        readings={},
    )
    lease = store.lease()
    assert lease is not None
    assert lease.token == holder.token


def test_a_run_that_was_taken_for_dead_stays_abandoned(
    store: Store, syncs: Any, database: TestDatabase, open_store: Callable[..., Store]
) -> None:
    far = open_store(process=lambda: Holder("far", "boot", 1, "1"))
    first = far.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=syncs.now)
    run_out(database)
    second = syncs.begin()
    far.finish_run(first.run.id, Outcome.FAILED, token=first.token, now=syncs.now, error="late")
    abandoned = store.run(first.run.id)
    assert abandoned is not None
    assert abandoned.outcome is Outcome.ABANDONED
    lease = store.lease()
    assert lease is not None
    assert lease.token == second.token


def test_a_run_without_changes_writes_its_own_row_only(store: Store, syncs: Any) -> None:
    version = store.store_version()
    begun = syncs.begin()
    store.finish_run(begun.run.id, Outcome.NO_CHANGE, token=begun.token, now=syncs.now)
    assert store.store_version() == version
    assert [run.outcome for run in store.runs()] == [Outcome.NO_CHANGE]
    assert list(store.changes()) == []
    assert store.lease() is None


def test_a_failed_run_keeps_its_error(store: Store, syncs: Any) -> None:
    begun = syncs.begin(why="a ticket")
    store.finish_run(begun.run.id, Outcome.FAILED, token=begun.token, now=syncs.now, error="60020")
    run = store.run(begun.run.id)
    assert run is not None
    assert (run.outcome, run.error, run.actor, run.why) == (
        Outcome.FAILED,
        "60020",
        "ops",
        "a ticket",
    )
    assert store.run(99) is None
    with pytest.raises(UsageError):
        store.finish_run(99, Outcome.FAILED, token=None, now=syncs.now)


def test_a_held_plan_is_kept_and_the_lease_given_back(store: Store, syncs: Any) -> None:
    begun = syncs.begin()
    assert hold(store, begun, syncs.now, "d1", '{"plan": 1}') == begun.run.id
    run = store.run(begun.run.id)
    assert run is not None
    assert (run.outcome, run.plan_digest) == (Outcome.HELD, "d1")
    assert store.plan_body(begun.run.id) == '{"plan": 1}'
    assert store.plan_body(99) is None
    assert store.lease() is None
    assert store.store_version() == 0


def test_a_held_plan_of_many_megabytes_is_kept_whole(store: Store, syncs: Any) -> None:
    body = json.dumps([f"change {number} 改" for number in range(900_000)], ensure_ascii=False)
    assert len(body.encode()) > 16 << 20  # what MariaDB takes unless it is told otherwise
    begun = syncs.begin()
    hold(store, begun, syncs.now, "d1", body)
    assert store.plan_body(begun.run.id) == body


def test_the_same_held_plan_again_confirms_the_first(store: Store, syncs: Any) -> None:
    first = syncs.begin()
    hold(store, first, syncs.now, "d1")
    later = syncs.now + timedelta(minutes=10)
    assert hold(store, syncs.begin(), later, "d1") == first.run.id
    (run,) = store.runs()
    assert (run.id, run.finished_at) == (first.run.id, later)
    other = syncs.begin()
    assert hold(store, other, later, "d2") == other.run.id
    back = syncs.begin()
    assert hold(store, back, later, "d1") == back.run.id  # only the last held one is confirmed
    assert [run.id for run in store.runs()] == [4, 3, 1]


def test_a_confirmed_plan_says_what_the_newer_one_says(store: Store, syncs: Any) -> None:
    first = syncs.begin()
    hold(store, first, syncs.now, "d1", "old")
    later, again = syncs.now + timedelta(minutes=10), syncs.begin()
    reading = ReadingSummary(later, 160, 20)
    newer = replace(VIOLATION, limit=9)
    store.hold(
        again.run.id,
        token=again.token,
        now=later,
        digest="d1",
        body="new",
        violations=[newer],
        counts={"user": {"deactivate": 40, "update": 1}},
        readings={"wecom": reading},
    )
    run = store.run(first.run.id)
    assert run is not None
    assert (run.counts, run.readings) == (
        {"user": {"deactivate": 40, "update": 1}},
        {"wecom": reading},
    )
    assert store.plan_body(first.run.id) == "new"
    lines = [
        json.loads(line) for _, _, block in store.audit.blocks(0) for line in block.splitlines()
    ]
    held = [line for line in lines if line["event"] == "plan_held"]
    assert [(line["run_id"], line["violations"][0]["limit"]) for line in held] == [(1, 10), (1, 9)]


def test_a_held_plan_waits_until_a_whole_run_is_applied(store: Store, syncs: Any) -> None:
    def held() -> int | None:
        run = store.held_run()
        return None if run is None else run.id

    def after(minutes: int) -> datetime:
        return syncs.now + timedelta(minutes=minutes)

    assert held() is None
    hold(store, syncs.begin(), syncs.now, "d1")
    assert held() == 1
    syncs.apply(Plan(), at=after(1), mode=Mode.TARGETED)
    assert held() == 1
    syncs.apply(Plan(), at=after(2))
    assert held() is None
    hold(store, syncs.begin(), after(3), "d1")  # confirms the first, under its id
    assert held() == 1
    failed = syncs.begin()
    store.finish_run(failed.run.id, Outcome.FAILED, token=failed.token, now=after(4))
    assert held() == 1


def test_the_last_readings_are_found_without_looking_at_every_run(
    store: Store, syncs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = SourceState(
        "wecom", "wecom", "ww1", "f00d", frozenset(), frozenset(), {}, {}, None, None
    )
    syncs.apply(Plan(), source_states=[state])
    for minutes in range(1, 5):
        syncs.apply(
            Plan(),
            at=syncs.now + timedelta(minutes=minutes),
            readings={} if minutes == 4 else {"wecom": ReadingSummary(syncs.now, minutes, 2)},
        )
    looked_at = []
    monkeypatch.setattr(
        "syncd.store.runs.read_json", lambda text: looked_at.append(text) or json.loads(text)
    )
    assert store.last_readings()["wecom"].users == 3
    assert len(looked_at) == 2


def test_the_two_newest_held_plans_are_kept_whole(store: Store, syncs: Any) -> None:
    ids = [hold(store, syncs.begin(), syncs.now, digest) for digest in ("a", "b", "c")]
    assert [store.plan_body(one) for one in ids] == [None, "{}", "{}"]


def test_guards_count_what_was_applied_since_the_last_full_run(store: Store, syncs: Any) -> None:
    def applied(count: int, *, hours_ago: float, mode: Mode = Mode.SYNC) -> None:
        at = syncs.now - timedelta(hours=hours_ago)
        syncs.apply(Plan(), at=at, mode=mode, guard_counts={"max_moves": count})

    applied(1, hours_ago=3)
    applied(2, hours_ago=2, mode=Mode.FULL)
    applied(4, hours_ago=25)
    applied(8, hours_ago=1)
    applied(16, hours_ago=0.5)
    held = syncs.begin()
    hold(store, held, syncs.now, "d")
    assert store.guard_counts_since_full(syncs.now) == {"max_moves": 24}


def open_conflict(store: Store, syncs: Any, **detail: Any) -> int:
    conflict = Conflict(ConflictKind.SCOPE_SHRUNK, "wecom", "department:2", None, detail)
    syncs.apply(Plan(opened=(conflict,)))
    return store.conflicts()[0].open.id


def test_accepting_a_conflict_names_who_may_go_and_moves_the_store(
    store: Store, syncs: Any
) -> None:
    key = open_conflict(store, syncs, people=["li", "wang"], departments=["2"], reason="range")
    version = store.store_version()
    accepted = store.accept_conflict(key, by="ops", why="they left", now=syncs.now)
    assert accepted.open.accepted == {"li", "wang", "department:2"}
    assert (accepted.accepted_by, accepted.accepted_why, accepted.accepted_at) == (
        "ops",
        "they left",
        syncs.now,
    )
    assert store.store_version() == version + 1
    (again,) = store.world(None).conflicts
    assert again.accepted == {"li", "wang", "department:2"}


def test_only_an_open_conflict_that_names_somebody_can_be_accepted(
    store: Store, syncs: Any
) -> None:
    key = open_conflict(store, syncs, reason="none")
    for number in (key, key + 1):
        with pytest.raises(UsageError):
            store.accept_conflict(number, by="ops", why="", now=syncs.now)


def test_conflicts_are_changed_and_resolved_by_later_runs(store: Store, syncs: Any) -> None:
    key = open_conflict(store, syncs, people=["li"])
    (before,) = store.world(None).conflicts
    after = Conflict(
        ConflictKind.SCOPE_SHRUNK, "wecom", "department:2", None, {"people": ["li", "sun"]}
    )
    syncs.apply(Plan(changed=((before, after),)))
    (changed,) = store.world(None).conflicts
    assert (changed.id, changed.conflict, changed.first_run_id, changed.last_run_id) == (
        key,
        after,
        1,
        2,
    )
    syncs.apply(Plan(resolved=(changed,)))
    assert store.world(None).conflicts == ()
    assert store.conflicts() == []
    (resolved,) = store.conflicts(open_only=False)
    assert (resolved.resolved_at, resolved.open.last_run_id) == (syncs.now, 3)


def test_a_neighbourhood_shows_the_conflicts_of_its_people_and_of_sources(
    store: Store, syncs: Any, directory: Any
) -> None:
    def conflict(kind: ConflictKind, key: str) -> Conflict:
        return Conflict(kind, "wecom", key)

    opened = (
        conflict(ConflictKind.USERID_TAKEN, "li"),
        conflict(ConflictKind.USERID_TAKEN, "wang"),
        conflict(ConflictKind.REJECTED, "department:2"),
        conflict(ConflictKind.ORPHAN_DEPARTMENT, "2"),
        conflict(ConflictKind.FIELD_WITHHELD, "mobile"),
    )
    syncs.apply(Plan(opened=opened))

    def shown(**options: Any) -> set[str]:
        world = store.world([directory.ref("li")], **options)
        return {one.conflict.external_id for one in world.conflicts}

    assert shown() == {"li", "department:2", "2", "mobile"}
    assert shown(departments_records=False) == {"li", "department:2", "mobile"}
    assert len(store.world(None).conflicts) == 5


def test_an_event_can_be_told_by_itself(store: Store, syncs: Any) -> None:
    store.tell(
        [AuditEvent("configuration_loaded", {"digest": "abc"})], actor="daemon", now=syncs.now
    )
    lines = b"".join(lines for _, _, lines in store.audit.blocks(0))
    assert b'"event":"configuration_loaded"' in lines
    assert b'"actor":"daemon","digest":"abc"' in lines
