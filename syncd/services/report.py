"""What a sync tells whoever asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.errors import PRECEDENCE, ExitStatus, SyncdError
from syncd.model.change import Plan, Violation
from syncd.model.directory import DepartmentRow, UserRow
from syncd.model.entry import Ref
from syncd.model.fitness import Survey
from syncd.model.lookup import LookupReport
from syncd.model.run import Mode, Outcome, ReadingSummary
from syncd.model.world import World
from syncd.text import joined, text


@dataclass(frozen=True, slots=True)
class Names:
    """What people and departments are called, for saying a plan."""

    people: Mapping[Ref, str] = field(default_factory=dict)
    departments: Mapping[Ref, str] = field(default_factory=dict)


def names_of(world: World, plan: Plan) -> Names:
    """Return the names of everybody and everything that a plan or its world holds."""
    people = {ref: user.row.name for ref, user in world.users.items()}
    departments = {ref: one.row.name for ref, one in world.departments.items()}
    for change in plan.changes:
        row = change.after or change.before
        if isinstance(row, UserRow):
            people[change.ref] = row.name
        elif isinstance(row, DepartmentRow):
            departments[change.ref] = row.name
    for new, former in plan.former.items():
        if former in people:
            people.setdefault(new, people[former])
    return Names(people, departments)


@dataclass(frozen=True, slots=True)
class Shadow:
    """What sources would change of which nothing is written (`apply = false`)."""

    readings: Mapping[str, ReadingSummary]
    plan: Plan
    violations: tuple[Violation, ...] = ()
    names: Names = field(default_factory=Names)


def failure_text(failures: Mapping[str, SyncdError]) -> str | None:
    """Return which sources could not be read and why, in one line; None for none."""
    told = [
        text("{source} could not be read: {reason}", source=name, reason=failure.message)
        for name, failure in failures.items()
    ]
    return joined("; ", told) if told else None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """The answer of one run, or of one plan without a run."""

    #: None for a plan that was only looked at.
    run_id: int | None
    mode: Mode
    outcome: Outcome
    plan: Plan = field(default_factory=Plan)
    digest: str | None = None
    violations: tuple[Violation, ...] = ()
    readings: Mapping[str, ReadingSummary] = field(default_factory=dict)
    #: Source → why it could not be read; nothing of it was written.
    failures: Mapping[str, SyncdError] = field(default_factory=dict)
    #: Source → why it was not to be read: a maintenance window.
    skipped: Mapping[str, SyncdError] = field(default_factory=dict)
    #: What came of asking for people (`lookup`).
    lookups: tuple[LookupReport, ...] = ()
    #: None where every source that was read counts.
    shadow: Shadow | None = None
    #: How fit each field is, where people are to be matched by another one than before.
    survey: Survey | None = None
    #: Conflicts that are open after the run.
    open_conflicts: int = 0
    seconds: float = 0.0
    #: Why the audit log could not be written after the store was; the entries stay queued.
    audit_pending: str | None = None
    #: Only of a plan that was looked at.
    names: Names = field(default_factory=Names)

    @property
    def exit_status(self) -> ExitStatus:
        """Return how the command ends, by the precedence of statuses."""
        found = {failure.exit_status for failure in self.failures.values()}
        if self.outcome is Outcome.HELD:
            found.add(ExitStatus.HELD)
        return next((status for status in PRECEDENCE if status in found), ExitStatus.DONE)
