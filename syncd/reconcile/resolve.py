"""What a user's row and memberships should be, from what is known of the person.

Who is active::

    record            user            the user is
    proven gone       any             inactive, gone_at set
    present           none            made, if enough is known and the person has not left
    present           gone, doubtful  left as it is, identity_doubtful
    present           any             active unless the source or an administrator says no
    neither           any             left as it is (hidden, or not part of this reading)
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from syncd.model.directory import MembershipRow, User, UserRow
from syncd.model.entry import Ref
from syncd.model.field import CUSTOM_PREFIX, FIELDS, MANAGER
from syncd.model.record import RecordState, UserRecord
from syncd.reconcile.normalize import canonical

_PLAIN: Final = frozenset(FIELDS)
#: Shared by the many who have no field of the administrator's own.
_NO_CUSTOM: Final[Mapping[str, str]] = {}


class Reasons(NamedTuple):
    """What makes a user inactive, each with its owner (rule 10)."""

    gone_at: datetime | None = None
    source_disabled_at: datetime | None = None
    admin_disabled_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        """Return whether there is no reason at all."""
        return self == NO_REASONS


#: Shared by everybody who is active.
NO_REASONS = Reasons()


def is_doubtful(user: User | None, record: UserRecord, common_field: str | None) -> bool:
    """Return whether a record under the id of a gone user may be another person (rule 10).

    It is when the name is another one and the common field does not say that it is the same.
    """
    if user is None or user.row.gone_at is None:
        return False
    name = record.fields.get("name")
    if name is None or name == user.row.name or is_placeholder(user.row, user.owner.external_id):
        return False
    if common_field is None:
        return True
    now = canonical(common_field, record.fields.get(common_field))
    return now is None or now != canonical(common_field, stored_value(user.row, common_field))


def is_placeholder(row: UserRow, external_id: str) -> bool:
    """Return whether a person is called by an id because the name was never known (section 9)."""
    return row.name in {row.userid, external_id}


def stored_value(row: UserRow, field: str) -> str | None:
    """Return a text field of a row, one of the administrator's own too."""
    if field.startswith(CUSTOM_PREFIX):
        return row.custom.get(field.removeprefix(CUSTOM_PREFIX))
    value = getattr(row, field)
    return value if isinstance(value, str) else None


def reasons_when_present(user: User | None, record: UserRecord, at: datetime) -> Reasons:
    """Return what makes a user inactive whose record is there."""
    row = user.row if user is not None else None
    disabled_at = row.source_disabled_at if row is not None else None
    if record.state is RecordState.ACTIVE:
        disabled_at = None
    elif record.state is not None and disabled_at is None:
        disabled_at = at
    admin_disabled_at = row.admin_disabled_at if row is not None else None
    if disabled_at is None and admin_disabled_at is None:
        return NO_REASONS
    return Reasons(None, disabled_at, admin_disabled_at)


def may_become_user(record: UserRecord) -> bool:
    """Return whether a record that has no user makes one."""
    return record.may_create and record.state is not RecordState.LEFT


def is_plainly_new(record: UserRecord) -> bool:
    """Return whether a record that has no user makes one that nothing makes inactive."""
    return record.may_create and record.state is RecordState.ACTIVE


def desired_row(
    record: UserRecord,
    reasons: Reasons,
    manager: Ref | None,
    main_department: Ref | None,
) -> UserRow:
    """Return the row of a user whose record is there; empty text is None (section 9)."""
    get = record.fields.get
    userid = get("userid") or None
    return UserRow(
        userid,
        get("name") or userid or record.external_id,
        get("alias") or None,
        get("mobile") or None,
        get("email") or None,
        get("biz_email") or None,
        get("telephone") or None,
        get("employee_no") or None,
        get("position") or None,
        get("gender") or None,
        get("address") or None,
        get("avatar_url") or None,
        manager,
        main_department,
        _custom(record.fields),
        *reasons,
    )


def resolved(
    record: UserRecord, linked: Sequence[UserRecord], prefer: Mapping[str, Sequence[str]]
) -> UserRecord:
    """Return the owner's record with each preferred field from the source that has a value first.

    Args:
        record: What the owner says; it says it wherever no other source is asked, or has a value.
        linked: What the other records of the user say.
        prefer: Field → the order of sources.
    """
    fields = dict(record.fields)
    for name, order in prefer.items():
        value = _first_value(name, order, record, linked)
        if value is not None:
            fields[name] = value
    return record if fields == record.fields else replace(record, fields=fields)


def _first_value(
    name: str, order: Sequence[str], record: UserRecord, linked: Sequence[UserRecord]
) -> str | None:
    for source in order:
        for one in (record, *linked):
            value = one.fields.get(name) if one.source == source else None
            if value:
                return value
    return None


def manager_of(
    record: UserRecord, linked: Sequence[UserRecord], order: Sequence[str]
) -> tuple[str, str] | None:
    """Return the source and id of a user's manager, by the order of sources; None for nobody."""
    for source in (*order, record.source):
        for one in (record, *linked):
            value = one.fields.get(MANAGER) if one.source == source else None
            if value:
                return source, value
    return None


def _custom(fields: Mapping[str, str | None]) -> Mapping[str, str]:
    if fields.keys() <= _PLAIN:
        return _NO_CUSTOM
    return {
        name.removeprefix(CUSTOM_PREFIX): value
        for name, value in fields.items()
        if value and name.startswith(CUSTOM_PREFIX)
    }


def desired_memberships(
    record: UserRecord,
    user: User | None,
    find: Callable[[tuple[str, str]], Ref | None],
    hidden: Container[Ref] = (),
) -> dict[Ref, MembershipRow]:
    """Return the memberships of a user whose record is there, by department.

    `find` returns the department of a source and id, or None where it is not in the directory:
    such a one is left out, and the caller looks again when it is there. A source that cannot
    see a department does not name it either: memberships in `hidden` ones stay as they are.
    """
    stored = user.memberships if user is not None else {}
    if record.memberships is None:
        return {ref: row for ref, row in stored.items() if find(ref) is not None}
    source = record.source
    places = {
        ref: (bool(leads), order or 0)
        for department, leads, order in record.memberships
        if (ref := find((source, department))) is not None
    }
    if hidden:
        kept = {ref: row[1:] for ref, row in stored.items() if ref in hidden and ref not in places}
        places |= kept
    if not places:
        return {}
    primary = _primary(record, user, places)
    return {ref: MembershipRow(ref == primary, *place) for ref, place in places.items()}


def _primary(record: UserRecord, user: User | None, members: Mapping[Ref, object]) -> Ref:
    """Return the main department: the source's, else the last known, else the first."""
    if record.main_department is not None:
        named = Ref(record.source, record.main_department)
        if named in members:
            return named
    last = user.row.main_department if user is not None else None
    if last is not None and last in members:
        return last
    return next(iter(members))
