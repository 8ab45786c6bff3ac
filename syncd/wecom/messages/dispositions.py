"""What must follow when a message could not be sent: a pure decision, its tables as data.

Sources: WeCom's 发送应用消息 (document 90236), 全局错误码 (90313), 访问频率限制 (90312).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from syncd.wecom.codes import CODES, ErrorClass
from syncd.wecom.endpoints import GETTOKEN
from syncd.wecom.errors import WeComAnswer, WeComError, WeComUnfit


class Consequence(StrEnum):
    """What must follow."""

    SPLIT = "split"  #: perhaps one recipient's fault: send to each half of them
    RECIPIENT = "recipient"  #: this recipient cannot be reached; nobody else is concerned
    MESSAGE = "message"  #: the content's own fault: it is sent to nobody
    MEDIA = "media"  #: a media_id is not valid (any more): upload a local file anew, else as above
    SLOW_DOWN = "slow_down"  #: too many calls: nothing is sent until the block is over
    RETRY = "retry"  #: may pass by itself: again, as the list of waits says
    CONFIGURATION = "configuration"  #: every message would fail: stop, until a probe succeeds
    UNKNOWN_OUTCOME = "unknown_outcome"  #: it may have arrived: only the same bytes, in time


class Window(StrEnum):
    """How long a block of WeCom's lasts: as long as the limit that was broken."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"  #: until midnight in China

    @property
    def at_most(self) -> timedelta:
        """Return the longest that such a block can last."""
        return _LENGTHS[self]


_LENGTHS: Mapping[Window, timedelta] = {
    Window.MINUTE: timedelta(minutes=1),
    Window.HOUR: timedelta(hours=1),
    Window.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Disposition:
    """What must follow from an error, and what WeCom said about it beside its code."""

    consequence: Consequence
    code: int | None = None  #: WeCom's errcode; None where it gave none
    wait: float | None = None  #: seconds WeCom asks us to wait; negative: never again
    suggestion: str = ""
    #: for SLOW_DOWN: how long the block may last, the shortest first; WeCom does not say which.
    #: None at all: it ends as soon as there are fewer calls at the same time
    windows: tuple[Window, ...] = ()
    invalid_users: frozenset[str] = frozenset()  #: named beside the code: no split finds out more
    unlicensed_users: frozenset[str] = frozenset()

    @property
    def final(self) -> bool:
        """Return whether WeCom wants it never to be tried again: outranks the consequence."""
        return self.wait is not None and self.wait < 0


#: They can be one recipient's fault, also where the message had a thousand.
_RECIPIENT = frozenset(
    {
        40003,  # malformed, or not in the contacts
        40031,  # some of the list are invalid
        40032,  # too many
        40125,  # an open_userid of somebody else's
        43004,  # has not bound WeChat
        46004,  # does not exist, or is not visible
        50002,
        60011,
        60021,
        60030,
        92000,  # outside the visible range
        60111,  # unknown, or not visible
        81013,  # all of them are invalid
        82001,  # nobody is named
        82002,
        82003,  # too many departments, tags
        84061,  # an external contact
        301021,  # one of the list is unknown
        701008,
        701099,  # without a licence
    }
)
#: A call to fewer may pass; where one recipient is too many, it is the content.
_TOO_MUCH = frozenset({40035, 40206})
#: The codes whose first class in the table of codes leads elsewhere.
_OTHERWISE: Mapping[int, Consequence] = MappingProxyType(
    {
        **dict.fromkeys(_RECIPIENT | _TOO_MUCH, Consequence.SPLIT),
        **dict.fromkeys((40007, 40145, 41006, 301015), Consequence.MEDIA),
        # what an administrator must set, but for cards and mini programs alone
        **dict.fromkeys((43012, *range(90200, 90209)), Consequence.MESSAGE),
        48005: Consequence.CONFIGURATION,  # the API is gone for every message
    }
)
_BY_CLASS: Mapping[ErrorClass, Consequence] = MappingProxyType(
    {
        ErrorClass.RETRY: Consequence.RETRY,
        ErrorClass.RATE: Consequence.SLOW_DOWN,
        ErrorClass.TOKEN: Consequence.CONFIGURATION,  # a new one was refused as well
        ErrorClass.CONFIG: Consequence.CONFIGURATION,
        ErrorClass.PERM: Consequence.CONFIGURATION,
        ErrorClass.BAD: Consequence.MESSAGE,
        ErrorClass.PARTIAL: Consequence.MESSAGE,
        ErrorClass.UNREACH: Consequence.SPLIT,
    }
)
_ANY_WINDOW = (Window.MINUTE, Window.HOUR, Window.DAY)
_AT_ONCE = 45033
#: `gettoken` answers it to an address that is banned for an hour after wrong secrets.
_BANNED = 45009


def disposition(error: WeComError, *, several: bool = True) -> Disposition:
    """Return what must follow from the failure of a call, of its upload, or of its token.

    ::

        the error                                       several recipients   one
        may have arrived                                UNKNOWN_OUTCOME      the same
        no answer, but nothing has arrived either       RETRY                the same
        a limit that was seen before anything was sent  MESSAGE              the same
        a code that can be one recipient's fault        SPLIT                RECIPIENT
        a code that is gone with fewer recipients       SPLIT                MESSAGE
        a code that syncd does not know                 RETRY                the same
        any other code                                  by its class in the table of codes

    A refused token concerns every message, whatever its code. `several`: the call had more
    than one recipient. What follows from RETRY when the waits are used up is for the caller.
    """
    if not isinstance(error, WeComAnswer):
        return Disposition(_without_answer(error))
    consequence = _of_code(error, several=several)
    return Disposition(
        consequence,
        code=error.code,
        wait=error.body.wait,
        suggestion=error.suggestion,
        windows=_windows(error) if consequence is Consequence.SLOW_DOWN else (),
        invalid_users=error.body.invalid_users,
        unlicensed_users=error.body.unlicensed_users,
    )


def _without_answer(error: WeComError) -> Consequence:
    if error.may_have_arrived:
        return Consequence.UNKNOWN_OUTCOME
    return Consequence.MESSAGE if isinstance(error, WeComUnfit) else Consequence.RETRY


def _of_code(error: WeComAnswer, *, several: bool) -> Consequence:
    found = _everywhere(error.code)
    if error.endpoint == GETTOKEN.path:
        passing = (Consequence.RETRY, Consequence.SLOW_DOWN)
        known = found in passing and error.code in CODES
        return found if known else Consequence.CONFIGURATION
    if found is Consequence.SPLIT and not several:
        return Consequence.MESSAGE if error.code in _TOO_MUCH else Consequence.RECIPIENT
    return found


def _everywhere(code: int) -> Consequence:
    """Return what a code means for a message to several people."""
    if code not in CODES:  # nobody knows what is wrong, so nothing is given up at once
        return Consequence.RETRY
    return _OTHERWISE.get(code) or _BY_CLASS[CODES[code].classes[0]]


def _windows(error: WeComAnswer) -> tuple[Window, ...]:
    if error.code == _AT_ONCE:
        return ()
    banned = error.endpoint == GETTOKEN.path and error.code == _BANNED
    return (Window.HOUR,) if banned else _ANY_WINDOW
