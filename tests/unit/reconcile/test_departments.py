"""The tree of departments: its shape, its paths, and what becomes of them."""

from dataclasses import replace

import pytest

from syncd.model.change import Action, Change, Entity
from syncd.model.conflict import ConflictKind
from syncd.model.entry import Ref
from syncd.model.record import DepartmentRecord
from syncd.reconcile.departments import arrange
from tests.unit.reconcile.memory import (
    LATER,
    NOW,
    ROOT,
    SOURCE,
    Company,
    Memory,
    department,
    person,
    ref,
)

ORPHAN, CYCLE = ConflictKind.ORPHAN_DEPARTMENT, ConflictKind.DEPARTMENT_CYCLE


def parents(*records: DepartmentRecord) -> dict[str, str | None]:
    return dict(arrange(SOURCE, {one.external_id: one for one in records}).parents)


def steps(memory: Memory, company: Company) -> list[tuple[Action, str, str]]:
    """Return what a whole reading does to departments: action, id, cause."""
    changes: tuple[Change, ...] = memory.plan(memory.read(company)).changes
    return [
        (one.action, one.ref.external_id, one.cause.code)
        for one in changes
        if one.entity is Entity.DEPARTMENT
    ]


def paths(memory: Memory) -> dict[str, str]:
    return {key.external_id: one.row.full_path for key, one in memory.world.departments.items()}


def test_parents_are_made_before_their_children() -> None:
    assert list(parents(department("3", "2"), department("2"), ROOT)) == ["1", "2", "3"]


def test_an_orphan_hangs_under_the_root_and_is_reported() -> None:
    memory = Memory().sync(Company.of(ROOT, department("2", "99")))
    assert memory.world.departments[ref("2")].row.parent == ref("1")
    conflict = memory.conflicts(ORPHAN)["2"].conflict
    assert (conflict.key_value, conflict.detail["placed_under"]) == ("99", "1")


def test_an_orphan_hangs_under_nothing_where_no_root_is_seen() -> None:
    memory = Memory().sync(Company.of(department("2", "99")))
    assert memory.world.departments[ref("2")].row.parent is None
    assert memory.world.departments[ref("2")].row.depth == 0
    assert set(memory.conflicts(ORPHAN)) == {"2"}


def test_the_top_of_a_visible_range_is_no_orphan() -> None:
    memory = Memory().sync(Company.of(department("2", "99", is_top=True), department("3", "2")))
    assert paths(memory) == {"2": "D2", "3": "D2/D3"}
    assert memory.world.conflicts == ()


def test_a_parent_that_appears_ends_the_conflict_and_moves_the_child() -> None:
    memory = Memory().sync_near(Company.of(ROOT, department("2", "3")))
    arrived = memory.sync_near(Company.of(ROOT, department("2", "3"), department("3")))
    assert paths(arrived)["2"] == "D1/D3/D2"
    assert arrived.conflicts(ORPHAN) == {}


@pytest.mark.parametrize("order", [("2", "3", "4"), ("4", "2", "3"), ("3", "4", "2")])
def test_a_circle_is_broken_at_its_smallest_id_in_whatever_order_it_is_read(
    order: tuple[str, ...],
) -> None:
    circle = {"2": department("2", "4"), "3": department("3", "2"), "4": department("4", "3")}
    memory = Memory().sync(Company.of(*(circle[id_] for id_ in order), ROOT))
    assert paths(memory) == {"1": "D1", "2": "D1/D2", "3": "D1/D2/D3", "4": "D1/D2/D3/D4"}
    assert memory.conflicts(CYCLE)["2"].conflict.detail["circle"] == ["2", "3", "4"]
    assert set(memory.conflicts(CYCLE)) == {"2"}


def test_a_department_that_is_its_own_parent_is_a_circle_of_one() -> None:
    memory = Memory().sync(Company.of(ROOT, department("2", "2"), department("3", "2")))
    assert paths(memory) == {"1": "D1", "2": "D1/D2", "3": "D1/D2/D3"}
    assert set(memory.conflicts(CYCLE)) == {"2"}


def test_what_hangs_below_a_circle_does_not_break_it() -> None:
    below = department("0", "2")  # smaller than every id of the circle
    assert parents(ROOT, below, department("2", "3"), department("3", "2")) == {
        "1": None,
        "2": "1",
        "0": "2",
        "3": "2",
    }


def test_a_circle_that_is_opened_is_no_conflict_any_more() -> None:
    memory = Memory().sync(Company.of(ROOT, department("2", "3"), department("3", "2")))
    opened = memory.sync_near(Company.of(ROOT, department("2"), department("3", "2")))
    assert opened.conflicts(CYCLE) == {}


def test_a_chain_of_a_thousand_levels_is_no_trouble() -> None:
    chain = [ROOT, *(department(str(n), str(n - 1)) for n in range(2, 1001))]
    memory = Memory().sync(Company.of(*reversed(chain)))
    assert memory.world.departments[ref("1000")].row.depth == 999
    assert Memory().sync(Company.of(*chain)).active_directory() == memory.active_directory()


def test_a_slash_in_a_name_does_not_look_like_a_level() -> None:
    memory = Memory().sync(
        Company.of(ROOT, department("2", name="研发/测试"), department("3", "2"))
    )
    assert memory.world.departments[ref("2")].row.name == "研发/测试"
    assert paths(memory)["3"] == "D1/研发／测试/D3"


def test_a_name_that_cannot_be_read_is_the_id_until_it_can() -> None:
    memory = Memory().sync(Company.of(department("1", None, None)))
    assert paths(memory) == {"1": "1"}
    named = memory.sync(Company.of(ROOT))
    assert paths(named) == {"1": "D1"}
    assert paths(named.sync(Company.of(department("1", None, None)))) == {"1": "D1"}


THREE = Company.of(ROOT, department("2"), department("3", "2"), department("4"))


@pytest.mark.parametrize("everything", [True, False])
def test_a_rename_changes_the_paths_below_and_says_that_it_came_from_above(
    everything: bool,
) -> None:
    memory = Memory().sync(THREE)
    renamed = THREE.plus(department("2", name="New"))
    plan = memory.plan(memory.read(renamed, everything=everything))
    assert [(one.action, one.ref.external_id, one.cause.code) for one in plan.changes] == [
        (Action.UPDATE, "2", "read"),
        (Action.UPDATE, "3", "above"),
    ]
    assert paths(memory.apply(plan))["3"] == "D1/New/D3"


def test_a_move_takes_what_is_below_along() -> None:
    memory = Memory().sync(THREE)
    moved = THREE.plus(department("2", "4"))
    assert steps(memory, moved) == [(Action.MOVE, "2", "read"), (Action.UPDATE, "3", "above")]
    assert paths(memory.sync(moved))["3"] == "D1/D4/D2/D3"


def test_a_department_proven_gone_is_inactive_and_stays_as_it_was() -> None:
    memory = Memory().sync(THREE)
    after = memory.sync(THREE.minus("department:3"), at=LATER)
    before = memory.world.departments[ref("3")]
    assert after.world.departments[ref("3")] == replace(
        before, row=before.row._replace(gone_at=LATER)
    )


def test_a_department_that_returns_is_the_same_one() -> None:
    memory = Memory().sync(THREE)
    back = memory.sync(THREE.minus("department:3"))
    assert steps(back, THREE) == [(Action.REACTIVATE, "3", "returned")]
    assert back.sync(THREE).world.departments == memory.world.departments


def test_a_department_that_goes_takes_its_members_out_and_a_return_brings_them_back() -> None:
    company = THREE.plus(person("a", "3", "4"))
    memory = Memory().sync_near(company)
    gone = memory.sync_near(company.minus("department:3"))
    assert set(gone.user("a").memberships) == {ref("4")}
    assert set(gone.sync_near(company).user("a").memberships) == {ref("3"), ref("4")}


def test_a_row_that_another_hand_changed_is_put_back() -> None:
    memory = Memory().sync(THREE)
    changed = by_hand(memory, "3", name="Vandal")
    assert steps(changed, THREE) == [(Action.UPDATE, "3", "put_back")]
    assert changed.sync(THREE).world.departments == memory.world.departments


def test_a_gone_department_that_another_hand_revives_is_put_back() -> None:
    without = THREE.minus("department:3")
    memory = Memory().sync(THREE).sync(without)
    changed = by_hand(memory, "3", gone_at=None)
    assert steps(changed, without) == [(Action.DEACTIVATE, "3", "put_back")]


def test_the_departments_of_another_source_are_left_alone() -> None:
    memory = Memory().sync(THREE)
    one = memory.world.departments[ref("2")]
    other = Ref("other", "2")
    foreign = {**memory.world.departments, other: replace(one, id=77, ref=other)}
    memory = replace(memory, world=replace(memory.world, departments=foreign))
    assert memory.plan(memory.read(THREE), at=NOW).is_empty


def by_hand(memory: Memory, id_: str, **columns: object) -> Memory:
    one = memory.world.departments[ref(id_)]
    changed = replace(one, row=one.row._replace(**columns))
    departments = {**memory.world.departments, ref(id_): changed}
    return replace(memory, world=replace(memory.world, departments=departments))
