"""Whose the records of a second and a third source are (rules 2 to 7)."""

from dataclasses import replace

import pytest

from syncd.model.change import Action, Entity
from syncd.model.conflict import ConflictKind
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from tests.unit.reconcile.several import CORP, HR, POLICY, WECOM, Several, person, protecting

A, B = "13800000001", "13800000002"
CREATING = replace(POLICY, creates=True)


def both(corp, wecom, policy=POLICY) -> Several:
    return Several().sync(policy, corp=corp, wecom=wecom)


def test_a_record_is_the_users_whose_value_it_has_however_that_is_written():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", "+86 138-0000-0001")])
    assert here.owner(WECOM, "w") == "corp:a"
    link = here.world.links[Ref(WECOM, "w")]
    assert (link.method, link.key_value) == (LinkMethod.COMMON_FIELD, f"+86{A}")
    assert len(here.world.users) == 1


def test_whoever_is_read_first_the_record_finds_its_user():
    here = Several().sync(wecom=[person(WECOM, "w", A)])
    assert here.owner(WECOM, "w") is None
    assert here.world.links[Ref(WECOM, "w")].user_id is None
    assert not here.world.users
    here = here.sync(near=True, corp=[person(CORP, "a", A)])
    assert here.owner(WECOM, "w") == "corp:a"


def test_a_name_is_no_key():
    here = both([person(CORP, "a", A, name="王伟")], [person(WECOM, "w", B, name="王伟")])
    assert here.owner(WECOM, "w") is None
    assert not here.world.conflicts


def test_a_value_that_two_records_of_one_source_share_links_nobody():
    here = both([person(CORP, "a", A)], [person(WECOM, "v", A), person(WECOM, "w", A)])
    assert here.owner(WECOM, "v") is here.owner(WECOM, "w") is None
    found = here.conflicts(ConflictKind.DUPLICATE_KEY)
    assert found.keys() == {"wecom:v", "wecom:w"}
    assert found["wecom:w"]["records"] == ["wecom:v", "wecom:w"]


def test_a_value_of_two_users_links_nobody_and_says_whose_it_may_be():
    here = both([person(CORP, "a", A), person(CORP, "b", A)], [person(WECOM, "w", A)])
    assert here.owner(WECOM, "w") is None
    found = here.conflicts(ConflictKind.AMBIGUOUS)
    assert found["wecom:w"]["owners"] == ["corp:a", "corp:b"]
    assert here.conflicts(ConflictKind.DUPLICATE_KEY).keys() == {"corp:a", "corp:b"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"mobile": None}, "empty"), ({"mobile": "none"}, "no_key"), ({}, "unknown")],
)
def test_a_record_without_a_value_is_told(fields, reason):
    record = person(WECOM, "w")
    known = {name: value for name, value in record.fields.items() if name != "mobile"} | fields
    here = both([person(CORP, "a", A)], [replace(record, fields=known)])
    assert here.conflicts(ConflictKind.MISSING_KEY)["wecom:w"]["reason"] == reason
    assert here.owner(WECOM, "w") is None


def test_who_has_no_value_in_the_authority_is_told_nothing():
    here = both([person(CORP, "a", None)], [])
    assert not here.world.conflicts


def test_a_link_stays_when_the_values_part_and_that_is_told():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", A)])
    here = here.sync(near=True, wecom=[person(WECOM, "w", B)])
    assert here.owner(WECOM, "w") == "corp:a"
    drift = here.conflicts(ConflictKind.KEY_DRIFT)["wecom:w"]
    assert (drift["owner"], drift["value_of_owner"]) == ("corp:a", f"+86{A}")
    here = here.sync(near=True, corp=[person(CORP, "a", B)])
    assert not here.world.conflicts
    assert here.world.links[Ref(WECOM, "w")].key_value == f"+86{B}"


def test_a_value_that_is_gone_from_one_side_is_no_drift():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", A)])
    here = here.sync(near=True, wecom=[person(WECOM, "w", None)])
    assert here.owner(WECOM, "w") == "corp:a"
    assert not here.world.conflicts


def test_what_counts_is_what_the_records_say_now_and_not_what_a_link_remembers():
    here = both([person(CORP, "a", A)], [])
    here = here.sync(corp=[person(CORP, "a", B)], wecom=[person(WECOM, "w", A)])
    assert here.owner(WECOM, "w") is None
    here = here.sync(near=True, wecom=[person(WECOM, "w", B)])
    assert here.owner(WECOM, "w") == "corp:a"


def test_a_second_record_for_one_user_is_ambiguous():
    here = both([person(CORP, "a", A)], [person(WECOM, "v", A)])
    here = here.sync(
        near=True, corp=[person(CORP, "a", B)], wecom=[person(WECOM, "v", A), person(WECOM, "w", B)]
    )
    assert (here.owner(WECOM, "v"), here.owner(WECOM, "w")) == ("corp:a", None)
    found = here.conflicts(ConflictKind.AMBIGUOUS)["wecom:w"]
    assert (found["reason"], found["linked"]) == ("has_link", "wecom:v")


def test_the_link_ends_with_the_record_and_the_next_one_takes_its_place():
    here = both([person(CORP, "a", A)], [person(WECOM, "v", A)])
    readings = [here.read(WECOM, [person(WECOM, "w", A)], everything=False)]
    plan = here.plan_near(readings)
    links = [one for one in plan.changes if one.entity is Entity.LINK]
    assert {(one.action, one.ref.external_id) for one in links} == {
        (Action.UNLINK, "v"),
        (Action.LINK, "w"),
    }
    here = here.apply(plan)
    assert here.owner(WECOM, "w") == "corp:a"
    assert Ref(WECOM, "v") not in here.world.links


def test_only_the_authority_makes_and_ends_users():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", A), person(WECOM, "x", B)])
    assert len(here.world.users) == 1
    here = here.sync(near=True, wecom=[])
    assert here.world.users[Ref(CORP, "a")].row.is_active
    here = here.sync(near=True, corp=[])
    assert not here.world.users[Ref(CORP, "a")].row.is_active


def test_who_is_gone_has_no_value_and_keeps_the_link_until_somebody_else_has_the_value():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", A)])
    here = here.sync(near=True, corp=[])
    assert here.owner(WECOM, "w") == "corp:a"
    back = here.sync(near=True, corp=[person(CORP, "a", A)])
    assert back.owner(WECOM, "w") == "corp:a"
    here = here.sync(near=True, corp=[person(CORP, "b", A, name="Another")])
    assert here.owner(WECOM, "w") == "corp:b"


def test_a_new_id_of_the_same_person_keeps_the_link():
    here = both([person(CORP, "a", A, name="王伟")], [person(WECOM, "w", A)])
    before = here.world.links[Ref(WECOM, "w")]
    here = here.sync(near=True, corp=[person(CORP, "a2", A, name="王伟")])
    assert here.owner(WECOM, "w") == "corp:a2"
    assert here.world.links[Ref(WECOM, "w")] == before


def test_two_users_swap_a_value_and_the_links_stay():
    here = both(
        [person(CORP, "a", A), person(CORP, "b", B)], [person(WECOM, "v", A), person(WECOM, "w", B)]
    )
    here = here.sync(
        near=True,
        corp=[person(CORP, "a", B), person(CORP, "b", A)],
        wecom=[person(WECOM, "v", B), person(WECOM, "w", A)],
    )
    assert (here.owner(WECOM, "v"), here.owner(WECOM, "w")) == ("corp:a", "corp:b")
    assert not here.world.conflicts


def test_protected_people_are_linked_by_a_person_alone():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", A)], protecting(POLICY, "a"))
    assert here.owner(WECOM, "w") is None
    assert here.conflicts(ConflictKind.AMBIGUOUS)["wecom:w"]["reason"] == "protected"


@pytest.mark.parametrize("order", [(WECOM, HR), (HR, WECOM)], ids=["wecom first", "hr first"])
def test_whoever_would_bring_a_protected_userid_is_linked_by_a_person_alone(order):
    policy = replace(protecting(POLICY, "boss"), prefer={"userid": (WECOM, CORP)})
    said = {WECOM: [person(WECOM, "boss", A)], HR: [person(HR, "h", A)]}
    here = Several().sync(policy, corp=[person(CORP, "a", A)])
    for source in order:
        here = here.sync(policy, **{source: said[source]})
    assert here.owner(WECOM, "boss") is None
    assert here.conflicts(ConflictKind.AMBIGUOUS)["wecom:boss"]["reason"] == "protected"
    assert here.owner(HR, "h") == "corp:a"


@pytest.mark.parametrize("owner", [Ref(CORP, "b"), None])
def test_what_a_person_has_decided_stays(owner):
    here = both([person(CORP, "a", A), person(CORP, "b", B)], [person(WECOM, "w", A)])
    here = here.linked_by_hand(Ref(WECOM, "w"), owner)
    decided = here.world.links[Ref(WECOM, "w")]
    for people in ([person(WECOM, "w", A)], [person(WECOM, "w", B)], [], [person(WECOM, "w", A)]):
        here = here.sync(wecom=people, corp=[person(CORP, "a", A), person(CORP, "b", B)])
        assert here.world.links[Ref(WECOM, "w")] == decided
    assert not here.world.conflicts


# ── fields ──────────────────────────────────────────────────────────────────────────────────


def test_fields_come_from_the_authority_unless_another_order_is_preferred():
    policy = replace(POLICY, prefer={"position": ("wecom", "corp"), "mobile": ("corp", "wecom")})
    corp = [person(CORP, "a", A, position="clerk")]
    here = both(corp, [person(WECOM, "w", A, position="chief", name="Other")], policy)
    row = here.world.users[Ref(CORP, "a")].row
    assert (row.position, row.name) == ("chief", "Name a")
    here = here.sync(policy, near=True, wecom=[person(WECOM, "w", A, position=None)])
    assert here.world.users[Ref(CORP, "a")].row.position == "clerk"


def test_a_preferred_field_that_is_not_readable_any_more_keeps_its_value():
    policy = replace(POLICY, prefer={"position": ("wecom",)})
    here = both([person(CORP, "a", A)], [person(WECOM, "w", A, position="chief")], policy)
    record = person(WECOM, "w", A)
    without = {name: value for name, value in record.fields.items() if name != "position"}
    here = here.sync(policy, near=True, wecom=[replace(record, fields=without)])
    assert here.world.users[Ref(CORP, "a")].row.position == "chief"


def test_a_preferred_manager_is_the_user_whom_that_source_means():
    policy = replace(POLICY, prefer={MANAGER: ("wecom",)})
    corp = [person(CORP, "a", A), person(CORP, "b", B)]
    wecom = [person(WECOM, "v", A, manager="w"), person(WECOM, "w", B)]
    here = both(corp, wecom, policy)
    assert here.world.users[Ref(CORP, "a")].row.manager == Ref(CORP, "b")


# ── records that fit nobody ─────────────────────────────────────────────────────────────────


def test_a_record_that_fits_nobody_becomes_a_user_where_that_is_wanted():
    here = both([person(CORP, "a", A)], [person(WECOM, "w", B), person(WECOM, "x")], CREATING)
    user = here.world.users[Ref(WECOM, "w")]
    assert user.row.is_active
    assert not user.memberships
    assert Ref(WECOM, "x") not in here.world.users  # without a value it may be anybody
    here = here.sync(CREATING, near=True, wecom=[person(WECOM, "x")])
    assert not here.world.users[Ref(WECOM, "w")].row.is_active


def test_the_authority_takes_such_a_user_over_with_the_same_id():
    here = both([], [person(WECOM, "w", B)], CREATING)
    id_ = here.world.users[Ref(WECOM, "w")].id
    here = here.sync(CREATING, near=True, corp=[person(CORP, "b", B)])
    assert here.world.users[Ref(CORP, "b")].id == id_
    assert here.owner(WECOM, "w") == "corp:b"
    assert here.world.links[Ref(WECOM, "w")].method is LinkMethod.COMMON_FIELD
    assert len(here.world.users) == 1


def test_a_third_source_finds_a_user_that_a_second_one_made():
    here = Several().sync(CREATING, corp=[], wecom=[person(WECOM, "w", B)], hr=[person(HR, "h", B)])
    assert len(here.world.users) == 1
    assert here.owner(WECOM, "w") == here.owner(HR, "h")


def test_a_protected_user_is_not_taken_over():
    policy = protecting(CREATING, "w")
    here = both([], [person(WECOM, "w", B)], policy)
    here = here.sync(policy, near=True, corp=[person(CORP, "b", B)])
    assert here.world.users.keys() == {Ref(WECOM, "w")}
    assert here.conflicts(ConflictKind.IDENTITY_DOUBTFUL).keys() == {"corp:b"}


def test_a_user_of_a_second_source_stays_when_none_are_made_any_more():
    here = both([], [person(WECOM, "w", B)], CREATING)
    here = here.sync(wecom=[person(WECOM, "w", B, position="chief")])
    assert here.world.users[Ref(WECOM, "w")].row.position == "chief"
    here = here.sync(wecom=[])
    assert not here.world.users[Ref(WECOM, "w")].row.is_active
    here = here.sync(wecom=[person(WECOM, "w", B)])
    assert not here.world.users[Ref(WECOM, "w")].row.is_active
    here = here.sync(CREATING, wecom=[person(WECOM, "w", B)])
    assert here.world.users[Ref(WECOM, "w")].row.is_active
