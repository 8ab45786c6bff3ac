"""What holds of new ids and new authorities in every world.

Names, numbers and ids are so few that people swap, share and hand them on all the time.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Action, Entity, Plan
from syncd.model.entry import Kind
from syncd.model.record import RecordState, UserRecord
from syncd.reconcile.normalize import canonical
from syncd.reconcile.reading import Handover
from syncd.reconcile.settings import Limits, Policy
from tests.unit.reconcile.memory import (
    LATER,
    ROOT,
    SOURCE,
    Company,
    Memory,
    department,
    person,
    plans_departments,
    ref,
)
from tests.unit.reconcile.worlds import shuffled

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=50, suppress_health_check=_SLOW)
hard = settings(max_examples=3000, suppress_health_check=_SLOW)

POLICY = Policy(authority=SOURCE, common_field="mobile")
GUARDED = replace(POLICY, limits=Limits(protected=frozenset({"a"})))
IDS = ("a", "b", "c", "d", "e")
#: The same number in two forms, two others, and what is no number.
NUMBERS = ("13800138000", "+86 138 0013 8000", "13900139000", "13700137000", "12", None)
OLD = "before"

T = TypeVar("T")


@st.composite
def people(draw: Callable[..., T]) -> UserRecord:
    """Return one person whose name, number, manager and department are known or not."""
    unknown = draw(st.sets(st.sampled_from(("name", "mobile", "manager")), max_size=1))
    return person(
        draw(st.sampled_from(IDS)),
        *draw(st.sampled_from(((), ("1",), ("1", "2")))),
        state=draw(st.sampled_from((*RecordState, None))),
        unknown=unknown if draw(st.integers(0, 3)) == 0 else (),
        name=draw(st.sampled_from(("Zhang San", "Li Si"))),
        mobile=draw(st.sampled_from(NUMBERS)),
        manager=draw(st.sampled_from((None, *IDS))),
        may_create=draw(st.integers(0, 9)) > 0,
    )


@st.composite
def companies(draw: Callable[..., T]) -> Company:
    """Return up to four people in up to two departments."""
    everybody = st.lists(people(), max_size=4, unique_by=lambda one: one.external_id)
    more = draw(st.sampled_from(((), (department("2"),))))
    return Company.of(ROOT, *more, *draw(everybody))


@st.composite
def renamed(draw: Callable[..., T], company: Company) -> Company:
    """Return the company where somebody has another id, and perhaps another name or number."""
    if not company.people or draw(st.booleans()):
        return draw(companies())
    old = draw(st.sampled_from(sorted(company.people)))
    new = draw(st.sampled_from([id_ for id_ in IDS if id_ not in company.people]))
    fields = {**company.people[old].fields, "userid": new}
    if draw(st.booleans()):
        fields[draw(st.sampled_from(("name", "mobile")))] = draw(st.sampled_from(NUMBERS))
    moved = replace(company.people[old], external_id=new, fields=fields)
    return company.minus(old).plus(moved)


def history(data: st.DataObject, policy: Policy = POLICY) -> tuple[Memory, Company]:
    """Return a store after some readings, and what the source will say next."""
    memory, company = Memory(), data.draw(companies())
    for _ in range(data.draw(st.integers(1, 3))):
        is_near = data.draw(st.booleans())
        sync = memory.sync_near if is_near else memory.sync
        memory = sync(company, policy, is_proof=data.draw(st.integers(0, 4)) > 0)
        company = data.draw(renamed(company))
    return memory, company


def says_nothing(plan: Plan) -> bool:
    """Return whether a plan changes nothing, though entries may have to be read once more."""
    return replace(plan, records=()).is_empty


def keys(records: Iterable[UserRecord]) -> Counter[str]:
    """Return how many records carry each number."""
    found = (canonical("mobile", one.fields.get("mobile")) for one in records)
    return Counter(key for key in found if key)


def here(memory: Memory) -> Mapping[str, UserRecord]:
    """Return the records that are there, by id."""
    return {
        key.external_id: one
        for key, one in memory.world.records.items()
        if key.source == SOURCE and key not in memory.world.gone
    }


def check_whoever_is_the_same_person_and_nobody_else_is_rekeyed(data: st.DataObject) -> None:
    memory, company = history(data)
    before = here(memory)
    plan = memory.plan(memory.read(company), POLICY)
    after = here(memory.apply(plan))
    counts = keys(before.values()), keys(after.values())
    pairs = {
        (old, new)
        for old, was in before.items()
        for new, now in company.people.items()
        if old not in company.people
        and new not in before
        and ref(new) not in memory.world.users
        and (user := memory.world.users.get(ref(old))) is not None
        and user.row.gone_at is None
        and (key := canonical("mobile", was.fields.get("mobile"))) is not None
        and key == canonical("mobile", now.fields.get("mobile"))
        and was.fields.get("name") is not None
        and was.fields.get("name") == now.fields.get("name")
        and counts[0][key] == counts[1][key] == 1
    }
    doubted = {one.conflict.external_id for one in memory.world.conflicts}
    found = {(old.external_id, new.external_id) for new, old in plan.former.items()}
    assert {pair for pair in found if pair[1] not in doubted} == {
        pair for pair in pairs if pair[1] not in doubted
    }


def check_a_rekey_keeps_the_id_in_any_order(data: st.DataObject) -> None:
    memory, company = history(data)
    reading = memory.read(company)
    plan = memory.plan(reading, POLICY)
    other = memory.plan(memory.read(shuffled(data.draw, company)), POLICY)
    assert other.changes == plan.changes
    assert other.former == plan.former
    assert other.opened == plan.opened
    after = memory.apply(plan)
    for new, old in plan.former.items():
        assert after.world.users[new].id == memory.world.users[old].id
        assert after.world.users[new].row.admin_disabled_at is None


def check_planning_after_applying_changes_nothing(data: st.DataObject) -> None:
    policy = data.draw(st.sampled_from((POLICY, GUARDED)))
    memory, company = history(data, policy)
    memory = (
        memory.sync(company, policy)
        if data.draw(st.booleans())
        else memory.sync_near(company, policy)
    )
    assert says_nothing(memory.plan(memory.read(company), policy, LATER))
    assert says_nothing(memory.plan_near(memory.read(company, everything=False), policy, LATER))


def check_a_neighbourhood_is_planned_as_the_world_is(data: st.DataObject) -> None:
    policy = data.draw(st.sampled_from((POLICY, GUARDED)))
    memory, company = history(data, policy)
    if data.draw(st.booleans()) and company.people:
        reading = memory.read_person(next(iter(company.people.values())))
    else:
        reading = memory.read(company, everything=False)
    if data.draw(st.booleans()):
        told = data.draw(st.permutations(IDS))
        reading = replace(reading, renames={told[0]: told[1]})
    people = memory.neighbourhood(reading, policy)
    whole, near = memory.plan(reading, policy), memory.plan_near(reading, policy)
    assert near.former == whole.former
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
    assert (near.opened, near.changed, near.resolved) == (
        whole.opened,
        whole.changed,
        whole.resolved,
    )


def check_no_two_users_share_a_record_and_none_is_lost(data: st.DataObject) -> None:
    memory, company = history(data)
    for after in (memory.sync(company, POLICY), taken(data, memory)[1]):
        users = after.world.users
        ids = [user.id for user in users.values()]
        assert len(ids) == len(set(ids))
        assert {user.id for user in memory.world.users.values()} <= set(ids)
        for owner, user in users.items():
            assert user.owner == owner
            assert after.world.links[owner].user_id == user.id


# ── a new authority ─────────────────────────────────────────────────────────────────────────


def taken(data: st.DataObject, memory: Memory) -> tuple[Plan, Memory, Company]:
    """Return what another source takes over of a store, and the store after it."""
    stored = memory.with_sources(**{SOURCE: OLD})
    company = data.draw(companies())
    reading = replace(stored.read(company), handover=Handover(frozenset({OLD})))
    plan = stored.plan(reading, POLICY, LATER)
    return plan, stored.apply(plan), company


def check_a_takeover_is_by_a_value_that_nobody_else_has(data: st.DataObject) -> None:
    memory, _ = history(data)
    plan, after, company = taken(data, memory)
    rows = [one.row for one in memory.world.users.values() if one.row.gone_at is None]
    theirs = Counter(canonical("mobile", one.mobile) for one in rows)
    ours = keys(company.people.values())
    for new, old in plan.former.items():
        key = canonical("mobile", company.people[new.external_id].fields.get("mobile"))
        assert key is not None
        assert theirs[key] == ours[key] == 1
        user = memory.world.users[ref(old.external_id)]
        assert canonical("mobile", user.row.mobile) == key
        assert after.world.users[new].id == user.id
    # Whoever could be taken over was.
    assert len(plan.former) == sum(count == 1 and ours[key] == 1 for key, count in theirs.items())


def check_a_takeover_leaves_the_people_of_the_new_authority(data: st.DataObject) -> None:
    memory, _ = history(data)
    _, after, company = taken(data, memory)
    for again in (after.read(company), after.read(company, everything=False)):
        assert says_nothing(after.plan(again, POLICY, LATER))
    assert {owner.source for owner, user in after.world.users.items() if user.row.is_active} <= {
        SOURCE
    }
    assert {key.source for key, one in after.world.departments.items() if one.row.is_active} == {
        SOURCE
    }


def check_the_way_back_makes_nobody_a_second_time(data: st.DataObject) -> None:
    memory, company = history(data)
    memory = memory.sync(company, POLICY)
    _, between, _ = taken(data, memory)
    back = between.with_sources(**{SOURCE: "between", OLD: SOURCE})
    back = replace(back, digests=memory.digests)
    reading = back.read(company, everything=data.draw(st.booleans()))
    plan = back.plan(replace(reading, handover=Handover(frozenset({"between"}))), POLICY, LATER)
    linked = {key for key, one in back.world.links.items() if one.user_id is not None}
    made = {one.ref for one in plan.changes if (one.entity, one.action) == CREATED}
    assert not made & linked
    after = back.apply(plan)
    for id_ in company.people:
        user = memory.world.users.get(ref(id_))
        if user is not None and ref(id_) in after.world.users:
            assert after.world.users[ref(id_)].id == user.id
    assert says_nothing(after.plan(after.read(company), POLICY, LATER))


CREATED = (Entity.USER, Action.CREATE)
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
