"""Which values a source is asked for, when again, and how many in vain."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.entry import Absence, Ref
from syncd.model.lookup import Answer, Miss
from syncd.reconcile.lookup import (
    Person,
    allowed_misses,
    askable,
    budget_of,
    carriers_with_news,
    in_turn,
    is_due,
    with_news,
)
from syncd.reconcile.reading import Reading
from tests.unit.reconcile.memory import NOW
from tests.unit.reconcile.several import CORP, HR, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"


@pytest.mark.parametrize(
    ("people", "allowed"), [(0, 0), (9, 0), (10, 1), (19, 1), (100, 10), (1005, 100)]
)
def test_half_of_a_fifth_of_the_corporation_may_be_nobodys(people, allowed):
    assert allowed_misses(people) == allowed


def test_misses_count_for_a_day_and_the_earliest_say_when_it_goes_on():
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    misses = [Miss(hour - 20 * HOUR, 3), Miss(hour - 2 * HOUR, 7)]
    full = budget_of(misses, 100, NOW)
    assert (full.left, full.missed, full.resumes_at) == (0, 10, hour + 5 * HOUR)
    assert budget_of(misses, 100, full.resumes_at).left == 3
    assert budget_of(misses, 110, NOW).left == 1
    assert budget_of(misses, 110, NOW).resumes_at is None


def test_too_many_misses_have_to_be_a_day_old_before_one_more_is_allowed():
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    misses = [Miss(hour - 3 * HOUR, 5), Miss(hour - 2 * HOUR, 5), Miss(hour - HOUR, 5)]
    budget = budget_of(misses, 100, NOW)  # the corporation has become smaller
    assert (budget.left, budget.resumes_at) == (0, hour + 23 * HOUR)


def test_after_a_refusal_nothing_is_asked_for_a_day():
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    refused = [Miss(hour, 0, "45009")]
    budget = budget_of(refused, 1000, NOW)
    assert (budget.left, budget.refusal, budget.resumes_at) == (0, "45009", hour + 25 * HOUR)
    assert budget_of(refused, 1000, hour + 25 * HOUR).left == 100


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=12),
    st.integers(10, 400),
)
def test_in_no_day_more_are_allowed_than_half_of_what_wecom_allows(asked, people):
    """Whatever was asked when: what is left and what counts are never more than allowed."""
    misses: dict[object, int] = {}
    every = []
    for hours, wanted in sorted(asked):
        at = NOW + hours * HOUR
        number = min(
            wanted, budget_of([Miss(one, n) for one, n in misses.items()], people, at).left
        )
        hour = at.replace(minute=0, second=0, microsecond=0)
        misses[hour] = misses.get(hour, 0) + number
        every.append((at, number))
        within_a_day = sum(n for then, n in every if at - then < DAY)
        assert within_a_day <= people * 0.1


def answer(id_, asked, since):
    return Answer(A, id_, NOW - asked, NOW - since)


@pytest.mark.parametrize(
    ("asked", "since", "due"),
    [
        (timedelta(0), timedelta(0), False),
        (DAY - HOUR, DAY - HOUR, False),
        (DAY, DAY, True),
        (DAY, 2 * DAY, True),  # asked twice, a day apart
        (DAY, 3 * DAY, False),  # and two days apart: in another day
        (2 * DAY, 4 * DAY, True),
        (20 * DAY, 60 * DAY, False),
        (30 * DAY, 400 * DAY, True),
    ],
)
def test_an_answer_is_asked_for_again_after_twice_as_long_each_time(asked, since, due):
    assert is_due(answer(None, asked, since), NOW) is due
    assert is_due(answer("w", asked, since), NOW) is due


def test_what_was_never_asked_comes_first_then_what_was_asked_longest_ago():
    answers = {
        A: Answer(A, None, NOW - 2 * DAY, NOW - 2 * DAY),
        B: Answer(B, None, NOW - 5 * DAY, NOW - 5 * DAY),
        "fresh": Answer("fresh", None, NOW, NOW),
    }
    assert in_turn(["fresh", A, B, "new", C], answers, NOW) == [C, "new", B, A]


def test_a_value_of_two_of_one_source_and_of_two_users_is_not_asked_for():
    one, two, other = Ref(CORP, "1"), Ref(CORP, "2"), Ref(HR, "1")
    carriers = {(CORP, A): {"1", "9"}, (CORP, B): {"2"}, (HR, B): {"1"}}
    people = [Person(one, A), Person(two, B), Person(other, B)]
    assert askable(people, carriers, are_users=False) == {B: two}
    assert askable(people, carriers, are_users=True) == {}


def test_what_was_read_just_now_counts_before_it_is_stored():
    stored = [Person(Ref(CORP, "1"), A), Person(Ref(CORP, "2"), B), Person(Ref(CORP, "3"), C)]
    reading = Reading(
        CORP,
        {
            "1": person(CORP, "1", "13800000004"),
            "2": person(CORP, "2", None),
            "linked": person(CORP, "linked", "13800000005"),
            "new": person(CORP, "new", "13800000006"),
            "boss": person(CORP, "boss", "13800000007"),
        },
        absence=Absence(frozenset({"3"})),
    )
    found = with_news(
        stored,
        {CORP: reading},
        "mobile",
        {CORP: {"1", "2", "3", "linked"}},
        makers={CORP},
        protected={"boss"},
    )
    assert {ref.external_id: key for ref, key in found} == {
        "1": "+8613800000004",
        "new": "+8613800000006",
    }
    carriers = carriers_with_news({(CORP, A): {"1", "7"}}, {CORP: reading}, "mobile")
    assert carriers[CORP, A] == {"7"}
    assert carriers[CORP, "+8613800000004"] == {"1"}


def test_a_field_that_a_reading_does_not_tell_stays_as_it_is_stored():
    shown = person(CORP, "1")
    fields = {name: value for name, value in shown.fields.items() if name != "mobile"}
    reading = Reading(CORP, {"1": type(shown)(CORP, "1", NOW, fields, None)})
    stored = [Person(Ref(CORP, "1"), A)]
    known = {CORP: {"1"}}
    assert with_news(stored, {CORP: reading}, "mobile", known, makers=()) == stored
    carriers = carriers_with_news({(CORP, A): {"1"}}, {CORP: reading}, "mobile")
    assert carriers == {(CORP, A): {"1"}}
