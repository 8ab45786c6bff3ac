"""Runs that read two and three sources, on each database."""

import orjson
import pytest

from syncd.errors import ExitStatus
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome
from syncd.services.by_hand import Author, disable, enable
from syncd.services.explain import explain_person
from syncd.services.keys import Intention, survey_keys
from tests.integration.runs.several import LINKED, NUMBER, Offices, Unreachable, directory


def test_two_sources_are_one_plan_and_one_run(offices):
    report = offices.sync()
    assert report.outcome is Outcome.APPLIED
    assert report.readings.keys() == {"corp", "wecom"}
    assert offices.owners("wecom") == LINKED
    assert offices.active() == {f"corp:p{one}" for one in range(10)}
    assert report.plan.matching == {"wecom": {"matched": 8, "unmatched": 1}}
    assert offices.sync().outcome is Outcome.NO_CHANGE
    assert offices.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE
    assert offices.replay().is_same


@pytest.mark.parametrize("order", [("corp", "wecom"), ("wecom", "corp")])
def test_each_by_itself_ends_where_both_do(offices, order):
    for name in order:
        offices.sync(name)
    assert offices.owners("wecom") == LINKED
    assert offices.active() == {f"corp:p{one}" for one in range(10)}
    assert offices.sync().outcome is Outcome.NO_CHANGE
    assert offices.replay().is_same


def test_a_source_that_is_down_leaves_the_other_working_on_its_last_records(offices):
    offices.sync()
    wecom = offices.sources["wecom"]
    offices.sources["wecom"] = Unreachable("wecom", "wecom-1")
    offices.sources["corp"].hire("p77", "New", NUMBER(77))
    report = offices.sync()
    assert report.exit_status is ExitStatus.SOURCE
    assert report.outcome is Outcome.APPLIED
    assert report.failures.keys() == {"wecom"}
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p77"}
    run = offices.store.run(report.run_id)
    assert run.error == "wecom could not be read: wecom does not answer."
    assert run.readings.keys() == {"corp"}
    offices.sources["wecom"] = wecom
    assert offices.sync().exit_status is ExitStatus.DONE


def test_where_no_source_can_be_read_nothing_is_applied(offices):
    offices.sources = {name: Unreachable(name, f"{name}-1") for name in ("corp", "wecom")}
    report = offices.sync()
    assert report.outcome is Outcome.FAILED
    assert report.failures.keys() == {"corp", "wecom"}


def test_an_authority_that_is_down_makes_and_ends_no_user(offices):
    offices.sources["corp"] = Unreachable("corp", "corp-1")
    assert offices.sync().outcome is Outcome.APPLIED
    assert offices.active() == set()
    assert set(offices.owners("wecom").values()) == {None}


def test_a_change_of_a_number_reaches_the_people_who_share_it(offices):
    offices.sync()
    offices.sources["corp"].people["p9"]["mobile"] = NUMBER(77)
    offices.sync("corp")
    assert offices.owners("wecom")["guest"] == "corp:p9"
    offices.sources["wecom"].people["w1"]["mobile"] = NUMBER(77)
    offices.sync("wecom")
    assert offices.owners("wecom") == LINKED | {"guest": "corp:p9"}
    assert offices.conflicts() == {"wecom:w1": "key_drift"}
    assert offices.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE
    offices.sources["wecom"].people["w1"]["mobile"] = NUMBER(1)
    offices.sync("wecom")
    assert offices.conflicts() == {}


def test_duplicates_are_told_and_clear_up_by_themselves(offices):
    offices.sources["wecom"].hire("twin", "Person p1", NUMBER(1))
    offices.sync()
    assert offices.conflicts() == {"wecom:twin": "duplicate_key", "wecom:w1": "duplicate_key"}
    assert offices.owners("wecom")["w1"] is None
    del offices.sources["wecom"].people["twin"]
    offices.sync("wecom")
    assert offices.conflicts() == {}
    assert offices.owners("wecom") == LINKED


def test_people_without_a_number_are_told(offices):
    offices.sources["wecom"].people["w1"]["mobile"] = None
    offices.sync()
    assert offices.conflicts() == {"wecom:w1": "missing_key"}


def test_too_many_lost_links_are_held_and_nobody_is_deactivated(offices):
    offices.sync()
    for one in range(8):
        del offices.sources["wecom"].people[f"w{one}"]
    report = offices.sync()
    assert report.outcome is Outcome.HELD
    assert {one.guard for one in report.violations} == {"max_unlinks"}
    assert {one.subject for one in report.violations} >= {"wecom"}
    assert offices.owners("wecom") == LINKED
    assert offices.approve(report).outcome is Outcome.APPLIED
    assert offices.owners("wecom") == {"guest": None}
    assert offices.active() == {f"corp:p{one}" for one in range(10)}
    assert offices.replay().is_same


def test_a_second_source_for_a_store_that_has_one_is_held_until_a_person_has_seen_it(offices):
    both = offices.sources
    offices.sources = {"corp": both["corp"]}
    offices.sync()
    offices.sources = both
    assert offices.sync("corp").outcome is not Outcome.HELD  # nobody is matched yet
    report = offices.sync("wecom")
    assert report.outcome is Outcome.HELD
    (violation,) = report.violations
    assert (violation.guard, violation.subject) == ("common_field_changed", "mobile")
    assert (violation.count, violation.population) == (8, 9)
    assert offices.owners("wecom") == {}
    for told in (report, offices.plan("wecom")):  # of people who are not in the store yet
        match = told.survey.fields[1].matches["wecom"]
        assert (told.survey.fields[1].field, match.links, match.unmatched) == ("mobile", 8, 1)
    kept = orjson.loads(offices.store.plan_body(report.run_id))["keys"]
    assert (kept["common_field"], kept["fields"][1]["expected"]["links"]) == ("mobile", 8)
    approved = offices.approve(report)
    assert (approved.outcome, approved.survey) == (Outcome.APPLIED, None)
    assert offices.owners("wecom") == LINKED
    offices.sources["corp"].people["p9"]["mobile"] = NUMBER(77)
    offices.sync("corp")  # by the index that the approved run has filled
    assert offices.owners("wecom")["guest"] == "corp:p9"


def test_keys_counts_whoever_is_a_user_and_nobody_whose_record_makes_none(offices):
    offices.sync()
    corp = offices.sources["corp"]
    corp.people["p1"]["state"] = "left"  # was a user before, and still is, inactive
    corp.hire("p77", "Left before", NUMBER(77), state="left")
    offices.sync()
    assert offices.owners("wecom") == LINKED
    found = survey_keys(offices.store, (), Intention("corp", "mobile", frozenset()))
    (mobile,) = (one for one in found.fields if one.field == "mobile")
    assert (mobile.matches["wecom"].links, mobile.matches["wecom"].unmatched) == (8, 1)


def test_another_common_field_is_held_and_links_stay(offices):
    offices.sync()
    offices.common_field = "userid"
    report = offices.sync()
    assert report.outcome is Outcome.HELD
    assert {one.guard for one in report.violations} == {"common_field_changed"}
    offices.approve(report)
    assert offices.owners("wecom") == LINKED
    offices.sources["corp"].hire("guest", "Guest", None)
    offices.sync("corp")
    assert offices.owners("wecom")["guest"] == "corp:guest"


def test_a_new_authority_takes_people_over_from_a_source_that_stays(offices):
    offices.authority = "wecom"
    offices.sync("wecom")
    ids = {one: offices.user_id("wecom", f"w{one}") for one in range(8)}
    offices.authority = "corp"
    report = offices.sync()
    assert report.outcome is Outcome.HELD
    assert "authority_changed" in {one.guard for one in report.violations}
    assert offices.approve(report).outcome is Outcome.APPLIED
    assert {one: offices.user_id("corp", f"p{one}") for one in range(8)} == ids
    assert offices.owners("wecom") == LINKED | {"guest": "wecom:guest"}
    assert offices.active() == {f"corp:p{one}" for one in range(10)}
    assert offices.sync().outcome is Outcome.NO_CHANGE
    offices.sources["corp"].hire("p77", "Guest", NUMBER(77))
    offices.sync("corp")
    assert offices.user_id("corp", "p77") == offices.user_id("wecom", "guest")
    assert offices.replay().is_same


def test_records_that_fit_nobody_become_users_and_are_taken_over_later(offices):
    offices.creates = True
    offices.sync()
    assert "wecom:guest" in offices.active()
    id_ = offices.user_id("wecom", "guest")
    assert offices.sync().outcome is Outcome.NO_CHANGE
    offices.sources["corp"].hire("p77", "Guest", NUMBER(77))
    assert offices.sync("corp").outcome is Outcome.APPLIED
    assert offices.user_id("corp", "p77") == offices.user_id("wecom", "guest") == id_
    assert "wecom:guest" not in offices.active()
    assert offices.replay().is_same


def test_a_shadow_is_reported_and_writes_nothing(offices):
    offices.shadows = frozenset({"wecom"})
    report = offices.sync()
    assert report.readings.keys() == {"corp"}
    assert report.shadow is not None
    assert report.shadow.plan.counts() == {"link": {"link": 8, "create": 1}}
    assert offices.owners("wecom") == {}
    assert offices.store.source_states().keys() == {"corp"}
    assert offices.plan("wecom").shadow is not None
    offices.shadows = frozenset()
    assert offices.sync().outcome is Outcome.APPLIED
    assert offices.owners("wecom") == LINKED


def test_a_preferred_source_gives_a_field_and_explain_says_so(offices):
    offices.prefer = {"name": ("wecom", "corp")}
    offices.sync()
    told = explain_person(offices.store, "p1", offices.context().policy)
    name = next(one for one in told.fields if one.field == "name")
    assert (name.value, str(name.ref), name.rule) == ("Person w1", "wecom:w1", "preferred")
    unlinked = explain_person(offices.store, "wecom:guest", offices.context().policy)
    assert unlinked.unmatched == "nobody_has_the_value"
    linked = explain_person(offices.store, "wecom:w1", offices.context().policy)
    assert [str(one.link.ref) for one in linked.links] == ["corp:p1", "wecom:w1"]


def test_undoing_a_run_takes_its_links_back(offices):
    offices.sync("corp")
    report = offices.sync("wecom")
    done = offices.undo(report)
    assert done.outcome is Outcome.APPLIED
    assert offices.owners("wecom") == {}
    assert offices.sync().outcome is Outcome.APPLIED  # the next sync may do the same again
    assert offices.owners("wecom") == LINKED
    assert offices.replay().is_same


def test_a_third_source_is_matched_with_the_authority_too(offices):
    offices.sources["hr"] = directory("hr", h1=NUMBER(1), h77=NUMBER(77))
    offices.sync()
    assert offices.owners("hr") == {"h1": "corp:p1", "h77": None}
    assert offices.owners("wecom") == LINKED


@pytest.fixture
def led(offices: Offices) -> Offices:
    """The company, where WeCom says who leads whom: w2 leads w1."""
    offices.prefer = {"manager": ("wecom",)}
    offices.sources["wecom"].people["w1"]["manager"] = "w2"
    offices.sync()
    assert offices.manager("corp", "p1") == "corp:p2"
    return offices


def test_a_manager_whom_another_source_names_returns_with_the_record_of_the_authority(led):
    corp = led.sources["corp"]
    away = corp.people.pop("p2")
    led.sync("corp")
    assert led.manager("corp", "p1") is None
    corp.people["p2"] = away
    assert led.sync("corp").outcome is Outcome.APPLIED
    assert led.manager("corp", "p1") == "corp:p2"
    assert led.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_manager_whom_another_source_names_returns_when_its_record_finds_a_user(led):
    wecom = led.sources["wecom"]
    wecom.people["w3"]["manager"] = "guest"
    led.sync()
    assert led.manager("corp", "p3") is None
    led.sources["corp"].hire("p77", "New", NUMBER(77))
    led.sync("corp")
    assert led.manager("corp", "p3") == "corp:p77"
    assert led.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_manager_whom_another_source_names_is_one_again_when_enabled(led):
    manager = Ref("corp", "p2")
    disable(led.by_hand(), manager, Author("ops"))
    assert led.manager("corp", "p1") is None
    enable(led.by_hand(), manager, Author("ops"))
    assert led.manager("corp", "p1") == "corp:p2"
    assert led.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE


def test_what_is_held_of_one_person_is_approved_of_that_person_in_the_same_source(offices):
    offices.sync()
    offices.protected = frozenset({"p1"})
    corp = offices.sources["corp"]
    corp.people["p1"]["state"] = "disabled"
    corp.people["p2"]["name"] = "Another"
    report = offices.sync_person("corp", "p1")
    assert report.outcome is Outcome.HELD
    assert offices.approve(report).outcome is Outcome.APPLIED
    assert "corp:p1" not in offices.active()
    assert offices.store.world(None).users[Ref("corp", "p2")].row.name == "Person p2"


def test_a_full_pass_over_several_sources_puts_back_what_another_hand_has_changed(led, database):
    database.execute("UPDATE directory_user SET name = 'By hand' WHERE name = 'Person p1'")
    assert led.sync().outcome is Outcome.NO_CHANGE
    assert led.sync(mode=Mode.FULL).outcome is Outcome.APPLIED
    assert led.store.world(None).users[Ref("corp", "p1")].row.name == "Person p1"
