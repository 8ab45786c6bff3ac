"""What holds in every world: the promises that the rest of syncd is built on.

Each promise is one function, tried on few worlds with every run of the tests and on a thousand in
the hard ones.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Action, Entity, Plan
from syncd.model.entry import Kind
from tests.unit.reconcile.memory import LATER, Company, Memory, plans_departments, ref
from tests.unit.reconcile.worlds import (
    PEOPLE,
    WITHHELDABLE,
    changes_by_hand,
    companies,
    edits,
    hiding,
    shuffled,
    with_known_main_departments,
    without_fields,
)

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=20, suppress_health_check=_SLOW)
hard = settings(max_examples=2000, suppress_health_check=_SLOW)

HOW = (st.sampled_from(("full", "near", "person")), st.booleans(), hiding())
STEP = st.tuples(companies(), *HOW)


def after(steps: list[tuple[Company, str, bool, dict[str, object]]]) -> Memory:
    """Return the store after these readings, applied one after the other."""
    memory = Memory()
    for company, mode, is_proof, hidden in steps:
        if mode == "full":
            memory = memory.sync(company, is_proof=is_proof, **hidden)
        elif mode == "near":
            memory = memory.sync_near(company, is_proof=is_proof, **hidden)
        else:
            for record in list(company.people.values())[:1]:
                memory = memory.sync_person(record)
    return memory


def check_planning_after_applying_changes_nothing(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, max_size=2)))
    company, _, is_proof, hidden = data.draw(STEP)
    looks_at_all = data.draw(st.booleans())
    # What is neither shown nor proven absent is looked at again by full runs only.
    read = {"is_proof": is_proof or not looks_at_all, **hidden}
    sync = memory.sync if looks_at_all else memory.sync_near
    memory = sync(company, **read)
    again = memory.plan(memory.read(company, **read), at=LATER)
    assert again == Plan(unconfirmed=again.unconfirmed), again
    assert again.is_empty
    assert memory.plan_near(memory.read(company, everything=False, **read), at=LATER).is_empty


def check_the_order_of_records_changes_nothing(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, max_size=2)))
    company, _, is_proof, hidden = data.draw(STEP)
    plan = memory.plan(memory.read(company, is_proof=is_proof, **hidden))
    other = memory.plan(memory.read(shuffled(data.draw, company), is_proof=is_proof, **hidden))
    assert other.changes == plan.changes
    assert set(other.gone) == set(plan.gone)
    assert (other.opened, other.changed, other.resolved) == (
        plan.opened,
        plan.changed,
        plan.resolved,
    )
    assert sorted(other.records, key=str) == sorted(plan.records, key=str)


def check_a_neighbourhood_is_planned_as_the_world_is(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, min_size=1, max_size=2)))
    for id_ in data.draw(st.sets(st.sampled_from(PEOPLE), max_size=1)):
        if any(key.external_id == id_ for key in memory.world.users):
            memory = memory.changed_by_hand(id_, position="vandal")
    company, _, is_proof, hidden = data.draw(STEP)
    if data.draw(st.booleans()) and company.people:
        reading = memory.read_person(next(iter(company.people.values())))
    else:
        reading = memory.read(company, everything=False, is_proof=is_proof, **hidden)
    people = memory.neighbourhood(reading)
    whole, near = memory.plan(reading), memory.plan_near(reading)
    assert near.changes == tuple(
        change
        for change in whole.changes
        if (change.entity is Entity.DEPARTMENT and plans_departments(reading))
        or (change.entity is not Entity.DEPARTMENT and change.ref in people)
    )
    assert set(near.gone) == set(whole.gone)
    assert near.records == tuple(
        one
        for one in whole.records
        if one.kind is Kind.DEPARTMENT or ref(one.record.external_id) in people
    )
    assert near.opened == whole.opened
    assert near.changed == whole.changed
    assert near.resolved == whole.resolved


def check_a_full_pass_in_parts_plans_what_planning_everybody_does(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, min_size=1, max_size=3)))
    memory = data.draw(changes_by_hand(memory))
    company, _, is_proof, hidden = data.draw(STEP)
    everything = data.draw(st.booleans())
    reading = memory.read(company, everything=everything, is_proof=is_proof, **hidden)
    size = data.draw(st.integers(1, 3))
    assert memory.plan_in_parts(reading, at=LATER, size=size) == memory.plan(reading, at=LATER)


def check_whoever_is_as_their_record_says_is_not_looked_at_again(data: st.DataObject) -> None:
    memory = Memory().sync(data.draw(companies(is_whole=True, has_fixed_names=True)))
    reading = memory.read(Company({}, {}), everything=False, is_proof=False)
    assert not memory.differing(reading).people


def check_any_way_leads_to_the_same_active_directory(data: st.DataObject) -> None:
    last = with_known_main_departments(data.draw(companies(is_whole=True, has_fixed_names=True)))
    others = st.one_of(companies(has_fixed_names=True), edits(last))
    memory = after(data.draw(st.lists(st.tuples(others, *HOW), max_size=4)))
    sync = memory.sync if data.draw(st.booleans()) else memory.sync_near
    arrived = sync(last, at=LATER)
    assert arrived.active_directory() == Memory().sync(last).active_directory()
    assert arrived.world.gone >= memory.world.records.keys() - {
        key for key in memory.world.records if key.external_id in last.people
    }


def check_an_unreadable_field_changes_nothing(data: st.DataObject) -> None:
    company = data.draw(companies(is_whole=True))
    memory = Memory().sync(company)
    fields = data.draw(st.sets(st.sampled_from((*WITHHELDABLE, "name", "userid"))))
    plan = memory.plan(memory.read(without_fields(company, fields)))
    assert plan.changes == ()
    assert (plan.opened, plan.changed, plan.resolved) == ((), (), ())


def check_without_proof_nobody_becomes_inactive_for_being_missing(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, min_size=1, max_size=2)))
    company, mode, _, _ = data.draw(STEP)
    reading = memory.read(company, everything=mode == "full", is_proof=False)
    for plan in (memory.plan(reading), memory.plan_near(reading)):
        assert not plan.gone
        assert {
            change.ref.external_id for change in plan.changes if change.action is Action.DEACTIVATE
        } <= reading.users.keys()


def check_who_is_hidden_stays_active(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, min_size=1, max_size=2)))
    company, _, _, hidden = data.draw(STEP)
    reading = memory.read(company, **hidden)
    after_it = memory.apply(memory.plan(reading))
    for id_ in reading.absence.hidden_users:
        before = memory.world.users.get(ref(id_))
        now = after_it.world.users.get(ref(id_))
        assert (before and before.row.is_active) == (now and now.row.is_active)


def check_ids_stay_for_ever(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, min_size=1, max_size=2)))
    later = after_one_more(memory, data.draw(STEP))
    for key, user in memory.world.users.items():
        assert later.world.users[key].id == user.id
    for key, one in memory.world.departments.items():
        assert later.world.departments[key].id == one.id


def after_one_more(memory: Memory, step: tuple[Company, str, bool, dict[str, object]]) -> Memory:
    """Return the store after one more reading."""
    company, _, is_proof, hidden = step
    return memory.sync(company, is_proof=is_proof, **hidden)


CHECKS = [
    pytest.param(check, id=name.removeprefix("check_"))
    for name, check in sorted(globals().items())
    if name.startswith("check_")
]


@pytest.mark.parametrize("check", CHECKS)
@quickly
@given(data=st.data())
def test_in_every_world(check: Callable[[st.DataObject], None], data: st.DataObject) -> None:
    check(data)


@pytest.mark.hard
@pytest.mark.parametrize("check", CHECKS)
@hard
@given(data=st.data())
def test_in_a_thousand_worlds(check: Callable[[st.DataObject], None], data: st.DataObject) -> None:
    check(data)
