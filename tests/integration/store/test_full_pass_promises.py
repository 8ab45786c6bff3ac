"""A full pass in parts plans what planning everybody at once does, whatever the store holds.

The worlds are as bad as can be: people share numbers, userids and managers, sources answer for
others, a person has decided whose records are, and another program has written into the tables.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from syncd.model.entry import Absence, Hidden, Kind, Ref, Snapshot
from syncd.model.lookup import Meter
from syncd.model.record import RecordState, UserRecord
from syncd.model.world import World
from syncd.reconcile.naming import says_the_same
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.plan import make_plan
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy
from syncd.services.around import plan_for
from syncd.services.full_pass import Measure
from syncd.services.intake import Intake
from syncd.services.shown import Shown
from syncd.store.store import Store
from tests.integration.store.test_promises import steps_of
from tests.integration.store.test_several_promises import write
from tests.servers.database import TestDatabase
from tests.unit.reconcile.memory import NOW, digest
from tests.unit.reconcile.several import CORP, HR, WECOM, person, root
from tests.unit.reconcile.test_several_promises import policies

_SLOW = list(HealthCheck)
quickly = settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=1500, deadline=None, suppress_health_check=_SLOW)

SOURCES = (CORP, WECOM, HR)
IDS = ("a", "b", "c", "d", "e")
MOBILES = ("13800000001", "+86 138 0000 0001", *(f"1380000000{one}" for one in range(2, 7)), None)
#: What another program writes, of a user, …
_OF_USERS = (
    "UPDATE directory_user SET position = 'vandal' WHERE id = {user}",
    "UPDATE directory_user SET userid = 'b', userid_key = 'b' WHERE id = {user}",
    "UPDATE directory_user SET status = 'odd' WHERE id = {user}",
    "UPDATE directory_user SET status = 'inactive', gone_at = {at} WHERE id = {user}",
    "UPDATE directory_user SET status = 'active', gone_at = NULL WHERE id = {user}",
    "UPDATE directory_user SET manager_id = NULL WHERE id = {user}",
    "UPDATE directory_user SET manager_id = id WHERE id = {user}",
    "DELETE FROM directory_membership WHERE user_id = {user}",
    "DELETE FROM directory_link WHERE user_id = {user} AND is_owner",
    "DELETE FROM directory_link WHERE user_id = {user}",
)
#: … of a link of a record that owns no user, …
_OF_LINKS = (
    "UPDATE directory_link SET user_id = NULL WHERE id = {link}",
    "UPDATE directory_link SET user_id = NULL, method = 'manual' WHERE id = {link}",
    "UPDATE directory_link SET user_id = {user} WHERE id = {link}",
    "UPDATE directory_link SET user_id = {user}, method = 'manual' WHERE id = {link}",
    "UPDATE directory_link SET method = 'manual' WHERE id = {link}",
    "UPDATE directory_link SET key_value = 'odd' WHERE id = {link}",
    "DELETE FROM directory_link WHERE id = {link}",
)
#: … and of neither.
_OF_ALL = (
    "UPDATE directory_department SET name = 'vandal'",
    "UPDATE sync_conflict SET resolved_at = {at}",
)

Said = Mapping[str, list[UserRecord]]


@st.composite
def someone(draw: Callable[..., object], source: str) -> UserRecord:
    """Return somebody; the id may be another person's by the next time."""
    id_ = draw(st.sampled_from(IDS))
    fields = {
        "name": draw(st.sampled_from((f"Name {id_}", f"Name {id_}", "Another"))),
        "position": draw(st.sampled_from((None, "clerk", "chief"))),
        "userid": draw(st.sampled_from((id_, id_, "B", None))),
        "manager": draw(st.sampled_from((None, *IDS))),
    }
    one = person(source, id_, draw(st.sampled_from(MOBILES)), **fields)
    unknown = draw(st.sampled_from(((), (), ("mobile",), ("position", "manager"))))
    known = {name: value for name, value in one.fields.items() if name not in unknown}
    state = draw(st.sampled_from((RecordState.ACTIVE, RecordState.ACTIVE, *RecordState, None)))
    return replace(one, fields=known, state=state, may_create=draw(st.integers(0, 9)) > 0)


@st.composite
def whole(draw: Callable[..., object]) -> Said:
    """Return what every source says."""
    return {
        source: draw(st.lists(someone(source), max_size=5, unique_by=lambda one: one.external_id))
        for source in SOURCES
    }


@st.composite
def settings_of(draw: Callable[..., object]) -> Policy:
    """Return what the administrator has decided; a third source may be switched off."""
    policy = draw(policies())
    others = draw(st.sampled_from(({WECOM, HR}, {WECOM, HR}, {WECOM})))
    lookups = draw(st.sampled_from((frozenset(), frozenset({WECOM}))))
    return replace(policy, others=frozenset(others), lookups=lookups)


READ = st.lists(st.sampled_from(SOURCES), unique=True)
ANSWERS = st.dictionaries(
    st.sampled_from([one for one in MOBILES if one]),
    st.sampled_from((*IDS, "stranger", None)),
    max_size=3,
)


def reading_of(
    store: Store, source: str, said: Said, how: str, *, everything: bool = False
) -> Reading:
    """Return what a source's entries change; `how` says what is made of who is missing."""
    shown = {(Kind.USER, one.external_id): one for one in said[source]}
    every = {**shown, (Kind.DEPARTMENT, "1"): root(source)}
    kept = {kind: store.digests(source, kind) for kind in Kind}
    news = {
        key: one
        for key, one in every.items()
        if everything or not says_the_same(kept[key[0]].get(key[1]), digest(one))
    }
    missing = frozenset(kept[Kind.USER].keys() - {id_ for _, id_ in shown})
    hidden = {id_: Hidden("department:1", "permission") for id_ in missing}
    absence = {
        "gone": Absence(missing),
        "hidden": Absence(hidden_users=hidden),
        "unconfirmed": Absence(unconfirmed=missing),
        "unknown": Absence(),
    }
    return Reading(
        source,
        {id_: one for (kind, id_), one in news.items() if kind is Kind.USER},
        {id_: one for (kind, id_), one in news.items() if kind is Kind.DEPARTMENT},
        {
            kind: {id_: digest(one) for (of, id_), one in news.items() if of is kind}
            for kind in Kind
        },
        {
            kind: {id_: kept[kind][id_] for of, id_ in news if of is kind and id_ in kept[kind]}
            for kind in Kind
        },
        absence[how],
        size=len(every),
    )


def taken_in(store: Store, reading: Reading) -> Intake:
    """Return a reading as a full sync takes it in."""
    absence, source = reading.absence, reading.source
    ids = {*reading.users, *absence.gone_users, *absence.unconfirmed, *absence.hidden_users}
    return Intake(
        Shown(Snapshot(source, NOW, (), (), None)),
        reading,
        frozenset(Ref(source, id_) for id_ in ids),
        departments=True,
        emptied=frozenset(),
        kept=store.digests(source, Kind.USER),
        is_full=True,
    )


def remember(store: Store, answers: Mapping[str, str | None], day: int) -> None:
    """Let WeCom have said whose some numbers are."""
    keys = {matching_key("mobile", number): id_ for number, id_ in answers.items()}
    store.lookups.keep(
        WECOM,
        "mobile",
        {key: id_ for key, id_ in keys.items() if key},
        meter=Meter(WECOM, "user/getuserid"),
        reserved_at=NOW,
        released=0,
        refusal=None,
        at=NOW + timedelta(days=day),
    )


def live(data: st.DataObject, store: Store, policy: Policy) -> None:
    """Let a store have a past: readings, and answers of WeCom."""
    for day in range(data.draw(st.integers(1, 3))):
        said, read = data.draw(whole()), data.draw(READ)
        remember(store, data.draw(ANSWERS), day)
        readings = [
            reading_of(store, source, said, data.draw(st.sampled_from(("gone", "unknown"))))
            for source in sorted({CORP, *read})
        ]
        returned = frozenset(data.draw(st.sets(st.sampled_from(IDS), max_size=1)))
        by_hand = data.draw(st.sampled_from(("others", "same", "")))
        if by_hand:  # a person has said who came back under an id
            readings = [replace(one, **{by_hand: returned}) for one in readings]
        write(store, make_plan(store.world(None), readings, policy, NOW))


def vandalise(data: st.DataObject, store: Store, database: TestDatabase) -> None:
    """Let another program write into the tables."""
    world = store.world(None)
    users = sorted(one.id for one in world.users.values())
    links = sorted(one.id for ref, one in world.links.items() if ref not in world.users)
    statements = (*_OF_ALL, *(_OF_USERS if users else ()), *(_OF_LINKS if users and links else ()))
    at = "'2026-01-01 08:00:00.000000'"
    for statement in data.draw(st.lists(st.sampled_from(statements), max_size=3)):
        user = data.draw(st.sampled_from(users)) if users else 0
        link = data.draw(st.sampled_from(links)) if links else 0
        database.execute(statement.format(user=user, link=link, at=at))


def check(data: st.DataObject, store: Store, database: TestDatabase) -> None:
    policy, said = data.draw(settings_of()), data.draw(whole())
    live(data, store, policy)
    vandalise(data, store, database)
    if data.draw(st.integers(0, 3)) == 0:
        policy = data.draw(settings_of())
    hows = st.sampled_from(("gone", "hidden", "unconfirmed", "unknown"))
    intakes: dict[str, Intake] = {}
    for source in sorted({*data.draw(READ)} & {policy.authority, *policy.others}):
        if data.draw(st.integers(0, 3)):
            said = {**said, source: as_kept(store.world(None), source)}
        reading = reading_of(store, source, said, data.draw(hows))
        intakes[source] = taken_in(store, reading)
    if not intakes:
        reading = Reading(CORP, is_complete=False)
        intakes[CORP] = taken_in(store, reading)
    readings = [one.reading for one in intakes.values()]
    expected = make_plan(store.world(None), readings, policy, NOW)
    measure = Measure(data.draw(st.integers(1, 3)), 2.0)
    world, plan = plan_for(store, policy, intakes, NOW, is_new_field=False, measure=measure)
    is_part = len(world.records) < len(store.world(None).records)
    event(f"in part: {is_part}, empty: {plan.is_empty}")
    assert steps_of(plan) == steps_of(expected)
    assert plan.changes == expected.changes
    assert (plan.opened, plan.matching) == (expected.opened, expected.matching)
    assert (plan.former, plan.unconfirmed) == (expected.former, expected.unconfirmed)


def as_kept(world: World, source: str) -> list[UserRecord]:
    """Return what a source says of whom nothing has changed."""
    return [one for ref, one in world.records.items() if ref.source == source]


@pytest.fixture
def fresh(
    kind: str, make_database: Callable[..., TestDatabase]
) -> Callable[[], AbstractContextManager[tuple[Store, TestDatabase]]]:
    @contextmanager
    def open_one() -> Iterator[tuple[Store, TestDatabase]]:
        with TemporaryDirectory() as folder:
            database = make_database(kind, Path(folder), prepared=True)
            store = Store.open(database.url)
            try:
                yield store, database
            finally:
                store.close()
                database.drop()

    return open_one


@quickly
@given(data=st.data())
def test_a_full_pass_in_parts_plans_what_planning_everybody_does(
    fresh: Callable[[], AbstractContextManager[tuple[Store, TestDatabase]]],
    data: st.DataObject,
) -> None:
    with fresh() as (store, database):
        check(data, store, database)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_a_full_pass_in_parts_does_so_in_many_worlds(
    fresh: Callable[[], AbstractContextManager[tuple[Store, TestDatabase]]],
    data: st.DataObject,
) -> None:
    with fresh() as (store, database):
        check(data, store, database)
