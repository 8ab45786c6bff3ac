"""What follows when a person says whose records are (rules 3 and 4).

Each record is said to be a user's, nobody's, or to be left to the rules again::

    the record                                    a user's      nobody's     left to the rules
    is not known                                  refused       refused      refused
    owns a user                                   refused       refused      refused
    is the authority's, and has no user           refused       refused      refused
    is gone from its source                       refused       manual       the link ends
    is another user's                             refused       manual       as the rules say
    of its source, the user has another one       refused       -            -
    else                                          manual        manual       as the rules say

What a person has said outranks every rule and survives every run: `correlate` asks no further where
a link is `manual`, with a user or without one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from syncd.model.change import Action, Cause, Change, Entity, Plan, RecordWrite
from syncd.model.conflict import Conflict
from syncd.model.directory import Link, LinkMethod, LinkRow
from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.model.surrender import is_surrendered
from syncd.model.world import World
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.plan import make_plan
from syncd.reconcile.settings import Policy

T = TypeVar("T")
_LINKED: Final = Cause("linked_by_hand")
_UNLINKED: Final = Cause("unlinked_by_hand")
_AGAIN: Final = Cause("left_to_rules")


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a person says of a record."""

    #: The record that owns the user; None for nobody, or where the rules are to say it.
    owner: Ref | None = None
    by_rule: bool = False


NOBODY: Final = Assignment()
BY_RULE: Final = Assignment(by_rule=True)


class Obstacle(StrEnum):
    """Why a record cannot be assigned so."""

    UNKNOWN = "unknown"
    OWN = "own"
    OF_AUTHORITY = "of_authority"
    GONE = "gone"
    TAKEN = "taken"
    HAS_ANOTHER = "has_another"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An assignment that is not carried out, and who is in the way."""

    obstacle: Obstacle
    #: The record that owns the user concerned: the record's own, or the one that has it.
    owner: Ref | None = None
    #: The record that the user has already.
    other: Ref | None = None


class Desk:
    """Judges what a person says, all that is said at once."""

    def __init__(
        self, world: World, said: Mapping[Ref, Assignment], policy: Policy, *, also: bool
    ) -> None:
        """Begin.

        Args:
            world: What the store holds around the records and users of `said`.
            said: Record → what a person says of it.
            policy: What the administrator has decided about reconciling.
            also: Whether a user may have several records of one source.
        """
        self._world, self._said, self._policy, self._also = world, said, policy, also
        self._owners = owners_of(world)
        #: Source and owner → records of the source that the user will have.
        self._records: dict[tuple[str, Ref], set[Ref]] = defaultdict(set)
        done = {ref: one.owner for ref, one in said.items() if self._bar(ref) is None}
        for ref in {*world.links, *done} - world.gone:
            owner = done[ref] if ref in done else self._owner(ref)
            if owner is not None:
                self._records[ref.source, owner].add(ref)

    def is_so_already(self, ref: Ref) -> bool:
        """Return whether the store says of a record what the person says."""
        said, link = self._said[ref], self._world.links.get(ref)
        if ref in self._world.users:
            return said.owner == ref
        is_manual = link is not None and link.method is LinkMethod.MANUAL
        if said.by_rule:
            return not is_manual and ref in self._world.records
        return is_manual and self._owner(ref) == said.owner

    def refusal(self, ref: Ref) -> Refusal | None:
        """Return what is in the way, None for nothing."""
        barred, owner = self._bar(ref), self._said[ref].owner
        if barred is not None or owner is None or self._also:
            return barred
        others = self._records[ref.source, owner] - {ref}
        return Refusal(Obstacle.HAS_ANOTHER, owner, min(others)) if others else None

    def _bar(self, ref: Ref) -> Refusal | None:
        """Return what is in the way whatever else is said."""
        said, world = self._said[ref], self._world
        if ref in world.users or is_surrendered(ref.external_id):
            return Refusal(Obstacle.OWN, ref)
        if ref not in world.records and ref not in world.links:
            return Refusal(Obstacle.UNKNOWN)
        if ref.source == self._policy.authority:
            return Refusal(Obstacle.OF_AUTHORITY)
        return None if said.owner is None else self._bar_from(ref, said.owner)

    def _bar_from(self, ref: Ref, owner: Ref) -> Refusal | None:
        """Return why a record cannot be a user's."""
        if ref in self._world.gone or ref not in self._world.records:
            return Refusal(Obstacle.GONE)
        has = self._owner(ref)
        return Refusal(Obstacle.TAKEN, has) if has is not None and has != owner else None

    def _owner(self, ref: Ref) -> Ref | None:
        link = self._world.links.get(ref)
        return None if link is None or link.user_id is None else self._owners.get(link.user_id)


def owners_of(world: World) -> dict[int, Ref]:
    """Return the record that owns each user."""
    return {user.id: ref for ref, user in world.users.items()}


def plan_assignments(
    world: World,
    said: Mapping[Ref, Assignment],
    policy: Policy,
    at: datetime,
    *,
    people: Collection[Ref],
    matched: Collection[Ref],
) -> Plan:
    """Return what is to be written, with what follows for everybody else.

    Args:
        world: What the store holds around `people`.
        said: Record → what a person says of it; nothing of it is refused.
        policy: What the administrator has decided about reconciling.
        at: When it is decided.
        people: The records, their users of before and after, and everybody who depends on them.
        matched: Of these it is decided whose they are; see `make_plan`.
    """
    owners = owners_of(world)
    steps = {
        ref: _step(world, ref, one, owners, policy.matching_field)
        for ref, one in sorted(said.items())
    }
    links = dict(world.links)
    for ref, one in steps.items():
        links[ref] = _linked(world, one)
    was, will = (
        make_plan(
            each,
            (),
            policy,
            at,
            people=frozenset(people),
            matched=frozenset(matched),
            departments=False,
        )
        for each in (world, replace(world, links=links))
    )
    plan = besides(will, was)
    return replace(plan, changes=tuple(_together(steps, plan.changes)))


def besides(will: Plan, was: Plan) -> Plan:
    """Return what of a plan is not done anyway by another one, which is left to the next sync."""
    return replace(
        will,
        changes=_without(will.changes, was.changes, _of_change),
        records=_without(will.records, was.records, _of_record),
        opened=_without(will.opened, was.opened, _of_conflict),
        changed=_without(will.changed, was.changed, lambda one: _of_conflict(one[1])),
        resolved=_without(will.resolved, was.resolved, lambda one: one.id),
    )


def _without(steps: Sequence[T], others: Sequence[T], key: Callable[[T], object]) -> tuple[T, ...]:
    """Return the steps that are not among the others, which have one of a key each."""
    known = {key(one): one for one in others}
    return tuple(one for one in steps if known.get(key(one)) != one)


def _of_change(one: Change) -> object:
    return one.entity, one.action, one.ref, one.department


def _of_record(one: RecordWrite) -> object:
    return one.kind, one.record.source, one.record.external_id


def _of_conflict(one: Conflict) -> object:
    return one.key


def _step(
    world: World, ref: Ref, said: Assignment, owners: Mapping[int, Ref], field: str | None
) -> Change:
    """Return the step that writes what a person says of one record."""
    link, before = world.links.get(ref), None
    if link is not None:
        user = None if link.user_id is None else owners.get(link.user_id)
        before = LinkRow(user, link.method, link.key_value)
    method = LinkMethod.COMMON_FIELD if said.by_rule else LinkMethod.MANUAL
    after = LinkRow(said.owner, method, _key(world.records.get(ref), field))
    cause = _AGAIN if said.by_rule else _LINKED if said.owner is not None else _UNLINKED
    number = None if link is None else link.id
    return Change(Entity.LINK, _action(before, after), ref, None, number, before, after, cause)


def _key(record: UserRecord | None, field: str | None) -> str | None:
    if record is None or field is None:
        return None
    return matching_key(field, record.fields.get(field))


def _action(before: LinkRow | None, after: LinkRow) -> Action:
    if before is None:
        return Action.CREATE if after.user is None else Action.LINK
    if before.user == after.user:
        return Action.UPDATE
    return Action.UNLINK if after.user is None else Action.LINK


def _linked(world: World, step: Change) -> Link:
    after = step.after
    if not isinstance(after, LinkRow):
        raise TypeError("a step of an assignment has a link's row")
    user = None if after.user is None else world.users[after.user].id
    return Link(step.entity_id or 0, step.ref, user, after.method, after.key_value)


def _together(steps: Mapping[Ref, Change], followers: Collection[Change]) -> Iterator[Change]:
    """Yield what a person says first; where the rules go on from there, both are one step."""
    of_link = {one.ref: one for one in followers if one.entity is Entity.LINK}
    for ref, step in steps.items():
        then = of_link.get(ref)
        yield step if then is None else _and_then(step, then)
    for one in followers:
        if one.entity is not Entity.LINK or one.ref not in steps:
            yield one


def _and_then(step: Change, then: Change) -> Change:
    if not isinstance(step.before, LinkRow) or not isinstance(then.after, LinkRow):
        return step._replace(
            action=Action.UNLINK, after=None
        )  # the record is gone, and so its link
    action = _action(step.before, then.after)
    cause = step.cause if then.after.user is None else then.cause
    return step._replace(action=action, after=then.after, cause=cause)
