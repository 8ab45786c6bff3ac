"""`undo` on a real store: what a run changed is as before it, where nobody has moved it since."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.errors import UsageError
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from syncd.reconcile.settings import Limit, Limits, Policy
from syncd.services.approval import reviewed
from syncd.services.by_hand import Author, disable
from syncd.services.undo import Undone, undo
from syncd.store.store import Store
from tests.integration.store.listed import Office, office
from tests.unit.reconcile.memory import ROOT, SOURCE, Company, department, person, ref
from tests.unit.reconcile.worlds import companies, edits

_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
quickly = settings(max_examples=12, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=500, deadline=None, suppress_health_check=_SLOW)

OPS = Author("alice", "a mistake at the source")
_ALL = Limit(1000, 1.0)
#: Nothing is held, but where half of a population would go.
LOOSE = Policy(authority=SOURCE, limits=Limits(_ALL, _ALL, _ALL, _ALL, _ALL, _ALL))
STAFF = [person(f"p{n}", "2", manager="boss", position="cook") for n in range(8)]
COMPANY = Company.of(ROOT, department("2"), department("3"), person("boss", "1"), *STAFF)


@pytest.fixture
def anywhere(store: Store, tmp_path: Path) -> Office:
    """Return a company in a store of any kind."""
    anywhere = office(store, tmp_path)
    anywhere.sync(COMPANY)
    return anywhere


@pytest.fixture
def here(path: Path, anywhere: Office) -> Office:
    """Return the same in SQLite alone, for what does not depend on the database."""
    assert path.exists()
    return anywhere


def applied(here: Office, company: Company, *, full: bool = False) -> int:
    report = here.sync(company, full=full)
    assert report.outcome is Outcome.APPLIED
    assert report.run_id is not None
    return report.run_id


def undone(here: Office, run_id: int, *, confirmed: bool = True) -> Undone:
    return undo(here.by_hand, run_id, OPS, confirmed=confirmed)


def directory(store: Store) -> dict[str, Any]:
    """Return every row of the directory, without the times at which it was written."""
    world = store.world(None)
    return {
        "users": {key: (one.id, one.row) for key, one in world.users.items()},
        "memberships": {key: dict(one.memberships) for key, one in world.users.items()},
        "departments": {key: (one.id, one.row) for key, one in world.departments.items()},
        "links": dict(world.links),
    }


def row(here: Office, id_: str) -> Any:
    return here.store.world(None).users[ref(id_)].row


def test_values_departments_and_people_are_as_before(anywhere: Office) -> None:
    before = directory(anywhere.store)
    run_id = applied(
        anywhere,
        COMPANY.minus("p0", "department:3").plus(
            department("2", name="Kitchen"),
            person("p1", "1", "2", manager=None, position="waiter"),
        ),
    )
    assert directory(anywhere.store) != before
    done = undone(anywhere, run_id)
    assert done.skipped == ()
    assert directory(anywhere.store) == before
    run = anywhere.store.run(done.run_id or 0)
    assert run is not None
    assert (run.trigger, run.mode, run.actor, run.why) == (
        Trigger.UNDO,
        Mode.TARGETED,
        "alice",
        "a mistake at the source",
    )
    lines = [json.loads(line) for line in anywhere.log.read_text("utf-8").splitlines()]
    mine = [line for line in lines if line["run_id"] == run.id]
    assert mine[0]["event"] == "run_undone"
    assert mine[0]["undone_run_id"] == run_id
    causes = [line["cause"] for line in mine if line["event"] == "change"]
    assert causes == [{"code": "undo", "run": str(run_id)}] * len(causes)


def test_whom_the_run_has_made_is_disabled_and_stays_so(here: Office) -> None:
    run_id = applied(here, COMPANY.plus(person("new", "2"), department("4")))
    undone(here, run_id)
    found = row(here, "new")
    assert (found.is_active, found.gone_at) == (False, None)
    assert found.admin_disabled_at is not None
    assert ref("new") in here.store.world(None).links
    assert not here.store.world(None).departments[ref("4")].row.is_active
    here.sync(full=True)
    assert not row(here, "new").is_active
    assert here.store.world(None).departments[ref("4")].row.is_active


def test_the_next_sync_does_the_same_again(anywhere: Office) -> None:
    changed = COMPANY.minus("p0", "department:3").plus(person("p1", "1", position="waiter"))
    run_id = applied(anywhere, changed, full=True)  # and nothing later counts it with its own
    after = directory(anywhere.store)["users"]
    undone(anywhere, run_id)
    assert row(anywhere, "p0").is_active
    report = anywhere.sync()
    assert report.outcome is Outcome.APPLIED
    assert {
        key: (one[0], one[1]._replace(gone_at=None))
        for key, one in directory(anywhere.store)["users"].items()
    } == {key: (one[0], one[1]._replace(gone_at=None)) for key, one in after.items()}
    assert not row(anywhere, "p0").is_active
    assert anywhere.sync().outcome is Outcome.NO_CHANGE


def test_where_the_source_has_changed_its_mind_the_next_sync_finds_nothing_to_do(
    here: Office,
) -> None:
    before = directory(here.store)
    run_id = applied(here, COMPANY.minus("p0", "department:3"))
    undone(here, run_id)
    assert here.sync(COMPANY).outcome is Outcome.NO_CHANGE
    assert here.sync(full=True).outcome is Outcome.NO_CHANGE
    assert directory(here.store) == before


def test_only_what_has_not_moved_since_is_put_back(here: Office) -> None:
    first = COMPANY.plus(
        person("p1", "2", manager="boss", position="waiter", alias="one"),
        person("p2", "2", manager="boss", position="waiter"),
    )
    run_id = applied(here, first)
    later = first.plus(
        person("p1", "2", manager="boss", position="waiter", alias="two"),
        person("p2", "2", manager="boss", position="waiter", alias="two"),
    )
    applied(here, later)
    done = undone(here, run_id)
    assert [(one.change.entity_id, one.reason, one.columns) for one in done.skipped] == [
        (here.store.world(None).users[ref("p1")].id, "moved", ("alias",))
    ]
    assert (row(here, "p1").position, row(here, "p1").alias) == ("waiter", "two")
    assert (row(here, "p2").position, row(here, "p2").alias) == ("cook", "two")


def test_a_department_that_is_lived_in_by_now_stays(here: Office) -> None:
    made = COMPANY.plus(department("4"), department("5", "4"))
    run_id = applied(here, made)
    applied(here, made.plus(person("p1", "2", "4", manager="boss", position="cook")))
    done = undone(here, run_id)
    departments = here.store.world(None).departments
    assert departments[ref("4")].row.is_active
    assert not departments[ref("5")].row.is_active
    assert [one.reason for one in done.skipped] == ["in_use"]


def test_nobody_keeps_a_manager_whom_the_undo_makes_inactive(here: Office) -> None:
    made = COMPANY.plus(person("chief", "1"))
    run_id = applied(here, made)
    applied(here, made.plus(person("p1", "2", manager="chief", position="cook")))
    undone(here, run_id)
    assert row(here, "p1").manager is None
    here.sync()
    assert row(here, "p1").manager is None


def test_a_department_is_not_put_under_itself(here: Office) -> None:
    run_id = applied(here, COMPANY.plus(department("3", "2")))
    undone(here, run_id)
    applied(here, COMPANY.plus(department("2", "3")))
    again = undone(here, here.store.runs(1)[0].id - 1)  # puts 3 under 2, which is under 3
    assert [one.reason for one in again.skipped] == ["circle"]
    departments = here.store.world(None).departments
    assert departments[ref("2")].row.full_path == "D1/D3/D2"


def test_an_undo_that_a_guard_holds_waits_for_a_word(anywhere: Office) -> None:
    many = [person(f"n{n}", "2") for n in range(4)]
    run_id = applied(anywhere, COMPANY.plus(*many))
    before = directory(anywhere.store)
    done = undone(anywhere, run_id, confirmed=False)
    assert done.outcome is Outcome.HELD
    assert [one.guard for one in done.violations] == ["max_deactivations"]
    assert directory(anywhere.store) == before
    held = anywhere.store.run(done.run_id or 0)
    assert held is not None
    assert (held.outcome, held.trigger) == (Outcome.HELD, Trigger.UNDO)
    assert json.loads(anywhere.store.plan_body(held.id) or "")["undone_run"] == run_id
    assert anywhere.store.held_run() is None
    with pytest.raises(UsageError, match="an undo that is held"):
        reviewed(anywhere.store, held.id)
    done = undone(anywhere, run_id, confirmed=True)
    assert done.outcome is Outcome.APPLIED
    run = anywhere.store.run(done.run_id or 0)
    assert run is not None
    assert run.guard_counts == {}
    assert not any(row(anywhere, f"n{n}").is_active for n in range(4))


def test_a_protected_person_is_never_deactivated_without_a_word(here: Office) -> None:
    run_id = applied(here, COMPANY.plus(person("new", "2")))
    here.policy = replace(LOOSE, limits=replace(LOOSE.limits, protected=frozenset({"new"})))
    done = undone(here, run_id, confirmed=False)
    assert [one.guard for one in done.violations] == ["protected"]
    assert row(here, "new").is_active


def test_held_undos_put_no_held_sync_out(here: Office) -> None:
    run_ids = [
        applied(here, COMPANY.plus(*(person(f"n{m}", "2") for m in range(n)))) for n in (1, 2, 3)
    ]
    here.policy = replace(LOOSE, limits=Limits(*[Limit(0, 0.0)] * 6))
    held = here.sync(COMPANY.minus("p1"))
    for one in run_ids:
        assert undone(here, one, confirmed=False).outcome is Outcome.HELD
    assert here.store.plan_body(held.run_id or 0) is not None
    assert (here.store.held_run() or here.store.runs(1)[0]).id == held.run_id


def test_an_undo_can_be_undone(here: Office) -> None:
    run_id = applied(here, COMPANY.plus(person("new", "2"), person("p1", "1", position="boss")))
    after = directory(here.store)
    done = undone(here, run_id)
    undone(here, done.run_id or 0)
    assert directory(here.store) == after


def test_a_disabling_can_be_undone_like_any_run(here: Office) -> None:
    before = directory(here.store)
    done = disable(here.by_hand, ref("boss"), OPS)
    undone(here, done.run_id or 0)
    assert directory(here.store) == before


def test_what_is_undone_already_is_not_written_again(here: Office) -> None:
    run_id = applied(here, COMPANY.plus(person("p1", "2", manager="boss", position="waiter")))
    undone(here, run_id)
    runs, version = here.store.runs(), here.store.store_version()
    done = undone(here, run_id)
    assert (done.run_id, done.outcome) == (None, Outcome.NO_CHANGE)
    assert [one.reason for one in done.skipped] == ["moved"]
    assert (here.store.runs(), here.store.store_version()) == (runs, version)


@pytest.mark.parametrize(("run_id", "said"), [(77, "There is no run 77"), (2, "changed nothing")])
def test_only_a_run_that_has_changed_something_can_be_undone(
    here: Office, run_id: int, said: str
) -> None:
    here.sync()
    with pytest.raises(UsageError, match=said):
        undone(here, run_id)


def test_a_new_id_is_given_back(store: Store, tmp_path: Path) -> None:
    here = office(store, tmp_path, replace(LOOSE, common_field="mobile"))
    old = person("old", "1", mobile="13800138000", name="王伟", userid="old")
    others = [person(f"p{n}", "1") for n in range(2, 9)]
    company = Company.of(ROOT, person("p1", "1", manager="old"), *others, old)
    here.sync(company)
    before = directory(store)
    new = replace(old, external_id="new", fields={**old.fields, "userid": "new"})
    renamed = company.minus("old").plus(new, person("p1", "1", manager="new"))
    run_id = applied(here, renamed, full=True)
    after = directory(store)
    assert after["users"][ref("new")][0] == before["users"][ref("old")][0]
    undone(here, run_id)
    assert directory(store) == before
    assert here.sync().outcome is Outcome.APPLIED
    assert directory(store) == after


# --- in every world --------------------------------------------------------------------------


def check_all_but_what_was_made_is_as_before(data: st.DataObject, here: Office) -> None:
    for company in data.draw(st.lists(companies(), max_size=2)):
        here.sync(company)
    if data.draw(st.booleans()) and here.store.world(None).users:
        who = data.draw(st.sampled_from(sorted(here.store.world(None).users)))
        disable(here.by_hand, who, OPS)
    before, known = directory(here.store), here.source.company
    company = data.draw(st.one_of(companies(), edits(known)))
    report = here.sync(company, full=data.draw(st.booleans()))
    if report.outcome is Outcome.HELD:
        report = here.sync(company, approved=reviewed(here.store, report.run_id or 0).guarded)
    if report.outcome is not Outcome.APPLIED or not report.plan.changes:
        return
    done = undone(here, report.run_id or 0)
    assert done.skipped == ()
    now = directory(here.store)
    for table in ("users", "memberships", "departments", "links"):
        assert {key: now[table][key] for key in before[table]} == before[table], table
    assert_made_are_inactive(before, now)
    assert_whole(now)
    again = here.sync()
    if again.outcome is Outcome.HELD:
        again = here.sync(approved=reviewed(here.store, again.run_id or 0).guarded)
    assert again.outcome in {Outcome.APPLIED, Outcome.NO_CHANGE, Outcome.FAILED}
    for key in now["users"].keys() - before["users"].keys():
        assert not directory(here.store)["users"][key][1].is_active


def check_nothing_that_moved_since_is_touched(data: st.DataObject, here: Office) -> None:
    runs = []
    for company in data.draw(st.lists(companies(), min_size=2, max_size=4)):
        report = here.sync(company)
        if report.outcome is Outcome.HELD:
            report = here.sync(approved=reviewed(here.store, report.run_id or 0).guarded)
        if report.outcome is Outcome.APPLIED and report.plan.changes:
            runs.append(report.run_id or 0)
    for run_id in data.draw(st.lists(st.sampled_from(runs), max_size=3)) if runs else ():
        undone(here, run_id)
        assert_whole(directory(here.store))
    before = here.store.world(None)
    report = here.sync()
    if report.outcome is Outcome.APPLIED:
        assert here.store.world(None) != before or report.plan.changes == ()
    assert here.sync().outcome in {Outcome.NO_CHANGE, Outcome.FAILED, Outcome.HELD}


def assert_made_are_inactive(before: dict[str, Any], now: dict[str, Any]) -> None:
    for key in now["users"].keys() - before["users"].keys():
        row = now["users"][key][1]
        assert not row.is_active
        assert row.admin_disabled_at is not None
        assert now["memberships"][key] == {}
        assert key in now["links"]
    for key in now["departments"].keys() - before["departments"].keys():
        assert not now["departments"][key][1].is_active


def assert_whole(now: dict[str, Any]) -> None:
    """Fail where something active refers to something that is not."""
    active = {key for key, (_, row) in now["departments"].items() if row.is_active}
    users = {key for key, (_, row) in now["users"].items() if row.is_active}
    for key in active:
        row = now["departments"][key][1]
        above: Ref | None = row.parent
        assert above is None or above in active
        parts = [] if above is None else [now["departments"][above][1].full_path]
        assert row.full_path == "/".join([*parts, row.name.replace("/", "／")])
    for key, (_, row) in now["users"].items():
        members = now["memberships"][key]
        assert members.keys() <= active
        primaries = [one for one, member in members.items() if member.is_primary]
        assert primaries == ([row.main_department] if members else [])
        if row.gone_at is None:
            assert row.manager is None or row.manager in users


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undoing") / "empty.db"
    store = Store.open(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


@contextmanager
def fresh(empty: Path) -> Iterator[Office]:
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{shutil.copy(empty, folder)}")
        try:
            yield office(store, Path(folder), LOOSE)
        finally:
            store.close()


@quickly
@given(data=st.data())
def test_all_but_what_was_made_is_as_before(empty: Path, data: st.DataObject) -> None:
    with fresh(empty) as here:
        check_all_but_what_was_made_is_as_before(data, here)


@quickly
@given(data=st.data())
def test_whatever_moved_since_the_directory_stays_whole(empty: Path, data: st.DataObject) -> None:
    with fresh(empty) as here:
        check_nothing_that_moved_since_is_touched(data, here)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_all_but_what_was_made_is_as_before_in_many_worlds(
    empty: Path, data: st.DataObject
) -> None:
    with fresh(empty) as here:
        check_all_but_what_was_made_is_as_before(data, here)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_the_directory_stays_whole_in_many_worlds(empty: Path, data: st.DataObject) -> None:
    with fresh(empty) as here:
        check_nothing_that_moved_since_is_touched(data, here)
