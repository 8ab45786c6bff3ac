"""Finds the user of a record that comes from a source besides the authority (rules 3 to 6).

What decides is what everybody's records say once the plan is applied, never what was true when a
link was made::

    the record                                       outcome     conflict
    was linked by a person, or by one with nobody    linked      -
    owns a user                                      linked      ambiguous, where others have its value
    is linked                                        linked      key_drift, where the values differ
    may be somebody known under another id           disputed    (identity_doubtful, of the rekey)
    was found by the values of several people        disputed    ambiguous
    has no value                                     unmatched   missing_key
    shares its value within its source               disputed    duplicate_key
    has a value that is one of several of another    disputed    ambiguous
    has the value of several users                   disputed    ambiguous
    has the value of a user with a link already      disputed    ambiguous
    has the value of a protected user                disputed    ambiguous
    has the value of exactly one user                matched     -
    has a value that no user has                     unmatched   -

A record of which its source shows no value has the one that the source was asked for and has
named it by (`lookup`), while somebody carries that. Where it was named by several, nobody knows
which of these people it is.

Users that are gone have no value; a link with one stays until the value is somebody else's who is
there. A user's value is that of the record that owns the user.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from sys import intern
from typing import Final, NamedTuple

from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import Link, LinkMethod
from syncd.model.entry import Ref
from syncd.model.record import UserRecord

#: Kinds of conflicts that only the matching of records opens and resolves.
KEY_KINDS: Final = frozenset(
    {
        ConflictKind.DUPLICATE_KEY,
        ConflictKind.AMBIGUOUS,
        ConflictKind.MISSING_KEY,
        ConflictKind.KEY_DRIFT,
    }
)
#: So many of those who share a value are named.
_NAMED: Final = 5


class Outcome(StrEnum):
    """How a record stands; the value is the contract's word."""

    LINKED = "linked"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    DISPUTED = "disputed"


class Correlation(NamedTuple):
    """Whose a record is."""

    outcome: Outcome
    #: The record that owns the user; None where there is none.
    owner: Ref | None
    conflict: Conflict | None = None


@dataclass(slots=True)
class Bearers:
    """Value → who has it. Nearly every value is one record's: a list for each takes its time."""

    _first: dict[str, Ref] = field(default_factory=dict)
    #: Those values that several have.
    _several: dict[str, list[Ref]] = field(default_factory=dict)

    def add(self, key: str, ref: Ref) -> None:
        """Note that a record has a value."""
        first = self._first.setdefault(key, ref)
        if first is not ref:
            self._several.setdefault(key, [first]).append(ref)

    def of(self, key: str) -> Sequence[Ref]:
        """Return who has a value, in the order in which they were noted."""
        several = self._several.get(key)
        if several is not None:
            return several
        first = self._first.get(key)
        return () if first is None else (first,)

    def is_shared(self, key: str) -> bool:
        """Return whether several have a value."""
        return key in self._several


@dataclass(slots=True)
class Standing:
    """Who has which value, and who is linked with whom, once the plan is applied.

    `name` is the common field's.
    """

    name: str
    links: Mapping[Ref, Link]
    #: User's id → the record that owns the user.
    owner_of: Mapping[int, Ref]
    #: Whether nobody but a person may link a user with a record: the user's owner, the record.
    is_protected: Callable[[Ref, Ref], bool]
    #: Records that make no user and get none before a person has decided.
    doubtful: Collection[Ref] = ()
    #: The sources that take part.
    sources: Collection[str] = ()
    #: Whoever is there and has a value → the value as it is compared.
    keys: dict[Ref, str] = field(default_factory=dict)
    #: Source → who carries which value.
    carriers: dict[str, Bearers] = field(default_factory=lambda: defaultdict(Bearers))
    #: Of the records that own a user who is there.
    owners: Bearers = field(default_factory=Bearers)
    #: Those who own a user, there or gone.
    owning: set[Ref] = field(default_factory=set)
    #: Those of them whose user is there.
    present: set[Ref] = field(default_factory=set)
    #: Those whose value is known by asking for it.
    found: set[Ref] = field(default_factory=set)
    #: Whoever was named when several people's values were asked for → these values.
    contested: dict[Ref, tuple[str, ...]] = field(default_factory=dict)
    #: Each of these values → whom it named.
    claims: dict[str, list[Ref]] = field(default_factory=lambda: defaultdict(list))
    #: Source and owner → the record of that source which is linked with the owner's user.
    linked: dict[tuple[str, Ref], Ref] = field(default_factory=dict)

    def carry(self, ref: Ref, key: str | None) -> None:
        """Note somebody who is there, with the value."""
        if key is not None:
            key = intern(key)  # one text for all who have it
            self.keys[ref] = key
            self.carriers[ref.source].add(key, ref)

    def find(self, ref: Ref, keys: Collection[str]) -> None:
        """Note the values that somebody was found by who has none that is shown."""
        if len(keys) == 1:
            (key,) = keys
            self.found.add(ref)
            self.carry(ref, key)
        elif keys:
            self.contested[ref] = tuple(sorted(keys))
            for key in keys:
                self.claims[key].append(ref)

    def is_shown(self, ref: Ref, key: str) -> bool:
        """Return whether a source besides a record's shows a value of somebody."""
        return any(
            source != ref.source and bool(self.carriers[source].of(key)) for source in self.sources
        )

    def method(self, ref: Ref, owner: Ref | None) -> LinkMethod:
        """Return how a record and the owner of its user are known to have one value."""
        by_asking = ref in self.found or owner in self.found
        return LinkMethod.LOOKUP if by_asking else LinkMethod.COMMON_FIELD

    def own(self, ref: Ref, *, is_present: bool) -> None:
        """Note that a record owns a user; its value, if any, is noted before."""
        self.owning.add(ref)
        if is_present:
            self.present.add(ref)
            key = self.keys.get(ref)
            if key is not None:
                self.owners.add(key, ref)

    def join(self, ref: Ref, owner: Ref) -> None:
        """Note that a record is linked with the user of another one, and stays so."""
        known = self.linked.get((ref.source, owner))
        self.linked[ref.source, owner] = ref if known is None else min(known, ref)

    def owner_of_link(self, ref: Ref) -> Ref | None:
        """Return the record that owns the user which a record is linked with."""
        link = self.links.get(ref)
        if link is None or link.user_id is None:
            return None
        return self.owner_of.get(link.user_id)


def correlate(ref: Ref, record: UserRecord, at: Standing) -> Correlation:
    """Return whose a record is that is there, of a source besides the authority."""
    link, key = at.links.get(ref), at.keys.get(ref)
    if ref in at.owning:
        return Correlation(Outcome.LINKED, ref, _other_owner(ref, key, at))
    owner = at.owner_of_link(ref)
    if link is not None and link.method is LinkMethod.MANUAL:
        return Correlation(Outcome.LINKED if owner is not None else Outcome.UNMATCHED, owner)
    if link is not None and link.user_id is not None:
        return _linked(ref, owner, key, at)
    if ref in at.doubtful or ref in at.contested:
        return Correlation(Outcome.DISPUTED, None, _contested(ref, at))
    if key is None:
        return Correlation(Outcome.UNMATCHED, None, _missing(ref, record, at.name))
    return _matched(ref, key, at)


def duplicate(ref: Ref, at: Standing) -> Conflict | None:
    """Return the conflict of a record that shares its value within its source, None for others."""
    key = at.keys.get(ref)
    if key is None or not at.carriers[ref.source].is_shared(key):
        return None
    carriers = at.carriers[ref.source].of(key)
    detail = {"field": at.name, "records": _named(carriers), "number": len(carriers)}
    return Conflict(ConflictKind.DUPLICATE_KEY, ref.source, ref.external_id, key, detail)


def _linked(ref: Ref, owner: Ref | None, key: str | None, at: Standing) -> Correlation:
    if owner is None:  # the user is nobody's: another hand has been there
        return Correlation(Outcome.LINKED, None)
    if owner not in at.present:
        found = _matched(ref, key, at) if key is not None else None
        if found is not None and found.outcome is Outcome.MATCHED:
            return found
        return Correlation(Outcome.LINKED, owner)
    theirs = at.keys.get(owner)
    if key is None or theirs is None or key == theirs:
        return Correlation(Outcome.LINKED, owner)
    detail = {"field": at.name, "owner": str(owner), "value_of_owner": theirs}
    drift = Conflict(ConflictKind.KEY_DRIFT, ref.source, ref.external_id, key, detail)
    return Correlation(Outcome.LINKED, owner, drift)


def _matched(ref: Ref, key: str, at: Standing) -> Correlation:
    shared = duplicate(ref, at)
    if shared is not None:
        return Correlation(Outcome.DISPUTED, None, shared)
    owners = at.owners.of(key)
    claimed = [one for one in at.claims.get(key, ()) if one.source != ref.source]
    if claimed or len(owners) > 1:
        reason = "several_values" if claimed else "several_users"
        return _disputed(ref, key, reason, at, **({"records": _named(claimed)} if claimed else {}))
    if not owners:
        return Correlation(Outcome.UNMATCHED, None)
    (owner,) = owners
    taken = at.linked.get((ref.source, owner))
    if taken is not None and taken != ref:
        return _disputed(ref, key, "has_link", at, linked=str(taken))
    if at.is_protected(owner, ref):
        return _disputed(ref, key, "protected", at)
    return Correlation(Outcome.MATCHED, owner)


def _other_owner(ref: Ref, key: str | None, at: Standing) -> Conflict | None:
    """Return the conflict of a record that owns a user, where the value is another user's too."""
    owners = at.owners.of(key) if key is not None else ()
    if key is None or all(one == ref for one in owners):
        return None
    return _disputed(ref, key, "several_users", at).conflict


def _disputed(ref: Ref, key: str, reason: str, at: Standing, **more: object) -> Correlation:
    owners = at.owners.of(key)
    detail: dict[str, object] = {
        "field": at.name,
        "reason": reason,
        "owners": _named(owners),
        "number": len(owners),
        **more,
    }
    conflict = Conflict(ConflictKind.AMBIGUOUS, ref.source, ref.external_id, key, detail)
    return Correlation(Outcome.DISPUTED, None, conflict)


def _contested(ref: Ref, at: Standing) -> Conflict | None:
    if ref not in at.contested:
        return None
    owners = {one for key in at.contested[ref] for one in at.owners.of(key)}
    detail: dict[str, object] = {
        "field": at.name,
        "reason": "several_values",
        "owners": _named(owners),
        "number": len(owners),
    }
    return Conflict(ConflictKind.AMBIGUOUS, ref.source, ref.external_id, None, detail)


def _missing(ref: Ref, record: UserRecord, name: str) -> Conflict:
    has_value = bool(record.fields.get(name))
    reason = "no_key" if has_value else "unknown" if name not in record.fields else "empty"
    detail = {"field": name, "reason": reason}
    return Conflict(ConflictKind.MISSING_KEY, ref.source, ref.external_id, None, detail)


def _named(refs: Collection[Ref]) -> list[str]:
    """Return the first of some records: thousands may share a value such as 00000000."""
    return [str(one) for one in sorted(refs)[:_NAMED]]
