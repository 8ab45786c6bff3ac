"""Reading everybody of a source, a part at a time.

Users are read in the order of their ids, and what belongs to them by the same range of ids: so a
part costs what its share of the whole would, and the whole is never held.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, select

from syncd.model.directory import User
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.store.orphans import read_lost_owners
from syncd.store.schema import link, membership, record, user
from syncd.store.sources import decode_people, owns_user, records_query
from syncd.store.sql import Tuple, chunks, fetch, fetch_in
from syncd.store.world import (
    LINK_COLUMNS,
    MEMBERSHIP_QUERY,
    OWNER_QUERY,
    USER_QUERY,
    links_of,
    make_links,
    make_memberships,
    make_owners,
    make_users,
    read_department_rows,
    read_world,
    user_ids,
)

#: Where `manager_id` stands in a row of `USER_QUERY`.
_MANAGER_ID: Final = [column.name for column in USER_QUERY.selected_columns].index("manager_id")


def read_parts(
    connection: Connection, source: str, size: int
) -> Iterator[tuple[frozenset[Ref], World]]:
    """Yield everybody who has a record or a user of a source, with what a plan needs of them.

    A world holds its people's users, links and records, and the managers whom they have or name;
    no departments or conflicts, and nobody who shares a userid (`read_sharing`).
    """
    departments = read_department_rows(connection)
    managers = _Managers(connection, {one.id: ref for ref, one in departments.items()})
    last = records = 0
    are_owned = True
    while rows := _next_users(connection, last, size):
        first, last = last, rows[-1][0]
        people, world, owned = _part(managers, source, rows, (first, last))
        records += len(world.records)
        are_owned = are_owned and owned == len(rows)
        yield people, world
    lost = set() if are_owned else set(read_lost_owners(connection).values())
    # To look for records without a user takes longer than to count.
    if lost or records < _count_records(connection, source):
        lost = {ref for ref in lost if ref.source == source}
        for refs in chunks(sorted(lost | _without_user(connection, source)), size):
            world = read_world(
                connection, refs, extra_managers=(), userid_keys=(), departments_records=False
            )
            yield frozenset(refs), world


def read_sharing(connection: Connection) -> set[Ref]:
    """Return the owners of users whose userid, as it is compared, is another user's too."""
    key = user.c.userid_key
    shared = select(key).where(key.is_not(None)).group_by(key).having(func.count() > 1)
    keys = {one for (one,) in fetch(connection, shared)}
    users = {one for (one,) in fetch_in(connection, select(user.c.id), key, keys)}
    return set(make_owners(fetch_in(connection, OWNER_QUERY, link.c.user_id, users)).values())


@dataclass(slots=True)
class _Managers:
    """The managers met so far: most are met again in the next part."""

    connection: Connection
    departments: dict[int, Ref]
    owners: dict[int, Ref] = field(default_factory=dict)
    users: dict[Ref, User] = field(default_factory=dict)
    _named: set[Ref] = field(default_factory=set)

    def meet(self, ids: set[int], named: set[Ref]) -> None:
        """Look those up who were not met before; they come without their departments."""
        named = named - self._named
        self._named |= named
        ids = (ids | user_ids(links_of(self.connection, named))) - self.owners.keys()
        owners = make_owners(fetch_in(self.connection, OWNER_QUERY, link.c.user_id, ids))
        self.owners |= owners
        rows = fetch_in(self.connection, USER_QUERY, user.c.id, ids)
        self.users |= make_users(rows, owners, {}, self.departments)


def _next_users(connection: Connection, last: int, size: int) -> list[Tuple]:
    query = USER_QUERY.where(user.c.id > last).order_by(user.c.id).limit(size)
    return list(fetch(connection, query))


def _part(
    managers: _Managers, source: str, rows: list[Tuple], between: tuple[int, int]
) -> tuple[frozenset[Ref], World, int]:
    """Return the people of some users, their world, and how many of the users have an owner."""
    connection, departments = managers.connection, managers.departments
    of_part = _between(link.c.user_id, between)
    found = list(fetch(connection, select(*LINK_COLUMNS, link.c.is_owner).where(of_part)))
    owners = make_owners((one[3], one[1], one[2]) for one in found if one[-1])
    records, gone = _records(connection, source, of_part)
    named = {one.fields.get(MANAGER) for one in records.values()}
    ids = {row[_MANAGER_ID] for row in rows}
    managers.meet(
        ids - {None} - owners.keys(),
        {Ref(source, one) for one in named if one}.difference(owners.values()),
    )
    memberships = make_memberships(
        fetch(connection, MEMBERSHIP_QUERY.where(_between(membership.c.user_id, between))),
        departments,
    )
    users = make_users(rows, managers.owners | owners, memberships, departments)
    own = {ref: one for ref, one in users.items() if ref.source == source}
    world = World(
        users=managers.users | own,
        links=make_links(one[:-1] for one in found),
        records=records,
        gone=frozenset(gone),
    )
    return frozenset(own), world, len(owners)


def _records(
    connection: Connection, source: str, of_part: ColumnElement[bool]
) -> tuple[dict[Ref, UserRecord], set[Ref]]:
    its_link = and_(
        link.c.source == record.c.source, link.c.external_id == record.c.external_id, owns_user()
    )
    query = records_query(Kind.USER, record.c.gone_at).join(link, its_link)
    return decode_people(fetch(connection, query.where(link.c.source == source, of_part)))


def _between(column: ColumnElement[int], between: tuple[int, int]) -> ColumnElement[bool]:
    return and_(column > between[0], column <= between[1])


def _count_records(connection: Connection, source: str) -> int:
    query = select(func.count()).select_from(record)
    query = query.where(record.c.source == source, record.c.kind == Kind.USER.value)
    return int(connection.execute(query).scalar_one())


def _without_user(connection: Connection, source: str) -> set[Ref]:
    has_user = select(link.c.id).where(
        link.c.source == record.c.source, link.c.external_id == record.c.external_id, owns_user()
    )
    query = select(record.c.external_id).where(
        record.c.source == source, record.c.kind == Kind.USER.value, ~has_user.exists()
    )
    return {Ref(source, external_id) for (external_id,) in fetch(connection, query)}
