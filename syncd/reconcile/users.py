"""The steps that make stored people the desired ones."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.directory import Link, LinkMethod, LinkRow, MembershipRow, User, UserRow
from syncd.model.entry import Ref

_NEW = Cause("new")
_READ = Cause("read")
_PUT_BACK = Cause("put_back")
_REFERENCE = Cause("reference")


def created(ref: Ref, row: UserRow) -> Change:
    """Return the step that makes a user of a record."""
    return Change(Entity.USER, Action.CREATE, ref, None, None, None, row, _NEW)


def linked(ref: Ref, link: Link | None) -> Change:
    """Return the step that links the owner's record with its user."""
    before = LinkRow(None, link.method, link.key_value) if link is not None else None
    return Change(
        Entity.LINK,
        Action.LINK,
        ref,
        None,
        link.id if link is not None else None,
        before,
        LinkRow(ref, LinkMethod.AUTHORITY),
        _NEW,
    )


def gone(user: User, cause: Cause, at: datetime) -> Iterator[Change]:
    """Yield the steps for a person proven gone: inactive, without departments (rule 10)."""
    row = user.row._replace(gone_at=user.row.gone_at or at, astray=())
    if row != user.row:
        action = Action.DEACTIVATE if user.row.is_active else Action.UPDATE
        yield Change(Entity.USER, action, user.owner, None, user.id, user.row, row, cause)
    yield from membership_changes(user.owner, user, {}, cause)


def changed(user: User, row: UserRow, *, was_read: bool) -> Iterator[Change]:
    """Yield the step that gives a user the desired row, if it differs."""
    old = user.row
    if old == row:
        return
    if old.is_active != row.is_active:
        action = Action.REACTIVATE if row.is_active else Action.DEACTIVATE
        yield Change(Entity.USER, action, user.owner, None, user.id, old, row, _turn(old, row))
    else:
        cause = _READ if was_read else _why_unread(old, row)
        yield Change(Entity.USER, Action.UPDATE, user.owner, None, user.id, old, row, cause)


def _turn(old: UserRow, new: UserRow) -> Cause:
    """Return why a person whose record is there becomes active or inactive."""
    if new.source_disabled_at is not None and old.source_disabled_at is None:
        return Cause("source_disabled")
    if old.gone_at is not None:
        return Cause("returned")
    if old.source_disabled_at is not None and new.source_disabled_at is None:
        return Cause("source_enabled")
    return _PUT_BACK


def _why_unread(old: UserRow, new: UserRow) -> Cause:
    """Return why a row changes although its record did not."""
    if old._replace(manager=new.manager, main_department=new.main_department) == new:
        return _REFERENCE  # the manager or a department came or went
    return _PUT_BACK


def membership_changes(
    ref: Ref,
    user: User | None,
    desired: Mapping[Ref, MembershipRow],
    cause: Cause | None = None,
    *,
    was_read: bool = True,
) -> Iterable[Change]:
    """Return the steps that give a person the desired departments."""
    stored = user.memberships if user is not None else {}
    if stored == desired:
        return ()
    why = cause or (_NEW if user is None else _READ if was_read else _REFERENCE)
    id_ = user.id if user is not None else None
    if not stored:
        return [
            Change(Entity.MEMBERSHIP, Action.CREATE, ref, department, id_, None, row, why)
            for department, row in desired.items()
        ]
    changes = []
    for department, row in desired.items():
        old = stored.get(department)
        if old == row:
            continue
        action = Action.CREATE if old is None else Action.UPDATE
        changes.append(Change(Entity.MEMBERSHIP, action, ref, department, id_, old, row, why))
    changes.extend(
        Change(Entity.MEMBERSHIP, Action.REMOVE, ref, department, id_, old, None, why)
        for department, old in stored.items()
        if department not in desired
    )
    return changes
