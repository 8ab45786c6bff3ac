"""Writing directory rows, many at a time, and telling each of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, select

from syncd.model.change import Action, Change
from syncd.model.directory import DepartmentRow, LinkRow, MembershipRow, Row, UserRow
from syncd.model.entry import Ref
from syncd.store.changes import ChangeLog
from syncd.store.numbers import Numbers
from syncd.store.rows import (
    DEPARTMENT_COLUMNS,
    LINK_COLUMNS,
    MEMBERSHIP_COLUMNS,
    USER_COLUMNS,
    department_json,
    department_values,
    difference,
    json_time,
    link_json,
    membership_json,
    user_json,
    user_values,
    userid_key,
)
from syncd.store.schema import department, link, membership, user
from syncd.store.sql import Tuple, delete_many, insert_many, update_many
from syncd.store.types import write_time

_STAMPS: Final = ("created_at", "updated_at")
_MANAGER: Final = USER_COLUMNS.index("manager_id")
_REFERENCE: Final = ("source", "external_id")

R = TypeVar("R", UserRow, DepartmentRow, MembershipRow, LinkRow)


class Writer:
    """Writes the changes of one plan, one entity after the other, in chunks."""

    def __init__(
        self, connection: Connection, log: ChangeLog, numbers: Numbers, at: datetime
    ) -> None:
        """Begin to write at one moment, which becomes `updated_at`."""
        self._connection = connection
        self._log = log
        self._numbers = numbers
        self._at = write_time(at)
        self._at_json = json_time(at)
        #: (manager, user) of those whose manager had no row yet when theirs was written.
        self._later: list[Tuple] = []
        #: Link id → its reference before a rekey.
        self._former: dict[int, Ref] = {}

    def parents_first(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes in an order in which every parent has a row before its children."""
        return sorted(
            changes,
            key=lambda one: (one.entity_id is not None, _row(one.after, DepartmentRow).depth),
        )

    def new_first(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes with the new rows first, in the order in which they got their ids."""
        return sorted(changes, key=lambda one: one.entity_id is not None)

    def departments(self, changes: list[Change]) -> None:
        """Write departments; parents must come first."""
        made, moved = [], []
        for change in changes:
            after = _row(change.after, DepartmentRow)
            key = change.entity_id or self._numbers.department(change.ref)
            columns = department_json(after, self._numbers.department)
            values = department_values(after, columns)
            if change.entity_id is None:
                made.append((key, *values, *change.ref, self._at, self._at))
                self._log.add(change, key, None, {**columns, **change.ref._asdict()})
            else:
                moved.append((*values, self._at, key))
                before = department_json(
                    _row(change.before, DepartmentRow), self._numbers.department
                )
                self._log.add(change, key, *difference(before, columns))
        names = ("id", *DEPARTMENT_COLUMNS, *_REFERENCE, *_STAMPS)
        insert_many(self._connection, department, names, made)
        update_many(
            self._connection, department, ("id",), (*DEPARTMENT_COLUMNS, "updated_at"), moved
        )

    def users(self, changes: list[Change]) -> None:
        """Write users; new ones must come first."""
        made, moved = [], []
        to_user, to_department = self._numbers.user, self._numbers.department
        for change in changes:
            after = _row(change.after, UserRow)
            columns = user_json(after, to_user, to_department)
            values = user_values(after, columns)
            if change.entity_id is None:
                key = to_user(change.ref)
                manager = values[_MANAGER]
                if manager is not None and manager >= key:  # its row may come later
                    self._later.append((manager, key))
                    values[_MANAGER] = None
                made.append((key, *values, self._at, self._at, userid_key(after.userid)))
                self._log.add(change, key, None, columns)
            else:
                key = change.entity_id
                moved.append((*values, self._at, userid_key(after.userid), key))
                before = user_json(_row(change.before, UserRow), to_user, to_department)
                self._log.add(change, key, *difference(before, columns))
        insert_many(self._connection, user, ("id", *USER_COLUMNS, *_STAMPS, "userid_key"), made)
        if moved:
            self.managers()
        update_many(
            self._connection, user, ("id",), (*USER_COLUMNS, "updated_at", "userid_key"), moved
        )

    def managers(self) -> None:
        """Set the managers that had to wait until everybody had a row."""
        update_many(self._connection, user, ("id",), ("manager_id",), self._later)
        self._later = []

    def memberships(self, changes: list[Change]) -> None:
        """Write memberships."""
        made, moved, gone = [], [], []
        for change in changes:
            user_id = change.entity_id or self._numbers.user(change.ref)
            department_id = self._numbers.department(_given(change.department))
            before = self._membership_json(user_id, department_id, change.before)
            after = self._membership_json(user_id, department_id, change.after)
            if after is None:
                gone.append((user_id, department_id))
            elif before is None:
                made.append(tuple(after.values()))
            else:
                moved.append((*list(after.values())[2:], user_id, department_id))
                where = {"user_id": user_id, "department_id": department_id}
                before, after = (where | one for one in difference(before, after))
            self._log.add(change, user_id, before, after)
        key = ("user_id", "department_id")
        delete_many(self._connection, membership, key, gone)
        insert_many(self._connection, membership, (*key, *MEMBERSHIP_COLUMNS), made)
        update_many(self._connection, membership, key, MEMBERSHIP_COLUMNS, moved)

    def adopting(self, changes: list[Change]) -> list[Change]:
        """Return the changes after noting which stored users come under another record's id."""
        for change in changes:
            if change.action is Action.REKEY and change.entity_id is not None:
                query = select(link.c.source, link.c.external_id, link.c.user_id)
                row = self._connection.execute(query.where(link.c.id == change.entity_id)).one()
                self._former[change.entity_id] = Ref(row.source, row.external_id)
                self._numbers.adopt(change.ref, row.user_id)
        return changes

    def links(self, changes: list[Change]) -> None:
        """Write links."""
        made, moved, relinked, gone = [], [], [], []
        for change in changes:
            key = change.entity_id or self._numbers.link(change.ref)
            before = self._link_json(self._former.get(key, change.ref), change.before)
            after = self._link_json(change.ref, change.after)
            if after is None:
                gone.append((key,))
            elif before is None:
                made.append((key, *after.values(), self._at, self._at))
                after["linked_at"] = self._at_json
            elif before["user_id"] != after["user_id"]:
                relinked.append((*after.values(), self._at, key))
                before, after = difference(before, after)
                after["linked_at"] = self._at_json
            else:
                moved.append((*after.values(), key))
                before, after = difference(before, after)
            self._log.add(change, key, before, after)
        columns = (*_REFERENCE, *LINK_COLUMNS)
        delete_many(self._connection, link, ("id",), gone)
        insert_many(self._connection, link, ("id", *columns, "linked_at", "last_seen_at"), made)
        update_many(self._connection, link, ("id",), (*columns, "linked_at"), relinked)
        update_many(self._connection, link, ("id",), columns, moved)

    @staticmethod
    def _membership_json(
        user_id: int, department_id: int, row: Row | None
    ) -> dict[str, Any] | None:
        if row is None:
            return None
        return membership_json(user_id, department_id, _row(row, MembershipRow))

    def _link_json(self, ref: Ref, row: Row | None) -> dict[str, Any] | None:
        if row is None:
            return None
        of_user = _row(row, LinkRow)
        return link_json(
            ref, of_user, None if of_user.user is None else self._numbers.user(of_user.user)
        )


def _row(row: Row | None, kind: type[R]) -> R:
    if not isinstance(row, kind):
        raise TypeError(
            f"a change of this entity needs a {kind.__name__}, not {type(row).__name__}"
        )
    return row


def _given(ref: Ref | None) -> Ref:
    if ref is None:
        raise TypeError("a change of a membership names its department")
    return ref
