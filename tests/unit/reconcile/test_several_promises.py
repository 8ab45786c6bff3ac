"""What holds in every world with two and three sources."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Action, Entity, Plan
from syncd.model.conflict import ConflictKind
from syncd.model.directory import LinkMethod
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import UserRecord
from syncd.reconcile.assigning import BY_RULE, NOBODY, Assignment
from syncd.reconcile.matching import moves_a_user
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.settings import Policy
from tests.unit.reconcile.several import CORP, HR, POLICY, WECOM, Several, person, protecting

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=25, suppress_health_check=_SLOW)
hard = settings(max_examples=2000, suppress_health_check=_SLOW)

SOURCES = (CORP, WECOM, HR)
IDS = ("a", "b", "c", "d")
#: Few, and written in several ways, so that people share them all the time.
MOBILES = ("13800000001", "+86 138 0000 0001", "13800000002", "13800000003", "none", None)
People = list[UserRecord]

_FIELDS = st.fixed_dictionaries(
    {
        "position": st.sampled_from((None, "clerk", "chief")),
        "userid": st.sampled_from(("a", "B", "c", None)),
        MANAGER: st.sampled_from((None, *IDS)),
    }
)


@st.composite
def someone(draw: Callable[..., object], source: str) -> UserRecord:
    """Return somebody whose name says who it is, so that an id is one person's for ever."""
    id_ = draw(st.sampled_from(IDS))
    return person(source, id_, draw(st.sampled_from(MOBILES)), **draw(_FIELDS))


def people(source: str) -> st.SearchStrategy[People]:
    return st.lists(someone(source), max_size=4, unique_by=lambda one: one.external_id)


@st.composite
def whole(draw: Callable[..., object]) -> dict[str, People]:
    """Return what every source says."""
    return {source: draw(people(source)) for source in SOURCES}


_STEPS = st.lists(
    st.tuples(whole(), st.sets(st.sampled_from(SOURCES), min_size=1), st.booleans()), max_size=3
)


@st.composite
def policies(draw: Callable[..., object]) -> Policy:
    prefer = st.sampled_from(
        (
            {},
            {"position": (WECOM, CORP)},
            {"position": (HR, WECOM), "mobile": (WECOM,)},
            {MANAGER: (WECOM, HR), "userid": (WECOM,)},
        )
    )
    protected = draw(st.sampled_from(((), ("a",))))
    policy = replace(POLICY, prefer=draw(prefer), creates=draw(st.booleans()))
    return protecting(policy, *protected)


def after(steps: object, policy: Policy) -> Several:
    """Return the store after some runs, each of which reads some of the sources."""
    here = Several()
    for said, read, near in steps:  # type: ignore[attr-defined]  # drawn from _STEPS
        here = here.sync(policy, near=near, **{source: said[source] for source in read})
    return here


def keys(here: Several) -> dict[Ref, str]:
    """Return the value of everybody who is there."""
    found = {
        ref: matching_key("mobile", record.fields.get("mobile"))
        for ref, record in here.world.records.items()
        if ref not in here.world.gone
    }
    return {ref: key for ref, key in found.items() if key}


def links_made(plan: Plan) -> Iterator[tuple[Ref, Ref]]:
    """Yield records with the owners of the users that they are automatically linked with."""
    for one in plan.changes:
        of_user = one.after.user if one.entity is Entity.LINK and one.after else None
        if of_user not in {None, one.ref} and moves_a_user(one) and one.action is Action.LINK:
            yield one.ref, of_user


def check_planning_after_applying_changes_nothing(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy)
    read = data.draw(st.sets(st.sampled_from(SOURCES), min_size=1))
    shown = {source: said[source] for source in read}
    here = here.sync(policy, near=data.draw(st.booleans()), **shown)
    again = [here.read(source, who) for source, who in shown.items()]
    assert here.plan(again, policy).is_empty, here.plan(again, policy)
    nothing = [here.read(source, who, everything=False) for source, who in shown.items()]
    assert here.plan_near(nothing, policy).is_empty


def check_a_neighbourhood_is_planned_as_the_world_is(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy)
    read = data.draw(st.sets(st.sampled_from(SOURCES), min_size=1))
    readings = [here.read(source, said[source], everything=False) for source in sorted(read)]
    people, _ = here.neighbourhood(readings, policy)
    whole_, near = here.plan(readings, policy), here.plan_near(readings, policy)
    departments = any(reading.departments for reading in readings)
    assert sorted(near.changes, key=repr) == sorted(
        (
            one
            for one in whole_.changes
            if (departments if one.entity is Entity.DEPARTMENT else one.ref in people)
        ),
        key=repr,
    )
    # What the world's plan does besides is none of this reading's news: nothing of it is left.
    assert all(one.entity is Entity.DEPARTMENT or one.ref in people for one in whole_.changes)
    assert set(near.gone) == set(whole_.gone)
    assert near.opened == whole_.opened
    assert near.changed == whole_.changed
    assert near.resolved == whole_.resolved


def check_the_order_of_sources_changes_nothing(data: st.DataObject) -> None:
    policy, said = replace(data.draw(policies()), creates=False), data.draw(whole())
    here = after(data.draw(_STEPS), policy)
    readings = [here.read(source, said[source]) for source in SOURCES]
    other = data.draw(st.permutations(readings))
    one, two = here.plan(readings, policy), here.plan(other, policy)
    assert sorted(one.changes, key=repr) == sorted(two.changes, key=repr)
    assert (one.opened, one.changed, one.resolved) == (two.opened, two.changed, two.resolved)


def check_a_first_load_source_by_source_ends_where_one_of_all_does(data: st.DataObject) -> None:
    policy, said = replace(data.draw(policies()), creates=False), data.draw(whole())
    at_once = Several().sync(policy, **said)
    here = Several()
    for source in data.draw(st.permutations(SOURCES)):
        here = here.sync(policy, near=data.draw(st.booleans()), **{source: said[source]})
    assert here.active_directory() == at_once.active_directory()
    assert {one.conflict.key for one in here.world.conflicts} == {
        one.conflict.key for one in at_once.world.conflicts
    }


def check_any_mix_of_runs_ends_in_the_same_active_directory(data: st.DataObject) -> None:
    policy = replace(data.draw(policies()), creates=False)
    here = Several().sync(policy, **own_numbers(data.draw(whole())))
    for _ in range(data.draw(st.integers(0, 3))):
        said, source = own_numbers(data.draw(whole())), data.draw(st.sampled_from(SOURCES))
        here = here.sync(policy, near=data.draw(st.booleans()), **{source: said[source]})
    last = own_numbers(data.draw(whole()))
    for source in data.draw(st.permutations(SOURCES)):
        here = here.sync(policy, near=data.draw(st.booleans()), **{source: last[source]})
    assert here.active_directory() == Several().sync(policy, **last).active_directory()


def own_numbers(said: dict[str, People]) -> dict[str, People]:
    """Return what the sources say where a number is one person's for ever, and known everywhere."""
    return {
        source: [
            replace(
                one,
                fields={
                    **one.fields,
                    "mobile": f"1380000000{IDS.index(one.external_id)}",
                    "userid": one.external_id,
                    MANAGER: None,
                },
            )
            for one in who
        ]
        for source, who in said.items()
    }


def check_a_record_and_a_user_are_never_shared(data: st.DataObject) -> None:
    policy = data.draw(policies())
    here = after(data.draw(_STEPS), policy)
    owners = {user.id: ref for ref, user in here.world.users.items()}
    automatic = [
        (ref.source, link.user_id)
        for ref, link in here.world.links.items()
        if link.user_id is not None and link.method is not LinkMethod.MANUAL
    ]
    assert all(user in owners for _, user in automatic)
    assert len(automatic) == len(set(automatic))
    assert all(here.world.links[ref].user_id == user for user, ref in owners.items())


def check_nobody_is_linked_by_a_value_that_two_carry(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy)
    read = data.draw(st.sets(st.sampled_from(SOURCES), min_size=1))
    plan = here.plan([here.read(source, said[source]) for source in read], policy)
    then = here.apply(plan)
    values = keys(then)
    owners = [ref for ref, user in then.world.users.items() if user.row.gone_at is None]
    for ref, owner in links_made(plan):
        assert values[ref] == values[owner]
        assert sum(values.get(one) == values[ref] for one in owners) == 1
        assert [
            one for one in values if one.source == ref.source and values[one] == values[ref]
        ] == [ref]


def decisions(draw: Callable[..., object], here: Several) -> Mapping[Ref, Assignment]:
    """Return what a person says of some records: of any of them, and of some that nobody knows."""
    refs = sorted({*here.world.records, *here.world.links, Ref(WECOM, "stranger")})
    what = (NOBODY, BY_RULE, *map(Assignment, sorted(here.world.users)))
    ref, one = st.sampled_from(refs), st.sampled_from(what)
    return draw(st.dictionaries(ref, one, min_size=1, max_size=3))  # type: ignore[return-value]  # drawn


def check_a_persons_decision_is_never_undone(data: st.DataObject) -> None:
    policy = data.draw(policies())
    here = after(data.draw(_STEPS), policy)
    said = decisions(data.draw, here)
    plan, refused = here.assignments(said, policy)
    here = here.apply(plan)
    decided = {
        ref: None if one.owner is None else here.world.users[one.owner].id
        for ref, one in said.items()
        if ref not in refused and ref not in here.world.users and not one.by_rule
    }
    for steps, read, near in [({}, (), False), *data.draw(_STEPS)]:
        here = here.sync(policy, near=near, **{source: steps[source] for source in read})
        links = {ref: here.world.links[ref] for ref in decided}
        assert {ref: link.user_id for ref, link in links.items()} == decided
        assert {link.method for link in links.values()} <= {LinkMethod.MANUAL}


def check_after_a_persons_decision_a_sync_finds_nothing_to_do(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy).sync(policy, **said)
    plan, _ = here.assignments(decisions(data.draw, here), policy)
    here = here.apply(plan)
    again = [here.read(source, who) for source, who in said.items()]
    assert here.plan(again, policy).is_empty, (plan, here.plan(again, policy))


def check_what_is_refused_and_what_is_so_already_changes_nothing(data: st.DataObject) -> None:
    policy = data.draw(policies())
    here = after(data.draw(_STEPS), policy)
    said = decisions(data.draw, here)
    plan, _ = here.assignments(said, policy)
    then = here.apply(plan)
    again, refused = then.assignments(said, policy)
    assert again.changes == (), again.changes
    for ref in refused - {one.ref for one in plan.changes}:
        assert then.world.links.get(ref) == here.world.links.get(ref)


def check_an_unreadable_field_changes_nothing(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = Several().sync(policy, **said)
    fields = data.draw(st.sets(st.sampled_from(("mobile", "position", "userid", MANAGER))))
    source = data.draw(st.sampled_from(SOURCES))
    less = [
        replace(one, fields={k: v for k, v in one.fields.items() if k not in fields})
        for one in said[source]
    ]
    plan = here.plan([here.read(source, less)], policy)
    assert (plan.changes, plan.opened, plan.changed, plan.resolved) == ((), (), (), ())


def check_only_the_authority_makes_and_ends_users(data: st.DataObject) -> None:
    policy, said = replace(data.draw(policies()), creates=False), data.draw(whole())
    here = after(data.draw(_STEPS), policy)
    source = data.draw(st.sampled_from((WECOM, HR)))
    plan = here.plan([here.read(source, said[source])], policy)
    for one in plan.changes:
        assert one.entity is not Entity.USER or one.action is Action.UPDATE


def check_records_are_kept_as_they_were_read(data: st.DataObject) -> None:
    policy, said = data.draw(policies()), data.draw(whole())
    here = after(data.draw(_STEPS), policy).sync(policy, **said)
    # Whose link it will be waits for a person, where somebody known may have come under this id.
    doubted = {
        Ref(one.conflict.source, one.conflict.external_id)
        for one in here.world.conflicts
        if one.conflict.kind is ConflictKind.IDENTITY_DOUBTFUL
    }
    for source, who in said.items():
        for one in who:
            ref = Ref(source, one.external_id)
            assert here.world.records[ref].fields == one.fields
            assert (Kind.USER, ref) in here.digests
            is_told = ref in here.world.links or ref in here.world.users or ref in doubted
            assert is_told or source == CORP


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
