"""What a person approves: the guarded changes of a held plan, as they were reviewed.

An approval reads the sources again. The new plan is applied if every guarded change in it was in
the reviewed one; whatever else it holds is applied with it, and told.
"""

from dataclasses import dataclass

import orjson

from syncd.errors import UsageError
from syncd.model.change import Change, Plan
from syncd.model.run import Mode, Outcome, Run
from syncd.store.store import Store
from syncd.text import text

#: What tells one step of a plan from another.
Step = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A held plan, as a person has seen it."""

    run: Run
    #: See `Judgement.guarded`.
    guarded: frozenset[tuple[str, ...]]
    steps: frozenset[Step]

    @property
    def mode(self) -> Mode:
        """Return how much the approving run looks at: a held plan is about everything."""
        return Mode.FULL if self.run.mode is Mode.FULL else Mode.SYNC

    def besides(self, plan: Plan) -> list[Change]:
        """Return the steps of a plan that were not in the reviewed one."""
        return [
            change
            for change in plan.changes
            if (change.entity, change.action, *change.ref) not in self.steps
        ]


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
    body = store.plan_body(run_id)
    if body is None:
        raise UsageError(
            text("The plan of run {run} is not kept any more.", run=run_id),
            hint=text("syncd sync makes a new one; the newest two held plans are kept."),
        )
    document = orjson.loads(body)
    return Reviewed(
        run,
        frozenset(tuple(line) for line in document["guarded"]),
        frozenset(
            (one["entity"], one["action"], one["source"], one["external_id"])
            for one in document["changes"]
        ),
    )
