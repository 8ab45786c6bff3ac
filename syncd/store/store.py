"""The store as services see it: all that is asked of it, and all that may be written to it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection, select

from syncd.errors import StoreBusy, StoreDeadlock, StoreError, UsageError
from syncd.model.change import Plan, Violation
from syncd.model.cursor import Cursor
from syncd.model.entry import Ref
from syncd.model.pause import Pause, PauseKind
from syncd.model.run import Mode, Outcome, ReadingSummary, Run, Trigger
from syncd.model.source import SourceState
from syncd.store import conflicts, pauses, plans, runs, upgrade
from syncd.store import lease as leases
from syncd.store.apply import Application, Applied, Progress, apply_plan
from syncd.store.arrivals import Arrivals
from syncd.store.audit_queue import AuditQueue
from syncd.store.chain import AuditEvent, Journal
from syncd.store.conflicts import StoredConflict
from syncd.store.database import Database
from syncd.store.erasing import Erasing
from syncd.store.holder import Holder, this_process
from syncd.store.incidents import IncidentBook
from syncd.store.outbox.by_hand import OutboxByHand
from syncd.store.outbox.outbox import Outbox
from syncd.store.plans import HeldPlan
from syncd.store.reader import Reader
from syncd.store.register import SourceRegister
from syncd.store.retention import Retention
from syncd.store.runs import Ending
from syncd.store.schema import run as run_table
from syncd.store.upgrade import SchemaAge
from syncd.text import text

log = structlog.get_logger(__name__)

#: How often a transaction is tried that meets a deadlock each time.
_ATTEMPTS = 3
T = TypeVar("T")
Counts = Mapping[str, Mapping[str, int]]
Readings = Mapping[str, ReadingSummary]


@dataclass(frozen=True, slots=True)
class BegunRun:
    """A run that has begun."""

    run: Run
    #: The lease's token; None for a run without the lease.
    token: int | None


class Store(Reader):
    """One SQL store. Every method is one transaction, which an exception undoes.

    All of them raise `StoreUnavailable` (locked, full, not there) and `StoreError` (damaged,
    read-only, not ours).
    """

    def __init__(
        self, database: Database, *, personal_data: bool, process: Callable[[], Holder]
    ) -> None:
        """Use `Store.open`."""
        super().__init__(database)
        self._personal = personal_data
        self._process = process
        #: The audit lines that wait for their files.
        self.audit = AuditQueue(database)
        #: What a person's right to be forgotten asks for.
        self.erasing = Erasing(database, personal_data=personal_data)
        #: The sources themselves: their names and their end.
        self.sources = SourceRegister(database, personal_data=personal_data, process=process)
        #: The outbox, as people see and change it.
        self.messages = OutboxByHand(database, personal_data=personal_data)
        #: What applications have queued, for whoever sends it.
        self.outbox = Outbox(database, personal_data=personal_data)
        #: What may go after its time.
        self.retention = Retention(database, personal_data=personal_data)
        #: What fails, and who was told of it.
        self.incidents = IncidentBook(database)
        #: What became of messages to one person.
        self.arrivals = Arrivals(database)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        read_only: bool = False,
        personal_data: bool = True,
        process: Callable[[], Holder] = this_process,
    ) -> "Store":
        """Return the store at a database URL.

        Args:
            url: As `[store] url` has it, a password included.
            read_only: The file stays as it is, byte for byte. A database without our tables is an
                empty store then (`is_empty`), and none is made.
            personal_data: Whether personal values stand in audit lines as they are.
            process: Tells who would hold the lease.

        Raises:
            ConfigError: The URL cannot be used.
            SchemaOutdated: `read_only`, and the schema is older, newer or not ours.
        """
        store = cls(
            Database(url, read_only=read_only), personal_data=personal_data, process=process
        )
        if read_only:
            store._read_only()
        return store

    def _read_only(self) -> None:
        try:
            state = self.schema_state()
            if state.age is not SchemaAge.EMPTY:
                upgrade.require_current(state, self.name)
                return
        except StoreError:
            self.close()
            raise
        self._database.become_empty()
        self.is_empty = True

    def prepare(self) -> None:
        """Create the schema in a database that has none of our tables.

        Raises:
            SchemaOutdated: The schema is older, newer or not ours; the hint names the command.
        """
        if self.is_empty:
            return
        state = self.schema_state()
        if state.age is SchemaAge.EMPTY:
            self.upgrade()
        else:
            upgrade.require_current(state, self.name)

    def upgrade(self) -> None:
        """Bring the schema to this syncd's, all migrations in one transaction.

        Raises:
            SchemaOutdated: The schema is newer or not ours.
        """
        self._database.make_file()
        with self._database.alter() as connection:
            state = upgrade.read_schema(connection)
            if state.age in {SchemaAge.NEWER, SchemaAge.FOREIGN}:
                upgrade.require_current(state, self.name)
            upgrade.migrate(connection)

    # --- runs and the lease --------------------------------------------------------------------

    def begin_run(
        self,
        *,
        trigger: Trigger,
        mode: Mode,
        actor: str,
        why: str | None = None,
        lease: bool = True,
        now: datetime,
    ) -> BegunRun:
        """Insert the row of a run and, if asked, take the lease.

        A holder that is known to be dead, or whose lease has run out, is replaced; its run is
        marked `abandoned`, and so is one without the lease whose process has ended.

        Raises:
            LeaseTaken: Another process holds the lease.
        """
        if lease:
            # Readers wait for nobody: a second run is refused at once, also while the first commits.
            self._refuse_if_held()
        try:
            with self._journal(actor, now) as (connection, journal):
                here = self._process()
                token, dead = leases.take_lease(connection, here) if lease else (None, None)
                runs.abandon_dead(connection, journal, here=here, of_lease=dead, now=now)
                run = runs.insert_run(
                    connection,
                    trigger=trigger,
                    mode=mode,
                    actor=actor,
                    why=why,
                    now=now,
                    process=None if lease else here,
                )
                if token is not None:
                    leases.assign_lease(connection, run.id)
                return BegunRun(run, token)
        except StoreBusy:
            if lease:  # somebody was quicker, and is writing already
                self._refuse_if_held()
            raise

    def renew_lease(self, token: int) -> None:
        """Make the lease last another minute; call it every `lease.RENEW_EVERY`.

        Raises:
            StaleWrite: Somebody else has taken it since.
        """
        with self._database.write() as connection:
            leases.renew_lease(connection, token)

    def release_lease(self, token: int) -> None:
        """Give the lease back; without effect when it is not ours any more."""
        with self._database.write() as connection:
            leases.release_lease(connection, token)

    def finish_run(
        self,
        run_id: int,
        outcome: Outcome,
        *,
        token: int | None,
        now: datetime,
        error: str | None = None,
        counts: Counts | None = None,
        readings: Readings | None = None,
        digest: str | None = None,
        audit_events: Sequence[AuditEvent] = (),
    ) -> None:
        """Write how a run ended that applied nothing, and give the lease back.

        A run that another holder has taken for dead stays `abandoned`.
        """
        ending = Ending(outcome, now, counts or {}, {}, readings or {}, digest, error)
        with self._journal(None, now, run_id) as (connection, journal):
            for event in audit_events:
                journal.event(event.event, event.fields)
            if runs.is_running(connection, run_id):
                runs.end_run(connection, journal, run_id, ending)
            if token is not None:
                leases.release_lease(connection, token)

    def hold(
        self,
        run_id: int,
        *,
        token: int | None,
        now: datetime,
        digest: str,
        body: str,
        violations: Sequence[Violation],
        counts: Counts,
        readings: Readings | None = None,
        error: str | None = None,
    ) -> int:
        """Keep a held plan, give the lease back, and return the id of the run to approve.

        When the last held plan has the same digest, that run is confirmed (it ended when this
        one did, and says what this one would say), this run's row goes, and the earlier id is
        returned.

        Raises:
            StaleWrite: The lease was lost.
        """
        ending = Ending(Outcome.HELD, now, counts, {}, readings or {}, digest, error)
        with self._journal(None, now, run_id) as (connection, journal):
            if token is not None:
                leases.check_token(connection, token)
                leases.release_lease(connection, token)
            return plans.hold(
                connection, journal, HeldPlan(run_id, digest, body, violations), ending
            )

    # --- writing -------------------------------------------------------------------------------

    def apply(
        self,
        plan: Plan,
        *,
        run_id: int,
        token: int | None,
        store_version: int,
        at: datetime,
        counts: Counts,
        guard_counts: Mapping[str, int],
        readings: Readings,
        digest: str | None = None,
        outcome: Outcome = Outcome.APPLIED,
        source_states: Sequence[SourceState] = (),
        cursors: Sequence[Cursor] = (),
        touch_seen: Sequence[str] = (),
        unseen: Collection[Ref] = (),
        ended: Collection[str] = (),
        audit_events: Sequence[AuditEvent] = (),
        key_field: str | None = None,
        error: str | None = None,
        progress: Progress | None = None,
    ) -> Applied:
        """Write a plan, the run's outcome and the audit lines, and give the lease back: all or nothing.

        Args:
            plan: What is to be written.
            run_id: The run that decided it.
            token: The lease's token; None for a run without the lease.
            store_version: The store's version that the plan was made from.
            at: `updated_at` of every changed row, `at` of every change, the run's end.
            counts: The run's `counts`.
            guard_counts: What counts against the guards of later runs; empty for an approved one.
            readings: The readings that the run used.
            digest: The plan's digest.
            outcome: `no_change` where only `source_states` or `touch_seen` are to be written.
            source_states: Sources as they are remembered from now on.
            cursors: Where readings go on from now on; those without a position are forgotten.
            touch_seen: Sources whose links' `last_seen_at` moves.
            unseen: People of theirs whom the reading could not show: theirs stays.
            ended: Retired sources whose people the plan gives to another one.
            audit_events: What else the log is to tell of this run.
            key_field: The common field by which records are found from now on, if it changes.
            error: Which sources could not be read, and why.
            progress: Told steps done and steps in all.

        Raises:
            StaleWrite: The lease was lost, or the store has moved: plan again.
            StoreError: The plan names something that the store does not hold.
        """
        ending = Ending(outcome, at, counts, guard_counts, readings, digest, error)
        what = Application(
            plan,
            run_id,
            token,
            store_version,
            ending,
            source_states,
            cursors,
            touch_seen,
            unseen,
            ended,
            audit_events,
            key_field,
            progress,
        )

        def write() -> Applied:
            with self._journal(None, at, run_id) as (connection, journal):
                return apply_plan(connection, journal, what)

        return _despite_deadlocks(write)

    def decide(
        self,
        plan: Plan,
        *,
        trigger: Trigger,
        actor: str,
        why: str | None,
        store_version: int,
        at: datetime,
        digest: str | None = None,
        guard_counts: Mapping[str, int] | None = None,
        audit_events: Sequence[AuditEvent] = (),
    ) -> int:
        """Write what a person has decided, as a run of its own without the lease; return its id.

        One transaction: the run's row, the changes and the audit lines, or nothing at all.

        Raises:
            StaleWrite: The store has moved since `store_version`: plan again.
            StoreError: The plan names something that the store does not hold.
        """
        ending = Ending(
            Outcome.APPLIED, at, plan.counts(), guard_counts or {}, readings={}, digest=digest
        )

        def write() -> int:
            with self._journal(actor, at) as (connection, journal):
                run = runs.insert_run(
                    connection, trigger=trigger, mode=Mode.TARGETED, actor=actor, why=why, now=at
                )
                journal.set_run(run.id)
                what = Application(plan, run.id, None, store_version, ending, events=audit_events)
                apply_plan(connection, journal, what)
                return run.id

        return _despite_deadlocks(write)

    def accept_conflict(
        self, conflict_id: int, *, by: str, why: str, now: datetime
    ) -> StoredConflict:
        """Note that the people and departments which a conflict names may go.

        Raises:
            UsageError: There is no such open conflict, or it names nobody.
        """
        with self._journal(by, now) as (connection, journal):
            leases.advance(connection, None)
            return conflicts.accept(connection, journal, conflict_id, by=by, why=why, at=now)

    def pause(self, wanted: Sequence[Pause], *, actor: str, now: datetime) -> None:
        """Begin maintenance windows, or change those that hold already.

        A run that has read such a source plans again before it applies, and finds it paused.
        """
        with self._journal(actor, now) as (connection, journal):
            if any(one.kind is not PauseKind.OUTBOX for one in wanted):
                leases.advance(connection, None)
            for one in wanted:
                pauses.write_pause(connection, journal, one)

    def resume(
        self, ended: Sequence[Pause], *, actor: str, why: str | None, now: datetime
    ) -> list[Pause]:
        """End maintenance windows; return those that somebody else had not ended before."""
        with self._journal(actor, now) as (connection, journal):
            return [one for one in ended if pauses.end_pause(connection, journal, one, why)]

    def tell(
        self, events: Sequence[AuditEvent], *, actor: str, now: datetime, run_id: int | None = None
    ) -> None:
        """Add lines to the audit log that belong to no other transaction."""
        with self._journal(actor, now, run_id) as (_, journal):
            for event in events:
                journal.event(event.event, event.fields)

    def _refuse_if_held(self) -> None:
        with self._database.read() as connection:
            leases.refuse_if_held(connection, self._process(), self._database.is_being_written)

    @contextmanager
    def _journal(
        self, actor: str | None, at: datetime, run_id: int | None = None
    ) -> Iterator[tuple[Connection, Journal]]:
        """Give a writing transaction and the journal of what it does; the actor may be the run's."""
        with self._database.write() as connection:
            who = actor if actor is not None else _actor(connection, run_id)
            journal = Journal(connection, at=at, actor=who, run_id=run_id, personal=self._personal)
            yield connection, journal
            journal.close()


def _despite_deadlocks(write: Callable[[], T]) -> T:
    """Do a transaction again that the database undid to let another program's go on."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return write()
        except StoreDeadlock:
            if attempt == _ATTEMPTS:
                raise
            log.info("transaction_repeated", attempt=attempt)
    raise AssertionError  # the last attempt has returned or raised


def _actor(connection: Connection, run_id: int | None) -> str:
    query = select(run_table.c.actor).where(run_table.c.id == run_id)
    actor = connection.execute(query).scalar_one_or_none()
    if actor is None:
        raise UsageError(
            text("There is no run {run}.", run=run_id), hint=text("syncd runs lists them.")
        )
    return str(actor)
