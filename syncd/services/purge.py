"""Letting go of what the settings do not keep: people long gone, old changes, runs and messages.

The source is asked once more before anybody is removed. Who answers stays, and so does whoever
cannot be asked for, is still in another source, or is held by a foreign key of an application.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from syncd.errors import (
    PRECEDENCE,
    ExitStatus,
    SourceError,
    SourceRejected,
    StoreError,
    SyncdError,
)
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from syncd.model.source import SourceState
from syncd.services import audit
from syncd.services.heartbeat import kept_alive
from syncd.services.ownership import check_identity, check_sources
from syncd.sources.base import Source
from syncd.store.retention import PEOPLE_AT_ONCE, GonePerson, History
from syncd.store.sql import chunks
from syncd.store.store import Store

log = structlog.get_logger(__name__)

#: What stands in `sync_run.why` where nobody says why.
_WHY: Final = "purge_after"

#: Returns the source of a name; None where it is not enabled. Whoever gives it closes it.
Sources = Callable[[str], Source | None]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what is kept; None is for ever."""

    people: timedelta | None = None
    changes: timedelta | None = None
    runs: timedelta | None = None
    messages: timedelta | None = None

    @property
    def is_for_ever(self) -> bool:
        """Return whether nothing may go."""
        return (self.people, self.changes, self.runs, self.messages) == (None,) * 4

    def history(self) -> dict[History, timedelta]:
        """Return what of the history may go, changes first: runs stay while changes name them."""
        kept = {
            History.CHANGES: self.changes,
            History.RUNS: self.runs,
            History.MESSAGES: self.messages,
        }
        return {what: term for what, term in kept.items() if term is not None}


@dataclass(frozen=True, slots=True)
class Kept:
    """Somebody who is gone for long enough, and stays all the same."""

    person: GonePerson
    #: `answered`, `present`, `held`, `not_asked`.
    reason: str
    #: The record, the tables or the source that it is about.
    detail: str


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
class PurgeContext:
    """What a purge works with; all of it is made at the program's edge."""

    store: Store
    keeping: Keeping
    sources: Sources
    #: Names of all configured sources, enabled or not.
    configured: frozenset[str]
    clock: Callable[[], datetime]
    audit_file: Path
    host: str
    #: Called between steps; what it raises ends the purge where it is.
    pause: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """Who asks for it, and why."""

    trigger: Trigger
    actor: str
    why: str | None = None


def look(context: PurgeContext) -> PurgeReport:
    """Return what a purge would let go, if no source says otherwise; nothing is written or asked."""
    store, now = context.store, context.clock()
    going, kept = _candidates(context, now)
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
    going, kept = _candidates(context, now)
    report = PurgeReport(kept=tuple(kept))
    if going and context.keeping.people is not None:
        report = _purge_people(context, request, going, kept, now - context.keeping.people)
    rows: dict[History, int] = {}
    for what, term in context.keeping.history().items():
        rows[what] = 0
        for count in store.retention.forget(what, now - term, actor=request.actor, at=now):
            rows[what] += count
            context.pause()
    report = replace(report, rows=rows, audit_pending=_write_audit(context))
    _log(report)
    return report


def _candidates(
    context: PurgeContext, now: datetime
) -> tuple[list[tuple[GonePerson, Ref]], list[Kept]]:
    """Return who may go as far as the store can tell, each with the owning record, and who stays."""
    term = context.keeping.people
    going: list[tuple[GonePerson, Ref]] = []
    kept: list[Kept] = []
    for one in context.store.retention.gone_people(now - term) if term is not None else ():
        if one.held_by:
            kept.append(Kept(one, "held", ", ".join(one.held_by)))
        elif one.present is not None:
            kept.append(Kept(one, "present", str(one.present)))
        elif one.owner is None:
            kept.append(Kept(one, "not_asked", ""))
        else:
            going.append((one, one.owner))
    return going, kept


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
    people = _People(context, begun.run.id, begun.token, request.actor, before, list(kept))
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


@dataclass(slots=True)
class _Inquiry:
    """Asks one source for one person after the other."""

    source: Source
    state: SourceState | None
    #: Everybody whom the source lists, where it does not tell of single people.
    listed: frozenset[str] | None = None

    def answers(self, ref: Ref) -> bool:
        """Return whether the source knows the person of a record.

        Raises:
            SourceError: It cannot be asked.
            ConfigError: It is another directory now.
        """
        if self.listed is None:
            try:
                return bool(self.source.read_user(ref.external_id).users)
            except SourceRejected:  # WeCom's contacts secret alone: identifiers, in lists only
                self.listed = self._list()
        return ref.external_id in self.listed

    def _list(self) -> frozenset[str]:
        snapshot = self.source.read(self.state.scope if self.state is not None else {})
        check_identity(self.state, self.source, snapshot)
        return frozenset(one.external_id for one in snapshot.users)


@dataclass(slots=True)
class _People:
    """The part of one purge that is about people."""

    context: PurgeContext
    run_id: int
    token: int
    actor: str
    #: Who went before this moment may go.
    before: datetime
    kept: list[Kept]
    removed: list[GonePerson] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    failures: dict[str, SyncdError] = field(default_factory=dict)

    def go(self, people: Sequence[tuple[GonePerson, Ref]]) -> None:
        """Ask for everybody, and remove who does not answer, some at a time."""
        for name in dict.fromkeys(ref.source for _, ref in people):
            mine = [one for one in people if one[1].source == name]
            source = self.context.sources(name)
            if source is None:
                self._keep(mine, "not_asked")
                continue
            self._go_through(source, mine)

    def finish(self, outcome: Outcome, *, error: str | None) -> None:
        """End the run's row, and give the lease back."""
        self.context.store.finish_run(
            self.run_id,
            outcome,
            token=self.token,
            now=self.context.clock(),
            error=error,
            counts=self.counts,
        )

    def _go_through(self, source: Source, people: Sequence[tuple[GonePerson, Ref]]) -> None:
        states = self.context.store.source_states()
        check_sources(states, self.context.configured, source)
        inquiry = _Inquiry(source, states.get(source.name))
        for some in chunks(people, PEOPLE_AT_ONCE):
            if source.name in self.failures:
                self._keep(some, "not_asked")
            else:
                self._remove(self._silent(inquiry, some))

    def _silent(
        self, inquiry: _Inquiry, people: Sequence[tuple[GonePerson, Ref]]
    ) -> list[GonePerson]:
        """Return whom the source does not know; who answers is kept, and who cannot be asked for."""
        silent: list[GonePerson] = []
        for place, one in enumerate(people):
            self.context.pause()
            try:
                answers = inquiry.answers(one[1])
            except SourceError as error:
                self.failures[inquiry.source.name] = error
                self._keep(people[place:], "not_asked")
                break
            if answers:
                self._keep([one], "answered")
            else:
                silent.append(one[0])
        return silent

    def _remove(self, people: Sequence[GonePerson]) -> None:
        if not people:
            return
        removed = self.context.store.retention.remove_people(
            [one.user_id for one in people],
            before=self.before,
            run_id=self.run_id,
            token=self.token,
            actor=self.actor,
            at=self.context.clock(),
        )
        by_id = {one.user_id: one for one in people}
        self.removed += [by_id[key] for key in removed.people]
        self.kept += [Kept(by_id[key], "held", "") for key in removed.held]
        _add(self.counts, removed.counts)

    def _keep(self, people: Iterable[tuple[GonePerson, Ref]], reason: str) -> None:
        self.kept += [Kept(one, reason, str(ref)) for one, ref in people]


def _add(counts: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for entity, actions in more.items():
        mine = counts.setdefault(entity, {})
        for action, count in actions.items():
            mine[action] = mine.get(action, 0) + count


def _leave(people: _People, outcome: Outcome, error: BaseException) -> None:
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
