"""Runs: their rows, how they begin and how they end."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from syncd.model.run import Mode, Outcome, ReadingSummary, Run, Trigger
from syncd.store.chain import Journal
from syncd.store.holder import Holder
from syncd.store.rows import json_time
from syncd.store.schema import run, source
from syncd.store.sql import fetch
from syncd.store.types import read_json, read_time

#: How long a run without the lease may take before it is taken for dead, where its process cannot
#: be asked about: it is another host's, or goes on.
_UNLEASED_TERM: Final = timedelta(hours=1)
#: How far back guards look (contract section 3).
_GUARD_TERM: Final = timedelta(hours=24)
#: Runs whose readings the store rests on.
_USED: Final = run.c.outcome.in_([Outcome.APPLIED.value, Outcome.NO_CHANGE.value])


@dataclass(frozen=True, slots=True)
class Ending:
    """What a run's row says when it has ended."""

    outcome: Outcome
    at: datetime
    counts: Mapping[str, Mapping[str, int]]
    guard_counts: Mapping[str, int]
    readings: Mapping[str, ReadingSummary]
    digest: str | None = None
    error: str | None = None


def insert_run(
    connection: Connection,
    *,
    trigger: Trigger,
    mode: Mode,
    actor: str,
    why: str | None,
    now: datetime,
    process: Holder | None = None,
) -> Run:
    """Insert the row of a run that begins; its outcome is NULL until it ends.

    `process` carries it out, where no lease tells who does.
    """
    values: dict[str, Any] = {
        "trigger": trigger.value,
        "mode": mode.value,
        "started_at": now,
        "actor": actor,
        "why": why,
        "process": None if process is None else json.dumps(asdict(process)),
    }
    empty: dict[str, Any] = {"counts": {}, "readings": {}, "guard_counts": {}}
    run_id = connection.execute(insert(run).values(values | empty)).inserted_primary_key
    return Run(int(run_id[0]) if run_id else 0, trigger, mode, now, actor, why)


def end_run(connection: Connection, journal: Journal, run_id: int, ending: Ending) -> None:
    """Write how a run ended, into its row and the log."""
    values = {
        "finished_at": ending.at,
        "outcome": ending.outcome.value,
        "counts": {entity: dict(actions) for entity, actions in ending.counts.items()},
        "guard_counts": dict(ending.guard_counts),
        "readings": {name: _write_reading(one) for name, one in ending.readings.items()},
        "plan_digest": ending.digest,
        "error": ending.error,
        "process": None,
    }
    row = connection.execute(select(run).where(run.c.id == run_id)).one()
    connection.execute(update(run).where(run.c.id == run_id).values(values))
    journal.set_run(run_id)
    journal.event(
        "run_finished",
        {
            "trigger": row.trigger,
            "mode": row.mode,
            "why": row.why,
            "started_at": json_time(row.started_at),
            **{name: values[name] for name in ("outcome", "counts", "plan_digest", "error")},
        },
    )


def is_running(connection: Connection, run_id: int) -> bool:
    """Return whether a run has not ended; one that was taken for dead has."""
    query = select(run.c.id).where(run.c.id == run_id, run.c.outcome.is_(None))
    return connection.execute(query).scalar_one_or_none() is not None


def abandon_dead(
    connection: Connection,
    journal: Journal,
    *,
    here: Holder,
    of_lease: int | None = None,
    now: datetime,
) -> None:
    """Mark what never came to its end, as the process `here` can tell.

    They are: a dead holder's run, and runs without the lease whose process has ended, or which are
    too old. Of another host's process only the time tells.
    """
    old = (run.c.mode == Mode.TARGETED.value) & (run.c.started_at < now - _UNLEASED_TERM)
    dead = old | (run.c.id == of_lease) | run.c.id.in_(_ended(connection, here))
    is_open = run.c.outcome.is_(None)
    for run_id in list(connection.execute(select(run.c.id).where(is_open, dead)).scalars()):
        end_run(connection, journal, run_id, Ending(Outcome.ABANDONED, now, {}, {}, {}))


def _ended(connection: Connection, here: Holder) -> list[int]:
    """Return the open runs without the lease whose process is known to have ended."""
    query = select(run.c.id, run.c.process)
    query = query.where(run.c.outcome.is_(None), run.c.process.is_not(None))
    return [
        run_id
        for run_id, process in fetch(connection, query)
        if Holder(**json.loads(process)).is_gone(here)
    ]


def read_runs(connection: Connection, limit: int) -> list[Run]:
    """Return the newest runs, the newest first."""
    return [
        _run(row) for row in connection.execute(select(run).order_by(run.c.id.desc()).limit(limit))
    ]


def read_run(connection: Connection, run_id: int) -> Run | None:
    """Return one run, or None where there is no such row."""
    row = connection.execute(select(run).where(run.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def read_held(connection: Connection) -> Run | None:
    """Return the run whose plan waits for a person; None where nothing is held.

    A run of a whole source settles what is held. One of a single person settles nothing, but that an
    approved one settles what was held about a single person.
    """
    # Who asked for an undo was told that it is held, and repeats it.
    is_held = (run.c.outcome == Outcome.HELD.value) & (run.c.trigger != Trigger.UNDO.value)
    of_one = run.c.mode == Mode.TARGETED.value
    found = (
        _unsettled(connection, is_held & ~of_one, ~of_one),
        _unsettled(
            connection, is_held & of_one, ~of_one | (run.c.trigger == Trigger.APPROVE.value)
        ),
    )
    waiting = [one for one in found if one is not None]
    return _run(max(waiting, key=_ended_at)) if waiting else None


def _unsettled(
    connection: Connection, held: ColumnElement[bool], settles: ColumnElement[bool]
) -> Row[Any] | None:
    """Return the newest of the held runs where none of those that settle it came after it."""
    last = connection.execute(_newest(held)).one_or_none()
    settled = connection.execute(_newest(_USED, settles)).one_or_none()
    # A confirmed run keeps its id, so only the time tells which came last.
    is_over = last is not None and settled is not None and _ended_at(settled) > _ended_at(last)
    return None if is_over else last


def _ended_at(row: Row[Any]) -> tuple[datetime, int]:
    return row.finished_at, row.id


def _newest(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(run).where(*conditions).order_by(run.c.id.desc()).limit(1)


def last_readings(connection: Connection, *, complete: bool = False) -> dict[str, ReadingSummary]:
    """Return each source's reading of the newest run that used it, or its newest of everything."""
    names = set(connection.execute(select(source.c.name)).scalars())
    query = select(run.c.readings).where(_USED, run.c.mode != Mode.TARGETED.value)
    found: dict[str, ReadingSummary] = {}
    for (readings,) in fetch(connection, query.order_by(run.c.id.desc())):
        for name, one in read_json(readings).items():
            reading = _reading(one)
            if not (complete and reading.is_partial):
                found.setdefault(name, reading)
        if names <= found.keys():
            break
    return found


def guard_counts_since_full(connection: Connection, now: datetime) -> dict[str, int]:
    """Return what runs applied since the last applied full run, at most a day back, by guard."""
    applied = run.c.outcome == Outcome.APPLIED.value
    full = (
        select(func.max(run.c.id)).where(applied, run.c.mode == Mode.FULL.value).scalar_subquery()
    )
    recent = (run.c.id > func.coalesce(full, 0), run.c.finished_at >= now - _GUARD_TERM)
    total: dict[str, int] = {}
    for counts in connection.execute(select(run.c.guard_counts).where(applied, *recent)).scalars():
        for guard, count in counts.items():
            total[guard] = total.get(guard, 0) + count
    return total


def _run(row: Row[Any]) -> Run:
    return Run(
        row.id,
        Trigger(row.trigger),
        Mode(row.mode),
        row.started_at,
        row.actor,
        row.why,
        row.finished_at,
        None if row.outcome is None else Outcome(row.outcome),
        row.counts,
        row.guard_counts,
        row.plan_digest,
        row.error,
        {name: _reading(one) for name, one in row.readings.items()},
    )


def _write_reading(reading: ReadingSummary) -> dict[str, Any]:
    return {
        "began_at": json_time(reading.began_at),
        "users": reading.users,
        "departments": reading.departments,
        "facts": dict(reading.facts),
        "capabilities": dict(reading.capabilities),
    }


def _reading(one: Mapping[str, Any]) -> ReadingSummary:
    began_at = read_time(one["began_at"])
    return ReadingSummary(
        began_at, one["users"], one["departments"], one["facts"], one["capabilities"]
    )
