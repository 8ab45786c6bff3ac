"""Says what a sync did, or would do: for a person, and as JSON."""

from collections.abc import Iterator

from syncd.cli.output import SCHEMA_VERSION, json_text
from syncd.cli.plan_text import ENTITIES, plan_lines
from syncd.model.change import Entity
from syncd.model.run import Outcome, ReadingSummary
from syncd.reconcile.render import violation_text
from syncd.services.plan_document import plan_document, violation_document
from syncd.services.report import SyncReport

#: Codes of `ReadingSummary.facts` that an administrator should hear of → the sentence.
FACTS = {
    "details_invisible": "details of {} people are outside the app's visible range",
    "departments_unreadable": "departments whose people cannot be read: {}",
    "members_not_visible": "people whom the visible range names, and who cannot be seen: {}",
    "unknown_includes": "settings under include that name no department: {}",
    "unknown_excludes": "settings under exclude that name no department: {}",
}


def has_steps(report: SyncReport) -> bool:
    """Return whether there is anything to do, conflicts to be opened or closed included."""
    plan = report.plan
    return bool(plan.changes or plan.opened or plan.changed or plan.resolved)


def report_text(report: SyncReport) -> str:
    """Return what a run did, for a person."""
    head = f"Run {report.run_id}: {_OUTCOMES[report.outcome]}"
    lines = [f"{head} ({report.seconds:.1f} s)"]
    lines += _reading_lines(report)
    if report.outcome is Outcome.APPLIED:
        lines += [f"  {text}" for text in _summary(report)]
    if report.outcome is Outcome.HELD:
        lines += _held_lines(report)
    lines += _conflict_lines(report)
    if report.audit_pending:
        lines.append(f"The audit log could not be written: {report.audit_pending}")
        lines.append("  Its entries are kept in the store and will be written by the next run.")
    return "\n".join(lines)


_OUTCOMES = {
    Outcome.APPLIED: "applied",
    Outcome.NO_CHANGE: "nothing has changed",
    Outcome.HELD: "held by a guard; nothing was applied",
    Outcome.FAILED: "failed; nothing was applied",
    Outcome.ABANDONED: "abandoned; nothing was applied",
}


def plan_text(report: SyncReport) -> str:
    """Return what a sync would do, for a person: grouped, with signs and reasons."""
    lines = _reading_lines(report)
    lines += plan_lines(report.plan, report.names)
    if report.outcome is Outcome.HELD:
        lines += _held_lines(report)
    elif report.outcome is Outcome.FAILED:
        lines.append("There is no plan: the source could not be read.")
    elif has_steps(report):
        lines.append("Plan: " + ", ".join(_summary(report) or ("conflicts only",)) + ".")
        lines.append("Nothing was written. syncd sync applies it.")
    else:
        lines.append("Nothing has changed.")
    return "\n".join(lines)


def _summary(report: SyncReport) -> list[str]:
    counts = report.plan.counts()
    return [
        f"{ENTITIES[entity].lower()}: "
        + ", ".join(f"{n} {action}" for action, n in sorted(counts[entity.value].items()))
        for entity in ENTITIES
        if entity.value in counts and entity is not Entity.LINK
    ]


def _reading_lines(report: SyncReport) -> list[str]:
    lines = []
    for name, reading in report.readings.items():
        lines.append(
            f"{name}: {reading.users} people and {reading.departments} departments were read"
        )
        lines += [f"  {what}: {text}" for what, text in sorted(reading.capabilities.items())]
        lines += [f"  {text}" for text in _facts(reading)]
    for name, failure in report.failures.items():
        lines.append(f"{name} could not be read: {failure.message}")
        if failure.hint:
            lines.append(f"  {failure.hint}")
    return lines


def _facts(reading: ReadingSummary) -> Iterator[str]:
    for code, text in FACTS.items():
        if reading.facts.get(code):
            yield text.format(reading.facts[code])


def _held_lines(report: SyncReport) -> list[str]:
    lines = ["Held by a guard, nothing was applied:"]
    lines += [f"  {violation_text(one)}" for one in report.violations]
    if report.run_id is not None:
        lines.append(f"  syncd runs {report.run_id} shows the plan.")
        lines.append(
            f"  If it is right: syncd approve {report.run_id}. If not, correct the source."
        )
    return lines


def _conflict_lines(report: SyncReport) -> list[str]:
    lines = []
    for label, found in (("new", report.plan.opened), ("resolved", report.plan.resolved)):
        if found and report.outcome is Outcome.APPLIED:
            lines.append(f"  conflicts {label}: {len(found)}")
    if report.open_conflicts:
        lines.append(f"  conflicts open: {report.open_conflicts} (syncd conflicts lists them)")
    return lines


def report_json(report: SyncReport) -> str:
    """Return a report as one JSON object; docs/cli.md describes it."""
    return json_text(as_document(report))


def as_document(report: SyncReport) -> dict[str, object]:
    """Return a report as JSON values."""
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": report.run_id,
        "mode": report.mode.value,
        "outcome": report.outcome.value,
        "exit_status": int(report.exit_status),
        "seconds": round(report.seconds, 3),
        "plan_digest": report.digest,
        "counts": report.plan.counts(),
        "readings": {name: _reading(one) for name, one in report.readings.items()},
        "failures": {
            name: {"message": failure.message, "hint": failure.hint}
            for name, failure in report.failures.items()
        },
        "held_by": [violation_document(one) for one in report.violations],
        **plan_document(report.plan),
        "open_conflicts": report.open_conflicts,
        "audit_pending": report.audit_pending,
    }


def _reading(one: ReadingSummary) -> dict[str, object]:
    return {
        "began_at": one.began_at,
        "users": one.users,
        "departments": one.departments,
        "facts": dict(one.facts),
        "capabilities": dict(one.capabilities),
    }
