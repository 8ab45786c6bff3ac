"""A file that is read as it stands: what was read counts only where nobody wrote meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from syncd.errors import StoreBusy, StoreError
from syncd.store.still import unmoved


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with a write-ahead log, closed."""
    path = tmp_path / "one.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE one (a)")
    assert not path.with_name("one.db-wal").exists()
    return path


def test_a_file_that_nobody_touched_is_read(file: Path) -> None:
    with (
        unmoved(file),
        closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as it,
    ):
        assert it.execute("SELECT count(*) FROM one").fetchone() == (0,)


def write(file: Path) -> None:
    with closing(sqlite3.connect(file)) as writer, writer:
        writer.execute("INSERT INTO one VALUES (1)")


def test_a_file_that_was_written_and_closed_meanwhile_is_not(file: Path) -> None:
    with pytest.raises(StoreBusy, match="opened by a writer"), unmoved(file):
        write(file)


def test_a_file_beside_which_somebody_has_begun_to_write_is_not(file: Path) -> None:
    log = file.with_name("one.db-wal")
    log.touch()
    with pytest.raises(StoreBusy), unmoved(file):
        log.write_bytes(b"a frame")


def test_a_file_that_somebody_has_open_by_now_is_not(file: Path) -> None:
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as writer,
        pytest.raises(StoreBusy, match="opened by a writer"),
        unmoved(file),
    ):
        writer.execute("INSERT INTO one VALUES (1)")


def test_damage_that_a_writer_made_us_see_is_no_damage(file: Path) -> None:
    def read() -> None:
        write(file)
        raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.raises(StoreBusy), unmoved(file):
        read()


def test_damage_of_a_file_that_nobody_touched_is_told(file: Path) -> None:
    with pytest.raises(StoreError, match="is damaged"), unmoved(file):
        raise StoreError("is damaged")
