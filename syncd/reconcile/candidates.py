"""Finds whom a record that belongs to nobody may be, for a person to decide.

By the mobile number and by the name, whatever the common field is: names are no key, and what is
found here settles nothing.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from syncd.model.conflict import ConflictKind
from syncd.model.entry import Ref
from syncd.reconcile.normalize import canonical

#: More than so many people of one name are of no help to anybody.
MOST: Final = 5
#: Conflicts that keep a record from a user, and of which a person may say whose it is.
KINDS: Final = frozenset(
    {ConflictKind.DUPLICATE_KEY, ConflictKind.AMBIGUOUS, ConflictKind.MISSING_KEY}
)
#: What is compared, the surest first.
COMPARED: Final = ("mobile", "name")


class Known(NamedTuple):
    """A user who is active, as far as it is compared."""

    id: int
    userid: str | None
    name: str
    mobile: str | None


class Candidate(NamedTuple):
    """A user who may be meant."""

    user: Known
    #: What is the same, of `COMPARED`.
    by: tuple[str, ...]
    #: The record of the same source that the user has already.
    taken: Ref | None


class Candidates:
    """Users by what they are compared by."""

    def __init__(self, users: Iterable[Known], records: Mapping[tuple[str, int], Ref]) -> None:
        """Begin; `records`: source and user's id → the record of the source that the user has."""
        self._records = records
        self._by: dict[str, dict[str, list[Known]]] = {
            field: defaultdict(list) for field in COMPARED
        }
        for user in users:
            for field in COMPARED:
                value = _compared(field, getattr(user, field))
                if value is not None:
                    self._by[field][value].append(user)

    def of(self, source: str, fields: Mapping[str, str | None]) -> list[Candidate]:
        """Return whom a record of a source may be, the likeliest first; at most `MOST`."""
        found: dict[int, Known] = {}
        by: dict[int, list[str]] = defaultdict(list)
        for field in COMPARED:
            value = _compared(field, fields.get(field))
            for user in () if value is None else self._by[field].get(value, ()):
                found[user.id] = user
                by[user.id].append(field)
        every = [
            Candidate(user, tuple(by[id_]), self._records.get((source, id_)))
            for id_, user in found.items()
        ]
        return sorted(every, key=_likeliest)[:MOST]


def _likeliest(one: Candidate) -> tuple[int, bool, bool, int]:
    return (-len(one.by), one.taken is not None, one.by[0] != COMPARED[0], one.user.id)


def _compared(field: str, value: str | None) -> str | None:
    if value is None:
        return None
    if field == "name":
        return "".join(unicodedata.normalize("NFKC", value).split()).casefold() or None
    return canonical(field, value)
