"""Undoing a run: planned from the store alone, judged like any plan, written like a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import orjson
import structlog

from syncd.errors import ExitStatus, StaleWrite, UsageError
from syncd.model.change import Action, Entity, Plan, Violation
from syncd.model.entry import Ref
from syncd.model.past import Past, Skipped
from syncd.model.run import Mode, Outcome, Run, Trigger
from syncd.model.world import World
from syncd.reconcile.guard import Judgement, judge
from syncd.reconcile.undo import plan_undo
from syncd.services.by_hand import ATTEMPTS, Author, ByHand, tell_log
from syncd.services.plan_document import held_body
from syncd.services.report import Names, names_of
from syncd.store.chain import AuditEvent
from syncd.text import text

log = structlog.get_logger(__name__)

#: With more people than this, reading everybody is faster than asking for each.
_MANY: Final = 5000


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of an undo."""

    #: The run that was to be undone.
    of: int
    #: The run that did it, or that is held; None where there was nothing to do.
    run_id: int | None
    outcome: Outcome
    plan: Plan = field(default_factory=Plan)
    skipped: tuple[Skipped, ...] = ()
    digest: str | None = None
    violations: tuple[Violation, ...] = ()
    names: Names = field(default_factory=Names)
    #: User's id → the record that owns the user, of everybody whom the run has changed.
    owners: Mapping[int, Ref] = field(default_factory=dict)
    #: Why the audit log could not be written after the store was; the entries stay queued.
    audit_pending: str | None = None

    @property
    def exit_status(self) -> ExitStatus:
        """Return how the command ends."""
        return ExitStatus.HELD if self.outcome is Outcome.HELD else ExitStatus.DONE


def undo(by: ByHand, run_id: int, author: Author, *, confirmed: bool) -> Undone:
    """Put the rows of a run back where they are as it left them.

    A plan that a guard holds is an answer, unless it is `confirmed`.

    Raises:
        UsageError: There is no such run, it has changed nothing, or its changes are not kept.
        StoreError: The store cannot be written; nothing was.
    """
    _check_may_be_undone(by.store.run(run_id), run_id)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done = _attempt(by, run_id, author, confirmed=confirmed)
        except StaleWrite:
            if attempt == ATTEMPTS:
                raise
            log.info("decision_repeated", attempt=attempt)
            continue
        if done.run_id is None:
            return done
        log.info("run_undone", run_id=done.run_id, undone=run_id, outcome=done.outcome.value)
        return replace(done, audit_pending=tell_log(by))
    raise AssertionError  # the last attempt has returned or raised


def _check_may_be_undone(run: Run | None, run_id: int) -> None:
    if run is None:
        raise UsageError(
            text("There is no run {run}.", run=run_id), hint=text("syncd runs lists them.")
        )
    if run.outcome is not Outcome.APPLIED or not run.counts:
        raise UsageError(
            text("Run {run} has changed nothing in the directory.", run=run_id),
            hint=text("syncd runs lists the runs with their outcomes."),
        )


def _attempt(by: ByHand, run_id: int, author: Author, *, confirmed: bool) -> Undone:
    store, at = by.store, by.clock()
    version = store.store_version()
    past = store.past(run_id)
    _check_is_whole(past, store.run(run_id))
    world = _world(by, past)
    undo_ = plan_undo(past, world, at)
    plan = undo_.plan
    owners = {user.id: ref for ref, user in world.users.items()}
    names = names_of(world, plan)
    done = Undone(run_id, None, Outcome.NO_CHANGE, plan, undo_.skipped, names=names, owners=owners)
    if not plan.changes:
        return done
    judgement = judge(
        plan,
        (),
        store.population(),
        store.guard_counts_since_full(at),
        by.policy.limits,
        is_first_load=False,
    )
    done = replace(done, digest=judgement.digest, violations=judgement.violations)
    if judgement.holds and not confirmed:
        return replace(done, run_id=_hold(by, done, judgement, author), outcome=Outcome.HELD)
    told = {"undone_run_id": run_id, "skipped": len(undo_.skipped), "confirmed": confirmed}
    new = store.decide(
        plan,
        trigger=Trigger.UNDO,
        actor=author.name,
        why=author.why,
        store_version=version,
        at=at,
        digest=judgement.digest,
        guard_counts={} if judgement.holds else judgement.counts,
        audit_events=[AuditEvent("run_undone", told)],
    )
    return replace(done, run_id=new, outcome=Outcome.APPLIED)


def _check_is_whole(past: Past, run: Run | None) -> None:
    """Refuse to undo a half: of old runs the changes may be gone (`keep_changes`)."""
    made = 0 if run is None else sum(sum(actions.values()) for actions in run.counts.values())
    if len(past.changes) < made:
        raise UsageError(
            text("The changes of run {run} are not kept any more.", run=past.run_id),
            hint=text("[store] keep_changes says how long they are."),
        )


def _world(by: ByHand, past: Past) -> World:
    """Return what the inverse may depend on: see `plan_undo`."""
    made = {
        one.department
        for one in past.changes
        if one.entity is Entity.DEPARTMENT
        and one.action in {Action.CREATE, Action.REACTIVATE}
        and one.department is not None
    }
    if len(past.people) > _MANY:
        return by.store.world(None)
    return by.store.world(past.people | by.store.expand(past.people, made))


def _hold(by: ByHand, done: Undone, judgement: Judgement, author: Author) -> int:
    begun = by.store.begin_run(
        trigger=Trigger.UNDO,
        mode=Mode.TARGETED,
        actor=author.name,
        why=author.why,
        lease=False,
        now=by.clock(),
    )
    body = {"undone_run": done.of, **orjson.loads(held_body(done.plan, judgement))}
    return by.store.hold(
        begun.run.id,
        token=None,
        now=by.clock(),
        digest=judgement.digest,
        body=orjson.dumps(body).decode(),
        violations=judgement.violations,
        counts=done.plan.counts(),
    )
