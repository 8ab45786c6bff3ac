"""A copy of the whole database: of one moment, whole, and closed to others."""

import os
import sqlite3
from contextlib import closing

import pytest

from syncd.errors import StoreError, StoreUnavailable, UsageError
from syncd.store import backup
from syncd.store.backup import back_up
from syncd.store.upgrade import SchemaAge, SchemaState

PASSWORD = 'p:a\\s"s'
POSTGRESQL = "postgresql+psycopg://app:p%3Aa%5Cs%22s@db.example.com:5433/syncd?sslmode=require"
MARIADB = "mysql+pymysql://app:p%3Aa%5Cs%22s@db.example.com:3307/syncd"


@pytest.fixture
def company(store, syncs, directory):
    syncs.apply(directory.company())
    return store


def names(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name FROM directory_user ORDER BY id").fetchall()


def test_a_copy_holds_everything_and_only_its_owner_may_read_it(company, url, path, tmp_path):
    with closing(sqlite3.connect(path)) as application:
        application.execute("CREATE TABLE ticket (id INTEGER)")
        application.commit()
        application.execute("BEGIN IMMEDIATE")  # a writer waits for nobody, and nobody for it
        application.execute("UPDATE directory_user SET name = 'not yet'")
        target = tmp_path / "copy.db"

        made = back_up(url, target)

    assert made.size == target.stat().st_size > 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert names(target) == [("Wang",), ("Li",), ("Zhao",)]
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT count(*) FROM ticket").fetchone() == (0,)
    assert [one.name for one in tmp_path.iterdir() if "copy" in one.name] == ["copy.db"]


def test_a_copy_takes_no_other_files_place(company, url, tmp_path):
    target = tmp_path / "copy.db"
    target.write_text("mine")
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "nowhere")

    for one in (target, dangling):
        with pytest.raises(UsageError, match="exists already"):
            back_up(url, one)

    assert target.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_came_meanwhile_is_left_alone(company, url, tmp_path, monkeypatch):
    target = tmp_path / "copy.db"
    monkeypatch.setattr(os, "fsync", lambda _: target.write_text("mine"))

    with pytest.raises(UsageError, match="exists already"):
        back_up(url, target)

    assert target.read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_told(company, url, tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        back_up(url, tmp_path / "nowhere" / "copy.db")


def test_a_damaged_store_leaves_no_copy(company, url, path, tmp_path):
    company.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(8192 * 5)
        file.write(b"\xff" * 8192 * 20)

    with pytest.raises(StoreError):
        back_up(url, tmp_path / "copy.db")

    assert not any("copy" in one.name for one in tmp_path.iterdir())


def test_there_is_nothing_to_copy_before_the_first_sync(url, path, tmp_path):
    with pytest.raises(UsageError, match="nothing has been synced"):
        back_up(url, tmp_path / "copy.db")
    assert not path.exists()


def test_a_servers_database_is_dumped_whole(company, database, tmp_path, require_server):
    if database.kind == "sqlite":
        pytest.skip("a file is copied, see above")
    names = {"postgresql": ("PostgreSQL", "pg_dump"), "mariadb": ("MariaDB", "mariadb-dump")}
    require_server(*names[database.kind])
    target = tmp_path / "copy"

    made = back_up(database.url, target)

    assert target.stat().st_mode & 0o777 == 0o600
    assert made.size == target.stat().st_size > 0
    content = target.read_bytes()
    if database.kind == "mariadb":  # PostgreSQL's is packed, and was listed
        assert b"'Wang'" in content


# --- servers: what their programs are told -----------------------------------------------------


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Programs that write down what they were called with."""
    folder = tmp_path / "bin"
    folder.mkdir()
    told = tmp_path / "told"
    for name, does in (
        (
            "pg_dump",
            'echo "$@" >> TOLD; cat "$PGPASSFILE" >> TOLD; stat -c %a "$PGPASSFILE" >> TOLD',
        ),
        ("pg_restore", "echo 1 TABLE DATA public sync_run app"),
        (
            "mariadb-dump",
            'echo "$@" >> TOLD; secret=${1#*=}; cat "$secret" >> TOLD; stat -c %a "$secret" >> TOLD; for one; do case $one in --result*) echo "-- Dump completed" > "${one#*=}"; esac; done',
        ),
    ):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{does.replace('TOLD', str(told))}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(backup, "look_at_schema", lambda _: SchemaState(SchemaAge.CURRENT, "0030"))
    return folder, told


def test_the_password_of_postgresql_is_in_a_closed_file_and_in_no_argument(programs, tmp_path):
    back_up(POSTGRESQL, tmp_path / "copy")

    arguments, secret, mode = programs[1].read_text().splitlines()
    assert "postgresql://app@db.example.com:5433/syncd?sslmode=require" in arguments
    assert "a\\s" not in arguments
    assert secret == '*:*:*:*:p\\:a\\\\s"s'
    assert mode == "600"


def test_the_password_of_mariadb_is_in_a_closed_file_and_in_no_argument(programs, tmp_path):
    back_up(MARIADB, tmp_path / "copy")

    arguments, *options, mode = programs[1].read_text().splitlines()
    assert arguments.endswith(" syncd")
    assert "a\\s" not in arguments
    assert 'password="p:a\\\\s\\"s"' in options
    assert 'port="3307"' in options
    assert mode == "600"


@pytest.mark.parametrize("url", [POSTGRESQL, MARIADB])
def test_a_program_that_is_not_there_is_named_with_the_command_to_use(
    programs, url, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(StoreUnavailable, match="is not installed here") as caught:
        back_up(url, tmp_path / "copy")
    assert "-dump" in caught.value.hint or "pg_dump" in caught.value.hint


@pytest.mark.parametrize(("url", "name"), [(POSTGRESQL, "pg_dump"), (MARIADB, "mariadb-dump")])
def test_a_program_that_fails_leaves_its_last_words_and_no_file(programs, url, name, tmp_path):
    (programs[0] / name).write_text(
        "#!/bin/sh\necho first >&2\necho no route to host >&2\nexit 1\n"
    )

    with pytest.raises(StoreError, match="no route to host"):
        back_up(url, tmp_path / "copy")
    assert not any("copy" in one.name for one in tmp_path.iterdir())
