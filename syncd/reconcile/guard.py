"""Judges a plan before its first write: what it counts, and what of it a person must see.

Every count adds what earlier runs applied since the last full one (nine leavers every ten
minutes are not nine leavers); the caller supplies those sums.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from syncd.model.change import Entity, Plan, Population, Violation
from syncd.model.directory import UserRow
from syncd.reconcile.guarded import (
    AUTHORITY,
    BLANKED,
    CHANGED,
    COMMON_FIELD,
    CREATED,
    DEACTIVATIONS,
    EMPTY,
    MOVES,
    NOT_REVIEWED,
    PROTECTED,
    REJECTED,
    UNLINKS,
    Guarded,
    Key,
    deactivations,
    guarded_changes,
    loses_link,
    of_reading,
)
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Limit, Limits

#: Changes of these are always part of the digest; of the others where their guard is tripped.
_ALWAYS_GUARDED = frozenset({DEACTIVATIONS, UNLINKS, BLANKED, MOVES})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the guards say of a plan."""

    violations: tuple[Violation, ...]
    #: Guard (and what it counts, after a colon) → how many of it the plan has; what later runs
    #: count with their own.
    counts: Mapping[str, int]
    #: The guarded changes, sorted: what the digest is made of, and an approval compared with.
    guarded: tuple[tuple[str, ...], ...]

    @property
    def digest(self) -> str:
        """Return the SHA-256 over the guarded changes, in hex."""
        text = json.dumps(self.guarded, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def holds(self) -> bool:
        """Return whether the plan must not be applied without a person's approval."""
        return bool(self.violations)

    def against(self, reviewed: Collection[tuple[str, ...]] | None) -> "Judgement":
        """Return the judgement of the same plan where a person has approved `reviewed`.

        Nothing holds a plan whose guarded changes were all reviewed, and they count no further; what
        is below its limit goes with them unreviewed, and counts like that of any run. One with a
        guarded change that was not is held for it, however few there are: that was not approved.
        """
        if reviewed is None:
            return self
        others = len(frozenset(self.guarded).difference(reviewed))
        if not others:
            return Judgement((), self._unreviewed_counts(), self.guarded)
        unseen = Violation(NOT_REVIEWED, "changes", others, 0, 0, len(self.guarded))
        return Judgement((*self.violations, unseen), self.counts, self.guarded)

    def _unreviewed_counts(self) -> dict[str, int]:
        tripped = {f"{one.guard}:{one.subject}" for one in self.violations}
        return {
            key: count
            for key, count in self.counts.items()
            if key not in tripped and key.partition(":")[0] not in _ALWAYS_GUARDED
        }


def judge(
    plan: Plan,
    readings: Sequence[Reading],
    population: Population,
    earlier: Mapping[str, int],
    limits: Limits,
    *,
    is_first_load: bool,
    new_sources: Container[str] = (),
) -> Judgement:
    """Return whether the guards hold a plan, and why.

    Args:
        plan: What would be done.
        readings: What it rests on.
        population: What the store held before.
        earlier: `Judgement.counts` of the runs that count with this one, added up.
        limits: How much is allowed.
        is_first_load: Whether no reading of the authority was ever applied: anybody may be created.
        new_sources: Others of which that is true, and whose records become users of their own.
    """
    # Whom a first load makes are counted by no guard, and by none of a later run.
    items = [
        one
        for one in guarded_changes(plan, made=not is_first_load)
        if one.key[0] != CREATED or one.source not in new_sources
    ]
    counts = _count(items)
    violations = [
        *_beyond_limits(counts, population, earlier, limits),
        *_beyond_reading(readings, limits),
        *_always(plan, limits),
    ]
    tripped = {(one.guard, one.subject) for one in violations}
    return Judgement(
        tuple(violations),
        {f"{guard}:{subject}": count for (guard, subject), count in counts.items()},
        tuple(
            sorted(
                one.line()
                for one in chain(items, *map(of_reading, readings))
                if one.key[0] in _ALWAYS_GUARDED or one.key in tripped
            )
        ),
    )


def _count(items: Iterable[Guarded]) -> dict[Key, int]:
    return dict(Counter(one.key for one in items))


def _beyond_limits(
    counts: Mapping[Key, int],
    population: Population,
    earlier: Mapping[str, int],
    limits: Limits,
) -> Iterator[Violation]:
    for (guard, subject), count in sorted(counts.items()):
        if guard in {AUTHORITY, COMMON_FIELD}:
            continue  # always holds
        base = _base(guard, subject, population)
        allowed = _limit(guard, limits).allowed(base)
        before = earlier.get(f"{guard}:{subject}", 0)
        if count + before > allowed:
            yield Violation(guard, subject, count, before, allowed, base)


def _limit(guard: str, limits: Limits) -> Limit:
    limit = getattr(limits, guard)
    if not isinstance(limit, Limit):
        raise TypeError(guard)
    return limit


def _base(guard: str, subject: str, population: Population) -> int:
    """Return the population that a guard takes its share of."""
    if guard == DEACTIVATIONS and subject == "departments":
        return population.departments
    if guard == UNLINKS:
        return population.links.get(subject, 0)
    if guard in {BLANKED, CHANGED}:
        return population.values.get(subject, 0)
    if guard == MOVES:
        return population.memberships
    return population.users


def _beyond_reading(readings: Iterable[Reading], limits: Limits) -> Iterator[Violation]:
    """Yield what is wrong with a reading itself, whatever the plan makes of it."""
    for reading in readings:
        if reading.lost_users:
            yield Violation(EMPTY, "users", 0, 0, 0, 0)
        if reading.lost_departments:
            yield Violation(EMPTY, "departments", 0, 0, 0, 0)
        rejected = len({(one.kind, one.external_id) for one in reading.every_rejection()})
        limit = limits.max_rejected
        allowed = max(limit.floor, limit.part_of(reading.size))  # rule 13 knows no half
        if rejected > allowed:
            yield Violation(REJECTED, reading.source, rejected, 0, allowed, reading.size)


def _always(plan: Plan, limits: Limits) -> Iterator[Violation]:
    for source, (found, people) in plan.taken_from.items():
        yield Violation(AUTHORITY, source, found, 0, 0, people)
    if plan.matched_anew is not None:
        field, moved, looked_at = plan.matched_anew
        yield Violation(COMMON_FIELD, field, moved, 0, 0, looked_at)
    unconfirmed = 0
    for change in deactivations(plan):
        unconfirmed += change.ref in plan.unconfirmed
        row = change.before
        userid = row.userid if isinstance(row, UserRow) else None
        if userid and fold_userid(userid) in limits.protected:
            yield Violation(PROTECTED, userid, 1, 0, 0, 1)
    if unconfirmed:
        yield Violation(DEACTIVATIONS, "unconfirmed", unconfirmed, 0, 0, unconfirmed)
    unlinked = _unconfirmed_unlinks(plan) if plan.unconfirmed else 0
    if unlinked:
        yield Violation(UNLINKS, "unconfirmed", unlinked, 0, 0, unlinked)


def _unconfirmed_unlinks(plan: Plan) -> int:
    return sum(
        one.entity is Entity.LINK and one.ref in plan.unconfirmed and loses_link(one)
        for one in plan.changes
    )
