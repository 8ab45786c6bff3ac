"""What people ask the store: who is this, how many are where, what has changed."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, or_, select

from syncd.model.change import Action, Entity
from syncd.model.directory import Department, User
from syncd.model.entry import Kind, Ref
from syncd.model.field import TEXT_FIELDS
from syncd.model.record import UserRecord
from syncd.store.about_user import is_about, read_link_ids
from syncd.store.records import decode_user
from syncd.store.schema import change, link, membership, record, user
from syncd.store.sql import fetch, fetch_in
from syncd.store.types import read_time
from syncd.store.world import read_department_rows, read_world

#: More hits than this are of no use to a reader.
FOUND_LIMIT: Final = 200
_SEARCHED: Final = tuple(name for name in TEXT_FIELDS if name not in {"gender", "avatar_url"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody found: a user, or a record that has none."""

    ref: Ref
    #: None for a record that is linked to nobody.
    user: User | None
    #: None when the record is gone.
    record: UserRecord | None


@dataclass(frozen=True, slots=True)
class Branch:
    """A department with what hangs under it."""

    department: Department
    #: Active users who are members of the department itself.
    direct: int
    #: Active users in it and in all its sub-departments, each counted once.
    total: int
    children: tuple["Branch", ...]


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """A row of `sync_change`."""

    id: int
    run_id: int
    at: datetime
    entity: Entity
    entity_id: int
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    cause: Mapping[str, str]


def find_people(connection: Connection, text: str) -> list[Person]:
    """Return people and records that hold `text` in a name, number, address or id; at most 200."""
    wanted = _folded(text)
    if not wanted:
        return []
    refs = _owners_of(connection, _users_with(connection, wanted))
    refs |= dict.fromkeys(_records_with(connection, wanted))
    found = list(refs)[:FOUND_LIMIT]
    world = read_world(
        connection, found, extra_managers=(), userid_keys=(), departments_records=False
    )
    users = {one.id: one for one in world.users.values()}
    people: dict[object, Person] = {}
    for ref in found:
        of_user = world.links[ref].user_id if ref in world.links else None
        of_source = None if ref in world.gone else world.records.get(ref)
        person = Person(ref, None if of_user is None else users.get(of_user), of_source)
        people.setdefault(ref if of_user is None else of_user, person)
    return list(people.values())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _users_with(connection: Connection, wanted: str) -> list[int]:
    columns = [user.c[name] for name in _SEARCHED]
    return [
        key
        for key, *values in fetch(connection, select(user.c.id, *columns).order_by(user.c.id))
        if str(key) == wanted
        or any(value is not None and wanted in _folded(value) for value in values)
    ][:FOUND_LIMIT]


def _owners_of(connection: Connection, users: Iterable[int]) -> dict[Ref, None]:
    query = select(link.c.user_id, link.c.source, link.c.external_id).where(link.c.is_owner)
    owners = {
        key: Ref(source, ref)
        for key, source, ref in fetch_in(connection, query, link.c.user_id, users)
    }
    return {owners[key]: None for key in sorted(owners)}


def _records_with(connection: Connection, wanted: str) -> Iterator[Ref]:
    query = select(record.c.source, record.c.external_id, record.c.read_at, record.c.data)
    # JSON keeps letters as they are, so the database can sort out most; case and width it cannot.
    if wanted.isascii() and wanted.isalnum():
        query = query.where(
            or_(
                func.lower(record.c.data).contains(wanted),
                func.lower(record.c.external_id).contains(wanted),
            )
        )
    for source, external_id, read_at, data in fetch(
        connection, query.where(record.c.kind == Kind.USER.value)
    ):
        one = decode_user(source, external_id, read_time(read_at), data)
        values = [
            value
            for name, value in one.fields.items()
            if value and name not in {"gender", "avatar_url", "manager"}
        ]
        if any(wanted in _folded(value) for value in (external_id, *values)):
            yield Ref(source, external_id)


def read_tree(connection: Connection) -> tuple[Branch, ...]:
    """Return the tops of the active departments, with all that hangs under them and its people."""
    departments = {
        ref: one for ref, one in read_department_rows(connection).items() if one.row.is_active
    }
    children: dict[Ref | None, list[Department]] = defaultdict(list)
    for one in departments.values():
        children[one.row.parent if one.row.parent in departments else None].append(one)
    members: dict[int, set[int]] = defaultdict(set)
    inside = (
        select(membership.c.department_id, membership.c.user_id)
        .join(user)
        .where(user.c.status == "active")
    )
    for department_id, user_id in fetch(connection, inside):
        members[department_id].add(user_id)
    return tuple(branch for branch, _ in _branches(None, children, members))


def _branches(
    parent: Ref | None,
    children: Mapping[Ref | None, list[Department]],
    members: Mapping[int, set[int]],
) -> Iterator[tuple[Branch, set[int]]]:
    for one in sorted(children.get(parent, ()), key=lambda one: (-one.row.sort_order, one.id)):
        direct = members.get(one.id, set())
        below = list(_branches(one.ref, children, members))
        everybody = direct.union(*(people for _, people in below))
        yield (
            Branch(one, len(direct), len(everybody), tuple(branch for branch, _ in below)),
            everybody,
        )


def read_changes(
    connection: Connection, *, user_id: int | None, run_id: int | None, since: datetime | None
) -> Iterator[LoggedChange]:
    """Yield changes in the order in which they were made: of a user, of a run, since a moment."""
    query = select(change).order_by(change.c.id)
    if user_id is not None:
        query = query.where(is_about(user_id, read_link_ids(connection, user_id)))
    if run_id is not None:
        query = query.where(change.c.run_id == run_id)
    if since is not None:
        query = query.where(change.c.at >= since)
    return _logged(connection, query)


def read_changes_of_links(connection: Connection, ids: Collection[int]) -> Iterator[LoggedChange]:
    """Yield the changes of some links, in the order in which they were made."""
    of_links = (change.c.entity == Entity.LINK.value) & change.c.entity_id.in_(ids)
    return _logged(connection, select(change).where(of_links).order_by(change.c.id))


def _logged(connection: Connection, query: Select[Any]) -> Iterator[LoggedChange]:
    for row in connection.execute(query):
        yield LoggedChange(
            row.id,
            row.run_id,
            row.at,
            Entity(row.entity),
            row.entity_id,
            Action(row.action),
            row.before,
            row.after,
            row.cause,
        )
