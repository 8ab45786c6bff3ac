"""What became of calls: many of them in one transaction, each only by who holds it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select, update

from syncd.model.message import Attempt, CallStatus, DeliveryStatus, Reason
from syncd.outbox.batches import halves
from syncd.outbox.verdict import Verdict, judge, why_dead
from syncd.outbox.waits import next_repetition, next_wait
from syncd.store.outbox import channels, quotas
from syncd.store.outbox.calls import Request, Writer
from syncd.store.outbox.ending import Endings, lock_shared
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.values import ClaimedCall, Item, Result, Rules, Tally
from syncd.store.schema import call, delivery, message
from syncd.store.sql import Tuple, chunks, fetch, fetch_in
from syncd.store.types import write_time

_CALL: Final = ("status", "error_code", "error", "msgid", "response_code", "repeat_at")
_PENDING: Final = ("next_attempt_at", "attempts", "last_error_code", "last_error")
_AT_ONCE: Final = timedelta(0)
_GO_OUT_AGAIN: Final = frozenset({Verdict.AGAIN, Verdict.REMADE, Verdict.WAITS, Verdict.SPLIT})


@dataclass(frozen=True, slots=True)
class Settlement:
    """One transaction that settles calls of one source."""

    connection: Connection
    rules: Rules
    source: str
    writer: Writer
    chance: Callable[[], float]
    now: datetime
    endings: Endings
    tally: Tally
    _calls: list[Tuple] = field(default_factory=list)
    _over: list[Tuple] = field(default_factory=list)
    _delivered: list[int] = field(default_factory=list)
    _pending: list[Tuple] = field(default_factory=list)
    #: Calls by parts of those that were refused.
    _requests: list[Request] = field(default_factory=list)
    #: Messages that are not sent again.
    _cancelled: set[int] = field(default_factory=set)

    def run(self, results: Sequence[Result]) -> None:
        """Write what became of calls that are still ours."""
        calls = [one.call for one in results]
        lock_shared(self.connection, _shared(calls))
        ours = self._ours(calls)
        self._look_for_cancelled(results)
        self.tally.lost += len(results) - len(ours)
        returned = 0
        for one in results:
            if one.call.id in ours:
                verdict = _verdict(one)
                self._settle(one, verdict)
                if verdict not in {Verdict.DELIVERED, Verdict.UNKNOWN, Verdict.SPLIT}:
                    returned += len(one.call.items)
                self._learn(one)
        self._write()
        quotas.add_to_day(self.connection, self.source, self.now, -returned)

    def _ours(self, calls: Sequence[ClaimedCall]) -> set[int]:
        """Lock and return the calls that nobody has taken over."""
        tokens = {one.id: one.token for one in calls}
        claimed = call.c.status == CallStatus.CLAIMED.value
        ours: set[int] = set()
        for chunk in chunks(sorted(tokens)):
            query = select(call.c.id, call.c.token).where(call.c.id.in_(chunk), claimed)
            rows = fetch(self.connection, query.order_by(call.c.id).with_for_update())
            ours |= {key for key, token in rows if token == tokens[key]}
        return ours

    def _look_for_cancelled(self, results: Sequence[Result]) -> None:
        """Find the messages that a person has cancelled while they were being sent."""
        c = message.c
        ids = {
            item.message_id
            for one in results
            if _verdict(one) in _GO_OUT_AGAIN
            for item in one.call.items
        }
        query = select(c.id).where(c.reason == Reason.BY_HAND.value)
        self._cancelled.update(key for (key,) in fetch_in(self.connection, query, c.id, ids))

    def _learn(self, one: Result) -> None:
        is_stopped = channels.learn(
            self.connection,
            self.source,
            one.attempt,
            is_probe=one.call.is_probe,
            now=self.now,
            outcomes=self.endings.outcomes,
        )
        if is_stopped:
            self.tally.stopped[self.source] = one.attempt.error or ""
        elif is_stopped is False:
            self.tally.resumed.add(self.source)

    # --- verdicts ------------------------------------------------------------------------------

    def _settle(self, one: Result, verdict: Verdict) -> None:
        match verdict:
            case Verdict.DELIVERED:
                self._accept(one)
            case Verdict.UNKNOWN:
                self._doubt(one)
            case Verdict.SPLIT:
                self._split(one)
            case Verdict.DEAD:
                self._refuse(one)
                for item in one.call.items:
                    self._end(one, item, why_dead(one.attempt, item.external_id))
            case _:
                self._refuse(one)
                for item in one.call.items:
                    self._put_back(one, item, verdict)

    def _accept(self, one: Result) -> None:
        attempt = one.attempt
        self._over.append(_call(one, CallStatus.SENT))
        self._delivered.append(one.call.id)
        unreached = attempt.invalid | attempt.unlicensed
        for item in one.call.items:
            if unreached and item.external_id.lower() in unreached:
                self._end(one, item, why_dead(attempt, item.external_id))
            else:
                self.endings.add(item, DeliveryStatus.DELIVERED, call_id=one.call.id)

    def _doubt(self, one: Result) -> None:
        """Let a call be repeated as it is; after the window nobody will know."""
        of = one.call
        repeat_at = next_repetition(
            self.rules.retry,
            of.attempts,
            self.chance(),
            first_sent_at=of.first_sent_at,
            window=of.window,
            now=self.now,
        )
        if repeat_at is not None:
            self._calls.append((*_call(one, CallStatus.UNKNOWN)[:-1], write_time(repeat_at)))
            return
        self._over.append(_call(one, CallStatus.GIVEN_UP))
        for item in of.items:
            self._end(one, item, Reason.OUTCOME_UNKNOWN)

    def _split(self, one: Result) -> None:
        """Send again without whom WeCom names, or where it names nobody, by halves."""
        self._refuse(one)
        named = one.attempt.invalid | one.attempt.unlicensed
        bad = [item for item in one.call.items if item.external_id.lower() in named]
        rest = [item for item in one.call.items if item.external_id.lower() not in named]
        for item in [item for item in rest if item.message_id in self._cancelled]:
            self._cancel(one, item)
            rest.remove(item)
        for item in bad:
            self._end(one, item, why_dead(one.attempt, item.external_id))
        letter = one.call.letter
        if letter is None:  # somebody else's call: due again, and claimed anew by the halves below
            for item in rest:
                self._put_back(one, item, Verdict.WAITS)
            return
        parts = [rest] if bad and rest else list(halves(rest)) if rest else []
        self._requests.extend(Request(self.source, letter, tuple(part)) for part in parts)

    def _refuse(self, one: Result) -> None:
        self._over.append(_call(one, CallStatus.REFUSED))

    # --- deliveries ----------------------------------------------------------------------------

    def _end(self, one: Result, item: Item, reason: Reason) -> None:
        attempt = one.attempt
        self.endings.add(
            item,
            DeliveryStatus.DEAD,
            reason,
            code=attempt.code,
            error=attempt.error,
            call_id=one.call.id,
        )

    def _cancel(self, one: Result, item: Item) -> None:
        cancelled = DeliveryStatus.CANCELLED
        self.endings.add(item, cancelled, Reason.BY_HAND, call_id=one.call.id)

    def _put_back(self, one: Result, item: Item, verdict: Verdict) -> None:
        attempt = one.attempt
        if item.message_id in self._cancelled:
            self._cancel(one, item)
            return
        wait: timedelta | None = _AT_ONCE
        attempts = item.attempts - (verdict is Verdict.WAITS)
        if verdict is Verdict.AGAIN:
            chance = self.chance()
            wait = next_wait(self.rules.retry, item.attempts, chance, attempt.interval)
        if wait is None:
            self._end(one, item, Reason.RETRIES_USED_UP)
            return
        due = write_time(self.now + wait)
        self._pending.append((item.id, due, attempts, attempt.code, attempt.error))

    # --- writing -------------------------------------------------------------------------------

    def _write(self) -> None:
        now = quoted(write_time(self.now))
        over = {"body": "NULL", "settled_at": now, "claimed_until": "NULL"}
        update_each(self.connection, call, _CALL, self._over, same=over)
        update_each(self.connection, call, _CALL, self._calls, same={"claimed_until": "NULL"})
        self.endings.write()
        pending = {"status": quoted(DeliveryStatus.PENDING.value), "call_id": "NULL"}
        update_each(self.connection, delivery, _PENDING, self._pending, same=pending)
        self._deliver()
        self.tally.calls += self.writer.write(self._split_requests())
        self.endings.finish()

    def _split_requests(self) -> list[Request]:
        if not self._requests:
            return []
        quotas.lock_day(self.connection, self.source, self.now)
        # Attempts that split a call do not count.
        rows = [(item.id, item.attempts - 1) for one in self._requests for item in one.items]
        update_each(self.connection, delivery, ("attempts",), rows)
        return self._requests

    def _deliver(self) -> None:
        """Write the deliveries of accepted calls, but those that are dead by now."""
        c = delivery.c
        values = {
            "status": DeliveryStatus.DELIVERED.value,
            "delivered_at": self.now,
            "next_attempt_at": None,
            "last_error_code": None,
            "last_error": None,
            "reason": None,
        }
        for chunk in chunks(self._delivered):
            claimed = (c.call_id.in_(chunk), c.status == DeliveryStatus.CLAIMED.value)
            self.connection.execute(update(delivery).where(*claimed).values(values))


def _verdict(one: Result) -> Verdict:
    return judge(
        one.attempt,
        in_doubt=one.call.in_doubt,
        people=len(one.call.items),
        has_files=one.call.has_files,
        was_remade=any(item.last_code == one.attempt.code for item in one.call.items),
    )


def _call(one: Result, status: CallStatus) -> Tuple:
    attempt: Attempt = one.attempt
    return (
        *(one.call.id, status.value, attempt.code, attempt.error),
        *(attempt.msgid, attempt.response_code, None),
    )


def _shared(calls: Iterable[ClaimedCall]) -> set[int]:
    return {item.message_id for one in calls for item in one.items if not item.is_alone}


def by_source(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return results by their source, in an order that is always the same."""
    found: defaultdict[str, list[Result]] = defaultdict(list)
    for one in results:
        found[one.call.source].append(one)
    return dict(sorted(found.items()))
