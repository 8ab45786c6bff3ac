"""What an absence proves: the table of the module, line by line."""

from datetime import UTC, datetime

import pytest

from syncd.model.entry import Hidden
from syncd.sources.wecom.absence import (
    Evidence,
    judge_departments,
    judge_person,
    judge_place,
    lost_part,
    range_of,
)
from syncd.sources.wecom.tree import Listing, Selection
from syncd.sources.wecom.visible_range import VisibleRange

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WHOLE = VisibleRange(departments=frozenset({"1"}))
SOME = VisibleRange(departments=frozenset({"2", "3"}), members=frozenset({"named"}))


def evidence(*listed, whole=False, lost=None, unreadable=(), read=None, left_out=(), rejected=()):
    rows = {id_: {"id": int(id_), "parentid": 1 if id_ != "1" else 0} for id_ in listed}
    return Evidence(
        read=frozenset(listed if read is None else read),
        unreadable=frozenset(unreadable),
        listing=Listing(NOW, rows, rejected),
        selection=Selection(
            frozenset(listed) - set(left_out), is_all=not left_out, excluded=frozenset(left_out)
        ),
        is_whole=whole,
        visible_range=WHOLE if whole else SOME,
        lost=lost,
    )


GONE_PART = Hidden("department:5", "visible_range")


@pytest.mark.parametrize(
    ("person", "places", "seen", "expected"),
    [
        pytest.param("a", {"2"}, evidence("1", "2", whole=True), None, id="whole: asked for"),
        pytest.param("a", {"9"}, evidence("1", "2", whole=True), None, id="whole, department gone"),
        pytest.param("a", set(), evidence("1", whole=True), None, id="whole, no department"),
        pytest.param(
            "a",
            {"2"},
            evidence("1", "2", whole=True, unreadable=["2"]),
            Hidden("department:2", "permission"),
            id="not readable, though the range is whole",
        ),
        pytest.param(
            "a",
            {"2", "3"},
            evidence("1", "2", "3", whole=True, left_out=["3"]),
            Hidden("department:3", "excluded"),
            id="left out, though the range is whole",
        ),
        pytest.param("named", {"9"}, evidence("2", lost=GONE_PART), None, id="named by the range"),
        pytest.param("a", {"2"}, evidence("2", lost=GONE_PART), GONE_PART, id="range smaller"),
        pytest.param(
            "a", set(), evidence("2"), Hidden("member:a", "visible_range"), id="no department"
        ),
        pytest.param(
            "a",
            {"2", "9"},
            evidence("2"),
            Hidden("department:9", "visible_range"),
            id="one department is not listed",
        ),
        pytest.param(
            "a",
            {"2", "3"},
            evidence("2", "3", read=["2"]),
            Hidden("department:3", "unread"),
            id="one department was not read",
        ),
        pytest.param("a", {"2", "3"}, evidence("2", "3"), None, id="all were read to their end"),
    ],
)
def test_a_person_in_no_list(person, places, seen, expected):
    assert judge_person(person, frozenset(places), seen) == expected


def test_a_part_is_lost_when_an_earlier_range_had_it():
    smaller = VisibleRange(departments=frozenset({"2"}), members=frozenset({"named"}))
    assert lost_part([SOME], smaller) == Hidden("department:3", "visible_range")
    assert lost_part([SOME, SOME], SOME) is None
    assert lost_part([smaller], SOME) is None
    assert lost_part([SOME], WHOLE) is None
    assert lost_part([WHOLE], SOME) == Hidden("department:1", "visible_range")


def test_a_range_that_is_not_known_may_have_been_anything():
    assert lost_part([None], SOME) == Hidden("department:1", "visible_range")


def test_tags_and_members_are_parts_too():
    tagged = VisibleRange(tags=frozenset({"5"}))
    assert lost_part([tagged], VisibleRange()) == Hidden("tag:5", "visible_range")
    assert lost_part([SOME], VisibleRange(departments=SOME.departments)) == Hidden(
        "member:named", "visible_range"
    )


def test_a_range_survives_its_scope():
    assert range_of({"regime": "app", "range": SOME.as_json()}) == SOME
    assert range_of({"regime": "both", "range": SOME.as_json()}) == WHOLE
    assert range_of({}) is None


def test_departments_under_a_listed_one_are_gone():
    gone, hidden, found = judge_departments({"21": "2", "211": "21"}, evidence("2", "3"))
    assert (gone, hidden, found) == ({"21", "211"}, {}, set())


def test_departments_under_a_top_that_left_are_hidden_with_it():
    gone, hidden, _ = judge_departments({"4": "1", "41": "4", "411": "41"}, evidence("2", "3"))
    assert not gone
    assert hidden == dict.fromkeys(("4", "41", "411"), Hidden("department:4", "visible_range"))


def test_in_the_whole_company_what_is_not_listed_is_gone():
    gone, _, _ = judge_departments({"9": "8", "8": None}, evidence("1", whole=True))
    assert gone == {"9", "8"}


def test_a_circle_of_missing_departments_ends():
    gone, hidden, _ = judge_departments({"8": "9", "9": "8"}, evidence("2"))
    assert not gone
    assert hidden.keys() == {"8", "9"}


def test_a_department_that_is_listed_after_all_is_found_or_left_out():
    seen = evidence("1", "2", "3", whole=True, left_out=["3"])
    gone, hidden, found = judge_departments({"2": "1", "3": "1"}, seen)
    assert not gone
    assert hidden == {"3": Hidden("department:3", "excluded")}
    assert found == {"2"}


def test_a_department_without_a_usable_id_may_be_any():
    seen = evidence("1", whole=True, rejected=("something",))
    gone, hidden, _ = judge_departments({"2": "1"}, seen)
    assert not gone
    assert hidden == {"2": Hidden("department:2", "unread")}


def test_where_a_person_is_now():
    all_ = Selection(frozenset({"2"}), is_all=True)
    some = Selection(frozenset({"2"}), is_all=False, excluded=frozenset({"3"}))
    assert judge_place("a", ["3"], all_) is None
    assert judge_place("a", ["3", "2"], some) is None
    assert judge_place("a", ["3"], some) == Hidden("department:3", "excluded")
    assert judge_place("a", [], some) == Hidden("member:a", "excluded")
