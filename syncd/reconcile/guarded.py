"""Which changes of a plan the guards count, value by value.

What is yielded here is what limits are compared with, and what the digest of a plan is made of.
"""

from collections.abc import Container, Iterator
from typing import NamedTuple

from syncd.model.change import Action, Change, Entity, Plan
from syncd.model.directory import LinkRow, UserRow
from syncd.model.entry import Ref
from syncd.model.field import CUSTOM_PREFIX, MANAGER, TEXT_FIELDS
from syncd.reconcile.matching import MOVED_ON, moves_a_user
from syncd.reconcile.reading import Reading
from syncd.reconcile.resolve import is_placeholder

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
_TURNED_OFF = ("active", "inactive")


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


def guarded_changes(plan: Plan, *, made: bool = True) -> Iterator[Guarded]:
    """Yield every change of a plan that some guard counts, value by value.

    `made` says whether users that are made count.
    """
    deactivated = {change.ref for change in deactivations(plan)}
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
            if loses_link(change):
                yield _guarded((UNLINKS, change.ref.source), change, "user", "linked", "")
        elif change.action is Action.REMOVE and change.ref not in deactivated:
            department = change.department.external_id if change.department else ""
            yield _guarded((MOVES, "memberships"), change, department, "member", "")


def deactivations(plan: Plan) -> list[Change]:
    """Return the steps that make a user inactive."""
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


def loses_link(change: Change) -> bool:
    """Return whether a user loses a record: it is gone, or another user's from now on."""
    before = change.before
    if not isinstance(before, LinkRow) or before.user is None:
        return False
    return change.action is Action.UNLINK or change.cause.code == MOVED_ON.code


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


def of_reading(reading: Reading) -> Iterator[Guarded]:
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
