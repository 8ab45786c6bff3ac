"""Held plans: what a person has to look at before it may be applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from syncd.model.change import Violation
from syncd.model.run import Mode, Outcome, Trigger
from syncd.store.chain import Journal
from syncd.store.runs import Ending, end_run
from syncd.store.schema import plan, run

#: How many held plans are kept whole; of older ones the digest stays.
_KEPT_WHOLE: Final = 2


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan that a guard held, and why."""

    run_id: int
    digest: str
    #: The plan as JSON text, as `syncd plan --json` prints it.
    body: str
    violations: Sequence[Violation]


def hold(connection: Connection, journal: Journal, held: HeldPlan, ending: Ending) -> int:
    """Keep a held plan, or confirm the last one when it has the same digest; return its run's id.

    A confirmed run says from then on what this one would have said: limits and what is not
    guarded may have moved, and a person decides by what is written there. Plans of undos stand
    apart from those of syncs, and those about one person from those about everybody: they are
    decided about in another way, and put none of the others out.
    """
    alike = _alike(connection, held.run_id)
    last = connection.execute(
        select(run.c.id, run.c.plan_digest)
        .where(run.c.outcome == Outcome.HELD.value, run.c.id != held.run_id, alike)
        .order_by(run.c.id.desc())
        .limit(1)
    ).one_or_none()
    run_id = held.run_id
    if last is not None and last.plan_digest == held.digest:
        connection.execute(delete(run).where(run.c.id == run_id))
        run_id = int(last.id)
        connection.execute(delete(plan).where(plan.c.run_id == run_id))
    end_run(connection, journal, run_id, ending)
    values = {"run_id": run_id, "digest": held.digest, "body": held.body}
    connection.execute(insert(plan).values(values))
    violations = [_violation(one) for one in held.violations]
    journal.event("plan_held", {"digest": held.digest, "violations": violations})
    _forget_old(connection, alike)
    return run_id


def _alike(connection: Connection, run_id: int) -> ColumnElement[bool]:
    """Return the condition for runs of the same kind: undos, of one person, or of everybody."""
    query = select(run.c.trigger, run.c.mode).where(run.c.id == run_id)
    trigger, mode = connection.execute(query).one()
    of_undo: ColumnElement[bool] = run.c.trigger == Trigger.UNDO.value
    of_one: ColumnElement[bool] = run.c.mode == Mode.TARGETED.value
    if trigger == Trigger.UNDO.value:
        return of_undo
    return ~of_undo & (of_one if mode == Mode.TARGETED.value else ~of_one)


def read_body(connection: Connection, run_id: int) -> str | None:
    """Return a held plan as JSON text; None where there is none, or only its digest is left."""
    return connection.execute(
        select(plan.c.body).where(plan.c.run_id == run_id)
    ).scalar_one_or_none()


def _forget_old(connection: Connection, alike: ColumnElement[bool]) -> None:
    whole = select(plan.c.run_id).join(run, run.c.id == plan.c.run_id)
    whole = whole.where(plan.c.body.is_not(None), alike).order_by(plan.c.run_id.desc())
    old = list(connection.execute(whole).scalars())[_KEPT_WHOLE:]
    connection.execute(update(plan).where(plan.c.run_id.in_(old)).values(body=None))


def _violation(one: Violation) -> dict[str, str | int]:
    return {
        "guard": one.guard,
        "subject": one.subject,
        "count": one.count,
        "earlier": one.earlier,
        "limit": one.limit,
        "population": one.population,
    }
