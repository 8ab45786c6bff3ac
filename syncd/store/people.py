"""Finds the record that owns a user."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, select

from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER
from syncd.store.records import decode_field
from syncd.store.rows import userid_key
from syncd.store.schema import link, record, user
from syncd.store.sql import fetch


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
    return sorted(read_waiting_for_any(connection, [manager]))


def read_waiting_for_any(connection: Connection, managers: Collection[Ref]) -> set[Ref]:
    """Return whose records name one of several managers, as above."""
    ids: dict[str, set[str]] = defaultdict(set)
    for manager in managers:
        ids[manager.source].add(manager.external_id)
    found = set()
    for source, wanted in ids.items():
        query = select(record.c.external_id, record.c.data).where(
            record.c.source == source,
            record.c.kind == Kind.USER.value,
            record.c.gone_at.is_(None),
            record.c.digest.is_(None),
        )
        for external_id, data in fetch(connection, query):
            if decode_field(data, MANAGER) in wanted:
                found.add(Ref(source, external_id))
    return found
