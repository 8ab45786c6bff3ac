"""Directory rows as columns, as JSON for `sync_change` and the audit log, and back as values."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from syncd.model.directory import Astray, DepartmentRow, LinkMethod, LinkRow, MembershipRow, UserRow
from syncd.model.entry import Ref
from syncd.model.field import TEXT_FIELDS
from syncd.store.types import read_time_or_none, write_time_or_none

#: Columns that a `UserRow` decides, in the order of `user_values`.
USER_COLUMNS: Final = (
    *TEXT_FIELDS,
    "manager_id",
    "main_department_id",
    "custom",
    "gone_at",
    "source_disabled_at",
    "admin_disabled_at",
    "status",
)
#: Columns that a `DepartmentRow` decides, in the order of `department_values`.
DEPARTMENT_COLUMNS: Final = (
    "parent_id",
    "name",
    "name_en",
    "full_path",
    "depth",
    "sort_order",
    "gone_at",
    "status",
)
#: Columns of a membership besides its key.
MEMBERSHIP_COLUMNS: Final = ("is_primary", "is_leader", "sort_order")
#: Columns that a `LinkRow` decides.
LINK_COLUMNS: Final = ("user_id", "method", "key_value", "is_owner")
_TEXTS: Final = len(TEXT_FIELDS)

IdOf = Callable[[Ref], int]


def userid_key(userid: str | None) -> str | None:
    """Return a userid as it is compared: full-width forms folded, without case (rule 14)."""
    if userid is None:
        return None
    if userid.isascii():  # nearly every one is
        return userid.lower()
    return unicodedata.normalize("NFKC", userid).casefold()


def _status(*, is_active: bool) -> str:
    return "active" if is_active else "inactive"


def json_time(moment: datetime | None) -> str | None:
    """Return a moment as JSON of ours has it: `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def user_json(row: UserRow, user_id: IdOf, department_id: IdOf) -> dict[str, Any]:
    """Return the row by column names, references as ids, times as JSON has them."""
    manager, main = row.manager, row.main_department
    columns: dict[str, Any] = dict(zip(TEXT_FIELDS, row, strict=False))
    columns["manager_id"] = None if manager is None else user_id(manager)
    columns["main_department_id"] = None if main is None else department_id(main)
    columns["custom"] = dict(row.custom)
    columns["gone_at"] = json_time(row.gone_at)
    columns["source_disabled_at"] = json_time(row.source_disabled_at)
    columns["admin_disabled_at"] = json_time(row.admin_disabled_at)
    columns["status"] = _status(is_active=row.is_active)
    columns.update(row.astray)
    return columns


def user_values(row: UserRow, json: Mapping[str, Any]) -> list[Any]:
    """Return the columns of a row, given its JSON, as the driver takes them."""
    values = list(json.values())
    values[_TEXTS + 2] = orjson.dumps(row.custom).decode() if row.custom else "{}"
    if row.gone_at or row.source_disabled_at or row.admin_disabled_at:
        values[_TEXTS + 3] = write_time_or_none(row.gone_at)
        values[_TEXTS + 4] = write_time_or_none(row.source_disabled_at)
        values[_TEXTS + 5] = write_time_or_none(row.admin_disabled_at)
    return values


#: Shared by the many who have no field of the administrator's own.
_NO_CUSTOM: Final[Mapping[str, str]] = {}


def read_user(
    columns: tuple[Any, ...], owner: Callable[[int], Ref | None], department: Callable[[int], Ref]
) -> UserRow:
    """Return the row that `USER_COLUMNS` and `userid_key` hold."""
    manager, main, custom, gone, disabled, admin, status, key = columns[_TEXTS:]
    references = (
        None if manager is None else owner(manager),
        None if main is None else department(main),
    )
    values = _NO_CUSTOM if custom == "{}" else orjson.loads(custom)
    is_active = gone is None and disabled is None and admin is None
    astray = read_astray(status, is_active=is_active) + _key_astray(key, columns[0])
    if is_active:
        return UserRow._make((*columns[:_TEXTS], *references, values, None, None, None, astray))
    moments = map(read_time_or_none, (gone, disabled, admin))
    return UserRow._make((*columns[:_TEXTS], *references, values, *moments, astray))


def read_astray(status: str, *, is_active: bool) -> Astray:
    """Return the status as stored, where it is not what the reasons in its row say."""
    return () if status == _status(is_active=is_active) else (("status", status),)


def _key_astray(key: str | None, userid: str | None) -> Astray:
    if userid is not None and userid.isascii():  # most are, and lower() is quick
        return () if key == userid.lower() else (("userid_key", key),)
    return () if key == userid_key(userid) else (("userid_key", key),)


def department_json(row: DepartmentRow, department_id: IdOf) -> dict[str, Any]:
    """Return the row by column names, references as ids, times as JSON has them."""
    parent, name, name_en, full_path, depth, sort_order, gone_at, astray = row
    return {
        "parent_id": None if parent is None else department_id(parent),
        "name": name,
        "name_en": name_en,
        "full_path": full_path,
        "depth": depth,
        "sort_order": sort_order,
        "gone_at": json_time(gone_at),
        "status": _status(is_active=row.is_active),
        **dict(astray),
    }


def department_values(row: DepartmentRow, json: Mapping[str, Any]) -> list[Any]:
    """Return the columns of a row, given its JSON, as the driver takes them."""
    values = list(json.values())
    values[6] = write_time_or_none(row.gone_at)
    return values


def membership_json(user_id: int, department_id: int, row: MembershipRow) -> dict[str, Any]:
    """Return the row by column names, its key first."""
    is_primary, is_leader, sort_order = row
    return {
        "user_id": user_id,
        "department_id": department_id,
        "is_primary": is_primary,
        "is_leader": is_leader,
        "sort_order": sort_order,
    }


def link_json(ref: Ref, row: LinkRow, user_id: int | None) -> dict[str, Any]:
    """Return the row by column names; the record that a user is named after owns it."""
    return {
        "source": ref.source,
        "external_id": ref.external_id,
        "user_id": user_id,
        "method": method_name(row.method),
        "key_value": row.key_value,
        "is_owner": row.user == ref,
    }


def read_method(value: str) -> LinkMethod:
    """Return how a record came to its user."""
    return _METHODS[value]


def method_name(method: LinkMethod) -> str:
    """Return the word for how a record came to its user."""
    return "authority" if method is LinkMethod.AUTHORITY else method.value


#: A table, because making an enumeration's member is slow where it is done 100,000 times.
_METHODS: Final = {method.value: method for method in LinkMethod}


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the columns that differ, as they were and as they are."""
    names = [name for name, value in after.items() if before[name] != value]
    return {name: before[name] for name in names}, {name: after[name] for name in names}
