"""What goes to and fro between the outbox's tables and whoever sends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from syncd.model.message import Attempt, Reason


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about sending."""

    #: Sources that send; those whose messages wait (paused, shadow) are in `waiting` besides.
    senders: frozenset[str]
    waiting: frozenset[str]
    #: The source of messages that name none; None where it is not clear.
    default_source: str | None
    retry: tuple[timedelta, ...]
    max_age: timedelta
    confirm_above: int | None = None
    #: Messages to people a day; None: by the number of active linked users.
    daily_limit: int | None = None

    @property
    def sending(self) -> list[str]:
        """Return the sources that send now, in an order that is always the same."""
        return sorted(self.senders - self.waiting)


@dataclass(frozen=True, slots=True)
class Tag:
    """Who bears a tag of WeCom's."""

    #: External ids of people in lower case, and of departments.
    people: frozenset[str]
    departments: frozenset[str]


@dataclass(frozen=True, slots=True)
class NoTag:
    """WeCom knows no such tag."""

    error: str


#: (source, id) → what WeCom says of a tag.
Tags = Mapping[tuple[str, str], Tag | NoTag]


class Letter(Protocol):
    """A content that can be sent: its files, if any, are uploaded."""

    @property
    def has_files(self) -> bool:
        """Return whether files of this machine stand in it."""

    def takes(self, external_id: str) -> bool:
        """Return whether WeCom can be told this recipient."""

    def compose(self, people: Sequence[str], interval: int) -> bytes:
        """Return the request for these people; `interval` is that of the duplicate check."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Files of a content have to be uploaded first."""

    #: It was tried, and is tried again later.
    is_passing: bool = False


@dataclass(frozen=True, slots=True)
class Unfit:
    """A content that cannot be sent."""

    reason: Reason
    error: str


#: (source, msgtype, content) → how it is sent.
Prepare = Callable[[str, str, Any], Letter | Lacking | Unfit]
#: (msgtype, content) → what is wrong with it; empty where nothing is.
Check = Callable[[str, Any], str]


class Item(NamedTuple):
    """One delivery of a call."""

    id: int
    message_id: int
    user_id: int | None
    external_id: str
    #: The attempt that is being made included.
    attempts: int
    #: The message is for nobody else.
    is_alone: bool
    last_code: int | None


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """A request that is written down and ours to send."""

    id: int
    token: int
    source: str
    body: bytes
    items: tuple[Item, ...]
    attempts: int
    first_sent_at: datetime
    #: Seconds within which WeCom takes the same body for the same message.
    window: int
    #: An earlier attempt of it may have arrived.
    in_doubt: bool = False
    #: It is to show whether a stopped channel works again.
    is_probe: bool = False
    has_files: bool = False
    letter: Letter | None = None


class Result(NamedTuple):
    """A call and what became of the attempt."""

    call: ClaimedCall
    attempt: Attempt


@dataclass(slots=True)
class Tally:
    """What a transaction has done."""

    #: Messages that were looked at, and tags that have to be asked for first.
    messages: int = 0
    lacking_tags: set[tuple[str, str]] = field(default_factory=set)
    #: Whether there was more than one transaction takes.
    more: bool = False
    calls: list[ClaimedCall] = field(default_factory=list)
    #: Deliveries that are over.
    delivered: int = 0
    dead: int = 0
    #: Sources whose channel stopped or resumed, each with why.
    stopped: dict[str, str] = field(default_factory=dict)
    resumed: set[str] = field(default_factory=set)
    #: Calls that somebody else has taken over meanwhile.
    lost: int = 0
    #: Calls that WeCom has accepted, and source → why it could not be reached.
    sent: int = 0
    unreachable: dict[str, str] = field(default_factory=dict)
