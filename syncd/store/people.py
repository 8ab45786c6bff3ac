"""Finds the record that owns a user."""

from sqlalchemy import Connection, select

from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.store.records import decode_user
from syncd.store.rows import userid_key
from syncd.store.schema import link, record, user
from syncd.store.sql import fetch
from syncd.store.types import read_time


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

    Such a record has no digest, so that every run looks at it again.
    """
    columns = (record.c.external_id, record.c.read_at, record.c.data)
    query = select(*columns).where(
        record.c.source == manager.source,
        record.c.kind == Kind.USER.value,
        record.c.gone_at.is_(None),
        record.c.digest.is_(None),
    )
    return [
        Ref(manager.source, external_id)
        for external_id, read_at, data in fetch(connection, query)
        if decode_user(manager.source, external_id, read_time(read_at), data).fields.get(MANAGER)
        == manager.external_id
    ]
