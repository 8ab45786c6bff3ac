"""Letting go of what the settings do not keep: people long gone, old changes, runs and messages.

The source is asked once more before anybody is removed. Who answers stays, and so does whoever
cannot be asked for, is still in another source, or is held by a foreign key of an application.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from syncd.errors import (
    PRECEDENCE,
    ExitStatus,
    StoreError,
    SyncdError,
)
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services import audit
from syncd.services.heartbeat import kept_alive
from syncd.services.purge_people import Kept, People, PurgeContext, candidates
from syncd.store.retention import GonePerson, History

log = structlog.get_logger(__name__)

#: What stands in `sync_run.why` where nobody says why.
_WHY: Final = "purge_after"


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What went, or would go, and who stays."""

    run_id: int | None = None
    people: tuple[GonePerson, ...] = ()
    kept: tuple[Kept, ...] = ()
    rows: Mapping[History, int] = field(default_factory=dict)
    #: Source → why it could not be asked.
    failures: Mapping[str, SyncdError] = field(default_factory=dict)
    #: Why the audit log could not be written; its lines wait in the store.
    audit_pending: str | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing went."""
        return not self.people and not any(self.rows.values())

    @property
    def exit_status(self) -> ExitStatus:
        """Return how the command ends."""
        found = {one.exit_status for one in self.failures.values()} | {ExitStatus.DONE}
        return next(one for one in PRECEDENCE if one in found)


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """Who asks for it, and why."""

    trigger: Trigger
    actor: str
    why: str | None = None


def look(context: PurgeContext) -> PurgeReport:
    """Return what a purge would let go, if no source says otherwise; nothing is written or asked."""
    store, now = context.store, context.clock()
    going, kept = candidates(context, now)
    history = context.keeping.history().items()
    rows = {what: store.retention.count_old(what, now - term, at=now) for what, term in history}
    return PurgeReport(None, tuple(one for one, _ in going), tuple(kept), rows)


def purge(context: PurgeContext, request: PurgeRequest) -> PurgeReport:
    """Let go of what the settings allow to go, and return what went and who stays.

    A source that cannot be asked is an answer and no exception: its people stay.

    Raises:
        ConfigError: The store belongs to another directory, or to a source no longer configured.
        LeaseTaken: A run is writing.
        StoreError: The store or the audit log cannot be written.
    """
    store = context.store
    audit.check_writable(context.audit_file)
    now = context.clock()
    going, kept = candidates(context, now)
    report = PurgeReport(kept=tuple(kept))
    if going and context.keeping.people is not None:
        report = _purge_people(context, request, going, kept, now - context.keeping.people)
    store.lookups.forget_unused(now)  # about those who went, too
    rows: dict[History, int] = {}
    for what, term in context.keeping.history().items():
        rows[what] = 0
        for count in store.retention.forget(what, now - term, actor=request.actor, at=now):
            rows[what] += count
            context.pause()
    report = replace(report, rows=rows, audit_pending=_write_audit(context))
    _log(report)
    return report


def _purge_people(
    context: PurgeContext,
    request: PurgeRequest,
    going: Sequence[tuple[GonePerson, Ref]],
    kept: Sequence[Kept],
    before: datetime,
) -> PurgeReport:
    begun = context.store.begin_run(
        trigger=request.trigger,
        mode=Mode.TARGETED,
        actor=request.actor,
        why=request.why or _WHY,
        now=context.clock(),
    )
    if begun.token is None:
        raise AssertionError("a run that asked for the lease has none")
    people = People(context, begun.run.id, begun.token, request.actor, before, list(kept))
    try:
        with kept_alive(context.store, begun.token):
            people.go(going)
    except BaseException as error:
        outcome = Outcome.FAILED if isinstance(error, Exception) else Outcome.ABANDONED
        _leave(people, outcome, error)
        raise
    outcome = Outcome.APPLIED if people.removed else Outcome.NO_CHANGE
    outcome = Outcome.FAILED if people.failures and not people.removed else outcome
    told = "; ".join(one.message for one in people.failures.values()) or None
    people.finish(outcome, error=told)
    return PurgeReport(
        begun.run.id, tuple(people.removed), tuple(people.kept), failures=people.failures
    )


def _leave(people: People, outcome: Outcome, error: BaseException) -> None:
    """End the run of a purge that broke off; what it has removed by then is removed."""
    why = error.message if isinstance(error, SyncdError) else type(error).__name__
    try:
        people.finish(outcome, error=why)
    except SyncdError as second:
        # The store is what failed; the next run finds the dead holder and marks its row.
        log.warning("run_left_open", run_id=people.run_id, reason=second.message)


def _write_audit(context: PurgeContext) -> str | None:
    try:
        audit.write_pending(context.store, context.audit_file, context.host)
    except StoreError as error:
        log.error("audit_pending", reason=error.message)  # noqa: TRY400 - an operator's error
        return error.message
    return None


def _log(report: PurgeReport) -> None:
    """Say in one line what went; of a purge that found nothing, nothing."""
    if report.is_empty and not report.failures:
        return
    log.info(
        "purge_finished",
        run_id=report.run_id,
        people=len(report.people),
        kept=dict(Counter(one.reason for one in report.kept)),
        failures={name: error.message for name, error in report.failures.items()},
        **{what.value: count for what, count in report.rows.items()},
    )
