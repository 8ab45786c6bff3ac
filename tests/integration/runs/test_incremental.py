"""Reading what has changed ends where reading everything ends, whatever happens in between."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.errors import SourceUnavailable
from syncd.model.cursor import Why
from syncd.model.entry import Partial, Snapshot
from syncd.model.run import PARTIAL, Mode, Outcome
from syncd.sources.base import Known, Progress, ignore_progress
from syncd.store.store import Store
from tests.integration.runs.directory import Directory, Office

NAMES = [f"p{number}" for number in range(9)]


@dataclass
class Traced(Directory):
    """A directory that remembers what it has shown, and says what has changed since."""

    shown: list[dict[str, bytes]] = field(default_factory=list)
    #: How often everything was read.
    whole: int = 0
    is_down: bool = False

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everything, and where this was."""
        self.whole += 1
        return replace(super().read(scope, progress), position=self._position())

    def read_changes(
        self,
        position: Mapping[str, Any],
        scope: Mapping[str, object],
        known: Known,
        progress: Progress = ignore_progress,
    ) -> Snapshot | Why:
        """Return what has changed since a position."""
        del scope, progress
        if self.is_down:
            raise SourceUnavailable("it does not answer")
        before, now = self.shown[position["at"]], self._all()
        changed = {id_ for id_, of in now.items() if before.get(id_) != of}
        departments = {id_ for id_ in (before.keys() | changed) if id_.startswith("department:")}
        if any(before.get(id_) != now.get(id_) for id_ in departments):
            return Why.DEPARTMENTS
        people = self.people.keys() & (changed | set(known.unsettled()))
        return Snapshot(
            self.name,
            self.now,
            (),
            self._people(people),
            None,
            facts={PARTIAL: 1},
            position=self._position(),
            partial=Partial(frozenset(known.people()) - self.people.keys()),
        )

    def _position(self) -> dict[str, object]:
        self.shown.append(self._all())
        return {"at": len(self.shown) - 1}

    def _all(self) -> dict[str, bytes]:
        units = {f"department:{id_}": orjson.dumps(of) for id_, of in self.departments.items()}
        return units | {id_: orjson.dumps(of) for id_, of in self.people.items()}


def fill(source: Directory) -> None:
    source.departments |= {"1": (None, "Acme"), "2": ("1", "Lab"), "3": ("1", "Shop")}
    for number in range(12):
        source.hire(f"q{number}", f"Q {number}", f"139001380{number:02}", "2")
    for number, name in enumerate(NAMES[:5]):
        source.hire(name, f"Person {number}", f"138001380{number:02}", "2", manager="p0")


@contextmanager
def opened(source: Directory, folder: Path, url: str | None = None) -> Iterator[Office]:
    fill(source)
    store = Store.open(url or f"sqlite:///{folder / f'{type(source).__name__}.db'}")
    place = folder / type(source).__name__
    place.mkdir()
    office = Office(store, place, source)
    office.sync()
    yield office
    store.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A company whose directory says what has changed; it was read once."""
    with opened(Traced(), tmp_path) as office:
        yield office


def active(office: Office) -> dict[str, tuple[Any, ...]]:
    """Return the active directory: owner → userid, name, mobile, manager, departments."""
    world = office.store.world(None)
    found = {}
    for ref, user in world.users.items():
        if user.row.is_active:
            departments = tuple(sorted(str(one) for one in user.memberships))
            row = user.row
            found[str(ref)] = (row.userid, row.name, row.mobile, row.manager, departments)
    return found


def traced(office: Office) -> Traced:
    assert isinstance(office.source, Traced)
    return office.source


def test_where_nothing_has_changed_only_the_runs_own_row_is_written(office):
    before = office.store.cursors("wecom")
    version = office.store.store_version()
    report = office.sync()
    assert report.outcome is Outcome.NO_CHANGE
    assert report.readings["wecom"].is_partial
    # Where a reading stood is told by the source; this one stands elsewhere each time.
    assert office.store.cursors("wecom") != before
    assert office.store.store_version() == version + 1
    assert traced(office).whole == 1


def test_each_database_keeps_where_a_reading_goes_on(database, tmp_path):
    with opened(Traced(), tmp_path, database.url) as office:
        office.source.hire("new", "New", "13700000000", "2")
        del office.source.people["p1"]
        done = office.sync()
        assert done.readings["wecom"].is_partial
        assert done.plan.counts()["user"] == {"create": 1, "deactivate": 1}
        office.undo(done)
        assert office.sync().readings["wecom"].is_partial
        assert "wecom:p1" not in active(office)
        assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE


def test_a_full_run_reads_everything_and_both_cursors_move(office):
    office.source.hire("new", "New", "13700000000", "2")
    office.sync()
    full, incremental = (office.store.cursors("wecom")[kind] for kind in ("full", "incremental"))
    assert full.position != incremental.position
    assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    now = office.store.cursors("wecom")
    assert now["full"].position == now["incremental"].position != incremental.position


def test_everything_is_read_in_the_end_where_no_full_pass_comes(office):
    for _ in range(2):
        office.source.now += timedelta(hours=23)
        assert office.sync().readings["wecom"].is_partial
    office.source.now += timedelta(hours=2)
    assert "everything_age" in office.sync().readings["wecom"].facts
    assert office.sync().readings["wecom"].is_partial


def test_a_full_pass_that_finds_nothing_counts_as_one(office):
    for _ in range(4):
        office.source.now += timedelta(days=1)
        office.sync(Mode.FULL)
        assert office.sync().readings["wecom"].is_partial


def test_a_held_run_and_one_that_failed_move_no_cursor(office):
    before = office.store.cursors("wecom")
    for name in list(office.source.people)[:9]:
        del office.source.people[name]
    held = office.sync()
    assert held.outcome is Outcome.HELD
    assert office.store.cursors("wecom") == before
    traced(office).is_down = True
    assert office.sync().outcome is Outcome.FAILED
    assert office.store.cursors("wecom") == before
    traced(office).is_down = False
    again = office.sync()
    assert (again.outcome, again.run_id) == (Outcome.HELD, held.run_id)
    whole = traced(office).whole
    assert office.approve(held).outcome is Outcome.APPLIED
    assert traced(office).whole == whole + 1


def test_a_plan_looks_at_what_has_changed_and_moves_nothing(office):
    before = office.store.cursors("wecom")
    office.source.hire("new", "New", "13700000000", "2")
    assert "new" in {one.ref.external_id for one in office.plan().plan.changes}
    assert office.store.cursors("wecom") == before
    assert traced(office).whole == 1


def test_what_was_undone_is_looked_at_again(office):
    office.source.people["p1"] |= {"name": "Changed"}
    done = office.sync()
    office.undo(done)
    assert active(office)["wecom:p1"][1] == "Person 1"
    assert office.sync().readings["wecom"].is_partial
    assert active(office)["wecom:p1"][1] == "Changed"


def test_a_renamed_source_goes_on_and_a_retired_one_is_forgotten(office):
    office.store.sources.rename("wecom", "other", actor="ops", why=None, at=office.source.now)
    assert not office.store.cursors("wecom")
    assert {one.source for one in office.store.cursors("other").values()} == {"other"}
    office.source.name = "other"
    assert office.sync().readings["other"].is_partial


def test_a_person_under_a_new_id_keeps_the_user(office):
    before = office.ids()["wecom:p1"]
    office.source.rename("p1", "p1-new")
    assert office.sync().readings["wecom"].is_partial
    assert office.ids()["wecom:p1-new"] == before


def test_who_was_read_alone_since_the_reading_began_is_not_gone(office):
    source = traced(office)
    kept = source.people.pop("p1")
    early = source.read_changes(
        office.store.cursors("wecom")["incremental"].position,
        {},
        Stored(frozenset(office.source.people) | {"p1"}),
    )
    assert isinstance(early, Snapshot)
    source.people["p1"] = kept | {"name": "Still here"}
    office.sync(Mode.TARGETED, "p1")
    source.read_changes = lambda *_: early  # type: ignore[method-assign] # the answer came late
    office.sync()
    assert active(office)["wecom:p1"][1] == "Still here"


@dataclass
class Stored:
    """What a store would hold."""

    ids: frozenset[str]

    def people(self) -> frozenset[str]:
        return self.ids

    def unsettled(self) -> frozenset[str]:
        return frozenset()

    def naming(self, managers: object) -> frozenset[str]:
        del managers
        return frozenset()


names = st.sampled_from(NAMES)
steps = st.one_of(
    st.tuples(st.just("hire"), names, st.integers(0, 8)),
    st.tuples(st.just("leave"), names),
    st.tuples(st.just("set"), names, st.just("name"), st.sampled_from(["A", "B"])),
    st.tuples(st.just("set"), names, st.just("mobile"), st.sampled_from(["13800138001", None])),
    st.tuples(st.just("set"), names, st.just("userid"), st.sampled_from(["p2", "same"])),
    st.tuples(st.just("set"), names, st.just("manager"), names),
    st.tuples(st.just("set"), names, st.just("departments"), st.sampled_from([["1"], ["3", "9"]])),
    st.tuples(st.just("set"), names, st.just("state"), st.sampled_from(["disabled", "active"])),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("unit"), st.sampled_from(["2", "3", "9"]), st.sampled_from(["1", None])),
    st.tuples(st.just("alone"), names),
    st.tuples(st.just("undo")),
    st.tuples(st.just("sync")),
)


class Twins:
    """Two offices to which the same happens; one of them always reads everything."""

    def __init__(self, one: Office, other: Office) -> None:
        self.both = (one, other)

    def do(self, step: tuple[Any, ...]) -> None:
        for office in self.both:
            getattr(self, step[0])(office, *step[1:])

    def hire(self, office: Office, name: str, number: int) -> None:
        office.source.hire(name, f"Person {name}", f"138001380{number:02}", "2")

    def leave(self, office: Office, name: str) -> None:
        office.source.people.pop(name, None)

    def set(self, office: Office, name: str, field_: str, value: object) -> None:
        if name in office.source.people:
            office.source.people[name] = office.source.people[name] | {field_: value}

    def rename(self, office: Office, old: str, new: str) -> None:
        if old in office.source.people and new not in office.source.people:
            office.source.rename(old, new)

    def unit(self, office: Office, id_: str, parent: str | None) -> None:
        if id_ == "9" and parent is None:
            office.source.departments.pop(id_, None)
        else:
            office.source.departments[id_] = (parent or "2" if id_ != "2" else "1", f"Unit {id_}")

    def alone(self, office: Office, name: str) -> None:
        if name in office.source.people:
            office.sync(Mode.TARGETED, name)

    def undo(self, office: Office) -> None:
        last = next((one for one in office.store.runs(5) if one.outcome is Outcome.APPLIED), None)
        if last is not None and last.mode is Mode.SYNC and last.id > 1:
            office.undo(last.id)

    def sync(self, office: Office) -> None:
        report = office.sync()
        if report.outcome is Outcome.HELD:
            office.approve(report)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(history=st.lists(steps, min_size=3, max_size=20))
def test_changes_end_where_everything_ends(history):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        with opened(Traced(), path) as one, opened(Directory(), path) as other:
            twins = Twins(one, other)
            for step in [*history, ("sync",), ("sync",)]:
                twins.do(step)
            assert active(one) == active(other)
            full = one.sync(Mode.FULL)
            assert full.outcome is Outcome.NO_CHANGE, full.plan
