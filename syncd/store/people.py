"""Finds the record that owns a user."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.reconcile.naming import naming
from syncd.store.rows import userid_key
from syncd.store.schema import link, user
from syncd.store.sources import read_digests, read_people


def read_owner(connection: Connection, user_id: int) -> Ref | None:
    """Return the record that owns the user of an id, None where there is none."""
    query = select(link.c.source, link.c.external_id).where(
        link.c.user_id == user_id, link.c.is_owner
    )
    row = connection.execute(query).first()
    return None if row is None else Ref(row.source, row.external_id)


def read_owners_of_userid(connection: Connection, userid: str) -> list[Ref]:
    """Return the records that own the users of a userid, whatever its case."""
    query = (
        select(link.c.source, link.c.external_id)
        .join(user, user.c.id == link.c.user_id)
        .where(user.c.userid_key == userid_key(userid), link.c.is_owner)
        .order_by(user.c.id)
    )
    return [Ref(row.source, row.external_id) for row in connection.execute(query)]


def read_waiting_for_any(connection: Connection, managers: Collection[Ref]) -> set[Ref]:
    """Return whose records name one of these managers, active or not.

    Such a record has no digest, or the mark of the manager stands behind it.
    """
    wanted: dict[str, set[str]] = defaultdict(set)
    for manager in managers:
        wanted[manager.source].add(manager.external_id)
    found = set()
    for source, ids in wanted.items():
        digests = read_digests(connection, source, Kind.USER)
        near = naming(digests, ids) | {id_ for id_, one in digests.items() if one is None}
        people, _ = read_people(connection, {Ref(source, id_) for id_ in near})
        found |= {ref for ref, one in people.items() if one.fields.get(MANAGER) in ids}
    return found
