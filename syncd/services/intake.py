"""Takes a snapshot in: what of it is news, and what it proves about who is missing.

An entry whose digest is the stored one says nothing new and is not even decoded; so a run in
which ten people changed plans for those ten and their neighbourhood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from syncd.model.change import Population
from syncd.model.entry import Absence, Entry, Kind, Missing, Partial, Ref, Snapshot
from syncd.model.run import ReadingSummary
from syncd.model.source import SourceState
from syncd.model.surrender import is_surrendered
from syncd.reconcile.reading import Reading
from syncd.services.kept import Digests, Kept, load_kept, newer, said_in, with_digests
from syncd.services.shown import Records, Shown
from syncd.sources.base import Progress, Source
from syncd.store.store import Store

#: Where more than this share of the entries is news, everybody is looked at.
_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Intake:
    """One snapshot, compared with what is kept."""

    shown: Shown
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
        snapshot = self.snapshot
        return ReadingSummary(
            snapshot.began_at,
            self.shown.number(Kind.USER),
            self.shown.number(Kind.DEPARTMENT),
            snapshot.facts,
            snapshot.capabilities,
        )

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot, without people where these are records already."""
        return self.shown.snapshot


def find_missing(store: Store, shown: Shown, kept: Kept, *, is_other: bool = False) -> Missing:
    """Return whom the store holds and the snapshot does not show.

    A record that was read after the snapshot began is not missing from it. Of a source besides
    the authority those count as active who are linked with a user.
    """
    active = store.linked_ids if is_other else store.active_ids
    source = shown.snapshot.source
    lost_users = _lost(store, shown, Kind.USER, kept)
    lost_departments = _lost(store, shown, Kind.DEPARTMENT, kept)
    parents = store.department_parents(source) if lost_departments else {}
    return Missing(
        store.last_memberships(source, lost_users) if lost_users else {},
        {id_: parents.get(id_) for id_ in lost_departments},
        active(source, lost_users) if lost_users else frozenset(),
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


def _lost(store: Store, shown: Shown, kind: Kind, kept: Kept) -> set[str]:
    snapshot = shown.snapshot
    lost = set(kept.of(kind)).difference(shown.ids(kind))
    if not lost:
        return set()
    read_ats = store.read_ats(snapshot.source, kind, lost)
    return {id_ for id_ in lost if kept.was_read_before(read_ats[id_], snapshot.began_at)}


def take_in(
    store: Store,
    source: Source,
    shown: Shown,
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
    kept, snapshot = load_kept(store, source.name, fingerprint, now), shown.snapshot
    missing = find_missing(store, shown, kept, is_other=is_other)
    missing, surrendered = _without_surrendered(missing)
    absence = Absence()
    if missing.users or missing.departments:
        if may_rekey and limit is not None:
            limit += sum(id_ not in kept.users for id_ in shown.ids(Kind.USER))
        scope = state.scope if state is not None else {}
        absence = source.confirm(snapshot, missing, limit, scope, progress)
    if surrendered:
        absence = replace(absence, gone_users=absence.gone_users | surrendered)
    reading = replace(
        _reading(store, source, shown, kept, absence.found),
        absence=absence,
        rejections=tuple(snapshot.rejections),
        withheld=_withheld(store, snapshot, state, source, None if is_other else population),
        size=sum(map(shown.number, Kind)) + len(snapshot.rejections),
        lost_users=bool(kept.users) and not shown.number(Kind.USER),
        lost_departments=bool(kept.departments) and not shown.number(Kind.DEPARTMENT),
    )
    return _intake(shown, reading, kept.users, everybody=everybody, is_full=is_full)


def take_in_person(
    store: Store,
    source: Source,
    shown: Shown,
    external_id: str,
    fingerprint: str,
    *,
    now: datetime,
) -> Intake:
    """Return what a reading about one person changes; absence proves nothing here."""
    kept, users = load_kept(store, source.name, fingerprint, now), shown.snapshot.users
    alone = Shown(replace(shown.snapshot, departments=()))
    reading = replace(_reading(store, source, alone, kept), is_complete=False)
    people = frozenset({Ref(source.name, external_id)}) if users else frozenset()
    return Intake(shown, reading, people, departments=False, emptied=frozenset(), kept=kept.users)


def take_in_changes(
    store: Store, source: Source, shown: Shown, fingerprint: str, *, now: datetime
) -> Intake:
    """Return what a partial reading changes; whom it does not show is as stored.

    Where it shows nobody, nothing that is kept is looked at.
    """
    snapshot = shown.snapshot
    partial = snapshot.partial or Partial()
    if not snapshot.users and not partial.missing:
        reading = Reading(source.name, is_complete=False)
        return Intake(shown, reading, frozenset(), departments=False, emptied=frozenset())
    kept = load_kept(store, source.name, fingerprint, now)
    gone = partial.absence.gone_users & kept.users.keys()
    read_ats = store.read_ats(source.name, Kind.USER, gone)
    absence = replace(
        partial.absence,
        gone_users=frozenset(
            id_ for id_ in gone if kept.was_read_before(read_ats[id_], snapshot.began_at)
        ),
    )
    alone = Shown(replace(snapshot, departments=()))
    reading = replace(
        _reading(store, source, alone, kept, absence.found),
        absence=absence,
        size=len(kept.users) + len(kept.departments),
        is_complete=False,
    )
    people = frozenset(Ref(source.name, id_) for id_ in (*reading.users, *absence.gone_users))
    return Intake(shown, reading, people, departments=False, emptied=frozenset(), kept=kept.users)


def _reading(
    store: Store, source: Source, shown: Shown, kept: Kept, found: Iterable[Entry] = ()
) -> Reading:
    """Return the records of the entries that are news; of the others the kept record says all.

    `found` are entries that were there after all.
    """
    every = chain(said_in(shown, kept), with_digests(found, kept))
    if kept.is_empty and shown.records is not None:  # all of a first load
        return _read(source, shown.records, {})
    news = [one for one in every if not kept.says_nothing_new(one)]
    records, normalize = Records(), source.normalize
    for kind, one, value in newer(store, source.name, news, kept):
        records.add(kind, normalize(one) if isinstance(one, Entry) else one, value)
    stored = {
        kind: {id_: of[id_] for id_ in digests if id_ in of}
        for kind, digests in records.digests.items()
        if (of := kept.of(kind))
    }
    return _read(source, records, stored)


def _read(
    source: Source, records: Records, stored: Mapping[Kind, Mapping[str, bytes | None]]
) -> Reading:
    return Reading(source.name, records.users, records.departments, records.digests, stored)


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
    shown: Shown, reading: Reading, kept: Digests, *, everybody: bool, is_full: bool
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
    return Intake(shown, reading, people, is_whole or touched, emptied, kept, is_full)
