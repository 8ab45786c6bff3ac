"""Who is not what their record says: the people whom a full pass has to look at together.

A full pass looks at everybody, but not at everybody at once. First each part of the directory is
planned by itself, as if nothing had been read: whoever gets a step there is not what their record
says. Then these, whoever is news, and their neighbours are planned like any other neighbourhood.
What a part cannot tell by itself is looked at in any case: whoever has an open conflict or shares a
userid, and whose manager is not active as stored, when the manager is looked at.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from syncd.model.change import Entity
from syncd.model.directory import Department, DepartmentRow
from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from syncd.model.world import World
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy

#: Stands for the number of a department that is to be made.
_NO_ID: Final = 0


@dataclass(slots=True)
class Differing:
    """A search through parts; `look` at each of them, then ask for `people`."""

    source: str
    policy: Policy
    at: datetime
    #: The departments as they will be once the plan is applied (`departments_after`).
    departments: Mapping[Ref, Department]
    #: Whom a part alone cannot judge: they have an open conflict, or share a userid.
    suspects: Collection[Ref]
    #: The userids that they should have, as they are compared.
    userids: set[str] = field(default_factory=set)
    #: How many people were looked at.
    size: int = 0
    _found: set[Ref] = field(default_factory=set)
    #: Manager who is not active as stored → whose records name them.
    _waiting: dict[Ref, list[Ref]] = field(default_factory=dict)

    def look(self, people: frozenset[Ref], world: World) -> None:
        """Look at some people; `world` holds at least them and the managers they name."""
        self.size += len(people)
        part = replace(world, departments=self.departments, conflicts=())
        nothing = Reading(self.source, is_complete=False)
        plan = make_plan(part, nothing, self.policy, self.at, people=people, departments=False)
        found = {change.ref for change in plan.changes} | people.intersection(self.suspects)
        found |= {Ref(one.source, one.external_id) for one in plan.opened}
        self._found |= found
        for ref in found:
            record = world.records.get(ref)
            userid = record.fields.get("userid") if record is not None else None
            if userid:
                self.userids.add(fold_userid(userid))
        self._note_waiting(people, world)

    def people(self, news: Collection[Ref]) -> frozenset[Ref]:
        """Return who differs, and whose manager is one of them or of `news`, and was not active."""
        found = self._found.union(news)
        waiting = {one for ref in self._waiting.keys() & found for one in self._waiting[ref]}
        return frozenset(self._found | waiting)

    def _note_waiting(self, people: Collection[Ref], world: World) -> None:
        users, gone = world.users.get, world.gone
        for ref in people:
            record = world.records.get(ref)
            manager = record.fields.get(MANAGER) if record is not None else None
            if not manager or ref in gone:
                continue
            user = users((self.source, manager))  # type: ignore[call-overload]  # as good as a Ref
            if user is None or not user.row.is_active:
                self._waiting.setdefault(Ref(self.source, manager), []).append(ref)


def departments_after(
    world: World, reading: Reading, policy: Policy, at: datetime
) -> dict[Ref, Department]:
    """Return the departments as they will be once a reading is applied.

    Args:
        world: The departments with all their records; people are not needed.
        reading: What the source said.
        policy: What the administrator has decided.
        at: The time that stands in the rows for departments that are gone.
    """
    alone = replace(reading, users={})
    plan = make_plan(world, alone, policy, at, people=frozenset(), departments=True)
    found = dict(world.departments)
    for change in plan.changes:
        if change.entity is Entity.DEPARTMENT and isinstance(change.after, DepartmentRow):
            id_ = _NO_ID if change.entity_id is None else change.entity_id
            found[change.ref] = Department(id_, change.ref, change.after)
    return found
