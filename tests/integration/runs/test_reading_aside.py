"""Sources that are read beside one another: who is, and that nothing else is different."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from syncd.errors import SourceUnavailable
from syncd.model.entry import Snapshot
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.decide import Request
from syncd.services.report import SyncReport
from syncd.services.sync import look, run_sync
from syncd.sources.base import Progress, ignore_progress
from syncd.store.store import Store
from tests.integration.runs.directory import Directory
from tests.integration.runs.several import NUMBER, Offices

#: What happened, in its order.
Trace = list[str]


@dataclass
class Begun:
    """A reading that has begun, and is done when it is waited for."""

    source: "Aside"
    is_over: bool = False

    def finish(self, progress: Progress = ignore_progress) -> Snapshot:
        del progress
        self.source.trace.append(f"{self.source.name} finished")
        self.is_over = True
        if self.source.dies:
            raise SourceUnavailable(f"{self.source.name} has died.")
        return Directory.read(self.source, {})

    def stop(self) -> None:
        self.source.trace.append(f"{self.source.name} stopped")
        self.is_over = True


@dataclass
class Aside(Directory):
    """A directory that may be read beside others."""

    trace: Trace = field(default_factory=list)
    scopes: list[Mapping[str, object]] = field(default_factory=list)
    dies: bool = False
    has_room: bool = True

    def begin(self, scope: Mapping[str, object]) -> Begun | None:
        if not self.has_room:
            return None
        self.scopes.append(scope)
        self.trace.append(f"{self.name} begun")
        return Begun(self)

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        self.trace.append(f"{self.name} read")
        return Directory.read(self, scope, progress)


@dataclass
class Plain(Directory):
    """A directory that is not."""

    trace: Trace = field(default_factory=list)
    is_interrupted: bool = False

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        self.trace.append(f"{self.name} read")
        if self.is_interrupted:
            raise KeyboardInterrupt
        return Directory.read(self, scope, progress)


def filled(kind: type[Directory], name: str, trace: Trace, first: int, **more: object) -> Directory:
    source = kind(name, f"{name}-1", departments={"1": (None, name)}, trace=trace, **more)
    for number in range(first, first + 8):
        source.hire(f"{name}{number}", f"Person {number}", NUMBER(number))
    return source


@pytest.fixture
def trace() -> Trace:
    return []


@pytest.fixture
def company(tmp_path: Path, trace: Trace) -> Iterator[Offices]:
    """An authority that may be read beside, a WeCom that may not, and a third that may."""
    sources = {
        "corp": filled(Aside, "corp", trace, 0),
        "wecom": filled(Plain, "wecom", trace, 2),
        "branch": filled(Aside, "branch", trace, 4),
    }
    store = Store.open(f"sqlite:///{tmp_path / 'syncd.db'}")
    yield Offices(store, tmp_path, sources)
    store.close()


def sync(company: Offices, *names: str, cores: int = 1, mode: Mode = Mode.SYNC) -> SyncReport:
    context = replace(company.context(*names), spare_cores=cores)
    return run_sync(context, Request(mode, Trigger.CLI, "ops"))


def test_what_goes_on_beside_is_waited_for_when_all_else_is_read(company, trace):
    report = sync(company, "corp", "wecom")
    assert report.outcome is Outcome.APPLIED
    assert trace == ["corp begun", "wecom read", "corp finished", "corp stopped"]


def test_there_are_no_more_processes_than_cores(company, trace):
    sync(company, cores=1)
    assert trace == [
        *("corp begun", "wecom read", "branch read", "corp finished", "corp stopped"),
    ]
    trace.clear()
    sync(company, cores=3)
    assert trace == [
        *("corp begun", "branch begun", "wecom read", "corp finished", "branch finished"),
        *("branch stopped", "corp stopped"),
    ]
    trace.clear()
    sync(company, cores=0)
    assert trace == ["corp read", "wecom read", "branch read"]


def test_one_of_those_that_may_be_read_beside_is_read_here_where_there_is_no_other(company, trace):
    sync(company, "corp", "branch", cores=3)
    assert trace == ["branch begun", "corp read", "branch finished", "branch stopped"]


def test_one_source_alone_is_read_here(company, trace):
    sync(company, "corp", cores=3)
    assert trace == ["corp read"]


def test_what_cannot_be_begun_is_read_here(company, trace):
    company.sources["corp"].has_room = False
    assert sync(company, "corp", "wecom").outcome is Outcome.APPLIED
    assert trace == ["corp read", "wecom read"]


def test_a_plan_reads_beside_too(company, trace):
    sync(company)
    trace.clear()
    context = replace(company.context("corp", "wecom"), spare_cores=1)
    look(context, Request(Mode.SYNC, Trigger.CLI, "ops"))
    assert trace == ["corp begun", "wecom read", "corp finished", "corp stopped"]


def test_the_order_of_the_sources_is_as_ever(company):
    aside = sync(company, cores=3)
    assert [*aside.readings] == ["corp", "wecom", "branch"]
    for source in company.sources.values():
        if isinstance(source, Aside):
            source.dies = True
    failed = sync(company, cores=3)
    assert [*failed.failures] == ["corp", "branch"]
    assert [*failed.readings] == ["wecom"]


def test_who_is_read_beside_and_dies_contributes_nothing(company):
    sync(company)
    company.sources["corp"].dies = True
    company.sources["corp"].people.clear()
    report = sync(company, "corp", "wecom")
    assert report.failures.keys() == {"corp"}
    assert report.readings.keys() == {"wecom"}
    assert len(company.active()) == 8


def test_a_reading_that_goes_on_is_stopped_when_the_run_is(company, trace):
    company.sources["wecom"].is_interrupted = True
    with pytest.raises(KeyboardInterrupt):
        sync(company)
    assert trace == ["corp begun", "wecom read", "corp stopped"]
    assert company.store.runs(1)[0].outcome is Outcome.ABANDONED
