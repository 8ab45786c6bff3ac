"""The held plan of one person is approved as such: that person is read again, and nobody else."""

import orjson
import pytest

from syncd.errors import UsageError
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.approval import reviewed
from syncd.services.report import SyncReport
from syncd.store.schema import plan as plans
from tests.integration.runs.directory import Office


@pytest.fixture
def held(office: Office) -> SyncReport:
    """A run about p1, protected, whom the source has disabled; p2 has another name meanwhile."""
    office.protected = frozenset({"p1"})
    office.source.people["p1"]["state"] = "disabled"
    office.source.people["p2"]["name"] = "Another"
    report = office.sync(Mode.TARGETED, person="p1")
    assert report.outcome is Outcome.HELD
    return report


def names(office: Office) -> dict[str, str]:
    users = office.store.world(None).users.items()
    return {ref.external_id: user.row.name for ref, user in users if user.row.is_active}


def test_it_is_applied_as_a_run_about_that_person_alone(office: Office, held: SyncReport) -> None:
    waiting = office.store.held_run()
    assert waiting is not None
    assert waiting.id == held.run_id
    report = office.approve(held)
    assert (report.outcome, report.mode) == (Outcome.APPLIED, Mode.TARGETED)
    assert report.run_id is not None
    run = office.store.run(report.run_id)
    assert run is not None
    assert (run.trigger, run.mode) == (Trigger.APPROVE, Mode.TARGETED)
    assert "p1" not in names(office)
    assert names(office)["p2"] == "Person 2"
    assert office.store.held_run() is None
    office.sync()
    assert names(office)["p2"] == "Another"


def test_what_is_guarded_by_nothing_is_applied_with_it(office: Office, held: SyncReport) -> None:
    office.source.people["p1"]["name"] = "Renamed"
    assert held.run_id is not None
    seen = reviewed(office.store, held.run_id)
    report = office.approve(held)
    assert report.outcome is Outcome.APPLIED
    assert len(seen.besides(report.plan)) == 1


def test_a_guarded_change_that_was_not_reviewed_is_held_again(
    office: Office, held: SyncReport
) -> None:
    del office.source.people["p1"]["state"]
    office.source.people["p1"]["departments"] = ()
    report = office.approve(held)
    assert (report.outcome, report.mode) == (Outcome.HELD, Mode.TARGETED)
    assert report.run_id != held.run_id
    assert office.approve(report).outcome is Outcome.APPLIED


def test_who_has_left_meanwhile_stays_as_is_because_a_targeted_run_proves_no_absence(
    office: Office, held: SyncReport
) -> None:
    del office.source.people["p1"]
    assert office.approve(held).outcome is Outcome.NO_CHANGE
    assert "p1" in names(office)


def test_a_held_plan_about_everybody_still_waits_after_it(office: Office, held: SyncReport) -> None:
    whole = office.sync()
    assert (whole.outcome, whole.mode) == (Outcome.HELD, Mode.SYNC)
    assert whole.run_id != held.run_id
    office.source.people["p3"]["state"] = "disabled"
    office.approve(held)
    waiting = office.store.held_run()
    assert waiting is not None
    assert waiting.id == whole.run_id
    del office.source.people["p3"]["state"]
    assert office.approve(whole).outcome is Outcome.APPLIED
    assert office.store.held_run() is None
    assert names(office)["p2"] == "Another"


def test_a_plan_that_does_not_say_about_whom_it_is_cannot_be_approved(
    office: Office, held: SyncReport
) -> None:
    assert held.run_id is not None
    body = orjson.loads(office.store.plan_body(held.run_id) or "{}")
    del body["person"]
    with office.store._database.write() as connection:  # as an earlier version left it
        connection.execute(plans.update().values(body=orjson.dumps(body).decode()))
    with pytest.raises(UsageError, match="does not say about whom") as refused:
        reviewed(office.store, held.run_id)
    assert "syncd sync --user USER again" in refused.value.hint
