"""Tells a person how the store stands."""

import socket
from collections.abc import Iterator
from datetime import datetime

from syncd.cli.copies_text import copy_lines
from syncd.cli.incidents_text import incident_lines
from syncd.cli.lookup_text import status_lines
from syncd.cli.outbox_stats import depth_lines
from syncd.cli.output import NOTHING_YET, age, moment, printable, retold
from syncd.cli.pause import pause_line
from syncd.cli.run_text import OUTCOMES, facts
from syncd.cli.status import SourceStatus, Status
from syncd.model.run import ReadingSummary, Run
from syncd.text import joined, plural, term, text


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
