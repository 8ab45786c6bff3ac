"""A source under another name: every row that bears the old one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, delete, select, update

from syncd.reconcile.guard import Judgement
from syncd.store.schema import (
    call,
    channel,
    conflict,
    delivery,
    department,
    link,
    media,
    message,
    pause,
    plan,
    quota,
    record,
    run,
    source,
)

#: Table → the column that holds a source's name.
COLUMNS: Final[Mapping[str, Column[Any]]] = {
    "sync_source": source.c.name,
    "directory_department": department.c.source,
    "directory_link": link.c.source,
    "directory_record": record.c.source,
    "sync_conflict": conflict.c.source,
    "sync_pause": pause.c.name,
    "outbox_message": message.c.source,
    "outbox_delivery": delivery.c.source,
    "outbox_call": call.c.source,
    "outbox_media": media.c.source,
    "outbox_channel": channel.c.source,
    "outbox_quota": quota.c.source,
}

#: Tables with one row a source, in which a source that is no more may have left one.
_KEYED: Final = (media, channel, quota)

Document = dict[str, Any]


def bears_name(connection: Connection, name: str) -> bool:
    """Return whether anything in the directory or its records bears a source's name."""
    columns = (source.c.name, department.c.source, link.c.source, record.c.source)
    queries = (select(column).where(column == name).limit(1) for column in columns)
    return any(connection.execute(query).first() is not None for query in queries)


def rename_source(connection: Connection, old: str, new: str) -> dict[str, int]:
    """Give a source's rows its new name; return how many of each table were changed.

    `sync_change` stays as it was told. `updated_at` stays too: nothing that applications show
    of a department has changed.
    """
    counts = {}
    for table in _KEYED:
        connection.execute(delete(table).where(table.c.source == new))
    for name, column in COLUMNS.items():
        statement = update(column.table).where(column == old).values({column.name: new})
        counts[name] = connection.execute(statement).rowcount
    _rename_in_conflicts(connection, old, new)
    _rename_in_runs(connection, old, new)
    _rename_in_plans(connection, old, new)
    return counts


def _rename_in_conflicts(connection: Connection, old: str, new: str) -> None:
    """Let conflicts about a record of another source tell that one by its new name."""
    query = select(conflict.c.id, conflict.c.detail).where(conflict.c.resolved_at.is_(None))
    for row in list(connection.execute(query)):
        if row.detail.get("former_source") == old:
            detail = {**row.detail, "former_source": new}
            connection.execute(
                update(conflict).where(conflict.c.id == row.id).values(detail=detail)
            )


def _rename_in_runs(connection: Connection, old: str, new: str) -> None:
    """Let runs tell their readings, and what counts against guards, under the new name."""
    query = select(run.c.id, run.c.readings, run.c.guard_counts)
    for row in list(connection.execute(query)):
        readings = {new if name == old else name: one for name, one in row.readings.items()}
        counts = {_guard(key, old, new): count for key, count in row.guard_counts.items()}
        if readings != row.readings or counts != row.guard_counts:
            values = {"readings": readings, "guard_counts": counts}
            connection.execute(update(run).where(run.c.id == row.id).values(values))


def _guard(key: str, old: str, new: str) -> str:
    """Return `guard:subject` with the subject's new name; other subjects are words and fields."""
    guard, _, subject = key.partition(":")
    is_source = guard in _GUARDS_OF_SOURCES and subject == old
    return f"{guard}:{new}" if is_source else key


#: Guards that count by source; see `syncd.reconcile.guard`.
_GUARDS_OF_SOURCES: Final = frozenset({"max_unlinks", "max_rejected", "authority_changed"})


def _rename_in_plans(connection: Connection, old: str, new: str) -> None:
    """Let the held plans that are kept whole be approved under the new name."""
    query = select(plan.c.run_id, plan.c.body).where(plan.c.body.is_not(None))
    for run_id, body in list(connection.execute(query)):
        document = renamed_plan(orjson.loads(body), old, new)
        guarded = tuple(tuple(line) for line in document["guarded"])
        digest = Judgement((), {}, guarded).digest
        values = {"body": orjson.dumps(document).decode(), "digest": digest}
        connection.execute(update(plan).where(plan.c.run_id == run_id).values(values))
        connection.execute(update(run).where(run.c.id == run_id).values(plan_digest=digest))


def renamed_plan(document: Document, old: str, new: str) -> Document:
    """Return a held plan (`syncd.services.plan_document`) with a source's new name."""

    def name(one: str) -> str:
        return new if one == old else one

    return {
        **document,
        "held_by": [
            {**one, "subject": name(one["subject"])} if one["guard"] in _GUARDS_OF_SOURCES else one
            for one in document["held_by"]
        ],
        # The second value of a line is the source; the lines stand in order.
        "guarded": sorted([line[0], name(line[1]), *line[2:]] for line in document["guarded"]),
        "changes": list(_renamed(document["changes"], name)),
        "conflicts": {
            what: list(_renamed(ones, name)) for what, ones in document["conflicts"].items()
        },
    }


def _renamed(ones: list[Mapping[str, Any]], name: Callable[[str], str]) -> Iterator[Document]:
    for one in ones:
        yield {**one, "source": name(one["source"])}
