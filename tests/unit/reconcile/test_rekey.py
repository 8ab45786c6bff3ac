"""People who go on under a new id, and those of whom nobody can say whether they do."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from syncd.model.change import Action, Entity, Plan
from syncd.model.conflict import ConflictKind
from syncd.model.directory import User
from syncd.model.entry import Absence, Hidden
from syncd.reconcile.guard import judge
from syncd.reconcile.settings import Limit, Limits, Policy
from tests.unit.reconcile.memory import (
    LATER,
    NOW,
    ROOT,
    SOURCE,
    Company,
    Memory,
    department,
    person,
    ref,
)

DOUBTFUL = ConflictKind.IDENTITY_DOUBTFUL
POLICY = Policy(authority=SOURCE, common_field="mobile")
NUMBER = "13800138000"
A = person("a", "1", name="Zhang San", mobile=NUMBER, position="Engineer")
BASE = Company.of(ROOT, department("2"), A, person("b", "1", mobile="13900139000", manager="a"))
#: The same person as A, by another id.
N = person("n", "2", name="Zhang San", mobile="+86 138 0013 8000", position="Engineer")
STORED = Memory().sync(BASE, POLICY)

Sync = Callable[..., Memory]


@pytest.fixture(params=["everybody", "the neighbourhood"])
def run(request: pytest.FixtureRequest) -> Sync:
    return Memory.sync if request.param == "everybody" else Memory.sync_near


def steps(plan: Plan) -> list[tuple[str, str, str]]:
    return [(one.entity.value, one.action.value, one.ref.external_id) for one in plan.changes]


def renamed(company: Company = BASE) -> Company:
    return company.minus("a").plus(N)


def same_user(one: User, other: User) -> bool:
    return one.id == other.id


def test_a_new_id_with_the_same_number_and_name_is_the_same_user(run: Sync) -> None:
    after = run(STORED, renamed(), POLICY, LATER)
    assert same_user(after.user("n"), STORED.user("a"))
    assert ref("a") not in after.world.users
    assert after.user("n").row.is_active
    assert after.user("n").row.userid == "n"
    assert set(after.user("n").memberships) == {ref("2")}
    assert after.world.links[ref("n")].id == STORED.world.links[ref("a")].id
    assert ref("a") not in after.world.links
    assert ref("a") in after.world.gone
    assert after.world.conflicts == ()


def test_a_rekey_is_one_step_of_the_link_and_what_else_has_changed() -> None:
    plan = STORED.plan(STORED.read(renamed()), POLICY)
    assert steps(plan) == [
        ("link", "rekey", "n"),
        ("user", "update", "b"),
        ("user", "update", "n"),
        ("membership", "create", "n"),
        ("membership", "remove", "n"),
    ]
    assert plan.former == {ref("n"): ref("a")}


def test_who_is_managed_by_a_renamed_person_has_the_same_manager(run: Sync) -> None:
    managed = BASE.people["b"]
    told = replace(managed, fields={**managed.fields, "manager": "n"})
    company = renamed(BASE.plus(told))
    plan = STORED.plan(STORED.read(company), POLICY)
    assert not [one for one in plan.changes if one.ref == ref("b")]
    assert run(STORED, company, POLICY).user("b").row.manager == ref("n")


def test_what_a_person_has_decided_stays_with_the_user(run: Sync) -> None:
    off = STORED.changed_by_hand("a", admin_disabled_at=NOW)
    after = run(off, renamed(), POLICY, LATER)
    assert after.user("n").row.admin_disabled_at == NOW
    assert same_user(after.user("n"), STORED.user("a"))


def test_what_the_new_record_does_not_say_stays_known(run: Sync) -> None:
    quiet = person("n", name="Zhang San", mobile=NUMBER, unknown=("position",))
    after = run(STORED, BASE.minus("a").plus(quiet), POLICY)
    assert after.user("n").row.position == "Engineer"


def test_a_rekey_counts_as_no_leaver() -> None:
    plan = STORED.plan(STORED.read(renamed()), POLICY)
    nobody = Limits(max_deactivations=Limit(0, 0), max_unlinks=Limit(0, 0), max_created=Limit(0, 0))
    judged = judge(plan, (), STORED.population(), {}, nobody, is_first_load=False)
    assert not judged.holds


def test_without_a_common_field_nobody_is_recognised(run: Sync) -> None:
    after = run(STORED, renamed(), Policy(authority=SOURCE))
    assert not after.user("a").row.is_active
    assert after.user("n").id != STORED.user("a").id


# ── doubts ──────────────────────────────────────────────────────────────────────────────────

OTHER = person("n", "2", name="Li Si", mobile=NUMBER)
HANDED_ON = BASE.minus("a").plus(OTHER)


@pytest.mark.parametrize("name", ["Li Si", None], ids=["another name", "no name"])
def test_a_number_that_was_handed_on_makes_nobody_and_keeps_nobody(
    run: Sync, name: str | None
) -> None:
    after = run(STORED, BASE.minus("a").plus(person("n", name=name, mobile=NUMBER)), POLICY, LATER)
    assert after.user("a").row.gone_at == LATER
    assert ref("n") not in after.world.users
    conflict = after.conflicts(DOUBTFUL)["n"].conflict
    assert conflict.key_value == "+8613800138000"
    assert conflict.detail == {
        "user_id": STORED.user("a").id,
        "former": "a",
        "name_before": "Zhang San",
        "name_now": name,
    }


def test_a_doubt_stays_until_something_changes(run: Sync) -> None:
    doubtful = run(STORED, HANDED_ON, POLICY)
    assert doubtful.plan(doubtful.read(HANDED_ON), POLICY, LATER).is_empty
    assert doubtful.plan_near(doubtful.read(HANDED_ON, everything=False), POLICY, LATER).is_empty


def test_a_doubt_ends_with_a_new_user_when_the_one_before_is_back(run: Sync) -> None:
    after = run(run(STORED, HANDED_ON, POLICY), BASE.plus(OTHER), POLICY)
    assert after.user("a") == STORED.user("a")
    assert after.user("n").row.is_active
    assert after.world.conflicts == ()


def test_a_doubt_ends_with_a_new_user_when_the_number_is_another_one(run: Sync) -> None:
    other = person("n", name="Li Si", mobile="13700137000")
    after = run(run(STORED, HANDED_ON, POLICY), HANDED_ON.plus(other), POLICY)
    assert after.user("n").row.is_active
    assert not after.user("a").row.is_active
    assert after.world.conflicts == ()


def test_a_doubt_ends_with_the_same_user_when_the_name_is_the_same_after_all(run: Sync) -> None:
    after = run(run(STORED, HANDED_ON, POLICY), renamed(), POLICY)
    assert same_user(after.user("n"), STORED.user("a"))
    assert after.user("n").row.is_active
    assert after.world.conflicts == ()


def test_a_doubt_ends_when_the_new_record_goes_too(run: Sync) -> None:
    after = run(run(STORED, HANDED_ON, POLICY), HANDED_ON.minus("n"), POLICY)
    assert after.world.conflicts == ()
    assert ref("n") not in after.world.users


def test_a_protected_person_is_never_rekeyed_but_by_a_person(run: Sync) -> None:
    policy = replace(POLICY, limits=Limits(protected=frozenset({"a"})))
    plan = STORED.plan(STORED.read(renamed()), policy)
    assert plan.former == {}
    judged = judge(plan, (), STORED.population(), {}, policy.limits, is_first_load=False)
    assert [one.guard for one in judged.violations] == ["protected"]
    approved = run(STORED, renamed(), policy)
    assert ref("n") not in approved.world.users
    assert set(approved.conflicts(DOUBTFUL)) == {"n"}
    assert approved.plan(approved.read(renamed()), policy).is_empty


# ── values that are no key ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(BASE.plus(person("c", mobile=NUMBER)), {}, id="a third had it"),
        pytest.param(BASE, {"c": person("c", mobile=NUMBER)}, id="a third came with it"),
        pytest.param(BASE, {"b": person("b", mobile=NUMBER)}, id="a third has it now"),
        pytest.param(
            BASE.plus(person("c", mobile=NUMBER)),
            {"c": person("c", mobile="13700137000")},
            id="a third has given it away",
        ),
    ],
)
def test_nobody_is_rekeyed_by_a_value_that_two_carry(
    run: Sync, before: Company, after: dict[str, object]
) -> None:
    memory = Memory().sync(before, POLICY)
    company = renamed(before).plus(*after.values())  # type: ignore[arg-type]  # records
    later = run(memory, company, POLICY)
    assert not later.user("a").row.is_active
    assert later.user("n").id not in {one.id for one in memory.world.users.values()}


@pytest.mark.parametrize("number", ["ext. 12", "", None, "1"])
def test_a_mobile_that_is_no_number_is_no_key(run: Sync, number: str | None) -> None:
    company = Company.of(ROOT, person("a", name="Zhang San", mobile=number))
    memory = Memory().sync(company, POLICY)
    new = person("n", name="Zhang San", mobile=number)
    later = run(memory, Company.of(ROOT, new), POLICY)
    assert later.user("n").id != memory.user("a").id


def test_two_people_who_swap_their_numbers_stay_who_they_are(run: Sync) -> None:
    swapped = BASE.plus(person("a", mobile="13900139000"), person("b", mobile=NUMBER))
    after = run(STORED, swapped, POLICY)
    assert after.user("a").id == STORED.user("a").id
    assert after.user("b").id == STORED.user("b").id


def test_who_cannot_be_seen_is_not_known_to_have_been_renamed(run: Sync) -> None:
    hidden = {"a": Hidden("department:1", "permission")}
    after = run(STORED, renamed(), POLICY, hidden=hidden)
    assert after.user("a").row.is_active
    assert after.user("n").id != after.user("a").id


def test_who_was_not_asked_for_again_is_not_known_to_have_been_renamed() -> None:
    reading = replace(STORED.read(renamed()), absence=Absence(unconfirmed=frozenset({"a"})))
    plan = STORED.plan(reading, POLICY)
    assert plan.former == {}
    assert plan.unconfirmed == {ref("a")}


def test_an_old_id_with_a_user_of_its_own_is_not_taken_for_a_new_one(run: Sync) -> None:
    company = BASE.plus(person("n", name="Wang Wu", mobile="13600136000"))
    memory = Memory().sync(company, POLICY).sync(BASE, POLICY)
    after = run(memory, renamed(), POLICY)
    assert after.user("n") == memory.user("n")
    assert set(after.conflicts(DOUBTFUL)) == {"n"}
    assert not after.user("a").row.is_active


# ── what the source itself tells ────────────────────────────────────────────────────────────


def test_a_source_that_tells_of_a_new_id_is_believed() -> None:
    nameless = person("n", "2", name="Zhang", mobile=None)
    reading = replace(STORED.read_person(nameless), renames={"a": "n"})
    for plan in (STORED.plan(reading), STORED.plan_near(reading)):
        after = STORED.apply(plan)
        assert same_user(after.user("n"), STORED.user("a"))
        assert after.user("n").row.name == "Zhang"
        assert ref("a") in after.world.gone
        company = BASE.minus("a").plus(nameless)
        again = after.plan(after.read(company), at=LATER)
        assert [one.ref for one in again.changes] in ([], [ref("b")])


@pytest.mark.parametrize(
    "case", ["the new id has a user", "the old id is shown", "the old id is nobody's"]
)
def test_what_a_source_tells_too_late_changes_nothing(case: str) -> None:
    company = BASE.plus(N) if case == "the new id has a user" else BASE
    memory = Memory().sync(company)
    reading = memory.read_person(N)
    if case == "the old id is shown":
        reading = replace(reading, users={**reading.users, "a": A})
    old = "x" if case == "the old id is nobody's" else "a"
    plan = memory.plan(replace(reading, renames={old: "n"}))
    assert plan.former == {}
    assert not [one for one in plan.changes if one.action is Action.DEACTIVATE]
    assert Entity.LINK not in {one.entity for one in plan.changes if one.action is Action.REKEY}


def test_what_was_known_of_an_id_before_says_nothing_about_who_comes_under_it(run: Sync) -> None:
    left = person("n", name="Zhang San", mobile=None, may_create=False)
    memory = Memory().sync(BASE.plus(left), POLICY).sync(BASE, POLICY)
    nameless = BASE.minus("a").plus(person("n", mobile=NUMBER, unknown=("name",)))
    doubtful = run(memory, nameless, POLICY)
    assert set(doubtful.conflicts(DOUBTFUL)) == {"n"}
    assert "name" not in doubtful.world.records[ref("n")].fields
    assert doubtful.plan(doubtful.read(nameless), POLICY).is_empty


def test_a_userid_written_with_other_letters_is_no_new_id(run: Sync) -> None:
    company = BASE.plus(person("a", "1", name="Zhang San", mobile=NUMBER, userid="A"))
    assert STORED.plan(STORED.read(company), POLICY).former == {}
    assert run(STORED, company, POLICY).user("a").id == STORED.user("a").id


def test_a_protected_person_whom_the_source_tells_of_waits_for_a_person() -> None:
    policy = replace(POLICY, limits=Limits(protected=frozenset({"a"})))
    nameless = person("n", "2", mobile=None)
    plan = STORED.plan(replace(STORED.read_person(nameless), renames={"a": "n"}), policy)
    after = STORED.apply(plan)
    assert after.user("a").row.is_active, "only a whole reading proves that somebody is gone"
    assert ref("n") not in after.world.users
    assert set(after.conflicts(DOUBTFUL)) == {"n"}
    company = BASE.minus("a").plus(nameless)
    later = after.sync(company, policy)
    assert not later.user("a").row.is_active
    assert set(later.conflicts(DOUBTFUL)) == {"n"}
    assert ref("n") not in later.world.users
