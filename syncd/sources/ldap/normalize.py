"""From an entry's payload to a record in our field names; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from syncd.config.field_value import FieldValue
from syncd.config.pattern import TooLong
from syncd.model.entry import Entry, Kind, Rejection
from syncd.model.field import MANAGER, MAX_CUSTOM_LENGTH, MAX_LENGTH
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.sources.ldap import payload
from syncd.sources.ldap.settings import LOCKED, LOCKED_FOR_GOOD


def department_record(source: str, entry: Entry) -> DepartmentRecord:
    """Return the record of a department; a name that cannot be used is unknown."""
    content = payload.decode(entry.payload)
    reason = _fault_of(content["name"], MAX_LENGTH["name"])
    rejections = (Rejection(Kind.DEPARTMENT, entry.external_id, "name", reason),) if reason else ()
    return DepartmentRecord(
        source=source,
        external_id=entry.external_id,
        read_at=entry.read_at,
        name=None if reason else content["name"],
        name_en=None,
        parent=content["parent"],
        sort_order=None,  # LDAP has no order among siblings
        is_top=content["top"],
        rejections=rejections,
    )


def user_record(source: str, attributes: Mapping[str, FieldValue], entry: Entry) -> UserRecord:
    """Return the record of a person; `attributes` is our field → what it is made of."""
    content = payload.decode(entry.payload)
    carried, readable = content["attributes"], frozenset(content["readable"])
    fields: dict[str, str | None] = {}
    rejections = []
    known = readable.union(carried)
    for name, value in attributes.items():
        if not known.issuperset(value.attributes):
            continue  # unknown, whatever the other attributes say
        if name == MANAGER:
            fields[name] = content["manager"] if carried.get(value.attributes[0]) else None
            continue
        made, reason = _made(value, carried, MAX_LENGTH.get(name, MAX_CUSTOM_LENGTH))
        if reason:
            rejections.append(Rejection(Kind.USER, entry.external_id, name, reason))
        else:
            fields[name] = made
    return UserRecord(
        source=source,
        external_id=entry.external_id,
        read_at=entry.read_at,
        fields=fields,
        memberships=(MembershipRecord(content["department"]),),
        main_department=content["department"],
        state=_state(carried, readable),
        rejections=tuple(rejections),
    )


def _made(
    value: FieldValue, carried: Mapping[str, Sequence[Any]], longest: int
) -> tuple[str | None, str | None]:
    """Return a field's value, and why it cannot be used; both None where there is no value."""
    if value.is_plain:
        made = next(iter(carried.get(value.attributes[0], ())), "")
    else:
        used = {name: carried.get(name, ())[: value.most_values] for name in value.attributes}
        for each in (one for values in used.values() for one in values):
            if reason := _fault_of(each, len(each)):
                return None, reason
        try:
            made = value.of(used) or ""
        except TooLong:
            return None, "too_long"
    reason = _fault_of(made, longest)
    return (None, reason) if reason or not made.strip() else (made, None)


def _state(carried: Mapping[str, Sequence[object]], readable: frozenset[str]) -> RecordState | None:
    """Return what the account's lock says; None where we could not have seen one."""
    locked = LOCKED.lower()
    if LOCKED_FOR_GOOD in carried.get(locked, ()):
        return RecordState.DISABLED
    return RecordState.ACTIVE if locked in carried or locked in readable else None


def _fault_of(value: object, longest: int) -> str | None:
    """Return why a value cannot be used, as a rejection's code; None where it can."""
    if not isinstance(value, str):
        return "encoding"
    if "\0" in value:
        return "nul"
    return "too_long" if len(value) > longest else None
