"""What follows when an administrator disables or enables a user (rule 10).

The consequences for others are what the planner would make of it: no other rule for them exists,
so the next sync finds nothing left to do.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.directory import UserRow
from syncd.model.entry import Ref
from syncd.model.world import World
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy

_DISABLED = Cause("admin_disabled")
_ENABLED = Cause("admin_enabled")
_REFERENCE = Cause("reference")


def plan_disabling(
    world: World, owner: Ref, policy: Policy, at: datetime, *, people: Collection[Ref]
) -> Plan:
    """Return what makes an administrator's no of a user, and what follows for others.

    Args:
        world: What the store holds around `people`.
        owner: The record that owns the user.
        policy: What the administrator has decided about reconciling.
        at: Since when the user is disabled.
        people: The owner, and everybody whose row may depend on whether the user is active.
    """
    return _switch(world, owner, policy, at, frozenset(people), disabled_at=at)


def plan_enabling(
    world: World, owner: Ref, policy: Policy, at: datetime, *, people: Collection[Ref]
) -> Plan:
    """Return what takes an administrator's no back; other reasons stay with their owners."""
    return _switch(world, owner, policy, at, frozenset(people), disabled_at=None)


def _switch(
    world: World,
    owner: Ref,
    policy: Policy,
    at: datetime,
    people: frozenset[Ref],
    *,
    disabled_at: datetime | None,
) -> Plan:
    user = world.users[owner]
    row = user.row._replace(admin_disabled_at=disabled_at, astray=())
    then = replace(world, users={**world.users, owner: replace(user, row=row)})
    reading = Reading(owner.source, is_complete=False)
    was, will = (
        make_plan(one, reading, policy, at, people=people, departments=False)
        for one in (world, then)
    )
    followers = dict(_followers(then, was, will))
    row = followers.pop(owner, row)  # some people are their own managers
    cause = _ENABLED if disabled_at is None else _DISABLED
    step = Change(Entity.USER, _action(user.row, row), owner, None, user.id, user.row, row, cause)
    return Plan(
        changes=(step, *_updates(world, followers)),
        records=tuple(
            one
            for one in will.records
            if Ref(one.record.source, one.record.external_id) in {owner, *followers}
        ),
        opened=tuple(one for one in will.opened if one not in was.opened),
        changed=tuple(one for one in will.changed if one not in was.changed),
        resolved=tuple(one for one in will.resolved if one not in was.resolved),
    )


def _action(before: UserRow, after: UserRow) -> Action:
    if before.is_active == after.is_active:
        return Action.UPDATE
    return Action.REACTIVATE if after.is_active else Action.DEACTIVATE


def _followers(then: World, was: Plan, will: Plan) -> Iterator[tuple[Ref, UserRow]]:
    """Yield the rows that should be other ones because of the switch, as they should be.

    What a row should be besides, for instance because another hand has changed it, is left to
    the next sync.
    """
    before, after = _desired(was), _desired(will)
    for ref in sorted(before.keys() | after.keys()):
        row = then.users[ref].row
        old, new = before.get(ref, row), after.get(ref, row)
        moved = {
            name: value
            for name, value in new._asdict().items()
            if value != getattr(old, name) and name != "astray"
        }
        if moved:
            yield ref, row._replace(**moved, astray=())


def _desired(plan: Plan) -> Mapping[Ref, UserRow]:
    return {
        one.ref: one.after
        for one in plan.changes
        if one.entity is Entity.USER and one.before is not None and isinstance(one.after, UserRow)
    }


def _updates(world: World, followers: Mapping[Ref, UserRow]) -> Iterator[Change]:
    for ref, after in followers.items():
        user = world.users[ref]
        if user.row != after:
            yield Change(
                Entity.USER, Action.UPDATE, ref, None, user.id, user.row, after, _REFERENCE
            )
