"""Takes a snapshot in: what of it is news, and what it proves about who is missing.

An entry whose digest is the stored one says nothing new and is not even decoded; so a run in
which ten people changed plans for those ten and their neighbourhood.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from syncd.model.change import Population
from syncd.model.entry import Absence, Entry, Kind, Missing, Partial, Ref, Snapshot
from syncd.model.record import DepartmentRecord, UserRecord
from syncd.model.run import ReadingSummary
from syncd.model.source import SourceState
from syncd.model.surrender import is_surrendered
from syncd.reconcile.naming import DIGEST_SIZE, says_the_same
from syncd.reconcile.reading import Reading
from syncd.sources.base import Progress, Source
from syncd.store.store import Store

#: Raised by hand when normalising changes, so that every entry is looked at anew.
_NORMALIZER = "1"
#: Where more than this share of the entries is news, everybody is looked at.
_MOST = 0.5
#: How far the clocks of two hosts may differ. A record from a later moment than that was read by a
#: clock that was wrong, and must not hide what is read by a right one.
_CLOCK_DIFFERENCE = timedelta(minutes=1)
#: Ids of stored records → digests.
Digests = Mapping[str, bytes | None]


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

    def says_nothing_new(self, entry: Entry, value: bytes) -> bool:
        """Return whether an entry with this digest is exactly as it was stored."""
        return says_the_same(self.of(entry.kind).get(entry.external_id), value)

    def was_read_before(self, read_at: datetime, moment: datetime) -> bool:
        """Return whether a stored record is from before a moment, or its clock was wrong."""
        return read_at < moment or read_at > self.latest


@dataclass(frozen=True, slots=True)
class Intake:
    """One snapshot, compared with what is kept."""

    snapshot: Snapshot
    reading: Reading
    #: Everybody whom the plan must look at besides their neighbours; None for everybody.
    people: frozenset[Ref] | None
    #: Whether departments have to be planned.
    departments: bool
    #: Departments whose members have to be looked at.
    emptied: frozenset[Ref]
    #: What is kept of the source's people; None where it was not looked at.
    kept: Digests | None = None
    #: Whether stored rows are compared with what they should be, of whomever nothing is news.
    is_full: bool = False

    def summary(self) -> ReadingSummary:
        """Return what the run remembers of the reading."""
        return ReadingSummary(
            self.snapshot.began_at,
            len(self.snapshot.users),
            len(self.snapshot.departments),
            self.snapshot.facts,
            self.snapshot.capabilities,
        )


def digest(entry: Entry, key: bytes) -> bytes:
    """Return the 16 bytes that stand for an entry and for the settings that it is read by."""
    return hashlib.blake2b(entry.payload, digest_size=DIGEST_SIZE, key=key).digest()


def load_kept(store: Store, source: str, fingerprint: str, now: datetime) -> Kept:
    """Return what is kept of a source; entries read under other settings count as news."""
    key = f"{_NORMALIZER}:{fingerprint}".encode()[:64]
    return Kept(
        store.digests(source, Kind.USER),
        store.digests(source, Kind.DEPARTMENT),
        key,
        now + _CLOCK_DIFFERENCE,
    )


def find_missing(
    store: Store, snapshot: Snapshot, kept: Kept, *, is_other: bool = False
) -> Missing:
    """Return whom the store holds and the snapshot does not show.

    A record that was read after the snapshot began is not missing from it. Of a source besides
    the authority those count as active who are linked with a user.
    """
    active = store.linked_ids if is_other else store.active_ids
    lost_users = _lost(store, snapshot, Kind.USER, kept, snapshot.users)
    lost_departments = _lost(store, snapshot, Kind.DEPARTMENT, kept, snapshot.departments)
    parents = store.department_parents(snapshot.source) if lost_departments else {}
    return Missing(
        store.last_memberships(snapshot.source, lost_users) if lost_users else {},
        {id_: parents.get(id_) for id_ in lost_departments},
        active(snapshot.source, lost_users) if lost_users else frozenset(),
    )


def _without_surrendered(missing: Missing) -> tuple[Missing, frozenset[str]]:
    """Return who is missing, and apart from them those with an id that no source gives.

    After an undo one of these may be active. No source can be asked for them: that their record is
    somebody else's is what a person has said.
    """
    left = frozenset(filter(is_surrendered, missing.users))
    if not left:
        return missing, left
    users = {id_: places for id_, places in missing.users.items() if id_ not in left}
    return replace(missing, users=users, active=missing.active - left), left


def _lost(
    store: Store, snapshot: Snapshot, kind: Kind, kept: Kept, entries: Iterable[Entry]
) -> set[str]:
    lost = kept.of(kind).keys() - {entry.external_id for entry in entries}
    if not lost:
        return set()
    read_ats = store.read_ats(snapshot.source, kind, lost)
    return {id_ for id_ in lost if kept.was_read_before(read_ats[id_], snapshot.began_at)}


def take_in(
    store: Store,
    source: Source,
    snapshot: Snapshot,
    state: SourceState | None,
    population: Population,
    *,
    fingerprint: str,
    limit: int | None,
    may_rekey: bool,
    is_other: bool,
    everybody: bool,
    is_full: bool,
    progress: Progress,
    now: datetime,
) -> Intake:
    """Return what a complete snapshot changes.

    `is_other` says that the source is not the authority: a person of it who is missing costs a
    user a link, and is nobody who would be deactivated.

    Asks the source again about everybody missing, at most `limit` + 1 of the active ones; and
    where people may go on under new ids, as many more as there are new ids.

    Raises:
        SourceError: The source could not be asked.
    """
    kept = load_kept(store, source.name, fingerprint, now)
    missing = find_missing(store, snapshot, kept, is_other=is_other)
    missing, surrendered = _without_surrendered(missing)
    absence = Absence()
    if missing.users or missing.departments:
        if may_rekey and limit is not None:
            limit += sum(one.external_id not in kept.users for one in snapshot.users)
        scope = state.scope if state is not None else {}
        absence = source.confirm(snapshot, missing, limit, scope, progress)
    if surrendered:
        absence = replace(absence, gone_users=absence.gone_users | surrendered)
    entries = chain(snapshot.departments, snapshot.users, absence.found)
    reading = replace(
        _reading(store, source, entries, kept),
        absence=absence,
        rejections=tuple(snapshot.rejections),
        withheld=_withheld(store, snapshot, state, source, None if is_other else population),
        size=len(snapshot.users) + len(snapshot.departments) + len(snapshot.rejections),
        lost_users=bool(kept.users) and not snapshot.users,
        lost_departments=bool(kept.departments) and not snapshot.departments,
    )
    return _intake(snapshot, reading, kept.users, everybody=everybody, is_full=is_full)


def take_in_person(
    store: Store,
    source: Source,
    snapshot: Snapshot,
    external_id: str,
    fingerprint: str,
    *,
    now: datetime,
) -> Intake:
    """Return what a reading about one person changes; absence proves nothing here."""
    kept = load_kept(store, source.name, fingerprint, now)
    reading = replace(_reading(store, source, snapshot.users, kept), is_complete=False)
    people = frozenset({Ref(source.name, external_id)}) if snapshot.users else frozenset()
    return Intake(
        snapshot, reading, people, departments=False, emptied=frozenset(), kept=kept.users
    )


def take_in_changes(
    store: Store, source: Source, snapshot: Snapshot, fingerprint: str, *, now: datetime
) -> Intake:
    """Return what a partial reading changes; whom it does not show is as stored.

    Where it shows nobody, nothing that is kept is looked at.
    """
    partial = snapshot.partial or Partial()
    found = partial.absence.found
    if not snapshot.users and not partial.missing:
        reading = Reading(source.name, is_complete=False)
        return Intake(snapshot, reading, frozenset(), departments=False, emptied=frozenset())
    kept = load_kept(store, source.name, fingerprint, now)
    gone = partial.absence.gone_users & kept.users.keys()
    read_ats = store.read_ats(source.name, Kind.USER, gone)
    absence = replace(
        partial.absence,
        gone_users=frozenset(
            id_ for id_ in gone if kept.was_read_before(read_ats[id_], snapshot.began_at)
        ),
    )
    reading = replace(
        _reading(store, source, chain(snapshot.users, found), kept),
        absence=absence,
        size=len(kept.users) + len(kept.departments),
        is_complete=False,
    )
    people = frozenset(Ref(source.name, id_) for id_ in (*reading.users, *absence.gone_users))
    return Intake(
        snapshot, reading, people, departments=False, emptied=frozenset(), kept=kept.users
    )


def _reading(store: Store, source: Source, entries: Iterable[Entry], kept: Kept) -> Reading:
    """Return the records of the entries that are news; of the others the kept record says all."""
    news = ((entry, digest(entry, kept.key)) for entry in entries)
    if not kept.is_empty:
        news = (one for one in news if not kept.says_nothing_new(*one))
    digests: dict[tuple[Kind, str], bytes] = {}
    users: dict[str, UserRecord] = {}
    departments: dict[str, DepartmentRecord] = {}
    normalize = source.normalize
    for entry, value in _not_older(store, source.name, list(news), kept):
        digests[entry.kind, entry.external_id] = value
        record = normalize(entry)
        if isinstance(record, UserRecord):
            users[entry.external_id] = record
        else:
            departments[entry.external_id] = record
    if kept.is_empty:
        return Reading(source.name, users, departments, digests, {})
    stored = {key: of[key[1]] for key in digests if key[1] in (of := kept.of(key[0]))}
    return Reading(source.name, users, departments, digests, stored)


def _not_older(
    store: Store, source: str, news: list[tuple[Entry, bytes]], kept: Kept
) -> Iterable[tuple[Entry, bytes]]:
    """Return the entries that were not read before what is kept of them (contract, section 2)."""
    return news if kept.is_empty else list(_newer(store, source, news, kept))


def _newer(
    store: Store, source: str, news: list[tuple[Entry, bytes]], kept: Kept
) -> Iterable[tuple[Entry, bytes]]:
    read_ats = {
        kind: store.read_ats(
            source,
            kind,
            [
                entry.external_id
                for entry, _ in news
                if entry.kind is kind and entry.external_id in kept.of(kind)
            ],
        )
        for kind in Kind
    }
    for entry, value in news:
        read_at = read_ats[entry.kind].get(entry.external_id)
        if (
            read_at is None
            or read_at == entry.read_at
            or kept.was_read_before(read_at, entry.read_at)
        ):
            yield entry, value


def _withheld(
    store: Store,
    snapshot: Snapshot,
    state: SourceState | None,
    source: Source,
    population: Population | None,
) -> dict[str, int]:
    """Return the fields that the source let us read before and returns for nobody now (rule 8).

    With how many values are kept: of users, or of records where `population` is None.
    """
    if state is None or snapshot.readable is None:
        return {}
    found = {}
    for field in sorted((state.readable & source.fields) - snapshot.readable):
        if population is not None:
            kept = population.values.get(field, 0)
        else:
            kept = sum(bool(value) for _, value in store.field_values(source.name, field))
        if kept:
            found[field] = kept
    return found


def _is_most(reading: Reading) -> bool:
    """Return whether so much is news that looking at everybody is less work than at neighbours."""
    return len(reading.users) > reading.size * _MOST


def _intake(
    snapshot: Snapshot, reading: Reading, kept: Digests, *, everybody: bool, is_full: bool
) -> Intake:
    absence = reading.absence
    touched = bool(reading.departments or absence.gone_departments or absence.hidden_departments)
    emptied = frozenset(
        Ref(reading.source, id_) for id_ in (*absence.gone_departments, *absence.hidden_departments)
    )
    people = None
    if not everybody and not _is_most(reading):
        ids = (
            *reading.users,
            *absence.gone_users,
            *absence.unconfirmed,
            *absence.hidden_users,
        )
        people = frozenset(Ref(reading.source, id_) for id_ in ids)
    is_whole = everybody or is_full
    return Intake(snapshot, reading, people, is_whole or touched, emptied, kept, is_full)
