"""A person says who a doubted record is, and every later run keeps to it."""

from datetime import timedelta
from typing import Any

import pytest

from syncd.errors import UsageError
from syncd.model.change import Action, Entity
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.by_hand import Author
from syncd.services.erasure import ErasureContext, erase, find
from syncd.services.purge import PurgeRequest, purge
from syncd.services.purge_people import Keeping, PurgeContext
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


# ── somebody else under an old id ───────────────────────────────────────────────────────────────


@pytest.fixture
def namesake(any_office: Office) -> Office:
    """A company whose p1 has left, and where another person has that id now; p2 is managed by p1."""
    office = any_office
    was = office.source.people.pop("p1")
    office.sync()
    office.source.people["p1"] = {**was, "name": "Li Si", "mobile": "13900139000"}
    office.source.people["p2"]["manager"] = "p1"
    office.sync()
    (conflict,) = office.store.conflicts()
    assert conflict.open.conflict.detail["name_before"] == "Person 1"
    return office


OLD = Ref("wecom", "p1")
LEFT = Ref("wecom", "p1#2")


def test_the_same_person_is_active_again_with_the_new_name(namesake: Office) -> None:
    before = namesake.user_of("wecom", "p1")
    done = namesake.settle("p1", "p1")
    assert (done.user.id, done.user.owner) == (before, OLD)
    assert (done.user.row.is_active, done.user.row.name) == (True, "Li Si")
    world = namesake.store.world(None)
    assert world.links[OLD].method is LinkMethod.MANUAL
    assert world.users[Ref("wecom", "p2")].row.manager == OLD
    assert namesake.store.conflicts() == []
    assert namesake.replay().is_same


def test_somebody_new_gets_the_record_and_the_one_before_keeps_the_user(namesake: Office) -> None:
    before = namesake.store.world(None).users[OLD]
    done = namesake.settle("p1", None)
    assert (done.user.id, done.user.owner, done.user.row.name) == (13, OLD, "Li Si")
    assert done.user.row.is_active
    world = namesake.store.world(None)
    assert world.users[LEFT].id == before.id
    assert world.users[LEFT].row == before.row
    assert {ref: world.links[ref].user_id for ref in (OLD, LEFT)} == {OLD: 13, LEFT: before.id}
    assert LEFT in world.gone
    assert world.users[Ref("wecom", "p2")].row.manager == OLD
    assert namesake.store.conflicts() == []
    assert namesake.replay().is_same


@pytest.mark.parametrize("user", ["p1", None], ids=["the same", "somebody new"])
@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.FULL])
def test_later_runs_keep_to_who_an_old_id_is(
    namesake: Office, user: str | None, mode: Mode
) -> None:
    done = namesake.settle("p1", user)
    rows = namesake.store.world(None).users
    assert namesake.sync(mode).plan.changes == ()
    assert namesake.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    assert namesake.ids()["wecom:p1"] == done.user.id
    assert namesake.store.world(None).users == rows


def test_who_leaves_and_returns_after_a_decision_is_who_it_was(namesake: Office) -> None:
    new = namesake.settle("p1", None).user.id
    record = namesake.source.people.pop("p1")
    namesake.sync()
    assert "wecom:p1" not in namesake.ids()
    namesake.source.people["p1"] = record
    namesake.sync()
    assert namesake.ids()["wecom:p1"] == new


def test_an_old_id_may_be_handed_on_again_and_again(namesake: Office) -> None:
    namesake.settle("p1", None)
    record = namesake.source.people.pop("p1")
    namesake.sync()
    namesake.source.people["p1"] = {**record, "name": "Wang Wu", "mobile": None}
    namesake.sync()
    assert namesake.settle("p1", None).user.id == 14
    links = namesake.store.world(None).links
    assert [links[Ref("wecom", id_)].user_id for id_ in ("p1#2", "p1#13", "p1")] == [2, 13, 14]
    assert namesake.replay().is_same


def test_what_was_known_of_the_same_person_and_cannot_be_read_now_stays(office: Office) -> None:
    was = office.source.people.pop("p1")
    office.sync()
    office.source.people["p1"] = {**was, "name": "Li Si"}
    del office.source.people["p1"]["mobile"]
    office.sync()
    done = office.settle("p1", "p1")
    assert done.user.row.mobile == "13800138001"
    assert office.sync(Mode.FULL).plan.changes == ()
    assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE


def test_an_undo_gives_the_record_back_and_the_doubt_returns(namesake: Office) -> None:
    before = namesake.store.world(None)
    done = namesake.settle("p1", None)
    undone = namesake.undo(done)
    assert undone.skipped == ()
    world = namesake.store.world(None)
    assert world.links[OLD] == before.links[OLD]
    assert world.users[OLD].row == before.users[OLD].row
    new = world.users[Ref("wecom", "p1#13")]
    assert (new.id, new.row.is_active, new.memberships) == (13, False, {})
    assert namesake.replay().is_same
    namesake.sync()
    assert [one.open.conflict.external_id for one in namesake.store.conflicts()] == ["p1"]
    assert namesake.settle("p1", "p1").user.id == before.users[OLD].id
    assert namesake.replay().is_same


def test_an_undo_of_that_undo_gives_it_to_the_new_one_again(namesake: Office) -> None:
    done = namesake.settle("p1", None)
    rows = namesake.store.world(None)
    namesake.undo(namesake.undo(done))
    world = namesake.store.world(None)
    assert (world.users, world.links) == (rows.users, rows.links)
    assert namesake.replay().is_same
    assert namesake.sync(Mode.FULL).plan.changes == ()


def test_an_undo_of_the_same_person_leaves_the_user_as_it_was(namesake: Office) -> None:
    before = namesake.store.world(None)
    namesake.undo(namesake.settle("p1", "p1"))
    world = namesake.store.world(None)
    assert (world.users[OLD], world.links[OLD]) == (before.users[OLD], before.links[OLD])
    assert namesake.replay().is_same


def test_who_is_brought_back_by_an_undo_without_a_record_is_gone_with_the_next_run(
    namesake: Office,
) -> None:
    (left,) = {
        one.run_id
        for one in namesake.store.changes(user_id=2)
        if one.entity is Entity.USER and one.action is Action.DEACTIVATE
    }
    namesake.settle("p1", None)
    assert namesake.undo(left).plan.changes
    assert "wecom:p1#2" in namesake.ids()
    namesake.sync()
    assert "wecom:p1#2" not in namesake.ids()
    assert "p1#2" not in namesake.source.asked
    assert namesake.replay().is_same


def test_an_old_id_is_settled_also_where_another_hand_has_deleted_the_link(
    namesake: Office, database: Any
) -> None:
    database.execute("DELETE FROM directory_link WHERE external_id = 'p1'")
    assert namesake.settle("p1", None).user.id == 13
    links = namesake.store.world(None).links
    assert (links[LEFT].user_id, links[OLD].user_id) == (2, 13)
    assert namesake.sync(Mode.FULL).plan.changes == ()


def test_an_old_id_is_given_to_nobody_but_who_had_it(namesake: Office) -> None:
    with pytest.raises(UsageError, match="user 2, who had that id before, and no other user"):
        namesake.settle("p1", "p3")


def test_a_purge_asks_nobody_about_who_gave_a_record_up(namesake: Office) -> None:
    namesake.settle("p1", None)
    asked: list[str] = []
    read_user = namesake.source.read_user
    namesake.source.read_user = lambda id_: (asked.append(id_), read_user(id_))[1]  # type: ignore[method-assign]  # a spy
    at = namesake.source.now + timedelta(hours=1)
    context = PurgeContext(
        namesake.store,
        Keeping(people=timedelta(minutes=1)),
        lambda _: namesake.source,
        namesake.configured,
        lambda: at,
        namesake.folder / "audit.jsonl",
        "here",
    )
    report = purge(context, PurgeRequest(Trigger.CLI, "ops"))
    assert [one.user_id for one in report.people] == [2]
    assert asked == []
    world = namesake.store.world(None)
    assert world.users[OLD].id == 13
    assert OLD in world.records
    assert LEFT not in {*world.links, *world.records}
    assert namesake.replay().is_same
    assert namesake.sync(Mode.FULL).plan.changes == ()


def test_erasing_the_one_before_leaves_the_one_who_has_the_id_now(
    namesake: Office, database: Any
) -> None:
    namesake.settle("p1", None)
    for recipient in ("user:2", "userid:p1", "userid:p2"):
        database.execute(
            "INSERT INTO outbox_message (recipient, msgtype, content) "
            f"VALUES ('{recipient}', 'text', '{{}}')"
        )
    at = namesake.source.now + timedelta(hours=1)
    context = ErasureContext(namesake.store, lambda: at, namesake.folder / "audit.jsonl", "here")
    erase(context, find(namesake.store, "user:2"), Author("ops"))
    assert database.rows("SELECT recipient FROM outbox_message ORDER BY id") == [
        ("userid:p1",),
        ("userid:p2",),
    ]
    assert {2, 13} & {user.id for user in namesake.store.world(None).users.values()} == {13}
    told = (namesake.folder / "audit.jsonl").read_text(encoding="utf-8")
    assert "13800138001" not in told
    assert 'Person 1"' not in told
    assert namesake.replay().is_same
    namesake.sync()
    assert namesake.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    assert namesake.ids()["wecom:p1"] == 13
