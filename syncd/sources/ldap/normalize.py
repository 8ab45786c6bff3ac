"""From an entry's payload to a record in our field names; pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from sys import intern
from typing import Any, Final

from syncd.config.field_value import FieldValue
from syncd.config.pattern import TooLong
from syncd.model.entry import Entry, Kind, Rejection
from syncd.model.field import MANAGER, MAX_CUSTOM_LENGTH, MAX_LENGTH
from syncd.model.fields import Fields
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.sources.ldap import payload
from syncd.sources.ldap.kinds import KINDS, DirectoryKind

#: Fields whose texts many people share: each stands in memory once.
_OFTEN_SHARED: Final = frozenset({MANAGER, "position"})
#: Departments of which it is remembered what a person in them, and in no other, belongs to.
_DEPARTMENTS: Final = 10_000


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


def user_record(
    source: str, by_kind: Mapping[str, Mapping[str, FieldValue]], entry: Entry
) -> UserRecord:
    """Return the record of a person; `by_kind`: the kind's code → our field → what it is made of."""
    content = payload.decode(entry.payload)
    kind = KINDS[content["directory"]]
    attributes = by_kind[kind.code]
    carried, readable = content["attributes"], frozenset(content["readable"])
    fields: dict[str, str | None] = {}
    rejections = []
    for name, value in attributes.items():
        made, reason = None, None
        if not value.is_plain:
            if any(each not in carried and each not in readable for each in value.attributes):
                continue  # unknown, whatever the other attributes say
            made, reason = _made(value, carried, MAX_LENGTH.get(name, MAX_CUSTOM_LENGTH))
        elif values := carried.get(value.attributes[0]):
            made = content["manager"] if name == MANAGER else values[0]
            if name != MANAGER:
                reason = _fault_of(made, MAX_LENGTH.get(name, MAX_CUSTOM_LENGTH))
        elif value.attributes[0] not in readable:
            continue
        if reason:
            rejections.append(Rejection(Kind.USER, entry.external_id, name, reason))
        else:
            fields[name] = made if made and made.strip() else None
    for name in _OFTEN_SHARED & fields.keys():
        if text := fields[name]:
            fields[name] = intern(text)
    memberships = _memberships(content)
    return UserRecord(
        source=source,
        external_id=entry.external_id,
        read_at=entry.read_at,
        fields=Fields(fields),
        memberships=memberships,
        main_department=memberships[0].department if memberships else None,
        state=_state(kind, carried, readable),
        rejections=tuple(rejections),
    )


def _memberships(content: Mapping[str, Any]) -> tuple[MembershipRecord, ...] | None:
    if "department" not in content:
        return None
    department = content["department"]
    return () if department is None else _only(department)


@lru_cache(maxsize=_DEPARTMENTS)
def _only(department: str) -> tuple[MembershipRecord, ...]:
    """Return the memberships of all whose one department it is: one value stands for them."""
    return (MembershipRecord(department),)


def _made(
    value: FieldValue, carried: Mapping[str, Sequence[Any]], longest: int
) -> tuple[str | None, str | None]:
    """Return a value that is made of attributes, and why it cannot be used."""
    used = {name: carried.get(name, ())[: value.most_values] for name in value.attributes}
    for each in (one for values in used.values() for one in values):
        if reason := _fault_of(each, len(each)):
            return None, reason
    try:
        made = value.of(used)
    except TooLong:
        return None, "too_long"
    return made, _fault_of(made or "", longest)


def _state(
    kind: DirectoryKind, carried: Mapping[str, Sequence[object]], readable: frozenset[str]
) -> RecordState | None:
    """Return what the account's lock says; None where we could not have seen one."""
    lock = kind.lock.lower()
    if any(isinstance(value, str) and kind.is_off(value) for value in carried.get(lock, ())):
        return RecordState.DISABLED
    return RecordState.ACTIVE if lock in carried or lock in readable else None


def _fault_of(value: object, longest: int) -> str | None:
    """Return why a value cannot be used, as a rejection's code; None where it can."""
    if not isinstance(value, str):
        return "encoding"
    if "\0" in value:
        return "nul"
    return "too_long" if len(value) > longest else None
