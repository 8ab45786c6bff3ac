"""Many rows go into MariaDB by `LOAD DATA LOCAL`: as an INSERT would put them, and no file with them."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pymysql.constants import CLIENT
from sqlalchemy import MetaData, Table, event

from syncd.errors import StoreBusy, StoreDeadlock, StoreError, StoreUnavailable
from syncd.store.behind import inserting_behind
from syncd.store.border import store_errors
from syncd.store.database import Database
from syncd.store.loading import load
from syncd.store.schema import membership, pause
from syncd.store.sql import insert_many
from syncd.store.store import Store
from tests.servers.asking import OK, AskingServer, asking_server, done, request
from tests.servers.database import ServerDatabase, TestDatabase
from tests.servers.fixtures import MakeDatabase

KINDS = ("mariadb",)
AT = "2026-01-01 00:00:00.000000"
PAUSE = ("kind", "name", "paused_at", "actor")
MANY = 3000
THEIRS = Table("theirs", MetaData())
MADE = (
    "CREATE TABLE theirs (id INT PRIMARY KEY AUTO_INCREMENT, number BIGINT, words LONGTEXT,"
    " short VARCHAR(20), octets LONGBLOB, told JSON, moment DATETIME(6)) ENGINE=InnoDB"
    " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
)
GIVEN = ("number", "words", "short", "octets")


@pytest.fixture
def writing(database: ServerDatabase, store: Store) -> Iterator[Database]:
    """Return the test's database with syncd's tables, as what writes to it sees it."""
    store.close()
    one = Database(database.url, read_only=False)
    yield one
    one.close()


@pytest.fixture
def theirs(database: ServerDatabase, writing: Database) -> Iterator[Database]:
    """Return the database with a table of all kinds of columns besides."""
    database.execute(MADE)
    yield writing
    database.execute("DROP TABLE theirs")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few rows go the way of many."""
    monkeypatch.setattr("syncd.store.loading._LEAST", 1)


@pytest.fixture
def not_allowed(database: ServerDatabase) -> Iterator[None]:
    database.execute("SET GLOBAL local_infile = 0")
    yield
    database.execute("SET GLOBAL local_infile = 1")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sessions that are opened from now on wait for locks only shortly."""
    monkeypatch.setattr("syncd.store.backend.BUSY_TIMEOUT", 1)


def pauses(first: int = 0, count: int = MANY) -> list[tuple[Any, ...]]:
    return [("source", f"s{n}", AT, "li") for n in range(first, first + count)]


def loads(connection: Any) -> list[int]:
    """Return how many blocks this session has had the server load, and how many it took back."""
    counted = ("Com_load", "Com_rollback_to_savepoint")
    found = connection.exec_driver_sql(f"SHOW SESSION STATUS WHERE variable_name IN {counted}")
    return [int(count) for _, count in sorted(found)]


def write(
    database: Database, table: Table, columns: tuple[str, ...], *blocks: Any, same: Any = None
) -> list[int]:
    """Write blocks of rows in a large run; return how many were loaded, and how many taken back."""
    with database.write() as connection:
        before = loads(connection)
        with inserting_behind(connection):
            for rows in blocks:
                insert_many(connection, table, columns, rows, same=same)
        return [after - one for after, one in zip(loads(connection), before, strict=True)]


# --- what is stored ----------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    "\0\x1a\x1b\x1e\x1f\t\n\r\\'\"N,😀王é", max_size=6
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.booleans()
OCTETS = st.binary(max_size=20) | st.builds(bytearray, st.binary(max_size=20))
VALUES = st.tuples(
    st.none() | NUMBERS,
    st.none() | TEXTS,
    st.none() | TEXTS.map(lambda text: text[:20].rstrip()),
    st.none() | OCTETS,
)


def by_the_driver(database: ServerDatabase, rows: Any, same: dict[str, Any]) -> list[Any]:
    """Return what the driver's own INSERT makes of rows."""
    names = ", ".join((*GIVEN, *same))
    marks = ", ".join(["%s"] * (len(GIVEN) + len(same)))
    with closing(database.server.connect(database.name)) as connection:
        cursor = connection.cursor()
        cursor.executemany(
            f"INSERT INTO theirs ({names}) VALUES ({marks})",
            [(*row, *same.values()) for row in rows],
        )
    return stored(database)


def stored(database: ServerDatabase) -> list[Any]:
    """Return the rows that are stored, and store none any more."""
    found = database.rows(f"SELECT {', '.join(GIVEN)}, told, moment FROM theirs ORDER BY id")
    database.execute("TRUNCATE theirs")
    return found


@pytest.mark.usefixtures("eager")
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(VALUES, min_size=1, max_size=8), word=TEXTS, number=NUMBERS)
@example(rows=[(None, None, None, None)], word="", number=0)
@example(rows=[(None, "", None, None)] * 3, word="NULL", number=1)
@example(rows=[(0, "", "", b""), (1, "\\N", "NULL", b"\0")], word="\\", number=-1)
@example(rows=[(0, "\x1bN", "N", b"\x1f\x1e")], word="'", number=0)
@example(rows=[(True, "\0", "\x1f", b"\x1b"), (False, "\x1e", None, None)], word='"', number=5)
def test_whatever_is_loaded_is_what_an_insert_stores(
    database: ServerDatabase,
    theirs: Database,
    rows: list[tuple[Any, ...]],
    word: str,
    number: int,
) -> None:
    same = {"told": f'{{"n":{int(number)}}}', "moment": AT}
    is_plain = any(one is not None for row in rows for one in row) and not any(
        mark in text for _, *texts, _ in rows for text in texts if text for mark in "\x1b\x1e\x1f"
    )
    assert write(theirs, THEIRS, GIVEN, rows, same=same) == [is_plain, 0]
    loaded = stored(database)
    assert loaded == by_the_driver(database, rows, same)
    rows = [(row[0], f"{word}{row[1]}", *row[2:]) for row in rows]
    write(theirs, THEIRS, ("number", "words"), [row[:2] for row in rows], same={"short": "x'\\"})
    assert [row[:3] for row in stored(database)] == [
        (None if row[0] is None else int(row[0]), row[1], "x'\\") for row in rows
    ]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    "mode",
    [
        "",
        "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT",
        "STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES",
        "TRADITIONAL",
        "ORACLE",
    ],
)
def test_how_the_server_reads_sql_makes_no_difference(
    database: ServerDatabase, theirs: Database, mode: str
) -> None:
    rows = [(1, "a\\nb'\"c\\", "\\N", b"\\'\0\xff"), (None, "王😀", None, None)]
    with theirs.write() as connection:
        connection.exec_driver_sql(
            f"SET SESSION sql_mode = '{mode}', character_set_filesystem = ucs2"
        )
        connection.exec_driver_sql("SET SESSION character_set_database = latin1")
        with inserting_behind(connection):
            insert_many(connection, THEIRS, GIVEN, rows, same={"told": '{"a":"\\"\'"}'})
        assert loads(connection) == [1, 0]
    assert stored(database) == [(*row, '{"a":"\\"\'"}', None) for row in rows]


@pytest.mark.usefixtures("eager")
def test_a_very_long_value_is_loaded_too(database: ServerDatabase, theirs: Database) -> None:
    rows = [(1, "路" * 7_000_000, None, bytes(range(256)) * 20_000), (2, "b", "", b"")]
    assert write(theirs, THEIRS, GIVEN, rows) == [1, 0]
    assert [row[:4] for row in stored(database)] == rows


def test_rows_of_a_large_run_are_loaded_and_others_are_not(
    database: ServerDatabase, writing: Database
) -> None:
    assert write(writing, pause, PAUSE, pauses(), pauses(MANY, 50), pauses(2 * MANY)) == [2, 0]
    with writing.write() as connection:
        insert_many(connection, pause, PAUSE, pauses(3 * MANY))
        assert loads(connection) == [2, 0]  # the same session, which has not loaded anything since
    assert database.rows("SELECT count(*) FROM sync_pause") == [(3 * MANY + 50,)]


def test_no_statement_loads_so_many_rows_that_a_cluster_would_commit_some_of_them(
    database: ServerDatabase, writing: Database
) -> None:
    assert write(writing, pause, PAUSE, pauses(count=12_000)) == [3, 0]
    assert database.rows("SELECT count(*) FROM sync_pause") == [(12_000,)]


@pytest.mark.usefixtures("not_allowed")
def test_a_server_that_loads_nothing_is_asked_once_a_session(
    database: ServerDatabase, writing: Database
) -> None:
    assert write(writing, pause, PAUSE, *(pauses(at * MANY) for at in range(8))) == [1, 0]
    assert write(writing, pause, PAUSE, pauses(8 * MANY)) == [0, 0]
    assert database.rows("SELECT count(*) FROM sync_pause") == [(9 * MANY,)]


def test_a_first_load_is_the_same_whether_rows_are_loaded_or_inserted(
    database: ServerDatabase,
    syncs: Any,
    directory: Any,
    request: pytest.FixtureRequest,
    make_database: MakeDatabase,
) -> None:
    odd = ("a\x1fb", "\x1bN", "\\N", "王😀\n", "'; --", None)
    people = [
        directory.add_user(f"u{n}", position=odd[n % 6 if n > 4000 else 2], address=None)
        for n in range(6000)
    ]
    records = tuple(directory.user_record(f"u{n}", "1") for n in range(6000))
    plan = directory.plan(directory.add_department("1"), *people, records=records)
    syncs.apply(plan)
    loaded = directory_of(database)
    assert [len(rows) for rows in loaded] == [1, 6000, 6000, 6000, 12_001]
    request.getfixturevalue("not_allowed")
    other = make_database("mariadb", Path(), prepared=True)
    with closing(Store.open(other.url)) as syncs.store:
        syncs.apply(plan)
    assert directory_of(other) == loaded
    other.drop()


def directory_of(database: TestDatabase) -> list[list[Any]]:
    """Return what a first load writes; the ids of changes may have gaps."""
    tables = ("department", "user", "link", "record")
    found = [database.rows(f"SELECT * FROM directory_{name} ORDER BY 1, 2, 3") for name in tables]
    changes = database.rows("SELECT * FROM sync_change ORDER BY id")
    return [*found, [row[1:] for row in changes]]


# --- what is refused ---------------------------------------------------------------------------


def wrong(row: tuple[Any, ...], at: int = 1234) -> list[tuple[Any, ...]]:
    rows = pauses()
    rows[at] = row
    return rows


MEMBERSHIP = ("user_id", "department_id", "is_primary", "is_leader", "sort_order")
NUMBERED = [(n, 1, 1, 0, 0) for n in range(MANY)]
TOLD = [(n, '{"a":1}') for n in range(MANY)]


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ((pause, PAUSE, wrong(("source", "s7", AT, "li"))), "Duplicate entry 'source-s7'"),
        ((pause, PAUSE, wrong(("source", "x" * 300, AT, "li"))), "Data too long for column 'name'"),
        ((pause, PAUSE, wrong(("source", "x", AT, None))), "'actor' cannot be null"),
        ((pause, PAUSE, [(*row[:3], None) for row in pauses()]), "'actor' cannot be null"),
        ((pause, PAUSE, wrong(("source", "x", "2026-02-30 00:00:00", "li"))), "Incorrect datetime"),
        ((membership, MEMBERSHIP, NUMBERED), "foreign key constraint fails"),
        ((THEIRS, ("number", "told"), [*TOLD, (1, "{")]), "CONSTRAINT `theirs.told` failed"),
        ((THEIRS, ("number", "told"), [*TOLD, ("x", "{}")]), "Incorrect integer value: 'x'"),
        ((THEIRS, ("number", "told"), [*TOLD, ("1" * 20, "{}")]), "Out of range value"),
    ],
)
def test_a_row_that_is_refused_is_told_as_an_insert_tells_it_and_undoes_all(
    request: pytest.FixtureRequest,
    database: ServerDatabase,
    theirs: Database,
    refused: tuple[Table, tuple[str, ...], Any],
    words: str,
) -> None:
    def run() -> None:
        with theirs.write() as connection, inserting_behind(connection):
            insert_many(connection, pause, PAUSE, pauses(MANY))
            insert_many(connection, *refused)

    with pytest.raises(StoreError, match=words) as told:
        run()
    request.getfixturevalue("not_allowed")
    with pytest.raises(StoreError) as by_insert:
        run()
    assert (type(told.value), told.value.message) == (
        type(by_insert.value),
        by_insert.value.message,
    )
    for table in (pause, refused[0]):
        assert database.rows(f"SELECT count(*) FROM {table.name}") == [(0,)]


def test_what_an_insert_takes_all_the_same_is_taken(
    database: ServerDatabase, theirs: Database
) -> None:
    rows = [(n, "x" * 20 + "  ") for n in range(MANY)]  # too long by blanks alone: only a note
    assert write(theirs, THEIRS, ("number", "short"), rows) == [1, 1]
    assert database.rows("SELECT count(*), max(length(short)) FROM theirs") == [(MANY, 20)]


@pytest.mark.usefixtures("impatient")
def test_a_row_that_an_application_keeps_locked_is_told(
    database: ServerDatabase, writing: Database
) -> None:
    with closing(database.server.connect(database.name, autocommit=False)) as application:
        application.cursor().execute(
            f"INSERT INTO sync_pause ({', '.join(PAUSE)}) VALUES {pauses(7, 1)[0]}"
        )
        with pytest.raises(StoreBusy, match="locked by another process"):
            write(writing, pause, PAUSE, pauses(MANY), pauses())
    assert database.rows("SELECT count(*) FROM sync_pause") == [(0,)]


def test_a_deadlock_undoes_all_and_is_told_as_one(
    database: ServerDatabase, writing: Database
) -> None:
    with closing(database.server.connect(database.name, autocommit=False)) as application:
        cursor = application.cursor()
        cursor.execute("CREATE TABLE heavy (id INT) ENGINE=InnoDB")
        cursor.execute("INSERT INTO heavy SELECT seq FROM seq_1_to_50000")  # so ours is undone
        cursor.execute(f"INSERT INTO sync_pause ({', '.join(PAUSE)}) VALUES {pauses(7, 1)[0]}")
        wanting = threading.Thread(
            target=cursor.execute, args=("SELECT * FROM sync_lease FOR UPDATE",)
        )

        def run() -> None:
            with writing.write() as connection, inserting_behind(connection):
                wanting.start()
                insert_many(connection, pause, PAUSE, pauses(MANY))
                insert_many(connection, pause, PAUSE, pauses())

        with pytest.raises(StoreDeadlock):
            run()
        wanting.join()
        application.rollback()
    assert database.rows("SELECT count(*) FROM sync_pause") == [(0,)]
    assert write(writing, pause, PAUSE, pauses()) == [1, 0]


def test_a_session_that_is_ended_in_the_middle_leaves_nothing(
    database: ServerDatabase, writing: Database
) -> None:
    def end() -> None:
        query = f"SELECT id FROM information_schema.processlist WHERE db = '{database.name}'"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for (session,) in database.rows(f"{query} AND info LIKE 'LOAD DATA%'"):
                database.execute(f"KILL {session}")
                return

    with closing(database.server.connect(database.name, autocommit=False)) as application:
        application.cursor().execute(
            f"INSERT INTO sync_pause ({', '.join(PAUSE)}) VALUES {pauses(7, 1)[0]}"
        )
        ending = threading.Thread(target=end)
        ending.start()
        with pytest.raises(StoreUnavailable, match="was lost"):
            write(writing, pause, PAUSE, pauses(MANY), pauses())
        ending.join()
    assert database.rows("SELECT count(*) FROM sync_pause") == [(0,)]
    assert write(writing, pause, PAUSE, pauses()) == [1, 0]


# --- a server that asks for files --------------------------------------------------------------


class Asked(Exception):
    """The engine was about to connect."""


def options(url: str, *, read_only: bool = False) -> dict[str, Any]:
    """Return with what syncd has the driver connect."""
    found: dict[str, Any] = {}

    def look(_dialect: Any, _record: Any, _args: Any, given: dict[str, Any]) -> None:
        found.update(given)
        raise Asked

    engine = Database(url, read_only=read_only)._engine
    event.listen(engine, "do_connect", look)
    with pytest.raises(Asked):
        engine.raw_connection()
    return found


@pytest.fixture
def server() -> Iterator[AskingServer]:
    with asking_server() as one:
        yield one


@pytest.fixture
def session(server: AskingServer) -> Iterator[Any]:
    """Return a session of that server, as syncd opens it."""
    given = options(f"mysql://syncd:x@127.0.0.1:{server.port}/syncd?ssl_disabled=1&local_infile=1")
    connection = pymysql.connect(**given)
    server.statements.clear()
    yield connection
    if connection.open:
        connection._force_close()


@pytest.mark.parametrize("more", ["", "?local_infile=1", "?client_flag=128"])
def test_no_address_makes_the_driver_send_files(more: str) -> None:
    given = options(f"mysql://syncd@db/syncd{more}")
    assert given["local_infile"] is False
    assert given["client_flag"] & CLIENT.LOCAL_FILES
    assert given["client_flag"] & CLIENT.FOUND_ROWS


def test_who_only_reads_is_open_to_no_request() -> None:
    assert not options("mysql://syncd@db/syncd", read_only=True)["client_flag"] & CLIENT.LOCAL_FILES


@pytest.mark.parametrize(
    "statement", ["SELECT 1", "INSERT INTO t VALUES (1)", "SAVEPOINT x", "COMMIT"]
)
def test_a_server_that_asks_for_a_file_by_itself_gets_nothing(
    server: AskingServer, session: Any, tmp_path: Path, statement: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    server.answer = lambda _: [request(str(secret).encode())]
    with pytest.raises(StoreError, match="asked for a file"), store_errors("x"):
        session.query(statement)
    session._force_close()
    assert b"".join(server.given) == b""
    assert server.statements == [statement.encode()]


def test_whichever_file_is_asked_for_only_the_rows_are_sent(
    server: AskingServer, session: Any, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    server.answer = lambda _: [request(str(secret).encode()), done(2)]
    rows = b"a\x1e" + b"b" * 1_000_000 + b"\x1e"
    assert load(session, "LOAD DATA …", rows) == (2, 0)
    assert server.given == [rows]
    assert server.statements == ["LOAD DATA …".encode()]
    assert session.open


def test_a_second_file_is_not_sent(server: AskingServer, session: Any) -> None:
    server.answer = lambda _: [request(b"rows"), request(b"/etc/passwd"), OK]
    with pytest.raises(StoreUnavailable), store_errors("x"):
        load(session, "LOAD DATA", b"a\x1e")
    assert not session.open
    assert server.given[0] == b"a\x1e"
    assert server.given[1:] in ([], [b""])


@pytest.mark.parametrize(
    ("answers", "told"),
    [([OK], (0, 0)), ([request(b"x"), done(1, 1)], (1, 1)), ([request(b"x"), done(0)], (0, 0))],
)
def test_it_is_told_how_many_rows_were_taken(
    server: AskingServer, session: Any, answers: list[bytes], told: tuple[int, int]
) -> None:
    server.answer = lambda _: answers
    assert load(session, "LOAD DATA", b"a\x1e") == told


@pytest.mark.parametrize("answers", [[], [b"\x01", OK], [request(b"x"), b"\x01"]], ids=repr)
def test_a_server_that_answers_something_else_is_left(
    server: AskingServer, session: Any, answers: list[bytes]
) -> None:
    server.answer = lambda _: answers
    with pytest.raises(StoreUnavailable, match="was lost"), store_errors("x"):
        load(session, "LOAD DATA", b"a\x1e")
    assert not session.open


def test_whoever_breaks_off_while_rows_are_sent_leaves_the_server(
    server: AskingServer, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer = lambda _: [request(b"x"), done(1)]

    def interrupted(_: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "write_packet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load(session, "LOAD DATA", b"a\x1e")
    assert not session.open
