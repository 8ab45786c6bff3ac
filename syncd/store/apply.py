"""Carrying out a plan: one transaction, all of it or nothing."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from syncd.model.change import Change, Entity, Plan, RecordWrite
from syncd.model.cursor import Cursor
from syncd.model.entry import Kind, Ref
from syncd.model.source import SourceState
from syncd.store.behind import inserting_behind
from syncd.store.bulk import look_at_columns
from syncd.store.chain import AuditEvent, Journal
from syncd.store.changes import ChangeLog
from syncd.store.conflicts import write_conflicts
from syncd.store.cursors import forget_cursors, write_cursors
from syncd.store.keys import Keys, change_key_field, keys_for
from syncd.store.lease import advance, check_token, release_lease
from syncd.store.lookups import forget_answers
from syncd.store.numbers import Numbers
from syncd.store.order import managers_first
from syncd.store.records import encode_record
from syncd.store.references import checked_together
from syncd.store.runs import Ending, end_run
from syncd.store.schema import link, membership, record, user
from syncd.store.sources import forget_records, retire_state, write_states
from syncd.store.sql import (
    Tuple,
    chunks,
    fetch_refs,
    insert_many,
    texts_for,
    update_many,
    upsert_many,
    wait_with_references,
)
from syncd.store.types import write_time
from syncd.store.writing import Writer

#: Rows that are held in memory before they go to the database. A server is waited for once for
#: each lot, so it gets larger ones; SQLite is quicker where less memory is gone through.
_CHUNK: Final = 2000
_CHUNK_OF_SERVER: Final = 10_000
#: With more changes than this, a thread more is worth its while.
_MANY: Final = 10_000
#: What rows are looked up by.
_LOOKED_UP: Final = {
    user: ("id", "userid_key", "manager_id"),
    membership: ("user_id", "department_id"),
    link: ("source", "external_id", "user_id"),
    record: ("source", "kind", "external_id", "key_value"),
}
_RECORD_COLUMNS: Final = (
    *("source", "kind", "external_id", "read_at", "digest", "gone_at", "data", "key_value"),
)

#: Told how many steps of how many are done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a transaction has written."""

    changes: int
    #: The store's version after it.
    store_version: int


@dataclass(frozen=True, slots=True)
class Application:
    """A plan, and what else is written with it."""

    plan: Plan
    run_id: int
    #: None for a run without the lease.
    token: int | None
    store_version: int
    ending: Ending
    states: Sequence[SourceState] = ()
    #: Where the readings go on from now on; those without a position are forgotten.
    cursors: Sequence[Cursor] = ()
    #: Sources whose links were seen in this run.
    seen: Sequence[str] = ()
    #: People of theirs who were not.
    unseen: Collection[Ref] = ()
    #: Sources that were retired, and whose people this plan gives to another one.
    ended: Collection[str] = ()
    events: Sequence[AuditEvent] = ()
    #: The common field by which records are found from now on; None where that stays as it is.
    key_field: str | None = None
    progress: Progress | None = field(default=None, compare=False)


def apply_plan(connection: Connection, journal: Journal, what: Application) -> Applied:
    """Write everything that one run has decided; the caller's transaction makes it one step.

    Raises:
        StaleWrite: The lease was lost, or the store has moved since the plan was made.
        StoreError: The plan names something that the store does not hold.
    """
    if what.token is not None:
        check_token(connection, what.token)
    advance(connection, what.store_version)
    at, plan = what.ending.at, what.plan
    log = ChangeLog(connection, journal, run_id=what.run_id, at=at)
    for event in what.events:
        journal.event(event.event, event.fields)
    steps = _Steps(what.progress, len(plan.changes) + len(plan.records))
    keys = keys_for(connection, what.key_field)
    if len(plan.changes) > _MANY:
        _write_many(connection, log, plan, at, steps, keys=keys)
    else:
        _write(connection, log, plan, at, steps, keys=keys)
    write_conflicts(connection, journal, plan, run_id=what.run_id, at=at)
    write_states(connection, what.states)
    write_cursors(connection, what.cursors)
    if what.key_field is not None:
        change_key_field(connection, what.key_field)
    for source in what.seen:
        _touch_links(connection, source, at, what.unseen)
    for source in what.ended:
        forget_records(connection, source)
        retire_state(connection, source)
        forget_answers(connection, source)
        forget_cursors(connection, source)
    end_run(connection, journal, what.run_id, what.ending)
    if what.token is not None:
        release_lease(connection, what.token)
    return Applied(log.count, what.store_version + 1)


def _write_many(
    connection: Connection,
    log: ChangeLog,
    plan: Plan,
    at: datetime,
    steps: "_Steps",
    *,
    keys: Keys,
) -> None:
    with checked_together(connection) as in_any_order:
        with inserting_behind(connection):
            _write(connection, log, plan, at, steps, keys=keys, in_any_order=in_any_order)
        look_at_columns(connection, _LOOKED_UP)


def _write(
    connection: Connection,
    log: ChangeLog,
    plan: Plan,
    at: datetime,
    steps: "_Steps",
    *,
    keys: Keys,
    in_any_order: bool = False,
) -> None:
    _write_changes(connection, log, plan, at, steps, in_any_order=in_any_order)
    _write_records(connection, plan, at, steps, keys)


class _Steps:
    """Counts what is done and tells whoever wants to know."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def advance(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(self._done, self._total)


def _write_changes(
    connection: Connection,
    log: ChangeLog,
    plan: Plan,
    at: datetime,
    steps: _Steps,
    *,
    in_any_order: bool,
) -> None:
    changes: dict[Entity, list[Change]] = {entity: [] for entity in Entity}
    if not plan.changes:
        return
    for one in plan.changes:
        changes[one.entity].append(one)
    numbers = Numbers(connection, changes, plan.former)
    waiting: Collection[Ref] = ()
    if not in_any_order and not wait_with_references(connection):
        changes[Entity.USER], waiting = managers_first(changes[Entity.USER])
    writer = Writer(connection, log, numbers, at, waiting=waiting)
    parts = (
        (writer.departments, writer.parents_first(changes[Entity.DEPARTMENT])),
        (writer.users, writer.new_first(changes[Entity.USER])),
        (writer.memberships, changes[Entity.MEMBERSHIP]),
        (writer.links, writer.adopting(changes[Entity.LINK])),
    )
    for write, ordered in parts:
        for chunk in chunks(ordered, _chunk(connection)):
            write(chunk)
            log.flush()
            steps.advance(len(chunk))
        writer.managers()


def _chunk(connection: Connection) -> int:
    return _CHUNK if connection.dialect.name == "sqlite" else _CHUNK_OF_SERVER


def _write_records(
    connection: Connection, plan: Plan, at: datetime, steps: _Steps, keys: Keys
) -> None:
    # Into an empty table, rows go the quick way: no record can be there twice.
    is_first = not connection.execute(select(record.c.source).limit(1)).first()
    write = insert_many if is_first else upsert_many
    as_text = texts_for(connection) if is_first else bytes.decode
    for chunk in chunks(plan.records, _chunk(connection)):
        rows = [_record_row(one, as_text, keys) for one in chunk]
        write(connection, record, _RECORD_COLUMNS, rows)
        steps.advance(len(chunk))
    columns = ("source", "kind", "external_id")
    gone = [
        (write_time(at), one.ref.source, one.kind.value, one.ref.external_id) for one in plan.gone
    ]
    update_many(connection, record, columns, ("gone_at",), gone)


def _record_row(write: RecordWrite, as_text: Callable[[bytes], Any], keys: Keys) -> Tuple:
    kind, one, digest = write
    return (
        one.source,
        "user" if kind is Kind.USER else kind.value,
        one.external_id,
        write_time(one.read_at),
        # Bytes like any other, but of the kind that the driver takes without asking around.
        None if digest is None else bytearray(digest),
        None,
        as_text(encode_record(one)),
        keys.of(one),
    )


def _touch_links(
    connection: Connection, source: str, at: datetime, unseen: Collection[Ref]
) -> None:
    """Move `last_seen_at` of a source's links, but not of the unseen and those whose record is gone."""
    of_unseen = select(link.c.last_seen_at, link.c.id)
    as_before = list(fetch_refs(connection, of_unseen, link, unseen))
    gone = select(record.c.external_id).where(
        record.c.source == source, record.c.kind == Kind.USER.value, record.c.gone_at.is_not(None)
    )
    before = link.c.last_seen_at != at  # a first load has written it already
    seen = (link.c.source == source, before, link.c.external_id.not_in(gone))
    connection.execute(update(link).where(*seen).values(last_seen_at=at))
    # The unseen may be more than a statement can name.
    update_many(connection, link, ("id",), ("last_seen_at",), as_before)
