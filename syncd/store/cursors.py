"""Where the reading of each source goes on."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select, tuple_

from syncd.model.cursor import Cursor, CursorKind
from syncd.model.entry import Kind
from syncd.model.surrender import is_surrendered
from syncd.store.schema import cursor, record
from syncd.store.sql import fetch


def read_cursors(connection: Connection, source: str) -> dict[CursorKind, Cursor]:
    """Return the cursors of a source; none before a reading that can be gone on from was applied."""
    rows = connection.execute(select(cursor).where(cursor.c.source == source))
    found = (Cursor(row.source, CursorKind(row.kind), row.position, row.moved_at) for row in rows)
    return {one.kind: one for one in found}


def write_cursors(connection: Connection, cursors: Iterable[Cursor]) -> None:
    """Move cursors; one without a position is forgotten."""
    ones = list(cursors)
    if not ones:
        return
    keys = [(one.source, one.kind.value) for one in ones]
    connection.execute(delete(cursor).where(tuple_(cursor.c.source, cursor.c.kind).in_(keys)))
    rows = [
        {
            "source": one.source,
            "kind": one.kind.value,
            "position": dict(one.position),
            "moved_at": one.moved_at,
        }
        for one in ones
        if one.position
    ]
    if rows:
        connection.execute(insert(cursor), rows)


def forget_cursors(connection: Connection, source: str | None = None) -> None:
    """Forget the cursors of a source, or all: then the next reading is of everything."""
    statement = delete(cursor)
    connection.execute(statement if source is None else statement.where(cursor.c.source == source))


def read_unsettled(connection: Connection, source: str) -> dict[Kind, frozenset[str]]:
    """Return the ids of a source's records that every run has to look at, changed or not.

    They keep no digest. Those of people who are gone are among them: an undo may have taken back
    that they are there.
    """
    query = select(record.c.kind, record.c.external_id, record.c.gone_at)
    query = query.where(record.c.source == source, record.c.digest.is_(None))
    found: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for kind, external_id, gone_at in fetch(connection, query):
        if gone_at is None or not is_surrendered(external_id):
            found[Kind(kind)].add(external_id)
    return {kind: frozenset(ids) for kind, ids in found.items()}
