"""Audit lines and the chain of hashes through them; `docs/audit-log.md` defines both.

Lines are finished here, in the transaction of what they tell, and lie in the store in blocks
until every registered file has them.
"""

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from syncd.model.field import TEXT_FIELDS
from syncd.store.packing import Packer, pack, unpack
from syncd.store.rows import json_time
from syncd.store.schema import audit_block, audit_chain
from syncd.store.sql import Tuple, fetch, insert_many
from syncd.store.tombstone import LINES, PERSON_ERASED

#: What the first line of a chain has as the hash before it.
NO_HASH: Final = "0" * 64
#: Lines in one stored block: a row each would double the time of a first load.
BLOCK: Final = 1000
#: Blocks that are read at once.
_BLOCKS: Final = 20
#: A finished line, in the pieces that do not depend on its place.
_TOLD: Final = re.compile(
    rb'(?P<start>\{"ts":"[^"]*","event":"(?P<event>[^"]*)","run_id":(?:null|\d+),"seq":)(?P<seq>\d+)'
    rb'(?P<rest>,.*),"prev":"[0-9a-f]{64}","hash":"[0-9a-f]{64}"\}',
    re.DOTALL,
)
#: Columns and keys whose values are somebody's.
_PERSONAL: Final = frozenset({*TEXT_FIELDS, "key_value", "external_id"}) - {"gender"}


class AuditEvent(NamedTuple):
    """Something to be told in the audit log, besides what the store tells by itself."""

    event: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where the chain ends, as the store knows it."""

    #: The id of the chain, as its first line has it.
    chain: str
    first_seq: int
    last_seq: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class NewChain:
    """What a new chain begins with, as after a restore of the database."""

    #: Its first line has the next higher number.
    after_seq: int
    why: str
    #: The line after which the store is as it was; 0 for an empty one, None where it is unknown.
    goes_on_after: int | None
    #: Number and hash of the line before it in the log, and of the store's last line where that is
    #: another one: a copy of the log may end with either.
    follows: Sequence[tuple[int, str]]
    #: Waiting lines from this number on are told again in the new chain; None: they stay.
    tell_again_from: int | None


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Puts the same meaningless word for the same personal value; keyed, so that none is guessed."""

    key: bytes = field(repr=False)

    def hide(self, value: str) -> str:
        """Return the word for a value."""
        return (
            "h:" + hmac.new(self.key, value.encode(errors="surrogatepass"), sha256).hexdigest()[:32]
        )

    def hide_columns(self, columns: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Return columns of a person or a link with their personal values hidden."""
        if columns is None:
            return None
        return {name: self._column(name, value) for name, value in columns.items()}

    def hide_all(self, value: Any) -> Any:
        """Return a JSON value with every text in it hidden."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {key: self.hide_all(one) for key, one in value.items()}
        if isinstance(value, list | tuple | frozenset | set):
            return [self.hide_all(one) for one in value]
        return value

    def _column(self, name: str, value: Any) -> Any:
        if name == "custom":
            return self.hide_all(value)
        return self.hide(value) if name in _PERSONAL and isinstance(value, str) else value


def read_end(connection: Connection) -> ChainEnd | None:
    """Return where the chain ends; None before its first line."""
    row = connection.execute(select(audit_chain)).one_or_none()
    return None if row is None else ChainEnd(row.chain, row.first_seq, row.last_seq, row.last_hash)


class Journal:
    """Adds lines to the chain within one transaction; `close` writes what is left.

    The chain's row is locked from the first line on, so two writers cannot give one number twice.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        at: datetime,
        actor: str,
        run_id: int | None,
        personal: bool,
    ) -> None:
        """Begin to write lines of one moment, one actor and one run.

        Args:
            connection: A connection that may write.
            at: The `ts` of every line.
            actor: Who or what acts.
            run_id: The run that is told of, if any.
            personal: Whether personal values may stand in the log as they are.
        """
        self._connection = connection
        self._at = at
        key, self._seq, self._hash = _lock(connection)
        self.pseudonyms = None if personal else Pseudonyms(key)
        self._actor = orjson.dumps(actor)
        self.set_run(run_id)
        self._first = self._seq + 1
        #: The lines that are in no block yet, in pieces.
        self._parts: list[bytes] = []
        self._packer = None if connection.dialect.name == "sqlite" else Packer(self._write_block)
        #: Former number → number, of lines that are told again.
        self._moved: dict[int, int] = {}
        if self._seq == 0:
            self.event("chain_started", {"chain": read_chain(connection), "why": "new store"})

    def set_run(self, run_id: int | None) -> None:
        """Say which run the lines from here on belong to."""
        self._run = b"null" if run_id is None else b"%d" % run_id
        self._heads: dict[str, tuple[bytes, bytes]] = {}

    def event(self, name: str, fields: Mapping[str, object]) -> None:
        """Add a line: an event and its fields."""
        members = orjson.dumps(fields, default=_plain)[1:-1]
        self.line(name, members)

    def line(self, name: str, members: bytes) -> None:
        """Add a line whose own fields are JSON already, without the braces."""
        self.lines(name, [members])

    def lines(self, name: str, members: Iterable[bytes]) -> None:
        """Add lines of one event, each with its own fields as JSON already, without the braces."""
        start, actor = self._heads.get(name) or self._head(name)
        seq, last, parts = self._seq, self._hash, self._parts
        for one in members:
            seq += 1
            number = str(seq).encode()
            body = b"".join((start, number, actor, one, b',"prev":"', last, b'"'))
            last = sha256(body).hexdigest().encode()
            parts += (body, b',"hash":"', last, b'"}\n')
            if seq - self._first + 1 >= BLOCK:
                self._seq, self._hash = seq, last
                self._flush()
                parts = self._parts
        self._seq, self._hash = seq, last

    def repeat(self, lines: Iterable[bytes]) -> None:
        """Tell finished lines again, as they were but for their place in the chain."""
        for raw in lines:
            told = _TOLD.fullmatch(raw)
            if told is None or told["event"] == b"chain_started":
                continue
            self._seq += 1
            self._moved[int(told["seq"])] = self._seq
            rest = told["rest"]
            if told["event"] == PERSON_ERASED.encode():
                rest = _renumbered(rest, self._moved)
            body = b'%b%d%b,"prev":"%b"' % (told["start"], self._seq, rest, self._hash)
            self._hash = sha256(body).hexdigest().encode()
            self._parts += (body, b',"hash":"', self._hash, b'"}\n')
            if self._seq - self._first + 1 >= BLOCK:
                self._flush()

    def close(self) -> None:
        """Write the lines that are left, and where the chain ends now."""
        self._flush()
        if self._packer is not None:
            self._packer.close()
        end = {"last_seq": self._seq, "last_hash": self._hash.decode()}
        self._connection.execute(update(audit_chain).values(end))

    def _head(self, name: str) -> tuple[bytes, bytes]:
        before = b'{"ts":"%b","event":%b,"run_id":%b,"seq":' % (
            (json_time(self._at) or "").encode(),
            orjson.dumps(name),
            self._run,
        )
        self._heads[name] = (before, b',"actor":%b,' % self._actor)
        return self._heads[name]

    def _flush(self) -> None:
        if self._parts:
            write = self._write_block if self._packer is None else self._packer.add
            write(self._first, self._seq, b"".join(self._parts))
        self._first, self._parts = self._seq + 1, []

    def _write_block(self, first: int, last: int, lines: bytes) -> None:
        columns = ("first_seq", "last_seq", "lines")
        insert_many(self._connection, audit_block, columns, [(first, last, lines)])


def start_chain(connection: Connection, new: NewChain, *, at: datetime, actor: str) -> None:
    """Begin a new chain; what waits for a file either stays or is told again in it."""
    chain = secrets.token_hex(16)
    _, last_seq, _ = _lock(connection)
    seq = new.after_seq
    start = {"chain": chain, "first_seq": seq + 1, "last_seq": seq, "last_hash": NO_HASH}
    connection.execute(update(audit_chain).values(start))
    journal = Journal(connection, at=at, actor=actor, run_id=None, personal=True)
    if seq:
        follows = [{"seq": number, "hash": own} for number, own in new.follows]
        fields = {"chain": chain, "why": new.why, "follows": follows}
        journal.event("chain_started", {**fields, "goes_on_after": new.goes_on_after})
    if new.tell_again_from is not None:
        for lines in _take_back(connection, new.tell_again_from, last_seq):
            journal.repeat(lines)
    journal.close()


def _take_back(connection: Connection, from_seq: int, last_seq: int) -> Iterator[list[bytes]]:
    """Yield the lines of waiting blocks from a number on, and take them out of the blocks."""
    within = (audit_block.c.last_seq >= from_seq) & (audit_block.c.first_seq <= last_seq)
    query = select(audit_block.c.first_seq).where(within).order_by(audit_block.c.first_seq)
    for first in connection.execute(query).scalars().all():
        here = audit_block.c.first_seq == first
        block = connection.execute(select(audit_block.c.lines).where(here)).scalar_one()
        lines = unpack(block).splitlines(keepends=True)
        stay = max(0, from_seq - first)
        if stay:
            kept = {"lines": pack(b"".join(lines[:stay])), "last_seq": from_seq - 1}
            connection.execute(update(audit_block).where(here).values(kept))
        else:
            connection.execute(delete(audit_block).where(here))
        yield [one.rstrip(b"\n") for one in lines[stay:]]


def _renumbered(members: bytes, moved: Mapping[int, int]) -> bytes:
    """Return a line's members with the numbers of the lines that it names as they are now."""
    fields = orjson.loads(b"{%b}" % members[1:])
    fields[LINES] = [moved.get(one, one) for one in fields[LINES]]
    return b",%b" % orjson.dumps(fields)[1:-1]


def read_chain(connection: Connection) -> str:
    """Return the id of the chain."""
    return str(connection.execute(select(audit_chain.c.chain)).scalar_one())


def read_blocks(connection: Connection, after_seq: int) -> Iterator[Tuple]:
    """Yield (first seq, last seq, lines) of the blocks that reach beyond `after_seq`, in order."""
    columns = (audit_block.c.first_seq, audit_block.c.last_seq, audit_block.c.lines)
    query = select(*columns).order_by(audit_block.c.first_seq).limit(_BLOCKS)
    # A server's driver takes all rows of an answer at once: after a first load, all of its lines.
    while blocks := list(fetch(connection, query.where(audit_block.c.last_seq > after_seq))):
        for first, last, packed in blocks:
            yield first, last, unpack(packed)
            after_seq = last


def _lock(connection: Connection) -> tuple[bytes, int, bytes]:
    query = select(audit_chain.c.pseudonym_key, audit_chain.c.last_seq, audit_chain.c.last_hash)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        key = secrets.token_bytes(32)
        first: dict[str, Any] = {"id": 1, "chain": secrets.token_hex(16), "first_seq": 1}
        first |= {"last_seq": 0, "last_hash": NO_HASH, "pseudonym_key": key}
        connection.execute(insert(audit_chain).values(first))
        return key, 0, NO_HASH.encode()
    return row.pseudonym_key, row.last_seq, row.last_hash.encode()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no place in an audit line")
