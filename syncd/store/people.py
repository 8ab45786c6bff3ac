"""Finds the record that owns a user."""

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


def read_waiting(connection: Connection, manager: Ref) -> list[Ref]:
    """Return whose records name a manager who was not active when they were last looked at.

    Such a record has no digest, or the mark of the manager stands behind it.
    """
    digests = read_digests(connection, manager.source, Kind.USER)
    ids = naming(digests, [manager.external_id])
    ids |= {id_ for id_, one in digests.items() if one is None}
    people, _ = read_people(connection, {Ref(manager.source, id_) for id_ in ids})
    named = manager.external_id
    return [ref for ref, one in people.items() if one.fields.get(MANAGER) == named]
