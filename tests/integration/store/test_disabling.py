"""`disable` and `enable` on a real store, beside runs that want to write at the same time."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from syncd.model.change import Entity
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.by_hand import Author, disable, enable
from syncd.store.store import Store
from tests.integration.store.listed import Office, office
from tests.unit.reconcile.memory import ROOT, Company, department, person, ref

OPS = Author("alice", "left the building")
COMPANY = Company.of(
    ROOT,
    department("2"),
    person("boss", "1"),
    *(person(f"p{n}", "2", manager="boss", position="0") for n in range(6)),
)


@pytest.fixture
def anywhere(store: Store, tmp_path: Path) -> Office:
    """Return a company in a store of any kind."""
    anywhere = office(store, tmp_path)
    assert anywhere.sync(COMPANY).outcome is Outcome.APPLIED
    return anywhere


@pytest.fixture
def here(path: Path, anywhere: Office) -> Office:
    """Return the same in SQLite alone, for what does not depend on the database."""
    assert path.exists()
    return anywhere


def rows(here: Office) -> dict[str, Any]:
    return {key.external_id: one.row for key, one in here.store.world(None).users.items()}


def test_a_decision_is_a_run_of_its_own_with_actor_and_reason(anywhere: Office) -> None:
    version = anywhere.store.store_version()
    done = disable(anywhere.by_hand, ref("boss"), OPS)
    assert done.run_id is not None
    run = anywhere.store.run(done.run_id)
    assert run is not None
    assert (run.trigger, run.mode, run.outcome) == (
        Trigger.DISABLE,
        Mode.TARGETED,
        Outcome.APPLIED,
    )
    assert (run.actor, run.why) == ("alice", "left the building")
    assert run.counts == {"user": {"deactivate": 1, "update": 6}}
    assert anywhere.store.store_version() == version + 1
    told = list(anywhere.store.changes(run_id=run.id))
    assert (told[0].entity, told[0].action.value) == (Entity.USER, "deactivate")
    assert told[0].cause == {"code": "admin_disabled"}
    lines = [json.loads(line) for line in anywhere.log.read_text("utf-8").splitlines()]
    mine = [line for line in lines if line["run_id"] == run.id]
    assert {line["actor"] for line in mine} == {"alice"}
    assert [line["event"] for line in mine] == ["change"] * 7 + ["run_finished"]
    assert mine[-1]["why"] == "left the building"


def test_the_next_sync_finds_nothing_to_do_and_enable_brings_all_back(here: Office) -> None:
    before = rows(here)
    disable(here.by_hand, ref("boss"), OPS)
    changed = rows(here)
    assert not changed["boss"].is_active
    assert {changed[f"p{n}"].manager for n in range(6)} == {None}
    for full in (False, True):
        assert here.sync(full=full).outcome is Outcome.NO_CHANGE
    assert rows(here) == changed
    done = enable(here.by_hand, ref("boss"), Author("bob"))
    assert done.user.row.is_active
    assert rows(here) == before
    assert here.sync(full=True).outcome is Outcome.NO_CHANGE


def test_what_is_so_already_is_not_written_again(here: Office) -> None:
    assert enable(here.by_hand, ref("p1"), OPS).run_id is None
    disable(here.by_hand, ref("p1"), OPS)
    runs, version, log = here.store.runs(), here.store.store_version(), here.log.read_bytes()
    done = disable(here.by_hand, ref("p1"), OPS)
    assert done.run_id is None
    assert done.user.row.admin_disabled_at is not None
    assert (here.store.runs(), here.store.store_version()) == (runs, version)
    assert here.log.read_bytes() == log


def test_nobody_has_to_wait_for_the_lease(here: Office) -> None:
    begun = here.store.begin_run(
        trigger=Trigger.CLI, mode=Mode.SYNC, actor="ops", now=here.source.clock()
    )
    assert disable(here.by_hand, ref("p1"), OPS).run_id == begun.run.id + 1


def test_a_run_that_was_overtaken_by_a_decision_plans_again_and_keeps_it(anywhere: Office) -> None:
    done: list[Any] = []
    anywhere.source.meanwhile = lambda: done.append(disable(anywhere.by_hand, ref("p1"), OPS))
    report = anywhere.sync(COMPANY.plus(person("p1", "2", manager="boss", position="new")))
    assert report.outcome is Outcome.APPLIED
    assert report.run_id == done[0].run_id - 1
    row = rows(anywhere)["p1"]
    assert (row.is_active, row.position) == (False, "new")
    assert row.admin_disabled_at is not None


def test_a_decision_that_was_overtaken_by_a_run_is_planned_again(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = COMPANY.plus(person("p1", "2", manager="boss", position="new"))
    world, calls = Store.world, []

    def overtaken(self: Store, *args: Any, **options: Any) -> Any:
        found = world(self, *args, **options)
        if not calls:
            calls.append(1)
            here.sync(moved)
        return found

    monkeypatch.setattr(Store, "world", overtaken)
    disable(here.by_hand, ref("p1"), OPS)
    monkeypatch.undo()
    row = rows(here)["p1"]
    assert (row.is_active, row.position) == (False, "new")


SWITCHING = """
import sys
from pathlib import Path
from syncd.services.by_hand import Author, disable, enable
from syncd.store.store import Store
from tests.integration.store.listed import office
from tests.unit.reconcile.memory import ref
store = Store.open(sys.argv[1])
here = office(store, Path(sys.argv[2]))
for round in range(4):
    for id_ in ("p1", "p2", "p3"):
        disable(here.by_hand, ref(id_), Author("alice", "test"))
        if id_ != "p3":
            enable(here.by_hand, ref(id_), Author("alice"))
store.close()
"""


def test_two_processes_lose_no_decision_and_no_change(
    anywhere: Office, url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", SWITCHING, url, str(tmp_path)]
    round_ = 0
    with subprocess.Popen(command) as other:
        while other.poll() is None:
            round_ += 1
            changed = [
                person(id_, "2", manager="boss", position=str(round_)) for id_ in ("p1", "p4")
            ]
            report = anywhere.sync(COMPANY.plus(*changed), full=True)
            assert (report.outcome, report.violations) == (Outcome.APPLIED, ())
    assert other.returncode == 0
    assert round_ > 1
    found = rows(anywhere)
    assert {key for key, row in found.items() if not row.is_active} == {"p3"}
    assert {found[id_].position for id_ in ("p1", "p4")} == {str(round_)}
    switched = [one for one in anywhere.store.runs(500) if one.trigger is not Trigger.CLI]
    assert [one.trigger for one in switched].count(Trigger.ENABLE) == 8
    assert [one.trigger for one in switched].count(Trigger.DISABLE) == 9
