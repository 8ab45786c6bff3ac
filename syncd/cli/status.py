"""How the store stands: how old its data is, who is writing, what waits for a person."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncd import bootstrap
from syncd.cli.incidents_text import OpenIncident, open_incidents
from syncd.cli.lookup_text import LookupStatus
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
