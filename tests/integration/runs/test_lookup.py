"""Runs with a source that shows no numbers and is asked for people, on each database."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.errors import SourceRejected, SourceUnavailable
from syncd.model.change import Entity
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome
from syncd.reconcile.normalize import canonical_mobile
from syncd.services.decide import Context
from syncd.services.lookup import BITE
from syncd.sources.base import Inquiry
from syncd.store.store import Store
from tests.integration.runs.directory import Directory
from tests.integration.runs.several import Offices, directory
from tests.servers.database import TestDatabase

NUMBER = "138001{:05}".format


def key(number: int) -> str:
    return f"+86{NUMBER(number)}"


@dataclass
class Asked(Directory):
    """A directory that shows no numbers, and knows them."""

    #: Number → id.
    numbers: dict[str, str] = field(default_factory=dict)
    #: Every question that was sent.
    questions: list[str] = field(default_factory=list)
    #: After so many questions it does not answer any more, in this way.
    answers: int | None = None
    failure: BaseException = field(default_factory=lambda: SourceUnavailable("no answer"))
    is_shut: bool = False

    def endpoint_of(self, field: str) -> str:
        return f"by {field}"

    def find(self, inquiry: Inquiry) -> None:
        whose = {canonical_mobile(number): id_ for number, id_ in self.numbers.items()}
        for value in inquiry.values:
            inquiry.begun += 1
            if self.answers is not None and len(self.questions) >= self.answers:
                inquiry.is_shut = self.is_shut
                raise self.failure
            self.questions.append(value)
            inquiry.answers[value] = whose.get(value)

    def new_questions(self) -> set[str]:
        """Return what was asked since this was asked last."""
        asked = set(self.questions)
        assert len(asked) == len(self.questions), "a value was asked for twice"
        self.questions = []
        return asked


@dataclass
class Office(Offices):
    """Where syncd runs; its time moves by hours."""

    hours: float = 0
    lookups: frozenset[str] = frozenset({"wecom"})

    def context(self, *names: str) -> Context:
        made = super().context(*names)
        at = made.clock() + timedelta(hours=self.hours)
        for source in self.sources.values():
            source.now = at
        return replace(made, policy=replace(made.policy, lookups=self.lookups), clock=lambda: at)

    @property
    def wecom(self) -> Asked:
        wecom = self.sources["wecom"]
        assert isinstance(wecom, Asked)
        return wecom


def hidden(*numbers: int, more: int = 0) -> Asked:
    """Return a WeCom of people with these numbers, and of more with numbers of their own."""
    wecom = Asked("wecom", "wecom-1", departments={"1": (None, "Wecom")})
    for one in (*numbers, *range(50_000, 50_000 + more)):
        add(wecom, f"w{one}", NUMBER(one))
    return wecom


def add(wecom: Asked, id_: str, number: str) -> None:
    wecom.hire(id_, f"Person {id_}", None)
    del wecom.people[id_]["mobile"]
    wecom.numbers[number] = id_


def staff(*numbers: int) -> Directory:
    return directory("corp", **{f"p{one}": NUMBER(one) for one in numbers})


@pytest.fixture
def make(database: TestDatabase, tmp_path: Path) -> Iterator[object]:
    """Return what opens an office for a WeCom and a directory."""
    store = Store.open(database.url)
    yield lambda corp, wecom, **more: Office(
        store, tmp_path, {"corp": corp, "wecom": wecom}, **more
    )
    store.close()


def link_of(office: Office, source: str, id_: str):
    return office.store.world(None).links[Ref(source, id_)]


def test_people_whose_numbers_are_withheld_are_linked_by_asking(make):
    office = make(staff(1, 2, 3), hidden(1, 2, more=20))
    report = office.sync()
    assert report.outcome is Outcome.APPLIED
    assert office.owners("wecom") | {} == {
        **{f"w{one}": None for one in range(50_000, 50_020)},
        "w1": "corp:p1",
        "w2": "corp:p2",
    }
    link = link_of(office, "wecom", "w1")
    assert (link.method, link.key_value) == (LinkMethod.LOOKUP, key(1))
    (told,) = report.lookups
    assert (told.asked, told.found, told.nobodys, told.waiting) == (3, 2, 1, 0)
    assert (told.budget, told.missed, told.stopped) == (2, 1, None)
    assert office.wecom.new_questions() == {key(1), key(2), key(3)}
    again = office.sync()
    assert (again.outcome, again.lookups) == (Outcome.NO_CHANGE, ())
    assert office.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE
    assert office.wecom.new_questions() == set()
    assert office.replay().is_same


def test_where_wecom_is_the_authority_the_others_find_its_users(make):
    office = make(staff(1, 2, 3), hidden(1, 2, more=20), authority="wecom")
    assert office.sync().outcome is Outcome.APPLIED
    assert office.owners("corp") == {"p1": "wecom:w1", "p2": "wecom:w2", "p3": None}
    link = link_of(office, "corp", "p1")
    assert (link.method, link.key_value) == (LinkMethod.LOOKUP, key(1))
    assert office.sync().outcome is Outcome.NO_CHANGE
    assert office.wecom.new_questions() == {key(1), key(2), key(3)}


@pytest.mark.parametrize("authority", ["corp", "wecom"])
@pytest.mark.parametrize("order", [("corp", "wecom"), ("wecom", "corp", "wecom")])
def test_each_by_itself_ends_where_both_do(make, order, authority):
    office = make(staff(1, 2, 3), hidden(1, 2, more=20), authority=authority)
    for name in order:
        office.sync(name)
    if authority == "corp":
        assert (office.owners("wecom")["w1"], office.owners("wecom")["w50000"]) == ("corp:p1", None)
    else:
        assert office.owners("corp") == {"p1": "wecom:w1", "p2": "wecom:w2", "p3": None}
    assert office.sync().outcome is Outcome.NO_CHANGE
    assert office.wecom.new_questions() == {key(1), key(2), key(3)}


def test_nobody_is_asked_for_unless_it_is_switched_on_or_where_numbers_are_shown(make):
    office = make(staff(1, 2), hidden(1, 2, more=20), lookups=frozenset())
    assert office.sync().lookups == ()
    shown = Office(
        office.store, office.folder, {"corp": office.sources["corp"], "wecom": office.wecom}
    )
    for person in shown.wecom.people.values():
        person["mobile"] = None
    shown.sync()
    shown.sync(mode=Mode.FULL)
    assert shown.wecom.questions == []


def test_a_nobody_is_remembered_and_asked_for_again_after_a_day_then_after_two(make):
    office = make(staff(1), hidden(more=20))
    asked_after = []
    for day in range(16):
        office.sync()
        if office.wecom.new_questions():
            asked_after.append(day)
        office.hours = 24
    assert asked_after == [0, 1, 2, 4, 8]


def test_whoever_comes_to_wecom_later_is_linked_when_asked_for_again(make):
    office = make(staff(1), hidden(more=20))
    office.sync()
    add(office.wecom, "w1", NUMBER(1))
    office.sync()
    assert office.owners("wecom")["w1"] is None
    office.hours = 24
    office.sync()
    assert office.owners("wecom")["w1"] == "corp:p1"


def test_a_changed_number_is_asked_for_anew_and_that_of_a_linked_person_is_not(make):
    office = make(staff(1, 2), hidden(1, 3, more=20))
    office.sync()
    office.wecom.new_questions()
    for id_, number in (("p1", 8), ("p2", 3)):  # a full run each: the guards begin to count anew
        office.sources["corp"].people[id_]["mobile"] = NUMBER(number)
        assert office.sync(mode=Mode.FULL).outcome is Outcome.APPLIED
    assert office.wecom.new_questions() == {key(3)}
    assert office.owners("wecom")["w3"] == "corp:p2"
    assert (office.owners("wecom")["w1"], office.conflicts()) == (
        "corp:p1",
        {f"wecom:w{one}": "missing_key" for one in range(50_000, 50_020)},
    )


def test_asking_stops_at_half_of_what_wecom_allows_and_goes_on_the_next_day(make):
    office = make(staff(*range(100, 140)), hidden(139, more=99))
    report = office.sync()
    (told,) = report.lookups
    assert (told.asked, told.found, told.budget, told.missed) == (10, 0, 10, 10)
    assert (told.waiting, told.stopped) == (30, "budget")
    assert report.exit_status == 0
    first = office.wecom.new_questions()
    assert office.sync().lookups[0].asked == 0
    office.hours = 12
    assert office.sync().lookups[0].asked == 0
    office.hours = 13
    (told,) = office.sync().lookups
    second = office.wecom.new_questions()
    assert (told.asked, len(first & second)) == (10, 0)
    for _ in range(2):
        office.hours = 25
        office.sync()
    assert office.owners("wecom")["w139"] == "corp:p139"


def test_who_was_found_does_not_count_against_the_budget(make):
    office = make(staff(*range(100, 130)), hidden(*range(100, 130)))
    (told,) = office.sync().lookups
    assert (told.asked, told.found, told.missed, told.budget) == (30, 30, 0, 3)


def test_a_company_too_small_for_any_budget_is_not_asked_and_is_told(make):
    office = make(staff(1), hidden(1))
    (told,) = office.sync().lookups
    assert (told.asked, told.waiting, told.stopped) == (0, 1, "too_few")
    assert office.wecom.questions == []


@pytest.mark.parametrize("is_shut", [True, False])
def test_a_source_that_does_not_answer_leaves_the_run_as_it_is(make, is_shut):
    office = make(staff(1, 2, 3), hidden(1, 2, 3, more=40))
    office.wecom.answers, office.wecom.is_shut = 1, is_shut
    office.wecom.failure = SourceRejected("45009") if is_shut else SourceUnavailable("no answer")
    report = office.sync()
    assert (report.outcome, report.exit_status) == (Outcome.APPLIED, 0)
    (told,) = report.lookups
    assert (told.asked, told.found, told.waiting) == (1, 1, 2)
    assert (told.stopped, told.reason) == (
        ("refused", "45009") if is_shut else ("failed", "no answer")
    )
    assert office.owners("wecom")["w1"] == "corp:p1"
    office.wecom.answers = None
    office.sync()
    assert (office.owners("wecom")["w2"] is None) is is_shut
    office.hours = 26
    office.sync()
    assert office.owners("wecom")["w2"] == "corp:p2"


def test_what_was_answered_before_the_process_was_stopped_is_kept(make):
    office = make(
        staff(*range(100, 100 + BITE + 10)), hidden(*range(100, 100 + BITE + 10), more=900)
    )
    office.wecom.answers, office.wecom.failure = BITE + 3, KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        office.sync()
    assert len(office.wecom.new_questions()) == BITE + 3
    office.wecom.answers = None
    office.sync()
    assert len(office.wecom.new_questions()) == 7
    assert sum(one is not None for one in office.owners("wecom").values()) == BITE + 10


@pytest.mark.parametrize("authority", ["corp", "wecom"])
def test_two_numbers_that_lead_to_one_person_link_nobody_until_one_goes(make, authority):
    office = make(staff(1, 2), hidden(1, more=20), authority=authority)
    office.wecom.numbers[NUMBER(2)] = "w1"  # as if it had been another's a moment ago
    office.sync()
    of_corp = {"corp:p1": "ambiguous", "corp:p2": "ambiguous"}
    told = {"wecom:w1": "ambiguous"} if authority == "corp" else of_corp
    others = {ref: kind for ref, kind in office.conflicts().items() if "w5" not in ref}
    assert others == told
    assert office.user_id("wecom", "w1") != office.user_id("corp", "p1") or authority == "corp"
    assert office.sync().outcome is Outcome.NO_CHANGE
    office.sources["corp"].people["p2"]["mobile"] = NUMBER(7)
    office.sync()
    assert office.user_id("wecom", "w1") == office.user_id("corp", "p1")
    assert not {"wecom:w1", "corp:p1"} & office.conflicts().keys()
    assert office.replay().is_same


@pytest.mark.parametrize("authority", ["corp", "wecom"])
def test_a_number_that_leads_to_somebody_who_is_linked_changes_nothing(make, authority):
    office = make(staff(1), hidden(1, more=20), authority=authority)
    office.sync()
    office.wecom.numbers[NUMBER(2)] = "w1"
    office.sources["corp"].hire("p2", "Person p2", NUMBER(2))
    office.sync()
    assert office.user_id("wecom", "w1") == office.user_id("corp", "p1")
    assert office.user_id("wecom", "w1") != office.user_id("corp", "p2")
    assert office.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_userid_that_is_not_among_the_records_links_nobody_and_is_remembered(make):
    office = make(staff(1), hidden(more=20))
    office.wecom.numbers[NUMBER(1)] = "stranger"
    office.sync()
    assert set(office.owners("wecom").values()) == {None}
    office.wecom.new_questions()
    office.sync()
    assert office.wecom.new_questions() == set()
    add(office.wecom, "stranger", NUMBER(1))
    office.sync()
    assert office.owners("wecom")["stranger"] == "corp:p1"
    assert office.wecom.new_questions() == set()


def test_a_number_that_two_people_of_the_directory_have_is_not_asked_for(make):
    office = make(staff(1, 2), hidden(1, more=20))
    office.sources["corp"].people["p2"]["mobile"] = NUMBER(1)
    office.sync()
    assert office.wecom.questions == []
    assert set(office.owners("wecom").values()) == {None}


@pytest.mark.parametrize("authority", ["corp", "wecom"])
def test_protected_people_are_never_linked_by_asking(make, authority):
    protected = frozenset({"p1", "w1"})
    office = make(staff(1, 2), hidden(1, 2, more=20), authority=authority, protected=protected)
    office.sync()
    if authority == "corp":
        assert office.wecom.new_questions() == {key(2)}
        assert office.owners("wecom")["w1"] is None
        assert office.owners("wecom")["w2"] == "corp:p2"
    else:
        assert office.owners("corp") == {"p1": None, "p2": "wecom:w2"}
        assert office.conflicts()["corp:p1"] == "ambiguous"


def test_a_plan_that_is_only_looked_at_asks_for_nobody(make):
    office = make(staff(1), hidden(1, more=20))
    office.sync("corp")
    assert office.plan().lookups == ()
    assert office.wecom.questions == []
    office.sync()
    office.sources["corp"].people["p1"]["mobile"] = NUMBER(2)
    assert not [one for one in office.plan().plan.changes if one.entity is Entity.LINK]


def test_a_link_by_asking_stays_when_it_is_switched_off(make):
    office = make(staff(1), hidden(1, more=20))
    office.sync()
    office.lookups = frozenset()
    office.sync(mode=Mode.FULL)
    assert office.owners("wecom")["w1"] == "corp:p1"


def test_a_person_who_left_wecom_loses_the_link_and_the_next_one_is_asked_for(make):
    office = make(staff(1, 2), hidden(1, 2, more=20))
    office.sync()
    del office.wecom.people["w1"], office.wecom.numbers[NUMBER(1)]
    office.sync()
    assert "w1" not in office.owners("wecom")
    add(office.wecom, "w1new", NUMBER(1))
    office.hours = 25
    office.sync()
    assert office.owners("wecom")["w1new"] == "corp:p1"


def test_another_authority_takes_people_over_by_links_that_were_found_by_asking(make):
    office = make(staff(1, 2), hidden(1, 2, more=20))
    office.sync()
    before = {one: office.user_id("wecom", one) for one in ("w1", "w2")}
    office.authority = "wecom"
    held = office.sync()
    assert "authority_changed" in {one.guard for one in held.violations}
    assert office.approve(held).outcome is Outcome.APPLIED
    assert {one: office.user_id("wecom", one) for one in ("w1", "w2")} == before
    assert office.owners("corp") == {"p1": "wecom:w1", "p2": "wecom:w2"}
    assert office.sync().outcome is Outcome.NO_CHANGE
    assert office.wecom.new_questions() == {key(1), key(2)}
    assert office.replay().is_same


def test_a_link_by_asking_is_undone_like_any_other_and_made_again(make):
    office = make(staff(1), hidden(more=20))
    office.sync()
    add(office.wecom, "w1", NUMBER(1))
    office.hours = 25
    report = office.sync()
    assert office.owners("wecom")["w1"] == "corp:p1"
    office.undo(report)
    assert office.owners("wecom").get("w1") is None
    office.sync()
    assert office.owners("wecom")["w1"] == "corp:p1"
    assert office.replay().is_same


def test_a_second_source_in_a_store_that_has_one_is_held_with_whom_asking_found(make):
    office = make(staff(1, 2), hidden(1, 2, more=20), authority="wecom")
    corp = office.sources.pop("corp")
    office.sync()
    office.sources["corp"] = corp
    held = office.sync()
    assert [one.guard for one in held.violations] == ["common_field_changed"]
    assert held.lookups[0].found == 2
    assert office.approve(held).outcome is Outcome.APPLIED
    assert office.owners("corp") == {"p1": "wecom:w1", "p2": "wecom:w2"}
    assert office.wecom.new_questions() == {key(1), key(2)}
