"""All that the store remembers of one person, now and before."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
from sqlalchemy import Connection, or_, select

from syncd.model.change import Entity
from syncd.model.entry import Kind
from syncd.model.field import TEXT_FIELDS
from syncd.reconcile.traces import Traces
from syncd.store.schema import change, link, record, user
from syncd.store.sql import fetch
from syncd.store.types import read_json

_OF_USER: Final = (Entity.USER.value, Entity.MEMBERSHIP.value)


def read_traces(connection: Connection, user_id: int) -> Traces:
    """Return every value that tells of a person."""
    traces = Traces(user_id)
    columns = [user.c[name] for name in TEXT_FIELDS]
    for own in connection.execute(select(*columns).where(user.c.id == user_id)).mappings():
        traces = traces.and_columns(dict(own))
    mine = select(link.c.id, link.c.source, link.c.external_id, link.c.key_value)
    for row in connection.execute(mine.where(link.c.user_id == user_id)):
        traces = traces.and_links([row.id])
        traces = traces.and_columns({"external_id": row.external_id, "key_value": row.key_value})
        known = select(record.c.data).where(
            record.c.source == row.source,
            record.c.kind == Kind.USER.value,
            record.c.external_id == row.external_id,
        )
        for (data,) in connection.execute(known):
            traces = traces.and_columns(orjson.loads(data)[0])
    traces = traces.and_links(_former_links(connection, user_id))
    for before, after in _told(connection, traces):
        traces = traces.and_columns(before).and_columns(after)
    return traces


def _former_links(connection: Connection, user_id: int) -> set[int]:
    """Return links that are no more, and were the person's at last, as far as changes tell it."""
    query = select(change.c.entity_id, change.c.before, change.c.after).where(
        change.c.entity == Entity.LINK.value
    )
    last: dict[int, int] = {}
    for key, *sides in fetch(connection, query.order_by(change.c.id)):
        for side in sides:
            of = (read_json(side) or {}).get("user_id")
            if of is not None:
                last[key] = of
    mine = {key for key, of in last.items() if of == user_id}
    there = {key for (key,) in fetch(connection, select(link.c.id))} if mine else set()
    return mine - there


def _told(connection: Connection, traces: Traces) -> Iterator[tuple[Any, Any]]:
    query = select(change.c.before, change.c.after).where(is_about(traces))
    for before, after in fetch(connection, query):
        yield read_json(before), read_json(after)


def is_about(traces: Traces) -> Any:
    """Return the condition that a change is about the person."""
    of_user = change.c.entity.in_(_OF_USER) & (change.c.entity_id == traces.user_id)
    of_link = (change.c.entity == Entity.LINK.value) & change.c.entity_id.in_(sorted(traces.links))
    return or_(of_user, of_link)
