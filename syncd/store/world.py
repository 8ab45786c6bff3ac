"""Reading a neighbourhood: what a plan about some records may depend on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, select

from syncd.model.directory import Department, DepartmentRow, Link, MembershipRow, User
from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.store.conflicts import read_open
from syncd.store.lookups import read_found
from syncd.store.orphans import read_lost_owners
from syncd.store.rows import (
    DEPARTMENT_COLUMNS,
    USER_COLUMNS,
    read_astray,
    read_method,
    read_user,
    userid_key,
)
from syncd.store.schema import department, link, membership, user
from syncd.store.sources import read_departments, read_people
from syncd.store.sql import Tuple, fetch, fetch_in, fetch_refs
from syncd.store.types import read_time_or_none

#: What stands in a link, a user, a membership and an owner as they are read here.
LINK_COLUMNS = (
    link.c.id,
    link.c.source,
    link.c.external_id,
    link.c.user_id,
    link.c.method,
    link.c.key_value,
)
USER_QUERY = select(user.c.id, *(user.c[name] for name in (*USER_COLUMNS, "userid_key")))
MEMBERSHIP_QUERY = select(membership)
OWNER_QUERY = select(link.c.user_id, link.c.source, link.c.external_id).where(
    link.c.is_owner, link.c.user_id.is_not(None)
)


@dataclass(slots=True)
class _Found:
    """What has been read so far of a neighbourhood; `users=None` stands for everybody."""

    links: dict[Ref, Link] = field(default_factory=dict)
    users: set[int] | None = None
    owners: dict[int, Ref] = field(default_factory=dict)


def read_world(
    connection: Connection,
    refs: Collection[Ref] | None,
    *,
    extra_managers: Collection[Ref],
    userid_keys: Collection[str],
    departments_records: bool,
) -> World:
    """Return what the store says around `refs`; None asks for everything. See `Store.world`."""
    departments = read_department_rows(connection)
    if refs is None:
        found = _Found(links=make_links(fetch(connection, select(*LINK_COLUMNS))))
        known = {ref: ref for ref in found.links}
        owners = make_owners(fetch(connection, OWNER_QUERY)) | read_lost_owners(connection)
        found.owners = {key: known.get(ref, ref) for key, ref in owners.items()}
        records, gone = read_people(connection, None, known)
    else:
        found, records, gone = _neighbourhood(connection, {*refs, *extra_managers}, userid_keys)
    everybody = None if refs is None else {*refs, *extra_managers, *found.links, *records}
    return World(
        users=_users(connection, found, departments),
        links=found.links,
        records=records,
        gone=frozenset(gone),
        departments=departments,
        department_records=read_departments(connection) if departments_records else {},
        conflicts=read_open(connection, everybody, departments=departments_records or refs is None),
        found=read_found(connection, everybody),
    )


def _neighbourhood(
    connection: Connection, refs: set[Ref], userid_keys: Collection[str]
) -> tuple[_Found, dict[Ref, UserRecord], set[Ref]]:
    """Find users and records around `refs`: their managers, and who shares a userid with them."""
    known = links_of(connection, refs)
    # Who has no user may become one under the userid that is known of old.
    apart = {ref for ref, one in known.items() if one.user_id is None} | (refs - known.keys())
    may_become, _ = read_people(connection, apart)
    # Somebody known without a link is rare, and looking for whose user that was is slow.
    lost = read_lost_owners(connection) if may_become.keys() - known.keys() else {}
    core = user_ids(known) | {key for key, ref in lost.items() if ref in refs}
    userids = {one.fields.get("userid") for one in may_become.values()}
    keys = {*userid_keys, *map(userid_key, userids)}
    keys |= _column_of(connection, user.c.userid_key, core)
    core |= {
        key for (key,) in fetch_in(connection, select(user.c.id), user.c.userid_key, keys - {None})
    }
    around = refs | _links_by_user(connection, core).keys()
    records, gone = read_people(connection, around)
    named = {
        Ref(ref.source, manager)
        for ref, one in records.items()
        if (manager := one.fields.get(MANAGER)) is not None
    }
    users = core | user_ids(links_of(connection, named - around))
    users |= {key for key in _column_of(connection, user.c.manager_id, core) if key is not None}
    links = links_of(connection, refs) | _links_by_user(connection, users)
    more, more_gone = read_people(connection, (links.keys() | named) - records.keys())
    managers = {key for key in _column_of(connection, user.c.manager_id, users) if key is not None}
    owners = make_owners(fetch_in(connection, OWNER_QUERY, link.c.user_id, users | managers))
    owners |= {key: ref for key, ref in lost.items() if key in users | managers}
    return _Found(links, users, owners), records | more, gone | more_gone


def _users(
    connection: Connection, found: _Found, departments: dict[Ref, Department]
) -> dict[Ref, User]:
    numbers = {one.id: ref for ref, one in departments.items()}
    memberships = make_memberships(
        _rows(connection, MEMBERSHIP_QUERY, membership.c.user_id, found.users), numbers
    )
    rows = _rows(connection, USER_QUERY, user.c.id, found.users)
    return make_users(rows, found.owners, memberships, numbers)


def make_users(
    rows: Iterable[Tuple],
    owners: Mapping[int, Ref],
    memberships: Mapping[int, dict[Ref, MembershipRow]],
    departments: Mapping[int, Ref],
) -> dict[Ref, User]:
    """Return the users of rows of `USER_QUERY` by their owners; those of nobody are left out."""
    users: dict[Ref, User] = {}
    owner_of, department_of = owners.get, departments.__getitem__
    for row in rows:
        owner = owner_of(row[0])
        if owner is not None:
            users[owner] = User(
                row[0],
                owner,
                read_user(row[1:], owner_of, department_of),
                memberships.get(row[0], {}),
            )
    return users


def make_memberships(
    rows: Iterable[Tuple], departments: Mapping[int, Ref]
) -> dict[int, dict[Ref, MembershipRow]]:
    """Return memberships by user, of rows of `MEMBERSHIP_QUERY`."""
    found: dict[int, dict[Ref, MembershipRow]] = {}
    for user_id, department_id, primary, leader, sort_order in rows:
        row = _membership(primary, leader, sort_order)
        found.setdefault(user_id, {})[departments[department_id]] = row
    return found


@lru_cache(maxsize=1024)
def _membership(primary: int, leader: int, sort_order: int) -> MembershipRow:
    """Return what many memberships say alike."""
    return MembershipRow(bool(primary), bool(leader), sort_order)


def read_department_rows(connection: Connection) -> dict[Ref, Department]:
    """Return every department as stored, inactive ones too."""
    columns = ("id", "source", "external_id", *DEPARTMENT_COLUMNS)
    query = select(*(department.c[name] for name in columns)).order_by(department.c.id)
    rows = list(fetch(connection, query))
    refs = {key: Ref(source, external_id) for key, source, external_id, *_ in rows}
    found: dict[Ref, Department] = {}
    for key, _, _, parent_id, *values, gone_at, status in rows:
        parent = None if parent_id is None else refs[parent_id]
        astray = read_astray(status, is_active=gone_at is None)
        row = DepartmentRow._make((parent, *values, read_time_or_none(gone_at), astray))
        found[refs[key]] = Department(key, refs[key], row)
    return found


def _rows(
    connection: Connection, query: Select[Any], column: Any, ids: set[int] | None
) -> Iterable[Tuple]:
    return fetch(connection, query) if ids is None else fetch_in(connection, query, column, ids)


def _column_of(connection: Connection, column: Any, users: set[int]) -> set[Any]:
    return {value for (value,) in fetch_in(connection, select(column), user.c.id, users)}


def links_of(connection: Connection, refs: Collection[Ref]) -> dict[Ref, Link]:
    """Return the links of these records."""
    return make_links(fetch_refs(connection, select(*LINK_COLUMNS), link, refs))


def _links_by_user(connection: Connection, users: Collection[int]) -> dict[Ref, Link]:
    return make_links(fetch_in(connection, select(*LINK_COLUMNS), link.c.user_id, users))


def make_links(rows: Iterable[Tuple]) -> dict[Ref, Link]:
    """Return links by record, of rows of `LINK_COLUMNS`."""
    found: dict[Ref, Link] = {}
    for key, source, external_id, user_id, method, key_value in rows:
        ref = Ref(source, external_id)
        found[ref] = Link(key, ref, user_id, read_method(method), key_value)
    return found


def make_owners(rows: Iterable[Tuple]) -> dict[int, Ref]:
    """Return the owners of users, of rows of `OWNER_QUERY`."""
    return {user_id: Ref(source, external_id) for user_id, source, external_id in rows}


def user_ids(links: dict[Ref, Link]) -> set[int]:
    """Return whom links belong to."""
    return {one.user_id for one in links.values() if one.user_id is not None}


def expand(connection: Connection, refs: Collection[Ref], departments: Collection[Ref]) -> set[Ref]:
    """Return the owners of users whose rows depend on `refs` or `departments`. See `Store.expand`."""
    core = user_ids(links_of(connection, refs))
    keys = _column_of(connection, user.c.userid_key, core) - {None}
    found = {key for (key,) in fetch_in(connection, select(user.c.id), user.c.userid_key, keys)}
    found |= {key for (key,) in fetch_in(connection, select(user.c.id), user.c.manager_id, core)}
    numbers = {
        key for (key,) in fetch_refs(connection, select(department.c.id), department, departments)
    }
    inside = select(membership.c.user_id)
    found |= {key for (key,) in fetch_in(connection, inside, membership.c.department_id, numbers)}
    return set(make_owners(fetch_in(connection, OWNER_QUERY, link.c.user_id, found)).values())
