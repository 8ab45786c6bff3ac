"""Says what a sync did, or would do: for a person, and as JSON."""

from syncd.cli.lookup_text import lookup_document, lookup_lines
from syncd.cli.output import SCHEMA_VERSION, json_text, retold
from syncd.cli.plan_text import is_shortened, plan_lines
from syncd.cli.run_text import facts, reading_line, summary_lines
from syncd.model.run import Outcome, ReadingSummary
from syncd.reconcile.render import violation_text
from syncd.services.keys_document import survey_document
from syncd.services.plan_document import plan_document, violation_document
from syncd.services.report import Shadow, SyncReport
from syncd.text import Text, joined, term, text


def has_steps(report: SyncReport) -> bool:
    """Return whether there is anything to do, conflicts to be opened or closed included."""
    plan = report.plan
    return bool(plan.changes or plan.opened or plan.changed or plan.resolved)


def report_text(report: SyncReport) -> Text:
    """Return what a run did, for a person."""
    lines: list[str] = [
        text(
            "Run {run}: {outcome} ({seconds:.1f} s)",
            run=report.run_id,
            outcome=_OUTCOMES[report.outcome],
            seconds=report.seconds,
        )
    ]
    lines += _reading_lines(report)
    if report.outcome is Outcome.APPLIED:
        lines += [text("  {line}", line=one) for one in _summary(report)]
    if report.outcome is Outcome.HELD:
        lines += _held_lines(report)
    lines += _conflict_lines(report)
    lines += _shadow_lines(report)
    if report.audit_pending:
        reason = retold(report.audit_pending)
        lines.append(text("The audit log could not be written: {reason}", reason=reason))
        lines.append(
            text("  Its entries are kept in the store and will be written by the next run.")
        )
    return joined("\n", lines)


_OUTCOMES = {
    Outcome.APPLIED: text("applied"),
    Outcome.NO_CHANGE: text("nothing has changed"),
    Outcome.HELD: text("held by a guard; nothing was applied"),
    Outcome.FAILED: text("failed; nothing was applied"),
    Outcome.ABANDONED: text("abandoned; nothing was applied"),
}


def plan_text(report: SyncReport) -> Text:
    """Return what a sync would do, for a person: grouped, with signs and reasons."""
    lines = _reading_lines(report)
    lines += plan_lines(report.plan, report.names)
    if report.shadow is not None:
        lines += _shadow_lines(report)
        lines += plan_lines(report.shadow.plan, report.shadow.names)
    if is_shortened(report.plan):
        lines.append(text("syncd plan --json has every step."))
    if report.outcome is Outcome.HELD:
        lines += _held_lines(report)
    elif report.outcome is Outcome.FAILED:
        lines.append(text("There is no plan: the source could not be read."))
    elif has_steps(report):
        summary = joined("; ", _summary(report) or (text("conflicts only"),))
        lines.append(text("Plan: {summary}.", summary=summary))
        lines.append(text("Nothing was written. syncd sync applies it."))
    else:
        lines.append(text("Nothing has changed."))
    return joined("\n", lines)


def _summary(report: SyncReport) -> list[str]:
    return list(summary_lines(report.plan.counts()))


def _reading_lines(report: SyncReport) -> list[str]:
    lines: list[str] = []
    for name, reading in report.readings.items():
        lines.append(reading_line(name, reading))
        lines += [
            text("  {what}: {able}", what=term(what), able=retold(able))
            for what, able in sorted(reading.capabilities.items())
        ]
        lines += [text("  {fact}", fact=one) for one in facts(reading)]
    for name, failure in report.failures.items():
        lines.append(
            text("{source} could not be read: {reason}", source=name, reason=failure.message)
        )
        if failure.hint:
            lines.append(text("  {hint}", hint=failure.hint))
    lines += [failure.message for failure in report.skipped.values()]
    lines += lookup_lines(report.lookups)
    lines += _matching_lines(report)
    return lines


def _matching_lines(report: SyncReport) -> list[str]:
    """Return how many of the records that were looked at have a user, by source."""
    return [
        text(
            "{source}: {linked:,} records have their user, {found:,} have found theirs now, "
            "{unmatched:,} fit nobody, {disputed:,} are not clear",
            source=source,
            linked=counts.get("linked", 0),
            found=counts.get("matched", 0) + counts.get("created", 0),
            unmatched=counts.get("unmatched", 0),
            disputed=counts.get("disputed", 0),
        )
        for source, counts in sorted(report.plan.matching.items())
    ]


def _shadow_lines(report: SyncReport) -> list[str]:
    """Return what the sources would change of which nothing is written."""
    if report.shadow is None:
        return []
    names = joined(", ", list(report.shadow.readings))
    summary = joined("; ", list(summary_lines(report.shadow.plan.counts())) or [text("nothing")])
    lines: list[str] = [
        text("{names}: a shadow (apply = false), nothing of it is written", names=names),
        text("  it would be: {summary}", summary=summary),
    ]
    return lines + [
        text("  {reason}", reason=violation_text(one)) for one in report.shadow.violations
    ]


def _held_lines(report: SyncReport) -> list[str]:
    lines: list[str] = [text("Held by a guard, nothing was applied:")]
    lines += [text("  {reason}", reason=violation_text(one)) for one in report.violations]
    if report.run_id is not None:
        lines.append(text("  syncd runs {run} shows the plan.", run=report.run_id))
        lines.append(
            text(
                "  If it is right: syncd approve {run}. If not, correct the source.",
                run=report.run_id,
            )
        )
    return lines


def _conflict_lines(report: SyncReport) -> list[str]:
    lines: list[str] = []
    if report.outcome is Outcome.APPLIED:
        if report.plan.opened:
            lines.append(text("  conflicts new: {number}", number=len(report.plan.opened)))
        if report.plan.resolved:
            lines.append(text("  conflicts resolved: {number}", number=len(report.plan.resolved)))
    if report.open_conflicts:
        lines.append(
            text(
                "  conflicts open: {number} (syncd conflicts lists them)",
                number=report.open_conflicts,
            )
        )
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
        "skipped": {name: failure.message for name, failure in report.skipped.items()},
        "lookups": [lookup_document(one) for one in report.lookups],
        "matching": {name: dict(counts) for name, counts in report.plan.matching.items()},
        "shadow": _shadow_document(report.shadow),
        "held_by": [violation_document(one) for one in report.violations],
        "keys": None if report.survey is None else survey_document(report.survey),
        **plan_document(report.plan),
        "open_conflicts": report.open_conflicts,
        "audit_pending": report.audit_pending,
    }


def _shadow_document(shadow: Shadow | None) -> dict[str, object] | None:
    if shadow is None:
        return None
    return {
        "readings": {name: _reading(one) for name, one in shadow.readings.items()},
        "held_by": [violation_document(one) for one in shadow.violations],
        **plan_document(shadow.plan),
    }


def _reading(one: ReadingSummary) -> dict[str, object]:
    return {
        "began_at": one.began_at,
        "users": one.users,
        "departments": one.departments,
        "facts": dict(one.facts),
        "capabilities": dict(one.capabilities),
    }
