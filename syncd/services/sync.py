"""One run of a sync: read, decide, judge, apply, and say what happened."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import structlog

from syncd.errors import (
    ExitStatus,
    SourceError,
    SourcePaused,
    StaleWrite,
    StoreError,
    SyncdError,
)
from syncd.model.change import Plan
from syncd.model.entry import Ref
from syncd.model.lookup import LookupReport
from syncd.model.run import Mode, Outcome
from syncd.services import audit
from syncd.services.audit_copies import warn_of_late
from syncd.services.decide import Context, Decision, Request, decide
from syncd.services.handover import find_handover, owners_before
from syncd.services.heartbeat import kept_alive
from syncd.services.incremental import new_cursors
from syncd.services.intake import Intake
from syncd.services.key_change import survey_of
from syncd.services.ownership import check_configured, check_sources
from syncd.services.pausing import check_not_paused
from syncd.services.plan_document import held_body
from syncd.services.reading import read_all
from syncd.services.remembering import new_key_field, new_states
from syncd.services.report import Shadow, SyncReport, failure_text, names_of
from syncd.services.shown import Shown
from syncd.store.chain import AuditEvent
from syncd.store.store import BegunRun
from syncd.text import text

log = structlog.get_logger(__name__)

#: How often a plan is made anew when a person's decision came between it and its writing.
_ATTEMPTS = 20


def run_sync(context: Context, request: Request) -> SyncReport:
    """Bring the store to what the sources say, and return what was done.

    A source that cannot be read, and a held plan, are answers and no exceptions. The sources that
    can be read are applied all the same, with what the others said last.

    Raises:
        UsageError: The person is unknown.
        ConfigError: The store belongs to another directory, or to a source no longer configured.
            Or the authority is another source now, and nothing says who is who.
        SourcePaused: A maintenance window holds for all of them; nothing was written.
        LeaseTaken: Another run is writing.
        StoreError: The store or the audit log cannot be written; nothing was applied.
        KeyboardInterrupt: The process was asked to stop; the store is as before.
    """
    began = time.monotonic()
    store = context.store
    store.prepare()
    skipped = _check_may_read(context, request.mode)
    audit.check_writable(context.audit_file)
    begun = store.begin_run(
        trigger=request.trigger,
        mode=request.mode,
        actor=request.actor,
        why=request.why,
        lease=request.mode is not Mode.TARGETED,
        now=context.clock(),
    )
    with _ending(context, begun) as finish, kept_alive(store, begun.token):
        if context.configuration_digest is not None:
            note_configuration(context, request.actor, context.configuration_digest)
        snapshots, failures = read_all(context, request, skipped)
        report = _settle(context, request, begun, snapshots, failures)
        report = replace(report, skipped=skipped, shadow=_shadow(context, request, snapshots))
        finish()
    pending = write_audit(context)
    seconds = time.monotonic() - began
    report = replace(
        report,
        seconds=seconds,
        audit_pending=pending,
        open_conflicts=sum(store.conflict_counts().values()),
    )
    _log(report)
    return report


def look(context: Context, request: Request) -> SyncReport:
    """Return what `run_sync` would do; nothing is written, and no lease is taken."""
    began = time.monotonic()
    check_directory(context, request.mode)
    snapshots, failures = read_all(context, request, {})
    decision = decide(context, request, _that_count(context, snapshots))
    failures = {**failures, **decision.failures}
    shadow = _shadow(context, request, snapshots)
    if not snapshots or (not decision.intakes and shadow is None):
        return SyncReport(None, request.mode, Outcome.FAILED, failures=failures)
    outcome = Outcome.APPLIED if _moves(decision.plan) else Outcome.NO_CHANGE
    if decision.judgement.holds:
        outcome = Outcome.HELD
    report = _report(None, request.mode, outcome, decision)
    return replace(
        report,
        survey=survey_of(context, decision),
        failures=failures,
        seconds=time.monotonic() - began,
        open_conflicts=sum(context.store.conflict_counts().values()),
        names=names_of(decision.world, decision.plan),
        shadow=shadow,
    )


def _that_count(context: Context, snapshots: Mapping[str, Shown]) -> dict[str, Shown]:
    """Return the snapshots of which something may be written."""
    return {name: one for name, one in snapshots.items() if name not in context.shadows}


def _shadow(context: Context, request: Request, snapshots: Mapping[str, Shown]) -> Shadow | None:
    """Return what the sources would change of which nothing is written, None without any."""
    shown = {name: one for name, one in snapshots.items() if name in context.shadows}
    if not shown:
        return None
    decision = decide(context, replace(request, approved=None), shown)
    plan = decision.plan
    return Shadow(
        decision.summaries, plan, decision.judgement.violations, names_of(decision.world, plan)
    )


def check_directory(context: Context, mode: Mode) -> None:
    """Refuse a directory that is not the one whose people the store holds.

    Raises:
        ConfigError: A stored source is not configured, is another directory, or was the authority
            and nothing says who is who.
        UsageError: The people have to be taken over first, and one person alone was asked for.
    """
    store, policy = context.store, context.policy
    states = store.source_states()
    for source in context.sources:
        check_sources(states, context.configured, source)
        check_configured(store.retired_state(source.name), source)
    if policy.authority in context.names:
        before = owners_before(store, policy, states)
        find_handover(before, policy, context.configured, mode)


def _check_may_read(context: Context, mode: Mode) -> dict[str, SourcePaused]:
    """Refuse what a person has decided against, also in the middle of a run.

    Returns:
        Source → why it is not read now, where others are.

    Raises:
        SourcePaused: None of them is.
    """
    check_directory(context, mode)
    paused = {}
    for name in context.names:
        try:
            check_not_paused(context.store, name, context.clock())
        except SourcePaused as error:
            paused[name] = error
    if paused and len(paused) == len(context.names):
        raise next(iter(paused.values()))
    return paused


def _settle(
    context: Context,
    request: Request,
    begun: BegunRun,
    snapshots: Mapping[str, Shown],
    failures: Mapping[str, SourceError],
) -> SyncReport:
    """Decide and do; decide again where a person has decided something in between."""
    if not snapshots:
        return _failed(context, request, begun, failures)
    lookups: tuple[LookupReport, ...] = ()
    for attempt in range(1, _ATTEMPTS + 1):
        decision = decide(context, request, _that_count(context, snapshots), may_ask=True)
        lookups = decision.lookups or lookups  # whoever was asked for is not asked for again
        # After the store's version was read: what comes later moves it.
        paused = _check_may_read(context, request.mode)
        if paused.keys() & snapshots.keys():
            snapshots = {name: one for name, one in snapshots.items() if name not in paused}
            continue
        if context.remains is not None:
            context.remains[:] = (snapshots, decision)
        failed = {**failures, **decision.failures}
        if decision.failures and not decision.intakes:
            return _failed(context, request, begun, failed)
        try:
            report = _carry_out(context, request, begun, decision, failed)
            return replace(report, failures=failed, lookups=lookups)
        except StaleWrite:
            if attempt == _ATTEMPTS or context.store.store_version() == decision.store_version:
                raise  # it was the lease that was lost
            log.info("plan_repeated", run_id=begun.run.id, attempt=attempt)
    raise AssertionError  # the last attempt has returned or raised


def _carry_out(
    context: Context,
    request: Request,
    begun: BegunRun,
    decision: Decision,
    failures: Mapping[str, SourceError],
) -> SyncReport:
    store, now = context.store, context.clock()
    run_id, token = begun.run.id, begun.token
    plan, judgement = decision.plan, decision.judgement
    readings, error = decision.summaries, failure_text(failures)
    if judgement.holds:
        found = survey_of(context, decision)
        run_id = store.hold(
            run_id,
            token=token,
            now=now,
            digest=judgement.digest,
            body=held_body(plan, judgement, request.person, found),
            violations=judgement.violations,
            counts=plan.counts(),
            readings=readings,
            error=error,
        )
        return replace(_report(run_id, request.mode, Outcome.HELD, decision), survey=found)
    outcome = Outcome.APPLIED if _moves(plan) else Outcome.NO_CHANGE
    states = new_states(context, decision, now)
    cursors = new_cursors(store, decision.intakes, now)
    is_as_before = all(state == decision.states.get(state.name) for state in states)
    if plan.is_empty and is_as_before and not cursors:
        store.finish_run(run_id, outcome, token=token, now=now, readings=readings, error=error)
        return _report(run_id, request.mode, outcome, decision)
    store.apply(
        plan,
        run_id=run_id,
        token=token,
        store_version=decision.store_version,
        at=now,
        counts=plan.counts(),
        guard_counts=judgement.counts,
        readings=readings,
        digest=judgement.digest,
        outcome=outcome,
        source_states=states,
        cursors=cursors,
        touch_seen=[one.name for one in states if one.name in readings and one.seen_at == now],
        unseen=frozenset().union(*map(_unseen, decision.intakes.values())),
        ended=decision.handover.retired if decision.handover is not None else (),
        key_field=new_key_field(context, decision),
        error=error,
    )
    return _report(run_id, request.mode, outcome, decision)


def _unseen(intake: Intake) -> frozenset[Ref]:
    """Return whom the source has not shown, and who is not known to be gone."""
    absence = intake.reading.absence
    return frozenset(
        Ref(intake.reading.source, id_) for id_ in (*absence.hidden_users, *absence.unconfirmed)
    )


def _moves(plan: Plan) -> bool:
    """Return whether a plan changes what anybody can see."""
    return bool(plan.changes or plan.opened or plan.changed or plan.resolved)


def _failed(
    context: Context, request: Request, begun: BegunRun, failures: Mapping[str, SourceError]
) -> SyncReport:
    first = next(iter(failures.values())).message
    error = first if len(failures) == 1 else failure_text(failures)
    context.store.finish_run(
        begun.run.id, Outcome.FAILED, token=begun.token, now=context.clock(), error=error
    )
    return SyncReport(begun.run.id, request.mode, Outcome.FAILED, failures=failures)


@contextmanager
def _ending(context: Context, begun: BegunRun) -> Iterator[Callable[[], None]]:
    """See to it that a run which broke off says so in its row, and gives the lease back."""
    ended = False

    def finish() -> None:
        nonlocal ended
        ended = True

    try:
        yield finish
    except BaseException as error:
        if not ended:
            _abandon(context, begun, error)
        raise


def _abandon(context: Context, begun: BegunRun, error: BaseException) -> None:
    outcome = Outcome.FAILED if isinstance(error, Exception) else Outcome.ABANDONED
    reason: str = text("The process was asked to stop.")
    if isinstance(error, Exception):
        reason = error.message if isinstance(error, SyncdError) else type(error).__name__
    try:
        context.store.finish_run(
            begun.run.id, outcome, token=begun.token, now=context.clock(), error=str(reason)
        )
    except SyncdError as second:
        # The store is what failed; the next run finds the dead holder and marks its row.
        log.warning("run_left_open", run_id=begun.run.id, reason=second.message)


def note_configuration(context: Context, actor: str, digest: str) -> None:
    """Say in the audit log under which configuration this process works (contract, section 7)."""
    event = AuditEvent("configuration_loaded", {"configuration_digest": digest})
    context.store.tell([event], actor=actor, now=context.clock())


def write_audit(context: Context) -> str | None:
    """Write what the store has queued for the log; return why not, where that failed."""
    try:
        audit.write_pending(context.store, context.audit_file, context.host)
        warn_of_late(context.store, context.clock())
    except StoreError as error:  # the log's file, or the store that the lines wait in
        log.error("audit_pending", reason=error.message)  # noqa: TRY400 - an operator's error
        return error.message
    return None


def _report(run_id: int | None, mode: Mode, outcome: Outcome, decision: Decision) -> SyncReport:
    return SyncReport(
        run_id,
        mode,
        outcome,
        decision.plan,
        decision.judgement.digest,
        decision.judgement.violations,
        decision.summaries,
    )


def _log(report: SyncReport) -> None:
    """Say in one line how the run ended."""
    level = "info" if report.exit_status is ExitStatus.DONE else "warning"
    getattr(log, level)(
        "run_finished",
        run_id=report.run_id,
        mode=report.mode.value,
        outcome=report.outcome.value,
        counts=report.plan.counts() if report.outcome is Outcome.APPLIED else {},
        held_by=[one.guard for one in report.violations],
        open_conflicts=report.open_conflicts,
        failures={name: error.message for name, error in report.failures.items()},
        seconds=round(report.seconds, 1),
    )
