"""A full pass: everybody is looked at, and only those are kept in view who need a decision."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from syncd.model.entry import Ref
from syncd.reconcile.differing import Differing, departments_after
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy
from syncd.store.reader import Reader

#: Quick enough, and small beside what a snapshot takes.
_PART: Final = 5000
#: Where more differ, looking at everybody at once is less work.
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a full pass has to plan besides those who are news."""

    #: None for everybody.
    people: frozenset[Ref] | None
    #: The userids that they should have, as they are compared.
    userids: frozenset[str]


def find_differing(
    store: Reader,
    reading: Reading,
    policy: Policy,
    at: datetime,
    news: Collection[Ref],
    *,
    part: int = _PART,
    most: float = _MOST,
) -> Found:
    """Return who is not what their record says, looking at one part of a source after the other.

    Args:
        store: What is kept.
        reading: What the source said.
        policy: What the administrator has decided.
        at: The time of the plan.
        news: Who is planned in any case.
        part: People that are looked at together.
        most: Where more than this share of the people differs, everybody is to be planned.
    """
    source = reading.source
    departments = departments_after(store.world(()), reading, policy, at)
    conflicts = (one.open.conflict for one in store.conflicts())
    suspects = {Ref(source, one.external_id) for one in conflicts if one.source == source}
    search = Differing(source, policy, at, departments, suspects | store.sharing_userids())
    for people, world in store.parts(source, part):
        search.look(people, world)
    found = search.people(news)
    if len(found) > search.size * most:
        return Found(None, frozenset())
    return Found(found, frozenset(search.userids))
