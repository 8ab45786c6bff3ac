"""How the store stands, as JSON values."""

from datetime import datetime

from syncd.cli.copies_text import copy_document
from syncd.cli.incidents_text import incident_document
from syncd.cli.lookup_text import status_document
from syncd.cli.outbox_stats import depth_document
from syncd.cli.pause import as_document as pause_document
from syncd.cli.run_text import run_document
from syncd.cli.status import SourceStatus, Status
from syncd.model.run import ReadingSummary
from syncd.store.lease import Lease


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
