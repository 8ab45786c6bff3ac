"""Rows and memberships of people: what is known, what is empty, what is nobody's to change."""

from dataclasses import replace

import pytest

from syncd.model.change import Action, Entity
from syncd.model.conflict import ConflictKind
from syncd.model.directory import MembershipRow
from syncd.model.entry import Kind, Rejection
from syncd.model.field import TEXT_FIELDS
from syncd.model.record import MembershipRecord
from tests.unit.reconcile.memory import (
    LATER,
    ROOT,
    Company,
    Memory,
    department,
    person,
    ref,
)

BASE = Company.of(ROOT, department("2"), department("3"))
TAKEN, WITHHELD, REJECTED = (
    ConflictKind.USERID_TAKEN,
    ConflictKind.FIELD_WITHHELD,
    ConflictKind.REJECTED,
)
OTHERS = tuple(field for field in TEXT_FIELDS if field not in {"userid", "name"})


def synced(*records: object) -> Memory:
    return Memory().sync(BASE.plus(*records))  # type: ignore[arg-type]  # records


@pytest.mark.parametrize("field", [*OTHERS, "custom.grade"])
def test_a_field_that_cannot_be_read_stays_and_an_empty_one_is_blanked(field: str) -> None:
    memory = synced(person("a", "1", **{field: "值𠮷"}))
    name = field.removeprefix("custom.")

    def value(memory: Memory) -> object:
        row = memory.user("a").row
        return row.custom.get(name) if field.startswith("custom.") else getattr(row, name)

    assert value(memory) == "值𠮷"
    unread = memory.sync(BASE.plus(person("a", "1", unknown=(field,))))
    assert value(unread) == "值𠮷"
    for empty in (None, ""):
        assert value(unread.sync(BASE.plus(person("a", "1", **{field: empty})))) is None


def test_a_name_that_is_not_known_is_the_userid_and_never_the_reverse() -> None:
    memory = synced(person("zs", "1", userid="ZhangSan", unknown=("name",)))
    assert memory.user("zs").row.name == "ZhangSan"
    named = memory.sync(BASE.plus(person("zs", "1", userid="ZhangSan", name="张三")))
    assert named.user("zs").row.name == "张三"
    hidden = named.sync(BASE.plus(person("zs", "1", userid="ZhangSan", unknown=("name",))))
    assert hidden.user("zs").row.name == "张三"


def test_who_has_neither_name_nor_userid_is_called_by_the_id() -> None:
    assert synced(person("zs", unknown=("name", "userid"))).user("zs").row.name == "zs"


def test_a_row_that_another_hand_changed_is_put_back_and_says_so() -> None:
    company = BASE.plus(person("a", "1", mobile="1"))
    memory = Memory().sync(company).changed_by_hand("a", mobile="666", name="Vandal")
    plan = memory.plan(memory.read(company))
    assert [(one.action, one.cause.code) for one in plan.changes] == [(Action.UPDATE, "put_back")]
    assert memory.apply(plan).active_directory() == Memory().sync(company).active_directory()


def test_a_user_is_made_with_a_link_by_the_authority() -> None:
    plan = Memory().plan(Memory().read(BASE.plus(person("a", "1"))))
    made = [(one.entity, one.action) for one in plan.changes if one.ref == ref("a")]
    assert made == [
        (Entity.USER, Action.CREATE),
        (Entity.MEMBERSHIP, Action.CREATE),
        (Entity.LINK, Action.LINK),
    ]


def test_a_link_that_another_hand_took_away_is_made_again() -> None:
    company = BASE.plus(person("a", "1"))
    memory = Memory().sync(company)
    world = replace(memory.world, links={})
    plan = (lost := replace(memory, world=world)).plan(lost.read(company))
    assert [(one.entity, one.action) for one in plan.changes] == [(Entity.LINK, Action.LINK)]


# ── memberships ─────────────────────────────────────────────────────────────────────────────


def test_a_membership_carries_leader_order_and_the_main_department() -> None:
    one = person("a", MembershipRecord("2", True, 4294967295), MembershipRecord("3"), main="3")
    memory = synced(one)
    assert memory.user("a").memberships == {
        ref("2"): MembershipRow(is_primary=False, is_leader=True, sort_order=4294967295),
        ref("3"): MembershipRow(is_primary=True, is_leader=False, sort_order=0),
    }
    assert memory.user("a").row.main_department == ref("3")


def test_flags_that_cannot_be_read_stay() -> None:
    memory = synced(person("a", MembershipRecord("2", True, 7)))
    after = memory.sync(BASE.plus(person("a", MembershipRecord("2"))))
    assert after.user("a") == memory.user("a")


def test_without_a_main_department_the_first_is_and_then_the_last_known() -> None:
    memory = synced(person("a", "2", "3"))
    assert memory.user("a").row.main_department == ref("2")
    turned = memory.sync(BASE.plus(person("a", "3", "2")))
    assert turned.user("a").row.main_department == ref("2")
    left = turned.sync(BASE.plus(person("a", "1", "3")))
    assert left.user("a").row.main_department == ref("1")


def test_a_main_department_that_is_no_membership_counts_for_nothing() -> None:
    assert synced(person("a", "2", "3", main="1")).user("a").row.main_department == ref("2")


def test_a_department_that_is_not_there_is_left_out_until_it_is() -> None:
    company = BASE.plus(person("a", "2", "99", main="99"))
    memory = Memory().sync_near(company)
    assert set(memory.user("a").memberships) == {ref("2")}
    assert memory.digests[Kind.USER, "a"] is None
    arrived = memory.sync_near(company.plus(department("99")))
    assert arrived.user("a").row.main_department == ref("99")
    assert arrived.digests[Kind.USER, "a"] is not None


def test_memberships_that_cannot_be_read_stay() -> None:
    memory = synced(person("a", "2", "3", main="3"))
    unread = replace(person("a"), memberships=None)
    assert memory.sync(BASE.plus(unread)).user("a") == memory.user("a")


def test_a_person_in_no_department_has_none_and_no_main_one() -> None:
    after = synced(person("a", "2")).sync(BASE.plus(person("a")))
    assert after.user("a").memberships == {}
    assert after.user("a").row.main_department is None


def test_a_hundred_departments_are_a_hundred_memberships() -> None:
    many = [department(str(n)) for n in range(10, 110)]
    memory = synced(*many, person("a", *(one.external_id for one in many)))
    assert len(memory.user("a").memberships) == 100


# ── conflicts of people ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("other", ["ZS", "zs", "ＺＳ"])
def test_a_userid_of_two_active_users_is_a_conflict_of_the_second(other: str) -> None:
    memory = synced(person("b", "1", userid="zs"))
    twice = memory.sync_near(
        BASE.plus(person("b", "1", userid="zs"), person("a", "1", userid=other))
    )
    assert set(twice.conflicts(TAKEN)) == {"a"}
    assert twice.conflicts(TAKEN)["a"].conflict.detail == {"held_by": "corp:b"}


def test_a_userid_may_be_swapped_in_one_run() -> None:
    memory = synced(person("a", "1", userid="x"), person("b", "1", userid="y"))
    swapped = memory.sync_near(
        BASE.plus(person("a", "1", userid="y"), person("b", "1", userid="x"))
    )
    assert (swapped.user("a").row.userid, swapped.user("b").row.userid) == ("y", "x")
    assert swapped.world.conflicts == ()


@pytest.mark.parametrize("leaver", ["a", "b"])
def test_a_userid_is_free_again_when_one_of_two_goes(leaver: str) -> None:
    company = BASE.plus(person("a", "1", userid="x"), person("b", "1", userid="X"))
    memory = Memory().sync(company)
    assert set(memory.conflicts(TAKEN)) == {"b"}
    assert memory.sync_near(company.minus(leaver)).world.conflicts == ()


def test_a_field_that_cannot_be_used_is_unknown_and_reported_until_it_can() -> None:
    memory = synced(person("a", "1", mobile="1"))
    bad = replace(
        person("a", "1", unknown=("mobile",)),
        rejections=(Rejection(Kind.USER, "a", "mobile", "nul"),),
    )
    company = BASE.plus(bad)
    rejected = memory.sync_near(company)
    assert rejected.user("a").row.mobile == "1"
    assert rejected.conflicts(REJECTED)["a"].conflict.detail == {"fields": {"mobile": "nul"}}
    assert rejected.read(company, everything=False).users.keys() == {"a"}, "tried again"
    good = rejected.sync_near(BASE.plus(person("a", "1", mobile="2")))
    assert (good.user("a").row.mobile, good.world.conflicts) == ("2", ())


def test_an_entry_without_a_usable_id_is_reported_once_and_stops_nobody() -> None:
    memory = Memory()
    for everything in (True, False, False):
        reading = memory.read(BASE.plus(person("a", "1")), everything=everything)
        bad = Rejection(Kind.USER, "?", "id", "nul")
        reading = replace(reading, rejections=(bad,))
        memory = memory.apply(memory.plan_near(reading))
    assert memory.user("a").row.is_active
    assert set(memory.conflicts(REJECTED)) == {"?"}
    assert memory.sync_near(BASE.plus(person("a", "1"))).world.conflicts == ()


def test_a_department_and_a_person_with_one_id_are_rejected_apart() -> None:
    reading = replace(
        Memory().read(BASE),
        rejections=(
            Rejection(Kind.USER, "2", "id", "nul"),
            Rejection(Kind.DEPARTMENT, "2", "name", "nul"),
        ),
    )
    assert set(Memory().apply(Memory().plan(reading)).conflicts(REJECTED)) == {"2", "department:2"}


def test_a_withheld_field_is_reported_and_keeps_every_value_until_it_is_given_again() -> None:
    company = BASE.plus(person("a", "1", mobile="1"))
    memory = Memory().sync(company)
    unread = BASE.plus(person("a", "1", unknown=("mobile",)))
    reading = replace(memory.read(unread), withheld={"mobile": 1})
    withheld = memory.apply(memory.plan(reading))
    assert withheld.user("a").row.mobile == "1"
    assert withheld.conflicts(WITHHELD)["mobile"].conflict.detail == {"values_kept": 1}
    assert withheld.sync(company).world.conflicts == ()


def test_that_fewer_people_keep_a_withheld_field_is_no_news() -> None:
    company = BASE.plus(person("a", "1"))
    memory = Memory().sync(company)
    for kept in (7, 6):
        reading = replace(memory.read(company), withheld={"mobile": kept})
        plan = memory.plan(reading, at=LATER)
        memory = memory.apply(plan)
    assert plan.is_empty


def test_a_conflict_of_another_source_is_left_alone() -> None:
    memory = synced(person("a", "1", userid="x"), person("b", "1", userid="x"))
    (one,) = memory.world.conflicts
    foreign = replace(one, id=99, conflict=replace(one.conflict, source="other"))
    memory = replace(memory, world=replace(memory.world, conflicts=(one, foreign)))
    after = memory.sync(BASE.plus(person("a", "1", userid="x"), person("b", "1", userid="y")))
    assert after.world.conflicts == (foreign,)
