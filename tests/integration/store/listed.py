"""A source in memory, for whole runs without a server: it says what a `Company` says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from syncd.model.entry import Absence, Entry, Kind, Missing, Snapshot
from syncd.model.field import FIELDS
from syncd.model.record import DepartmentRecord, Record, UserRecord
from syncd.model.run import Mode, Trigger
from syncd.reconcile.settings import Policy
from syncd.services.by_hand import ByHand
from syncd.services.decide import Context, Request
from syncd.services.report import SyncReport
from syncd.services.sync import run_sync
from syncd.sources.base import Progress, ignore_progress
from syncd.store.store import Store
from tests.unit.reconcile.memory import NOW, POLICY, SOURCE, Company, digest


@dataclass
class Clock:
    """Says a later time whenever it is asked."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Listed:
    """Shows a company; whoever is missing from it is gone."""

    clock: Clock
    company: Company = field(default_factory=Company.of)
    #: Called once, when the first entry is normalised: after the plan has begun, before it is written.
    meanwhile: Callable[[], object] | None = None
    name: str = SOURCE
    type: str = "ldap"
    identity: str = "dc=example"
    fields: frozenset[str] = frozenset({*FIELDS, "custom.grade"})
    _records: dict[bytes, Record] = field(default_factory=dict)

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        del scope, progress
        at = self.clock()
        departments = self._entries(Kind.DEPARTMENT, self.company.departments.values(), at)
        users = self._entries(Kind.USER, self.company.people.values(), at)
        return Snapshot(self.name, at, departments, users, self.fields)

    def read_user(self, external_id: str) -> Snapshot:
        at = self.clock()
        found = [one for key, one in self.company.people.items() if key == external_id]
        return Snapshot(self.name, at, (), self._entries(Kind.USER, found, at), None)

    def confirm(
        self,
        snapshot: Snapshot,
        missing: Missing,
        limit: int | None,
        scope: Mapping[str, object],
        progress: Progress = ignore_progress,
    ) -> Absence:
        del snapshot, limit, scope, progress
        return Absence(frozenset(missing.users), frozenset(missing.departments))

    def normalize(self, entry: Entry) -> Record:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return replace(self._records[entry.payload], read_at=entry.read_at)

    def close(self) -> None:
        pass

    def _entries(
        self, kind: Kind, records: Iterable[UserRecord | DepartmentRecord], at: datetime
    ) -> list[Entry]:
        entries = []
        for one in records:
            self._records[digest(one)] = one
            entries.append(Entry(kind, one.external_id, at, digest(one)))
        return entries


@dataclass
class Office:
    """A store, its source, and an administrator who looks after both."""

    store: Store
    source: Listed
    log: Path
    policy: Policy = POLICY

    @property
    def by_hand(self) -> ByHand:
        return ByHand(self.store, self.policy, self.source.clock, self.log, "here")

    def sync(
        self,
        company: Company | None = None,
        *,
        full: bool = False,
        approved: frozenset[tuple[str, ...]] | None = None,
    ) -> SyncReport:
        """Run a sync; the source says what `company` says from now on."""
        if company is not None:
            self.source.company = company
        context = Context(
            self.store,
            (self.source,),
            self.policy,
            {SOURCE: "fingerprint"},
            [SOURCE],
            self.source.clock,
            self.log,
            "here",
        )
        trigger = Trigger.CLI if approved is None else Trigger.APPROVE
        mode = Mode.FULL if full else Mode.SYNC
        return run_sync(context, Request(mode, trigger, "ops", approved=approved))


def office(store: Store, folder: Path, policy: Policy = POLICY) -> Office:
    """Return an office around a store; its log lies in `folder`."""
    return Office(store, Listed(Clock()), folder / "audit.jsonl", policy)
