"""Who left and returns, and what another hand has changed, as the store and the planner see it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from syncd.model.change import Action, Entity, Plan
from syncd.model.directory import User
from syncd.reconcile.plan import make_plan
from syncd.store.store import Store
from tests.servers.database import TestDatabase
from tests.unit.reconcile.memory import NOW, POLICY, ROOT, Company, Memory, department, person, ref

COMPANY = Company.of(
    ROOT,
    department("2"),
    person("wang", "1", "2", name="王伟", mobile="+8613800000001", position="工程师"),
    person("li", "1", name="李四"),
)


@dataclass
class Firm:
    """A company that is read in full, again and again, into the real store."""

    store: Store
    syncs: Any
    #: Remembers what was read, which is the source's part.
    memory: Memory = field(default_factory=Memory)

    def plan(self, company: Company) -> Plan:
        return make_plan(self.store.world(None), self.memory.read(company), POLICY, NOW)

    def read(self, company: Company) -> Plan:
        plan = self.plan(company)
        self.memory = self.memory.sync(company)
        self.syncs.apply(plan)
        return plan

    def user(self, id_: str) -> User:
        return self.store.world(None).users[ref(id_)]


@pytest.fixture
def firm(store: Store, syncs: Any) -> Firm:
    firm = Firm(store, syncs)
    firm.read(COMPANY)
    return firm


@pytest.fixture
def by_hand(database: TestDatabase) -> Callable[[str], None]:
    def run(statement: str) -> None:
        table = next(word for word in statement.split() if word.startswith("directory_"))
        before = database.rows(f"SELECT * FROM {table} ORDER BY id")
        database.execute(statement)
        assert database.rows(f"SELECT * FROM {table} ORDER BY id") != before

    return run


def test_who_returns_while_fields_cannot_be_read_keeps_the_values_of_before(firm: Firm) -> None:
    before = firm.user("wang")
    firm.read(COMPANY.minus("wang"))
    assert not firm.user("wang").row.is_active
    firm.read(COMPANY.plus(person("wang", "1", "2", unknown=("name", "mobile", "position"))))
    assert firm.user("wang") == before
    assert before.row.mobile == "+8613800000001"


def test_a_gone_user_made_active_by_another_hand_is_put_back(
    firm: Firm, by_hand: Callable[[str], None]
) -> None:
    left = COMPANY.minus("wang")
    firm.read(left)
    by_hand("UPDATE directory_user SET gone_at = NULL, status = 'active' WHERE userid = 'wang'")
    (change,) = firm.read(left).changes
    assert (change.entity, change.action, change.cause.code) == (
        Entity.USER,
        Action.DEACTIVATE,
        "put_back",
    )
    assert not firm.user("wang").row.is_active
    assert firm.plan(left).is_empty


def test_who_is_gone_is_found_without_a_record(firm: Firm) -> None:
    firm.read(COMPANY.minus("wang"))
    (found,) = firm.store.find("wang")
    assert found.user is not None
    assert found.record is None


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        pytest.param(
            "UPDATE directory_user SET status = 'inactive' WHERE userid = 'li'",
            (Entity.USER, {"status": "inactive"}),
            id="the status of somebody active",
        ),
        pytest.param(
            "UPDATE directory_user SET status = 'active' WHERE userid = 'wang'",
            (Entity.USER, {"status": "active"}),
            id="the status of somebody gone",
        ),
        pytest.param(
            "UPDATE directory_department SET status = 'inactive' WHERE external_id = '1'",
            (Entity.DEPARTMENT, {"status": "inactive"}),
            id="the status of a department",
        ),
        pytest.param(
            "UPDATE directory_department SET status = 'active' WHERE external_id = '2'",
            (Entity.DEPARTMENT, {"status": "active"}),
            id="the status of a department that is gone",
        ),
        pytest.param(
            "UPDATE directory_user SET userid_key = 'other' WHERE userid = 'li'",
            (Entity.USER, {}),
            id="the userid as it is compared",
        ),
    ],
)
def test_a_column_that_follows_from_others_is_put_back(
    firm: Firm, database: TestDatabase, by_hand: Callable[[str], None], statement: str, told: Any
) -> None:
    left = COMPANY.minus("wang", "department:2")
    firm.read(left)
    kept = directory_of(database)
    by_hand(statement)
    assert directory_of(database) != kept
    (change,) = firm.read(left).changes
    assert (change.action, change.cause.code) == (Action.UPDATE, "put_back")
    assert directory_of(database) == kept
    *_, logged = firm.store.changes()
    assert (logged.entity, logged.before) == told
    assert firm.plan(left).is_empty


def directory_of(database: TestDatabase) -> list[tuple[Any, ...]]:
    """Return what stands in the columns that follow from others."""
    return [
        *database.rows("SELECT id, status, userid_key FROM directory_user ORDER BY id"),
        *database.rows("SELECT id, status FROM directory_department ORDER BY id"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM directory_link WHERE external_id = 'wang'",
        "UPDATE directory_link SET user_id = NULL WHERE external_id = 'wang'",
    ],
)
def test_a_deleted_link_is_made_again_and_nobody_twice(
    firm: Firm, by_hand: Callable[[str], None], statement: str
) -> None:
    before = firm.user("wang")
    by_hand(statement)
    (change,) = firm.read(COMPANY).changes
    assert (change.entity, change.action) == (Entity.LINK, Action.LINK)
    assert firm.user("wang") == before
    assert firm.store.world(None).links[ref("wang")].user_id == before.id
    assert firm.plan(COMPANY).is_empty


def test_who_has_no_link_is_nobody_new_to_a_reading_of_one_person(
    firm: Firm, by_hand: Callable[[str], None]
) -> None:
    before = firm.user("wang")
    by_hand("DELETE FROM directory_link WHERE external_id = 'wang'")
    for asked in ([ref("wang")], [ref("wang"), ref("li")]):
        assert firm.store.world(asked).users[ref("wang")] == before


def test_who_leaves_without_a_link_returns_as_the_same_user(
    firm: Firm, by_hand: Callable[[str], None]
) -> None:
    before = firm.user("wang")
    by_hand("DELETE FROM directory_link WHERE external_id = 'wang'")
    firm.read(COMPANY.minus("wang"))
    assert not firm.user("wang").row.is_active
    firm.read(COMPANY)
    assert firm.user("wang") == before
    assert len(firm.store.world(None).users) == 2
