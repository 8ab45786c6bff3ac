"""What `syncd keys` expects of a field is what comes of it when people are matched by it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.conflict import ConflictKind
from syncd.model.fitness import Match
from syncd.model.record import RecordState, UserRecord
from syncd.reconcile.keys import gather
from syncd.services.keys import Intention, survey
from tests.unit.reconcile.several import CORP, HR, POLICY, WECOM, Several, person, protecting

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
quickly = settings(max_examples=100, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=2000, deadline=None, suppress_health_check=_SLOW)

SOURCES = (CORP, WECOM, HR)
#: As people write them: one number in several ways, none, and what is no number at all.
MOBILES = (
    *("13800138001", "+86 138-0013-8001", "138 0013 8001 转 2", "13800138002", "８６13800138002"),
    *("010-12345678", "0000", "-", "", " ", None, "1" * 300),
)
USERIDS = ("a", "A", "ｂ", "b", "c ", "c", None, "x" * 300)
NAMES = ("Li", " Li ", "ＬＩ", "li", "Wang", None)


@st.composite
def people(draw: Callable[..., object], source: str) -> list[UserRecord]:
    """Return up to six people of a source, and of the authority one at least.

    Without any, another source is taken for it. Some fields nobody lets us read at all.
    """
    found = [
        person(
            source,
            f"{source}{number}",
            mobile=draw(st.sampled_from(MOBILES)),  # type: ignore[arg-type]  # drawn from texts
            userid=draw(st.sampled_from(USERIDS)),  # type: ignore[arg-type]  # the same
            name=draw(st.sampled_from(NAMES)),  # type: ignore[arg-type]  # the same
        )
        for number in range(draw(st.integers(source == CORP, 6)))  # type: ignore[arg-type]  # a number
    ]
    states = st.sampled_from((RecordState.ACTIVE, RecordState.DISABLED, RecordState.LEFT, None))
    found = [replace(one, state=draw(states), may_create=draw(st.booleans())) for one in found]
    unread = draw(st.sets(st.sampled_from(("mobile", "userid")), max_size=1))
    return [
        replace(one, fields={k: v for k, v in one.fields.items() if k not in unread})  # type: ignore[operator]  # a set
        for one in found
    ]


def expected(match: Match) -> dict[str, int]:
    """Return what the survey expects of the records of one source."""
    return {
        "matched": match.links,
        "nobody's": match.unmatched,
        "duplicate_key": match.duplicate_key,
        "ambiguous": match.ambiguous,
        "missing_key": match.missing_key,
    }


def check(data: st.DataObject) -> None:
    said = {source: data.draw(people(source)) for source in SOURCES}
    field = data.draw(st.sampled_from(("mobile", "userid", "name")))
    protected = data.draw(st.sampled_from(((), ("a",))))
    policy = protecting(replace(POLICY, common_field=field), *protected)
    records = gather(chain.from_iterable(said.values()))
    found = survey(records, {}, (), Intention(CORP, field, policy.limits.protected))
    (fitness,) = (one for one in found.fields if one.field == field)

    here = Several()
    plan = here.plan([here.read(source, who) for source, who in said.items()], policy)
    conflicts = Counter((one.source, one.kind) for one in plan.opened)
    for source in (WECOM, HR):
        if said[source]:
            counts = plan.matching[source]
            kinds = (ConflictKind.DUPLICATE_KEY, ConflictKind.AMBIGUOUS, ConflictKind.MISSING_KEY)
            told = {kind.value: conflicts[source, kind] for kind in kinds}
            nobodys = counts.get("unmatched", 0) - told["missing_key"]
            real = {"matched": counts.get("matched", 0), "nobody's": nobodys, **told}
            assert real == expected(fitness.matches[source])
            assert sum(real.values()) == len(said[source])
    sharing = fitness.sides[CORP].sharing
    assert sharing == conflicts[CORP, ConflictKind.DUPLICATE_KEY]


@quickly
@given(data=st.data())
def test_expected_links_and_conflicts_are_those_that_come(data: st.DataObject) -> None:
    check(data)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_expected_links_and_conflicts_are_those_that_come_in_many_worlds(
    data: st.DataObject,
) -> None:
    check(data)
