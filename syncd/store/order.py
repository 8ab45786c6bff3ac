"""In which order new users are written where a database checks references with every row."""

from collections import defaultdict, deque

from syncd.model.change import Change
from syncd.model.directory import UserRow
from syncd.model.entry import Ref


def managers_first(changes: list[Change]) -> tuple[list[Change], frozenset[Ref]]:
    """Return the changes with every manager before the people managed, and who has to wait.

    Those who wait manage each other in a circle, or hang below one: their manager can only be
    written when all of them have a row.
    """
    new = {one.ref for one in changes if one.entity_id is None}
    below: dict[Ref, list[Change]] = defaultdict(list)
    ready: deque[Change] = deque()
    for change in changes:
        row = change.after
        manager = row.manager if isinstance(row, UserRow) else None
        if change.entity_id is None and manager in new and manager != change.ref:
            below[manager].append(change)
        else:
            ready.append(change)
    ordered: list[Change] = []
    while ready:
        change = ready.popleft()
        ordered.append(change)
        ready.extend(below.pop(change.ref, ()))
    waiting = [change for ones in below.values() for change in ones]
    return ordered + waiting, frozenset(change.ref for change in waiting)
