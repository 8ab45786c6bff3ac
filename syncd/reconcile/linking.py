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
from syncd.reconcile.assigning import besides
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
    matched: Collection[Ref] = (),
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
        matched: Of these it is decided whose they are: of whoever has the value of one of them.
    """
    renames = {former.external_id: new.external_id}
    reading = Reading(new.source, renames=renames, is_renamed_by_hand=True, is_complete=False)
    plan = _what_follows(world, world, reading, policy, at, people=people, matched=matched)
    cause = Cause("same_by_hand", (("former", str(former)),))
    return replace(plan, changes=tuple(_linked_by_hand(one, cause) for one in plan.changes))


def plan_known_person(
    world: World,
    ref: Ref,
    policy: Policy,
    at: datetime,
    *,
    people: Collection[Ref],
    matched: Collection[Ref] = (),
) -> Plan:
    """Return what makes a user active again whose record came back with another name."""
    reading = Reading(ref.source, same=frozenset({ref.external_id}), is_complete=False)
    plan = _what_follows(world, world, reading, policy, at, people=people, matched=matched)
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
    matched: Collection[Ref] = (),
) -> Plan:
    """Return what makes a user of a record that waits because of `doubt`; else as above.

    Where the record is the one of a user who is gone, that user gives it up.
    """
    without = tuple(one for one in world.conflicts if one.id != doubt.id)
    then = replace(world, conflicts=without)
    others = frozenset({new.external_id})
    reading = Reading(new.source, others=others, is_complete=False)
    plan = _what_follows(world, then, reading, policy, at, people=people, matched=matched)
    cause = Cause("new_by_hand")
    return replace(
        plan,
        changes=tuple(
            one._replace(cause=cause) if one.ref == new and one.before is None else one
            for one in plan.changes
        ),
        resolved=(*plan.resolved, doubt),
    )


def _what_follows(
    world: World,
    then: World,
    reading: Reading,
    policy: Policy,
    at: datetime,
    *,
    people: Collection[Ref],
    matched: Collection[Ref],
) -> Plan:
    """Return what a decision changes besides what the next sync would do anyway."""
    nothing = Reading(reading.source, is_complete=False)
    was, will = (
        make_plan(
            each,
            said,
            policy,
            at,
            people=frozenset(people),
            matched=frozenset(matched),
            departments=False,
        )
        for each, said in ((world, nothing), (then, reading))
    )
    return besides(will, was)


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
