from datetime import timedelta
from typing import Any

import pytest

from syncd.model.change import Gone
from syncd.model.entry import Kind
from syncd.store.store import Store


@pytest.fixture
def company(store: Store, syncs: Any, directory: Any) -> Store:
    syncs.apply(directory.company())
    stranger = directory.user_record("stranger", name="张三", mobile="13999999999")
    syncs.apply(directory.plan(records=(stranger,)))
    return store


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wang", {"wang"}),
        ("WANG", {"wang"}),
        ("ｗａｎｇ", {"wang"}),
        ("13800000002", {"li"}),
        ("8613800", {"wang", "li"}),
        ("2", {"li"}),
        ("张", {"stranger"}),
        ("139999", {"stranger"}),
        ("strang", {"stranger"}),
        ("100%", set()),
        ("_", set()),
        ("  ", set()),
    ],
)
def test_people_and_unmatched_records_are_found(company: Store, text: str, found: set[str]) -> None:
    people = company.find(text)
    assert {one.ref.external_id for one in people} == found
    for one in people:
        assert (one.user is None) == (one.ref.external_id == "stranger")
        assert one.record is not None


def test_somebody_gone_is_found_without_a_record(
    company: Store, syncs: Any, directory: Any
) -> None:
    syncs.apply(directory.plan(gone=(Gone(Kind.USER, directory.ref("zhao")),)))
    (person,) = company.find("zhao")
    assert person.user is not None
    assert person.record is None


def test_the_tree_counts_active_people_once(company: Store) -> None:
    (top,) = company.tree()
    (child,) = top.children
    assert (top.department.row.name, top.direct, top.total) == ("Department 1", 2, 2)
    assert (child.department.row.name, child.direct, child.total) == ("Department 2", 1, 1)


def test_changes_of_a_user_are_the_row_the_memberships_and_the_links(company: Store) -> None:
    mine = [(one.entity.value, one.action.value) for one in company.changes(user_id=1)]
    assert mine == [
        ("user", "create"),
        ("membership", "create"),
        ("membership", "create"),
        ("link", "link"),
    ]


def test_changes_are_chosen_by_run_and_by_time(company: Store, now: Any) -> None:
    assert len(list(company.changes(run_id=1))) == 11
    assert list(company.changes(run_id=2)) == []
    assert list(company.changes(since=now + timedelta(seconds=1))) == []
    assert len(list(company.changes(since=now))) == 11


def test_the_population_is_what_guards_divide_by(company: Store) -> None:
    population = company.population()
    assert (population.users, population.departments, population.memberships) == (2, 2, 3)
    assert population.links == {"wecom": 3}
    assert population.values["mobile"] == 2
    assert population.values["manager"] == 1
    assert population.values["email"] == 0
    assert population.values["custom.grade"] == 1
    assert company.status_counts() == {
        "user": {"active": 2, "inactive": 1},
        "department": {"active": 2},
    }


def test_active_owners_are_told_from_inactive_ones(company: Store) -> None:
    assert company.active_ids("wecom", ["wang", "zhao", "stranger"]) == {"wang"}


def test_a_user_is_named_by_id_or_by_userid(company: Store, directory: Any) -> None:
    assert company.owner_of(2) == directory.ref("li")
    assert company.owner_of(99) is None
    assert company.owners_of_userid("LI") == [directory.ref("li")]
