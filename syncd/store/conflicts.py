"""Conflicts as stored: read for planning and for people, opened, changed, resolved, accepted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select, update

from syncd.errors import UsageError
from syncd.model.change import Plan
from syncd.model.conflict import Conflict, ConflictKind, OpenConflict
from syncd.model.entry import Ref
from syncd.reconcile.ambiguity import DEPARTMENT_PREFIX, SOURCE_WIDE
from syncd.store.chain import Journal
from syncd.store.schema import conflict
from syncd.store.sql import Tuple, chunks, fetch, fetch_refs, insert_many, pairs, update_many
from syncd.store.types import write_json, write_time
from syncd.text import text

#: Kinds whose `external_id` is a person's. `rejected` is none of them: an entry may have no
#: usable id, and every plan says anew what was rejected, whomever it is about.
OF_PEOPLE: Final = frozenset(
    {
        ConflictKind.DUPLICATE_KEY,
        ConflictKind.AMBIGUOUS,
        ConflictKind.MISSING_KEY,
        ConflictKind.KEY_DRIFT,
        ConflictKind.IDENTITY_DOUBTFUL,
        ConflictKind.USERID_TAKEN,
    }
)
_OF_DEPARTMENTS: Final = frozenset({ConflictKind.ORPHAN_DEPARTMENT, ConflictKind.DEPARTMENT_CYCLE})


@dataclass(frozen=True, slots=True)
class StoredConflict:
    """A row of `sync_conflict`, resolved or not."""

    open: OpenConflict
    resolved_at: datetime | None
    accepted_by: str | None
    accepted_why: str | None
    accepted_at: datetime | None


def read_conflicts(connection: Connection, *, open_only: bool) -> list[StoredConflict]:
    """Return conflicts, the oldest first."""
    query = select(conflict).order_by(conflict.c.id)
    query = query.where(conflict.c.resolved_at.is_(None)) if open_only else query
    return [_stored(row) for row in connection.execute(query)]


def count_open(connection: Connection) -> dict[str, int]:
    """Return how many conflicts are open, by kind."""
    query = select(conflict.c.kind, func.count()).where(conflict.c.resolved_at.is_(None))
    return pairs(connection, query.group_by(conflict.c.kind))


def read_open(
    connection: Connection, people: Collection[Ref] | None, *, departments: bool
) -> tuple[OpenConflict, ...]:
    """Return the open conflicts of these people (None: of everybody) and of whole sources.

    What was rejected is always given.

    Args:
        connection: A connection that may read.
        people: Whose conflicts are wanted.
        departments: Whether those of departments are wanted.
    """
    everything = people is None and departments
    query = select(conflict).where(conflict.c.resolved_at.is_(None)).order_by(conflict.c.id)
    if people is not None:
        personal = [kind.value for kind in OF_PEOPLE]
        query = query.where(conflict.c.kind.not_in(personal))
    found = {row.id: _open(row) for row in connection.execute(query)}
    if not everything:
        found = {
            key: one
            for key, one in found.items()
            if departments or one.conflict.kind not in _OF_DEPARTMENTS
        }
    if people is not None:
        found |= {one.id: one for one in _of_people(connection, people)}
    return tuple(found[key] for key in sorted(found))


def read_of_kind(connection: Connection, kind: ConflictKind, source: str) -> list[Conflict]:
    """Return the open conflicts of one kind about one source, the oldest first."""
    query = select(conflict).where(
        conflict.c.resolved_at.is_(None),
        conflict.c.kind == kind.value,
        conflict.c.source == source,
    )
    return [_open(row).conflict for row in connection.execute(query.order_by(conflict.c.id))]


def has_source_wide(connection: Connection, source: str) -> bool:
    """Return whether a conflict about a source as a whole is open."""
    query = select(conflict.c.id).where(
        conflict.c.resolved_at.is_(None),
        conflict.c.kind.in_([kind.value for kind in SOURCE_WIDE]),
        conflict.c.source == source,
    )
    return connection.execute(query.limit(1)).first() is not None


def has_open(connection: Connection, kinds: Collection[ConflictKind]) -> bool:
    """Return whether a conflict of one of these kinds is open."""
    return connection.execute(_open_of(kinds).limit(1)).first() is not None


def read_concerned(connection: Connection, kinds: Collection[ConflictKind]) -> set[Ref]:
    """Return whom the open conflicts of these kinds are about."""
    return {Ref(*row) for row in fetch(connection, _open_of(kinds))}


def _open_of(kinds: Collection[ConflictKind]) -> Select[Any]:
    of_kinds = conflict.c.kind.in_(sorted(kind.value for kind in kinds))
    query = select(conflict.c.source, conflict.c.external_id)
    return query.where(conflict.c.resolved_at.is_(None), of_kinds)


def _of_people(connection: Connection, people: Collection[Ref]) -> Iterator[OpenConflict]:
    ids = select(conflict.c.id).where(conflict.c.resolved_at.is_(None))
    ids = ids.where(conflict.c.kind.in_([kind.value for kind in OF_PEOPLE]))
    wanted = [key for (key,) in fetch_refs(connection, ids, conflict, people)]
    for some in chunks(wanted):
        for row in connection.execute(select(conflict).where(conflict.c.id.in_(some))):
            yield _open(row)


def write_conflicts(
    connection: Connection, journal: Journal, plan: Plan, *, run_id: int, at: datetime
) -> None:
    """Write what a plan opens, changes and resolves."""
    _write_opened(connection, journal, plan.opened, run_id)
    _write_changed(connection, plan.changed, run_id)
    for before, after in plan.changed:
        _tell(journal, "conflict_changed", before.id, after)
    # A list of a personnel department resolves them by the ten thousand.
    over: list[Tuple] = [(write_time(at), run_id, gone.id) for gone in plan.resolved]
    update_many(connection, conflict, ("id",), ("resolved_at", "last_run_id"), over)
    for gone in plan.resolved:
        _tell(journal, "conflict_resolved", gone.id, gone.conflict)


def _write_changed(
    connection: Connection, changed: Sequence[tuple[OpenConflict, Conflict]], run_id: int
) -> None:
    rows: list[Tuple] = [
        (
            *(after.kind.value, after.source, after.external_id, after.key_value),
            *(write_json(dict(after.detail)), run_id, before.id),
        )
        for before, after in changed
    ]
    columns = ("kind", "source", "external_id", "key_value", "detail", "last_run_id")
    update_many(connection, conflict, ("id",), columns, rows)


def _write_opened(
    connection: Connection, journal: Journal, opened: Sequence[Conflict], run_id: int
) -> None:
    """Write new conflicts: where nobody has a value of the common field, it is one for everybody."""
    if not opened:
        return
    last = connection.execute(select(func.max(conflict.c.id))).scalar() or 0
    rows: list[Tuple] = [
        (one.kind.value, *one.key[1:], one.key_value, write_json(dict(one.detail)), "[]")
        for one in opened
    ]
    same: dict[str, str | int] = {"first_run_id": run_id, "last_run_id": run_id}
    columns = ("kind", "source", "external_id", "key_value", "detail", "accepted")
    insert_many(connection, conflict, columns, rows, same=same)
    numbers = {
        tuple(key): number
        for number, *key in fetch(
            connection,
            select(conflict.c.id, conflict.c.kind, conflict.c.source, conflict.c.external_id).where(
                conflict.c.id > last
            ),
        )
    }
    for one in opened:
        _tell(journal, "conflict_opened", numbers[one.kind.value, one.source, one.external_id], one)


def accept(
    connection: Connection, journal: Journal, conflict_id: int, *, by: str, why: str, at: datetime
) -> StoredConflict:
    """Note that the people and departments which a conflict names may go.

    Raises:
        UsageError: There is no such conflict, it is resolved, or there is nothing in it to accept.
    """
    row = connection.execute(select(conflict).where(conflict.c.id == conflict_id)).one_or_none()
    if row is None or row.resolved_at is not None:
        raise UsageError(
            text("There is no open conflict {id}.", id=conflict_id),
            hint=text("syncd conflicts lists them."),
        )
    named = {str(one) for one in row.detail.get("people", ())}
    # A department and a person may have the same id.
    named |= {f"{DEPARTMENT_PREFIX}{one}" for one in row.detail.get("departments", ())}
    if not named:
        raise UsageError(
            text(
                "Conflict {id} ({kind}) names nobody who could be let go.",
                id=conflict_id,
                kind=row.kind,
            ),
            hint=text(
                "Only a scope_shrunk conflict can be accepted; others go when their cause goes."
            ),
        )
    accepted = sorted(named | set(row.accepted))
    _update(
        connection,
        conflict_id,
        {"accepted": accepted, "accepted_by": by, "accepted_why": why, "accepted_at": at},
    )
    _tell(journal, "conflict_accepted", conflict_id, _open(row).conflict, by=by, why=why)
    return _stored(connection.execute(select(conflict).where(conflict.c.id == conflict_id)).one())


def _update(connection: Connection, conflict_id: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(conflict).where(conflict.c.id == conflict_id).values(values))


def _values(one: Conflict) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": one.kind.value,
        "source": one.source,
        "external_id": one.external_id,
    }
    return values | {"key_value": one.key_value, "detail": dict(one.detail)}


def _tell(journal: Journal, event: str, conflict_id: int, one: Conflict, **fields: str) -> None:
    told = _values(one)
    if journal.pseudonyms:
        told["detail"] = journal.pseudonyms.hide_all(told["detail"])
        told = journal.pseudonyms.hide_columns(told) or {}
    journal.event(event, {"conflict_id": conflict_id, **told, **fields})


def _open(row: Row[Any]) -> OpenConflict:
    one = Conflict(ConflictKind(row.kind), row.source, row.external_id, row.key_value, row.detail)
    return OpenConflict(row.id, one, row.first_run_id, row.last_run_id, frozenset(row.accepted))


def _stored(row: Row[Any]) -> StoredConflict:
    return StoredConflict(
        _open(row), row.resolved_at, row.accepted_by, row.accepted_why, row.accepted_at
    )
