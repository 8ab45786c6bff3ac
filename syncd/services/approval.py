"""What a person approves: the guarded changes of a held plan, as they were reviewed.

An approval reads the sources again. The new plan is applied if every guarded change in it was in
the reviewed one; whatever else it holds is applied with it, and told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from syncd.errors import UsageError
from syncd.model.change import Change, Plan
from syncd.model.run import Mode, Outcome, Run, Trigger
from syncd.reconcile.render import Line, line
from syncd.sources.base import Source
from syncd.store.store import Store
from syncd.text import text

#: What a step of a plan does: entity, action, source, external id, and (what, before, after).
Step = tuple[str, str, str, str, frozenset[tuple[str, str, str]]]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A held plan, as a person has seen it."""

    run: Run
    #: See `Judgement.guarded`.
    guarded: frozenset[tuple[str, ...]]
    steps: frozenset[Step]
    #: External id of the one person whom the run was about; None where it was about everybody.
    person: str | None = None

    @property
    def mode(self) -> Mode:
        """Return how much the approving run looks at: as much as the one that is held."""
        return self.run.mode

    def of(self, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        """Return those of the sources that the held run had read; all where it does not tell."""
        return tuple(one for one in sources if one.name in self.run.readings) or sources

    def besides(self, plan: Plan) -> list[Change]:
        """Return the steps of a plan that were not in the reviewed one."""
        return [change for change in plan.changes if _step(line(change)) not in self.steps]


def reviewed(store: Store, run_id: int) -> Reviewed:
    """Return the held plan of a run.

    Raises:
        UsageError: There is no such run, it is not held, or its plan is not kept any more.
    """
    run = store.run(run_id)
    if run is None:
        raise UsageError(
            text("There is no run {run}.", run=run_id), hint=text("syncd runs lists them.")
        )
    if run.outcome is not Outcome.HELD:
        raise UsageError(
            text("Run {run} is not held.", run=run_id),
            hint=text("syncd runs lists the runs with their outcomes."),
        )
    if run.trigger is Trigger.UNDO:
        raise UsageError(
            text("Run {run} is an undo that is held; an approval reads the source.", run=run_id),
            hint=text("syncd undo RUN --yes, with the run that is to be undone, applies it."),
        )
    body = store.plan_body(run_id)
    if body is None:
        raise UsageError(
            text("The plan of run {run} is not kept any more.", run=run_id),
            hint=text("syncd sync makes a new one; the newest two held plans are kept."),
        )
    document = orjson.loads(body)
    person = document.get("person")
    if run.mode is Mode.TARGETED and person is None:
        raise UsageError(
            text(
                "Run {run} was about one person, and its plan does not say about whom.", run=run_id
            ),
            hint=text("It is of an earlier version: run syncd sync --user USER again."),
        )
    return Reviewed(
        run,
        frozenset(tuple(line) for line in document["guarded"]),
        frozenset(map(_reviewed_step, document["changes"])),
        person,
    )


def _step(one: Line) -> Step:
    return (one.entity, one.action, one.source, one.external_id, frozenset(one.values))


def _reviewed_step(one: Mapping[str, Any]) -> Step:
    values = ((value["field"], value["before"], value["after"]) for value in one["values"])
    told = frozenset((field, before or "", after or "") for field, before, after in values)
    return (one["entity"], one["action"], one["source"], one["external_id"], told)
