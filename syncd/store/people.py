"""Finds the record that owns a user."""

from sqlalchemy import Connection, select

from syncd.model.entry import Ref
from syncd.store.rows import userid_key
from syncd.store.schema import link, user


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
