"""Links as people look through them: whose a record is, and by what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select

from syncd.model.directory import LinkMethod
from syncd.model.entry import Kind, Ref
from syncd.store.records import decode_field
from syncd.store.rows import read_method
from syncd.store.schema import link, record, user
from syncd.store.sql import fetch, pairs
from syncd.store.types import read_time


@dataclass(frozen=True, slots=True)
class ListedLink:
    """A record, and whose it is."""

    ref: Ref
    #: What the record calls the person; None where no record is kept.
    record_name: str | None
    user_id: int | None
    user_name: str | None
    method: LinkMethod
    key_value: str | None
    is_owner: bool
    linked_at: datetime


def count_unmatched(connection: Connection) -> dict[str, int]:
    """Return how many records belong to no user, by source."""
    query = select(link.c.source, func.count()).where(link.c.user_id.is_(None))
    return pairs(connection, query.group_by(link.c.source))


def read_links(
    connection: Connection, *, user_id: int | None, unmatched: bool, limit: int
) -> list[ListedLink]:
    """Return links with the names at both ends. See `Reader.links`."""
    of_record = and_(
        record.c.source == link.c.source,
        record.c.external_id == link.c.external_id,
        record.c.kind == Kind.USER.value,
    )
    columns: tuple[Any, ...] = (
        link.c.source,
        link.c.external_id,
        record.c.data,
        link.c.user_id,
        user.c.name,
        link.c.method,
        link.c.key_value,
        link.c.is_owner,
        link.c.linked_at,
    )
    query = select(*columns).select_from(
        link.join(record, of_record, isouter=True).join(
            user, user.c.id == link.c.user_id, isouter=True
        )
    )
    if user_id is not None:
        query = query.where(link.c.user_id == user_id)
    elif unmatched:
        query = query.where(link.c.user_id.is_(None))
    else:
        query = query.where(link.c.user_id.is_not(None), ~link.c.is_owner)
    query = query.order_by(link.c.source, link.c.external_id).limit(limit)
    return [
        ListedLink(
            Ref(source, external_id),
            None if data is None else decode_field(data, "name"),
            key,
            name,
            read_method(method),
            value,
            bool(is_owner),
            read_time(at),
        )
        for source, external_id, data, key, name, method, value, is_owner, at in fetch(
            connection, query
        )
    ]
