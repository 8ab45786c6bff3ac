"""Calls that are on their way: the threads that send them, and the one that settles them."""

from collections.abc import Callable, Iterable, Mapping
from queue import Empty, SimpleQueue
from threading import Condition, Event, Thread
from time import CLOCK_BOOTTIME, clock_gettime, monotonic
from types import TracebackType
from typing import Final, Protocol, Self

import structlog

from syncd.errors import StoreError, StoreUnavailable
from syncd.model.message import Disposition
from syncd.services.deliver_letter import Content, Files
from syncd.services.deliver_sender import Sender, no_answer
from syncd.store.holder import Holder
from syncd.store.outbox.outbox import Outbox
from syncd.store.outbox.values import ClaimedCall, Result, Rules, Tally

_log = structlog.get_logger(__name__)

#: Calls that are settled in one transaction at most.
_TOGETHER: Final = 500
#: Seconds for which results are gathered while more are on their way.
_GATHER: Final = 0.04
#: Seconds between two attempts to settle, and how many of them `drain` makes.
_AGAIN: Final = 0.5
_ATTEMPTS: Final = 6
#: Seconds after which a call that was not renewed may be somebody else's (`store.outbox.calls.TERM`,
#: less the time that sending takes).
_SURE: Final = 90.0


def lasting() -> float:
    """Return seconds by a clock that goes on while the process, or the whole machine, stands still."""
    return clock_gettime(CLOCK_BOOTTIME)


class Told(Protocol):
    """Is told what a transaction has done."""

    def __call__(self, tally: Tally, /) -> None:
        """Take it in."""


class Flight:
    """The calls of one engine that are not settled. A context manager; its end waits for them."""

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[str, Sender],
        *,
        threads: int,
        here: Holder,
        chance: Callable[[], float],
        rules: Callable[[], Rules],
        files: Files,
        told: Told,
        is_patient: bool,
        last_calls: float,
        lasting: Callable[[], float] = lasting,
    ) -> None:
        """Prepare threads; `is_patient` lets results wait for a store as long as it takes."""
        self.lasting = lasting
        self._outbox, self._senders, self._here = outbox, senders, here
        self._chance, self._rules, self._files, self._told = chance, rules, files, told
        self._is_patient, self._last_calls = is_patient, last_calls
        self._todo: SimpleQueue[ClaimedCall | None] = SimpleQueue()
        self._done: SimpleQueue[Result | None] = SimpleQueue()
        #: Calls that are ours, by id, until they are settled.
        self._ours: dict[int, ClaimedCall] = {}
        #: When each of them was surely ours, by `lasting`.
        self._since: dict[int, float] = {}
        self._changed = Condition()
        self._is_ending = Event()
        self._failure: BaseException | None = None
        self._threads = [
            Thread(target=self._send, name=f"syncd-sender-{number}", daemon=True)
            for number in range(threads)
        ]
        self._settler = Thread(target=self._settle, name="syncd-settler", daemon=True)

    def __enter__(self) -> Self:
        """Start the threads."""
        for thread in (*self._threads, self._settler):
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give back what was not sent, and wait for the rest to be sent and settled."""
        until = monotonic() + self._last_calls
        self._is_ending.set()
        left = self._take_back()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))
        self._done.put(None)
        self._settler.join(max(1.0, until - monotonic()))
        self._give_back([*left, *self._take_back()])  # those by halves that were made meanwhile
        if error is None:
            self.check()

    # --- for the dispatcher --------------------------------------------------------------------

    def add(self, calls: Iterable[ClaimedCall], since: float) -> None:
        """Send calls as soon as a thread is free; `since` is a moment before they were claimed."""
        calls = list(calls)
        with self._changed:
            self._ours |= {one.id: one for one in calls}
            self._since |= {one.id: since for one in calls}
            self._changed.notify_all()
        for one in calls:
            self._todo.put(one)

    def size(self) -> int:
        """Return how many calls are not settled."""
        return len(self._ours)

    def ids(self) -> frozenset[int]:
        """Return the calls that are not settled."""
        with self._changed:
            return frozenset(self._ours)

    def is_empty(self) -> bool:
        """Return whether every call is settled."""
        return not self._ours

    def wait_for_room(self, seconds: float) -> None:
        """Wait until calls were settled, but not for long."""
        with self._changed:
            self._changed.wait(seconds)

    def renew(self) -> None:
        """Say of every call that it is still ours, unless somebody has taken it over."""
        with self._changed:
            calls = list(self._ours.values())
        since = self.lasting()
        ours = self._outbox.renew(calls) if calls else frozenset()
        with self._changed:
            self._since |= {key: since for key in ours if key in self._ours}

    def check(self) -> None:
        """Raise what a thread has met that it could not deal with."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    # --- the threads ---------------------------------------------------------------------------

    def _send(self) -> None:
        while (call := self._todo.get()) is not None:
            if self._is_late(call):
                self._let_go(call)
                continue
            try:
                attempt = self._senders[call.source].send(call.body)
            except Exception as error:  # noqa: BLE001 - nobody knows whether it was sent
                _log.exception("outbox_call_broke")
                attempt = no_answer(error)
            self._done.put(Result(call, attempt))

    def _is_late(self, call: ClaimedCall) -> bool:
        """Return whether a call may be somebody else's by now: we stood still for too long."""
        with self._changed:
            since = self._since.get(call.id)
        return since is None or self.lasting() - since > _SURE

    def _let_go(self, call: ClaimedCall) -> None:
        _log.warning("outbox_call_given_back", call=call.id, reason="stood still")
        self._give_back([call])
        with self._changed:
            self._forget(call.id)
            self._changed.notify_all()

    def _forget(self, call_id: int) -> None:
        self._ours.pop(call_id, None)
        self._since.pop(call_id, None)

    def _settle(self) -> None:
        try:
            while results := self._gather():
                self._settle_all(results)
        except BaseException as error:  # noqa: BLE001 - the dispatcher raises it
            self._failure = error
            with self._changed:
                self._ours.clear()
                self._changed.notify_all()

    def _gather(self) -> list[Result]:
        """Return results, several where several come; none at the end."""
        first = self._done.get()
        if first is None:
            return []
        results = [first]
        until = monotonic() + _GATHER
        while len(results) < min(_TOGETHER, len(self._ours)):
            try:
                one = self._done.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                break
            if one is None:
                self._done.put(None)
                break
            results.append(one)
        return results

    def _settle_all(self, results: list[Result]) -> None:
        """Settle results, however long the store keeps us waiting."""
        self._forget_files(results)
        attempt = 0
        while True:
            attempt += 1
            since = self.lasting()
            try:
                tally = self._outbox.settle(results, self._rules(), self._here, self._chance)
                break
            except StoreError as error:
                if not self._may_try_again(error, attempt):
                    raise
                _log.warning("outbox_results_wait", calls=len(results), error=error.message)
                self._is_ending.wait(_AGAIN)
        self._after(results, tally, since)

    def _forget_files(self, results: list[Result]) -> None:
        """Forget what WeCom does not have any more, before its messages are due again."""
        for call, attempt in results:
            is_gone = attempt.disposition is Disposition.MEDIA
            if is_gone and isinstance(call.letter, Content):
                self._files.forget(call.letter.files)

    def _may_try_again(self, error: StoreError, attempt: int) -> bool:
        is_passing = isinstance(error, StoreUnavailable)
        is_patient = self._is_patient and not self._is_ending.is_set()
        return is_passing and (is_patient or attempt < _ATTEMPTS)

    def _after(self, results: list[Result], tally: Tally, since: float) -> None:
        for one in results:
            attempt = one.attempt
            tally.sent += attempt.is_accepted
            if not attempt.is_answered and attempt.error:
                tally.unreachable[one.call.source] = attempt.error
        self._told(tally)
        self.add(tally.calls, since)  # before the others go: nothing is to look empty meanwhile
        with self._changed:
            for one in results:
                self._forget(one.call.id)
            self._changed.notify_all()

    # --- the end -------------------------------------------------------------------------------

    def _take_back(self) -> list[ClaimedCall]:
        """Return calls that no thread has begun."""
        left: list[ClaimedCall] = []
        while True:
            try:
                call = self._todo.get_nowait()
            except Empty:
                return left
            if call is not None:
                left.append(call)

    def _give_back(self, calls: list[ClaimedCall]) -> None:
        if not calls:
            return
        try:
            self._outbox.release(calls)
        except StoreError as error:  # whoever comes next finds them
            _log.warning("outbox_calls_left", calls=len(calls), error=error.message)
