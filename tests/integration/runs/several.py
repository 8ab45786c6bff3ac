"""Two and three directories in memory, read by whole runs into one store."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from syncd.errors import SourceUnavailable
from syncd.model.entry import Ref, Snapshot
from syncd.model.run import Mode, Trigger
from syncd.reconcile.settings import Limits, Policy
from syncd.services.approval import reviewed
from syncd.services.audit_lines import log_files
from syncd.services.audit_replay import Replay, replay
from syncd.services.by_hand import Author, ByHand
from syncd.services.decide import Context, Request
from syncd.services.report import SyncReport
from syncd.services.sync import look, run_sync
from syncd.services.undo import Undone, undo
from syncd.sources.base import Progress, ignore_progress
from syncd.store.store import Store
from tests.integration.runs.directory import START, Directory

#: Somebody's mobile number.
NUMBER = "138001380{:02}".format
#: Whose the records of WeCom are, of the company that `offices` reads.
LINKED = {f"w{one}": f"corp:p{one}" for one in range(8)} | {"guest": None}


class Unreachable(Directory):
    """A directory that does not answer."""

    def read(self, scope: object, progress: Progress = ignore_progress) -> Snapshot:
        """Fail."""
        del scope, progress
        raise SourceUnavailable(f"{self.name} does not answer.")


def directory(name: str, **people: str | None) -> Directory:
    """Return a source with one department and people: id → mobile."""
    source = Directory(name, f"{name}-1", departments={"1": (None, name.title())})
    for id_, mobile in people.items():
        source.hire(id_, f"Person {id_}", mobile)
    return source


@dataclass
class Offices:
    """Where syncd runs with several sources; the first is the authority."""

    store: Store
    folder: Path
    sources: dict[str, Directory]
    common_field: str = "mobile"
    creates: bool = False
    prefer: dict[str, tuple[str, ...]] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    shadows: frozenset[str] = frozenset()
    #: Whom `context` reads; all where it is empty.
    authority: str = "corp"

    def context(self, *names: str) -> Context:
        """Return what a run works with; every reading is later than the one before."""
        at = max((one.now for one in self.sources.values()), default=START) + timedelta(minutes=10)
        for source in self.sources.values():
            source.now = at
        policy = Policy(
            self.authority,
            self.common_field,
            limits=Limits(protected=self.protected),
            prefer=self.prefer,
            others=frozenset(self.sources) - {self.authority},
            creates=self.creates,
        )
        rules = repr((self.authority, self.common_field, self.prefer, self.creates))
        return Context(
            self.store,
            tuple(one for name, one in self.sources.items() if not names or name in names),
            policy,
            dict.fromkeys(self.sources, rules),
            frozenset(self.sources),
            lambda: at,
            self.folder / "audit.jsonl",
            shadows=self.shadows,
        )

    def sync(self, *names: str, mode: Mode = Mode.SYNC) -> SyncReport:
        """Run a sync of these sources, of all without names."""
        return run_sync(self.context(*names), Request(mode, Trigger.CLI, "ops"))

    def sync_person(self, source: str, id_: str) -> SyncReport:
        """Run a sync of one person, as one source sees them."""
        request = Request(Mode.TARGETED, Trigger.CLI, "ops", person=id_)
        return run_sync(self.context(source), request)

    def by_hand(self) -> ByHand:
        """Return what a person's decision works with."""
        context = self.context()
        return ByHand(self.store, context.policy, context.clock, context.audit_file)

    def manager(self, source: str, id_: str) -> str | None:
        """Return the record that owns the manager of a record's user."""
        manager = self.store.world(None).users[Ref(source, id_)].row.manager
        return None if manager is None else str(manager)

    def plan(self, *names: str) -> SyncReport:
        """Return what a sync would do."""
        return look(self.context(*names), Request(Mode.SYNC, Trigger.CLI, "ops"))

    def approve(self, report: SyncReport) -> SyncReport:
        """Approve what a run holds."""
        assert report.run_id is not None
        held = reviewed(self.store, report.run_id)
        request = Request(
            held.mode, Trigger.APPROVE, "ops", "seen", held.person, approved=held.guarded
        )
        return run_sync(self.context(*held.run.readings), request)

    def undo(self, report: SyncReport) -> Undone:
        """Undo a run, whatever the guards say."""
        assert report.run_id is not None
        return undo(self.by_hand(), report.run_id, Author("ops"), confirmed=True)

    def replay(self) -> Replay:
        """Return how what the log says differs from the store."""
        return replay(log_files(self.folder / "audit.jsonl"), self.store)

    def owners(self, source: str) -> dict[str, str | None]:
        """Return the record that owns the user of each record of a source; None for nobody's."""
        world = self.store.world(None)
        owners = {user.id: str(ref) for ref, user in world.users.items()}
        return {
            ref.external_id: owners.get(link.user_id or 0)
            for ref, link in world.links.items()
            if ref.source == source
        }

    def active(self) -> Collection[str]:
        """Return the active users by the record that owns them."""
        world = self.store.world(None)
        return {str(ref) for ref, user in world.users.items() if user.row.is_active}

    def user_id(self, source: str, id_: str) -> int | None:
        """Return the user of a record."""
        link = self.store.world(None).links.get(Ref(source, id_))
        return None if link is None else link.user_id

    def conflicts(self) -> dict[str, str]:
        """Return the open conflicts: record → kind."""
        return {
            f"{one.open.conflict.source}:{one.open.conflict.external_id}": one.open.conflict.kind.value
            for one in self.store.conflicts()
        }
