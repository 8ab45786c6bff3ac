"""Whoever comes back under an old id is who a person says, in every world and ever after."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from syncd.model.conflict import ConflictKind, OpenConflict
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.surrender import is_surrendered, surrendered
from syncd.reconcile.linking import plan_known_person, plan_new_person
from syncd.reconcile.rekey import former_of
from syncd.reconcile.settings import Policy
from tests.unit.reconcile.memory import (
    LATER,
    ROOT,
    SOURCE,
    Company,
    Memory,
    department,
    person,
    ref,
)

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=60, suppress_health_check=_SLOW)
hard = settings(max_examples=3000, suppress_health_check=_SLOW)

POLICIES = (Policy(authority=SOURCE), Policy(authority=SOURCE, common_field="mobile"))
IDS = ("a", "b", "c", "d")
NAMES = ("Zhang San", "Li Si", "Wang Wu")


@st.composite
def companies(draw: Callable[..., object]) -> Company:
    """Return a company in which the same few ids are handed on all the time."""
    people = [
        person(
            id_,
            *draw(st.sampled_from(((), ("1",), ("1", "2")))),  # type: ignore[misc]  # hypothesis
            name=draw(st.sampled_from(NAMES)),  # type: ignore[arg-type]  # hypothesis
            mobile=draw(st.sampled_from(("13800138000", "13900139000", None))),  # type: ignore[arg-type]  # hypothesis
            manager=draw(st.sampled_from((None, *IDS))),  # type: ignore[arg-type]  # hypothesis
        )
        for id_ in IDS
        if draw(st.integers(0, 2))
    ]
    return Company.of(ROOT, department("2"), *people)


def doubts(memory: Memory) -> list[OpenConflict]:
    """Return who came back under an old id, in the order of ids."""
    found = memory.conflicts(ConflictKind.IDENTITY_DOUBTFUL)
    return [one for _, one in sorted(found.items()) if former_of(one.conflict) is None]


def settle(memory: Memory, one: OpenConflict, policy: Policy, *, is_same: bool) -> Memory:
    """Return the store after a person has said who somebody is."""
    world, who = memory.world, ref(one.conflict.external_id)
    people = frozenset([*world.users, *world.records])
    if is_same:
        return memory.apply(plan_known_person(world, who, policy, LATER, people=people))
    return memory.apply(plan_new_person(world, who, one, policy, LATER, people=people))


def history(data: st.DataObject, policy: Policy) -> tuple[Memory, Company]:
    """Return a store after some readings and decisions, and what was read last."""
    memory, company = Memory(), data.draw(companies())
    for _ in range(data.draw(st.integers(2, 4))):
        is_near = data.draw(st.booleans())
        memory = (memory.sync_near if is_near else memory.sync)(company, policy)
        for one in doubts(memory):
            if data.draw(st.booleans()):
                memory = settle(memory, one, policy, is_same=data.draw(st.booleans()))
        company = data.draw(companies())
    return memory.sync(company, policy), company


def check_a_decision_is_carried_out_and_takes_nobody_else(data: st.DataObject) -> None:
    policy = data.draw(st.sampled_from(POLICIES))
    memory, _ = history(data, policy)
    for one in doubts(memory):
        who, is_same = ref(one.conflict.external_id), data.draw(st.booleans())
        event("the same" if is_same else "somebody new")
        before, memory = memory, settle(memory, one, policy, is_same=is_same)
        user, old = memory.world.users[who], before.world.users[who]
        assert user.row.is_active
        assert memory.world.links[who].user_id == user.id
        if is_same:
            assert user.id == old.id
            assert memory.world.links[who].method is LinkMethod.MANUAL
        else:
            left = surrendered(who, old.id)
            assert user.id not in {each.id for each in before.world.users.values()}
            manager = left if old.row.manager == who else old.row.manager
            assert memory.world.users[left].row == old.row._replace(manager=manager)
            assert memory.world.links[left].user_id == old.id
            assert left in memory.world.gone
        ids = {each.id for each in before.world.users.values()}
        assert ids <= {each.id for each in memory.world.users.values()}
        assert one not in doubts(memory)


def check_no_later_reading_undoes_a_decision(data: st.DataObject) -> None:
    policy = data.draw(st.sampled_from(POLICIES))
    memory, company = history(data, policy)
    decided = doubts(memory)
    for one in decided:
        memory = settle(memory, one, policy, is_same=data.draw(st.booleans()))
    owners = {key: user.id for key, user in memory.world.users.items()}
    for reading in (memory.read(company), memory.read(company, everything=False)):
        assert memory.plan(reading, policy, LATER).changes == ()
        assert memory.plan_near(reading, policy, LATER).changes == ()
    left = {ref(one.conflict.external_id) for one in decided}
    for _ in range(2):
        memory = memory.sync(data.draw(companies()), policy)
        gone_on = left - memory.world.users.keys()  # under a new id: a rekey, which keeps the user
        assert {owners[who] for who in gone_on} <= {one.id for one in memory.world.users.values()}
        left -= gone_on
        for who in left:
            assert memory.world.users[who].id == owners[who]
        for key, user in memory.world.users.items():
            if is_surrendered(key.external_id):
                assert (user.id, user.row.is_active) == (owners[key], False)


def check_when_all_is_decided_the_directory_is_that_of_a_first_load(data: st.DataObject) -> None:
    policy = POLICIES[0]  # with a common field, rekeys may be in doubt too
    memory, company = history(data, policy)
    for one in doubts(memory):
        memory = settle(memory, one, policy, is_same=data.draw(st.booleans()))
    first = Memory().sync(company, policy)
    assert memory.active_directory() == first.active_directory()


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


def test_an_id_that_is_given_up_fits_its_column_and_tells_whose_it_was() -> None:
    assert surrendered(Ref("corp", "zhangsan"), 12) == Ref("corp", "zhangsan#12")
    long = surrendered(Ref("corp", "x" * 255), 12).external_id
    assert (len(long), long[-4:], is_surrendered(long)) == (255, "x#12", True)
    assert not is_surrendered("zhang-san.2@corp")
