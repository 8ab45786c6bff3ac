"""Writing rows that are new: nearly all of a first load, so it is done without detours.

Each row is made twice at once: as the driver takes it, in the table's order of columns, and as
JSON for `sync_change` and the audit log. Both must say what `rows` says of a row that changes.
"""

from collections.abc import Container, Iterable
from datetime import datetime
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import Connection

from syncd.model.change import Change
from syncd.model.directory import DepartmentRow, LinkRow, MembershipRow, Row, UserRow
from syncd.model.entry import Ref
from syncd.model.field import TEXT_FIELDS
from syncd.store.rows import USER_COLUMNS, IdOf, json_time, method_name, userid_key
from syncd.store.schema import link, membership, user
from syncd.store.sql import Tuple, insert_many
from syncd.store.types import write_time_or_none

#: Keys and JSON texts of the rows that were made, in the order of their changes.
Made = tuple[list[int], list[bytes]]

_USER: Final = (
    "id",
    *TEXT_FIELDS,
    "manager_id",
    "main_department_id",
    "status",
    "gone_at",
    "source_disabled_at",
    "admin_disabled_at",
    "custom",
    "userid_key",
)
_MANAGER: Final = _USER.index("manager_id")
_MEMBERSHIP: Final = ("user_id", "department_id", "is_primary", "is_leader", "sort_order")
_LINK: Final = ("id", "source", "external_id", "user_id", "method", "key_value", "is_owner")

R = TypeVar("R", UserRow, DepartmentRow, MembershipRow, LinkRow)


def row_of(row: Row | None, kind: type[R]) -> R:
    """Return a change's row as what its entity asks for."""
    if not isinstance(row, kind):
        raise TypeError(
            f"a change of this entity needs a {kind.__name__}, not {type(row).__name__}"
        )
    return row


def department_of(change: Change) -> Ref:
    """Return the department of a membership's change."""
    if change.department is None:
        raise TypeError("a change of a membership names its department")
    return change.department


def make_users(
    connection: Connection,
    changes: Iterable[Change],
    user_id: IdOf,
    department_id: IdOf,
    at: str,
    *,
    without_manager: Container[int] = (),
) -> Made:
    """Insert users; the ids of their managers may be those of later rows.

    Those in `without_manager` get none for now, but are told with the one that they will have.
    """
    rows: list[Tuple] = []
    keys: list[int] = []
    texts: list[bytes] = []
    columns: dict[str, Any] = {}  # the same one for every user: making one each takes time
    for change in changes:
        row = row_of(change.after, UserRow)
        key, manager, main = user_id(change.ref), row.manager, row.main_department
        manager_id = None if manager is None else user_id(manager)
        main_id = None if main is None else department_id(main)
        columns.update(zip(TEXT_FIELDS, row, strict=False))
        custom = orjson.dumps(row.custom) if row.custom else b"{}"
        if row.is_active:
            more, end = _ACTIVE
        else:
            more, end = _inactive(row)
        rows.append(
            (
                key,
                *columns.values(),
                manager_id,
                main_id,
                *more,
                custom.decode(),
                userid_key(row.userid),
            )
        )
        keys.append(key)
        references = (
            f',"manager_id":{manager_id or "null"},"main_department_id":{main_id or "null"}'
        )
        head = orjson.dumps(columns)[:-1]
        texts.append(b"".join((head, references.encode(), b',"custom":', custom, b",", end)))
    if without_manager:
        rows = [
            (*row[:_MANAGER], None, *row[_MANAGER + 1 :]) if row[0] in without_manager else row
            for row in rows
        ]
    insert_many(connection, user, _USER, rows, same={"created_at": at, "updated_at": at})
    return keys, texts


def _inactive(row: UserRow) -> tuple[Tuple, bytes]:
    """Return status and moments as the driver takes them, and the end of the row's JSON."""
    moments = (row.gone_at, row.source_disabled_at, row.admin_disabled_at)
    return ("inactive", *map(write_time_or_none, moments)), _end(moments, "inactive")


def _end(moments: tuple[datetime | None, ...], status: str) -> bytes:
    values = (*map(json_time, moments), status)
    return orjson.dumps(dict(zip(USER_COLUMNS[-4:], values, strict=True)))[1:]


#: The same for those of whom nothing says that they are inactive.
_ACTIVE: Final[tuple[Tuple, bytes]] = (
    ("active", None, None, None),
    _end((None, None, None), "active"),
)


def make_memberships(
    connection: Connection, changes: Iterable[Change], user_id: IdOf, department_id: IdOf
) -> Made:
    """Insert memberships; their key is the user's."""
    rows: list[Tuple] = []
    texts: list[bytes] = []
    for change in changes:
        is_primary, is_leader, sort_order = row_of(change.after, MembershipRow)
        of_user = change.entity_id or user_id(change.ref)
        of_department = department_id(department_of(change))
        # 1 and 0, because the driver is slow with everything but plain numbers and texts.
        rows.append(
            (of_user, of_department, 1 if is_primary else 0, 1 if is_leader else 0, sort_order)
        )
        text = (
            f'{{"user_id":{of_user},"department_id":{of_department},'
            f'"is_primary":{"true" if is_primary else "false"},'
            f'"is_leader":{"true" if is_leader else "false"},"sort_order":{sort_order}}}'
        )
        texts.append(text.encode())
    insert_many(connection, membership, _MEMBERSHIP, rows)
    return [row[0] for row in rows], texts


def make_links(
    connection: Connection,
    changes: Iterable[Change],
    link_id: IdOf,
    user_id: IdOf,
    at: tuple[str, str | None],
) -> Made:
    """Insert links; `at` is the moment as the driver takes it, and as JSON has it."""
    rows: list[Tuple] = []
    texts: list[bytes] = []
    for change in changes:
        ref = change.ref
        source, external_id = ref
        owner, method, key_value = row_of(change.after, LinkRow)
        of_user = None if owner is None else user_id(owner)
        is_owner, word = owner == ref, method_name(method)
        rows.append(
            (link_id(ref), source, external_id, of_user, word, key_value, 1 if is_owner else 0)
        )
        columns = {
            "source": source,
            "external_id": external_id,
            "user_id": of_user,
            "method": word,
            "key_value": key_value,
            "is_owner": is_owner,
            "linked_at": at[1],
        }
        texts.append(orjson.dumps(columns))
    insert_many(connection, link, _LINK, rows, same={"linked_at": at[0], "last_seen_at": at[0]})
    return [row[0] for row in rows], texts
