"""Reads the sources of a run: in this process, and beside it where there is a core to spare."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from syncd.errors import SourceError, SourceMalformed, SourcePaused, UsageError
from syncd.model.entry import Kind, Ref
from syncd.model.run import Mode
from syncd.model.source import SourceState
from syncd.observe.memory import give_memory_back
from syncd.services.around import is_new_field
from syncd.services.decide import Context, Request, is_unloaded
from syncd.services.handover import owners_before
from syncd.services.incremental import Way, find_way, read_source
from syncd.services.ownership import check_identity
from syncd.services.shown import Shown, as_records
from syncd.sources.base import BegunReading, ReadsAside, Source
from syncd.store.store import Store
from syncd.text import text

T = TypeVar("T")


def read_all(
    context: Context, request: Request, skipped: Mapping[str, SourcePaused]
) -> tuple[dict[str, Shown], dict[str, SourceError]]:
    """Return what the sources say, and why some could not be read: those contribute nothing.

    Raises:
        UsageError: Nobody knows the person who was asked for.
        ConfigError: A source turns out to be another directory.
    """
    sources = [source for source in context.sources if source.name not in skipped]
    if request.person is not None:
        person = request.person
        return _tried({one.name: partial(_read_person, context, one, person) for one in sources})
    states = context.store.source_states()
    moves = _moves_people(context, states)
    ways = {
        one.name: _way(context, request, one, states.get(one.name), moves_people=moves)
        for one in sources
    }
    with _begun(context, sources, ways) as begun:
        tried = {
            one.name: partial(
                _read, context, one, states.get(one.name), ways[one.name], begun.get(one.name)
            )
            for one in sources
        }
        return _tried(tried, last=begun)


def _tried(
    readings: Mapping[str, Callable[[], Shown]], last: Collection[str] = ()
) -> tuple[dict[str, Shown], dict[str, SourceError]]:
    """Return what came of readings, by the sources' order; those that go on beside are done last."""
    shown: dict[str, Shown] = {}
    failures: dict[str, SourceError] = {}
    for name in sorted(readings, key=lambda one: one in last):
        try:
            shown[name] = readings[name]()
        except SourceError as error:
            failures[name] = error
    return _in_order(shown, readings), _in_order(failures, readings)


def _in_order(found: Mapping[str, T], names: Iterable[str]) -> dict[str, T]:
    return {name: found[name] for name in names if name in found}


@contextmanager
def _begun(
    context: Context, sources: Sequence[Source], ways: Mapping[str, Way]
) -> Iterator[Mapping[str, BegunReading]]:
    """Let sources of which everything is read be read beside, as long as this process has one too.

    What is not finished when the block is left is stopped.
    """
    whole = [one for one in sources if ways[one.name].cursor is None]
    able = [one for one in whole if isinstance(one, ReadsAside)]
    if len(able) == len(whole):
        able = able[1:]
    begun: dict[str, BegunReading] = {}
    with ExitStack() as stopping:
        for source in able[: context.spare_cores]:
            reading = source.begin(ways[source.name].scope)
            if reading is not None:
                stopping.callback(reading.stop)
                begun[source.name] = reading
        yield begun


def _way(
    context: Context,
    request: Request,
    source: Source,
    state: SourceState | None,
    *,
    moves_people: bool,
) -> Way:
    return find_way(
        context.store,
        source,
        state,
        context.fingerprints[source.name],
        now=context.clock(),
        is_asked=request.mode is not Mode.SYNC or request.approved is not None,
        moves_people=moves_people,
    )


def _read(
    context: Context,
    source: Source,
    state: SourceState | None,
    way: Way,
    begun: BegunReading | None,
) -> Shown:
    """Return what a source says, of everybody or of what has changed.

    Raises:
        ConfigError: The source turns out to be another directory.
        SourceError: The source cannot be read, or shows nobody where nobody is kept.
    """
    store, name = context.store, source.name
    snapshot = read_source(
        store,
        source,
        way,
        context.progress,
        read=partial(source.read, way.scope) if begun is None else begun.finish,
        is_other=name in context.policy.others,
    )
    check_identity(state or store.retired_state(name), source, snapshot)
    if not snapshot.users and snapshot.partial is None and not _holds_anybody(store, name):
        raise SourceMalformed(
            text("The source {name!r} showed no person at all.", name=name),
            hint=text("Check what it lets syncd see: the visible range, the base or the filters."),
        )
    fingerprint = context.fingerprints[name]
    if state is not None and not is_unloaded(state) and state.fingerprint == fingerprint:
        return Shown(snapshot)
    # Everything is news. Nothing but the list holds the people any more, and it is emptied.
    users = list(snapshot.users)
    snapshot = replace(snapshot, users=())
    shown = as_records(source, snapshot, users, fingerprint)
    give_memory_back()
    return shown


def _read_person(context: Context, source: Source, person: str) -> Shown:
    """Return what a source says of one person.

    Raises:
        UsageError: Nobody knows the person.
        SourceError: The source cannot be read.
    """
    snapshot = source.read_user(person)
    if not snapshot.users and not _is_known(context.store, Ref(source.name, person)):
        raise UsageError(
            text(
                "{person!r} is nobody whom syncd or the source {name!r} knows.",
                person=person,
                name=source.name,
            ),
            hint=text("syncd find looks for people by name, number or address."),
        )
    return Shown(snapshot)


def _moves_people(context: Context, states: Mapping[str, SourceState]) -> bool:
    """Return whether people are taken over, or matched by another field than before."""
    return is_new_field(context.policy, states) or bool(
        owners_before(context.store, context.policy, states)
    )


def _is_known(store: Store, ref: Ref) -> bool:
    world = store.world([ref], departments_records=False)
    return ref in world.records and ref not in world.gone


def _holds_anybody(store: Store, source: str) -> bool:
    """Return whether somebody is kept who is not known to be gone."""
    return bool(store.digests(source, Kind.USER))
