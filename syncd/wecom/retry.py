"""Whether and when a failed call is repeated: a pure decision, and tenacity which carries it out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from tenacity import RetryCallState, Retrying

from syncd.wecom.codes import ErrorClass
from syncd.wecom.endpoints import GETTOKEN, Endpoint
from syncd.wecom.errors import WeComAnswer, WeComError, WeComMalformed, WeComUnreachable

_log = structlog.get_logger()

#: The first wait is random between these seconds, each further one twice as long.
_SHORTEST, _LONGEST = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a call is tried.

    `repeats` holds for transport failures and system failures alike; WeCom wants at most 3 of
    the latter. `block` is how long a broken rate keeps us out if it was the minute's (document
    90312). No wait begins that would end later than `budget` after the call began.
    """

    repeats: int = 3
    block: timedelta = timedelta(seconds=60)
    budget: timedelta = timedelta(minutes=3)


@dataclass(slots=True)
class Call:
    """One call and what has happened to it so far."""

    endpoint: Endpoint
    query: str = field(default="", repr=False)  # of gettoken it holds the secret
    body: bytes | None = field(default=None, repr=False)  # messages are nobody else's business
    subject: str = ""
    content_type: str = "application/json; charset=utf-8"  #: of the body
    began: float = 0.0
    attempt: int = 1
    failures: int = 0  #: how often it was repeated after a transport or system failure
    blocked: int = 0  #: how often it was repeated after a rate was broken
    renewed: bool = False  #: it has had its one new token
    wait: float = 0.0  #: seconds before the next attempt


def next_wait(
    error: WeComError, call: Call, policy: RetryPolicy, *, elapsed: float, chance: float
) -> float | None:
    """Return the seconds to wait before the next attempt, or None if the error is final.

    ::

        error                        repeated                after
        no answer, no WeCom answer   policy.repeats times    1–3 s at random, then twice, four times
        class retry (-1, 45033, …)   policy.repeats times    the same
        class rate (45009)           once; gettoken never    policy.block: a minute is worth waiting
        any other code               never
        a failure of gettoken        never here: its own repetitions are used up

    Where one is repeated at all, an `interval` in the body replaces our wait, and a negative
    one forbids the repetition; a `suggestion` that is a number is read the same way.
    `chance` is between 0 and 1; `elapsed` is in seconds since the call began.
    """
    if error.endpoint == GETTOKEN.path and call.endpoint is not GETTOKEN:
        return None
    wait = _own_wait(error, call, policy, chance)
    if wait is not None and isinstance(error, WeComAnswer) and error.body.wait is not None:
        wait = error.body.wait
    if wait is None or wait < 0 or elapsed + wait > policy.budget.total_seconds():
        return None
    return wait


def _own_wait(error: WeComError, call: Call, policy: RetryPolicy, chance: float) -> float | None:
    transport = isinstance(error, WeComUnreachable | WeComMalformed)
    if transport or (isinstance(error, WeComAnswer) and error.described.retried):
        if call.failures >= policy.repeats:
            return None
        first: float = _SHORTEST + (_LONGEST - _SHORTEST) * chance
        return first * 2.0**call.failures
    rate = isinstance(error, WeComAnswer) and ErrorClass.RATE in error.described.classes
    # On gettoken it is the ban after wrong secrets: every further call would prolong it.
    if rate and call.blocked == 0 and call.endpoint is not GETTOKEN:
        return policy.block.total_seconds()
    return None


def retrying(
    policy: RetryPolicy,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
    random: Callable[[], float],
) -> Retrying:
    """Return a tenacity object that repeats `function(call)` as `next_wait` decides.

    It may be used by many threads, but not inside itself. The last error is raised as it is;
    whatever `sleep` raises ends the waiting.
    """

    def repeat(state: RetryCallState) -> bool:
        error = state.outcome and state.outcome.exception()
        if not isinstance(error, WeComError):
            return False
        call: Call = state.args[0]
        wait = next_wait(error, call, policy, elapsed=clock() - call.began, chance=random())
        if wait is None:
            return False
        _note(call, error, wait)
        return True

    return Retrying(
        retry=repeat,
        wait=lambda state: state.args[0].wait,
        sleep=sleep,  # type: ignore[arg-type]  # tenacity asks for int | float -> None; ours may return
        reraise=True,
    )


def _note(call: Call, error: WeComError, wait: float) -> None:
    code = error.code if isinstance(error, WeComAnswer) else None
    _log.warning(
        "wecom_call_delayed",
        endpoint=call.endpoint.path,
        subject=call.subject,
        attempt=call.attempt,
        errcode=code,
        wait_seconds=round(wait, 1),
        reason=error.message,
    )
    if isinstance(error, WeComAnswer) and not error.described.retried:
        call.blocked += 1
    else:
        call.failures += 1
    call.attempt += 1
    call.wait = wait
