"""One run of a sync: read, decide, judge, apply, and say what happened."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from syncd.errors import (
    ExitStatus,
    SourceError,
    SourceMalformed,
    StaleWrite,
    StoreError,
    SyncdError,
    UsageError,
)
from syncd.model.change import Plan, Population
from syncd.model.entry import Kind, Ref, Snapshot
from syncd.model.field import MANAGER
from syncd.model.run import Mode, Outcome, Trigger
from syncd.model.source import SourceState
from syncd.model.world import World
from syncd.reconcile.guard import DEACTIVATIONS, Judgement, judge
from syncd.reconcile.normalize import fold_userid
from syncd.reconcile.plan import make_plan
from syncd.reconcile.settings import Policy
from syncd.services import audit
from syncd.services.heartbeat import kept_alive
from syncd.services.intake import Intake, take_in, take_in_person
from syncd.services.ownership import check_identity, check_sources
from syncd.services.plan_document import held_body
from syncd.services.report import SyncReport, names_of
from syncd.sources.base import Progress, Source, ignore_progress
from syncd.store.chain import AuditEvent
from syncd.store.store import BegunRun, Store

log = structlog.get_logger(__name__)

#: How often a plan is made anew when a person's decision came between it and its writing.
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a sync."""

    mode: Mode
    trigger: Trigger
    actor: str
    why: str | None = None
    #: External id of the one person to read, with `Mode.TARGETED`.
    person: str | None = None
    #: The guarded changes that a person has reviewed and approved (`Judgement.guarded`).
    approved: frozenset[tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a sync works with; all of it is made at the program's edge."""

    store: Store
    source: Source
    policy: Policy
    #: Hash of the settings that shape how the source is read.
    fingerprint: str
    #: Names of all configured sources, enabled or not.
    configured: Collection[str]
    clock: Callable[[], datetime]
    audit_file: Path
    host: str = ""
    #: To be noted in the audit log with every run; None where the process has done it already.
    configuration_digest: str | None = None
    progress: Progress = ignore_progress


@dataclass(frozen=True, slots=True)
class Decision:
    """A plan with everything that was looked at to make it and to judge it."""

    intake: Intake
    world: World
    plan: Plan
    judgement: Judgement
    state: SourceState | None
    store_version: int


def run_sync(context: Context, request: Request) -> SyncReport:
    """Bring the store to what the source says, and return what was done.

    A source that cannot be read, and a held plan, are answers and no exceptions.

    Raises:
        UsageError: The person is unknown.
        ConfigError: The store belongs to another directory, or to a source no longer configured.
        LeaseTaken: Another run is writing.
        StoreError: The store or the audit log cannot be written; nothing was applied.
        KeyboardInterrupt: The process was asked to stop; the store is as before.
    """
    began = time.monotonic()
    store = context.store
    store.prepare()
    check_sources(store.source_states(), context.configured, context.source)
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
            snapshot = _read(context, request)
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
    check_sources(context.store.source_states(), context.configured, context.source)
    try:
        snapshot = _read(context, request)
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


# ── reading ─────────────────────────────────────────────────────────────────────────────────


def _read(context: Context, request: Request) -> Snapshot:
    source = context.source
    if request.person is not None:
        snapshot = source.read_user(request.person)
        if not snapshot.users and not _is_known(context.store, Ref(source.name, request.person)):
            raise UsageError(
                f"{request.person!r} is nobody whom syncd or the source {source.name!r} knows.",
                hint="syncd find looks for people by name, number or address.",
            )
        return snapshot
    state = context.store.source_state(source.name)
    snapshot = source.read(state.scope if state is not None else {}, context.progress)
    check_identity(state, source, snapshot)
    if not snapshot.users and not _holds_anybody(context.store, source.name):
        raise SourceMalformed(
            f"The source {source.name!r} showed no person at all.",
            hint="Check what it lets syncd see: the visible range, the base or the filters.",
        )
    return snapshot


def _is_known(store: Store, ref: Ref) -> bool:
    world = store.world([ref], departments_records=False)
    return ref in world.records and ref not in world.gone


def _holds_anybody(store: Store, source: str) -> bool:
    """Return whether somebody is kept who is not known to be gone."""
    return bool(store.digests(source, Kind.USER))


# ── deciding ────────────────────────────────────────────────────────────────────────────────


def decide(context: Context, request: Request, snapshot: Snapshot) -> Decision:
    """Return what a snapshot would change, and what the guards say of it.

    Raises:
        SourceError: The source could not be asked again about who is missing.
    """
    store, source, policy = context.store, context.source, context.policy
    version = store.store_version()
    state = store.source_state(source.name)
    population = store.population()
    earlier = store.guard_counts_since_full(context.clock())
    if request.person is not None:
        intake = take_in_person(
            store, source, snapshot, request.person, context.fingerprint, now=context.clock()
        )
    else:
        intake = take_in(
            store,
            source,
            snapshot,
            state,
            population,
            fingerprint=context.fingerprint,
            limit=_allowed(request, policy, population, earlier),
            everything=request.mode is Mode.FULL,
            progress=context.progress,
            now=context.clock(),
        )
    world, plan = _plan(context, intake)
    judgement = judge(
        plan,
        (intake.reading,),
        population,
        earlier,
        policy.limits,
        is_first_load=state is None or state.first_loaded_at is None,
    )
    return Decision(intake, world, plan, judgement, state, version)


def _allowed(
    request: Request, policy: Policy, population: Population, earlier: Mapping[str, int]
) -> int | None:
    """Return how many people may still go, so that one more need to be asked for; None for all."""
    if request.approved is not None:
        return None
    before = earlier.get(f"{DEACTIVATIONS}:users", 0)
    return max(0, policy.limits.max_deactivations.allowed(population.users) - before)


def _plan(context: Context, intake: Intake) -> tuple[World, Plan]:
    people = intake.people
    if people is not None:
        people |= context.store.expand(people, intake.emptied)
    world = _world(context.store, intake, people)
    plan = make_plan(
        world,
        intake.reading,
        context.policy,
        context.clock(),
        people=people,
        departments=intake.departments,
    )
    return world, plan


def _world(store: Store, intake: Intake, people: Collection[Ref] | None) -> World:
    """Return what the plan may depend on: the people, and whom their new records name."""
    if people is None:
        return store.world(None, departments_records=intake.departments)
    source = intake.reading.source
    records = intake.reading.users.values()
    managers = {record.fields.get(MANAGER) for record in records}
    userids = {record.fields.get("userid") for record in records}
    return store.world(
        people,
        extra_managers=[Ref(source, id_) for id_ in managers if id_],
        userid_keys=[fold_userid(userid) for userid in userids if userid],
        departments_records=intake.departments,
    )


# ── doing ───────────────────────────────────────────────────────────────────────────────────


def _settle(context: Context, request: Request, begun: BegunRun, snapshot: Snapshot) -> SyncReport:
    """Decide and do; decide again where a person has decided something in between."""
    for attempt in range(1, _ATTEMPTS + 1):
        decision = decide(context, request, snapshot)
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
    is_approved = request.approved is not None and request.approved.issuperset(judgement.guarded)
    if judgement.holds and not is_approved:
        run_id = store.hold(
            run_id,
            token=token,
            now=now,
            digest=judgement.digest,
            body=held_body(plan, judgement),
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
    store.apply(
        plan,
        run_id=run_id,
        token=token,
        store_version=decision.store_version,
        at=now,
        counts=plan.counts(),
        guard_counts={} if is_approved else judgement.counts,
        readings=readings,
        digest=judgement.digest,
        outcome=outcome,
        source_states=() if state is None else (state,),
        touch_seen=(context.source.name,) if seen else (),
    )
    return _report(run_id, request.mode, outcome, decision)


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
    text = "The process was asked to stop."
    if isinstance(error, Exception):
        text = error.message if isinstance(error, SyncdError) else type(error).__name__
    try:
        context.store.finish_run(
            begun.run.id, outcome, token=begun.token, now=context.clock(), error=text
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
