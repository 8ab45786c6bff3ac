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
from typing import NamedTuple

from syncd.model.change import Action, Change, Entity, Plan, Population, Violation
from syncd.model.directory import LinkRow, UserRow
from syncd.model.entry import Ref
from syncd.model.field import CUSTOM_PREFIX, MANAGER, TEXT_FIELDS
from syncd.reconcile.matching import MOVED_ON, moves_a_user
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.reading import Reading
from syncd.reconcile.resolve import is_placeholder
from syncd.reconcile.settings import Limit, Limits

#: (guard, what it counts): `("max_changed", "mobile")`.
Key = tuple[str, str]

DEACTIVATIONS = "max_deactivations"
UNLINKS = "max_unlinks"
BLANKED = "max_blanked"
CHANGED = "max_changed"
MOVES = "max_moves"
CREATED = "max_created"
REJECTED = "max_rejected"
EMPTY = "empty_snapshot"
PROTECTED = "protected"
NOT_REVIEWED = "not_reviewed"
AUTHORITY = "authority_changed"
COMMON_FIELD = "common_field_changed"

#: Changes of these are always part of the digest; of the others where their guard is tripped.
_ALWAYS_GUARDED = frozenset({DEACTIVATIONS, UNLINKS, BLANKED, MOVES})


class Guarded(NamedTuple):
    """One guarded change of one value, in the form that the digest is made of."""

    key: Key
    entity: str
    source: str
    external_id: str
    action: str
    field: str
    before: str
    after: str

    def line(self) -> tuple[str, ...]:
        """Return what the digest is made of: no id, time, cause or order."""
        return self[1:]


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
                for one in chain(items, *map(_of_reading, readings))
                if one.key[0] in _ALWAYS_GUARDED or one.key in tripped
            )
        ),
    )


def _of_reading(reading: Reading) -> Iterator[Guarded]:
    """Yield what a guard holds of a reading itself, as if it were changes."""
    for subject, is_lost in (
        ("users", reading.lost_users),
        ("departments", reading.lost_departments),
    ):
        if is_lost:
            yield Guarded((EMPTY, subject), "reading", reading.source, "", EMPTY, subject, "", "")
    for one in reading.every_rejection():
        key = (REJECTED, reading.source)
        yield Guarded(
            key, one.kind, reading.source, one.external_id, "reject", one.field, "", one.reason
        )


def _count(items: Iterable[Guarded]) -> dict[Key, int]:
    return dict(Counter(one.key for one in items))


def guarded_changes(plan: Plan, *, made: bool = True) -> Iterator[Guarded]:
    """Yield every change of a plan that some guard counts, value by value.

    `made` says whether users that are made count.
    """
    deactivated = {change.ref for change in _deactivations(plan)}
    if plan.taken_from:
        yield from _of_takeover(plan)
    if plan.matched_anew is not None:
        yield from _of_new_field(plan, plan.matched_anew[0])
    # What a first load makes is passed over at once: it is three steps for each person.
    passed = set() if made else {Action.CREATE}
    for change in [
        one
        for one in plan.changes
        if one.action not in passed and (one.action is not Action.LINK or one.before is not None)
    ]:
        if change.entity is Entity.USER:
            yield from _of_user(change, deactivated)
        elif change.entity is Entity.DEPARTMENT:
            if change.action is Action.DEACTIVATE:
                yield _guarded((DEACTIVATIONS, "departments"), change, "status", *_TURNED_OFF)
        elif change.entity is Entity.LINK:
            if _loses_link(change):
                yield _guarded((UNLINKS, change.ref.source), change, "user", "linked", "")
        elif change.action is Action.REMOVE and change.ref not in deactivated:
            department = change.department.external_id if change.department else ""
            yield _guarded((MOVES, "memberships"), change, department, "member", "")


def _deactivations(plan: Plan) -> list[Change]:
    action, entity = Action.DEACTIVATE, Entity.USER
    return [one for one in plan.changes if one.action is action and one.entity is entity]


def _of_takeover(plan: Plan) -> Iterator[Guarded]:
    """Yield whose user goes over to which record of a new authority."""
    for change in plan.changes:
        former = plan.former.get(change.ref)
        if change.entity is Entity.LINK and former is not None and former.source in plan.taken_from:
            yield _guarded((AUTHORITY, former.source), change, "user", str(former), str(change.ref))


def _of_new_field(plan: Plan, field: str) -> Iterator[Guarded]:
    """Yield whose user is another one, where people are matched by another common field."""
    for change in plan.changes:
        if change.entity is Entity.LINK and moves_a_user(change) and not _is_owners(change):
            before, after = (
                "" if not isinstance(row, LinkRow) or row.user is None else str(row.user)
                for row in (change.before, change.after)
            )
            yield _guarded((COMMON_FIELD, field), change, "user", before, after)


def _is_owners(change: Change) -> bool:
    return isinstance(change.after, LinkRow) and change.after.user == change.ref


def _loses_link(change: Change) -> bool:
    """Return whether a user loses a record: it is gone, or another user's from now on."""
    before = change.before
    if not isinstance(before, LinkRow) or before.user is None:
        return False
    return change.action is Action.UNLINK or change.cause.code == MOVED_ON.code


_TURNED_OFF = ("active", "inactive")


def _guarded(key: Key, change: Change, field: str, before: str, after: str) -> Guarded:
    return Guarded(
        key,
        change.entity,  # a text as it is; asking an enumeration for its value is slow
        change.ref.source,
        change.ref.external_id,
        change.action,
        field,
        before,
        after,
    )


def _of_user(change: Change, deactivated: Container[Ref]) -> Iterator[Guarded]:
    if change.action is Action.DEACTIVATE:
        yield _guarded((DEACTIVATIONS, "users"), change, "status", *_TURNED_OFF)
    elif change.action in {Action.CREATE, Action.REACTIVATE}:
        yield _guarded((CREATED, "users"), change, "status", "", "active")
    before, after = change.before, change.after
    if isinstance(before, UserRow) and isinstance(after, UserRow):
        for field, old, new in changed_values(before, after):
            if field == MANAGER and before.manager in deactivated:
                continue  # counted already: as the one who goes
            if field == "name" and is_placeholder(before, change.ref.external_id):
                continue  # a name that becomes known is none that changes
            if old and not new:
                yield _guarded((BLANKED, field), change, field, old, "")
            elif old:
                yield _guarded((CHANGED, field), change, field, old, new)


def changed_values(before: UserRow, after: UserRow) -> Iterator[tuple[str, str, str]]:
    """Yield (field, old, new) of each field that differs; empty text where there is no value."""
    for field in TEXT_FIELDS:
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield field, old or "", new or ""
    if before.manager != after.manager:
        yield MANAGER, _id(before.manager), _id(after.manager)
    if before.custom != after.custom:
        for name in sorted(before.custom.keys() | after.custom.keys()):
            old, new = before.custom.get(name, ""), after.custom.get(name, "")
            if old != new:
                yield CUSTOM_PREFIX + name, old, new


def _id(ref: Ref | None) -> str:
    return ref.external_id if ref is not None else ""


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
    for change in _deactivations(plan):
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
        one.entity is Entity.LINK and one.ref in plan.unconfirmed and _loses_link(one)
        for one in plan.changes
    )
