"""Managers: a reference to an active user, or nothing."""

from syncd.model.record import RecordState
from tests.unit.reconcile.memory import ROOT, Company, Memory, person, ref

BOSS = person("boss", "1")
REPORT = person("report", "1", manager="boss")
BOTH = Company.of(ROOT, BOSS, REPORT)


def test_a_manager_who_is_made_by_the_same_plan_is_set_by_it() -> None:
    memory = Memory().sync(Company.of(ROOT, person("a", "1", manager="b"), person("b", "1")))
    assert memory.user("a").row.manager == ref("b")


def test_a_manager_who_is_not_in_the_directory_is_null_until_the_manager_comes() -> None:
    memory = Memory().sync_near(BOTH.minus("boss"))
    assert memory.user("report").row.manager is None
    assert memory.sync_near(BOTH).user("report").row.manager == ref("boss")


def test_nobody_is_looked_at_again_because_the_manager_is_not_there() -> None:
    for memory in (
        Memory().sync_near(BOTH.minus("boss")),
        Memory().sync(BOTH).sync_near(BOTH.minus("boss")).sync_near(BOTH.minus("boss")),
    ):
        again = memory.read(BOTH.minus("boss"), everything=False)
        assert memory.neighbourhood(again) == frozenset()


def test_a_manager_who_goes_is_taken_off_and_comes_back_with_the_return() -> None:
    memory = Memory().sync_near(BOTH)
    without = memory.sync_near(BOTH.minus("boss"))
    assert without.user("report").row.manager is None
    assert without.sync_near(BOTH).user("report").row.manager == ref("boss")


def test_a_manager_whom_the_source_disables_is_taken_off_until_enabled_again() -> None:
    memory = Memory().sync_near(BOTH)
    off = memory.sync_near(BOTH.plus(person("boss", "1", state=RecordState.DISABLED)))
    assert off.user("report").row.manager is None
    assert off.sync_near(BOTH).user("report").row.manager == ref("boss")


def test_a_reading_of_the_manager_alone_reaches_the_reports() -> None:
    memory = Memory().sync_near(BOTH)
    off = memory.sync_person(person("boss", "1", state=RecordState.DISABLED))
    assert off.user("report").row.manager is None
    assert off.sync_person(BOSS).sync_near(BOTH).user("report").row.manager == ref("boss")


def test_managers_in_a_circle_manage_each_other() -> None:
    pair = Company.of(ROOT, person("a", "1", manager="b"), person("b", "1", manager="a"))
    memory = Memory().sync(pair)
    assert memory.user("a").row.manager == ref("b")
    assert memory.user("b").row.manager == ref("a")


def test_somebody_may_be_their_own_manager() -> None:
    memory = Memory().sync(Company.of(ROOT, person("a", "1", manager="a")))
    assert memory.user("a").row.manager == ref("a")
