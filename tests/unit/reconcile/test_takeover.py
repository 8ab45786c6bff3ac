"""A new authority: whose users go over to it, who stays behind, and that it is always held."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from syncd.model.change import Action, Cause, Entity, Plan
from syncd.model.conflict import ConflictKind
from syncd.model.directory import LinkMethod, User
from syncd.model.entry import Ref
from syncd.model.record import RecordState
from syncd.reconcile.guard import Judgement, judge
from syncd.reconcile.reading import Handover, Reading
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

OLD = "before"
POLICY = Policy(authority=SOURCE, common_field="mobile")
A, B, C = "13800138000", "13900139000", "13700137000"
BEFORE = Company.of(
    ROOT,
    department("2"),
    person("a", "1", "2", mobile=A, alias="Old hand"),
    person("b", "1", mobile=B, manager="a"),
    person("c", "1", mobile=C, manager="a"),
)
STORED = Memory().sync(BEFORE, POLICY).with_sources(**{SOURCE: OLD})
#: What the new authority says: the same A and B by other ids, a stranger, and no C.
NOW_THERE = Company.of(
    department("root", None),
    department("lab", "root"),
    person("u1", "lab", mobile="+86 138-0013-8000", name="Zhang San"),
    person("u2", "root", mobile=B, manager="u1"),
    person("u3", "root", mobile="13600136000"),
)
HANDOVER = Handover(frozenset({OLD}))


def old(id_: str) -> Ref:
    return Ref(OLD, id_)


def reading(memory: Memory, company: Company = NOW_THERE, handover: Handover = HANDOVER) -> Reading:
    return replace(memory.read(company), handover=handover)


def taken(
    company: Company = NOW_THERE,
    memory: Memory = STORED,
    policy: Policy = POLICY,
    handover: Handover = HANDOVER,
) -> Memory:
    return memory.apply(memory.plan(reading(memory, company, handover), policy, LATER))


def judged(plan: Plan, limits: Limits | None = None) -> Judgement:
    limits = limits or Limits()
    return judge(plan, (), STORED.population(), {}, limits, is_first_load=False)


def causes(plan: Plan) -> dict[str, Cause]:
    """Return why users become inactive."""
    return {
        one.ref.external_id: one.cause
        for one in plan.changes
        if (one.entity, one.action) == (Entity.USER, Action.DEACTIVATE)
    }


def ids(memory: Memory) -> Mapping[int, User]:
    return {user.id: user for user in memory.world.users.values()}


def test_who_is_found_by_the_common_field_keeps_the_id() -> None:
    after = taken()
    for new, before in (("u1", "a"), ("u2", "b")):
        assert after.user(new).id == STORED.world.users[old(before)].id
        assert after.user(new).row.is_active
        assert old(before) not in after.world.users


def test_people_and_departments_are_as_the_new_authority_says() -> None:
    after = taken()
    assert after.active_directory()["departments"].keys() == {"root", "lab"}
    assert after.active_directory()["people"].keys() == {"u1", "u2", "u3"}
    assert set(after.user("u1").memberships) == {ref("lab")}
    assert after.user("u1").row.name == "Zhang San"
    assert after.user("u2").row.manager == ref("u1")
    for key, one in after.world.departments.items():
        assert one.row.is_active == (key.source == SOURCE)


def test_who_is_not_found_becomes_inactive_and_keeps_id_and_fields() -> None:
    after = taken()
    before, now = STORED.world.users[old("c")], after.world.users[old("c")]
    assert now.id == before.id
    assert now.row == before.row._replace(gone_at=LATER, manager=ref("u1"))
    assert now.memberships == {}


def test_a_record_that_fits_nobody_is_a_new_user() -> None:
    assert taken().user("u3").id not in ids(STORED)


def test_both_records_are_linked_and_the_new_one_owns() -> None:
    after = taken()
    user = after.user("u1").id
    for key in (ref("u1"), old("a")):
        link = after.world.links[key]
        assert (link.user_id, link.method, link.key_value) == (
            user,
            LinkMethod.COMMON_FIELD,
            "+8613800138000",
        )


def test_links_of_a_retired_source_end() -> None:
    after = taken(handover=Handover(frozenset({OLD}), frozenset({OLD})))
    assert old("a") not in after.world.links
    assert after.world.links[ref("u1")].user_id == STORED.world.users[old("a")].id


def test_what_the_new_authority_knows_nothing_about_stays_known() -> None:
    quiet = NOW_THERE.plus(person("u1", "lab", mobile=A, unknown=("alias",)))
    after = taken(quiet)
    assert after.user("u1").row.alias == "Old hand"
    assert taken().user("u1").row.alias is None, "known to be empty"


def test_what_an_administrator_has_decided_stays() -> None:
    users = dict(STORED.world.users)
    user = users[old("a")]
    users[old("a")] = replace(user, row=user.row._replace(admin_disabled_at=NOW))
    after = taken(memory=replace(STORED, world=replace(STORED.world, users=users)))
    assert after.user("u1").row.admin_disabled_at == NOW
    assert after.user("u1").id == user.id


def test_who_was_disabled_by_the_old_source_is_what_the_new_one_says() -> None:
    off = BEFORE.plus(replace(BEFORE.people["a"], state=RecordState.DISABLED))
    memory = Memory().sync(off, POLICY).with_sources(**{SOURCE: OLD})
    assert not memory.world.users[old("a")].row.is_active
    assert taken(memory=memory).user("u1").row.is_active


def test_a_takeover_is_done_once() -> None:
    after = taken()
    for again in (reading(after), after.read(NOW_THERE), after.read(NOW_THERE, everything=False)):
        assert after.plan(again, POLICY, LATER).is_empty
    later = after.sync(NOW_THERE.minus("u3"), POLICY, LATER)
    assert later.user("u1") == after.user("u1")
    assert later.world.users[old("c")] == after.world.users[old("c")]


def test_conflicts_of_the_source_before_are_over() -> None:
    twins = BEFORE.plus(person("x", userid="A", mobile=C))
    memory = Memory().sync(twins, POLICY).with_sources(**{SOURCE: OLD})
    assert memory.conflicts(ConflictKind.USERID_TAKEN)
    after = taken(memory=memory)
    assert not after.conflicts(ConflictKind.USERID_TAKEN)


# ── what is not clear ───────────────────────────────────────────────────────────────────────


def test_two_records_with_one_value_take_nobody_over() -> None:
    twins = NOW_THERE.plus(person("u4", mobile=A))
    after = taken(twins)
    assert not after.world.users[old("a")].row.is_active
    assert after.user("u1").id not in ids(STORED)
    assert causes(STORED.plan(reading(STORED, twins), POLICY)) == {
        "a": Cause("not_unique", (("field", "mobile"), ("candidates", "3"))),
        "c": Cause("not_in_authority"),
    }


def test_a_value_of_two_users_says_nothing() -> None:
    twins = BEFORE.plus(person("x", mobile=A))
    memory = Memory().sync(twins, POLICY).with_sources(**{SOURCE: OLD})
    after = taken(memory=memory)
    assert not after.world.users[old("a")].row.is_active
    assert not after.world.users[old("x")].row.is_active
    why = causes(memory.plan(reading(memory), POLICY))
    assert (why["a"].code, why["x"].code, why["c"].code) == (
        "not_unique",
        "not_unique",
        "not_in_authority",
    )


def test_who_is_gone_owns_no_value() -> None:
    memory = Memory().sync(BEFORE, POLICY).sync(BEFORE.minus("a"), POLICY)
    memory = memory.with_sources(**{SOURCE: OLD})
    after = taken(memory=memory)
    assert after.user("u1").id not in ids(memory)
    assert not after.world.users[old("a")].row.is_active


def test_a_protected_user_stays_as_it_is_and_the_record_waits() -> None:
    policy = replace(POLICY, limits=Limits(protected=frozenset({"a", "c"})))
    after = taken(policy=policy)
    for id_ in ("a", "c"):
        before = STORED.world.users[old(id_)]
        assert after.world.users[old(id_)].row.is_active
        assert after.world.users[old(id_)].id == before.id
    assert ref("u1") not in after.world.users
    conflict = after.conflicts(ConflictKind.IDENTITY_DOUBTFUL)["u1"].conflict
    assert (conflict.detail["former_source"], conflict.detail["former"]) == (OLD, "a")
    for again in (reading(after), after.read(NOW_THERE)):
        assert after.plan(again, policy, LATER).is_empty
    released = taken(memory=after)
    assert released.user("u1").id == STORED.world.users[old("a")].id


# ── back again ──────────────────────────────────────────────────────────────────────────────


def switched_back() -> Memory:
    """Return the store after a takeover, when the source before is the authority again."""
    stored = Memory().sync(BEFORE, POLICY)
    after = taken(memory=stored.with_sources(**{SOURCE: OLD}))
    back = after.with_sources(**{SOURCE: "between", OLD: SOURCE})
    return replace(back, digests=stored.digests)


@pytest.mark.parametrize("everything", [True, False], ids=["full", "nothing new"])
def test_the_way_back_leads_over_the_links(everything: bool) -> None:
    back = switched_back()
    handover = Handover(frozenset({"between"}))
    read = replace(back.read(BEFORE, everything=everything), handover=handover)
    after = back.apply(back.plan(read, POLICY, LATER))
    for id_ in ("a", "b"):
        assert after.user(id_).id == STORED.world.users[old(id_)].id
    # C had become inactive as one whom the authority in between did not have.
    assert after.user("c").id == STORED.world.users[old("c")].id
    assert after.active_directory()["people"].keys() == {"a", "b", "c"}
    assert after.user("a").row == Memory().sync(BEFORE).user("a").row
    assert not after.world.users[Ref("between", "u3")].row.is_active
    assert after.world.links[ref("a")].user_id == after.world.links[Ref("between", "u1")].user_id


def test_nobody_who_is_linked_gets_a_second_user() -> None:
    back = switched_back()
    handover = Handover(frozenset({"between"}))
    plan = back.plan(replace(back.read(BEFORE), handover=handover), POLICY, LATER)
    made = [one for one in plan.changes if (one.entity, one.action) == (Entity.USER, Action.CREATE)]
    assert made == []


# ── the guard ───────────────────────────────────────────────────────────────────────────────


def test_a_takeover_is_always_held() -> None:
    everything = Limits(
        **dict.fromkeys(
            ("max_deactivations", "max_unlinks", "max_blanked", "max_changed", "max_moves"),
            Limit(1000, 1),
        )
    )
    plan = STORED.plan(reading(STORED), POLICY)
    held = judged(plan, everything)
    assert ("authority_changed", OLD, 2, 3) in {
        (one.guard, one.subject, one.count, one.population) for one in held.violations
    }
    assert held.holds


def test_the_digest_of_a_takeover_says_who_goes_over_to_whom() -> None:
    other = NOW_THERE.plus(person("u1", "lab", mobile="13600136000"), person("u3", mobile=A))
    first, second = (
        judged(STORED.plan(reading(STORED, one), POLICY)) for one in (NOW_THERE, other)
    )
    assert any(line[-2:] == (f"{OLD}:a", f"{SOURCE}:u1") for line in first.guarded)
    assert any(line[-2:] == (f"{OLD}:a", f"{SOURCE}:u3") for line in second.guarded)
    assert first.digest != second.digest
    again = judged(STORED.plan(reading(STORED), POLICY, LATER))
    assert again.digest == first.digest


def test_nothing_is_held_when_nothing_moves() -> None:
    after = taken()
    assert not judged(after.plan(reading(after), POLICY)).holds
