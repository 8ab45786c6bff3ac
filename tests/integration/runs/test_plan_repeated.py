"""Somebody decides between a plan and its writing: the plan is made again from what was read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncd.model.entry import Ref, Snapshot
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.by_hand import Author, ByHand, disable
from syncd.services.decide import Context, Request
from syncd.services.report import SyncReport
from syncd.services.sync import run_sync
from syncd.sources.base import Progress, ignore_progress
from syncd.store.store import Store
from tests.integration.runs.directory import Directory, Office
from tests.integration.runs.several import Offices
from tests.servers.database import TestDatabase


@dataclass
class Read(Directory):
    """A directory that counts how often all of it is read."""

    readings: int = 0

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everything."""
        self.readings += 1
        return super().read(scope, progress)


@contextmanager
def company(url: str, folder: Path) -> Iterator[Office]:
    source = Read(departments={"1": (None, "Acme"), "2": ("1", "Lab")})
    for number in range(12):
        source.hire(f"p{number}", f"Person {number}", f"138001380{number:02}", "2", manager="p0")
    store = Store.open(url)
    yield Office(store, folder, source)
    store.close()


@pytest.fixture
def unread(database: TestDatabase, tmp_path: Path) -> Iterator[Office]:
    """A company of twelve of which nothing is stored yet, on each database."""
    with company(database.url, tmp_path) as office:
        yield office


@pytest.fixture
def both(database: TestDatabase, tmp_path: Path) -> Iterator[Offices]:
    """Two directories with the same twelve people, of which nothing is stored yet."""
    corp = Read("corp", "corp-1", departments={"1": (None, "Corp")})
    wecom = Read("wecom", "wecom-1", departments={"1": (None, "WeCom")})
    for number in range(12):
        corp.hire(f"p{number}", f"Person {number}", f"138001380{number:02}")
        wecom.hire(f"w{number}", f"Person {number}", f"+86 138 0013 80{number:02}")
    store = Store.open(database.url)
    yield Offices(store, tmp_path, {"corp": corp, "wecom": wecom})
    store.close()


def sync(office: Office, meanwhile: Callable[[Context], object], mode: Mode = Mode.SYNC):
    """Run a sync, and do something else after the store's version was read and before writing."""
    context, source, done = office.context, office.source, []
    assert isinstance(source, Read)
    began, now = source.readings, source.now

    def clock() -> datetime:
        if source.readings > began and not done:
            done.append(True)
            meanwhile(context)
        return now

    report = run_sync(replace(context, clock=clock), Request(mode, Trigger.CLI, "ops"))
    assert done
    assert source.readings == began + 1  # what was read is planned again, not read again
    return report


def look_at(context: Context, person: str) -> SyncReport:
    report = run_sync(context, Request(Mode.TARGETED, Trigger.EVENT, "ops", person=person))
    assert report.outcome is Outcome.APPLIED
    return report


def test_a_first_load_loses_nothing_when_its_plan_is_repeated(unread: Office) -> None:
    def one_is_stored_and_disabled(context: Context) -> None:
        look_at(context, "p3")
        by = ByHand(unread.store, context.policy, context.clock, context.audit_file)
        disable(by, Ref("wecom", "p3"), Author("ops", "on leave"))

    report = sync(unread, one_is_stored_and_disabled)
    assert report.outcome is Outcome.APPLIED
    assert report.plan.counts()["user"]["create"] == 11
    world = unread.store.world(None)
    assert {ref.external_id for ref in world.users} == {f"p{number}" for number in range(12)}
    assert {ref.external_id for ref, one in world.users.items() if not one.row.is_active} == {"p3"}
    assert world.users[Ref("wecom", "p3")].row.manager == Ref("wecom", "p0")
    assert all(one.memberships for one in world.users.values())
    assert unread.sync().outcome is Outcome.NO_CHANGE
    assert unread.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    assert unread.replay().is_same


def test_what_was_read_later_is_not_replaced_by_a_first_load_that_is_planned_again(
    unread: Office,
) -> None:
    def one_is_renamed(context: Context) -> None:
        unread.source.people["p3"]["name"] = "Later"
        unread.source.now += timedelta(seconds=5)
        look_at(context, "p3")

    assert sync(unread, one_is_renamed).outcome is Outcome.APPLIED
    names = {ref.external_id: user.row.name for ref, user in unread.store.world(None).users.items()}
    assert names == {f"p{n}": f"Person {n}" for n in range(12)} | {"p3": "Later"}


def test_who_was_stored_meanwhile_and_is_not_in_a_first_load_is_asked_for_again(
    unread: Office,
) -> None:
    def one_is_stored_who_was_gone(context: Context) -> None:
        unread.source.hire("left", "Left", "13900139000", "2")
        began, unread.source.now = unread.source.now, unread.source.now - timedelta(seconds=5)
        look_at(context, "left")
        unread.source.now = began

    assert sync(unread, one_is_stored_who_was_gone).outcome is Outcome.APPLIED
    assert unread.source.asked == {"left"}
    assert set(unread.ids()) == {f"wecom:p{number}" for number in range(12)}


def test_a_later_run_is_planned_again_from_the_same_snapshot(unread: Office) -> None:
    unread.sync()
    unread.source.people["p5"]["name"] = "Another"

    def one_is_disabled(context: Context) -> None:
        by = ByHand(unread.store, context.policy, context.clock, context.audit_file)
        disable(by, Ref("wecom", "p3"), Author("ops", "on leave"))

    assert sync(unread, one_is_disabled).outcome is Outcome.APPLIED
    users = unread.store.world(None).users
    assert users[Ref("wecom", "p5")].row.name == "Another"
    assert not users[Ref("wecom", "p3")].row.is_active
    assert unread.sync(Mode.FULL).outcome is Outcome.NO_CHANGE


def test_other_settings_make_everybody_news_and_keep_what_a_person_decides_meanwhile(
    unread: Office,
) -> None:
    unread.sync()
    unread.settings = "other settings"

    def one_is_disabled(context: Context) -> None:
        by = ByHand(unread.store, context.policy, context.clock, context.audit_file)
        disable(by, Ref("wecom", "p3"), Author("ops", "on leave"))

    report = sync(unread, one_is_disabled)
    assert (report.outcome, report.plan.changes) == (Outcome.NO_CHANGE, ())
    assert len(report.plan.records) == 14  # their digests are of the other settings now
    assert set(unread.ids()) == {f"wecom:p{number}" for number in range(12) if number != 3}
    assert not unread.sync().plan.records


def test_a_first_load_of_two_sources_loses_nothing_when_its_plan_is_repeated(both: Offices) -> None:
    context, done = both.context(), []
    now, wecom = context.clock(), both.sources["wecom"]
    assert isinstance(wecom, Read)

    def clock() -> datetime:
        # After both were read, the plan asks for the time when it has read the store's version.
        if wecom.readings and not done:
            done.append(True)
            look_at(both.context("corp"), "p3")
            disable(both.by_hand(), Ref("corp", "p3"), Author("ops", "on leave"))
        return now

    report = run_sync(replace(context, clock=clock), Request(Mode.SYNC, Trigger.CLI, "ops"))
    assert (report.outcome, done) == (Outcome.APPLIED, [True])
    assert wecom.readings == 1
    assert both.owners("corp") == {f"p{n}": f"corp:p{n}" for n in range(12)}
    assert both.owners("wecom") == {f"w{n}": f"corp:p{n}" for n in range(12)}
    assert both.active() == {f"corp:p{n}" for n in range(12) if n != 3}
    assert both.sync().outcome is Outcome.NO_CHANGE
    assert both.sync(mode=Mode.FULL).outcome is Outcome.NO_CHANGE
    assert both.replay().is_same
