"""Reads what has changed where a source can tell, and else everything; moves the cursors."""

from collections.abc import Callable, Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

import structlog

from syncd.model.cursor import Cursor, CursorKind, Why
from syncd.model.entry import Kind, Missing, Partial, Snapshot
from syncd.model.source import SourceState
from syncd.reconcile.completeness import why_everything
from syncd.reconcile.naming import naming
from syncd.services.intake import Intake
from syncd.sources.base import Progress, ReadsChanges, Source
from syncd.store.store import Store

log = structlog.get_logger(__name__)

#: Reasons that nobody needs to be told: everything is read as it was meant to be.
_EXPECTED = frozenset({Why.ASKED, Why.NO_CURSOR})
#: How old "everything was read" may be in a run that changes nothing else.
_DAY = timedelta(hours=20)
#: Before the code of a reason, among the facts of a reading.
EVERYTHING = "everything_"


class StoredPeople:
    """What the store holds of a source's people. Implements `syncd.sources.base.Known`."""

    def __init__(self, store: Store, source: str) -> None:
        """Look nothing up yet."""
        self._store = store
        self._source = source

    def people(self) -> AbstractSet[str]:
        """Return the ids of everybody who is not gone."""
        return self._digests.keys()

    def unsettled(self) -> Collection[str]:
        """Return the ids of whom every run has to look at, changed or not; some may be gone."""
        return self._unsettled[Kind.USER]

    def unsettled_departments(self) -> Collection[str]:
        """Return the ids of departments that every run has to look at."""
        return self._unsettled[Kind.DEPARTMENT]

    def naming(self, managers: Collection[str]) -> Collection[str]:
        """Return the ids of whoever names one of these as the manager, and perhaps of others."""
        return naming(self._digests, managers)

    @cached_property
    def _digests(self) -> Mapping[str, bytes | None]:
        return self._store.digests(self._source, Kind.USER)

    @cached_property
    def _unsettled(self) -> Mapping[Kind, frozenset[str]]:
        return self._store.unsettled(self._source)


@dataclass(frozen=True, slots=True)
class Way:
    """How a source is to be read."""

    #: What the last applied reading has left.
    scope: Mapping[str, object]
    known: StoredPeople
    #: Where the reading goes on; None where it is of everything.
    cursor: Cursor | None = None
    #: Why it is of everything; None where the source cannot tell what has changed.
    why: Why | None = None


def find_way(
    store: Store,
    source: Source,
    state: SourceState | None,
    fingerprint: str,
    *,
    now: datetime,
    is_asked: bool,
    moves_people: bool,
) -> Way:
    """Return whether a source is asked for what has changed, or for everything.

    Args:
        store: What is kept.
        source: What is read.
        state: What is remembered of the source.
        fingerprint: Stands for the settings that it is read under.
        now: The time of the run.
        is_asked: Whether the run is to look at everything in any case.
        moves_people: Whether people are taken over, or matched by another field than before.
    """
    scope = state.scope if state is not None else {}
    known = StoredPeople(store, source.name)
    if not isinstance(source, ReadsChanges):
        return Way(scope, known)
    cursors = store.cursors(source.name)
    cursor = cursors.get(CursorKind.INCREMENTAL)
    why = why_everything(
        state,
        cursors,
        fingerprint,
        now,
        is_asked=is_asked,
        moves_people=moves_people,
        has_conflict=store.has_source_conflict(source.name),
        unsettled=known.unsettled() if cursor is not None and not is_asked else (),
    )
    if why is not None or cursor is None:
        return Way(scope, known, None, why or Why.NO_CURSOR)
    if known.unsettled_departments():
        return Way(scope, known, None, Why.DOUBT)
    return Way(scope, known, cursor)


def read_source(
    store: Store,
    source: Source,
    way: Way,
    progress: Progress,
    *,
    read: Callable[[Progress], Snapshot],
    is_other: bool,
) -> Snapshot:
    """Return what has changed, with who has gone; or everything.

    Args:
        store: What is kept.
        source: What is read.
        way: From `find_way`.
        progress: Hears how far the reading is.
        read: Returns everything that the source shows.
        is_other: Whether the source is not the authority.

    Raises:
        SourceError: The source could not be read.
    """
    why = way.why
    if way.cursor is not None and isinstance(source, ReadsChanges):
        found = source.read_changes(way.cursor.position, way.scope, way.known, progress)
        if isinstance(found, Snapshot):
            found = _confirmed(store, source, found, way.scope, progress, is_other=is_other)
        if isinstance(found, Snapshot):
            return found
        why = found
    snapshot = read(progress)
    if why is None or why in _EXPECTED:
        return snapshot
    log.info("everything_was_read", source=source.name, reason=why.value)
    return replace(snapshot, facts={**snapshot.facts, f"{EVERYTHING}{why.value}": 1})


def _confirmed(
    store: Store,
    source: Source,
    snapshot: Snapshot,
    scope: Mapping[str, object],
    progress: Progress,
    *,
    is_other: bool,
) -> Snapshot | Why:
    """Return a partial reading with what became of the missing; a reason where that is not clear."""
    missing = snapshot.partial.missing if snapshot.partial is not None else frozenset()
    if not missing:
        return snapshot
    name = source.name
    active = store.linked_ids if is_other else store.active_ids
    asked = Missing(store.last_memberships(name, missing), {}, active(name, missing))
    absence = source.confirm(snapshot, asked, None, scope, progress)
    if absence.hidden_users or absence.hidden_departments or absence.unconfirmed:
        return Why.DOUBT
    return replace(snapshot, partial=Partial(missing, absence))


def new_cursors(store: Store, intakes: Mapping[str, Intake], at: datetime) -> tuple[Cursor, ...]:
    """Return the cursors that move with what was read; one that cannot go on has no position."""
    return tuple(_moved(store, intakes, at))


def _moved(store: Store, intakes: Mapping[str, Intake], at: datetime) -> Iterator[Cursor]:
    for name, intake in intakes.items():
        snapshot = intake.snapshot
        if snapshot.readable is None and snapshot.partial is None:
            continue  # of one person
        stored = store.cursors(name)
        for kind in CursorKind:
            if kind is CursorKind.FULL and snapshot.partial is not None:
                continue
            before = stored.get(kind)
            position = before.position if before is not None else {}
            is_due = kind is CursorKind.FULL and before is not None and at - before.moved_at > _DAY
            if position != snapshot.position or is_due:
                yield Cursor(name, kind, snapshot.position, at)
