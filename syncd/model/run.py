"""A run: one attempt at a sync, from trigger to outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: Among the facts of a reading: it was of what had changed, and not of everything.
PARTIAL = "partial"


class Trigger(StrEnum):
    """What started a run."""

    SCHEDULE = "schedule"
    CLI = "cli"
    SIGNAL = "signal"
    EVENT = "event"
    APPROVE = "approve"
    UNDO = "undo"
    DISABLE = "disable"
    ENABLE = "enable"
    LINK = "link"


class Mode(StrEnum):
    """How much a run looks at."""

    FULL = "full"
    SYNC = "sync"
    TARGETED = "targeted"


class Outcome(StrEnum):
    """How a run ended."""

    APPLIED = "applied"
    NO_CHANGE = "no_change"
    HELD = "held"
    FAILED = "failed"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class ReadingSummary:
    """What a run remembers of one source's reading."""

    began_at: datetime
    users: int
    departments: int
    facts: Mapping[str, int] = field(default_factory=dict)
    capabilities: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_partial(self) -> bool:
        """Return whether only what had changed was read; the numbers are those of it."""
        return bool(self.facts.get(PARTIAL))


@dataclass(frozen=True, slots=True)
class Run:
    """A row of `sync_run`."""

    id: int
    trigger: Trigger
    mode: Mode
    started_at: datetime
    actor: str
    why: str | None = None
    finished_at: datetime | None = None
    outcome: Outcome | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Guard (and field, after a colon) → what this run applied without approval.
    guard_counts: Mapping[str, int] = field(default_factory=dict)
    plan_digest: str | None = None
    error: str | None = None
    #: Source → its reading, where it reached its end.
    readings: Mapping[str, ReadingSummary] = field(default_factory=dict)
