"""Says what runs did, and what a held one would do."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson

from syncd.cli.output import Column, moment, printable, show_table
from syncd.cli.sync_text import FACTS
from syncd.model.run import Outcome, ReadingSummary, Run

#: How many steps of one kind a held plan shows to a person; `--json` has them all.
SHOWN = 20

OUTCOMES: Mapping[Outcome | None, str] = {
    Outcome.APPLIED: "applied",
    Outcome.NO_CHANGE: "no change",
    Outcome.HELD: "held",
    Outcome.FAILED: "failed",
    Outcome.ABANDONED: "abandoned",
    None: "running",
}
_COLUMNS = (
    Column("run", numeric=True),
    Column("started"),
    Column("took", numeric=True),
    Column("mode"),
    Column("trigger"),
    Column("outcome"),
    Column("changes"),
    Column("actor"),
)
_ENTITIES = {"department": "departments", "user": "people", "membership": "memberships"}

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
                run.mode.value,
                run.trigger.value,
                OUTCOMES[run.outcome],
                run.error or "; ".join(summary(run)),
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
    for entity, name in _ENTITIES.items():
        actions = run.counts.get(entity)
        if actions:
            yield f"{name}: " + ", ".join(f"{n} {action}" for action, n in sorted(actions.items()))


def read_plan(body: str | None) -> Plan | None:
    """Return a held plan as JSON values; None where there is none."""
    if body is None:
        return None
    plan: Plan = orjson.loads(body)
    return plan


def run_lines(run: Run, plan: Plan | None) -> Iterator[str]:
    """Yield one run as a person reads it."""
    yield f"Run {run.id}: {OUTCOMES[run.outcome]}"
    yield f"  {run.mode.value}, by {run.trigger.value}, {printable(run.actor)}"
    if run.why:
        yield f"  why: {printable(run.why)}"
    yield f"  from {moment(run.started_at)} to {moment(run.finished_at)}"
    if run.error:
        yield f"  error: {printable(run.error)}"
    for name, reading in run.readings.items():
        yield from _reading_lines(name, reading)
    if run.outcome is Outcome.HELD:
        yield from _held_lines(run, plan)
        return
    for text in summary(run):
        yield f"  {text}"
    if run.counts:
        yield f"syncd audit --run {run.id} lists every change."


def _reading_lines(name: str, reading: ReadingSummary) -> Iterator[str]:
    yield f"  {name}: {reading.users:,} people and {reading.departments:,} departments were read"
    for what, text in sorted(reading.capabilities.items()):
        yield f"    {what}: {printable(text)}"
    for text in facts(reading):
        yield f"    {text}"


def facts(reading: ReadingSummary) -> Iterator[str]:
    """Yield what a person should know of a reading, a sentence each."""
    for code, sentence in FACTS.items():
        if reading.facts.get(code):
            yield sentence.format(reading.facts[code])


def _held_lines(run: Run, plan: Plan | None) -> Iterator[str]:
    yield "Held by a guard, nothing was applied:"
    if plan is None:
        for text in summary(run):
            yield f"  {text}"
        yield "The plan itself is no longer kept: only those of the newest two held runs are."
        return
    for one in plan["held_by"]:
        yield f"  {printable(one['text'])}"
    for entity, name in _ENTITIES.items():
        steps = [one for one in plan["changes"] if one["entity"] == entity]
        steps.sort(key=lambda one: str(one["action"]))
        if steps:
            yield f"{name.capitalize()} ({len(steps):,})"
            for _, same in groupby(steps, key=lambda one: str(one["action"])):
                yield from _step_lines(list(same))
    for state in ("opened", "changed", "resolved"):
        found = plan["conflicts"][state]
        if found:
            yield f"Conflicts that would be {state}: {len(found):,}"


def _step_lines(steps: Sequence[Plan]) -> Iterator[str]:
    for one in steps[:SHOWN]:
        ref = f"{one['source']}:{one['external_id']}"
        title = f"{one['name']} ({ref})" if one["name"] not in {"", one["external_id"]} else ref
        values = "; ".join(
            f"{value['field']}: {value['before'] or '∅'} → {value['after'] or '∅'}"
            for value in one["values"]
        )
        text = f"{one['sign']} {one['action']} {title}" + (f"  {values}" if values else "")
        yield f"  {printable(text)}"
        yield f"      why: {one['why']}"
    if len(steps) > SHOWN:
        more = f"{len(steps) - SHOWN:,} more of {steps[0]['action']}"
        yield f"  {steps[0]['sign']} … and {more}; --json has them all"


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
