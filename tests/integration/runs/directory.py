"""A directory in memory, read by whole runs: what a source shows is what a test says."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from syncd.model.entry import Absence, Entry, Kind, Missing, Ref, Snapshot
from syncd.model.record import (
    DepartmentRecord,
    MembershipRecord,
    Record,
    RecordState,
    UserRecord,
)
from syncd.model.run import Mode, Trigger
from syncd.reconcile.settings import Limits, Policy
from syncd.services.approval import reviewed
from syncd.services.assigning import AssignedOne
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import Replay, replay
from syncd.services.by_hand import Author, ByHand, Switched
from syncd.services.decide import Context, Request
from syncd.services.linking import settle_doubt
from syncd.services.report import SyncReport
from syncd.services.sources import Retirement, retire
from syncd.services.sync import look, run_sync
from syncd.services.undo import Undone, undo
from syncd.sources.base import Progress, ignore_progress
from syncd.store.store import Store

START = datetime(2026, 5, 6, 7, tzinfo=UTC)
FIELDS = ("userid", "name", "mobile", "manager")


@dataclass
class Directory:
    """A source whose people and departments are two dictionaries."""

    name: str = "wecom"
    identity: str = "corp-1"
    #: Id → fields, `departments` among them.
    people: dict[str, dict[str, object]] = field(default_factory=dict)
    #: Id → (parent, name).
    departments: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    now: datetime = START
    #: How many were asked for again, at most, in each reading.
    limits: list[int | None] = field(default_factory=list)
    #: Everybody who was asked for again.
    asked: set[str] = field(default_factory=set)
    type: str = "wecom"
    fields: frozenset[str] = frozenset(FIELDS)

    def hire(
        self, id_: str, name: str, mobile: str | None, *departments: str, **more: object
    ) -> None:
        """Let somebody be there."""
        values = {"userid": id_, "name": name, "mobile": mobile, "manager": None, **more}
        self.people[id_] = values | {"departments": departments or ("1",)}

    def rename(self, old: str, new: str) -> None:
        """Give somebody another id."""
        self.people[new] = self.people.pop(old) | {"userid": new}

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everything."""
        del scope, progress
        departments = [
            self._entry(Kind.DEPARTMENT, id_, of) for id_, of in self.departments.items()
        ]
        return Snapshot(
            self.name, self.now, departments, self._people(self.people), frozenset(FIELDS)
        )

    def read_user(self, external_id: str) -> Snapshot:
        """Return one person."""
        people = self._people({external_id} & self.people.keys())
        return Snapshot(self.name, self.now, [], people, None)

    def confirm(
        self,
        snapshot: Snapshot,
        missing: Missing,
        limit: int | None,
        scope: Mapping[str, object],
        progress: Progress = ignore_progress,
    ) -> Absence:
        """Return the missing as gone, but for those beyond the limit."""
        del snapshot, scope, progress
        self.limits.append(limit)
        self.asked |= missing.users.keys()
        active = sorted(missing.active)
        asked = active if limit is None else active[: limit + 1]
        rest = frozenset(active) - frozenset(asked)
        return Absence(
            frozenset(missing.users) - rest, frozenset(missing.departments), unconfirmed=rest
        )

    def normalize(self, entry: Entry) -> Record:
        """Return an entry in our field names."""
        of = orjson.loads(entry.payload)
        if entry.kind is Kind.DEPARTMENT:
            return DepartmentRecord(
                self.name, entry.external_id, entry.read_at, of[1], None, of[0], 0, of[0] is None
            )
        places = tuple(MembershipRecord(one, False, 0) for one in of.pop("departments"))
        state = RecordState(of.pop("state", RecordState.ACTIVE.value))
        return UserRecord(self.name, entry.external_id, entry.read_at, of, places, None, state)

    def close(self) -> None:
        """Do nothing."""

    def _people(self, ids: Collection[str]) -> list[Entry]:
        return [self._entry(Kind.USER, id_, self.people[id_]) for id_ in ids]

    def _entry(self, kind: Kind, id_: str, of: object) -> Entry:
        return Entry(kind, id_, self.now, orjson.dumps(of))


@dataclass
class Office:
    """Where syncd runs: a store, and the policy of its administrator."""

    store: Store
    folder: Path
    source: Directory
    common_field: str | None = "mobile"
    configured: frozenset[str] = frozenset({"wecom"})
    protected: frozenset[str] = frozenset()
    #: What stands for the settings that the source is read by.
    settings: str = "settings"

    @property
    def context(self) -> Context:
        """Return what a run works with; every reading is later than the one before."""
        self.source.now += timedelta(minutes=10)
        at = self.source.now
        return Context(
            self.store,
            (self.source,),
            Policy(self.source.name, self.common_field, limits=Limits(protected=self.protected)),
            {self.source.name: self.settings},
            self.configured | {self.source.name},
            lambda: at,
            self.folder / "audit.jsonl",
        )

    def sync(self, mode: Mode = Mode.SYNC, person: str | None = None) -> SyncReport:
        """Run a sync."""
        return run_sync(self.context, Request(mode, Trigger.CLI, "ops", person=person))

    def plan(self) -> SyncReport:
        """Return what a sync would do."""
        return look(self.context, Request(Mode.SYNC, Trigger.CLI, "ops"))

    def approve(self, report: SyncReport) -> SyncReport:
        """Approve what a run holds."""
        assert report.run_id is not None
        held = reviewed(self.store, report.run_id)
        request = Request(
            held.mode, Trigger.APPROVE, "ops", "seen", person=held.person, approved=held.guarded
        )
        return run_sync(self.context, request)

    def undo(self, report: SyncReport | Switched | AssignedOne | Undone | int) -> Undone:
        """Undo a run, whatever the guards say."""
        run_id = report if isinstance(report, int) else report.run_id
        assert run_id is not None
        context = self.context
        by = ByHand(self.store, context.policy, context.clock, context.audit_file)
        return undo(by, run_id, Author("ops"), confirmed=True)

    def retire(self, name: str) -> Retirement:
        """End a source."""
        context = self.context
        by = ByHand(self.store, context.policy, context.clock, context.audit_file)
        return retire(by, name, (), Author("ops", "moved"), confirmed=True)

    def replay(self) -> Replay:
        """Return how what the log says differs from the store."""
        file = self.folder / "audit.jsonl"
        return replay(log_files(file), self.store)

    def settle(self, new: str, user: str | None, source: str | None = None) -> AssignedOne:
        """Say who a doubted record is."""
        context = self.context
        by = ByHand(self.store, context.policy, context.clock, context.audit_file)
        known = None if user is None else Ref(source or self.source.name, user)
        return settle_doubt(by, Ref(self.source.name, new), known, Author("ops", "asked"))

    def ids(self) -> dict[str, int]:
        """Return the ids of all active users by the record that owns them."""
        world = self.store.world(None)
        return {str(ref): user.id for ref, user in world.users.items() if user.row.is_active}

    def user_of(self, source: str, id_: str) -> int | None:
        """Return the user that a record is linked with."""
        link = self.store.world(None).links.get(Ref(source, id_))
        return None if link is None else link.user_id
