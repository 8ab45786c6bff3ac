"""What the store keeps of one source, and which of what the source has shown is news to it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from syncd.model.entry import Entry, Kind
from syncd.model.record import Record
from syncd.reconcile.naming import says_the_same
from syncd.services.shown import Shown, digest, digest_key
from syncd.store.store import Store

#: How far the clocks of two hosts may differ. A record from a later moment than that was read by a
#: clock that was wrong, and must not hide what is read by a right one.
_CLOCK_DIFFERENCE = timedelta(minutes=1)
#: Ids of stored records → digests.
Digests = Mapping[str, bytes | None]
#: One entry, or the record that was made of it, with the digest of the entry.
Said = tuple[Kind, Entry | Record, bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """The digests of what the store keeps of one source, and the key that makes them."""

    users: Digests
    departments: Digests
    key: bytes
    #: No record can have been read after this moment.
    latest: datetime

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is kept, as before a first load."""
        return not self.users and not self.departments

    def of(self, kind: Kind) -> Digests:
        """Return the digests of one kind."""
        return self.users if kind is Kind.USER else self.departments

    def says_nothing_new(self, one: Said) -> bool:
        """Return whether an entry is exactly as it was stored."""
        kind, entry, value = one
        return says_the_same(self.of(kind).get(entry.external_id), value)

    def was_read_before(self, read_at: datetime, moment: datetime) -> bool:
        """Return whether a stored record is from before a moment, or its clock was wrong."""
        return read_at < moment or read_at > self.latest


def load_kept(store: Store, source: str, fingerprint: str, now: datetime) -> Kept:
    """Return what is kept of a source; entries read under other settings count as news."""
    return Kept(
        store.digests(source, Kind.USER),
        store.digests(source, Kind.DEPARTMENT),
        digest_key(fingerprint),
        now + _CLOCK_DIFFERENCE,
    )


def said_in(shown: Shown, kept: Kept) -> Iterator[Said]:
    """Yield everything that was shown."""
    if shown.records is None:
        snapshot = shown.snapshot
        yield from with_digests(chain(snapshot.departments, snapshot.users), kept)
        return
    for kind in (Kind.DEPARTMENT, Kind.USER):
        digests = shown.records.digests[kind]
        for id_, record in shown.records.of(kind).items():
            yield kind, record, digests[id_]


def with_digests(entries: Iterable[Entry], kept: Kept) -> Iterator[Said]:
    """Yield entries as they were read."""
    for entry in entries:
        yield entry.kind, entry, digest(entry, kept.key)


def newer(store: Store, source: str, news: list[Said], kept: Kept) -> Iterator[Said]:
    """Yield what was not read before what is kept of it (contract, section 2)."""
    read_ats = {
        kind: store.read_ats(
            source, kind, [id_ for id_ in _ids(news, kind) if id_ in kept.of(kind)]
        )
        for kind in Kind
    }
    for one in news:
        kind, said, _ = one
        read_at = read_ats[kind].get(said.external_id)
        if (
            read_at is None
            or read_at == said.read_at
            or kept.was_read_before(read_at, said.read_at)
        ):
            yield one


def _ids(news: list[Said], kind: Kind) -> Iterator[str]:
    return (said.external_id for of, said, _ in news if of is kind)
