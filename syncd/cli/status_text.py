"""Says how the store stands: how old its data is, who is writing, what waits for a person."""

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncd.cli.output import age, counted, moment, printable
from syncd.cli.run_text import OUTCOMES, facts, run_document
from syncd.config.configuration import Configuration
from syncd.model.run import ReadingSummary, Run
from syncd.model.source import SourceState
from syncd.store.lease import Lease
from syncd.store.store import Store


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source, as it is configured and as the store remembers it."""

    name: str
    type: str
    #: None for a source that is no longer configured.
    enabled: bool | None
    reading: ReadingSummary | None
    state: SourceState | None


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
    audit_file: Path
    #: Number of the last line, and how many lines the file does not have yet.
    audit_seq: int
    audit_pending: int


def look(store: Store, configuration: Configuration, now: datetime) -> Status:
    """Return how the store stands."""
    file = configuration.audit_file
    end = store.audit.end()
    return Status(
        now=now,
        store=store.name,
        is_empty=store.is_empty,
        schema=store.schema_state().revision,
        sources=tuple(_sources(store, configuration)),
        counts=store.status_counts(),
        conflicts=Counter(one.open.conflict.kind.value for one in store.conflicts()),
        last_run=next(iter(store.runs(1)), None),
        held=store.held_run(),
        lease=store.lease(),
        audit_file=file,
        audit_seq=end.last_seq if end else 0,
        audit_pending=_pending(store, file, end.last_seq) if end else 0,
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


def _sources(store: Store, configuration: Configuration) -> Iterator[SourceStatus]:
    states, readings = store.source_states(), store.last_readings()
    for name, source in configuration.sources.items():
        yield SourceStatus(name, source.type, source.enabled, readings.get(name), states.get(name))
    for name, state in states.items():
        if name not in configuration.sources:
            yield SourceStatus(name, state.type, None, readings.get(name), state)


def lines(found: Status) -> Iterator[str]:
    """Yield what a person reads."""
    for source in found.sources:
        yield from _source_lines(source, found.now)
    if not found.sources:
        yield "No source is configured."
    if found.last_run is None:
        yield "Nothing has been synced yet: syncd sync brings the directory here."
    else:
        yield f"People: {_counted(found, 'user')}"
        yield f"Departments: {_counted(found, 'department')}"
        yield from _conflict_lines(found)
        yield from _run_lines(found.last_run, found.now)
        yield from _held_lines(found)
    yield from _lease_lines(found)
    if found.audit_pending:
        pending = counted(found.audit_pending, "entry", "entries")
        yield f"Audit log: {pending} not yet in {found.audit_file}; the next run writes them"
    elif found.audit_seq:
        yield f"Audit log: {found.audit_file}, nothing waits to be written"
    schema = f"schema {found.schema}" if found.schema else "no schema yet"
    yield f"Store: {found.store}, {schema}"


def _source_lines(one: SourceStatus, now: datetime) -> Iterator[str]:
    notes = {None: ", not configured any more", False: ", disabled", True: ""}
    yield f"{one.name} ({one.type}{notes[one.enabled]})"
    if one.reading is None:
        yield "  never read"
    else:
        people = counted(one.reading.users, "person", "people")
        departments = counted(one.reading.departments, "department")
        at = one.reading.began_at
        yield f"  last reading: {age(at, now)} ({moment(at)}), {people}, {departments}"
        for text in facts(one.reading):
            yield f"    {text}"
    if one.state is not None:
        for what, text in sorted(one.state.capabilities.items()):
            yield f"  {what}: {printable(text)}"
        if one.state.withheld:
            yield f"  withheld: {', '.join(sorted(one.state.withheld))} (the last values are kept)"


def _counted(found: Status, entity: str) -> str:
    counts = found.counts.get(entity, {})
    return f"{counts.get('active', 0):,} active, {counts.get('inactive', 0):,} inactive"


def _conflict_lines(found: Status) -> Iterator[str]:
    if not found.conflicts:
        yield "Conflicts: none"
        return
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.conflicts.items()))
    yield f"Conflicts: {sum(found.conflicts.values())} open ({kinds}); syncd conflicts lists them"


def _run_lines(run: Run, now: datetime) -> Iterator[str]:
    at = run.finished_at or run.started_at
    yield f"Last run: {run.id}, {run.mode.value}, {OUTCOMES[run.outcome]}, {age(at, now)}"
    if run.error:
        yield f"  {printable(run.error)}"


def _held_lines(found: Status) -> Iterator[str]:
    held = found.held
    if held is None:
        return
    if held == found.last_run:
        yield f"  A guard holds its plan: syncd runs {held.id} shows it"
    else:
        at = held.finished_at or held.started_at
        yield (
            f"Held: the plan of run {held.id}, {held.mode.value}, {age(at, found.now)};"
            f" syncd runs {held.id} shows it"
        )


def _lease_lines(found: Status) -> Iterator[str]:
    lease = found.lease
    if lease is None:
        yield "Writing: nobody"
        return
    who = f"run {lease.run_id}, process {lease.holder.pid} on {lease.holder.host}"
    since = f"since {moment(lease.acquired_at)}"
    if lease.expires_at < found.now:
        yield f"Writing: nobody; {who} has let its lease run out at {moment(lease.expires_at)}"
    else:
        yield f"Writing: {who}, {since}"


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
        "audit": {
            "file": str(found.audit_file),
            "last_seq": found.audit_seq,
            "pending": found.audit_pending,
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
        "last_reading": None
        if reading is None
        else {
            "began_at": reading.began_at,
            "users": reading.users,
            "departments": reading.departments,
            "facts": dict(reading.facts),
        },
        "capabilities": dict(state.capabilities) if state is not None else {},
        "withheld": sorted(state.withheld) if state is not None else [],
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
