"""A maintenance window: what is neither read nor sent for a while."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PauseKind(StrEnum):
    """What is paused."""

    #: Every source and the outbox.
    EVERYTHING = "everything"
    SOURCE = "source"
    OUTBOX = "outbox"


@dataclass(frozen=True, slots=True)
class Pause:
    """A row of `sync_pause`; (kind, name) tells it from every other."""

    kind: PauseKind
    #: The source's name; empty where no source is meant.
    name: str
    paused_at: datetime
    #: None: until a person resumes.
    ends_at: datetime | None
    actor: str
    why: str | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Return whether it has not ended by itself."""
        return self.ends_at is None or moment < self.ends_at


def pause_of_source(pauses: Iterable[Pause], name: str, at: datetime) -> Pause | None:
    """Return why a source is not read now; the wider pause where two hold, None where none does."""
    return _widest(
        one
        for one in pauses
        if one.holds_at(at)
        and (one.kind is PauseKind.EVERYTHING or (one.kind, one.name) == (PauseKind.SOURCE, name))
    )


def pause_of_outbox(pauses: Iterable[Pause], at: datetime) -> Pause | None:
    """Return why nothing is sent now; the wider pause where two hold, None where none does."""
    return _widest(one for one in pauses if one.holds_at(at) and one.kind is not PauseKind.SOURCE)


def _widest(found: Iterable[Pause]) -> Pause | None:
    return min(found, key=lambda one: one.kind is not PauseKind.EVERYTHING, default=None)
