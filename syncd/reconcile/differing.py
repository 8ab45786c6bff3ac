"""Who is not what their record says: the people whom a full pass has to look at together.

A full pass looks at everybody, but not at everybody at once. First each part of the directory is
planned by itself, as if nothing had been read: whoever gets a step there is not what their record
says. Then these, whoever is news, and their neighbours are planned like any other neighbourhood.
A part has all whose records hang together by a user or a value of the common field. What it cannot
tell by itself is looked at in any case: whoever shares a userid, and whose identity is in doubt.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from syncd.model.change import Entity, Plan
from syncd.model.conflict import ConflictKind
from syncd.model.directory import Department, DepartmentRow
from syncd.model.entry import Ref
from syncd.model.world import World
from syncd.reconcile.correlate import KEY_KINDS
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy

#: What may be wrong with people of whom a part alone cannot judge it.
DOUBTS: Final = frozenset({ConflictKind.IDENTITY_DOUBTFUL, ConflictKind.USERID_TAKEN})
#: Stands for the number of a department that is to be made.
_NO_ID: Final = 0

#: Source → outcome → number of records (`Plan.matching`).
Outcomes = dict[str, Counter[str]]


@dataclass(slots=True)
class Differing:
    """A search through parts: `look` at each of them; `people` are who was found."""

    policy: Policy
    at: datetime
    #: The departments as they will be once the plan is applied (`departments_after`).
    departments: Mapping[Ref, Department]
    #: Whom a part alone cannot judge: they have a conflict of `DOUBTS`, or share a userid.
    suspects: Collection[Ref]
    people: set[Ref] = field(default_factory=set)
    #: The userids that they should have, as they are compared.
    userids: set[str] = field(default_factory=set)
    #: How many people were looked at.
    size: int = 0
    #: How their records stand, as stored.
    matching: Outcomes = field(default_factory=dict)

    def look(self, people: frozenset[Ref], world: World) -> None:
        """Look at some people; `world` holds at least them and the managers they name."""
        self.size += len(people)
        plan = as_stored(replace(world, departments=self.departments), self.policy, self.at, people)
        add_outcomes(self.matching, plan.matching)
        conflicts = (
            *plan.opened,
            *(after for _, after in plan.changed),
            *(one.conflict for one in plan.resolved),
        )
        found = {change.ref for change in plan.changes} | people.intersection(self.suspects)
        found |= {Ref(one.source, one.external_id) for one in conflicts}
        self.people |= found
        for ref in found:
            record = world.records.get(ref)
            userid = record.fields.get("userid") if record is not None else None
            if userid:
                self.userids.add(fold_userid(userid))


def as_stored(
    world: World,
    policy: Policy,
    at: datetime,
    people: frozenset[Ref],
    matched: frozenset[Ref] | None = None,
) -> Plan:
    """Return the plan for some people as if nothing had been read.

    Of all of them it is decided whose they are, or of those who are `matched`.
    """
    matched = people if matched is None else matched
    conflicts = tuple(one for one in world.conflicts if one.conflict.kind in KEY_KINDS)
    return make_plan(
        replace(world, conflicts=conflicts),
        Reading(policy.authority, is_complete=False),
        policy,
        at,
        people=people,
        matched=matched,
        departments=False,
    )


def add_outcomes(
    outcomes: Outcomes, more: Mapping[str, Mapping[str, int]], *, sign: int = 1
) -> None:
    """Count how records stand; with `sign` -1, count them no more."""
    for source, counts in more.items():
        found = outcomes.setdefault(source, Counter())
        for outcome, number in counts.items():
            found[outcome] += sign * number


def departments_after(
    world: World, readings: Collection[Reading], policy: Policy, at: datetime
) -> dict[Ref, Department]:
    """Return the departments as they will be once readings are applied.

    Args:
        world: The departments with all their records; people are not needed.
        readings: What the sources said.
        policy: What the administrator has decided.
        at: The time that stands in the rows for departments that are gone.
    """
    alone = [replace(reading, users={}) for reading in readings]
    plan = make_plan(world, alone, policy, at, people=frozenset(), departments=True)
    found = dict(world.departments)
    for change in plan.changes:
        if change.entity is Entity.DEPARTMENT and isinstance(change.after, DepartmentRow):
            id_ = _NO_ID if change.entity_id is None else change.entity_id
            found[change.ref] = Department(id_, change.ref, change.after)
    return found
