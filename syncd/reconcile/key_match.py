"""Counts whom a field would link, between the authority and another source.

It is counted as if nobody were linked yet, by the rules that link people (3, 5 and 14).
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from syncd.model.fitness import Match
from syncd.reconcile.keys import SHARED, Carried, People
from syncd.reconcile.normalize import fold_userid


def compare(
    authority: Carried,
    other: Carried,
    names: tuple[Sequence[str | None], Sequence[str | None]],
    protected: Collection[int] = (),
) -> Match:
    """Return what a field would do for the records of `other`.

    Args:
        authority: Whose people are users.
        other: Whose records look for their user.
        names: What the people of both are called.
        protected: Rows of users whom no rule may link.
    """
    links: list[tuple[int, int]] = []
    overlap = ambiguous = 0
    nobodys: list[str] = []
    for key, row in other.rows.items():
        owner = authority.rows.get(key)
        overlap += owner is not None
        if row == SHARED:
            continue
        if owner is None:
            nobodys.append(key)
        elif owner == SHARED or owner in protected:
            ambiguous += 1
        else:
            links.append((owner, row))
    compared, differ = _compare_names(links, names)
    with_key = other.side.distinct - other.side.shared_values + other.side.sharing
    return Match(
        overlap_written=len(authority.written & other.written),
        overlap=overlap,
        links=len(links),
        unmatched=len(nobodys),
        duplicate_key=other.side.sharing,
        ambiguous=ambiguous,
        missing_key=other.side.people - with_key,
        names_compared=compared,
        names_differ=differ,
        near=_near(nobodys, authority.rows, other.rows),
    )


def _compare_names(
    links: Iterable[tuple[int, int]], names: tuple[Sequence[str | None], Sequence[str | None]]
) -> tuple[int, int]:
    compared = differ = 0
    for owner, row in links:
        one, other = names[0][owner], names[1][row]
        if one and other:
            compared += 1
            differ += one != other and _folded(one) != _folded(other)
    return compared, differ


def _folded(name: str) -> str:
    """Return a name without case, width and blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _near(nobodys: Iterable[str], owners: Mapping[str, int], keys: Mapping[str, int]) -> int:
    """Return how many values would be somebody's but for leading zeros and case."""
    waiting = Counter(_loosened(key) for key in nobodys)
    if not waiting:
        return 0
    free = Counter(
        _loosened(key) for key, row in owners.items() if row != SHARED and key not in keys
    )
    return sum(1 for key, n in waiting.items() if n == 1 and free.get(key) == 1)


def _loosened(key: str) -> str:
    return key.casefold().lstrip("0")


def protected_rows(people: People, protected: Collection[str]) -> frozenset[int]:
    """Return the rows of those whose folded userid is in `protected`."""
    if not protected:
        return frozenset()
    return frozenset(_rows_of(people.column("userid"), protected))


def _rows_of(userids: Iterable[str | None], protected: Collection[str]) -> Iterator[int]:
    for row, userid in enumerate(userids):
        if userid and fold_userid(userid) in protected:
            yield row
