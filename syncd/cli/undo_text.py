"""Says what became of an undo: for a person, and as JSON."""

from collections.abc import Iterator

from syncd.cli.output import printable, retold
from syncd.cli.plan_text import plan_lines
from syncd.cli.run_text import summary_lines
from syncd.model.change import Entity
from syncd.model.entry import Ref
from syncd.model.past import Skipped
from syncd.model.run import Outcome
from syncd.reconcile.render import line, violation_text
from syncd.services.plan_document import plan_document, violation_document
from syncd.services.undo import Undone
from syncd.text import Text, joined, term, text

#: How many changes that are not undone are shown; `--json` has them all.
SHOWN = 20
_NOBODY = Ref("", "")


def undo_lines(done: Undone) -> Iterator[str]:
    """Yield what a person reads."""
    if done.outcome is Outcome.NO_CHANGE:
        yield text("Nothing of run {run} can be undone; nothing was written.", run=done.of)
    else:
        yield from plan_lines(done.plan, done.names)
        yield from _link_lines(done)
    yield from _skipped_lines(done)
    if done.outcome is Outcome.HELD:
        yield text("Run {run}: held by a guard; nothing was undone:", run=done.run_id)
        for one in done.violations:
            yield text("  {reason}", reason=violation_text(one))
        yield text("  If it is right: syncd undo {run} --yes", run=done.of)
    elif done.outcome is Outcome.APPLIED:
        yield text("Run {run}: run {undone} is undone.", run=done.run_id, undone=done.of)
        for one_ in summary_lines(done.plan.counts()):
            yield text("  {line}", line=one_)
        yield text("The next sync may do the same again, if the source still says so.")
    if done.audit_pending:
        said = retold(done.audit_pending)
        yield text("The audit log could not be written: {reason}", reason=said)
        yield text("  Its entries are kept in the store and will be written by the next run.")


def _link_lines(done: Undone) -> Iterator[Text]:
    """Yield the links by themselves: in a plan they come with their people."""
    links = [line(one) for one in done.plan.changes if one.entity is Entity.LINK]
    if links:
        yield text("Links ({number})", number=len(links))
    for one in links[:SHOWN]:
        ref = f"{one.source}:{one.external_id}"
        yield text("  {sign} {action} {title}", sign=one.sign, action=term(one.action), title=ref)


def _skipped_lines(done: Undone) -> Iterator[Text]:
    if done.skipped:
        yield text("Not undone ({number})", number=len(done.skipped))
    for one in done.skipped[:SHOWN]:
        yield text(
            "  {entity} {action} {title}: {reason}",
            entity=term(one.change.entity.value),
            action=term(one.change.action.value),
            title=printable(_title(done, one)),
            reason=_reason(one),
        )
    if len(done.skipped) > SHOWN:
        yield text("  … and {number} more; --json has them all", number=len(done.skipped) - SHOWN)


def _title(done: Undone, one: Skipped) -> str:
    ref, where = _ref(done, one), one.change.department
    if one.change.entity is Entity.DEPARTMENT:
        return done.names.departments.get(ref, str(ref))
    person = done.names.people.get(ref, "")
    named = f"{person} ({ref})" if person else str(ref)
    if one.change.entity is not Entity.MEMBERSHIP or where is None:
        return named
    return f"{named}, {done.names.departments.get(where, str(where))}"


def _ref(done: Undone, one: Skipped) -> Ref:
    """Return the record that a change is about, as far as it is known."""
    change = one.change
    if change.entity is Entity.DEPARTMENT:
        return change.department or _NOBODY
    if change.entity is not Entity.LINK:
        return done.owners.get(change.entity_id, _NOBODY)
    told = {**(change.before or {}), **(change.after or {})}
    return Ref(str(told.get("source", "")), str(told.get("external_id", "")))


def _reason(one: Skipped) -> Text:
    if one.reason == "moved" and one.columns:
        columns = joined(", ", [term(column) for column in one.columns])
        return text("has moved since: {columns}", columns=columns)
    return _REASONS[one.reason]


_REASONS = {
    "moved": text("has moved since"),
    "missing": text("is no longer there"),
    "gone": text("the person is gone"),
    "in_use": text("people or departments have come to it since"),
    "parent": text("the department above is inactive"),
    "circle": text("it would be its own ancestor"),
    "department": text("the department is inactive"),
    "taken": text("the record belongs to somebody else by now"),
}


def as_document(done: Undone) -> dict[str, object]:
    """Return the same as JSON values; docs/cli.md describes it."""
    return {
        "run_id": done.run_id,
        "undone_run": done.of,
        "outcome": done.outcome.value,
        "exit_status": int(done.exit_status),
        "plan_digest": done.digest,
        "counts": done.plan.counts(),
        "held_by": [violation_document(one) for one in done.violations],
        **plan_document(done.plan),
        "skipped": [_skipped(done, one) for one in done.skipped],
        "audit_pending": done.audit_pending,
    }


def _skipped(done: Undone, one: Skipped) -> dict[str, object]:
    ref, where = _ref(done, one), one.change.department
    return {
        "entity": one.change.entity.value,
        "action": one.change.action.value,
        "entity_id": one.change.entity_id,
        "source": ref.source or None,
        "external_id": ref.external_id or None,
        "department": where.external_id if where is not None else None,
        "reason": one.reason,
        "columns": list(one.columns),
    }
