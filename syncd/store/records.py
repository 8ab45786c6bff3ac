"""How the last record of each source is written down: one JSON array, without its key.

Source, external id and `read_at` are columns of their own. A missing field stays missing and a
known empty one stays null (rule 8); trailing parts that say nothing are left out.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from sys import intern
from typing import Any

import orjson

from syncd.model.entry import Kind, Rejection
from syncd.model.field import MANAGER
from syncd.model.fields import Fields
from syncd.model.record import (
    DepartmentRecord,
    MembershipRecord,
    Record,
    RecordState,
    UserRecord,
)


def encode_record(record: Record) -> bytes:
    """Return the record as UTF-8 text, all but source, external id and `read_at`."""
    parts = _user_parts(record) if isinstance(record, UserRecord) else _department_parts(record)
    return orjson.dumps(parts)


def decode_user(
    source: str,
    external_id: str,
    read_at: datetime,
    data: str | bytes,
    held_as: Callable[[dict[str, str | None]], Mapping[str, str | None]] = Fields,
) -> UserRecord:
    """Return the person that `encode_record` wrote.

    The fields of who is let go of soon may be `held_as` they are read, which takes less time.
    """
    fields, memberships, main, state, may_create, *rejections = orjson.loads(data)
    # Whom and what many people name stands in memory once: a full run may hold everybody.
    if manager := fields.get(MANAGER):
        fields[MANAGER] = intern(manager)
    return UserRecord(
        source,
        external_id,
        read_at,
        held_as(fields),
        None if memberships is None else tuple([_place(*one) for one in memberships]),
        None if main is None else intern(main),
        None if state is None else RecordState(state),
        bool(may_create),
        _rejections(rejections),
    )


def decode_field(data: str | bytes, name: str) -> str | None:
    """Return one field of a person that `encode_record` wrote, None where it is not known."""
    fields: dict[str, str | None] = orjson.loads(data)[0]
    return fields.get(name)


def knows_field(data: str | bytes, name: str) -> bool:
    """Return whether a person that `encode_record` wrote has a field, be it empty."""
    return name in orjson.loads(data)[0]


def decode_department(
    source: str, external_id: str, read_at: datetime, data: str | bytes
) -> DepartmentRecord:
    """Return the department that `encode_record` wrote."""
    name, name_en, parent, sort_order, is_top, *rejections = orjson.loads(data)
    return DepartmentRecord(
        source,
        external_id,
        read_at,
        name,
        name_en,
        parent,
        sort_order,
        bool(is_top),
        _rejections(rejections),
    )


def _user_parts(record: UserRecord) -> list[Any]:
    fields, memberships, state = record.fields, record.memberships, record.state
    parts = [
        fields.as_dict() if isinstance(fields, Fields) else dict(fields),
        None if memberships is None else [_membership(one) for one in memberships],
        record.main_department,
        # Its value in words: asking an enumeration's member is slow where it is done 100,000 times.
        "active" if state is RecordState.ACTIVE else state,
        1 if record.may_create else 0,
    ]
    return parts + _rejection_parts(record) if record.rejections else parts


def _department_parts(record: DepartmentRecord) -> list[Any]:
    return [
        record.name,
        record.name_en,
        record.parent,
        record.sort_order,
        int(record.is_top),
        *_rejection_parts(record),
    ]


def _membership(membership: MembershipRecord) -> list[Any]:
    department, is_leader, sort_order = membership
    if sort_order is not None:
        return [*membership]
    return [department] if is_leader is None else [department, is_leader]


def _rejection_parts(record: Record) -> list[list[str]]:
    return [[one.kind, one.external_id, one.field, one.reason] for one in record.rejections]


@lru_cache(maxsize=10_000)
def _place(department: str, *more: Any) -> MembershipRecord:
    """Return what many people's records say alike."""
    return MembershipRecord(intern(department), *more)


def _rejections(parts: list[list[str]]) -> tuple[Rejection, ...]:
    if not parts:
        return ()
    return tuple(
        [
            Rejection(Kind(kind), external_id, field, reason)
            for kind, external_id, field, reason in parts
        ]
    )
