"""What was learnt by asking a source whose a value is, where it shows the value of nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

#: Fields by whose value a source can be asked for a person.
LOOKED_UP: Final = ("mobile", "email", "biz_email")


class Answer(NamedTuple):
    """What a source said when it was asked last whose a value is."""

    #: The value as it is compared.
    value: str
    #: Whose it is; None where it is nobody's, or of nobody who may be seen.
    external_id: str | None
    asked_at: datetime
    #: Since when this was the answer whenever the source was asked.
    since: datetime


class Asked(NamedTuple):
    """What a source said last about a value, as a person is told of it."""

    source: str
    value: str
    #: Whose it is; None for nobody's.
    external_id: str | None
    asked_at: datetime


class Meter(NamedTuple):
    """What questions that find nobody are counted on, together."""

    #: The corporation, whatever its source is called.
    identity: str
    endpoint: str


class Miss(NamedTuple):
    """How many questions of one hour found nobody."""

    #: When the hour began.
    hour: datetime
    number: int
    #: What the source said when it would not answer any more, None where it did.
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class LookupReport:
    """What came of asking one source in one run."""

    source: str
    field: str
    #: Values that were asked for, and how many of them are somebody's.
    asked: int = 0
    found: int = 0
    #: Values that were to be asked for and have to wait.
    waiting: int = 0
    #: How many questions may find nobody within 24 hours, and how many did.
    budget: int = 0
    missed: int = 0
    #: Why no more were asked: `budget`, `too_few` (people for any budget), `refused` or `failed`;
    #: None where nothing waits.
    stopped: str | None = None
    #: What the source said; empty where the budget alone stopped it.
    reason: str = ""
    #: When asking goes on; None for the next run.
    resumes_at: datetime | None = None

    @property
    def nobodys(self) -> int:
        """Return how many of the values that were asked for are nobody's."""
        return self.asked - self.found


@dataclass(frozen=True, slots=True)
class LookupTotals:
    """What is remembered of asking one source."""

    found: int = 0
    nobodys: int = 0
