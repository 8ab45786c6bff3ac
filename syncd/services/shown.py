"""What a source has shown, as it is kept until the run ends.

Of a source of which nothing was applied yet, or that is read by other settings now, every entry
is news. These become records as soon as the source has been read, one after the other, and each
entry is let go of: a first load then needs memory for the records alone. Whatever is stored
meanwhile, a plan can be made again from them; the source is not read a second time.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter

from syncd.model.entry import Entry, Kind, Snapshot
from syncd.model.record import DepartmentRecord, Record, UserRecord
from syncd.reconcile.naming import DIGEST_SIZE
from syncd.sources.base import Source

#: Raised by hand when normalising changes, so that every entry is looked at anew.
_NORMALIZER = "1"


@dataclass(frozen=True, slots=True)
class Records:
    """Entries in our field names, with the digests of the entries."""

    users: dict[str, UserRecord] = field(default_factory=dict)
    departments: dict[str, DepartmentRecord] = field(default_factory=dict)
    #: Kind → id → digest.
    digests: Mapping[Kind, dict[str, bytes]] = field(
        default_factory=lambda: {kind: {} for kind in Kind}
    )

    def add(self, kind: Kind, record: Record, digest: bytes) -> None:
        """Take one record in."""
        id_ = record.external_id
        self.digests[kind][id_] = digest
        if isinstance(record, UserRecord):
            self.users[id_] = record
        else:
            self.departments[id_] = record

    def of(self, kind: Kind) -> Mapping[str, Record]:
        """Return the records of one kind."""
        return self.users if kind is Kind.USER else self.departments


@dataclass(frozen=True, slots=True)
class Shown:
    """One snapshot; its entries, or the records that were made of all of them."""

    #: Without people, where these are records.
    snapshot: Snapshot
    records: Records | None = None

    def ids(self, kind: Kind) -> Collection[str]:
        """Return the ids of everything shown of one kind."""
        if self.records is not None:
            return self.records.of(kind).keys()
        return {entry.external_id for entry in self._entries(kind)}

    def number(self, kind: Kind) -> int:
        """Return how much of one kind was shown."""
        return len(self._entries(kind) if self.records is None else self.records.of(kind))

    def _entries(self, kind: Kind) -> Collection[Entry]:
        return self.snapshot.users if kind is Kind.USER else self.snapshot.departments


def digest_key(fingerprint: str) -> bytes:
    """Return the key of digests under which entries of other settings count as news."""
    return f"{_NORMALIZER}:{fingerprint}".encode()[:64]


def digest(entry: Entry, key: bytes) -> bytes:
    """Return the 16 bytes that stand for an entry and for the settings that it is read by."""
    return hashlib.blake2b(entry.payload, digest_size=DIGEST_SIZE, key=key).digest()


def as_records(source: Source, snapshot: Snapshot, users: list[Entry], fingerprint: str) -> Shown:
    """Return a snapshot with the records of its departments and of `users`, all its people.

    The list is empty afterwards: where nobody else holds the entries either, each is let go of as
    soon as it has become a record.
    """
    key, records = digest_key(fingerprint), Records()
    # In the order in which all else goes through them: what is used together lies together then.
    users.sort(key=attrgetter("external_id"))
    for entry in chain(snapshot.departments, _given_away(users)):
        records.add(entry.kind, source.normalize(entry), digest(entry, key))
    return Shown(snapshot, records)


def _given_away(entries: list[Entry]) -> Iterator[Entry]:
    """Yield entries in their order, and hold none that was yielded."""
    entries.reverse()
    while entries:
        yield entries.pop()
