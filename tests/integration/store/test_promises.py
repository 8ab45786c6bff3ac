"""What is promised of the planner holds with the real store: it shows what the model store shows."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Plan
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import RecordState, UserRecord
from syncd.model.run import Mode, Trigger
from syncd.model.world import World
from syncd.reconcile.naming import naming
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.services.full_pass import Measure, find_differing
from syncd.store.store import Store
from tests.servers.database import TestDatabase
from tests.unit.reconcile.memory import (
    NOW,
    POLICY,
    SOURCE,
    Company,
    Memory,
    plans_departments,
    ref,
)
from tests.unit.reconcile.test_promises import STEP

STEPS = st.lists(STEP, min_size=1, max_size=4)
_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
quickly = settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=200, deadline=None, suppress_health_check=_SLOW)


def in_parts(store: Store, reading: Reading) -> Plan:
    """Return the plan of a full pass that looks at everybody in parts, as a sync makes it."""
    near = neighbourhood(store, reading)
    found = find_differing(store, [reading], POLICY, NOW, Measure(1, 1.0))
    assert found.people is not None
    people = near | found.people
    people = with_naming(store, people | store.expand(people))
    fields = [one.fields for one in reading.users.values()]
    world = store.world(
        people,
        extra_managers=[ref(one) for of in fields if (one := of.get(MANAGER))],
        userid_keys=found.userids.union(
            fold_userid(one) for of in fields if (one := of.get("userid"))
        ),
    )
    return make_plan(world, reading, POLICY, NOW, people=people)


def around(store: Store, people: Collection[Ref], reading: Reading) -> World:
    """Return what the store shows for some people, as a sync asks for it."""
    fields = [one.fields for one in reading.users.values()]
    return store.world(
        people,
        extra_managers=[ref(one) for of in fields if (one := of.get(MANAGER))],
        userid_keys=[fold_userid(one) for of in fields if (one := of.get("userid"))],
        departments_records=plans_departments(reading),
    )


def neighbourhood(store: Store, reading: Reading) -> frozenset[Ref]:
    """Return whom a reading concerns, as a sync finds them."""
    absence = reading.absence
    core = {ref(id_) for id_ in (*reading.users, *absence.gone_users, *absence.hidden_users)}
    emptied = {ref(id_) for id_ in (*absence.gone_departments, *absence.hidden_departments)}
    return with_naming(store, core | store.expand(core, emptied))


def with_naming(store: Store, people: Collection[Ref]) -> frozenset[Ref]:
    """Return these people and whose records name one of them as the manager."""
    named = {one.external_id for one in people}
    return frozenset(people) | {ref(id_) for id_ in naming(store.digests(SOURCE, Kind.USER), named)}


def steps_of(plan: Plan) -> Any:
    """Return what a plan does, without the numbers that each store gives of its own."""
    return (
        sorted((change._replace(entity_id=None) for change in plan.changes), key=repr),
        sorted(plan.records, key=repr),
        sorted(plan.gone),
        sorted((one.key for one in plan.opened), key=repr),
        sorted((after.key for _, after in plan.changed), key=repr),
        sorted((one.conflict.key for one in plan.resolved), key=repr),
    )


def shown_by(world: World) -> Any:
    """Return what a world says, without the numbers that each store gives of its own."""
    return {
        "users": {key: (one.row, dict(one.memberships)) for key, one in world.users.items()},
        "links": {key: (one.method, one.key_value) for key, one in world.links.items()},
        "records": dict(world.records),
        "gone": world.gone,
        "departments": {key: one.row for key, one in world.departments.items()},
        "department_records": dict(world.department_records),
        "conflicts": {one.conflict.key for one in world.conflicts},
    }


def write(store: Store, plan: Plan) -> None:
    version = store.store_version()
    begun = store.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=NOW)
    store.apply(
        plan,
        run_id=begun.run.id,
        token=begun.token,
        store_version=version,
        at=NOW,
        counts=plan.counts(),
        guard_counts={},
        readings={},
    )


def check(steps: Iterable[Any], store: Store) -> None:
    """Carry readings out in both stores, and compare them after every one."""
    memory = Memory()
    for company, mode, is_proof, hidden in steps:
        if mode == "person":
            if not company.people:
                continue
            reading = memory.read_person(next(iter(company.people.values())))
        else:
            reading = memory.read(company, everything=mode == "full", is_proof=is_proof, **hidden)
        if mode == "full":
            plan, stored = memory.plan(reading), make_plan(store.world(None), reading, POLICY, NOW)
            assert steps_of(in_parts(store, reading)) == steps_of(plan)
        else:
            people = neighbourhood(store, reading)
            assert people == memory.neighbourhood(reading)
            plan = memory.plan_near(reading)
            stored = make_plan(
                around(store, people, reading),
                reading,
                POLICY,
                NOW,
                people=people,
                departments=plans_departments(reading),
            )
        assert steps_of(stored) == steps_of(plan)
        write(store, stored)
        memory = memory.apply(plan)
        assert shown_by(store.world(None)) == shown_by(memory.world)


@pytest.fixture
def fresh(
    kind: str, make_database: Callable[..., TestDatabase]
) -> Callable[[], AbstractContextManager[Store]]:
    @contextmanager
    def open_one() -> Iterator[Store]:
        with TemporaryDirectory() as folder:
            database = make_database(kind, Path(folder), prepared=True)
            store = Store.open(database.url)
            try:
                yield store
            finally:
                store.close()
                database.drop()

    return open_one


@quickly
@given(data=st.data())
def test_the_store_shows_the_planner_what_its_model_shows(
    fresh: Callable[[], Any], data: st.DataObject
) -> None:
    with fresh() as store:
        check(data.draw(STEPS), store)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_the_store_shows_what_its_model_shows_in_many_worlds(
    fresh: Callable[[], Any], data: st.DataObject
) -> None:
    with fresh() as store:
        check(data.draw(STEPS), store)


def person(id_: str, *, may_create: bool, **fields: str | None) -> UserRecord:
    values = {"name": "王伟", "manager": None, **fields}
    return UserRecord(SOURCE, id_, NOW, values, None, None, RecordState.ACTIVE, may_create)


@pytest.mark.parametrize("mode", ["full", "sync"])
def test_a_userid_that_is_known_of_old_is_seen_to_be_taken(
    fresh: Callable[[], Any], mode: str
) -> None:
    waiting = person("a", may_create=False, userid="a")
    taken = person("b", may_create=True, userid="a")
    # Now there is nothing in the way of a user, and nothing is said of the userid.
    then = person("a", may_create=True)
    first = Company({}, {"a": waiting, "b": taken})
    second = Company({}, {"a": then})
    steps = [(one, mode, False, {}) for one in (first, second)]
    with fresh() as store:
        check(steps, store)
        assert [one.open.conflict.kind.value for one in store.conflicts()] == ["userid_taken"]
