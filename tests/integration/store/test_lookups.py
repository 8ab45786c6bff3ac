"""What was learnt by asking is kept, renamed and forgotten, on each database."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from syncd.model.change import Plan
from syncd.model.entry import Ref
from syncd.model.lookup import LookupTotals, Meter
from syncd.model.source import SourceState
from syncd.reconcile.lookup import budget_of
from syncd.store.store import Store

A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"
METER = Meter("corp-1", "user/getuserid")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def keep(store, answers, at, *, released=0, refusal=None, reserved_at=None, source="wecom"):
    store.lookups.keep(
        source,
        "mobile",
        answers,
        meter=METER,
        reserved_at=reserved_at or at,
        released=released,
        refusal=refusal,
        at=at,
    )


def test_an_answer_is_kept_with_the_time_since_when_it_is_the_same(store, now):
    keep(store, {A: "zhao", B: None}, now)
    keep(store, {A: "zhao", B: "li"}, now + DAY)
    found = store.lookups.answers("wecom", "mobile", [A, B, C])
    assert {one: tuple(answer)[1:] for one, answer in found.items()} == {
        A: ("zhao", now + DAY, now),
        B: ("li", now + DAY, now + DAY),
    }
    assert store.lookups.answers("wecom", "email", [A]) == {}
    assert store.lookups.totals() == {"wecom": LookupTotals(2, 0)}
    assert store.world(None).found == {
        Ref("wecom", "zhao"): (("mobile", A),),
        Ref("wecom", "li"): (("mobile", B),),
    }


def test_questions_count_before_they_are_sent_and_those_that_found_somebody_no_more(store, now):
    assert store.lookups.reserve(METER, 50, people=1000, at=now) == 50
    keep(store, {A: "zhao"}, now, released=20)
    assert sum(one.number for one in store.lookups.misses(METER, now)) == 30
    assert store.lookups.reserve(METER, 100, people=1000, at=now) == 70
    assert store.lookups.reserve(METER, 1, people=1000, at=now) == 0
    other = replace_endpoint("user/get_userid_by_email")
    assert store.lookups.reserve(other, 1, people=1000, at=now) == 1
    assert store.lookups.reserve(METER, 500, people=1000, at=now + 26 * HOUR) == 100


def replace_endpoint(endpoint):
    return METER._replace(endpoint=endpoint)


def test_what_was_reserved_in_one_hour_is_given_back_to_it_in_the_next(store, now):
    store.lookups.reserve(METER, 50, people=1000, at=now)
    keep(store, {}, now + HOUR, released=50, reserved_at=now)
    assert [one.number for one in store.lookups.misses(METER, now + HOUR)] == [0]


def test_a_refusal_is_kept_and_shuts_the_source_for_a_day(store, now):
    store.lookups.reserve(METER, 5, people=1000, at=now)
    keep(store, {}, now, refusal="45009")
    budget = budget_of(store.lookups.misses(METER, now), 1000, now)
    assert (budget.left, budget.refusal) == (0, "45009")
    assert store.lookups.reserve(METER, 5, people=1000, at=now + 12 * HOUR) == 0
    assert store.lookups.reserve(METER, 5, people=1000, at=now + 26 * HOUR) == 5


def test_two_that_ask_at_once_never_ask_more_than_is_left(store, database, now):
    def ask(_):
        with closing(Store.open(database.url)) as mine:
            return mine.lookups.reserve(METER, 3, people=100, at=now)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, range(8))) == 10


def test_the_budget_outlives_the_source_and_its_name(store, syncs, directory, now):
    syncs.apply(directory.company(), source_states=[state("wecom", now)])
    keep(store, {A: "zhao"}, now)
    store.lookups.reserve(METER, 7, people=1000, at=now)
    counts = store.sources.rename("wecom", "corp", actor="anna", why="merger", at=now)
    assert counts["sync_lookup"] == 1
    assert store.lookups.totals() == {"corp": LookupTotals(1, 0)}
    store.sources.retire(
        "corp",
        Plan(),
        actor="anna",
        why="closed",
        store_version=store.store_version(),
        at=now,
        guard_counts={},
    )
    assert store.lookups.totals() == {}
    assert sum(one.number for one in store.lookups.misses(METER, now)) == 7


def state(name, now):
    return SourceState(name, "wecom", "corp-1", first_loaded_at=now, key_field="mobile")


def test_an_answer_about_a_value_that_nobody_carries_is_forgotten_after_a_while(
    store, syncs, directory, now
):
    other = replace(directory, source="ldap")
    plan = Plan(records=(other.user_record("zhao", mobile=A), other.user_record("li", mobile=B)))
    syncs.apply(plan, source_states=[state("ldap", now)], key_field="mobile")
    keep(store, {A: "zhao", C: None}, now - 8 * DAY)
    keep(store, {"+8613800000009": "li"}, now)
    store.lookups.reserve(METER, 7, people=1000, at=now - 3 * DAY)
    assert store.lookups.forget_unused(now) == 1
    assert store.lookups.answers("wecom", "mobile", [A, C]).keys() == {A}
    assert store.lookups.totals() == {"wecom": LookupTotals(2, 0)}


def test_records_hang_together_by_an_answer_in_both_directions(store, syncs, directory, now):
    other = replace(directory, source="ldap")
    plan = Plan(
        records=(
            other.user_record("zhao", mobile=A),
            other.user_record("zhang", mobile=B),
            directory.user_record("z"),
            directory.user_record("y"),
        )
    )
    syncs.apply(plan, source_states=[state("ldap", now), state("wecom", now)], key_field="mobile")
    keep(store, {A: "z", B: "z", C: "stranger"}, now)
    mine = {Ref("ldap", "zhao"), Ref("ldap", "zhang"), Ref("wecom", "z")}
    for ref in mine:
        assert store.related([ref], []) == mine
    assert store.related([], [C]) == set()
    assert store.related([Ref("wecom", "y")], [A]) == mine | {Ref("wecom", "y")}


def test_a_source_that_shows_too_little_is_told_from_one_whose_people_have_no_number(
    store, syncs, directory, now
):
    shown = directory.user_record("zhao", mobile=None)
    syncs.apply(Plan(records=(shown,)), source_states=[state("wecom", now)], key_field="mobile")
    assert not store.has_unshown("wecom", "mobile", None)
    hidden = directory.user_record("li")
    fields = {name: one for name, one in hidden.record.fields.items() if name != "mobile"}
    record = replace(hidden.record, fields=fields)
    syncs.apply(Plan(records=(hidden._replace(record=record),)))
    assert store.has_unshown("wecom", "mobile", None)
    assert not store.has_unshown("wecom", "mobile", None, {"li"})
