import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from syncd.errors import StaleWrite, StoreError, StoreUnavailable
from syncd.model.change import Action, Cause, Change, Entity, Gone, Plan
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import LinkMethod, LinkRow, MembershipRow
from syncd.model.entry import Kind
from syncd.model.run import Mode, Outcome
from syncd.model.source import SourceState
from syncd.store.store import Store
from tests.servers.database import TestDatabase

CHANGED = Cause("changed", (("field", "mobile"),))
CONFLICT = Conflict(ConflictKind.USERID_TAKEN, "wecom", "wang", "wang", {"with": "li"})


def dump(database: TestDatabase) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    return {
        name: sorted(database.rows(f"SELECT * FROM {name}"), key=repr) for name in database.tables()
    }


def by_name(store: Store) -> dict[str, Any]:
    return {ref.external_id: user for ref, user in store.world(None).users.items()}


def rename(store: Store, directory: Any, key: str, **fields: Any) -> Plan:
    user = by_name(store)[key]
    change = Change(
        Entity.USER,
        Action.UPDATE,
        user.owner,
        None,
        user.id,
        user.row,
        user.row._replace(**fields),
        CHANGED,
    )
    return directory.plan(change)


def test_what_a_plan_says_is_what_the_world_shows(store: Store, syncs: Any, directory: Any) -> None:
    plan = directory.company()
    syncs.apply(plan)
    world = store.world(None)
    rows = {one.ref: one.after for one in plan.changes if one.entity is Entity.USER}
    assert {ref: user.row for ref, user in world.users.items()} == rows
    assert {ref: one.row for ref, one in world.departments.items()} == {
        one.ref: one.after for one in plan.changes if one.entity is Entity.DEPARTMENT
    }
    joined = MembershipRow(is_primary=True, is_leader=False, sort_order=3)
    assert world.users[directory.ref("wang")].memberships == {
        directory.ref("1"): joined,
        directory.ref("2"): joined,
    }
    assert {**world.records, **world.department_records} == {
        directory.ref(one.record.external_id): one.record for one in plan.records
    }
    assert {ref: (one.method, one.user_id) for ref, one in world.links.items()} == {
        ref: (LinkMethod.AUTHORITY, user.id) for ref, user in world.users.items()
    }


def test_a_neighbourhood_holds_managers_and_who_shares_a_userid(
    store: Store, syncs: Any, directory: Any
) -> None:
    syncs.apply(directory.company())
    syncs.apply(directory.plan(directory.add_user("wang2", userid="ＷＡＮＧ")))
    everything = store.world(None)

    def names(refs: list[str], **options: Any) -> set[str]:
        world = store.world([directory.ref(one) for one in refs], **options)
        for ref, user in world.users.items():
            assert user == everything.users[ref]
        for ref, record in world.records.items():
            assert record == everything.records[ref]
        assert world.departments == everything.departments
        return {ref.external_id for ref in world.users}

    assert names(["zhao"]) == {"zhao", "li"}
    assert names(["li"]) == {"li"}
    assert names(["wang"]) == {"wang", "wang2", "li"}
    assert names(["new"], extra_managers=[directory.ref("zhao")]) == {"zhao", "li"}
    assert names(["new"], userid_keys=["zhao"]) == {"zhao", "li"}
    assert store.world([directory.ref("li")], departments_records=False).department_records == {}


def test_who_depends_on_a_record_is_found(store: Store, syncs: Any, directory: Any) -> None:
    syncs.apply(directory.company())
    ref = directory.ref
    assert store.expand({ref("li")}) == {ref("li"), ref("wang"), ref("zhao")}
    assert store.expand(set(), {ref("2")}) == {ref("wang")}
    assert store.expand({ref("nobody")}) == set()


def test_changes_tell_the_whole_row_of_what_is_made(
    store: Store, syncs: Any, directory: Any
) -> None:
    syncs.apply(directory.company())
    user, link = (
        next(one for one in store.changes() if one.entity is entity and one.entity_id == 2)
        for entity in (Entity.USER, Entity.LINK)
    )
    assert (user.before, user.cause) == (None, {"code": "appeared"})
    assert user.after == {
        "userid": "li",
        "name": "Li",
        **dict.fromkeys(("alias", "email", "biz_email", "telephone", "employee_no", "position")),
        **dict.fromkeys(("gender", "address", "avatar_url", "manager_id", "main_department_id")),
        "mobile": "+8613800000002",
        "custom": {"grade": "P7"},
        "gone_at": None,
        "source_disabled_at": None,
        "admin_disabled_at": None,
        "status": "active",
    }
    assert link.after == {
        "source": "wecom",
        "external_id": "li",
        "user_id": 2,
        "method": "authority",
        "key_value": None,
        "is_owner": True,
        "linked_at": "2026-03-04T05:06:07.891011Z",
    }


def test_changes_tell_only_the_columns_that_changed(
    store: Store, syncs: Any, directory: Any
) -> None:
    syncs.apply(directory.company())
    gone_at = syncs.now + timedelta(days=1)
    syncs.apply(rename(store, directory, "wang", mobile=None, manager=None, gone_at=gone_at))
    last = list(store.changes())[-1]
    assert last.before == {
        "mobile": "+8613800000001",
        "manager_id": 2,
        "gone_at": None,
        "status": "active",
    }
    assert last.after == {
        "mobile": None,
        "manager_id": None,
        "gone_at": "2026-03-05T05:06:07.891011Z",
        "status": "inactive",
    }
    assert last.cause == {"code": "changed", "field": "mobile"}


def test_a_membership_is_told_with_its_department(store: Store, syncs: Any, directory: Any) -> None:
    syncs.apply(directory.company())
    before = MembershipRow(is_primary=True, is_leader=False, sort_order=3)
    wang, one, two = (directory.ref(key) for key in ("wang", "1", "2"))
    leader = Change(
        Entity.MEMBERSHIP,
        Action.UPDATE,
        wang,
        one,
        1,
        before,
        before._replace(is_leader=True),
        CHANGED,
    )
    left = Change(Entity.MEMBERSHIP, Action.REMOVE, wang, two, 1, before, None, CHANGED)
    syncs.apply(directory.plan(leader, left))
    told = [(change.before, change.after) for change in store.changes()][-2:]
    assert told == [
        (
            {"user_id": 1, "department_id": 1, "is_leader": False},
            {"user_id": 1, "department_id": 1, "is_leader": True},
        ),
        (
            {
                "user_id": 1,
                "department_id": 2,
                "is_primary": True,
                "is_leader": False,
                "sort_order": 3,
            },
            None,
        ),
    ]
    assert by_name(store)["wang"].memberships == {one: before._replace(is_leader=True)}


def test_a_rekey_keeps_the_user_and_tells_both_ids(
    store: Store, syncs: Any, directory: Any
) -> None:
    syncs.apply(directory.company())
    old, new = directory.ref("wang"), directory.ref("wang.new")
    link = store.world([old]).links[old]
    change = Change(
        Entity.LINK,
        Action.REKEY,
        new,
        None,
        link.id,
        LinkRow(old, LinkMethod.AUTHORITY),
        LinkRow(new, LinkMethod.AUTHORITY),
        Cause("renamed"),
    )
    syncs.apply(directory.plan(change))
    assert by_name(store)["wang.new"].id == link.user_id
    last = list(store.changes())[-1]
    assert (last.before, last.after) == ({"external_id": "wang"}, {"external_id": "wang.new"})


def test_times_of_a_row_move_only_when_it_changes(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    later = syncs.now + timedelta(hours=1)
    syncs.apply(rename(store, directory, "li", name="李"), at=later)
    rows = dict(database.rows("SELECT userid, updated_at FROM directory_user"))
    created = {at for (at,) in database.rows("SELECT created_at FROM directory_user")}
    first = "2026-03-04 05:06:07.891011"
    assert rows == {"wang": first, "li": "2026-03-04 06:06:07.891011", "zhao": first}
    assert created == {first}


def test_an_id_is_never_given_twice(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    database.execute(  # as an administrator's own purge might
        "DELETE FROM directory_membership",
        "DELETE FROM directory_link",
        "UPDATE directory_user SET manager_id = NULL",
        "DELETE FROM directory_user",
        "DELETE FROM sync_change",
    )
    syncs.apply(directory.plan(directory.add_user("sun")))
    assert by_name(store)["sun"].id == 4
    assert store.world(None).links[directory.ref("sun")].id == 4
    assert [one.id for one in store.changes()] == [12, 13]


def test_a_record_that_is_gone_is_kept_but_counts_no_more(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    wang = directory.ref("wang")
    assert store.digests("wecom", Kind.USER) == {"wang": b"1", "li": b"1", "zhao": None}
    assert store.department_parents("wecom") == {"1": None, "2": "1"}
    assert store.last_memberships("wecom", ["wang", "nobody"]) == {"wang": frozenset({"1", "2"})}
    syncs.apply(
        directory.plan(gone=(Gone(Kind.USER, wang), Gone(Kind.DEPARTMENT, directory.ref("2"))))
    )
    assert "wang" not in store.digests("wecom", Kind.USER)
    world = store.world([wang])
    assert (set(world.records), world.gone) == ({wang, directory.ref("li")}, {wang})
    assert store.department_parents("wecom") == {"1": None}
    assert store.read_ats("wecom", Kind.USER, ["wang"]) == {"wang": syncs.now}
    syncs.apply(directory.plan(records=(directory.user_record("wang", digest=b"9"),)))
    assert store.digests("wecom", Kind.USER)["wang"] == b"9"


def test_the_state_of_a_source_comes_back(store: Store, syncs: Any) -> None:
    state = SourceState(
        "wecom",
        "wecom",
        "ww1",
        "f00d",
        frozenset({"name", "email"}),
        frozenset({"mobile"}),
        {"tops": [1, "二"]},
        {"app_secret": "range: 1"},
        syncs.now,
        None,
    )
    syncs.apply(Plan(), source_states=[state], outcome=Outcome.NO_CHANGE)
    assert store.source_states() == {"wecom": state}
    assert store.source_state("other") is None
    assert store.last_readings()["wecom"].users == 3


def test_links_of_people_who_could_not_be_seen_stay_as_they_were_seen(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    unseen = {directory.ref("li"), directory.ref("nobody")}
    syncs.apply(Plan(), touch_seen=["wecom"], unseen=unseen, at=syncs.now + timedelta(days=1))
    seen = dict(database.rows("SELECT external_id, last_seen_at FROM directory_link"))
    assert {key: at[:10] for key, at in seen.items()} == {
        "wang": "2026-03-05",
        "li": "2026-03-04",
        "zhao": "2026-03-05",
    }
    assert seen["li"] == "2026-03-04 05:06:07.891011"


def test_links_are_seen_except_those_of_gone_records(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    syncs.apply(directory.plan(gone=(Gone(Kind.USER, directory.ref("wang")),)))
    syncs.apply(Plan(), touch_seen=["wecom"], at=syncs.now + timedelta(days=1))
    seen = dict(database.rows("SELECT external_id, last_seen_at FROM directory_link"))
    assert {key: at[:10] for key, at in seen.items()} == {
        "wang": "2026-03-04",
        "li": "2026-03-05",
        "zhao": "2026-03-05",
    }


def test_a_plan_of_a_store_that_has_moved_writes_nothing(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    plan = rename(store, directory, "li", name="李")
    before = dump(database)
    with pytest.raises(StaleWrite, match="moved"):
        syncs.apply(plan, store_version=0)
    after = dump(database)
    assert {name for name in before if before[name] != after[name]} <= {
        "sync_run",
        "sync_lease",
        "sqlite_sequence",
    }


def test_a_lost_lease_writes_nothing(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    begun = syncs.begin()
    store.release_lease(begun.token)
    second = syncs.begin()
    before = dump(database)
    with pytest.raises(StaleWrite, match="lease"):
        syncs.store.apply(
            directory.company(),
            run_id=begun.run.id,
            token=begun.token,
            store_version=store.store_version(),
            at=syncs.now,
            counts={},
            guard_counts={},
            readings={},
        )
    assert dump(database) == before
    lease = store.lease()
    assert lease is not None
    assert lease.token == second.token


def test_an_applied_run_says_so_and_gives_the_lease_back(
    store: Store, syncs: Any, directory: Any
) -> None:
    plan = directory.company()
    applied = syncs.apply(plan, mode=Mode.FULL, guard_counts={"max_created": 3}, digest="d1")
    (run,) = store.runs()
    assert (run.outcome, run.counts, run.guard_counts, run.plan_digest) == (
        Outcome.APPLIED,
        plan.counts(),
        {"max_created": 3},
        "d1",
    )
    assert run.finished_at == syncs.now
    assert store.lease() is None
    assert (applied.changes, applied.store_version) == (11, store.store_version())


def busy_plan(directory: Any) -> Plan:
    company = directory.company()
    return Plan(company.changes, company.records, opened=(CONFLICT,))


def apply(store: Store, syncs: Any, plan: Plan, begun: Any, version: int) -> None:
    store.apply(
        plan,
        run_id=begun.run.id,
        token=begun.token,
        store_version=version,
        at=syncs.now,
        counts={},
        guard_counts={},
        readings={},
        source_states=[SourceState("wecom", "wecom", "ww1")],
        touch_seen=["wecom"],
    )


def test_a_failure_at_any_statement_leaves_the_store_as_before(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    plan = busy_plan(directory)
    version, begun = store.store_version(), syncs.begin()
    before = dump(database)
    countdown = [0]

    def fail(*_: Any) -> None:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise StoreError("injected")

    event.listen(store._database._engine, "before_cursor_execute", fail)
    reached = 0
    while True:
        reached += 1
        countdown[0] = reached
        try:
            apply(store, syncs, plan, begun, version)
        except StoreError:
            countdown[0] = 0
            assert dump(database) == before, f"statement {reached}"
        else:
            countdown[0] = 0
            break
    # Every table was written to; servers get their many rows by the driver, unseen from here.
    assert reached > (25 if database.kind == "sqlite" else 15)
    assert len(store.world(None).users) == 3


def test_a_full_disk_leaves_the_store_as_before(
    store: Store, syncs: Any, directory: Any, database: TestDatabase, path: Path
) -> None:
    syncs.apply(directory.company())
    many = [directory.add_user(f"user{number}", address="x" * 900) for number in range(300)]
    begun = syncs.begin()
    before = dump(database)
    with store._database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(StoreUnavailable, match="disk is full"):
        apply(store, syncs, directory.plan(*many), begun, store.store_version())
    assert dump(database) == before
    assert len(by_name(store)) == 3


def test_progress_is_told_to_its_end(syncs: Any, directory: Any) -> None:
    told: list[tuple[int, int]] = []
    plan = directory.company()
    syncs.apply(plan, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (16, 16)
    assert told == sorted(told)


def test_json_in_the_tables_is_plain_json_for_applications(
    store: Store, syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    [(custom,)] = database.rows("SELECT custom FROM directory_user WHERE userid = 'li'")
    [(counts,)] = database.rows("SELECT counts FROM sync_run")
    assert json.loads(custom) == {"grade": "P7"}
    assert json.loads(counts)["user"] == {"create": 3}
