"""What was learnt by asking, the store shows the planner as its model does."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.entry import Ref
from syncd.model.lookup import Meter
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.plan import make_plan
from syncd.store.store import Store
from tests.integration.store.test_promises import shown_by, steps_of
from tests.integration.store.test_several_promises import fresh, hard, quickly, write
from tests.unit.reconcile.memory import NOW
from tests.unit.reconcile.several import WECOM, Several
from tests.unit.reconcile.test_lookup_promises import ANSWERS, SOURCES, policies, whole

__all__ = ["fresh"]


def check(data: st.DataObject, store: Store) -> None:
    """Let WeCom answer and carry readings out in both stores; compare them after every one."""
    policy, memory = data.draw(policies()), Several()
    for step in range(data.draw(st.integers(1, 4))):
        answers, said = data.draw(ANSWERS), data.draw(whole())
        memory = memory.told(WECOM, answers)
        told = {matching_key("mobile", number): id_ for number, id_ in answers.items()}
        store.lookups.keep(
            WECOM,
            "mobile",
            {key: id_ for key, id_ in told.items() if key},
            meter=Meter(WECOM, "user/getuserid"),
            reserved_at=NOW,
            released=0,
            refusal=None,
            at=NOW + timedelta(days=step),
        )
        assert store.world(None).found == memory.world.found
        read = sorted(data.draw(st.sets(st.sampled_from(SOURCES), min_size=1)))
        readings = [memory.read(source, said[source], everything=False) for source in read]
        core = {Ref(one.source, id_) for one in readings for id_ in one.users}
        core |= memory.learnt.refs
        keys = set(memory.learnt.keys)
        assert store.related(core, keys) == memory.related(core, keys)
        near = store.world(core, departments_records=False)
        assert {ref: memory.world.found.get(ref) for ref in near.found} == near.found
        assert core & memory.world.found.keys() & memory.world.records.keys() <= near.found.keys()
        plan = memory.plan(readings, policy)
        stored = make_plan(store.world(None), readings, policy, NOW)
        assert steps_of(stored) == steps_of(plan)
        write(store, stored)
        memory = memory.apply(plan)
        assert shown_by(store.world(None)) == shown_by(memory.world)


@quickly
@given(data=st.data())
def test_in_every_world(
    fresh: Callable[[], AbstractContextManager[Store]],
    data: st.DataObject,
) -> None:
    with fresh() as store:
        check(data, store)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_in_many_worlds(
    fresh: Callable[[], AbstractContextManager[Store]],
    data: st.DataObject,
) -> None:
    with fresh() as store:
        check(data, store)
