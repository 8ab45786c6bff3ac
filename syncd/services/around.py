"""Makes a plan from what was read: first whom it concerns, then what the store says of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.model.change import Plan
from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from syncd.model.source import SourceState
from syncd.model.world import World
from syncd.observe.memory import give_memory_back
from syncd.reconcile.differing import Outcomes, add_outcomes, as_stored
from syncd.reconcile.naming import naming
from syncd.reconcile.normalize import fold_userid, matching_key
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy
from syncd.services.full_pass import (
    MEASURE,
    Measure,
    find_differing,
    that_tell_managers,
)
from syncd.services.intake import Intake
from syncd.services.renames import around_renames
from syncd.store.store import Store


def plan_for(
    store: Store,
    policy: Policy,
    intakes: Mapping[str, Intake],
    at: datetime,
    *,
    is_new_field: bool,
    measure: Measure = MEASURE,
) -> tuple[World, Plan]:
    """Return the plan of what sources have said, and what it was made from.

    Everybody is planned where one intake asks for it; a full pass looks at as many at once as
    `measure` says.
    """
    readings = [intake.reading for intake in intakes.values()]
    departments = any(intake.departments for intake in intakes.values())
    near = _near(store, policy, intakes, at, measure)
    people, matched = near.people, near.matched
    world = _world(store, policy, intakes, near, departments=departments)
    plan = make_plan(
        world,
        readings,
        policy,
        at,
        people=people,
        matched=matched,
        departments=departments,
        is_new_field=is_new_field,
    )
    if people is None:
        give_memory_back()
    elif near.outcomes:
        before = as_stored(world, policy, at, people, matched)
        plan = replace(plan, matching=_of_everybody(near.outcomes, before, plan))
    return world, plan


def _of_everybody(
    outcomes: Mapping[str, Mapping[str, int]], before: Plan, plan: Plan
) -> Mapping[str, Mapping[str, int]]:
    """Return how everybody's records stand, once a plan is applied.

    Args:
        outcomes: How everybody's stand as stored.
        before: What was found of the people of the plan, as stored.
        plan: What it makes of them.
    """
    found: Outcomes = {}
    add_outcomes(found, outcomes)
    add_outcomes(found, before.matching, sign=-1)
    add_outcomes(found, plan.matching)
    return {source: dict(+counts) for source, counts in found.items() if +counts}


@dataclass(frozen=True, slots=True)
class Near:
    """Whom a plan is about."""

    #: Whom to plan; None for everybody.
    people: frozenset[Ref] | None = None
    #: Of whom of them to decide whose they are.
    matched: frozenset[Ref] = frozenset()
    #: The userids, as they are compared, that people should have of whom nothing is news.
    userids: frozenset[str] = frozenset()
    #: In a full pass, how everybody's records stand as stored (`Plan.matching`).
    outcomes: Mapping[str, Mapping[str, int]] | None = None


def _near(
    store: Store,
    policy: Policy,
    intakes: Mapping[str, Intake],
    at: datetime,
    measure: Measure,
) -> Near:
    """Return whom to plan, and of whom of them to decide whose they are."""
    first = _first(store, policy, intakes, at, measure)
    if first.people is None:
        return first
    people, matched = set(first.people), set[Ref]()
    for source in sorted({policy.authority, *policy.others, *intakes}):
        read = intakes.get(source)
        reading = Reading(source, is_complete=False) if read is None else read.reading
        people |= around_renames(store, reading, policy.common_field)
    field = policy.matching_field
    if field is not None:
        matched = store.related(people, set(_keys(intakes, field)))
        people |= matched
    people |= store.expand(people, {ref for one in intakes.values() for ref in one.emptied})
    people |= _naming(store, policy, intakes, people)
    return replace(first, people=frozenset(people), matched=frozenset(matched))


def _first(
    store: Store,
    policy: Policy,
    intakes: Mapping[str, Intake],
    at: datetime,
    measure: Measure,
) -> Near:
    """Return of whom something is news, and in a full pass who is not what their record says."""
    people: frozenset[Ref] = frozenset()
    for intake in intakes.values():
        if intake.people is None:
            return Near()
        people |= intake.people
    if not _is_full(intakes):
        return Near(people)
    readings = [one.reading for one in intakes.values()]
    found = find_differing(store, readings, policy, at, measure)
    if found.people is None:
        return Near()
    return Near(people | found.people, userids=found.userids, outcomes=found.matching)


def _is_full(intakes: Mapping[str, Intake]) -> bool:
    return any(intake.is_full for intake in intakes.values())


def is_new_field(policy: Policy, states: Mapping[str, SourceState]) -> bool:
    """Return whether what the store holds was never matched by the common field of now.

    A store that holds nothing yet was not matched by another one either.
    """
    field = policy.matching_field
    loaded = [state for state in states.values() if state.first_loaded_at is not None]
    return field is not None and any(state.key_field != field for state in loaded)


def around_decision(store: Store, policy: Policy, refs: Collection[Ref]) -> tuple[Near, World]:
    """Return whom a person's decision about some records concerns, and what the store says of them.

    Where what is stored was never matched by the common field of now, it is matched by the next
    sync, and looked at by a person before; until then a decision moves no links but its own.
    """
    matched = set(refs)
    for source in sorted({policy.authority, *policy.others}):  # whoever is doubted stays doubted
        nothing = Reading(source, is_complete=False)
        matched |= around_renames(store, nothing, policy.common_field)
    if policy.matching_field is not None and not is_new_field(policy, store.source_states()):
        matched = store.related(refs, ())
        decided = frozenset(matched)
    else:
        decided = frozenset()
    people = frozenset(store.expand(matched) | with_waiting(store, policy, matched))
    userids: set[str] = set()
    if "userid" in policy.prefer:  # a record that finds its user may bring another userid
        known = store.people_records([ref for ref in matched if ref.source in policy.others])
        found = {record.fields.get("userid") for record in known.values()}
        userids = {fold_userid(userid) for userid in found if userid}
    world = store.world(people, userid_keys=userids, departments_records=False)
    return Near(people, decided), world


def with_waiting(store: Store, policy: Policy, people: Collection[Ref]) -> set[Ref]:
    """Return some people, and whoever names one of them, by any record of theirs, as the manager.

    For a person's decision, which comes with no reading.
    """
    others = that_tell_managers(policy)
    managers = {*people, *(store.of_same_users(people) if others else ())}
    tell = [ref for ref in managers if ref.source not in policy.others or ref.source in others]
    found = store.waiting_for_any(tell)
    return {*people, *found, *_users_of(store, found, others)}


def _naming(
    store: Store, policy: Policy, intakes: Mapping[str, Intake], people: Collection[Ref]
) -> set[Ref]:
    """Return whose records name one of these people as the manager.

    A source that was not read may tell it too: by another's reading its person may have become a
    user's, and a full pass may put a user back.
    """
    others = that_tell_managers(policy)
    found: set[Ref] = set()
    for source, intake in intakes.items():
        if source not in policy.others or source in others:
            near = {ref.external_id for ref in people if ref.source == source}
            if near and intake.kept is None:
                found |= store.waiting_for_any([Ref(source, id_) for id_ in near])
            elif near:
                found |= {Ref(source, id_) for id_ in naming(intake.kept or {}, near)}
    unread = others - intakes.keys()
    if _is_full(intakes):
        unread |= {policy.authority} - intakes.keys()
    if unread:
        found |= store.waiting_for_any([ref for ref in people if ref.source in unread])
    return found | _users_of(store, found, others)


def _users_of(store: Store, refs: Collection[Ref], others: Collection[str]) -> set[Ref]:
    of_others = [ref for ref in refs if ref.source in others]
    return store.of_same_users(of_others) if of_others else set()


def _keys(intakes: Mapping[str, Intake], field: str) -> Iterator[str]:
    """Yield the values of the common field that were read."""
    for intake in intakes.values():
        for record in intake.reading.users.values():
            key = matching_key(field, record.fields.get(field))
            if key is not None:
                yield key


def _world(
    store: Store,
    policy: Policy,
    intakes: Mapping[str, Intake],
    near: Near,
    *,
    departments: bool,
) -> World:
    """Return what the plan may depend on: the people, and whom their new records name."""
    if near.people is None:
        return store.world(None, departments_records=departments)
    managers: set[Ref] = set()
    userids: set[str | None] = set()
    for source, intake in intakes.items():
        for record in intake.reading.users.values():
            manager = record.fields.get(MANAGER)
            if manager:
                managers.add(Ref(source, manager))
            userids.add(record.fields.get("userid"))
    if "userid" in policy.prefer:  # a record that finds its user now may bring another userid
        known = store.people_records([ref for ref in near.matched if ref.source in policy.others])
        userids |= {record.fields.get("userid") for record in known.values()}
    return store.world(
        near.people,
        extra_managers=managers,
        userid_keys=near.userids.union(fold_userid(userid) for userid in userids if userid),
        departments_records=departments,
    )
