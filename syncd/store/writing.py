"""Writing directory rows, many at a time, and telling each of them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from syncd.model.change import Action, Change
from syncd.model.directory import DepartmentRow, LinkRow, MembershipRow, Row, UserRow
from syncd.model.entry import Ref
from syncd.store.changes import ChangeLog
from syncd.store.making import (
    department_of,
    make_links,
    make_memberships,
    make_users,
    row_of,
)
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
from syncd.store.sql import delete_many, insert_many, update_many
from syncd.store.types import write_time

_STAMPS: Final = ("created_at", "updated_at")
_REFERENCE: Final = ("source", "external_id")


class Writer:
    """Writes the changes of one plan, one entity after the other, in chunks."""

    def __init__(
        self,
        connection: Connection,
        log: ChangeLog,
        numbers: Numbers,
        at: datetime,
        *,
        waiting: Collection[Ref] = (),
    ) -> None:
        """Begin to write at one moment, which becomes `updated_at`.

        The managers of those who are `waiting` may have no row when theirs is written.
        """
        self._connection = connection
        self._log = log
        self._numbers = numbers
        self._at = write_time(at)
        self._at_json = json_time(at)
        #: Link id → its reference before a rekey.
        self._former: dict[int, Ref] = {}
        self._waiting = waiting
        #: Manager and user, where the manager is to be written when all users are.
        self._managers: list[tuple[int, int]] = []

    def parents_first(self, changes: Iterable[Change]) -> list[Change]:
        """Return the changes in an order in which every parent has a row before its children."""
        return sorted(
            changes,
            key=lambda one: (one.entity_id is not None, row_of(one.after, DepartmentRow).depth),
        )

    def new_first(self, changes: list[Change]) -> list[Change]:
        """Return the changes with the new rows first, else in their order."""
        return sorted(changes, key=lambda one: one.entity_id is not None)

    def departments(self, changes: list[Change]) -> None:
        """Write departments; parents must come first."""
        made, moved = [], []
        for change in changes:
            after = row_of(change.after, DepartmentRow)
            key = change.entity_id or self._numbers.department(change.ref)
            columns = department_json(after, self._numbers.department)
            values = department_values(after, columns)
            if change.entity_id is None:
                made.append((key, *values, *change.ref, self._at, self._at))
                self._log.add(change, key, None, {**columns, **change.ref._asdict()})
            else:
                moved.append((*values, self._at, key))
                before = department_json(
                    row_of(change.before, DepartmentRow), self._numbers.department
                )
                self._log.add(change, key, *difference(before, columns))
        names = ("id", *DEPARTMENT_COLUMNS, *_REFERENCE, *_STAMPS)
        insert_many(self._connection, department, names, made)
        update_many(
            self._connection, department, ("id",), (*DEPARTMENT_COLUMNS, "updated_at"), moved
        )

    def users(self, changes: list[Change]) -> None:
        """Write users; new ones must come first."""
        to_user, to_department = self._numbers.user, self._numbers.department
        made = [one for one in changes if one.entity_id is None]
        if made:
            new = make_users(
                self._connection,
                made,
                to_user,
                to_department,
                self._at,
                without_manager=self._without_manager(made),
            )
            self._log.made(made, *new)
        moved = []
        for change in changes[len(made) :]:
            key = _given(change.entity_id)
            after = row_of(change.after, UserRow)
            columns = user_json(after, to_user, to_department)
            values = user_values(after, columns)
            moved.append((*values, self._at, userid_key(after.userid), key))
            before = user_json(row_of(change.before, UserRow), to_user, to_department)
            self._log.add(change, key, *difference(before, columns))
        update_many(
            self._connection, user, ("id",), (*USER_COLUMNS, "updated_at", "userid_key"), moved
        )

    def managers(self) -> None:
        """Write the managers that had no row when the people they manage were written."""
        update_many(self._connection, user, ("id",), ("manager_id",), self._managers)
        self._managers = []

    def _without_manager(self, made: list[Change]) -> frozenset[int]:
        """Return which of the new users are written without their manager, for now."""
        if not self._waiting:
            return frozenset()
        found = [
            (self._numbers.user(row.manager), self._numbers.user(one.ref))
            for one in made
            if one.ref in self._waiting and (row := row_of(one.after, UserRow)).manager is not None
        ]
        self._managers += found
        return frozenset(key for _, key in found)

    def memberships(self, changes: list[Change]) -> None:
        """Write memberships."""
        if all(one.before is None for one in changes):
            new = make_memberships(
                self._connection, changes, self._numbers.user, self._numbers.department
            )
            self._log.made(changes, *new)
            return
        made, moved, gone = [], [], []
        for change in changes:
            user_id = change.entity_id or self._numbers.user(change.ref)
            department_id = self._numbers.department(department_of(change))
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
        rekey = Action.REKEY
        for change in changes:
            if change.action is rekey and change.entity_id is not None:
                query = select(link.c.source, link.c.external_id, link.c.user_id)
                row = self._connection.execute(query.where(link.c.id == change.entity_id)).one()
                self._former[change.entity_id] = Ref(row.source, row.external_id)
                self._numbers.adopt(change.ref, row.user_id)
        return changes

    def links(self, changes: list[Change]) -> None:
        """Write links."""
        if all(one.before is None for one in changes):
            at = (self._at, self._at_json)
            new = make_links(self._connection, changes, self._numbers.link, self._numbers.user, at)
            self._log.made(changes, *new)
            return
        made, moved, relinked, gone = [], [], [], []
        for change in changes:
            key = change.entity_id or self._numbers.link(change.ref)
            before = self._link_json(self._former.get(key, change.ref), change.before, change)
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
        # What moves comes first: a new link may have the id that another had.
        update_many(self._connection, link, ("id",), (*columns, "linked_at"), relinked)
        update_many(self._connection, link, ("id",), columns, moved)
        insert_many(self._connection, link, ("id", *columns, "linked_at", "last_seen_at"), made)

    @staticmethod
    def _membership_json(
        user_id: int, department_id: int, row: Row | None
    ) -> dict[str, Any] | None:
        if row is None:
            return None
        return membership_json(user_id, department_id, row_of(row, MembershipRow))

    def _link_json(
        self, ref: Ref, row: Row | None, change: Change | None = None
    ) -> dict[str, Any] | None:
        """Return a link's columns; of a rekey's `change` the user is the same before and after."""
        if row is None:
            return None
        of_user = row_of(row, LinkRow)
        user = of_user.user
        if change is not None and change.action is Action.REKEY:
            user = row_of(change.after, LinkRow).user
        return link_json(ref, of_user, None if user is None else self._numbers.user(user))


def _given(key: int | None) -> int:
    if key is None:
        raise TypeError("a change of a stored row names its id")
    return key
