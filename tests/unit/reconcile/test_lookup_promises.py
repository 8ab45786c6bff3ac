"""What holds in every world where a source shows no numbers and says whose some are."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Entity
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.settings import Policy
from tests.unit.reconcile.several import CORP, HR, POLICY, WECOM, Several, person, protecting
from tests.unit.reconcile.test_several_promises import IDS, MOBILES, links_made, people

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=40, suppress_health_check=_SLOW, deadline=None)
hard = settings(max_examples=2000, suppress_health_check=_SLOW, deadline=None)

SOURCES = (CORP, WECOM, HR)
_NUMBERS = tuple(one for one in MOBILES if one and one != "none")


@st.composite
def hidden(draw: Callable[..., object]) -> UserRecord:
    """Return somebody of WeCom whose number it does not show; now and then it does."""
    shown = person(WECOM, draw(st.sampled_from(IDS)), draw(st.sampled_from(MOBILES)))
    if draw(st.sampled_from((True, False, False, False))):
        return shown
    fields = {name: value for name, value in shown.fields.items() if name != "mobile"}
    return replace(shown, fields=fields)


@st.composite
def whole(draw: Callable[..., object]) -> dict[str, list[UserRecord]]:
    """Return what every source says."""
    said = {source: draw(people(source)) for source in (CORP, HR)}
    unique = st.lists(hidden(), max_size=4, unique_by=lambda one: one.external_id)
    return {**said, WECOM: draw(unique)}


ANSWERS = st.dictionaries(
    st.sampled_from(_NUMBERS), st.sampled_from((*IDS, "stranger", None)), max_size=3
)
_STEPS = st.lists(
    st.tuples(whole(), st.sets(st.sampled_from(SOURCES), min_size=1), st.booleans(), ANSWERS),
    max_size=3,
)


@st.composite
def policies(draw: Callable[..., object]) -> Policy:
    policy = replace(POLICY, lookups=frozenset({WECOM}))
    if draw(st.booleans()):
        policy = replace(policy, authority=WECOM, others=frozenset({CORP, HR}))
    elif draw(st.booleans()):
        policy = replace(policy, creates=True)
    return protecting(policy, *draw(st.sampled_from(((), ("a",)))))


def after(steps: object, policy: Policy) -> Several:
    """Return the store after some runs, before each of which WeCom says whose some numbers are."""
    here = Several()
    for said, read, near, answers in steps:  # type: ignore[attr-defined]  # drawn from _STEPS
        # WeCom is asked where it is read, and whoever it names is looked at.
        here = here.told(WECOM, answers if WECOM in read else {})
        here = here.sync(policy, near=near, **{source: said[source] for source in read})
    return here


def keys(here: Several) -> dict[Ref, str | None]:
    return {
        ref: matching_key("mobile", record.fields.get("mobile"))
        for ref, record in here.world.records.items()
        if ref not in here.world.gone
    }


def live_values(here: Several, ref: Ref) -> set[str]:
    """Return the values by which somebody was found, and which somebody else's source shows."""
    carried = {key for other, key in keys(here).items() if other.source != ref.source}
    return {key for _, key in here.world.found.get(ref, ()) if key in carried}


def check_planning_after_applying_changes_nothing(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy).told(WECOM, data.draw(ANSWERS))
    shown = {source: said[source] for source in {WECOM, *data.draw(st.sets(st.just(CORP)))}}
    here = here.sync(policy, near=data.draw(st.booleans()), **shown)
    again = [here.read(source, who) for source, who in shown.items()]
    assert here.plan(again, policy).is_empty, here.plan(again, policy)
    nothing = [here.read(source, who, everything=False) for source, who in shown.items()]
    assert here.plan_near(nothing, policy).is_empty


def check_a_neighbourhood_is_planned_as_the_world_is(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy)
    read = data.draw(st.sets(st.sampled_from(SOURCES), min_size=1))
    here = here.told(WECOM, data.draw(ANSWERS) if WECOM in read else {})
    readings = [here.read(source, said[source], everything=False) for source in sorted(read)]
    people_, _ = here.neighbourhood(readings, policy)
    whole_, near = here.plan(readings, policy), here.plan_near(readings, policy)
    departments = any(reading.departments for reading in readings)
    assert sorted(near.changes, key=repr) == sorted(
        (
            one
            for one in whole_.changes
            if (departments if one.entity is Entity.DEPARTMENT else one.ref in people_)
        ),
        key=repr,
    )
    assert all(one.entity is Entity.DEPARTMENT or one.ref in people_ for one in whole_.changes)
    assert (near.opened, near.changed, near.resolved) == (
        whole_.opened,
        whole_.changed,
        whole_.resolved,
    )


def check_a_link_by_asking_has_one_reason_and_one_alone(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy).told(WECOM, data.draw(ANSWERS))
    readings = [here.read(source, said[source]) for source in SOURCES]
    plan = here.plan(readings, policy)
    then = here.apply(plan)
    values, owners = keys(then), defaultdict(list)
    for ref in then.world.users:
        owners[values.get(ref)].append(ref)
    made = dict(links_made(plan))
    for one in plan.changes:
        if one.entity is not Entity.LINK or one.after is None or made.get(one.ref) is None:
            continue
        ref, owner = one.ref, made[one.ref]
        asked = ref if ref.source == WECOM else owner
        is_shown = "mobile" in then.world.records[asked].fields if asked.source == WECOM else True
        assert (one.after.method is LinkMethod.LOOKUP) is (not is_shown)
        if one.after.method is LinkMethod.LOOKUP:
            other = owner if asked == ref else ref
            assert live_values(then, asked) == {one.after.key_value} == {values[other]}
            if asked == ref:  # it is one user's value, as that user's record says
                assert owners[values[other]] == [owner]
            else:  # nobody else of the record's source has it
                theirs = [x for x in values if x.source == ref.source]
                assert [x for x in theirs if values[x] == values[ref]] == [ref]
            userids = {then.world.users[owner].row.userid}
            assert not {"a"} & policy.limits.protected & userids


def check_no_two_records_of_one_source_have_one_user_by_asking(data: st.DataObject) -> None:
    policy = data.draw(policies())
    here = after(data.draw(_STEPS), policy)
    held = defaultdict(list)
    for ref, link in here.world.links.items():
        if link.user_id is not None:
            held[ref.source, link.user_id].append(ref)
    assert all(len(refs) == 1 for refs in held.values())


def check_an_answer_ends_no_link_and_deactivates_nobody(data: st.DataObject) -> None:
    policy = data.draw(policies())
    here = after(data.draw(_STEPS), policy)
    same = {
        source: [
            replace(one, fields=dict(one.fields))
            for ref, one in here.world.records.items()
            if ref.source == source and ref not in here.world.gone
        ]
        for source in SOURCES
    }
    here = here.told(WECOM, data.draw(ANSWERS))
    plan = here.plan([here.read(source, who) for source, who in same.items()], policy)
    before = {ref: link.user_id for ref, link in here.world.links.items() if link.user_id}
    users = {ref for ref, user in here.world.users.items() if user.row.is_active}
    then = here.apply(plan)
    assert users <= {ref for ref, user in then.world.users.items() if user.row.is_active}
    gone_owners = {user.id for user in here.world.users.values() if user.row.gone_at}
    for ref, user_id in before.items():
        # Only who was linked with somebody who is gone may find somebody who is there.
        assert then.world.links[ref].user_id == user_id or user_id in gone_owners


CHECKS = [one for name, one in list(globals().items()) if name.startswith("check_")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
@quickly
@given(data=st.data())
def test_it_holds(check, data):
    check(data)


@pytest.mark.hard
@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
@hard
@given(data=st.data())
def test_it_holds_in_many_worlds(check, data):
    check(data)
