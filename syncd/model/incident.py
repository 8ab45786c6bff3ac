"""Incidents as values: what needs a person, since when, and who was told.

::

    Trouble (how things are now) ─judge─▶ Incident (from its opening to its end) ─▶ Alert (one way, one phase)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class IncidentKind(StrEnum):
    """What is wrong; the word in the column `kind`."""

    PLAN_HELD = "plan_held"  #: a guard holds a plan, which waits for a person
    SOURCE_FAILED = "source_failed"  #: the subject has not been readable for a while
    CHANNEL_STOPPED = "channel_stopped"  #: the subject's messages wait: WeCom lets none through


class Way(StrEnum):
    """How people are told."""

    WECOM = "wecom"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Phase(StrEnum):
    """Of what people are told."""

    OPENED = "opened"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an incident is about; there is one open incident of each at most."""

    kind: IncidentKind
    #: The source; empty where the whole store is meant.
    name: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now."""

    subject: Subject
    since: datetime
    #: What the sentence about it needs: `reason`, `run`, …
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """A row of `sync_failure`: a source whose last reading broke off."""

    source: str
    #: When the first of the readings began to fail that failed in a row.
    since: datetime
    last_at: datetime
    count: int
    error: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A row of `sync_incident`."""

    id: int
    subject: Subject
    opened_at: datetime
    detail: Mapping[str, str]
    #: Since when nothing has been wrong any more; it ends when that has lasted.
    clear_since: datetime | None = None
    #: How often it has come back; the oftener, the longer it must stay away.
    relapses: int = 0
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it has not ended."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of `sync_alert`: an incident that people are told of by one way."""

    incident: Incident
    phase: Phase
    way: Way
    attempts: int = 0
    #: When it is due; None when they were told, and when there is nothing to tell any more.
    next_attempt_at: datetime | None = None
    told_at: datetime | None = None
    #: Why the last attempt failed.
    error: str | None = None

    @property
    def key(self) -> str:
        """Return what tells it from every other, in a message's dedupe key and an e-mail's id."""
        return f"syncd-incident-{self.incident.id}-{self.phase.value}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored: incidents that are open, or ended within the last day, and their alerts."""

    incidents: tuple[Incident, ...] = ()
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be written."""

    #: New ones; their id is 0.
    opened: tuple[Incident, ...] = ()
    #: Those of the stored ones that read otherwise now, ended ones too.
    changed: tuple[Incident, ...] = ()
    #: Alerts of stored incidents that are to be added.
    added: tuple[Alert, ...] = ()
    #: Alerts that nobody has to be told of any more.
    dropped: tuple[Alert, ...] = ()
    #: By which ways people are told of the new ones.
    ways: Mapping[Subject, tuple[Way, ...]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is to be written."""
        return not (self.opened or self.changed or self.added or self.dropped)
