"""An approval applies what was reviewed, and nothing guarded that was not, whatever else moved."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.errors import UsageError
from syncd.model.run import Mode, Outcome, Trigger
from syncd.reconcile.guarded import guarded_changes
from syncd.reconcile.settings import Limit, Limits, Policy
from syncd.services.approval import reviewed
from syncd.services.report import SyncReport
from syncd.store.store import Store
from tests.integration.store.listed import Office, office
from tests.unit.reconcile.memory import ROOT, SOURCE, Company, department, person
from tests.unit.reconcile.worlds import companies, edits

_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]
quickly = settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
hard = settings(max_examples=400, deadline=None, suppress_health_check=_SLOW)

_NONE = Limit(0, 0.0)
#: Whatever a guard counts holds the plan.
STRICT = Policy(authority=SOURCE, limits=Limits(_NONE, _NONE, _NONE, _NONE, _NONE, _NONE))
PEOPLE = [person(f"p{n}", "1") for n in range(8)]
COMPANY = Company.of(ROOT, department("2"), *PEOPLE)


def approve(here: Office, run_id: int, company: Company) -> SyncReport:
    return here.sync(company, approved=reviewed(here.store, run_id).guarded)


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


def held(here: Office, company: Company) -> int:
    report = here.sync(company)
    assert report.outcome is Outcome.HELD
    assert report.run_id is not None
    return report.run_id


def test_one_leaver_who_was_not_reviewed_is_held_though_no_limit_is_passed(here: Office) -> None:
    run_id = held(here, COMPANY.minus(*(f"p{n}" for n in range(5))))
    report = approve(here, run_id, COMPANY.minus("p7"))
    assert report.outcome is Outcome.HELD
    assert [one.guard for one in report.violations] == ["not_reviewed"]
    assert report.run_id is not None
    assert report.run_id > run_id
    again = approve(here, report.run_id, COMPANY.minus("p7"))
    assert again.outcome is Outcome.APPLIED


def test_an_approved_step_with_another_value_is_told(here: Office) -> None:
    gone = COMPANY.minus(*(f"p{n}" for n in range(5)))
    run_id = held(here, gone.plus(person("p7", "1", position="cook")))
    seen = reviewed(here.store, run_id)
    report = approve(here, run_id, gone.plus(person("p7", "1", position="cleaner")))
    assert report.outcome is Outcome.APPLIED
    assert [one.ref.external_id for one in seen.besides(report.plan)] == ["p7"]


def test_the_plans_of_the_newest_two_held_runs_are_kept(anywhere: Office) -> None:
    first, second, third = (
        held(anywhere, COMPANY.minus(*(f"p{n}" for n in range(count)))) for count in (4, 5, 6)
    )
    assert anywhere.store.plan_body(first) is None
    with pytest.raises(UsageError, match="not kept any more"):
        reviewed(anywhere.store, first)
    assert reviewed(anywhere.store, second).guarded < reviewed(anywhere.store, third).guarded
    kept = anywhere.store.run(first)
    assert kept is not None
    assert kept.plan_digest is not None


def check(data: st.DataObject, here: Office) -> None:
    first = data.draw(companies().filter(lambda one: bool(one.people)))
    here.sync(first)
    here.policy = STRICT
    second = data.draw(st.one_of(companies(), edits(first)).filter(lambda one: bool(one.people)))
    report = here.sync(second)
    if report.outcome is not Outcome.HELD or report.run_id is None:
        return
    seen = reviewed(here.store, report.run_id)
    third = data.draw(st.one_of(st.just(second), edits(second), edits(first), companies()))
    before, mode = here.store.world(None), seen.mode
    assert mode is Mode.SYNC
    report = approve(here, report.run_id, third)
    if report.outcome is Outcome.FAILED:
        return
    guarded = {one.line() for one in guarded_changes(report.plan)}
    of_reading = {one.guard for one in report.violations} & {"empty_snapshot", "max_rejected"}
    if report.outcome is Outcome.HELD:
        assert of_reading or not guarded <= seen.guarded
        assert here.store.world(None) == before
        again = approve(here, report.run_id or 0, third)
        assert again.outcome in {Outcome.APPLIED, Outcome.NO_CHANGE}
        report = again
    else:
        assert guarded <= seen.guarded
        assert here.store.runs(1)[0].trigger is Trigger.APPROVE
        assert here.store.runs(1)[0].guard_counts == {}
    users = {ref: one.row for ref, one in here.store.world(None).users.items()}
    for change in report.plan.changes:
        if change.entity.value == "user":
            assert users[change.ref] == change.after


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("approving") / "empty.db"
    store = Store.open(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


@contextmanager
def fresh(empty: Path) -> Iterator[Office]:
    with TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{shutil.copy(empty, folder)}")
        try:
            yield office(store, Path(folder))
        finally:
            store.close()


@quickly
@given(data=st.data())
def test_exactly_what_was_reviewed_is_applied(empty: Path, data: st.DataObject) -> None:
    with fresh(empty) as here:
        check(data, here)


@pytest.mark.hard
@hard
@given(data=st.data())
def test_exactly_what_was_reviewed_is_applied_in_many_worlds(
    empty: Path, data: st.DataObject
) -> None:
    with fresh(empty) as here:
        check(data, here)
