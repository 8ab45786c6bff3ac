"""With several sources too the store shows the planner what its model shows."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.change import Plan
from syncd.model.entry import Ref
from syncd.model.run import Mode, Trigger
from syncd.model.source import SourceState
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.plan import make_plan
from syncd.store.store import Store
from tests.integration.store.test_promises import shown_by, steps_of
from tests.servers.database import TestDatabase
from tests.unit.reconcile.memory import NOW
from tests.unit.reconcile.several import CORP, HR, WECOM, Several
from tests.unit.reconcile.test_several_promises import SOURCES, policies, whole

_SLOW = list(HealthCheck)
quickly = settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=200, deadline=None, suppress_health_check=_SLOW)


def write(store: Store, plan: Plan) -> None:
    version = store.store_version()
    begun = store.begin_run(trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=NOW)
    store.apply(
        plan,
        run_id=begun.run.id,
        token=begun.token,
        store_version=version,
        at=NOW,
        counts=plan.counts(),
        guard_counts={},
        readings={},
        source_states=[
            SourceState(name, "wecom", name, first_loaded_at=NOW, key_field="mobile")
            for name in SOURCES
        ],
        key_field="mobile",
    )


def check(data: st.DataObject, store: Store) -> None:
    """Carry readings out in both stores, and compare them after every one."""
    policy, memory = data.draw(policies()), Several()
    for _ in range(data.draw(st.integers(1, 4))):
        said = data.draw(whole())
        read = sorted(data.draw(st.sets(st.sampled_from(SOURCES), min_size=1)))
        readings = [memory.read(source, said[source], everything=False) for source in read]
        core = {
            Ref(one.source, id_)
            for one in readings
            for id_ in (*one.users, *one.absence.gone_users)
        }
        values = (new.fields.get("mobile") for one in readings for new in one.users.values())
        keys = {key for value in values if (key := matching_key("mobile", value))}
        assert store.related(core, keys) == memory.related(core, keys)
        plan = memory.plan(readings, policy)
        stored = make_plan(store.world(None), readings, policy, NOW)
        assert steps_of(stored) == steps_of(plan)
        write(store, stored)
        memory = memory.apply(plan)
        assert shown_by(store.world(None)) == shown_by(memory.world)
        assert store.unmatched_counts() == {
            source: number
            for source in (CORP, WECOM, HR)
            if (
                number := sum(
                    link.user_id is None and ref.source == source
                    for ref, link in memory.world.links.items()
                )
            )
        }


@pytest.fixture
def fresh(
    kind: str, make_database: Callable[..., TestDatabase]
) -> Callable[[], AbstractContextManager[Store]]:
    @contextmanager
    def open_one() -> Iterator[Store]:
        with TemporaryDirectory() as folder:
            database = make_database(kind, Path(folder), prepared=True)
            store = Store.open(database.url)
            try:
                yield store
            finally:
                store.close()
                database.drop()

    return open_one


@quickly
@given(data=st.data())
def test_the_store_shows_the_planner_what_its_model_shows(
    fresh: Callable[[], Any], data: st.DataObject
) -> None:
    with fresh() as store:
        check(data, store)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_the_store_shows_what_its_model_shows_in_many_worlds(
    fresh: Callable[[], Any], data: st.DataObject
) -> None:
    with fresh() as store:
        check(data, store)
