"""What follows when an administrator disables or enables somebody."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Action, Plan
from syncd.model.conflict import ConflictKind
from syncd.model.record import RecordState
from syncd.reconcile.disable import plan_disabling, plan_enabling
from tests.unit.reconcile.memory import (
    LATER,
    POLICY,
    ROOT,
    Company,
    Memory,
    department,
    person,
    ref,
)
from tests.unit.reconcile.test_promises import STEP, after
from tests.unit.reconcile.worlds import companies

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=25, suppress_health_check=_SLOW)
hard = settings(max_examples=1000, suppress_health_check=_SLOW)

COMPANY = Company.of(ROOT, department("2"), person("boss", "1"), person("a", "2", manager="boss"))


def disabled(memory: Memory, id_: str, at=LATER) -> tuple[Memory, Plan]:
    plan = plan_disabling(memory.world, ref(id_), POLICY, at, people=everybody(memory))
    return memory.apply(plan), plan


def enabled(memory: Memory, id_: str, at=LATER) -> tuple[Memory, Plan]:
    plan = plan_enabling(memory.world, ref(id_), POLICY, at, people=everybody(memory))
    return memory.apply(plan), plan


def everybody(memory: Memory):
    return memory.world.users.keys() | memory.world.records.keys()


def test_who_is_disabled_keeps_memberships_and_manages_nobody() -> None:
    memory, plan = disabled(Memory().sync(COMPANY), "boss")
    boss = memory.user("boss")
    assert not boss.row.is_active
    assert boss.row.admin_disabled_at == LATER
    assert boss.memberships.keys() == {ref("1")}
    assert memory.user("a").row.manager is None
    assert [(one.ref, one.action, one.cause.code) for one in plan.changes] == [
        (ref("boss"), Action.DEACTIVATE, "admin_disabled"),
        (ref("a"), Action.UPDATE, "reference"),
    ]


def test_who_is_enabled_again_manages_whom_they_managed() -> None:
    before = Memory().sync(COMPANY)
    memory, _ = enabled(disabled(before, "boss")[0], "boss")
    assert memory.active_directory() == before.active_directory()


@pytest.mark.parametrize(
    ("company", "column"),
    [
        (COMPANY.minus("boss"), "gone_at"),
        (COMPANY.plus(person("boss", "1", state=RecordState.DISABLED)), "source_disabled_at"),
    ],
)
def test_only_the_administrators_own_reason_goes(company: Company, column: str) -> None:
    memory = Memory().sync(COMPANY).sync(company)
    since = getattr(memory.user("boss").row, column)
    memory, _ = disabled(memory, "boss", LATER)
    memory, plan = enabled(memory, "boss", LATER + timedelta(hours=1))
    row = memory.user("boss").row
    assert not row.is_active
    assert since is not None
    assert (row.admin_disabled_at, getattr(row, column)) == (None, since)
    assert [one.action for one in plan.changes] == [Action.UPDATE]


def test_no_sync_makes_somebody_active_whom_an_administrator_has_disabled() -> None:
    memory, _ = disabled(Memory().sync(COMPANY), "boss")
    memory = memory.sync(COMPANY.minus("boss")).sync(COMPANY).sync_person(COMPANY.people["boss"])
    row = memory.user("boss").row
    assert (row.is_active, row.gone_at, row.admin_disabled_at) == (False, None, LATER)


def test_a_userid_that_two_have_is_a_conflict_only_while_both_are_active() -> None:
    twins = Company.of(ROOT, person("a", "1", userid="x"), person("b", "1", userid="X"))
    memory = Memory().sync(twins)
    assert memory.conflicts(ConflictKind.USERID_TAKEN).keys() == {"b"}
    memory, _ = disabled(memory, "a")
    assert not memory.conflicts(ConflictKind.USERID_TAKEN)
    memory, _ = enabled(memory, "a")
    assert memory.conflicts(ConflictKind.USERID_TAKEN).keys() == {"b"}


def test_what_another_hand_has_changed_is_left_to_the_next_sync() -> None:
    memory = Memory().sync(COMPANY).changed_by_hand("a", position="vandal")
    memory, _ = disabled(memory, "boss")
    row = memory.user("a").row
    assert (row.position, row.manager) == ("vandal", None)


def check_the_next_sync_finds_nothing_to_do(data: st.DataObject) -> None:
    memory = after(data.draw(st.lists(STEP, max_size=2)))
    company = data.draw(companies())
    memory = memory.sync(company)
    if not memory.world.users:
        return
    who = data.draw(st.sampled_from(sorted(memory.world.users))).external_id
    memory, _ = disabled(memory, who)
    assert_settled(memory, company)
    memory, _ = enabled(memory, who)
    assert_settled(memory, company)


def assert_settled(memory: Memory, company: Company) -> None:
    for everything in (True, False):
        reading = memory.read(company, everything=everything)
        plan = memory.plan(reading, at=LATER) if everything else memory.plan_near(reading, at=LATER)
        assert (plan.changes, plan.opened, plan.changed, plan.resolved) == ((), (), (), ())


@quickly
@given(data=st.data())
def test_the_next_sync_finds_nothing_to_do(data: st.DataObject) -> None:
    check_the_next_sync_finds_nothing_to_do(data)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_the_next_sync_finds_nothing_to_do_in_a_thousand_worlds(data: st.DataObject) -> None:
    check_the_next_sync_finds_nothing_to_do(data)
