"""An office whose people get messages: a store with people in it, and a WeCom that keeps a ledger."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from syncd.errors import SourceUnavailable
from syncd.model.message import Attempt, Disposition
from syncd.services.deliver import DeliverContext, DeliverSettings, Drained, Engine
from syncd.store.database import Database
from syncd.store.holder import Holder, this_process
from syncd.store.outbox.outbox import Outbox
from syncd.store.outbox.values import NoTag, Tag
from syncd.store.packing import unpack
from syncd.store.schema import department, link, membership, message, user
from syncd.store.sql import insert_many
from tests.servers.database import TestDatabase

NOW = datetime(2026, 3, 4, 5, 6, 7, 891011, UTC)
SETTINGS = DeliverSettings(
    retry=tuple(timedelta(seconds=one) for one in (10, 60, 300, 1800, 7200, 21600)),
    max_age=timedelta(days=3),
    threads=4,
    default_source="wecom",
)
_BODY = frozenset({Disposition.SPLIT, Disposition.MESSAGE})
Answer = Callable[[dict[str, Any]], Attempt | None]


@dataclass
class Clock:
    """The time that all who share a store go by."""

    now: datetime = NOW

    def __call__(self, _: Connection | None = None) -> datetime:
        return self.now

    def seconds(self) -> float:
        return (self.now - NOW).total_seconds()

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class FakeWeCom:
    """A WeCom that takes equal bodies within their window for one message, as the real one does."""

    clock: Callable[[], datetime]
    source: str = "wecom"
    agent_id: int = 7
    #: What it answers to a request; None: it takes it.
    answer: Answer = lambda _: None
    #: Who got which content, as often as they got it.
    ledger: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: (userid, moment) of everything that was shown.
    shown: list[tuple[str, datetime]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    tags: dict[int, Tag | NoTag] = field(default_factory=dict)
    uploads: list[tuple[str, str, bytes]] = field(default_factory=list)
    upload_error: Exception | None = None
    invalid: set[str] = field(default_factory=set)
    _taken: dict[bytes, tuple[datetime, str]] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)

    def send(self, body: bytes) -> Attempt:
        with self._lock:
            self.bodies.append(body)
            read = json.loads(body)
            said = self.answer(read)
            if said is not None and said.disposition in _BODY and body in self._taken:
                said = None  # a body that was taken once cannot be one that never can be
            if said is not None and not (said.may_have_arrived and said.msgid == "taken"):
                return said
            accepted = self._take(body, read)
            return said or accepted

    def _take(self, body: bytes, read: dict[str, Any]) -> Attempt:
        people = [one for one in read["touser"].split("|") if one not in self.invalid]
        bad = frozenset(set(read["touser"].split("|")) & self.invalid)
        if not people:
            return refused(81013, Disposition.SPLIT)
        before = self._taken.get(body)
        window = timedelta(seconds=read["duplicate_check_interval"])
        if before is None or self.clock() - before[0] >= window:
            before = self.clock(), f"msg-{len(self._taken) + 1}"
            self._taken[body] = before
            content = json.dumps(read[read["msgtype"]], ensure_ascii=False, sort_keys=True)
            for one in people:
                self.ledger[one, content] += 1
                self.shown.append((one, self.clock()))
        return Attempt(None, msgid=before[1], invalid=bad)

    def upload(self, kind: str, name: str, content: bytes) -> str:
        if self.upload_error is not None:
            raise self.upload_error
        self.uploads.append((kind, name, content))
        return f"media-{len(self.uploads)}"

    def get_tag(self, tag_id: int) -> Tag | NoTag:
        if tag_id not in self.tags:
            raise SourceUnavailable("WeCom cannot be reached.")
        return self.tags[tag_id]

    def got(self, person: str) -> int:
        return sum(count for (one, _), count in self.ledger.items() if one == person)


def refused(code: int, follows: Disposition, **more: Any) -> Attempt:
    return Attempt(follows, code=code, error=f"code {code}", **more)


def lost(*, taken: bool) -> Attempt:
    """Return an answer that got lost, after WeCom has taken the message or before."""
    msgid = "taken" if taken else None
    return Attempt(None, may_have_arrived=True, error="no answer", msgid=msgid)


@dataclass
class Office:
    """One store, its WeCom, and engines that deliver."""

    database: TestDatabase
    clock: Clock
    stores: list[Database] = field(default_factory=list)
    wecom: FakeWeCom = None  # type: ignore[assignment] # made below

    def __post_init__(self) -> None:
        self.wecom = FakeWeCom(self.clock)

    # --- the store -----------------------------------------------------------------------------

    def open(self, *, anew: bool = False) -> Database:
        if anew or not self.stores:
            self.stores.append(Database(self.database.url, read_only=False))
        return self.stores[-1 if anew else 0]

    def outbox(self, *, anew: bool = False) -> Outbox:
        """Return the outbox; `anew` as another process sees it."""
        return Outbox(self.open(anew=anew), personal_data=True, clock=self.clock)

    def close(self) -> None:
        for one in self.stores:
            one.close()

    def hire(self, *names: str, source: str = "wecom", status: str = "active") -> None:
        """Add people with ids in the order of their names, from 1 on."""
        moment = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
        there = self.rows("SELECT count(*) FROM directory_user")[0][0]
        users = [
            (at, one, one, status, "{}", moment, moment, one.lower())
            for at, one in enumerate(names, there + 1)
        ]
        columns = ("id", "userid", "name", "status", "custom", "created_at", "updated_at")
        same = {"source": source, "method": "authority", "linked_at": moment}
        links = [(at, one.lower(), at, True, moment) for at, one in enumerate(names, there + 1)]
        with self.open().write() as connection:
            insert_many(connection, user, (*columns, "userid_key"), users)
            named = ("id", "external_id", "user_id", "is_owner", "last_seen_at")
            insert_many(connection, link, named, links, same=same)

    def add_department(self, key: int, parent: int | None, *members: int) -> None:
        values: dict[str, Any] = {"id": key, "parent_id": parent, "name": f"Department {key}"}
        values |= {"full_path": f"{key}", "depth": 0, "sort_order": 0, "source": "wecom"}
        values |= {"external_id": f"d{key}", "status": "active", "created_at": NOW}
        values["updated_at"] = NOW
        with self.open().write() as connection:
            connection.execute(insert(department).values(values))
            for one in members:
                row = {"user_id": one, "department_id": key, "sort_order": 0}
                row |= {"is_primary": True, "is_leader": False}
                connection.execute(insert(membership).values(row))

    def queue(self, recipient: str, content: Any = None, **more: Any) -> int:
        """Queue a message as an application does; return its id."""
        shown = {"content": "hi"} if content is None else content
        values = {"recipient": recipient, "msgtype": "text", "content": shown}
        values |= {"created_at": self.clock.now, **more}
        with self.open().write_beside() as connection:
            made = connection.execute(insert(message).values(values))
            key = made.inserted_primary_key
        assert key is not None
        return int(key[0])

    def queue_each(self, people: Sequence[int], text: str = "message") -> None:
        rows = [
            (f"user:{one}", "text", json.dumps({"content": f"{text} to {one}"})) for one in people
        ]
        same = {"created_at": self.clock.now.strftime("%Y-%m-%d %H:%M:%S.%f")}
        with self.open().write_beside() as connection:
            insert_many(connection, message, ("recipient", "msgtype", "content"), rows, same=same)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.rows(query)

    def message(self, key: int) -> dict[str, Any]:
        return self.database.dicts(f"SELECT * FROM outbox_message WHERE id = {key}")[0]

    def deliveries(self, key: int | None = None) -> list[dict[str, Any]]:
        where = "" if key is None else f" WHERE message_id = {key}"
        return self.database.dicts(f"SELECT * FROM outbox_delivery{where} ORDER BY id")

    def calls(self) -> list[dict[str, Any]]:
        return self.database.dicts("SELECT * FROM outbox_call ORDER BY id")

    def statuses(self, table: str = "outbox_delivery") -> dict[str, int]:
        query = f"SELECT status, count(*) FROM {table} GROUP BY status"
        return dict(self.rows(query))

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of the audit log about an event."""
        name = "`lines`" if self.database.kind == "mariadb" else "lines"
        blocks = self.rows(f"SELECT {name} FROM audit_block ORDER BY first_seq")
        lines = b"".join(unpack(block) for (block,) in blocks).splitlines()
        return [one for line in lines if (one := json.loads(line))["event"] == event]

    # --- engines -------------------------------------------------------------------------------

    def engine(self, **options: Any) -> Engine:
        """Return an engine; `settings` are changed by name."""
        own = {key: options.pop(key) for key in list(options) if key in _SETTINGS}
        outbox = options.pop("outbox", None) or self.outbox()
        settings = DeliverSettings(**{**_values(SETTINGS), **own})
        choices: dict[str, Any] = {
            "senders": {"wecom": self.wecom},
            "here": this_process(),
            "chance": lambda: 0.0,
            "clock": self.clock.seconds,
        }
        return Engine(DeliverContext(outbox=outbox, settings=settings, **{**choices, **options}))

    def drain(self, **options: Any) -> Drained:
        return self.engine(**options).drain()

    def wait_and_drain(self, **by: float) -> Drained:
        self.clock.advance(**by)
        return self.drain()


_SETTINGS = frozenset(DeliverSettings.__dataclass_fields__)


def _values(settings: DeliverSettings) -> Mapping[str, Any]:
    return {name: getattr(settings, name) for name in _SETTINGS}


def gone(here: Holder) -> Holder:
    """Return a process of this host that has ended."""
    return Holder(here.host, "another boot", here.pid, here.process_start)
