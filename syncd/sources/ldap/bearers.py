"""How many carry each attribute, kept up to date by readings of changes; pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from syncd.sources.ldap.memory import Memory

#: So many must be known to carry an attribute: of fewer, one more change decides whether it is
#: cleared or withheld (`Memory`).
_SURE: Final = 2


@dataclass(frozen=True, slots=True)
class Bearers:
    """What is known of who carries what."""

    memory: Memory
    #: Attribute → how many carry it at least.
    least: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reading of changes has seen."""

    #: Of those who were read: how many carry each attribute.
    carried: Counter[str]
    #: How many were read, and how many have gone.
    read: int
    gone: int


def counted(
    before: Bearers, seen: Seen, attributes: Iterable[str], count: Callable[[str], int]
) -> Bearers | None:
    """Return who carries what now; None where only a complete reading can tell.

    Whoever was read without an attribute may have lost it, and so may whoever has gone. An
    attribute that few are left with is counted again: where nobody carries it any more, it may be
    withheld, and where somebody carries it for the first time, it is empty for all others.
    """
    least, stored = dict(before.least), dict(before.memory.carriers)
    empty = set(before.memory.empty)
    for attribute in sorted(attributes):
        having = seen.carried[attribute]
        lost = seen.read - having + seen.gone
        known = least.get(attribute, 0)
        if (not known and not having) or not (having or lost):
            continue
        least[attribute] = known - lost
        if least[attribute] >= _SURE and stored.get(attribute, 0) >= _SURE:
            continue
        if attribute not in before.memory.readable:
            return None
        least[attribute] = stored[attribute] = count(attribute)
        if not stored[attribute]:
            return None
        empty.discard(attribute)
    return Bearers(replace(before.memory, carriers=stored, empty=frozenset(empty)), least)
