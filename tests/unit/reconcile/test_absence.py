"""Who is gone, who is only hidden, and what a return means (rules 9 and 10)."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import pytest

from syncd.model.change import Action, Cause, Entity
from syncd.model.conflict import ConflictKind
from syncd.model.entry import Absence, Hidden
from syncd.model.record import RecordState
from syncd.reconcile.settings import Policy
from tests.unit.reconcile.memory import (
    LATER,
    NOW,
    POLICY,
    ROOT,
    SOURCE,
    Company,
    Memory,
    department,
    person,
    ref,
)

ALL = Company.of(
    ROOT, department("2"), person("a", "1", mobile="13800138000"), person("b", "1", "2")
)
STORED = Memory().sync(ALL)
SHRUNK, DOUBTFUL = ConflictKind.SCOPE_SHRUNK, ConflictKind.IDENTITY_DOUBTFUL
HIDDEN = MappingProxyType({"hidden": {"b": Hidden("department:2", "permission")}})

Sync = Callable[..., Memory]


@pytest.fixture(params=["sync", "sync_near"])
def run(request: pytest.FixtureRequest) -> Sync:
    """Return a function that syncs by a full run, or by one that only looks at news."""
    name: str = request.param

    def sync(memory: Memory, company: Company, *args: object, **reading: object) -> Memory:
        return getattr(memory, name)(company, *args, **reading)

    return sync


def test_a_person_proven_gone_becomes_inactive_and_keeps_every_field(run: Sync) -> None:
    after = run(STORED, ALL.minus("b"), at=LATER)
    before = STORED.user("b")
    assert after.user("b") == replace(
        before, row=before.row._replace(gone_at=LATER), memberships={}
    )
    assert after.user("a") == STORED.user("a")
    assert after.world.links == STORED.world.links


def test_a_person_who_returns_is_the_same_user_again(run: Sync) -> None:
    away = run(STORED, ALL.minus("b"))
    assert run(away, ALL).user("b") == STORED.user("b")


def test_a_return_is_a_reactivation_and_says_so() -> None:
    away = STORED.sync(ALL.minus("b"))
    change = away.plan(away.read(ALL)).changes[0]
    assert (change.entity, change.action, change.cause.code) == (
        Entity.USER,
        Action.REACTIVATE,
        "returned",
    )


def test_who_is_missing_without_proof_stays(run: Sync) -> None:
    after = run(STORED, ALL.minus("a", "b", "department:2"), is_proof=False)
    assert after.active_directory() == STORED.active_directory()
    assert after.world.gone == frozenset()


def test_the_cause_of_an_absence_is_the_one_that_the_source_gives() -> None:
    reading = STORED.read(ALL, everything=False)
    absence = Absence(frozenset({"b"}), cause="left_or_out_of_range")
    plan = STORED.plan(replace(reading, absence=absence))
    assert {one.cause for one in plan.changes} == {Cause("left_or_out_of_range")}


def test_each_absence_may_have_a_cause_of_its_own() -> None:
    reading = STORED.read(ALL, everything=False)
    absence = Absence(frozenset({"a", "b"}), causes={"b": "left_or_out_of_range"})
    plan = STORED.plan(replace(reading, absence=absence))
    causes = {one.ref: one.cause for one in plan.changes if one.entity is Entity.USER}
    assert causes == {ref("a"): Cause("absent"), ref("b"): Cause("left_or_out_of_range")}


def test_absences_that_nobody_confirmed_are_named_in_the_plan() -> None:
    absence = Absence(frozenset({"a", "b"}), unconfirmed=frozenset({"b"}))
    plan = STORED.plan(replace(STORED.read(ALL, everything=False), absence=absence))
    assert plan.unconfirmed == {ref("b")}


def test_who_is_both_shown_and_called_gone_is_there() -> None:
    reading = replace(STORED.read(ALL), absence=Absence(frozenset({"b"})))
    assert STORED.plan(reading).is_empty


def test_who_is_hidden_stays_and_is_named(run: Sync) -> None:
    after = run(STORED, ALL.minus("b"), **HIDDEN)
    assert after.user("b") == STORED.user("b")
    assert after.conflicts(SHRUNK)["department:2"].conflict.detail == {
        "reason": "permission",
        "people": ["b"],
        "departments": [],
    }


def test_who_is_hidden_goes_once_a_person_has_accepted_it_and_the_conflict_ends(run: Sync) -> None:
    hidden = run(STORED, ALL.minus("b"), **HIDDEN)
    after = run(hidden.accept(SHRUNK, "department:2"), ALL.minus("b"), at=LATER, **HIDDEN)
    assert after.user("b").row.gone_at == LATER
    assert after.user("b").memberships == {}
    assert after.conflicts(SHRUNK) == {}
    assert run(after, ALL).user("b") == STORED.user("b")


def test_an_acceptance_is_for_those_whom_the_conflict_named_then(run: Sync) -> None:
    hidden = run(STORED, ALL.minus("b"), **HIDDEN).accept(SHRUNK, "department:2")
    why = Hidden("department:2", "permission")
    after = run(hidden, ALL.minus("a", "b"), hidden={"a": why, "b": why})
    assert not after.user("b").row.is_active
    assert after.user("a").row.is_active
    assert after.conflicts(SHRUNK)["department:2"].conflict.detail["people"] == ["a"]


def test_an_acceptance_of_a_person_is_none_of_a_department_with_the_same_id() -> None:
    company = ALL.plus(department("a"), person("a", "1"))
    stored = Memory().sync(company)
    why = Hidden("department:2", "permission")
    one = stored.sync(company.minus("a"), hidden={"a": why}).accept(SHRUNK, "department:2")
    both = company.minus("a", "department:a")
    after = one.sync(both, hidden={"a": why}, hidden_departments={"a": why})
    assert not after.user("a").row.is_active
    assert after.world.departments[ref("a")].row.is_active


def test_a_hidden_department_keeps_its_place_and_members(run: Sync) -> None:
    why = {"2": Hidden("department:2", "permission")}
    after = run(STORED, ALL.minus("department:2"), hidden_departments=why)
    assert after.active_directory() == STORED.active_directory()
    accepted = run(
        after.accept(SHRUNK, "department:2"), ALL.minus("department:2"), hidden_departments=why
    )
    assert not accepted.world.departments[ref("2")].row.is_active
    assert set(accepted.user("b").memberships) == {ref("1")}


def test_what_is_out_of_scope_goes_where_the_administrator_has_set_it(run: Sync) -> None:
    policy = Policy(authority=SOURCE, deactivate_out_of_scope=frozenset({SOURCE}))
    after = run(STORED, ALL.minus("b"), policy, LATER, **HIDDEN)
    assert after.user("b").row.gone_at == LATER
    assert after.world.conflicts == ()


def test_what_can_be_seen_again_ends_the_conflict(run: Sync) -> None:
    hidden = run(STORED, ALL.minus("b"), **HIDDEN)
    assert run(hidden, ALL).conflicts(SHRUNK) == {}


def test_a_reading_of_one_person_ends_no_conflict_of_a_whole_source() -> None:
    hidden = STORED.sync(ALL.minus("b"), **HIDDEN)
    assert set(hidden.sync_person(ALL.people["a"]).conflicts(SHRUNK)) == {"department:2"}


# ── identities ──────────────────────────────────────────────────────────────────────────────


def test_somebody_else_under_an_old_id_changes_nothing_and_is_doubtful(run: Sync) -> None:
    away = run(STORED, ALL.minus("b"))
    after = run(away, ALL.plus(person("b", "1", name="Another")))
    assert after.user("b") == away.user("b")
    detail = after.conflicts(DOUBTFUL)["b"].conflict.detail
    assert (detail["name_before"], detail["name_now"]) == ("Name b", "Another")


def test_a_doubt_ends_when_the_person_fits_again(run: Sync) -> None:
    away = run(STORED, ALL.minus("b"))
    doubtful = run(away, ALL.plus(person("b", "1", name="Another")))
    after = run(doubtful, ALL)
    assert after.user("b") == STORED.user("b")
    assert after.conflicts(DOUBTFUL) == {}


def test_a_doubt_ends_when_the_person_goes_again(run: Sync) -> None:
    away = run(STORED, ALL.minus("b"))
    doubtful = run(away, ALL.plus(person("b", "1", name="Another")))
    after = run(doubtful, ALL.minus("b"))
    assert after.user("b") == away.user("b")
    assert after.conflicts(DOUBTFUL) == {}


def test_what_a_namesake_brought_is_not_kept_when_the_doubt_ends(run: Sync) -> None:
    away = run(STORED, ALL.minus("a"))
    other = person("a", "1", name="Another", mobile="13900139000", email="x@example.test")
    doubtful = run(away, ALL.plus(other))
    after = run(doubtful, ALL.plus(person("a", "1", unknown=("mobile", "email"))))
    assert after.user("a") == STORED.user("a")


def test_a_namesake_inherits_nothing_from_who_had_the_id_before(run: Sync) -> None:
    away = run(STORED, ALL.minus("a"))
    doubtful = run(away, ALL.plus(person("a", name="Another", unknown=("mobile",))))
    assert "mobile" not in doubtful.world.records[ref("a")].fields


def test_a_return_without_a_readable_name_is_no_doubt(run: Sync) -> None:
    away = run(STORED, ALL.minus("b"))
    after = run(away, ALL.plus(person("b", "1", "2", unknown=("name",))))
    assert after.user("b") == STORED.user("b")


@pytest.mark.parametrize(
    ("mobile", "is_doubtful"),
    [("+86 138 0013 8000", False), ("13900139000", True), (None, True)],
    ids=["same person", "another", "no value"],
)
def test_the_common_field_tells_a_new_name_from_a_new_person(
    mobile: str | None, is_doubtful: bool
) -> None:
    policy = replace(POLICY, common_field="mobile")
    away = STORED.sync(ALL.minus("a"), policy)
    after = away.sync(ALL.plus(person("a", "1", name="Married", mobile=mobile)), policy)
    assert bool(after.conflicts(DOUBTFUL)) == is_doubtful
    assert after.user("a").row.is_active != is_doubtful


def test_a_new_name_of_somebody_who_never_left_is_only_a_new_name(run: Sync) -> None:
    after = run(STORED, ALL.plus(person("b", "1", name="Married")))
    assert after.user("b").row.name == "Married"
    assert after.world.conflicts == ()


# ── owners of reasons ───────────────────────────────────────────────────────────────────────


def with_state(state: RecordState | None) -> Company:
    return ALL.plus(replace(ALL.people["b"], state=state))


@pytest.mark.parametrize("state", [RecordState.DISABLED, RecordState.LEFT])
def test_whom_the_source_disables_is_inactive_and_keeps_the_departments(
    run: Sync, state: RecordState
) -> None:
    off = run(STORED, with_state(state), at=LATER)
    assert off.user("b").row.source_disabled_at == LATER
    assert off.user("b").row.gone_at is None
    assert off.user("b").memberships == STORED.user("b").memberships
    assert run(off, with_state(None)).user("b") == off.user("b"), "unknown is not enabled"
    assert run(off, ALL).user("b") == STORED.user("b")


def test_who_was_disabled_and_returns_after_a_namesake_is_not_enabled_by_silence(run: Sync) -> None:
    away = run(run(STORED, with_state(RecordState.DISABLED)), ALL.minus("b"))
    doubtful = run(away, ALL.plus(person("b", "1", name="Another")))
    back = run(doubtful, with_state(None))
    assert back.user("b").row.source_disabled_at is not None
    assert back.user("b").row.gone_at is None


def test_only_an_administrator_ends_what_an_administrator_began(run: Sync) -> None:
    off = STORED.changed_by_hand("b", admin_disabled_at=NOW)
    for company in (ALL, with_state(RecordState.DISABLED), ALL.minus("b"), ALL):
        off = run(off, company)
        assert off.user("b").row.admin_disabled_at == NOW
    assert off.user("b").row == STORED.user("b").row._replace(admin_disabled_at=NOW)


def test_each_reason_keeps_the_time_when_it_began(run: Sync) -> None:
    off = run(STORED, with_state(RecordState.DISABLED), at=NOW)
    changed = replace(ALL.people["b"], state=RecordState.DISABLED, main_department="2")
    assert run(off, ALL.plus(changed), at=LATER).user("b").row.source_disabled_at == NOW


def test_who_returns_disabled_is_still_inactive(run: Sync) -> None:
    away = run(STORED, ALL.minus("b"))
    back = run(away, with_state(RecordState.DISABLED), at=LATER)
    assert back.user("b").row.gone_at is None
    assert back.user("b").row.source_disabled_at == LATER


def test_who_has_left_before_being_seen_makes_no_user(run: Sync) -> None:
    memory = run(Memory(), with_state(RecordState.LEFT))
    assert ref("b") not in memory.world.users
    assert run(memory, ALL).user("b").row.is_active


def test_who_is_disabled_when_first_seen_is_an_inactive_user(run: Sync) -> None:
    memory = run(Memory(), with_state(RecordState.DISABLED))
    assert not memory.user("b").row.is_active


def test_who_is_known_by_id_only_is_not_made_until_more_is_known(run: Sync) -> None:
    memory = run(Memory(), ALL.plus(person("b", "1", may_create=False)))
    assert ref("b") not in memory.world.users
    assert run(memory, ALL).user("b").row.is_active


def test_a_gone_user_whom_another_hand_revives_is_put_back() -> None:
    away = STORED.sync(ALL.minus("b"))
    plan = (revived := away.changed_by_hand("b", gone_at=None)).plan(
        revived.read(ALL.minus("b")), at=LATER
    )
    assert [(one.action, one.cause.code) for one in plan.changes] == [
        (Action.DEACTIVATE, "put_back")
    ]


def test_an_acceptance_holds_when_the_part_is_called_otherwise_by_then(run: Sync) -> None:
    hidden = run(STORED, ALL.minus("b"), **HIDDEN).accept(SHRUNK, "department:2")
    other = {"b": Hidden("department:1", "visible_range")}
    after = run(hidden, ALL.minus("b"), at=LATER, hidden=other)
    assert not after.user("b").row.is_active
    assert not after.conflicts(SHRUNK)


def test_a_department_that_is_not_shown_keeps_the_people_it_had(run: Sync) -> None:
    why = {"2": Hidden("department:2", "visible_range")}
    cut = ALL.minus("department:2").plus(person("b", "1", mobile="13900139000"))
    after = run(STORED, cut, hidden_departments=why)
    assert after.user("b").row.mobile == "13900139000"
    assert set(after.user("b").memberships) == {ref("1"), ref("2")}


def test_a_hidden_main_department_stays_the_main_one(run: Sync) -> None:
    stored = Memory().sync(ALL.plus(person("b", "1", "2", main="2")))
    why = {"2": Hidden("department:2", "visible_range")}
    cut = ALL.minus("department:2").plus(person("b", "1", mobile="13900139000"))
    after = run(stored, cut, hidden_departments=why)
    assert after.user("b").row.main_department == ref("2")
    assert [one for one, row in after.user("b").memberships.items() if row.is_primary] == [ref("2")]


def test_a_person_without_any_name_so_far_may_return_with_one(run: Sync) -> None:
    nameless = ALL.plus(person("b", "1", unknown={"name"}))
    gone = run(Memory().sync(nameless), nameless.minus("b"))
    after = run(gone, ALL.plus(person("b", "1", name="李四")), at=LATER)
    assert after.user("b").row.is_active
    assert after.user("b").row.name == "李四"
    assert not after.conflicts(DOUBTFUL)
