"""Whole runs in which people come back under new ids."""

import json

import pytest

from syncd.model.conflict import ConflictKind
from syncd.model.entry import Kind, Ref
from syncd.model.run import Mode, Outcome
from tests.integration.runs.directory import Office


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.FULL])
def test_a_new_id_keeps_the_user(office: Office, mode: Mode) -> None:
    before = office.ids()
    office.source.people["p2"]["manager"] = "p1"
    office.sync()
    office.source.rename("p1", "zhang")
    office.source.people["p2"]["manager"] = "zhang"
    report = office.sync(mode)
    assert report.outcome is Outcome.APPLIED
    assert report.plan.counts() == {"link": {"rekey": 1}, "user": {"update": 1}}
    after = office.ids()
    assert after["wecom:zhang"] == before["wecom:p1"]
    assert len(after) == len(before)
    world = office.store.world(None)
    assert world.users[Ref("wecom", "p2")].row.manager == Ref("wecom", "zhang")
    assert world.users[Ref("wecom", "zhang")].row.userid == "zhang"
    assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    assert "p1" not in office.store.digests("wecom", Kind.USER)


def test_changes_and_log_tell_both_ids(office: Office) -> None:
    office.source.rename("p1", "zhang")
    report = office.sync()
    (told,) = [one for one in office.store.changes(run_id=report.run_id) if one.action == "rekey"]
    assert (told.before, told.after) == ({"external_id": "p1"}, {"external_id": "zhang"})
    assert told.cause == {"code": "rekeyed", "former": "wecom:p1"}
    lines = (office.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    logged = [one for one in map(json.loads, lines) if one.get("action") == "rekey"]
    assert [(one["entity"], one["before"], one["after"]) for one in logged] == [
        ("link", {"external_id": "p1"}, {"external_id": "zhang"})
    ]


def test_a_rekey_can_be_undone(office: Office) -> None:
    before = office.ids()
    office.source.rename("p1", "zhang")
    report = office.sync()
    office.undo(report)
    assert office.ids() == before
    assert office.user_of("wecom", "zhang") is None
    # The next sync says the same again: the source still does.
    assert office.sync().plan.former == {Ref("wecom", "zhang"): Ref("wecom", "p1")}
    assert office.ids()["wecom:zhang"] == before["wecom:p1"]


def test_who_carries_a_value_is_looked_for_among_all(office: Office) -> None:
    office.source.people["p5"]["mobile"] = office.source.people["p1"]["mobile"]
    office.sync()
    before = office.ids()
    office.source.rename("p1", "zhang")
    office.sync()
    assert office.ids()["wecom:zhang"] not in before.values()


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.FULL])
def test_a_doubt_is_kept_until_it_is_gone(office: Office, mode: Mode) -> None:
    before = office.ids()
    office.source.rename("p1", "li")
    office.source.people["li"]["name"] = "Li Si"
    office.sync(mode)
    (conflict,) = office.store.conflicts()
    assert conflict.open.conflict.kind is ConflictKind.IDENTITY_DOUBTFUL
    assert conflict.open.conflict.detail["former"] == "p1"
    assert "wecom:li" not in office.ids()
    assert office.sync(mode).outcome is Outcome.NO_CHANGE
    office.source.people["li"]["name"] = "Person 1"
    office.sync(mode)
    assert office.ids()["wecom:li"] == before["wecom:p1"]
    assert office.store.conflicts() == []


def test_many_new_ids_are_asked_for_and_nobody_is_a_leaver(office: Office) -> None:
    before = office.ids()
    for number in range(6):
        office.source.rename(f"p{number}", f"x{number}")
    report = office.sync()
    assert report.outcome is Outcome.APPLIED, report.violations
    assert office.source.limits == [3 + 6]
    assert {office.ids()[f"wecom:x{n}"] for n in range(6)} == {
        before[f"wecom:p{n}"] for n in range(6)
    }


def test_without_a_common_field_no_more_are_asked_for(office: Office) -> None:
    office.common_field = None
    office.source.rename("p1", "zhang")
    office.sync()
    assert office.source.limits == [3]
    assert office.ids()["wecom:zhang"] == 13
