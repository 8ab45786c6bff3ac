"""What can go wrong with a server while syncd writes, and what applications do beside it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from syncd.errors import StaleWrite, StoreBusy, StoreError, StoreUnavailable
from syncd.model.change import Action, Cause, Change, Entity, Plan
from syncd.model.run import Trigger
from syncd.store.store import Store
from tests.servers.database import ServerDatabase

KINDS = ("postgresql", "mariadb")
LOCK_A_USER = "UPDATE directory_user SET position = 'app' WHERE userid = 'li'"


def renamed(store: Store, name: str) -> Plan:
    """Return a plan that gives everybody another name."""
    return Plan(
        tuple(
            Change(
                Entity.USER,
                Action.UPDATE,
                one.owner,
                None,
                one.id,
                one.row,
                one.row._replace(name=name),
                Cause("changed"),
            )
            for one in store.world(None).users.values()
        )
    )


def names(store: Store) -> set[str]:
    return {one.row.name for one in store.world(None).users.values()}


def dump(database: ServerDatabase) -> dict[str, Any]:
    """Return every table but those that each run writes to."""
    own = {"sync_run", "sync_lease"}
    return {
        name: sorted(database.rows(f"SELECT * FROM {name}"), key=repr)
        for name in database.tables()
        if name not in own
    }


@contextmanager
def at_statement(store: Store, words: str, act: Callable[[], object]) -> Iterator[None]:
    """Let something happen once, before syncd sends a statement that holds some words."""
    engine, done = store._database._engine, threading.Event()

    def before(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if words in statement and not done.is_set():
            done.set()
            act()

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)
    assert done.is_set()


def test_a_moment_that_the_database_gives_is_utc_whatever_the_session_says(
    store: Store, database: ServerDatabase
) -> None:
    with closing(database.server.connect(database.name)) as application:
        cursor = application.cursor()
        cursor.execute(
            "SET time_zone = '+08:00'" if database.kind == "mariadb" else "SET TIME ZONE '+08:00'"
        )
        cursor.execute(
            "INSERT INTO outbox_message (recipient, msgtype, content) VALUES ('all', 'text', '{}')"
        )
    [(created,)] = database.rows("SELECT created_at FROM outbox_message")
    age = datetime.now(UTC) - datetime.fromisoformat(created).replace(tzinfo=UTC)
    assert abs(age) < timedelta(minutes=5)


def test_a_server_that_is_set_to_another_time_zone_changes_nothing(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    if database.kind == "postgresql":
        database.execute(f"ALTER DATABASE {database.name} SET timezone = 'Asia/Shanghai'")
    else:
        database.execute("SET GLOBAL time_zone = '+08:00'")
    try:
        with closing(Store.open(database.url)) as fresh:
            syncs.store = fresh
            syncs.apply(directory.company())
            lease = syncs.begin()
            assert lease.token is not None
            held = fresh.lease()
            assert held is not None
            assert abs(held.acquired_at - datetime.now(UTC)) < timedelta(minutes=5)
            assert fresh.world(None).records[directory.ref("wang")].read_at == syncs.now
    finally:
        if database.kind == "mariadb":
            database.execute("SET GLOBAL time_zone = 'SYSTEM'")
        else:
            database.execute(f"ALTER DATABASE {database.name} RESET timezone")


@pytest.mark.parametrize(
    "words", ["UPDATE directory_user", "UPDATE sync_run"], ids=["in the middle", "at the end"]
)
def test_a_session_that_is_ended_leaves_the_store_as_before(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase, words: str
) -> None:
    syncs.apply(directory.company())
    plan, before = renamed(store, "New"), dump(database)
    with (
        at_statement(store, words, lambda: database.server.end_session(database.name)),
        pytest.raises(StoreUnavailable, match=r"connection to the store .* was lost") as told,
    ):
        syncs.apply(plan)
    assert "Nothing was half-written" in told.value.hint
    assert dump(database) == before
    syncs.apply(plan)  # the holder is this process, which is not the one that it says it is
    assert names(store) == {"New"}


def test_a_server_that_stops_in_the_middle_is_told_and_the_next_run_goes_on(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    plan, before = renamed(store, "New"), dump(database)
    with (
        at_statement(store, "UPDATE directory_user", database.server.stop),
        pytest.raises(StoreUnavailable),
    ):
        syncs.apply(plan)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        store.store_version()
    database.server.start()
    assert dump(database) == before
    syncs.apply(plan)
    assert names(store) == {"New"}


def test_a_server_that_was_restarted_in_between_is_not_noticed(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    with database.server.stopped():
        pass
    syncs.apply(renamed(store, "New"))
    assert names(store) == {"New"}


def test_a_deadlock_with_an_application_does_not_reach_the_user(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    plan, version = renamed(store, "New"), store.store_version()
    with closing(database.server.connect(database.name, autocommit=False)) as application:
        cursor = application.cursor()
        if database.kind == "postgresql":
            cursor.execute("SET deadlock_timeout = '1min'")  # so that syncd's session notices it
        else:  # the one that has written less is undone
            cursor.execute("CREATE TABLE theirs (id INT) ENGINE=InnoDB")
            cursor.execute("INSERT INTO theirs SELECT seq FROM seq_1_to_5000")
        cursor.execute(LOCK_A_USER)
        waiting = threading.Thread(target=_take, args=(cursor, application))
        with capture_logs() as told, at_statement(store, "UPDATE directory_user", waiting.start):
            syncs.apply(plan)
        waiting.join()
    assert [one["event"] for one in told] == ["transaction_repeated"]
    assert names(store) == {"New"}
    assert store.store_version() == version + 1
    assert sum(one.action is Action.UPDATE for one in store.changes()) == 3


def _take(cursor: Any, application: Any) -> None:
    """Ask for what a writing syncd holds, and give everything back once it is there."""
    cursor.execute("SELECT * FROM sync_lease FOR UPDATE")
    application.commit()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions that are opened from now on wait for locks only shortly."""
    monkeypatch.setattr("syncd.store.backend.BUSY_TIMEOUT", 1)


@pytest.mark.usefixtures("impatient")
def test_a_row_that_an_application_keeps_locked_ends_the_run_and_nothing_is_half_written(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    plan, before = renamed(store, "New"), dump(database)
    with closing(database.server.connect(database.name, autocommit=False)) as application:
        application.cursor().execute(LOCK_A_USER)
        with pytest.raises(StoreBusy, match="locked by another process") as told:
            syncs.apply(plan)
    assert told.value.exit_status == 6
    assert dump(database) == before
    syncs.apply(plan)
    assert names(store) == {"New"}


def test_an_application_is_not_kept_waiting_by_a_run(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    insert = "INSERT INTO outbox_message (recipient, msgtype, content) VALUES ('all', 'text', '{}')"
    queue = [lambda: database.execute(insert)]
    with at_statement(store, "UPDATE sync_run", lambda: [one() for one in queue]):
        syncs.apply(renamed(store, "New"))
    assert len(database.rows("SELECT id FROM outbox_message")) == 1


def test_a_server_or_account_that_may_only_read_is_told(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    plan, before = renamed(store, "New"), dump(database)
    if database.kind == "postgresql":
        database.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
        url = database.url
    else:
        database.execute(
            "CREATE OR REPLACE USER reader@'%' IDENTIFIED BY 'x'",
            f"GRANT ALL ON {database.name}.* TO reader@'%'",
            "SET GLOBAL read_only = 1",
        )
        url = database.url.replace("root@", "reader:x@")
    try:
        with closing(Store.open(url)) as replica:
            assert names(replica) == {"Wang", "Li", "Zhao"}
            syncs.store = replica
            with pytest.raises(StoreError, match="is read-only for this account"):
                syncs.apply(plan)
    finally:
        if database.kind == "mariadb":
            database.execute("SET GLOBAL read_only = 0", "DROP USER reader@'%'")
        else:
            with closing(database.server.connect(database.server.home)) as admin:
                admin.execute(f"ALTER DATABASE {database.name} RESET default_transaction_read_only")
    assert dump(database) == before


def test_a_wrong_password_is_told_without_it(store: Store, database: ServerDatabase) -> None:
    if database.kind == "mariadb":
        url = database.url.replace("root@", "nobody:hunter2@")
    else:
        url = database.url.replace("postgres@", "nobody:hunter2@")
    with closing(Store.open(url)) as locked_out:
        with pytest.raises(StoreError, match="does not let this account in") as told:
            locked_out.store_version()
        assert "hunter2" not in f"{told.value.message} {told.value.hint} {locked_out.name}"
    with (
        closing(Store.open(database.url.replace(database.name, "nowhere"))) as nowhere,
        pytest.raises(StoreError, match="no such database"),
    ):
        nowhere.store_version()


def test_two_that_write_at_once_lose_nothing(
    store: Store, syncs: Any, directory: Any, database: ServerDatabase
) -> None:
    syncs.apply(directory.company())
    version, failures = store.store_version(), list[BaseException]()

    def decide(name: str) -> None:
        try:
            with closing(Store.open(database.url)) as mine:
                for number in range(10):
                    _decide_until_done(mine, f"{name}{number}", syncs.now)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    people = [threading.Thread(target=decide, args=(name,)) for name in ("a", "b")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert failures == []
    assert store.store_version() == version + 20
    changed = [one for one in store.changes() if one.action is Action.UPDATE]
    assert len(changed) == 60
    for before, after in zip(changed, changed[3:], strict=False):
        assert before.after["name"] == after.before["name"]


def _decide_until_done(store: Store, name: str, now: datetime) -> None:
    while True:
        version = store.store_version()
        try:
            store.decide(
                renamed(store, name),
                trigger=Trigger.CLI,
                actor="ops",
                why=None,
                store_version=version,
                at=now,
            )
        except StaleWrite:
            continue
        return
