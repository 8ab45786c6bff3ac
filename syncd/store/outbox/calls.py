"""Calls as they are written down before they are sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, select

from syncd.model.message import CallStatus, DeliveryStatus
from syncd.outbox.waits import LONGEST_WINDOW, SHORTEST_WINDOW, UNUSED
from syncd.store.holder import Holder
from syncd.store.outbox.many import quoted, update_each
from syncd.store.outbox.values import ClaimedCall, Item, Letter
from syncd.store.schema import call, delivery
from syncd.store.sql import chunks, fetch, insert_many
from syncd.store.types import write_time

#: How long a claim lasts that nobody renews, by the database's clock.
TERM: Final = timedelta(minutes=2)
_WINDOWS: Final = LONGEST_WINDOW - SHORTEST_WINDOW + 1
#: How often another window is looked for, how far away at most, and when it is tried again.
_ROUNDS: Final = 200
_STRIDE: Final = 1000
_PUT_OFF: Final = timedelta(minutes=10)
_COLUMNS: Final = ("body", "body_hash", "duplicate_window")


@dataclass(frozen=True, slots=True)
class Request:
    """A call that is to be written down."""

    source: str
    letter: Letter
    items: tuple[Item, ...]
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes calls of this process down; the day of their source is locked."""

    connection: Connection
    here: Holder
    now: datetime
    chance: Callable[[], float]

    def write(self, requests: Sequence[Request]) -> list[ClaimedCall]:
        """Write calls down, with their deliveries, and return them; they are of one source.

        What would be the same message as one that went out lately, whatever its window, waits.
        """
        if not requests:
            return []
        source = requests[0].source
        bodies = self._bodies(requests)
        rows = [(body, digest, window) for digest, (_, window, body) in bodies.items()]
        insert_many(self.connection, call, _COLUMNS, rows, same=self._same(source))
        ids = self._ids(source, list(bodies))
        made = [
            ClaimedCall(
                id=ids[digest],
                token=1,
                source=source,
                body=body,
                items=one.items,
                attempts=1,
                first_sent_at=self.now,
                window=window,
                is_probe=one.is_probe,
                has_files=one.letter.has_files,
                letter=one.letter,
            )
            for digest, (one, window, body) in bodies.items()
        ]
        self._claim(made)
        return made

    def _bodies(self, requests: Sequence[Request]) -> dict[bytes, tuple[Request, int, bytes]]:
        """Return hash → request, window and body, in their order, no body used lately.

        The window carries the difference between messages that are otherwise the same.
        """
        made = [
            self._body(one, SHORTEST_WINDOW + int(self.chance() * _WINDOWS) % _WINDOWS)
            for one in requests
        ]
        again = self._used([digest for digest, *_ in made])
        for _ in range(_ROUNDS):
            if not again:
                break
            for at in again:
                _, one, window, _ = made[at]
                further = window + 1 + int(self.chance() * _STRIDE)
                made[at] = self._body(one, SHORTEST_WINDOW + (further - SHORTEST_WINDOW) % _WINDOWS)
            again = self._used([digest for digest, *_ in made])
        self._put_off([item for at in again for item in made[at][1].items])
        left = set(again)
        return {
            digest: (one, window, body)
            for at, (digest, one, window, body) in enumerate(made)
            if at not in left
        }

    @staticmethod
    def _body(request: Request, window: int) -> tuple[bytes, Request, int, bytes]:
        body = request.letter.compose([one.external_id for one in request.items], window)
        return sha256(body).digest(), request, window, body

    def _put_off(self, items: Sequence[Item]) -> None:
        rows = [(one.id, write_time(self.now + _PUT_OFF)) for one in items]
        # Those of a call that was refused, and is sent by halves, are claimed still.
        same = {"status": quoted(DeliveryStatus.PENDING.value), "call_id": "NULL"}
        update_each(self.connection, delivery, ("next_attempt_at",), rows, same=same)

    def _used(self, digests: Sequence[bytes]) -> list[int]:
        """Return which of the bodies were used lately, or stand twice in the list.

        By any source: two of them may send by one app.
        """
        used: set[bytes] = set()
        is_recent = call.c.first_sent_at > self.now - UNUSED
        for chunk in chunks(digests):
            query = select(call.c.body_hash).where(call.c.body_hash.in_(chunk), is_recent)
            used.update(bytes(digest) for (digest,) in fetch(self.connection, query))
        found: list[int] = []
        for at, digest in enumerate(digests):
            if digest in used:
                found.append(at)
            used.add(digest)
        return found

    def _same(self, source: str) -> dict[str, str | int]:
        here = self.here
        return {
            "source": source,
            "status": CallStatus.CLAIMED.value,
            "attempts": 1,
            "token": 1,
            "host": here.host,
            "boot_id": here.boot_id,
            "pid": here.pid,
            "process_start": here.process_start,
            "first_sent_at": write_time(self.now),
            "claimed_until": write_time(self.now + TERM),
        }

    def _ids(self, source: str, digests: Sequence[bytes]) -> dict[bytes, int]:
        ids: dict[bytes, int] = {}
        mine = (
            call.c.source == source,
            call.c.status == CallStatus.CLAIMED.value,
            call.c.first_sent_at == self.now,
        )
        for chunk in chunks(digests):
            query = select(call.c.body_hash, call.c.id).where(call.c.body_hash.in_(chunk), *mine)
            ids |= {bytes(digest): key for digest, key in fetch(self.connection, query)}
        return ids

    def _claim(self, made: Sequence[ClaimedCall]) -> None:
        rows = [(item.id, one.id) for one in made for item in one.items]
        same = {
            "status": quoted(DeliveryStatus.CLAIMED.value),
            "attempts": "attempts + 1",
            "claimed_at": quoted(write_time(self.now)),
        }
        update_each(self.connection, delivery, ("call_id",), rows, same=same)


def read_items(connection: Connection, ids: Sequence[int]) -> dict[int, list[Item]]:
    """Return the deliveries of calls that are not settled."""
    c = delivery.c
    found: dict[int, list[Item]] = {key: [] for key in ids}
    columns = (
        *(c.call_id, c.id, c.message_id, c.user_id, c.external_id, c.attempts),
        c.last_error_code,
    )
    for chunk in chunks(ids):
        query = select(*columns).where(
            c.call_id.in_(chunk), c.status == DeliveryStatus.CLAIMED.value
        )
        for call_id, key, message_id, user_id, external_id, attempts, code in fetch(
            connection, query
        ):
            item = Item(
                key,
                message_id,
                user_id,
                external_id or "",  # who was erased meanwhile has no name any more
                attempts,
                is_alone=False,
                last_code=code,
            )
            found[call_id].append(item)
    return found
