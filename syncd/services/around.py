"""Makes a plan from what was read: first whom it concerns, then what the store says of them."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from syncd.model.change import Plan
from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from syncd.model.world import World
from syncd.reconcile.normalize import fold_userid, matching_key
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy
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
) -> tuple[World, Plan]:
    """Return the plan of what sources have said, and what it was made from.

    Everybody is planned where one intake asks for it.
    """
    readings = [intake.reading for intake in intakes.values()]
    departments = any(intake.departments for intake in intakes.values())
    people, matched = _people(store, policy, intakes)
    world = _world(store, policy, intakes, people, matched, departments=departments)
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
    return world, plan


def _people(
    store: Store, policy: Policy, intakes: Mapping[str, Intake]
) -> tuple[frozenset[Ref] | None, frozenset[Ref]]:
    """Return whom to plan, None for everybody, and of whom of them to decide whose they are."""
    people: set[Ref] = set()
    emptied: set[Ref] = set()
    for intake in intakes.values():
        if intake.people is None:
            return None, frozenset()
        people |= intake.people
        emptied |= intake.emptied
    for source in sorted({policy.authority, *policy.others, *intakes}):
        read = intakes.get(source)
        reading = Reading(source, is_complete=False) if read is None else read.reading
        people |= around_renames(store, reading, policy.common_field)
    matched: set[Ref] = set()
    field = policy.matching_field
    if field is not None:
        matched = store.related(people, set(_keys(intakes, field)))
        people |= matched
        if policy.creates or MANAGER in policy.prefer:
            people |= store.waiting_for_any([ref for ref in matched if ref.source in policy.others])
    people |= store.expand(people, emptied)
    return frozenset(people), frozenset(matched)


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
    people: Collection[Ref] | None,
    matched: Collection[Ref],
    *,
    departments: bool,
) -> World:
    """Return what the plan may depend on: the people, and whom their new records name."""
    if people is None:
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
        known = store.people_records([ref for ref in matched if ref.source in policy.others])
        userids |= {record.fields.get("userid") for record in known.values()}
    return store.world(
        people,
        extra_managers=managers,
        userid_keys=[fold_userid(userid) for userid in userids if userid],
        departments_records=departments,
    )
