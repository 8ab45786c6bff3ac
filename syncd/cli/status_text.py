"""Says how the store stands: how old its data is, who is writing, what waits for a person."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncd import bootstrap
from syncd.cli.copies_text import copy_document, copy_lines
from syncd.cli.incidents_text import OpenIncident, incident_document, incident_lines, open_incidents
from syncd.cli.lookup_text import LookupStatus, status_document, status_lines
from syncd.cli.outbox_stats import depth_document, depth_lines
from syncd.cli.output import NOTHING_YET, age, moment, printable, retold
from syncd.cli.pause import as_document as pause_document
from syncd.cli.pause import pause_line
from syncd.cli.run_text import OUTCOMES, facts, run_document
from syncd.config.configuration import Configuration
from syncd.model.lookup import LookupTotals
from syncd.model.pause import Pause
from syncd.model.run import ReadingSummary, Run
from syncd.model.source import SourceState
from syncd.reconcile.lookup import budget_of
from syncd.services.audit_copies import Copy, copies
from syncd.store.lease import Lease
from syncd.store.outbox.counting import Depth
from syncd.store.store import Store
from syncd.text import joined, plural, term, text


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source, as it is configured and as the store remembers it."""

    name: str
    type: str
    #: None for a source that is no longer configured.
    enabled: bool | None
    reading: ReadingSummary | None
    state: SourceState | None
    #: Records that belong to no user.
    unmatched: int = 0
    #: None for one that is not asked whose values are.
    lookup: LookupStatus | None = None
    #: The last reading that was of everything, where that is known.
    complete: ReadingSummary | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """All that `syncd status` tells."""

    now: datetime
    store: str
    is_empty: bool
    schema: str | None
    sources: tuple[SourceStatus, ...]
    #: Entity → status → how many.
    counts: Mapping[str, Mapping[str, int]]
    #: Kind → how many are open.
    conflicts: Mapping[str, int]
    last_run: Run | None
    #: The run whose plan waits for a person.
    held: Run | None
    lease: Lease | None
    #: What is wrong now, and who was told of it.
    incidents: tuple[OpenIncident, ...]
    #: The maintenance windows that hold now.
    pauses: tuple[Pause, ...]
    outbox: Depth
    audit_file: Path
    #: Number of the last line, and how many lines the file does not have yet.
    audit_seq: int
    audit_pending: int
    #: Every host's copy of the log.
    audit_copies: tuple[Copy, ...]


def look(store: Store, configuration: Configuration, now: datetime) -> Status:
    """Return how the store stands."""
    file = configuration.audit_file
    end = store.audit.end()
    return Status(
        now=now,
        store=store.name,
        is_empty=store.is_empty,
        schema=store.schema_state().revision,
        sources=tuple(_sources(store, configuration, now)),
        counts=store.status_counts(),
        conflicts=store.conflict_counts(),
        last_run=next(iter(store.runs(1)), None),
        held=store.held_run(),
        incidents=tuple(open_incidents(store, configuration, now)),
        lease=store.lease(),
        pauses=tuple(one for one in store.pauses() if one.holds_at(now)),
        outbox=store.messages.depth(now),
        audit_file=file,
        audit_seq=end.last_seq if end else 0,
        audit_pending=_pending(store, file, end.last_seq) if end else 0,
        audit_copies=tuple(copies(store)),
    )


def _pending(store: Store, file: Path, last_seq: int) -> int:
    """Return how many lines wait in the store for the file, as far as the store was told."""
    known = store.audit.file(socket.gethostname(), str(file))
    if known is not None:
        return max(0, last_seq - known.last_seq)
    # A file that the store has not been told of: its own end says how far it is, and what every
    # other file has is no longer kept.
    first = next((one[0] for one in store.audit.blocks(0)), last_seq + 1)
    return last_seq - first + 1


def _sources(store: Store, configuration: Configuration, now: datetime) -> Iterator[SourceStatus]:
    states, readings = store.source_states(), store.last_readings()
    unmatched, lookups = store.unmatched_counts(), _lookups(store, configuration, readings, now)
    complete = store.last_readings(complete=True)
    for name, source in configuration.sources.items():
        known = (
            *(readings.get(name), states.get(name), unmatched.get(name, 0)),
            *(lookups.get(name), complete.get(name)),
        )
        yield SourceStatus(name, source.type, source.enabled, *known)
    for name, state in states.items():
        if name not in configuration.sources:
            yield SourceStatus(name, state.type, None, readings.get(name), state)


def _lookups(
    store: Store,
    configuration: Configuration,
    readings: Mapping[str, ReadingSummary],
    now: datetime,
) -> dict[str, LookupStatus]:
    meters = bootstrap.lookup_meters(configuration)
    totals = store.lookups.totals() if meters else {}
    found = {}
    for name, meter in meters.items():
        people = readings[name].users if name in readings else 0
        budget = budget_of(store.lookups.misses(meter, now), people, now)
        found[name] = LookupStatus(totals.get(name, LookupTotals()), budget)
    return found


def lines(found: Status) -> Iterator[str]:
    """Yield what a person reads."""
    for pause in found.pauses:
        yield pause_line(pause)
    for one in found.incidents:
        yield from incident_lines(one, found.now)
    for source in found.sources:
        yield from _source_lines(source, found.now)
    if not found.sources:
        yield text("No source is configured.")
    if found.last_run is None:
        yield NOTHING_YET
    else:
        yield text("People: {counts}", counts=_counted(found, "user"))
        yield text("Departments: {counts}", counts=_counted(found, "department"))
        yield from _conflict_lines(found)
        yield from _run_lines(found.last_run, found.now)
        yield from _held_lines(found)
    yield from depth_lines(found.outbox, found.now)
    yield from _lease_lines(found)
    if found.audit_pending:
        yield plural(
            found.audit_pending,
            "Audit log: {number:,} entry not yet in {file}; the next run writes them",
            "Audit log: {number:,} entries not yet in {file}; the next run writes them",
            file=found.audit_file,
        )
    elif found.audit_seq:
        yield text("Audit log: {file}, nothing waits to be written", file=found.audit_file)
    mine = (socket.gethostname(), str(found.audit_file))
    yield from copy_lines(found.audit_copies, mine, found.now)
    if found.schema:
        yield text("Store: {store}, schema {schema}", store=found.store, schema=found.schema)
    else:
        yield text("Store: {store}, no schema yet", store=found.store)


def _source_lines(one: SourceStatus, now: datetime) -> Iterator[str]:
    yield _title(one)
    if one.reading is None:
        yield text("  never read")
    else:
        yield from _reading_lines(one.reading, now)
        if one.reading.is_partial and one.complete is not None:
            yield from _reading_lines(one.complete, now)
    if one.unmatched:
        yield plural(
            one.unmatched,
            "  {number:,} record belongs to nobody; syncd links --unmatched lists it",
            "  {number:,} records belong to nobody; syncd links --unmatched lists them",
        )
    if one.lookup is not None and one.reading is not None:
        yield from status_lines(one.lookup)
    if one.state is not None:
        for what, able in sorted(one.state.capabilities.items()):
            yield text("  {what}: {able}", what=term(what), able=retold(printable(able)))
        if one.state.withheld:
            fields = joined(", ", sorted(one.state.withheld))
            yield text("  withheld: {fields} (the last values are kept)", fields=fields)


def _reading_lines(one: ReadingSummary, now: datetime) -> Iterator[str]:
    at = one.began_at
    people = plural(one.users, "{number:,} person", "{number:,} people")
    if one.is_partial:
        yield text(
            "  last reading of what had changed: {age} ({at}), {people}",
            age=age(at, now),
            at=moment(at),
            people=people,
        )
    else:
        yield text(
            "  last reading of everything: {age} ({at}), {people}, {departments}",
            age=age(at, now),
            at=moment(at),
            people=people,
            departments=plural(one.departments, "{number:,} department", "{number:,} departments"),
        )
    for fact in facts(one):
        yield text("    {fact}", fact=fact)


def _title(one: SourceStatus) -> str:
    if one.enabled is None:
        return text("{name} ({type}, not configured any more)", name=one.name, type=one.type)
    if not one.enabled:
        return text("{name} ({type}, disabled)", name=one.name, type=one.type)
    return f"{one.name} ({one.type})"


def _counted(found: Status, entity: str) -> str:
    counts = found.counts.get(entity, {})
    return text(
        "{active:,} active, {inactive:,} inactive",
        active=counts.get("active", 0),
        inactive=counts.get("inactive", 0),
    )


def _conflict_lines(found: Status) -> Iterator[str]:
    if not found.conflicts:
        yield text("Conflicts: none")
        return
    yield text(
        "Conflicts: {number} open ({kinds}); syncd conflicts lists them",
        number=sum(found.conflicts.values()),
        kinds=joined(", ", [f"{n} {kind}" for kind, n in sorted(found.conflicts.items())]),
    )


def _run_lines(run: Run, now: datetime) -> Iterator[str]:
    yield text(
        "Last run: {run}, {mode}, {outcome}, {age}",
        run=run.id,
        mode=term(run.mode.value),
        outcome=OUTCOMES[run.outcome],
        age=age(run.finished_at or run.started_at, now),
    )
    if run.error:
        yield text("  {error}", error=retold(printable(run.error)))


def _held_lines(found: Status) -> Iterator[str]:
    held = found.held
    if held is None:
        return
    if held == found.last_run:
        yield text("  A guard holds its plan: syncd runs {run} shows it", run=held.id)
    else:
        yield text(
            "Held: the plan of run {run}, {mode}, {age}; syncd runs {run} shows it",
            run=held.id,
            mode=term(held.mode.value),
            age=age(held.finished_at or held.started_at, found.now),
        )


def _lease_lines(found: Status) -> Iterator[str]:
    lease = found.lease
    if lease is None:
        yield text("Writing: nobody")
        return
    who = text(
        "run {run}, process {pid} on {host}",
        run=lease.run_id,
        pid=lease.holder.pid,
        host=lease.holder.host,
    )
    if lease.expires_at < found.now:
        at = moment(lease.expires_at)
        yield text("Writing: nobody; {who} has let its lease run out at {at}", who=who, at=at)
    else:
        yield text("Writing: {who}, since {at}", who=who, at=moment(lease.acquired_at))


def as_document(found: Status) -> dict[str, object]:
    """Return the same as JSON values."""
    return {
        "at": found.now,
        "store": {"name": found.store, "schema": found.schema, "is_empty": found.is_empty},
        "sources": [_source(one) for one in found.sources],
        "users": _numbers(found, "user"),
        "departments": _numbers(found, "department"),
        "conflicts": {
            "open": sum(found.conflicts.values()),
            "by_kind": dict(sorted(found.conflicts.items())),
        },
        "last_run": run_document(found.last_run) if found.last_run is not None else None,
        "held_run": found.held.id if found.held is not None else None,
        "lease": _lease(found.lease, found.now) if found.lease is not None else None,
        "incidents": [incident_document(one) for one in found.incidents],
        "paused": [pause_document(one) for one in found.pauses],
        "outbox": depth_document(found.outbox),
        "audit": {
            "file": str(found.audit_file),
            "last_seq": found.audit_seq,
            "pending": found.audit_pending,
            "copies": [copy_document(one, found.now) for one in found.audit_copies],
        },
    }


def _numbers(found: Status, entity: str) -> dict[str, int]:
    counts = found.counts.get(entity, {})
    return {status: counts.get(status, 0) for status in ("active", "inactive")}


def _source(one: SourceStatus) -> dict[str, object]:
    reading, state = one.reading, one.state
    return {
        "name": one.name,
        "type": one.type,
        "enabled": one.enabled,
        "last_reading": _reading(reading),
        "last_complete_reading": _reading(one.complete),
        "capabilities": dict(state.capabilities) if state is not None else {},
        "withheld": sorted(state.withheld) if state is not None else [],
        "unmatched": one.unmatched,
        "lookup": status_document(one.lookup) if one.lookup is not None else None,
    }


def _reading(reading: ReadingSummary | None) -> dict[str, object] | None:
    if reading is None:
        return None
    return {
        "began_at": reading.began_at,
        "users": reading.users,
        "departments": reading.departments,
        "facts": dict(reading.facts),
    }


def _lease(lease: Lease, now: datetime) -> dict[str, object]:
    return {
        "run_id": lease.run_id,
        "host": lease.holder.host,
        "pid": lease.holder.pid,
        "acquired_at": lease.acquired_at,
        "expires_at": lease.expires_at,
        "has_run_out": lease.expires_at < now,
    }
