"""Says what runs did, and what a held one would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any

import orjson

from syncd.cli.keys_text import VERDICTS
from syncd.cli.output import Column, moment, printable, retold, show_table
from syncd.model.change import Violation
from syncd.model.fitness import Verdict
from syncd.model.run import Outcome, ReadingSummary, Run
from syncd.reconcile.render import SENTENCES, violation_text
from syncd.text import Text, joined, term, text

#: How many steps of one kind a held plan shows to a person; `--json` has them all.
SHOWN = 20

OUTCOMES: Mapping[Outcome | None, Text] = {
    Outcome.APPLIED: text("applied"),
    Outcome.NO_CHANGE: text("no change"),
    Outcome.HELD: text("held"),
    Outcome.FAILED: text("failed"),
    Outcome.ABANDONED: text("abandoned"),
    None: text("running"),
}
#: Codes of `ReadingSummary.facts` that an administrator should hear of → the template.
FACTS = {
    "details_invisible": "details of {number} people are outside the app's visible range",
    "departments_unreadable": "departments whose people cannot be read: {number}",
    "members_not_visible": "people whom the visible range names, and who cannot be seen: {number}",
    "unknown_includes": "settings under include that name no department: {number}",
    "unknown_excludes": "settings under exclude that name no department: {number}",
    "references": "parts of the directory that are on other servers, and are not read: {number}",
    "groups_unreadable": "nested groups whose members can no longer be read: {number}",
    "everything_age": "everything was read: the last time was more than two days ago",
    "everything_settings": "everything was read: the settings have changed",
    "everything_takeover": "everything was read: people go over to another source or field",
    "everything_conflict": "everything was read: an open conflict concerns the whole source",
    "everything_server": "everything was read: another server answered than before",
    "everything_restored": "everything was read: the server shows less than it did before",
    "everything_departments": "everything was read: departments, or what people are below, changed",
    "everything_groups": "everything was read: a group that decides who is read has changed",
    "everything_attributes": "everything was read: an attribute is new, or nobody carries it now",
    "everything_unreadable": "everything was read: the server does not show what has changed",
    "everything_many": "everything was read: too much has changed lately",
    "everything_doubt": "everything was read: what has changed was not clear",
}
_COLUMNS = (
    Column(text("run"), numeric=True),
    Column(text("started")),
    Column(text("took"), numeric=True),
    Column(text("mode")),
    Column(text("trigger")),
    Column(text("outcome")),
    Column(text("changes")),
    Column(text("actor")),
)
_ENTITIES = {
    "department": text("departments"),
    "user": text("people"),
    "membership": text("memberships"),
}
_HEADINGS = {
    "department": text("Departments"),
    "user": text("People"),
    "membership": text("Memberships"),
}

Plan = Mapping[str, Any]


def show_runs(runs: Sequence[Run]) -> None:
    """Print runs, the newest first."""
    show_table(
        _COLUMNS,
        [
            (
                run.id,
                run.started_at,
                _took(run),
                term(run.mode.value),
                term(run.trigger.value),
                OUTCOMES[run.outcome],
                retold(run.error) if run.error else joined("; ", summary(run)),
                run.actor,
            )
            for run in runs
        ],
    )


def _took(run: Run) -> str:
    if run.finished_at is None:
        return "-"
    return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"


def summary(run: Run) -> Iterator[str]:
    """Yield `people: 3 create, 1 deactivate` for each kind; links come with their people."""
    return summary_lines(run.counts)


def summary_lines(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield the same of counts by entity and action."""
    for entity, name in _ENTITIES.items():
        actions = counts.get(entity)
        if actions:
            steps = [
                text("{number} {action}", number=n, action=term(action))
                for action, n in sorted(actions.items())
            ]
            yield text("{entity}: {actions}", entity=name, actions=joined(", ", steps))


def read_plan(body: str | None) -> Plan | None:
    """Return a held plan as JSON values; None where there is none."""
    if body is None:
        return None
    plan: Plan = orjson.loads(body)
    return plan


def run_lines(run: Run, plan: Plan | None) -> Iterator[str]:
    """Yield one run as a person reads it."""
    yield text("Run {run}: {outcome}", run=run.id, outcome=OUTCOMES[run.outcome])
    yield text(
        "  {mode}, by {trigger}, {actor}",
        mode=term(run.mode.value),
        trigger=term(run.trigger.value),
        actor=printable(run.actor),
    )
    if run.why:
        yield text("  why: {why}", why=printable(run.why))
    start, end = moment(run.started_at), moment(run.finished_at)
    yield text("  from {start} to {end}", start=start, end=end)
    if run.error:
        yield text("  error: {error}", error=retold(printable(run.error)))
    for name, reading in run.readings.items():
        yield from _reading_lines(name, reading)
    if run.outcome is Outcome.HELD:
        yield from _held_lines(run, plan)
        return
    for line in summary(run):
        yield text("  {line}", line=line)
    if run.counts:
        yield text("syncd audit --run {run} lists every change.", run=run.id)


def _reading_lines(name: str, reading: ReadingSummary) -> Iterator[str]:
    yield text("  {line}", line=reading_line(name, reading))
    for what, able in sorted(reading.capabilities.items()):
        yield text("    {what}: {able}", what=term(what), able=retold(printable(able)))
    for fact in facts(reading):
        yield text("    {fact}", fact=fact)


def reading_line(name: str, reading: ReadingSummary) -> Text:
    """Return how much was read of a source."""
    if reading.is_partial:
        return text(
            "{source}: what has changed was read, {users:,} people",
            source=name,
            users=reading.users,
        )
    return text(
        "{source}: {users:,} people and {departments:,} departments were read",
        source=name,
        users=reading.users,
        departments=reading.departments,
    )


def facts(reading: ReadingSummary) -> Iterator[Text]:
    """Yield what a person should know of a reading, a sentence each."""
    for code, template in FACTS.items():
        if reading.facts.get(code):
            yield text(template, number=reading.facts[code])


def _held_lines(run: Run, plan: Plan | None) -> Iterator[str]:
    yield text("Held by a guard, nothing was applied:")
    if plan is None:
        for line in summary(run):
            yield text("  {line}", line=line)
        yield text("The plan itself is no longer kept: only those of the newest two held runs are.")
        return
    for one in plan["held_by"]:
        yield text("  {reason}", reason=_violation(one))
    yield from _key_lines(plan.get("keys"))
    names = {_ref(one): one["name"] for one in plan["changes"] if one["entity"] == "user"}
    for entity, heading in _HEADINGS.items():
        steps = [one for one in plan["changes"] if one["entity"] == entity]
        steps.sort(key=lambda one: str(one["action"]))
        if steps:
            yield text("{entity} ({number:,})", entity=heading, number=len(steps))
            for _, same in groupby(steps, key=lambda one: str(one["action"])):
                yield from _step_lines(list(same), names)
    for state in ("opened", "changed", "resolved"):
        found = plan["conflicts"][state]
        if found:
            yield text(
                "Conflicts that would be {state}: {number:,}", state=term(state), number=len(found)
            )


def _key_lines(keys: Plan | None) -> Iterator[str]:
    """Yield how fit each field was, where people were to be matched by another one than before."""
    if keys is None:
        return
    yield text("How fit each field is as the common field (syncd keys):")
    for one in keys["fields"]:
        yield text(
            "  {field}: {verdict}; {reason}",
            field=printable(one["field"]),
            verdict=VERDICTS[Verdict(one["verdict"])],
            reason=retold(printable(one["reason"])),
        )


def _violation(stored: Plan) -> str:
    """Return why a guard holds the plan: said anew, so that it can be translated."""
    values = {one.name: stored[one.name] for one in fields(Violation)}
    return violation_text(Violation(**values | {"subject": printable(stored["subject"])}))


def _ref(step: Plan) -> str:
    return f"{step['source']}:{step['external_id']}"


def _step_lines(steps: Sequence[Plan], names: Mapping[str, str]) -> Iterator[str]:
    for one in steps[:SHOWN]:
        ref = _ref(one)
        name = one["name"] or names.get(ref, "")  # a membership has none of its own
        title = f"{name} ({ref})" if name not in {"", one["external_id"]} else ref
        values = "; ".join(
            f"{value['field']}: {value['before'] or '∅'} → {value['after'] or '∅'}"
            for value in one["values"]
        )
        what = printable(title + (f"  {values}" if values else ""))
        yield text(
            "  {sign} {action} {what}", sign=one["sign"], action=term(one["action"]), what=what
        )
        yield text("      why: {why}", why=SENTENCES.get(one["cause"], one["why"]))
    if len(steps) > SHOWN:
        yield text(
            "  {sign} … and {number:,} more of {action}; --json has them all",
            sign=steps[0]["sign"],
            number=len(steps) - SHOWN,
            action=term(steps[0]["action"]),
        )


def run_document(run: Run) -> dict[str, object]:
    """Return one run as JSON values."""
    return {
        "id": run.id,
        "trigger": run.trigger.value,
        "mode": run.mode.value,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "outcome": run.outcome.value if run.outcome is not None else None,
        "actor": run.actor,
        "why": run.why,
        "error": run.error,
        "plan_digest": run.plan_digest,
        "counts": {entity: dict(actions) for entity, actions in run.counts.items()},
        "readings": {name: _reading(one) for name, one in run.readings.items()},
    }


def _reading(one: ReadingSummary) -> dict[str, object]:
    return {
        "began_at": one.began_at,
        "users": one.users,
        "departments": one.departments,
        "facts": dict(one.facts),
        "capabilities": dict(one.capabilities),
    }
