"""The outbox as the engine sees it: each method is one transaction, beside a sync that writes.

Lock order: the day of a source, messages, calls, deliveries, the channel, and the audit chain as
the last. A transaction that met a deadlock is done again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Select, and_, delete, func, insert, or_, select

from syncd.errors import StoreDeadlock
from syncd.model.message import CallStatus, DeliveryStatus, MessageStatus, Reason
from syncd.model.pause import Pause
from syncd.store import pauses
from syncd.store.chain import read_end
from syncd.store.database import Database
from syncd.store.holder import Holder
from syncd.store.outbox import quotas, releasing, sweeping
from syncd.store.outbox.calls import TERM, Writer
from syncd.store.outbox.claiming import Claim, Work, claim, is_due
from syncd.store.outbox.ending import Endings
from syncd.store.outbox.expanding import Expansion
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.moment import at_latest, by_status, now_of
from syncd.store.outbox.reclaiming import Reclaim
from syncd.store.outbox.settling import Settlement, by_source
from syncd.store.outbox.telling import Outcomes
from syncd.store.outbox.values import (
    Check,
    ClaimedCall,
    Prepare,
    Result,
    Rules,
    Tags,
    Tally,
)
from syncd.store.schema import call, delivery, media, message
from syncd.store.types import write_time

T = TypeVar("T")
#: How often a transaction is tried that meets a deadlock each time.
_ATTEMPTS: Final = 5
#: How long a count of accounts is good for.
_COUNTED: Final = timedelta(minutes=10)
_ACTOR: Final = "daemon"


class Outbox:
    """The outbox of one store. Safe for several threads.

    All methods raise `StoreUnavailable` (locked, full, not there) and `StoreError`; nothing is
    half-written then.
    """

    def __init__(
        self,
        database: Database,
        *,
        personal_data: bool,
        clock: Callable[[Connection], datetime] = now_of,
    ) -> None:
        """Use one database; `clock` tells the time that all who send from it share."""
        self._database, self._personal, self._clock = database, personal_data, clock
        # SQLite has one writer, and those who wait for it look only now and then.
        self._turn: AbstractContextManager[object] = (
            Lock() if database.path is not None else nullcontext()
        )
        self._accounts: dict[str, tuple[datetime, int]] = {}
        self._has_chain = False

    # --- looking -------------------------------------------------------------------------------

    def pauses(self) -> tuple[datetime, list[Pause]]:
        """Return the maintenance windows, and the moment by the database's clock."""
        with self._database.read() as connection:
            return self._clock(connection), pauses.read_pauses(connection)

    def is_anything_due(self, rules: Rules) -> bool:
        """Return whether there is anything to expand, to send or to repeat; waits for nobody."""
        with self._database.read() as connection:
            now = self._clock(connection)
            queries = (_queued(connection, now), _unknown(now))
            if any(connection.execute(one).first() is not None for one in queries):
                return True
            return any(is_due(connection, source, now) for source in rules.sending)

    def count_open(self) -> int:
        """Return how many deliveries are not over."""
        open_ones = (DeliveryStatus.PENDING.value, DeliveryStatus.CLAIMED.value)
        with self._database.read() as connection:
            query = select(func.count()).where(delivery.c.status.in_(open_ones))
            return int(connection.execute(query).scalar_one())

    # --- sending -------------------------------------------------------------------------------

    def expand(
        self,
        rules: Rules,
        tags: Tags,
        check: Check,
        chance: Callable[[], float],
        silent: Collection[tuple[str, str]] = (),
    ) -> Tally:
        """Make deliveries of messages that are due; those to `silent` tags wait."""

        def write() -> Tally:
            with self._writing() as (connection, now, outcomes):
                tally = Tally()
                one = Expansion(
                    connection, rules, tags, check, chance, now, outcomes, tally, silent
                )
                one.run()
                return tally

        return _despite_deadlocks(write)

    def claim(
        self,
        rules: Rules,
        prepare: Prepare,
        here: Holder,
        chance: Callable[[], float],
        *,
        calls: int,
        is_looking_behind: bool,
        flying: Collection[int] = (),
    ) -> Tally:
        """Take at most so many calls, written down; what is to be repeated comes first.

        `flying` are those that this process has not settled: they are not left behind, however
        long the store kept it from saying so.
        """

        def write() -> Tally:
            with self._writing() as (connection, now, outcomes):
                tally = Tally()
                writer = Writer(connection, here, now, chance)
                works = [
                    self._work(one, rules, prepare, writer, flying, outcomes=outcomes, tally=tally)
                    for one in rules.sending
                ]
                claim(works, calls, is_looking_behind=is_looking_behind)
                for one in works:
                    one.claim.endings.write()
                    one.claim.endings.finish()
                return tally

        return _despite_deadlocks(write)

    def settle(
        self,
        results: Sequence[Result],
        rules: Rules,
        here: Holder,
        chance: Callable[[], float],
    ) -> Tally:
        """Write what became of calls; what has to be sent by halves comes back as calls."""

        def write() -> Tally:
            with self._writing() as (connection, now, outcomes):
                tally = Tally()
                for source, ours in by_source(results).items():
                    endings = Endings(connection, source, now, outcomes, tally)
                    writer = Writer(connection, here, now, chance)
                    Settlement(connection, rules, source, writer, chance, now, endings, tally).run(
                        ours
                    )
                return tally

        return _despite_deadlocks(write)

    def renew(self, calls: Collection[ClaimedCall]) -> frozenset[int]:
        """Keep calls for another while, and return which of them are still ours."""
        with self._writing() as (connection, now, _):
            ours = releasing.still_ours(connection, calls)
            until = write_time(now + TERM)
            rows = [(one.id,) for one in ours]
            update_each(connection, call, (), rows, same={"claimed_until": quoted(until)})
            return frozenset(one.id for one in ours)

    def release(self, calls: Sequence[ClaimedCall]) -> None:
        """Give calls back that were surely not sent this time; no attempt counts."""

        def write() -> None:
            with self._writing() as (connection, now, _):
                releasing.release(connection, calls, now)

        _despite_deadlocks(write)

    def sweep(self, rules: Rules) -> Tally:
        """End deliveries that wait beyond their time, whatever they wait for."""

        def write() -> Tally:
            with self._writing() as (connection, now, outcomes):
                tally = Tally()
                sweeping.sweep(connection, rules, now, outcomes, tally)
                return tally

        return _despite_deadlocks(write)

    # --- files ---------------------------------------------------------------------------------

    def find_media(self, source: str, digest: str, kind: str, age: timedelta) -> str | None:
        """Return WeCom's id of a file that it was given no longer ago than `age`."""
        with self._database.read() as connection:
            query = select(media.c.media_id).where(
                _file(source, digest, kind), media.c.uploaded_at > self._clock(connection) - age
            )
            found = connection.execute(query).scalar_one_or_none()
            return None if found is None else str(found)

    def note_media(self, source: str, digest: str, kind: str, media_id: str) -> None:
        """Remember WeCom's id of a file."""
        with self._writing() as (connection, now, _):
            values: dict[str, Any] = {"source": source, "digest": digest, "type": kind}
            values |= {"media_id": media_id, "uploaded_at": now}
            connection.execute(delete(media).where(_file(source, digest, kind)))
            connection.execute(insert(media).values(values))

    def forget_media(self, source: str, digests: Collection[str]) -> None:
        """Forget files that WeCom does not have any more."""
        with self._writing() as (connection, _, _):
            connection.execute(
                delete(media).where(media.c.source == source, media.c.digest.in_(sorted(digests)))
            )

    # --- transactions --------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, datetime, Outcomes]]:
        with self._turn, self._database.write_beside() as connection:
            now = self._clock(connection)
            outcomes = Outcomes(connection, now, _ACTOR, self._personal)
            yield connection, now, outcomes
            if outcomes and not self._has_chain:
                # Nobody else may begin the chain, whose row everybody locks from then on: once it
                # is committed, which what this transaction begins is not yet.
                if read_end(connection) is None:
                    self._database.backend.lock(connection)
                else:
                    self._has_chain = True
            outcomes.write()

    def _work(
        self,
        source: str,
        rules: Rules,
        prepare: Prepare,
        writer: Writer,
        flying: Collection[int],
        *,
        outcomes: Outcomes,
        tally: Tally,
    ) -> Work:
        connection, now = writer.connection, writer.now
        endings = Endings(connection, source, now, outcomes, tally)
        limit = rules.daily_limit or self._daily_limit(connection, source, now)
        return Work(
            Claim(connection, rules, source, prepare, writer, now, endings, tally, limit),
            Reclaim(connection, source, writer.here, now, endings, tally, flying),
        )

    def _daily_limit(self, connection: Connection, source: str, now: datetime) -> int:
        counted_at, accounts = self._accounts.get(source, (None, 0))
        if counted_at is None or now - counted_at > _COUNTED:
            accounts = quotas.count_accounts(connection, source)
            self._accounts[source] = now, accounts
        return quotas.daily_limit(accounts)


def _queued(connection: Connection, now: datetime) -> Select[Any]:
    c = message.c
    waits = and_(c.reason == Reason.NEEDS_APPROVAL.value, c.approved_at.is_(None))
    query = select(c.id).where(
        c.status == MessageStatus.QUEUED.value,
        or_(c.not_before.is_(None), at_latest(connection, c.not_before, now)),
        or_(c.reason.is_(None), ~waits),
    )
    return by_status(query.limit(1), message)


def _unknown(now: datetime) -> Select[Any]:
    c = call.c
    unknown = c.status == CallStatus.UNKNOWN.value
    return by_status(select(c.id).where(unknown, c.repeat_at <= now).limit(1), call)


def _file(source: str, digest: str, kind: str) -> Any:
    return and_(media.c.source == source, media.c.digest == digest, media.c.type == kind)


def _despite_deadlocks(write: Callable[[], T]) -> T:
    """Do a transaction again that the database undid to let another one go on."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return write()
        except StoreDeadlock:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError  # the last attempt has returned or raised
