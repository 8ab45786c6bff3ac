"""A person says who a doubted record is, and every later run keeps to it."""

import pytest

from syncd.errors import UsageError
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from tests.integration.runs.directory import Office


@pytest.fixture
def doubted(office: Office) -> Office:
    """A company whose p1 is gone, and li has the phone; p2 is managed by li."""
    office.source.rename("p1", "li")
    office.source.people["li"]["name"] = "Li Si"
    office.source.people["p2"]["manager"] = "li"
    office.sync()
    assert [one.open.conflict.external_id for one in office.store.conflicts()] == ["li"]
    return office


def test_the_same_person_goes_on_with_the_same_user(doubted: Office) -> None:
    before = doubted.user_of("wecom", "p1")
    done = doubted.settle("li", "p1")
    assert (done.user.id, done.user.owner) == (before, Ref("wecom", "li"))
    assert done.user.row.is_active
    assert done.user.row.name == "Li Si"
    world = doubted.store.world(None)
    assert world.links[Ref("wecom", "li")].method is LinkMethod.MANUAL
    assert world.users[Ref("wecom", "p2")].row.manager == Ref("wecom", "li")
    assert doubted.store.conflicts() == []
    assert doubted.user_of("wecom", "p1") is None


def test_somebody_new_becomes_a_user_and_the_other_stays_inactive(doubted: Office) -> None:
    done = doubted.settle("li", None)
    assert done.user.id == 13
    world = doubted.store.world(None)
    assert not world.users[Ref("wecom", "p1")].row.is_active
    assert world.users[Ref("wecom", "p2")].row.manager == Ref("wecom", "li")
    assert doubted.store.conflicts() == []


@pytest.mark.parametrize("user", ["p1", None], ids=["the same", "somebody new"])
@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.FULL])
def test_later_runs_keep_to_it(doubted: Office, user: str | None, mode: Mode) -> None:
    done = doubted.settle("li", user)
    report = doubted.sync(mode)
    assert report.plan.changes == ()
    assert doubted.ids()["wecom:li"] == done.user.id
    assert doubted.sync(mode).outcome is Outcome.NO_CHANGE


def test_who_decided_and_why_is_told(doubted: Office) -> None:
    done = doubted.settle("li", "p1")
    assert done.run_id is not None
    run = doubted.store.run(done.run_id)
    assert run is not None
    assert (run.trigger, run.actor, run.why) == (Trigger.LINK, "ops", "asked")
    told = [one.cause for one in doubted.store.changes(run_id=done.run_id)]
    assert {"code": "same_by_hand", "former": "wecom:p1"} in told


@pytest.mark.parametrize(
    ("new", "user", "says"),
    [
        pytest.param("p3", "p1", "Nobody doubts", id="nothing doubted"),
        pytest.param("nobody", None, "Nobody doubts", id="unknown"),
        pytest.param("li", "p3", "and no other user", id="another user"),
    ],
)
def test_what_is_not_in_doubt_is_refused(
    doubted: Office, new: str, user: str | None, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        doubted.settle(new, user)
