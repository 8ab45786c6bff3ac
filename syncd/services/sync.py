"""One run of a sync: read, decide, judge, apply, and say what happened."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import structlog

from syncd.errors import (
    ExitStatus,
    SourceError,
    StaleWrite,
    StoreError,
    SyncdError,
)
from syncd.model.change import Plan
from syncd.model.entry import Ref, Snapshot
from syncd.model.run import Mode, Outcome
from syncd.model.source import SourceState
from syncd.services import audit
from syncd.services.audit_copies import warn_of_late
from syncd.services.decide import Context, Decision, Request, decide, read
from syncd.services.handover import find_handover
from syncd.services.heartbeat import kept_alive
from syncd.services.intake import Intake
from syncd.services.ownership import check_configured, check_sources
from syncd.services.pausing import check_not_paused
from syncd.services.plan_document import held_body
from syncd.services.report import SyncReport, names_of
from syncd.store.chain import AuditEvent
from syncd.store.store import BegunRun
from syncd.text import text

log = structlog.get_logger(__name__)

#: How often a plan is made anew when a person's decision came between it and its writing.
_ATTEMPTS = 20


def run_sync(context: Context, request: Request) -> SyncReport:
    """Bring the store to what the source says, and return what was done.

    A source that cannot be read, and a held plan, are answers and no exceptions.

    Raises:
        UsageError: The person is unknown.
        ConfigError: The store belongs to another directory, or to a source no longer configured.
            Or the authority is another source now, and nothing says who is who.
        SourcePaused: A maintenance window holds; nothing was written.
        LeaseTaken: Another run is writing.
        StoreError: The store or the audit log cannot be written; nothing was applied.
        KeyboardInterrupt: The process was asked to stop; the store is as before.
    """
    began = time.monotonic()
    store = context.store
    store.prepare()
    _check_may_read(context, request.mode)
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
        try:
            snapshot = read(context, request)
            report = _settle(context, request, begun, snapshot)
        except SourceError as error:
            report = _failed(context, request, begun, error)
        finish()
    pending = write_audit(context)
    seconds = time.monotonic() - began
    report = replace(
        report,
        seconds=seconds,
        audit_pending=pending,
        open_conflicts=len(store.conflicts()),
    )
    _log(report)
    return report


def look(context: Context, request: Request) -> SyncReport:
    """Return what `run_sync` would do; nothing is written, and no lease is taken."""
    began = time.monotonic()
    check_directory(context, request.mode)
    try:
        snapshot = read(context, request)
        decision = decide(context, request, snapshot)
    except SourceError as error:
        return SyncReport(None, request.mode, Outcome.FAILED, failures={context.source.name: error})
    outcome = Outcome.APPLIED if _moves(decision.plan) else Outcome.NO_CHANGE
    if decision.judgement.holds:
        outcome = Outcome.HELD
    report = _report(None, request.mode, outcome, decision)
    return replace(
        report,
        seconds=time.monotonic() - began,
        open_conflicts=len(context.store.conflicts()),
        names=names_of(decision.world, decision.plan),
    )


def check_directory(context: Context, mode: Mode) -> None:
    """Refuse a directory that is not the one whose people the store holds.

    Raises:
        ConfigError: A stored source is not configured, is another directory, or was the authority
            and nothing says who is who.
        UsageError: The people have to be taken over first, and one person alone was asked for.
    """
    check_sources(context.store.source_states(), context.configured, context.source)
    check_configured(context.store.retired_state(context.source.name), context.source)
    find_handover(context.store, context.source.name, context.policy, context.configured, mode)


def _check_may_read(context: Context, mode: Mode) -> None:
    """Refuse what a person has decided against, also in the middle of a run."""
    check_directory(context, mode)
    check_not_paused(context.store, context.source.name, context.clock())


def _settle(context: Context, request: Request, begun: BegunRun, snapshot: Snapshot) -> SyncReport:
    """Decide and do; decide again where a person has decided something in between."""
    for attempt in range(1, _ATTEMPTS + 1):
        decision = decide(context, request, snapshot)
        _check_may_read(
            context, request.mode
        )  # after the store's version was read: what comes later moves it
        if context.remains is not None:
            context.remains[:] = (snapshot, decision)
        try:
            return _carry_out(context, request, begun, decision)
        except StaleWrite:
            if attempt == _ATTEMPTS or context.store.store_version() == decision.store_version:
                raise  # it was the lease that was lost
            log.info("plan_repeated", run_id=begun.run.id, attempt=attempt)
    raise AssertionError  # the last attempt has returned or raised


def _carry_out(
    context: Context, request: Request, begun: BegunRun, decision: Decision
) -> SyncReport:
    store, now = context.store, context.clock()
    run_id, token = begun.run.id, begun.token
    plan, judgement = decision.plan, decision.judgement
    readings = {context.source.name: decision.intake.summary()}
    if judgement.holds:
        run_id = store.hold(
            run_id,
            token=token,
            now=now,
            digest=judgement.digest,
            body=held_body(plan, judgement, request.person),
            violations=judgement.violations,
            counts=plan.counts(),
            readings=readings,
        )
        return _report(run_id, request.mode, Outcome.HELD, decision)
    outcome = Outcome.APPLIED if _moves(plan) else Outcome.NO_CHANGE
    state = _new_state(context, decision, now)
    if plan.is_empty and state == decision.state:
        store.finish_run(run_id, outcome, token=token, now=now, readings=readings)
        return _report(run_id, request.mode, outcome, decision)
    seen = state is not None and state.seen_at == now
    handover = decision.intake.reading.handover
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
        source_states=() if state is None else (state,),
        touch_seen=(context.source.name,) if seen else (),
        unseen=_unseen(decision.intake),
        ended=handover.retired if handover is not None else (),
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


def _new_state(context: Context, decision: Decision, now: datetime) -> SourceState | None:
    """Return what is to be remembered of the source; of a reading about one person, nothing."""
    snapshot, old = decision.intake.snapshot, decision.state
    if snapshot.readable is None:
        return old
    return SourceState(
        name=context.source.name,
        type=context.source.type,
        identity=snapshot.identity or context.source.identity,
        fingerprint=context.fingerprint,
        readable=(snapshot.readable | (old.readable if old is not None else frozenset()))
        & context.source.fields,
        withheld=frozenset(decision.intake.reading.withheld),
        scope=snapshot.scope,
        capabilities=snapshot.capabilities,
        first_loaded_at=old.first_loaded_at if old is not None and old.first_loaded_at else now,
        seen_at=old.seen_at if old is not None and not _is_seen_due(old, now) else now,
    )


def _is_seen_due(state: SourceState, now: datetime) -> bool:
    """Return whether a day has passed since "last seen" was moved (contract, section 9)."""
    return state.seen_at is None or (now - state.seen_at).total_seconds() >= 24 * 3600


def _failed(context: Context, request: Request, begun: BegunRun, error: SourceError) -> SyncReport:
    context.store.finish_run(
        begun.run.id, Outcome.FAILED, token=begun.token, now=context.clock(), error=error.message
    )
    failures: dict[str, SyncdError] = {context.source.name: error}
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
    source = decision.intake.reading.source
    return SyncReport(
        run_id,
        mode,
        outcome,
        decision.plan,
        decision.judgement.digest,
        decision.judgement.violations,
        {source: decision.intake.summary()},
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
