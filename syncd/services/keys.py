"""Surveys how fit each field is as the common field, from the records that the store keeps.

Nothing is read from a source, nothing is written, and no run is waited for.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncd.model.fitness import Counted, FieldState, Match, Survey, Withholding
from syncd.model.record import UserRecord
from syncd.model.source import SourceState
from syncd.reconcile.key_advice import Numbers, advise
from syncd.reconcile.key_match import compare, protected_rows
from syncd.reconcile.key_withholding import Asking, withheld_by_wecom
from syncd.reconcile.keys import (
    Carried,
    Forms,
    People,
    candidates,
    gather,
    look_at_side,
    of_users,
)
from syncd.store.reader import Reader


@dataclass(frozen=True, slots=True)
class AskedSource:
    """What the configuration says of a source that is switched on."""

    name: str
    type: str
    #: The fields that it is asked for, the defaults among them.
    fields: frozenset[str]
    #: Whether it is asked whose values are that it shows nobody's.
    lookup: bool = False


@dataclass(frozen=True, slots=True)
class Intention:
    """What the configuration says about linking people."""

    #: None where no source is configured.
    authority: str | None
    common_field: str | None
    #: Folded userids that no rule may link.
    protected: frozenset[str]


def survey_keys(store: Reader, asked: Collection[AskedSource], intention: Intention) -> Survey:
    """Return how fit each field is, for the sources of which there are records."""
    people = gather_people(store, store.everybody())
    return survey(people, store.source_states(), asked, intention)


def gather_people(store: Reader, records: Iterable[UserRecord]) -> dict[str, People]:
    """Return the people of every source; `records` are those who are not gone."""
    found = gather(records)
    for name, people in found.items():
        # Who has left, or is hardly known any more, may have been a user before, and is still.
        users = store.linked_ids(name, list(people.without_user.values()))
        for row, id_ in list(people.without_user.items()):
            if id_ in users:
                del people.without_user[row]
    return found


def survey(
    everybody: Mapping[str, People],
    states: Mapping[str, SourceState],
    asked: Collection[AskedSource],
    intention: Intention,
) -> Survey:
    """Return how fit each field is for the people of several sources, or of one."""
    settings = {one.name: one for one in asked}
    authority = _authority(everybody, intention)
    people = sorted(everybody.values(), key=lambda one: (one.source != authority, one.source))
    counted = [
        _count(name, people, states, settings, intention.protected) for name in candidates(people)
    ]
    fields, recommended, reason = advise(counted if people else [], authority)
    sources = tuple(_sources(people, states, settings))
    return Survey(
        sources=sources,
        authority=authority,
        common_field=intention.common_field,
        fields=fields,
        recommended=recommended,
        reason=reason,
        withheld=tuple(_withheld(sources, counted, settings)),
    )


def _authority(everybody: Mapping[str, People], intention: Intention) -> str | None:
    """Return whose people are users: as configured, else the source that has most of them."""
    if intention.authority in everybody:
        return intention.authority
    return min(everybody, key=lambda name: (-everybody[name].number, name), default=None)


def _count(
    name: str,
    people: Sequence[People],
    states: Mapping[str, SourceState],
    settings: Mapping[str, AskedSource],
    protected: frozenset[str],
) -> Numbers:
    """Return the numbers of one field; the first of `people` is the authority."""
    forms = Forms(name)
    carried = {}
    for one in people:
        state, asked = states.get(one.source), settings.get(one.source)
        is_mapped = asked is None or name in asked.fields
        carried[one.source] = look_at_side(
            one,
            forms,
            unseen=FieldState.UNSEEN if is_mapped else FieldState.UNMAPPED,
            is_withheld=state is not None and name in state.withheld,
        )
    sides = {source: one.side for source, one in carried.items()}
    return Numbers(name, sides, dict(_matches(people, forms, carried, protected)))


def _matches(
    people: Sequence[People],
    forms: Forms,
    carried: Mapping[str, Carried],
    protected: frozenset[str],
) -> Iterator[tuple[str, Match]]:
    """Yield what the field would do for the records of each source besides the authority."""
    users = None
    for other in people[1:]:
        owners = people[0]
        if users is None:
            users = of_users(owners, forms, carried[owners.source])
        yield (
            other.source,
            compare(
                users,
                carried[other.source],
                (owners.column("name"), other.column("name")),
                protected_rows(owners, protected),
            ),
        )


def _sources(
    people: Sequence[People],
    states: Mapping[str, SourceState],
    settings: Mapping[str, AskedSource],
) -> Iterator[Counted]:
    for one in people:
        known = settings.get(one.source) or states.get(one.source)
        yield Counted(one.source, known.type if known else None, one.number, one.read_at)
    for name, asked in settings.items():
        if all(one.source != name for one in people):
            yield Counted(name, asked.type, 0, None)


def _withheld(
    sources: Sequence[Counted], counted: Sequence[Numbers], settings: Mapping[str, AskedSource]
) -> Iterator[Withholding]:
    for source in sources:
        if source.type == "wecom" and source.people:
            asked = settings.get(source.name)
            found = withheld_by_wecom(
                source.name,
                {one.field: one.sides[source.name] for one in counted},
                Asking(asked is not None and asked.lookup, _to_be_asked_for(source.name, counted)),
            )
            if found is not None:
                yield found


def _to_be_asked_for(source: str, counted: Sequence[Numbers]) -> dict[str, int]:
    """Return how many people of other sources have a value that no other of their source has."""
    return {
        one.field: sum(
            side.distinct - side.shared_values for name, side in one.sides.items() if name != source
        )
        for one in counted
    }
