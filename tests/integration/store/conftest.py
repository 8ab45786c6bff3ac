from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.model.change import Action, Cause, Change, Entity, Plan, RecordWrite
from syncd.model.directory import DepartmentRow, LinkMethod, LinkRow, MembershipRow, UserRow
from syncd.model.entry import Kind, Ref
from syncd.model.record import DepartmentRecord, MembershipRecord, RecordState, UserRecord
from syncd.model.run import Mode, ReadingSummary, Trigger
from syncd.store.apply import Applied
from syncd.store.holder import Holder
from syncd.store.store import Store
from tests.servers.database import TestDatabase

NOW = datetime(2026, 3, 4, 5, 6, 7, 891011, UTC)
HERE = Holder("here", "boot-1", 4242, "777")
APPEARED = Cause("appeared")


@dataclass
class Directory:
    """Makes the values that a small company's plans are made of."""

    source: str = "wecom"
    now: datetime = NOW

    def ref(self, external_id: str) -> Ref:
        return Ref(self.source, external_id)

    def user_row(self, name: str, **fields: Any) -> UserRow:
        empty = dict.fromkeys(set(UserRow._fields) - UserRow._field_defaults.keys())
        values = {**empty, "userid": name, "name": name.title(), "custom": {}, **fields}
        return UserRow(**values)

    def department_row(self, name: str, parent: str | None = None, depth: int = 0) -> DepartmentRow:
        up = None if parent is None else self.ref(parent)
        return DepartmentRow(up, name, None, name, depth, 10)

    def add_department(self, key: str, parent: str | None = None, depth: int = 0) -> Change:
        row = self.department_row(f"Department {key}", parent, depth)
        return Change(
            Entity.DEPARTMENT, Action.CREATE, self.ref(key), None, None, None, row, APPEARED
        )

    def add_user(self, key: str, **fields: Any) -> list[Change]:
        ref = self.ref(key)
        user = Change(
            Entity.USER,
            Action.CREATE,
            ref,
            None,
            None,
            None,
            self.user_row(key, **fields),
            APPEARED,
        )
        link = LinkRow(ref, LinkMethod.AUTHORITY)
        return [user, Change(Entity.LINK, Action.LINK, ref, None, None, None, link, APPEARED)]

    def join(self, key: str, department: str, *, user_id: int | None = None) -> Change:
        row = MembershipRow(is_primary=True, is_leader=False, sort_order=3)
        return Change(
            Entity.MEMBERSHIP,
            Action.CREATE,
            self.ref(key),
            self.ref(department),
            user_id,
            None,
            row,
            APPEARED,
        )

    def user_record(
        self, key: str, *departments: str, digest: bytes | None = b"1", **fields: Any
    ) -> RecordWrite:
        values = {"userid": key, "name": key.title(), **fields}
        memberships = tuple(MembershipRecord(one, False, 3) for one in departments)
        record = UserRecord(
            self.source, key, self.now, values, memberships, None, RecordState.ACTIVE
        )
        return RecordWrite(Kind.USER, record, digest)

    def department_record(self, key: str, parent: str | None = None) -> RecordWrite:
        record = DepartmentRecord(
            self.source, key, self.now, f"Department {key}", None, parent, 10, parent is None
        )
        return RecordWrite(Kind.DEPARTMENT, record, b"2")

    def plan(self, *changes: Change | list[Change], **parts: Any) -> Plan:
        flat: list[Change] = []
        for one in changes:
            flat += one if isinstance(one, list) else [one]
        return Plan(changes=tuple(flat), **parts)

    def company(self) -> Plan:
        """Two departments; Li manages Wang and Zhao; Wang is in both departments."""
        return self.plan(
            self.add_department("1"),
            self.add_department("2", "1", 1),
            self.add_user(
                "wang",
                manager=self.ref("li"),
                mobile="+8613800000001",
                main_department=self.ref("2"),
            ),
            self.add_user("li", custom={"grade": "P7"}, mobile="+8613800000002"),
            self.add_user("zhao", manager=self.ref("li"), gone_at=NOW - timedelta(days=1)),
            self.join("wang", "1"),
            self.join("wang", "2"),
            self.join("li", "1"),
            records=(
                self.department_record("1"),
                self.department_record("2", "1"),
                self.user_record("wang", "1", "2", manager="li"),
                self.user_record("li", "1"),
                self.user_record("zhao", manager="li", digest=None),
            ),
        )


@dataclass
class Syncs:
    """Carries plans out as a service would: begin, apply."""

    store: Store
    now: datetime = NOW

    def begin(self, **options: Any) -> Any:
        choices = {"trigger": Trigger.CLI, "mode": Mode.SYNC, "actor": "ops", "now": self.now}
        return self.store.begin_run(**{**choices, **options})

    def apply(
        self, plan: Plan, *, at: datetime | None = None, mode: Mode = Mode.SYNC, **options: Any
    ) -> Applied:
        return self.apply_as(self.begin(mode=mode), plan, at=at, **options)

    def apply_as(
        self, begun: Any, plan: Plan, *, at: datetime | None = None, **options: Any
    ) -> Applied:
        """Apply a plan by a run that has begun."""
        version = self.store.store_version()
        choices: dict[str, Any] = {
            "run_id": begun.run.id,
            "token": begun.token,
            "store_version": version,
            "at": at or self.now,
            "counts": plan.counts(),
            "guard_counts": {},
            "readings": {"wecom": ReadingSummary(self.now, 3, 2)},
        }
        return self.store.apply(plan, **{**choices, **options})


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def path(database: TestDatabase, tmp_path: Path) -> Path:
    """Return the file; a test that asks for it runs on SQLite alone."""
    assert database.kind == "sqlite"
    return tmp_path / "syncd.db"


@pytest.fixture
def url(database: TestDatabase) -> str:
    return database.url


@pytest.fixture
def open_store(url: str) -> Iterator[Callable[..., Store]]:
    opened: list[Store] = []

    def open_one(**options: Any) -> Store:
        # The process of the tests counts as alive wherever /proc/4242 does not matter.
        store = Store.open(url, **{"process": lambda: HERE, **options})
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(database: TestDatabase, open_store: Callable[..., Store]) -> Store:
    return open_store()


@pytest.fixture
def syncs(store: Store) -> Syncs:
    return Syncs(store)


@pytest.fixture
def syncs_of() -> Callable[[Store], Syncs]:
    """Return a function of a store that carries plans out in it."""
    return Syncs
