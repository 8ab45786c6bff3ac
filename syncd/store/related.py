"""Finds whose records hang together: by a user, by a value of the common field, or by an answer."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from syncd.model.entry import Kind, Ref
from syncd.store.lookups import find_records, find_values
from syncd.store.schema import link, lookup, record
from syncd.store.sql import fetch_in, fetch_refs


def find_related(connection: Connection, refs: Collection[Ref], keys: Collection[str]) -> set[Ref]:
    """Return `refs`, and all that hang together with them. See `Reader.related`."""
    found: set[Ref] = set()
    asked: set[str] = set()
    new, wanted = set(refs), set(keys)
    # What a source said whose a value is, is as good as a value of that record.
    has_answers = bool(connection.execute(select(lookup.c.source).limit(1)).first())
    while new or wanted:
        found |= new
        wanted |= _keys_of(connection, new) - asked
        if has_answers:
            wanted |= find_values(connection, new) - asked
        asked |= wanted
        new = of_same_users(connection, new) | _with_keys(connection, wanted)
        if has_answers:
            new |= find_records(connection, wanted)
        new -= found
        wanted = set()
    return found


def _keys_of(connection: Connection, refs: Collection[Ref]) -> set[str]:
    query = select(record.c.key_value).where(
        record.c.kind == Kind.USER.value, record.c.key_value.is_not(None)
    )
    return {key for (key,) in fetch_refs(connection, query, record, refs)}


def _with_keys(connection: Connection, keys: Collection[str]) -> set[Ref]:
    query = select(record.c.source, record.c.external_id).where(
        record.c.kind == Kind.USER.value, record.c.gone_at.is_(None)
    )
    return {Ref(*row) for row in fetch_in(connection, query, record.c.key_value, keys)}


def of_same_users(connection: Connection, refs: Collection[Ref]) -> set[Ref]:
    """Return all records of the users whom these records have."""
    of_refs = select(link.c.user_id).where(link.c.user_id.is_not(None))
    users = {key for (key,) in fetch_refs(connection, of_refs, link, refs)}
    by_user = select(link.c.source, link.c.external_id)
    return {Ref(*row) for row in fetch_in(connection, by_user, link.c.user_id, users)}
