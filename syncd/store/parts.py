"""Reading everybody, a part at a time.

Users are read in the order of their ids, and what belongs to them by the same range of ids: so a
part costs what its share of the whole would, and the whole is never held. Who hangs together with
others than those of the same user (`islands`), and who belongs to nobody, follow afterwards.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, select

from syncd.model.directory import Link, User
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile.correlate import KEY_KINDS
from syncd.store.conflicts import has_open, read_open
from syncd.store.islands import find_entangled, read_islands
from syncd.store.lookups import read_found
from syncd.store.orphans import read_lost_owners
from syncd.store.schema import link, membership, record, user
from syncd.store.sources import decode_people, read_people, records_query
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
    connection: Connection,
    sources: Collection[str],
    size: int,
    *,
    telling: Collection[str],
    by_value: bool,
) -> Iterator[tuple[frozenset[Ref], World]]:
    """Yield everybody who has a record or a user of some sources, with what a plan needs of them.

    See `Reader.parts`.
    """
    lost = read_lost_owners(connection)
    entangled = find_entangled(connection, sources, lost, by_value=by_value)
    departments = read_department_rows(connection)
    numbers = {one.id: ref for ref, one in departments.items()}
    has_conflicts = has_open(connection, KEY_KINDS)
    managers = _Managers(connection, telling, numbers, lost)
    last = 0
    while rows := _next_users(connection, last, size):
        first, last = last, rows[-1][0]
        world, refs = _part(managers, rows, (first, last))
        people = _who(sources, refs - entangled)
        if has_conflicts:
            world = replace(world, conflicts=read_open(connection, people, departments=False))
        yield people, world
    alone = sorted(_without_user(connection, sources) - entangled)
    for some in (*read_islands(connection, entangled, lost, size), *chunks(alone, size)):
        world = read_world(
            connection, some, extra_managers=(), userid_keys=(), departments_records=False
        )
        yield _who(sources, some), world


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
    #: The sources whose records say who a user's manager is.
    telling: Collection[str]
    departments: Mapping[int, Ref]
    #: The owners of users that no link belongs to.
    lost: Mapping[int, Ref]
    owners: dict[int, Ref] = field(default_factory=dict)
    users: dict[Ref, User] = field(default_factory=dict)
    #: Of those who are named by a record that owns no user.
    links: dict[Ref, Link] = field(default_factory=dict)
    records: dict[Ref, UserRecord] = field(default_factory=dict)
    gone: set[Ref] = field(default_factory=set)
    _named: set[Ref] = field(default_factory=set)

    def meet(self, ids: set[int], named: set[Ref]) -> World:
        """Return what is known of managers, by the numbers of users and by records that are named.

        Who was met before is not looked up again. They come without their departments.
        """
        new = named - self._named
        self._named |= new
        links = links_of(self.connection, new)
        missing = (ids | user_ids(links)) - self.owners.keys()
        owners = make_owners(fetch_in(self.connection, OWNER_QUERY, link.c.user_id, missing))
        owners |= {key: self.lost[key] for key in self.lost.keys() & missing}
        self.owners |= owners
        rows = fetch_in(self.connection, USER_QUERY, user.c.id, missing)
        self.users |= make_users(rows, owners, {}, self.departments)
        apart = links.keys() - self.users.keys()
        self.links |= {ref: links[ref] for ref in apart}
        records, gone = read_people(self.connection, apart)
        self.records |= records
        self.gone |= gone
        return self._world(ids, named)

    def _world(self, ids: set[int], named: set[Ref]) -> World:
        links = {ref: self.links[ref] for ref in named & self.links.keys()}
        of_users = ids | user_ids(links)
        refs = named | {self.owners[id_] for id_ in of_users & self.owners.keys()}
        return World(
            users={ref: self.users[ref] for ref in refs & self.users.keys()},
            links=links,
            records={ref: self.records[ref] for ref in links.keys() & self.records.keys()},
            gone=frozenset(self.gone & links.keys()),
        )

    def named_by(self, records: Mapping[Ref, UserRecord]) -> set[Ref]:
        """Return whom some records name as the manager."""
        return {
            Ref(ref.source, name)
            for ref, one in records.items()
            if ref.source in self.telling and (name := one.fields.get(MANAGER))
        }


def _next_users(connection: Connection, last: int, size: int) -> list[Tuple]:
    query = USER_QUERY.where(user.c.id > last).order_by(user.c.id).limit(size)
    return list(fetch(connection, query))


def _part(
    managers: _Managers, rows: list[Tuple], between: tuple[int, int]
) -> tuple[World, set[Ref]]:
    """Return some users with all their records and their managers, and whom it is about."""
    connection, departments = managers.connection, managers.departments
    of_part = _between(link.c.user_id, between)
    found = list(fetch(connection, select(*LINK_COLUMNS, link.c.is_owner).where(of_part)))
    owners = make_owners((one[3], one[1], one[2]) for one in found if one[-1])
    records, gone = _records(connection, of_part)
    ids = {row[_MANAGER_ID] for row in rows}
    around = managers.meet(
        ids - {None} - owners.keys(), managers.named_by(records).difference(owners.values())
    )
    memberships = make_memberships(
        fetch(connection, MEMBERSHIP_QUERY.where(_between(membership.c.user_id, between))),
        departments,
    )
    users = make_users(rows, managers.owners | owners, memberships, departments)
    world = World(
        users={**around.users, **users},
        links={**around.links, **make_links(one[:-1] for one in found)},
        records={**around.records, **records},
        gone=around.gone.union(gone),
        found=read_found(connection, records.keys()),
    )
    return world, users.keys() | records.keys()


def _records(
    connection: Connection, of_part: ColumnElement[bool]
) -> tuple[dict[Ref, UserRecord], set[Ref]]:
    its_link = and_(link.c.source == record.c.source, link.c.external_id == record.c.external_id)
    query = records_query(Kind.USER, record.c.gone_at).join(link, its_link)
    return decode_people(fetch(connection, query.where(of_part)), held_as=dict)


def _between(column: ColumnElement[int], between: tuple[int, int]) -> ColumnElement[bool]:
    return and_(column > between[0], column <= between[1])


def _who(sources: Collection[str], refs: Collection[Ref]) -> frozenset[Ref]:
    return frozenset(ref for ref in refs if ref.source in sources)


def _without_user(connection: Connection, sources: Collection[str]) -> set[Ref]:
    """Return whose records belong to nobody."""
    its_link = and_(link.c.source == record.c.source, link.c.external_id == record.c.external_id)
    query = select(record.c.source, record.c.external_id).outerjoin(link, its_link)
    query = query.where(
        record.c.source.in_(sorted(sources)),
        record.c.kind == Kind.USER.value,
        link.c.user_id.is_(None),
    )
    return {Ref(*row) for row in fetch(connection, query)}
