"""What follows when a person says who a doubted record is (rules 10 and 11).

The record came in the place of one that went, and waits. Either it is the same person, and owns
the user from now on as after a rekey, or it is somebody new, and makes a user of its own. Or the
record is the old one with another name: then the user is active again, or gives the record up.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.conflict import OpenConflict
from syncd.model.directory import Link, LinkMethod, LinkRow
from syncd.model.entry import Ref
from syncd.model.world import World
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy


def plan_same_person(
    world: World,
    new: Ref,
    former: Ref,
    policy: Policy,
    at: datetime,
    *,
    people: Collection[Ref],
) -> Plan:
    """Return what makes a record the owner of the user of another one.

    Args:
        world: What the store holds around `people`.
        new: The record that waits.
        former: The record of the same source that owns the user.
        policy: What the administrator has decided about reconciling; a protected user is one whom
            a person may link.
        at: When it is decided.
        people: Both, and everybody whose row may depend on whether the user is active.
    """
    nobody = replace(policy, limits=replace(policy.limits, protected=frozenset()))
    reading = Reading(new.source, renames={former.external_id: new.external_id}, is_complete=False)
    will = make_plan(world, reading, nobody, at, people=frozenset(people), departments=False)
    plan = _besides(will, _as_it_is(world, new, policy, at, people))
    cause = Cause("same_by_hand", (("former", str(former)),))
    return replace(plan, changes=tuple(_linked_by_hand(one, cause) for one in plan.changes))


def plan_known_person(
    world: World, ref: Ref, policy: Policy, at: datetime, *, people: Collection[Ref]
) -> Plan:
    """Return what makes a user active again whose record came back with another name."""
    reading = Reading(ref.source, same=frozenset({ref.external_id}), is_complete=False)
    will = make_plan(world, reading, policy, at, people=frozenset(people), departments=False)
    plan = _besides(will, _as_it_is(world, ref, policy, at, people))
    cause = Cause("same_by_hand")
    changes = tuple(
        one._replace(cause=cause) if one.entity is Entity.USER and one.ref == ref else one
        for one in plan.changes
        if not (one.entity is Entity.LINK and one.ref == ref)
    )
    return replace(plan, changes=(*changes, *_made_manual(world.links.get(ref), ref, cause)))


def plan_new_person(
    world: World,
    new: Ref,
    doubt: OpenConflict,
    policy: Policy,
    at: datetime,
    *,
    people: Collection[Ref],
) -> Plan:
    """Return what makes a user of a record that waits because of `doubt`; else as above.

    Where the record is the one of a user who is gone, that user gives it up.
    """
    without = tuple(one for one in world.conflicts if one.id != doubt.id)
    then = replace(world, conflicts=without)
    others = frozenset({new.external_id})
    reading = Reading(new.source, others=others, is_complete=False)
    will = make_plan(then, reading, policy, at, people=frozenset(people), departments=False)
    plan = _besides(will, _as_it_is(world, new, policy, at, people))
    cause = Cause("new_by_hand")
    return replace(
        plan,
        changes=tuple(
            one._replace(cause=cause) if one.ref == new and one.before is None else one
            for one in plan.changes
        ),
        resolved=(*plan.resolved, doubt),
    )


def _as_it_is(
    world: World, new: Ref, policy: Policy, at: datetime, people: Collection[Ref]
) -> Plan:
    """Return what the next sync would do anyway, which is left to it."""
    reading = Reading(new.source, is_complete=False)
    return make_plan(world, reading, policy, at, people=frozenset(people), departments=False)


def _besides(will: Plan, was: Plan) -> Plan:
    return replace(
        will,
        changes=tuple(one for one in will.changes if one not in was.changes),
        records=tuple(one for one in will.records if one not in was.records),
        opened=tuple(one for one in will.opened if one not in was.opened),
        changed=tuple(one for one in will.changed if one not in was.changed),
        resolved=tuple(one for one in will.resolved if one not in was.resolved),
    )


def _linked_by_hand(change: Change, cause: Cause) -> Change:
    if change.entity is Entity.LINK and change.action is Action.REKEY:
        return change._replace(after=LinkRow(change.ref, LinkMethod.MANUAL), cause=cause)
    return change


def _made_manual(link: Link | None, ref: Ref, cause: Cause) -> Iterator[Change]:
    """Yield the step that makes the owner's link a person's decision."""
    key_value = link.key_value if link is not None else None
    after = LinkRow(ref, LinkMethod.MANUAL, key_value)
    if link is None or link.user_id is None:  # another hand has deleted it, or emptied it
        before = LinkRow(None, link.method, key_value) if link is not None else None
        number = link.id if link is not None else None
        yield Change(Entity.LINK, Action.LINK, ref, None, number, before, after, cause)
    elif link.method is not LinkMethod.MANUAL:
        before = LinkRow(ref, link.method, key_value)
        yield Change(Entity.LINK, Action.UPDATE, ref, None, link.id, before, after, cause)
