"""What becomes of a call after an attempt.

::

    attempt                   call not in doubt              an earlier attempt may have arrived
    accepted                  delivered                      delivered
    may have arrived          unknown                        unknown
    message's own fault       dead                           dead: WeCom never takes this body
    a recipient's fault       split; one alone: dead         the same
    file forgotten            made anew once, then dead      unknown
    busy                      again, after the next wait     unknown
    slow down, configuration  waits with its channel         unknown, and the channel stops

An attempt that was refused with a code was not sent. After one that may have arrived, a refusal
of the repetition says nothing of the first, unless the body can never be taken.
"""

from enum import Enum, auto
from typing import Final

from syncd.model.message import Attempt, DeliveryStatus, Disposition, MessageStatus, Reason


class Verdict(Enum):
    """What becomes of a call and its deliveries."""

    DELIVERED = auto()
    UNKNOWN = auto()  #: repeated as it is, within the window
    AGAIN = auto()  #: not sent: its deliveries are due again after the next wait
    REMADE = auto()  #: not sent: its deliveries are due again at once, the file uploaded anew
    SPLIT = auto()  #: not sent: two calls by halves, at once
    WAITS = auto()  #: not sent: its deliveries wait with their channel; no attempt counts
    DEAD = auto()


#: Codes that say a recipient is not there for the app (reference, section 9.7).
_NOT_VISIBLE: Final = frozenset({40003, 40031, 46004, 60011, 60102, 60111, 81013})
_UNLICENSED: Final = frozenset({701099})
#: What follows from the attempt alone.
_VERDICTS: Final = {
    None: Verdict.DELIVERED,
    Disposition.MESSAGE: Verdict.DEAD,
    Disposition.RETRY: Verdict.AGAIN,
    Disposition.SLOW_DOWN: Verdict.WAITS,
    Disposition.CONFIGURATION: Verdict.WAITS,
}
#: What says that this body can never have been accepted.
_NEVER: Final = frozenset({Disposition.MESSAGE, Disposition.SPLIT})
_STOPS: Final = frozenset({Disposition.SLOW_DOWN, Disposition.CONFIGURATION})


def judge(
    attempt: Attempt, *, in_doubt: bool, people: int, has_files: bool, was_remade: bool
) -> Verdict:
    """Return what becomes of a call.

    Args:
        attempt: What WeCom said, if anything.
        in_doubt: Whether an earlier attempt of this call may have arrived.
        people: How many deliveries it has.
        has_files: Whether its files lie here and can be uploaded anew.
        was_remade: Whether that was done already.
    """
    disposition = attempt.disposition
    may_doubt = disposition is not None and disposition not in _NEVER
    if attempt.may_have_arrived or (in_doubt and may_doubt):
        return Verdict.UNKNOWN
    if disposition is Disposition.SPLIT:
        return Verdict.SPLIT if people > 1 else Verdict.DEAD
    if disposition is Disposition.MEDIA:
        return Verdict.REMADE if has_files and not was_remade else Verdict.DEAD
    return _VERDICTS[disposition]


def stops_channel(attempt: Attempt) -> bool:
    """Return whether nothing else of the source goes out for a while."""
    return attempt.disposition in _STOPS


def opens_channel(attempt: Attempt) -> bool:
    """Return whether a probe has shown that WeCom listens again, whatever it says of the message."""
    return attempt.is_answered and attempt.disposition in {
        None,
        Disposition.MESSAGE,
        Disposition.SPLIT,
        Disposition.MEDIA,
    }


def why_dead(attempt: Attempt, external_id: str) -> Reason:
    """Return why one recipient of a refused call, or of an accepted one, did not get it."""
    key = external_id.lower()
    if key in attempt.unlicensed or attempt.code in _UNLICENSED:
        return Reason.UNLICENSED
    if key in attempt.invalid or attempt.code in _NOT_VISIBLE:
        return Reason.NOT_VISIBLE
    return Reason.MEDIA if attempt.disposition is Disposition.MEDIA else Reason.REFUSED


#: Deliveries that are not over.
OPEN: Final = frozenset({DeliveryStatus.PENDING, DeliveryStatus.CLAIMED})


def ending(counts: dict[DeliveryStatus, int]) -> MessageStatus | None:
    """Return how a message ended, from how many of its deliveries have which status.

    None while any is not over. Who was cancelled does not make a message `partial`.
    """
    if any(counts.get(one) for one in OPEN):
        return None
    delivered = counts.get(DeliveryStatus.DELIVERED, 0)
    dead, expired = counts.get(DeliveryStatus.DEAD, 0), counts.get(DeliveryStatus.EXPIRED, 0)
    if delivered:
        return MessageStatus.PARTIAL if dead or expired else MessageStatus.DONE
    if dead:
        return MessageStatus.DEAD
    if expired:
        return MessageStatus.EXPIRED
    return MessageStatus.CANCELLED if counts.get(DeliveryStatus.CANCELLED) else MessageStatus.DEAD
