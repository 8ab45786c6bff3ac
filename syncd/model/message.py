"""Messages as values: what an application queued, who gets it, and what became of it.

::

    Message ─expand─▶ Delivery (one recipient) ─claim─▶ Call (one request, written down) ─send─▶ settled
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MessageStatus(StrEnum):
    """How far a message is (contract, section 9, "Sending")."""

    QUEUED = "queued"  #: not looked at yet, or waiting for its time or for a person's approval
    SENDING = "sending"  #: its deliveries are there, and some are not over
    DONE = "done"  #: everybody whom it is for has it
    PARTIAL = "partial"  #: some have it, and some will not
    DEAD = "dead"  #: nobody got it
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class DeliveryStatus(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    CLAIMED = "claimed"  #: in a call that is written down and not settled
    DELIVERED = "delivered"  #: WeCom has accepted it for this person
    DEAD = "dead"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class CallStatus(StrEnum):
    """What is known of a request to WeCom."""

    CLAIMED = "claimed"  #: being sent, or about to be
    UNKNOWN = "unknown"  #: it may have arrived: repeated as it is, inside WeCom's window
    SENT = "sent"  #: accepted
    REFUSED = "refused"  #: answered with a code: nobody got it by this call
    GIVEN_UP = "given_up"  #: the window closed before an answer came


class Reason(StrEnum):
    """Why a message or a delivery was not sent, or waits: the word in the column `reason`."""

    # of a message
    BAD_RECIPIENT = "bad_recipient"  #: `recipient` cannot be read
    BAD_CONTENT = "bad_content"  #: msgtype or content: not JSON, a limit of WeCom, an unknown type
    NO_SOURCE = "no_source"  #: no enabled WeCom source of that name sends, or several might
    NEEDS_APPROVAL = "needs_approval"  #: for more people than `outbox.confirm_above`: it waits
    # of a delivery
    UNKNOWN_RECIPIENT = "unknown_recipient"  #: nobody and nothing of that name
    NOT_LINKED = "not_linked"  #: the person has no record in the source that sends
    INACTIVE = "inactive"
    NOT_VISIBLE = "not_visible"  #: outside the app's visible range, or unknown to WeCom
    UNLICENSED = "unlicensed"
    REFUSED = "refused"  #: WeCom refused it for good; `last_error_code` says how
    RETRIES_USED_UP = "retries_used_up"
    OUTCOME_UNKNOWN = "outcome_unknown"  #: it may have arrived, and may not be repeated any more
    MEDIA = "media"  #: its file cannot be read or uploaded
    # of both
    TOO_OLD = "too_old"  #: beyond `expires_at` or `outbox.max_age`
    BY_HAND = "by_hand"  #: cancelled by a person


class RecipientKind(StrEnum):
    """What a recipient is named by."""

    USER = "user"  #: `directory_user.id`
    USERID = "userid"  #: `directory_user.userid`, without case
    DEPARTMENT = "department"  #: `directory_department.id`, with all below it
    TAG = "tag"  #: WeCom's tag id
    ALL = "all"  #: every active linked user


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of the recipients that `outbox_message.recipient` joins by `|`."""

    kind: RecipientKind
    name: str = ""  #: the id or userid as it was written; empty for `all`

    def __str__(self) -> str:
        """Return it as applications write it."""
        return (
            self.kind.value if self.kind is RecipientKind.ALL else f"{self.kind.value}:{self.name}"
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be queued; what is None is left to the database's defaults."""

    recipient: str
    msgtype: str
    content: Mapping[str, object]
    source: str | None = None
    dedupe_key: str | None = None
    priority: int = 0  #: the larger, the sooner
    not_before: datetime | None = None
    expires_at: datetime | None = None


class Disposition(StrEnum):
    """What follows from an attempt that was not accepted."""

    RETRY = "retry"  #: the same call may work a little later
    SPLIT = "split"  #: it may be one recipient's fault
    MESSAGE = "message"  #: the message's own fault: no repeat helps
    MEDIA = "media"  #: WeCom does not have the file any more
    SLOW_DOWN = "slow_down"  #: too much for WeCom: everything waits
    CONFIGURATION = (
        "configuration"  #: nothing goes through until an administrator changes something
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one call to WeCom."""

    #: None where WeCom has accepted it.
    disposition: Disposition | None
    #: Nobody knows whether WeCom has taken it: time-out, broken connection, no answer of WeCom.
    may_have_arrived: bool = False
    #: For the recall, and for changing a card once.
    msgid: str | None = None
    response_code: str | None = None
    #: External ids in lower case whom WeCom does not know, or who are out of the app's range.
    invalid: frozenset[str] = frozenset()
    unlicensed: frozenset[str] = frozenset()
    #: WeCom's code; None where it did not answer.
    code: int | None = None
    error: str | None = None
    #: Seconds after which WeCom lets the call be repeated; negative: not at all.
    interval: int | None = None

    @property
    def is_accepted(self) -> bool:
        """Return whether WeCom has taken the message."""
        return self.disposition is None and not self.may_have_arrived

    @property
    def is_answered(self) -> bool:
        """Return whether WeCom has said anything at all."""
        return self.is_accepted or self.code is not None
