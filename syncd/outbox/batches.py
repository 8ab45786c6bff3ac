"""Few calls: deliveries of one content go together, up to 1,000 people, nobody twice."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

#: People that one call takes (reference, section 9.1).
PEOPLE: Final = 1000


class Addressed(Protocol):
    """What is for one person."""

    @property
    def external_id(self) -> str:
        """Return the person's id in the source."""


A = TypeVar("A", bound=Addressed)
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def batches(due: Iterable[tuple[K, A]]) -> list[tuple[K, list[A]]]:
    """Return (content, people) of each call, in the order in which they are due.

    Two messages of one content to one person are two messages: they go in two calls.
    """
    made: list[tuple[K, list[A]]] = []
    there: list[set[str]] = []
    by_content: dict[K, list[int]] = {}
    for content, one in due:
        places = by_content.setdefault(content, [])
        key = one.external_id.lower()
        for at in places:
            if len(there[at]) < PEOPLE and key not in there[at]:
                break
        else:
            at = len(made)
            made.append((content, []))
            there.append(set())
            places.append(at)
        made[at][1].append(one)
        there[at].add(key)
        if len(there[at]) == PEOPLE and at == places[0]:
            del places[0]
    return made


def halves(people: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    """Return the two halves of at least two people, the first never the smaller one."""
    middle = (len(people) + 1) // 2
    return people[:middle], people[middle:]
