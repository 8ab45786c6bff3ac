"""Why a message did not arrive, as values: what is known of it, and a checklist with verdicts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.text import Text


class Check(StrEnum):
    """The items of WeCom's own list for "did not arrive", in the order in which they are gone through."""

    RECIPIENT = "recipient"  #: the message is for this person
    SENT = "sent"  #: WeCom has taken it
    RECALLED = "recalled"
    RATE = "rate"  #: beyond its limits WeCom drops messages without a word
    APP = "app"  #: the app is switched on, and WeCom lets it send
    RANGE = "range"  #: the person is in WeCom, and in the app's visible range
    ACTIVATED = "activated"  #: the account is in use: activated and not disabled
    LICENCE = "licence"
    STOPPED = "stopped"  #: the person has stopped the app's messages
    PLUGIN = "plugin"  #: receiving is switched off in the plug-in for WeChat
    MUTED = "muted"


class Verdict(StrEnum):
    """What is known of an item."""

    OK = "ok"
    IS_IT = "is_it"
    CANNOT_TELL = "cannot_tell"
    ASK_PERSON = "ask_person"  #: WeCom tells it nobody but the person


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """One item, what is known of it, and what to do."""

    check: Check
    verdict: Verdict
    said: Text


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """What the store knows of a message; words as they are in the table."""

    id: int
    msgtype: str
    status: str
    reason: str | None
    error: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class KnownDelivery:
    """What the store knows of one recipient of a message, and of the call that brought it."""

    status: str
    reason: str | None
    source: str | None
    external_id: str | None
    attempts: int
    next_attempt_at: datetime | None
    claimed_at: datetime | None
    delivered_at: datetime | None
    error_code: int | None
    error: str | None
    recalled_at: datetime | None
    #: What syncd sent to the person by the same source within the minute, and the hour, before.
    within_minute: int = 0
    within_hour: int = 0


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """What the store knows of the person."""

    #: The record of the sending source: None where the person has none, or it is gone.
    state: str | None
    is_linked: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The sending source lets nothing through at present."""

    reason: str
    since: datetime
    code: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What WeCom answered when it was asked just now."""

    #: The app is switched off; None where that could not be asked.
    is_closed: bool | None = None
    app_error: str | None = None
    app_code: int | None = None
    #: WeCom's `status` of the person; None where it did not show the person.
    status: int | None = None
    #: WeCom's code where it answered with one, such as 60111.
    code: int | None = None
    person_error: str | None = None


@dataclass(frozen=True, slots=True)
class ArrivalFacts:
    """All that is known."""

    message: KnownMessage
    #: None where the message has none for this person.
    delivery: KnownDelivery | None
    person: KnownPerson
    stopped: Stopped | None = None
    is_paused: bool = False
    #: None where WeCom was not asked.
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message to a person, and the checklist."""

    facts: ArrivalFacts
    items: tuple[CheckedItem, ...]

    @property
    def found(self) -> tuple[CheckedItem, ...]:
        """Return the items that are why it did not arrive."""
        return tuple(one for one in self.items if one.verdict is Verdict.IS_IT)


@dataclass(frozen=True, slots=True)
class SentTo:
    """A message that was for somebody, for a list of the last ones."""

    message_id: int
    msgtype: str
    status: str
    reason: str | None
    error: str | None
    delivered_at: datetime | None
