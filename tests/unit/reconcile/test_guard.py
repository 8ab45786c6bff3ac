"""What the guards count, where they hold a plan, and what its digest is made of."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from syncd.model.change import Action, Cause, Change, Entity, Plan, Population, RecordWrite
from syncd.model.directory import (
    DepartmentRow,
    LinkMethod,
    LinkRow,
    MembershipRow,
    Row,
    UserRow,
)
from syncd.model.entry import Absence, Kind, Rejection
from syncd.reconcile.guard import Judgement, judge
from syncd.reconcile.reading import Reading
from syncd.reconcile.resolve import NO_REASONS, desired_row
from syncd.reconcile.settings import Limit, Limits
from tests.unit.reconcile.memory import LATER, NOW, ROOT, SOURCE, Company, Memory, person, ref

LARGE = Population(
    1000, 1000, 1000, {SOURCE: 1000}, dict.fromkeys(("mobile", "manager", "custom.grade"), 1000)
)
SMALL = Population(
    99, 99, 99, {SOURCE: 99}, dict.fromkeys(("mobile", "manager", "custom.grade"), 99)
)
CAUSE = Cause("read")


def row(id_: str, **columns: object) -> UserRow:
    return desired_row(person(id_), NO_REASONS, None, None)._replace(**columns)


def user(action: Action, id_: str, before: Row | None, after: Row | None) -> Change:
    return Change(Entity.USER, action, ref(id_), None, 1, before, after, CAUSE)


def deactivated(id_: str, at: datetime = NOW) -> Change:
    return user(Action.DEACTIVATE, id_, row(id_), row(id_, gone_at=at))


def created(id_: str) -> Change:
    return user(Action.CREATE, id_, None, row(id_))


def reactivated(id_: str) -> Change:
    return user(Action.REACTIVATE, id_, row(id_, gone_at=NOW), row(id_))


def blanked(id_: str) -> Change:
    return user(Action.UPDATE, id_, row(id_, mobile="1"), row(id_))


def blanked_custom(id_: str) -> Change:
    return user(Action.UPDATE, id_, row(id_, custom={"grade": "7"}), row(id_))


def lost_manager(id_: str) -> Change:
    return user(Action.UPDATE, id_, row(id_, manager=ref("boss")), row(id_))


def changed(id_: str, value: str = "2") -> Change:
    return user(Action.UPDATE, id_, row(id_, mobile="1"), row(id_, mobile=value))


def filled(id_: str) -> Change:
    return user(Action.UPDATE, id_, row(id_), row(id_, mobile="1"))


def removed(id_: str) -> Change:
    one = DepartmentRow(None, id_, None, id_, 0, 0)
    gone = one._replace(gone_at=NOW)
    return Change(Entity.DEPARTMENT, Action.DEACTIVATE, ref(id_), None, 1, one, gone, CAUSE)


def moved(id_: str) -> Change:
    was = MembershipRow(is_primary=True, is_leader=False, sort_order=0)
    return Change(Entity.MEMBERSHIP, Action.REMOVE, ref(id_), ref("1"), 1, was, None, CAUSE)


def unlinked(id_: str) -> Change:
    was = LinkRow(ref(id_), LinkMethod.MANUAL)
    return Change(Entity.LINK, Action.UNLINK, ref(id_), None, 1, was, None, CAUSE)


def plan_of(make: object, count: int) -> Plan:
    return Plan(tuple(make(f"p{n}") for n in range(count)))  # type: ignore[operator]  # a maker


def judged(
    plan: Plan,
    population: Population = LARGE,
    *,
    earlier: Mapping[str, int] | None = None,
    limits: Limits | None = None,
    readings: tuple[Reading, ...] = (),
    is_first_load: bool = False,
) -> Judgement:
    return judge(
        plan,
        readings,
        population,
        earlier or {},
        limits or Limits(),
        is_first_load=is_first_load,
    )


def tripped(judgement: Judgement) -> list[tuple[str, str]]:
    return [(one.guard, one.subject) for one in judgement.violations]


# Population 1000: the share decides. 99: the small floor, or the floor, or half of it.
@pytest.mark.parametrize(
    ("make", "key", "population", "limit"),
    [
        (deactivated, ("max_deactivations", "users"), LARGE, 50),
        (deactivated, ("max_deactivations", "users"), replace(LARGE, users=100), 10),
        (deactivated, ("max_deactivations", "users"), SMALL, 4),
        (deactivated, ("max_deactivations", "users"), replace(SMALL, users=20), 3),
        (deactivated, ("max_deactivations", "users"), replace(SMALL, users=3), 1),
        (removed, ("max_deactivations", "departments"), LARGE, 50),
        (removed, ("max_deactivations", "departments"), SMALL, 4),
        (unlinked, ("max_unlinks", SOURCE), LARGE, 50),
        (unlinked, ("max_unlinks", SOURCE), SMALL, 4),
        (blanked, ("max_blanked", "mobile"), LARGE, 100),
        (blanked, ("max_blanked", "mobile"), SMALL, 9),
        (blanked, ("max_blanked", "mobile"), replace(SMALL, values={"mobile": 20}), 3),
        (blanked_custom, ("max_blanked", "custom.grade"), LARGE, 100),
        (lost_manager, ("max_blanked", "manager"), LARGE, 100),
        (changed, ("max_changed", "mobile"), LARGE, 300),
        (changed, ("max_changed", "mobile"), replace(LARGE, values={"mobile": 150}), 50),
        (changed, ("max_changed", "mobile"), SMALL, 49),
        (moved, ("max_moves", "memberships"), LARGE, 200),
        (moved, ("max_moves", "memberships"), SMALL, 49),
        (created, ("max_created", "users"), LARGE, 300),
        (created, ("max_created", "users"), replace(LARGE, users=0), 50),
        (reactivated, ("max_created", "users"), SMALL, 49),
    ],
)
def test_a_plan_at_the_limit_passes_and_one_beyond_it_is_held(
    make: object, key: tuple[str, str], population: Population, limit: int
) -> None:
    assert tripped(judged(plan_of(make, limit), population)) == []
    beyond = judged(plan_of(make, limit + 1), population)
    assert tripped(beyond) == [key]
    assert (beyond.violations[0].count, beyond.violations[0].limit) == (limit + 1, limit)


@pytest.mark.parametrize("make", [deactivated, blanked, changed, moved, created, unlinked, removed])
def test_what_earlier_runs_applied_counts_with_this_one(make: object) -> None:
    one = judged(plan_of(make, 1))
    (key,) = one.counts
    assert one.counts == {key: 1}
    limit = judged(plan_of(make, 1001)).violations[0].limit
    assert tripped(judged(plan_of(make, 1), earlier={key: limit - 1})) == []
    violation = judged(plan_of(make, 1), earlier={key: limit}).violations[0]
    assert (violation.count, violation.earlier) == (1, limit)


def test_earlier_runs_alone_hold_nothing() -> None:
    assert not judged(Plan(), earlier={"max_deactivations:users": 5000}).holds


@pytest.mark.parametrize(
    ("population", "allowed"), [(0, 3), (1, 3), (2, 1), (3, 1), (4, 2), (6, 3), (99, 4), (100, 10)]
)
def test_never_more_than_half_of_two_or_more_may_go(population: int, allowed: int) -> None:
    assert Limits().max_deactivations.allowed(population) == allowed


@pytest.mark.parametrize("percent", [1, 5, 7, 29, 30, 57])
def test_a_share_is_exact_to_the_person(percent: int) -> None:
    limit = Limit(0, percent / 100)
    expected = [min(percent * n // 100, n // 2) if n > 1 else 0 for n in range(3000)]
    assert [limit.allowed(n) for n in range(3000)] == expected


def test_a_first_load_may_make_everybody() -> None:
    plan = plan_of(created, 1001)
    assert judged(plan).holds
    assert not judged(plan, is_first_load=True).holds


def test_a_value_that_is_filled_for_the_first_time_is_not_guarded() -> None:
    judgement = judged(plan_of(filled, 1001))
    assert (judgement.violations, judgement.counts) == ((), {})


def test_the_departments_of_somebody_deactivated_are_no_moves() -> None:
    plan = Plan((deactivated("a"), moved("a"), moved("b")))
    assert judged(plan).counts == {"max_deactivations:users": 1, "max_moves:memberships": 1}


def test_a_protected_person_is_never_deactivated_without_a_word() -> None:
    limits = Limits(protected=frozenset({"boss"}))
    plan = Plan((user(Action.DEACTIVATE, "x", row("Ｂoss"), row("Ｂoss", gone_at=NOW)),))
    assert tripped(judged(plan, limits=limits)) == [("protected", "Ｂoss")]
    assert not judged(Plan((deactivated("other"),)), limits=limits).holds
    renamed = user(Action.UPDATE, "x", row("boss", mobile="1"), row("boss", mobile="2"))
    assert not judged(Plan((renamed,)), limits=limits).holds


def test_an_absence_that_nobody_confirmed_holds_where_it_deactivates_somebody() -> None:
    plan = replace(Plan((deactivated("a"),)), unconfirmed=frozenset({ref("a")}))
    assert tripped(judged(plan)) == [("max_deactivations", "unconfirmed")]
    assert not judged(replace(plan, changes=(deactivated("b"),))).holds


@pytest.mark.parametrize("what", ["users", "departments"])
def test_a_source_that_shows_nothing_any_more_holds_whatever_the_plan_is(what: str) -> None:
    reading = Reading(SOURCE, lost_users=what == "users", lost_departments=what == "departments")
    assert tripped(judged(Plan(), readings=(reading,))) == [("empty_snapshot", what)]


@pytest.mark.parametrize(("size", "allowed"), [(4, 10), (200, 10), (1000, 50)])
def test_entries_that_cannot_be_used_hold_beyond_ten_and_a_twentieth(
    size: int, allowed: int
) -> None:
    def reading(count: int) -> Reading:
        bad = tuple(Rejection(Kind.USER, f"p{n}", "id", "nul") for n in range(count))
        twice = (Rejection(Kind.USER, "p0", "name", "nul"),)
        return Reading(SOURCE, rejections=bad + twice, size=size)

    assert not judged(Plan(), readings=(reading(allowed),)).holds
    assert tripped(judged(Plan(), readings=(reading(allowed + 1),))) == [("max_rejected", SOURCE)]


def test_rejected_fields_count_as_rejected_entries() -> None:
    bad = {
        f"p{n}": replace(person(f"p{n}"), rejections=(Rejection(Kind.USER, f"p{n}", "x", "nul"),))
        for n in range(11)
    }
    assert judged(Plan(), readings=(Reading(SOURCE, users=bad, size=11),)).holds


# ── the digest ──────────────────────────────────────────────────────────────────────────────

SEVERAL = (deactivated("a"), blanked("b"), moved("c"), unlinked("d"), removed("e"))


def test_what_goes_with_an_approval_unreviewed_counts_in_later_runs() -> None:
    leavers = plan_of(deactivated, 60).changes
    reviewed = judged(Plan(leavers)).guarded
    approved = judged(Plan((*leavers, *plan_of(changed, 300).changes))).against(reviewed)
    assert not approved.holds
    assert approved.counts == {"max_changed:mobile": 300}


def test_the_digest_knows_no_order_id_time_or_cause() -> None:
    expected = judged(Plan(SEVERAL)).digest
    others = [
        tuple(reversed(SEVERAL)),
        tuple(one._replace(entity_id=9, cause=Cause("absent")) for one in SEVERAL),
        (deactivated("a", LATER), *SEVERAL[1:]),
    ]
    assert {judged(Plan(changes)).digest for changes in others} == {expected}


def test_the_digest_knows_no_limit_and_no_earlier_run() -> None:
    plan = Plan(SEVERAL)
    strict = Limits(max_deactivations=Limit(0, 0), max_blanked=Limit(0, 0))
    assert judged(plan, limits=strict).digest == judged(plan).digest
    assert judged(plan, earlier={"max_moves:memberships": 5000}).digest == judged(plan).digest


@pytest.mark.parametrize("addition", [created, changed, filled, reactivated])
def test_the_digest_does_not_change_with_what_is_not_guarded(addition: object) -> None:
    more = plan_of(addition, 2).changes
    assert judged(Plan((*SEVERAL, *more))).digest == judged(Plan(SEVERAL)).digest


@pytest.mark.parametrize("index", range(len(SEVERAL)))
def test_the_digest_changes_with_every_guarded_change(index: int) -> None:
    fewer = SEVERAL[:index] + SEVERAL[index + 1 :]
    assert judged(Plan(fewer)).digest != judged(Plan(SEVERAL)).digest


def test_the_digest_holds_the_values_of_what_tripped_a_guard() -> None:
    held = plan_of(changed, 301).changes
    one = judged(Plan(held)).digest
    assert judged(Plan((*held[:-1], changed("p300", "3")))).digest != one


def test_the_digest_leaves_out_other_fields_than_the_one_that_tripped_a_guard() -> None:
    held = plan_of(changed, 301).changes
    renamed = user(Action.UPDATE, "x", row("x"), row("x", name="Other"))
    assert judged(Plan((*held, renamed))).digest == judged(Plan(held)).digest


def test_a_value_cannot_pretend_to_be_two() -> None:
    tricky = user(Action.UPDATE, "b", row("b", mobile='1","x'), row("b"))
    assert judged(Plan((tricky,))).digest != judged(Plan((blanked("b"),))).digest


# ── whole plans ─────────────────────────────────────────────────────────────────────────────


def test_a_plan_made_of_a_reading_is_counted_as_what_it_does() -> None:
    company = Company.of(ROOT, *(person(f"p{n}", "1", mobile=str(n)) for n in range(10)))
    memory = Memory().sync(company)
    reading = memory.read(company.minus("p0").plus(person("p1", mobile=""), person("new", "1")))
    judgement = judged(memory.plan(reading), memory.population(), readings=(reading,))
    assert judgement.counts == {
        "max_blanked:mobile": 1,
        "max_created:users": 1,
        "max_deactivations:users": 1,
        "max_moves:memberships": 1,
    }
    assert not judgement.holds


def test_a_reading_that_shows_nobody_would_deactivate_everybody_and_is_held() -> None:
    company = Company.of(ROOT, *(person(f"p{n}", "1") for n in range(10)))
    memory = Memory().sync(company)
    nobody = replace(memory.read(Company.of(ROOT)), lost_users=True)
    judgement = judged(memory.plan(nobody), memory.population(), readings=(nobody,))
    assert tripped(judgement) == [("max_deactivations", "users"), ("empty_snapshot", "users")]


def test_records_alone_are_no_matter_for_a_guard() -> None:
    plan = Plan(records=(RecordWrite(Kind.USER, person("a"), None),))
    assert not judged(plan, readings=(Reading(SOURCE, absence=Absence()),)).holds
    assert judged(plan).digest == judged(Plan()).digest


def test_a_name_that_becomes_known_is_none_that_changes() -> None:
    def named(id_: str) -> Change:
        return user(Action.UPDATE, id_, row(id_, name=id_), row(id_, name="李四"))

    assert not judged(plan_of(named, 1000)).holds


def test_who_reported_to_somebody_who_goes_loses_no_value_of_their_own() -> None:
    reports = plan_of(lost_manager, 1000).changes
    assert judged(Plan(reports)).holds
    assert not judged(Plan((deactivated("boss"), *reports))).holds


def test_two_plans_that_are_held_for_their_readings_have_digests_of_their_own() -> None:
    bad = tuple(Rejection(Kind.USER, f"p{n}", "id", "nul") for n in range(20))
    readings = (
        Reading(SOURCE, lost_users=True),
        Reading(SOURCE, lost_departments=True),
        Reading(SOURCE, rejections=bad),
        Reading(SOURCE, rejections=bad[1:]),
    )
    digests = {judged(Plan(), readings=(reading,)).digest for reading in readings}
    assert len(digests) == len(readings)
