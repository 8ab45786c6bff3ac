"""syncd with a store of its own beside a real LDAP server, in this process."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.model.cursor import CursorKind
from syncd.model.run import Mode, Outcome, ReadingSummary, Trigger
from syncd.reconcile.settings import Limit, Limits, Policy
from syncd.services.approval import reviewed
from syncd.services.decide import Context, Request
from syncd.services.report import SyncReport
from syncd.services.sync import run_sync
from syncd.sources.ldap import LdapSource
from syncd.store.store import Store

_ANY = Limit(1000, 1.0)


@dataclass
class Office:
    """One source, and what syncd keeps of it."""

    store: Store
    folder: Path
    source: LdapSource
    settings: str = "settings"
    policy: Policy = field(
        default_factory=lambda: Policy(
            "corp", None, limits=Limits(max_deactivations=_ANY, max_blanked=_ANY, max_changed=_ANY)
        )
    )

    def sync(self, mode: Mode = Mode.SYNC, person: str | None = None) -> SyncReport:
        return run_sync(self._context, Request(mode, Trigger.CLI, "ops", person=person))

    def approve(self, report: SyncReport) -> SyncReport:
        """Approve what a run holds."""
        assert report.run_id is not None
        held = reviewed(self.store, report.run_id)
        request = Request(held.mode, Trigger.APPROVE, "ops", "seen", approved=held.guarded)
        return run_sync(self._context, request)

    @property
    def _context(self) -> Context:
        return Context(
            self.store,
            (self.source,),
            self.policy,
            {"corp": self.settings},
            {"corp"},
            lambda: datetime.now(UTC),
            self.folder / "audit.jsonl",
        )

    def follow(self) -> ReadingSummary:
        """Sync, and see that a reading of everything finds nothing more; return what was read."""
        report = self.sync()
        assert report.outcome in {Outcome.APPLIED, Outcome.NO_CHANGE}, report
        self.check()
        return report.readings["corp"]

    def check(self) -> None:
        """See that a reading of everything finds nothing to do."""
        full = self.sync(Mode.FULL)
        assert full.outcome is Outcome.NO_CHANGE, full.plan
        # Not even a record: every entry was as a reading of everything gives it.
        assert full.plan.is_empty, full.plan

    def move(self, standing: dict[str, object]) -> None:
        """Let the cursor say something else of where the server stood."""
        (cursor,) = (
            one
            for kind, one in self.store.cursors("corp").items()
            if kind is CursorKind.INCREMENTAL
        )
        before: Any = cursor.position
        position = {**before, "standing": {**before["standing"], **standing}}
        with closing(sqlite3.connect(self.store.name.removeprefix("sqlite:///"))) as database:
            database.execute(
                "UPDATE sync_cursor SET position = ? WHERE kind = 'incremental'",
                [json.dumps(position)],
            )
            database.commit()

    def people(self) -> dict[str, tuple[str | None, ...]]:
        """Return the active users: userid → department, manager's userid, mobile, position."""
        world = self.store.world(None)
        rows = {ref: user.row for ref, user in world.users.items()}
        return {
            str(row.userid): (
                world.departments[row.main_department].row.name if row.main_department else None,
                rows[row.manager].userid if row.manager else None,
                row.mobile,
                row.position,
            )
            for row in rows.values()
            if row.is_active
        }


def why(reading: ReadingSummary) -> str | None:
    """Return why everything was read; None where only what had changed was."""
    found = [code for code in reading.facts if code.startswith("everything_")]
    return found[0].removeprefix("everything_") if found else None
