"""Another name for a source, and the end of one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.errors import ConfigError, LeaseTaken, StaleWrite, UsageError
from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import LinkMethod, LinkRow
from syncd.model.entry import Kind, Ref
from syncd.model.pause import Pause, PauseKind
from syncd.model.run import Mode, Trigger
from syncd.model.source import SourceState
from syncd.reconcile.retire import plan_retirement
from syncd.services import sources as source_service
from syncd.services.by_hand import Author
from syncd.services.sources import Configured
from syncd.store.holder import Holder
from tests.integration.store.listed import office
from tests.unit.reconcile.memory import ROOT, SOURCE, Company, person

CAUSE = Cause("new")


def state(name: str, now: Any) -> SourceState:
    return SourceState(name, "wecom", f"{name}-corp", first_loaded_at=now, seen_at=now)


@pytest.fixture
def company(store, syncs, directory, now):
    """WeCom owns three people; an LDAP directory has two records, one of them linked with Wang."""
    syncs.apply(directory.company(), source_states=[state("wecom", now), state("ldap", now)])
    other = replace(directory, source="ldap")
    link = LinkRow(directory.ref("wang"), LinkMethod.COMMON_FIELD, "+8613800000001")
    linked = Change(Entity.LINK, Action.LINK, other.ref("u1"), None, None, None, link, CAUSE)
    plan = Plan(
        (linked,),
        records=(other.user_record("u1"), other.user_record("u2")),
        opened=(Conflict(ConflictKind.MISSING_KEY, "ldap", "u2"),),
    )
    syncs.apply(plan)
    return directory


def rename(store, now, old="wecom", new="corp"):
    return store.sources.rename(old, new, actor="anna", why="merger", at=now)


def end(store, now, name, **how):
    conflicts = [one.open for one in store.conflicts() if one.open.conflict.source == name]
    choices = {"actor": "anna", "why": "closed", "store_version": store.store_version()}
    plan = plan_retirement(store.sources.other_links(name), conflicts)
    choices |= {"at": now, "guard_counts": {}, **how}
    return store.sources.retire(name, plan, **choices)


def test_what_is_held_of_each_source_is_counted(store, company) -> None:
    wecom, ldap = (store.sources.holdings()[name] for name in ("wecom", "ldap"))

    assert (wecom.users, wecom.active_users, wecom.departments) == (3, 2, 2)
    assert (wecom.other_links, wecom.records, wecom.open_conflicts) == (0, 5, 0)
    assert (ldap.users, ldap.departments, ldap.owns_anything) == (0, 0, False)
    assert (ldap.other_links, ldap.records, ldap.open_conflicts) == (1, 2, 1)


def test_a_new_name_reaches_every_row_and_changes_no_id(store, company, now) -> None:
    before = store.world(None)
    store.pause([Pause(PauseKind.SOURCE, "wecom", now, None, "anna")], actor="anna", now=now)

    counts = rename(store, now)

    after = store.world(None)
    assert counts["directory_link"] == 3
    assert {one.id for one in after.users.values()} == {one.id for one in before.users.values()}
    assert {ref.source for ref in after.users} == {"corp"}
    assert {ref.source for ref in after.departments} == {"corp"}
    assert {ref.source for ref in after.records} == {"corp", "ldap"}
    assert after.users[Ref("corp", "wang")].row.manager == Ref("corp", "li")
    assert store.source_states().keys() == {"corp", "ldap"}
    assert store.digests("corp", Kind.USER).keys() == {"wang", "li", "zhao"}
    assert store.last_readings().keys() == {"corp"}
    assert [one.name for one in store.pauses()] == ["corp"]


def test_a_plan_made_before_the_new_name_is_made_again(store, syncs, company, now) -> None:
    version = store.store_version()
    rename(store, now)

    with pytest.raises(StaleWrite):
        syncs.apply(Plan(), store_version=version)


def test_whose_user_it_was_is_known_under_the_new_name_too(store, company, now, database) -> None:
    rename(store, now)
    database.execute("DELETE FROM directory_link WHERE external_id = 'wang'")

    assert Ref("corp", "wang") in store.world(None).users


def test_a_run_before_the_new_name_tells_of_the_source_as_it_is_called_now(
    store, company, now
) -> None:
    rename(store, now)

    past = store.past(1)

    assert {ref.source for ref in past.people} == {"corp"}
    links = [one for one in past.changes if one.entity is Entity.LINK]
    assert {one.after["source"] for one in links if one.after} == {"corp"}


def test_a_name_that_is_taken_is_refused(store, company, now) -> None:
    with pytest.raises(UsageError, match="'ldap'"):
        rename(store, now, new="ldap")

    assert store.source_states().keys() == {"wecom", "ldap"}


@pytest.mark.parametrize("decide", [rename, lambda store, now: end(store, now, "ldap")])
@pytest.mark.usefixtures("company")
def test_nothing_is_renamed_or_retired_under_a_run(open_store, store, now, decide) -> None:
    open_store(process=lambda: Holder("elsewhere", "b", 1, "1")).begin_run(
        trigger=Trigger.SCHEDULE,
        mode=Mode.SYNC,
        actor="daemon",
        now=now,
    )

    with pytest.raises(LeaseTaken):
        decide(store, now)


def test_of_a_source_that_owns_nobody_nothing_is_left(store, company, now) -> None:
    later = now + timedelta(hours=1)
    run_id = end(store, later, "ldap")

    assert "ldap" not in store.sources.holdings()
    assert store.conflicts() == []
    (unlinked,) = store.changes(run_id=run_id)
    assert (unlinked.entity, unlinked.action, unlinked.after) == (Entity.LINK, Action.UNLINK, None)
    assert unlinked.cause == {"code": "source_retired"}
    run = store.run(run_id)
    assert (run.actor, run.why, run.counts) == ("anna", "closed", {"link": {"unlink": 1}})
    assert store.status_counts()["user"] == {"active": 2, "inactive": 1}


def test_the_users_of_a_source_stay_as_they_are_when_it_ends(store, company, now) -> None:
    before = store.world(None)

    end(store, now, "wecom")

    after = store.world(None)
    assert after.users == before.users
    assert after.departments == before.departments
    assert {ref: one for ref, one in after.records.items() if ref.source == "wecom"} == {
        ref: one for ref, one in before.records.items() if ref.source == "wecom"
    }
    assert store.source_states().keys() == {"ldap"}
    assert store.sources.holdings()["wecom"].users == 3


def test_records_of_whoever_owns_nobody_go_with_the_source(
    store, syncs, company, directory, now
) -> None:
    syncs.apply(Plan(records=(directory.user_record("stranger"),)))

    end(store, now, "wecom")

    assert store.digests("wecom", Kind.USER).keys() == {"wang", "li", "zhao"}


def test_the_name_of_a_source_that_ended_is_no_other_directorys(store, tmp_path, now) -> None:
    here = office(store, tmp_path)
    here.sync(Company.of(ROOT, person("a", "1")))
    before = store.world(None).users
    end(store, now, SOURCE)
    end(store, now, SOURCE)  # said twice, it is still the same

    here.source.identity = "dc=other"
    with pytest.raises(ConfigError, match="dc=other"):
        here.sync()

    here.source.identity = "dc=example"
    here.sync()
    assert store.world(None).users == before
    assert store.source_states().keys() == {SOURCE}


def test_a_source_that_ended_is_not_renamed_to_another_directory(store, tmp_path, now) -> None:
    here = office(store, tmp_path)
    here.sync(Company.of(ROOT, person("a", "1")))
    end(store, now, SOURCE)
    author = Author("anna", "merger")

    other = Configured("other", "ldap", enabled=True, identity="dc=other")
    with pytest.raises(UsageError, match="dc=other"):
        source_service.rename(here.by_hand, SOURCE, "other", [other], author)

    same = Configured("other", "ldap", enabled=True, identity="dc=example")
    assert source_service.rename(here.by_hand, SOURCE, "other", [same], author).new == "other"
