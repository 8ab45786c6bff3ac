"""What an absence proves: the table of the module, line by line."""

from datetime import UTC, datetime

import pytest

from syncd.model.entry import Hidden, Kind
from syncd.sources.wecom.absence import (
    Evidence,
    has_shrunk,
    judge_departments,
    judge_person,
    judge_place,
    range_of,
    unusable_of,
)
from syncd.sources.wecom.tree import Listing, Selection
from syncd.sources.wecom.visible_range import VisibleRange

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WHOLE = VisibleRange(departments=frozenset({"1"}))
SOME = VisibleRange(departments=frozenset({"2", "3"}), members=frozenset({"named"}))


def evidence(
    *listed, whole=False, shrunk=False, unreadable=(), read=None, left_out=(), blurred=False
):
    rows = {id_: {"id": int(id_), "parentid": 1 if id_ != "1" else 0} for id_ in listed}
    return Evidence(
        read=frozenset(listed if read is None else read),
        unreadable=frozenset(unreadable),
        listing=Listing(NOW, rows),
        selection=Selection(
            frozenset(listed) - set(left_out), is_all=not left_out, excluded=frozenset(left_out)
        ),
        is_whole=whole,
        visible_range=WHOLE if whole else SOME,
        has_shrunk=shrunk,
        has_new_unusable=blurred,
    )


#: Departments that are stored and were not read: 4 above 41 above 411, and 5.
MISSING = {"4": "1", "41": "4", "411": "41", "5": None}


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
        pytest.param("named", {"9"}, evidence("2", shrunk=True), None, id="named by the range"),
        pytest.param(
            "a",
            {"2", "3"},
            evidence("2", "3", shrunk=True),
            Hidden("department:2", "visible_range"),
            id="range smaller, and all were read to their end",
        ),
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
    assert judge_person(person, frozenset(places), MISSING, seen) == expected


@pytest.mark.parametrize(
    ("places", "listed", "part"),
    [
        ({"411"}, {"2"}, "department:4"),
        ({"411"}, {"2", "4"}, "department:41"),
        ({"2", "41"}, {"2"}, "department:4"),
        ({"5"}, {"2"}, "department:5"),
        ({"77"}, {"2"}, "department:77"),
        (set(), {"2"}, "member:a"),
        ({"2"}, {"2"}, None),
    ],
)
def test_a_part_has_one_name_in_the_run_that_loses_it_and_in_the_next(places, listed, part):
    for shrunk in (True, False):
        hidden = judge_person("a", frozenset(places), MISSING, evidence(*listed, shrunk=shrunk))
        if part is not None:
            assert hidden == Hidden(part, "visible_range")
        else:  # what can still be seen is decided as soon as the range is as it was
            assert hidden == (Hidden("department:2", "visible_range") if shrunk else None)


def test_a_part_has_the_same_name_for_its_people_and_its_departments():
    seen = evidence("2", shrunk=True)
    _, departments, _ = judge_departments(MISSING, seen)
    for id_, hidden in departments.items():
        assert judge_person("a", frozenset({id_}), MISSING, seen) == hidden


def test_a_range_has_shrunk_when_an_earlier_one_had_more():
    smaller = VisibleRange(departments=frozenset({"2"}), members=frozenset({"named"}))
    assert has_shrunk([SOME], smaller)
    assert has_shrunk([SOME, WHOLE], SOME)
    assert not has_shrunk([SOME, SOME], SOME)
    assert not has_shrunk([smaller], SOME)
    assert not has_shrunk([SOME], WHOLE)


def test_a_range_that_is_not_known_may_have_been_anything():
    assert has_shrunk([None], SOME)


def test_tags_and_members_are_parts_too():
    tagged = VisibleRange(tags=frozenset({"5"}))
    assert has_shrunk([tagged], VisibleRange())
    assert has_shrunk([SOME], VisibleRange(departments=SOME.departments))


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


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ({}, 0),
        ({"unusable": {"user": 2, "department": 1}}, 2),
        ({"unusable": {}}, 0),
        ({"unusable": 7}, 0),
    ],
)
def test_how_many_ids_were_unusable_survives_in_the_scope(scope, count):
    assert unusable_of(scope, Kind.USER) == count


def test_a_new_department_without_a_usable_id_may_be_any():
    seen = evidence("1", whole=True, blurred=True)
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
