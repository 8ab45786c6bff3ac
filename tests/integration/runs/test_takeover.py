"""Whole runs in which another source becomes the authority."""

import json

import pytest

from syncd.errors import ConfigError, UsageError
from syncd.model.entry import Kind, Ref
from syncd.model.run import Mode, Outcome
from syncd.services import sources
from syncd.services.by_hand import Author, ByHand
from syncd.services.sources import Retirement
from tests.integration.runs.directory import Directory, Office


@pytest.fixture
def moved(office: Office) -> Office:
    """The same people in another directory; p11 is not there, and somebody new is."""
    return moved_from(office)


def moved_from(office: Office) -> Office:
    """Return the office in which LDAP is to be the authority."""
    ldap = Directory("ldap", "dc=example", departments={"ou": (None, "Example")}, type="ldap")
    for number in range(11):
        mobile = str(office.source.people[f"p{number}"]["mobile"])
        manager = "uuid-0" if number else None
        ldap.hire(f"uuid-{number}", f"Person {number}", f"+86{mobile}", "ou", manager=manager)
    ldap.hire("uuid-new", "Somebody New", "13511112222", "ou")
    ldap.now = office.source.now
    return Office(office.store, office.folder, ldap)


def test_a_new_authority_is_held_and_once_approved_has_the_people(
    office: Office, moved: Office
) -> None:
    before = office.ids()
    assert moved.plan().outcome is Outcome.HELD
    held = moved.sync()
    assert held.outcome is Outcome.HELD
    assert ("authority_changed", "wecom", 11, 12) in [
        (one.guard, one.subject, one.count, one.population) for one in held.violations
    ]
    assert office.ids() == before
    assert moved.sync().run_id == held.run_id
    assert moved.approve(held).outcome is Outcome.APPLIED
    after = moved.ids()
    for number in range(11):
        assert after[f"ldap:uuid-{number}"] == before[f"wecom:p{number}"]
        assert moved.user_of("wecom", f"p{number}") == before[f"wecom:p{number}"]
    assert after["ldap:uuid-new"] == 13
    assert len(after) == 12
    for mode in Mode.SYNC, Mode.FULL:
        assert moved.sync(mode).outcome is Outcome.NO_CHANGE
    assert moved.sync(Mode.TARGETED, "uuid-3").outcome is Outcome.NO_CHANGE


def test_the_store_says_who_owns_whom(office: Office, moved: Office) -> None:
    moved.approve(moved.sync())
    world = moved.store.world(None)
    assert world.users[Ref("ldap", "uuid-1")].row.manager == Ref("ldap", "uuid-0")
    assert not world.users[Ref("wecom", "p11")].row.is_active
    active = [ref for ref, one in world.departments.items() if one.row.is_active]
    assert active == [Ref("ldap", "ou")]
    lines = (office.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    owners = [
        one for one in map(json.loads, lines) if one.get("cause", {}).get("code") == "taken_over"
    ]
    assert len(owners) == 22
    assert {one["action"] for one in owners} == {"link", "update"}


def test_all_of_it_on_each_database(any_office: Office) -> None:
    """A rekey, a retirement, a takeover, an undo: the log rebuilds what the store says."""
    before = any_office.ids()
    any_office.source.rename("p1", "zhang")
    any_office.sync()
    assert any_office.ids()["wecom:zhang"] == before["wecom:p1"]
    any_office.source.people["p1"] = any_office.source.people.pop("zhang")
    moved = moved_from(any_office)
    moved.retire("wecom")
    moved.configured = frozenset()
    held = moved.sync()
    assert {one.guard for one in held.violations} >= {"authority_changed", "max_unlinks"}
    done = moved.approve(held)
    after = moved.ids()
    assert [after[f"ldap:uuid-{n}"] for n in range(11)] == [
        before[f"wecom:p{n}"] for n in range(11)
    ]
    links = moved.store.world(None).links
    assert {ref.external_id for ref in links if ref.source == "wecom"} == {"p11"}
    assert moved.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    assert moved.replay().is_same
    moved.undo(done)
    owners = {str(ref) for ref, one in moved.store.world(None).users.items() if one.row.is_active}
    assert owners == {"wecom:zhang", *(key for key in before if key != "wecom:p1")}
    assert moved.replay().is_same


def test_a_source_that_is_not_configured_any_more_must_be_told_what_became_of(
    moved: Office,
) -> None:
    moved.configured = frozenset()
    with pytest.raises(ConfigError, match="not configured") as refusal:
        moved.sync()
    assert "sources rename wecom NEW" in str(refusal.value.hint)
    assert "sources retire wecom" in str(refusal.value.hint)


def test_without_a_common_field_nobody_is_taken_over(moved: Office) -> None:
    moved.common_field = None
    with pytest.raises(ConfigError, match="a second time") as refusal:
        moved.sync()
    assert "reconcile.common_field" in str(refusal.value.hint)
    with pytest.raises(ConfigError, match="a second time"):
        moved.plan()


def test_one_person_alone_is_not_taken_over(moved: Office) -> None:
    with pytest.raises(UsageError, match="not taken over"):
        moved.sync(Mode.TARGETED, "uuid-3")


def test_the_way_back_is_held_too_and_makes_nobody_a_second_time(
    office: Office, moved: Office
) -> None:
    before = office.ids()
    moved.approve(moved.sync())
    office.source.now = moved.source.now
    office.configured = frozenset({"wecom", "ldap"})
    held = office.sync()
    assert held.outcome is Outcome.HELD
    assert office.approve(held).outcome is Outcome.APPLIED
    after = office.ids()
    assert {key: after[key] for key in before} == before
    assert len(after) == len(before)
    assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_takeover_can_be_undone(office: Office, moved: Office) -> None:
    before = office.store.world(None)
    moved.undo(moved.approve(moved.sync()))
    after = office.store.world(None)
    for ref, user in before.users.items():
        assert after.users[ref].id == user.id
        assert after.users[ref].row.is_active
        assert after.links[ref] == before.links[ref]
    assert [str(ref) for ref, user in after.users.items() if user.row.is_active] == sorted(
        map(str, before.users)
    )
    assert moved.sync().outcome is Outcome.HELD
    office.source.now = moved.source.now
    office.configured = frozenset({"wecom", "ldap"})
    assert office.sync(Mode.FULL).plan.former == {}


def test_another_company_under_the_same_name_is_refused(office: Office) -> None:
    office.source.identity = "corp-2"
    with pytest.raises(ConfigError, match="corp-2") as refusal:
        office.sync()
    assert "sources retire" in str(refusal.value.hint)


def retire(office: Office, name: str) -> Retirement:
    context = office.context
    by = ByHand(office.store, context.policy, context.clock, context.audit_file)
    return sources.retire(by, name, [], Author("ops", "sold"), confirmed=True)


def test_the_people_of_a_retired_source_wait_for_a_new_authority(
    office: Office, moved: Office
) -> None:
    before = office.ids()
    moved.configured = frozenset()
    done = retire(moved, "wecom")
    assert done.run_id is not None
    assert moved.ids() == before
    held = moved.sync()
    assert held.outcome is Outcome.HELD
    assert moved.approve(held).outcome is Outcome.APPLIED
    after = moved.ids()
    assert [after[f"ldap:uuid-{n}"] for n in range(11)] == [
        before[f"wecom:p{n}"] for n in range(11)
    ]
    assert moved.store.sources.holdings()["wecom"].users == 1  # who is in no directory any more
    assert moved.store.digests("wecom", Kind.USER).keys() == {"p11"}
    assert moved.store.digests("wecom", Kind.DEPARTMENT) == {}
    assert moved.sync(Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_retired_source_that_is_read_again_has_its_people_as_before(office: Office) -> None:
    before = office.ids()
    retire(office, "wecom")
    del office.source.people["p3"]
    assert office.sync().outcome is Outcome.APPLIED
    assert office.ids() == {key: value for key, value in before.items() if key != "wecom:p3"}
    assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_protected_user_is_left_and_holds_nothing_afterwards(
    office: Office, moved: Office
) -> None:
    before = office.ids()
    moved.protected = frozenset({"p3"})
    moved.approve(moved.sync())
    assert moved.ids()["wecom:p3"] == before["wecom:p3"]
    assert moved.user_of("ldap", "uuid-3") is None
    for mode in Mode.SYNC, Mode.FULL:
        assert moved.sync(mode).outcome is Outcome.NO_CHANGE
    assert moved.sync(Mode.TARGETED, "uuid-5").outcome is Outcome.NO_CHANGE
    with pytest.raises(UsageError, match="another source, and protected"):
        moved.settle("uuid-3", "p3", source="wecom")
    moved.protected = frozenset()
    moved.approve(moved.sync())
    assert moved.ids()["ldap:uuid-3"] == before["wecom:p3"]
    assert moved.store.conflicts() == []
