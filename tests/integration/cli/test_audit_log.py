"""`syncd audit replay` and `forget`, and what `status` says of copies on other hosts."""

import gzip
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Syncd


def execute(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as connection, connection:
        connection.execute(statement)


def test_the_log_of_a_history_yields_the_directory(syncd: Syncd, folder: Path) -> None:
    log = folder / "audit.jsonl"
    log.with_name("audit.jsonl.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    answer = syncd("audit", "replay")
    assert answer.status == 0
    assert answer.out.startswith("ok: ")
    assert "in 1 file yield the directory as it is: 20 departments, 201 users" in answer.out


def test_rows_that_differ_are_shown_with_both_values_and_no_more_than_asked_for(
    syncd: Syncd, folder: Path
) -> None:
    execute(folder, "UPDATE directory_user SET name = 'a' || char(27) || 'b' WHERE id < 4")
    answer = syncd("audit", "replay", "--limit", "2")
    assert answer.status == 7
    first, _, last = answer.out.splitlines()
    assert first.startswith("user 1: name is ")
    assert first.endswith("in the log and a\\x1bb in the store")
    assert last == "The first 2 of 3 differences; --limit N shows more."
    told = syncd("audit", "replay", "--json").json
    assert (told["ok"], told["differing"], told["findings"]) == (False, 3, [])
    assert told["differences"][2]["key"] == {"id": 3}


def test_a_log_whose_beginning_is_gone_says_which_lines_are_needed(
    syncd: Syncd, folder: Path
) -> None:
    log = folder / "audit.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[100:]))
    answer = syncd("audit", "replay")
    assert answer.status == 7
    assert "missing: " in answer.out
    assert "Lines 1 to 100 are missing before this one" in answer.out
    assert syncd("audit", "replay", "--json").json["rows"] == {}


@pytest.fixture
def with_another_host(folder: Path) -> Path:
    """Return the folder after another host has written its copy of the first ten lines."""
    execute(
        folder,
        "INSERT INTO audit_file (host, path, last_seq, size) VALUES ('dc2', '/log/a.jsonl', 10, 1)",
    )
    lines = zlib.compress(b'{"ts":"2026-01-02T03:04:05.678901Z"}')
    execute(
        folder,
        f"INSERT INTO audit_block (first_seq, last_seq, lines) VALUES (11, 11, x'{lines.hex()}')",
    )
    return folder


def test_the_status_names_a_copy_that_lacks_lines_and_what_to_do_where_its_host_is_gone(
    syncd: Syncd, with_another_host: Path
) -> None:
    answer = syncd("status")
    assert "entries not yet in /log/a.jsonl, since 2026-01-02 03:04:05Z" in answer.out
    assert "syncd audit forget dc2 --why TEXT" in answer.out
    here, there = sorted(
        syncd("status", "--json").json["audit"]["copies"], key=lambda one: one["host"] == "dc2"
    )
    assert (here["pending"], here["is_late"]) == (0, False)
    assert (there["file"], there["last_seq"], there["is_late"]) == ("/log/a.jsonl", 10, True)


def test_a_host_that_is_gone_is_forgotten_by_a_person(
    syncd: Syncd, with_another_host: Path
) -> None:
    unknown = syncd("audit", "forget", "dc3", "--why", "gone")
    assert unknown.status == 2
    assert "dc2:/log/a.jsonl" in unknown.err
    assert syncd("audit", "forget", "dc2").status == 2
    answer = syncd("audit", "forget", "dc2", "--why", "sold", "--as", "li")
    assert answer.status == 0
    assert answer.out == "/log/a.jsonl of dc2 is forgotten: no line waits for it any more.\n"
    assert "dc2" not in syncd("status").out
    with closing(sqlite3.connect(with_another_host / "syncd.db")) as connection:
        assert connection.execute("SELECT * FROM audit_block WHERE first_seq = 11").fetchall() == []
    assert syncd("audit", "verify").status == 0
