"""A full pass: everybody is looked at, and only those are kept in view who need a decision."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from syncd.reconcile.differing import DOUBTS, Differing, departments_after
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy
from syncd.store.reader import Reader


class Measure(NamedTuple):
    """How much of the directory is in view at once."""

    #: Users that are looked at together, where no more hang together.
    part: int = 5000
    #: Where more than this share of the people differs, looking at everybody at once is less work.
    most: float = 0.5


#: Quick enough, and small beside what a snapshot takes.
MEASURE: Final = Measure()


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a full pass has to plan besides those who are news."""

    #: None for everybody.
    people: frozenset[Ref] | None
    #: The userids that they should have, as they are compared.
    userids: frozenset[str] = frozenset()
    #: How everybody's records stand, as stored (`Plan.matching`).
    matching: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def find_differing(
    store: Reader,
    readings: Collection[Reading],
    policy: Policy,
    at: datetime,
    measure: Measure = MEASURE,
) -> Found:
    """Return who is not what their record says, looking at one part of the directory after another.

    Args:
        store: What is kept.
        readings: What the sources said that were read.
        policy: What the administrator has decided.
        at: The time of the plan.
        measure: How many are looked at together, and of how many everybody is to be planned.
    """
    departments = departments_after(store.world(()), readings, policy, at)
    suspects = store.concerned(DOUBTS) | store.sharing_userids()
    search = Differing(policy, at, departments, suspects)
    sources = {policy.authority, *policy.others, *(one.source for one in readings)}
    parts = store.parts(
        sources,
        measure.part,
        telling={policy.authority, *that_tell_managers(policy)},
        by_value=policy.matching_field is not None,
    )
    for people, world in parts:
        search.look(people, world)
    if len(search.people) > search.size * measure.most:
        return Found(None)
    return Found(frozenset(search.people), frozenset(search.userids), search.matching)


def that_tell_managers(policy: Policy) -> frozenset[str]:
    """Return the sources besides the authority whose records may say who a user's manager is."""
    return policy.others if policy.creates or MANAGER in policy.prefer else frozenset()
