"""`syncd audit --follow`, as a process of its own: it is ended from outside."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def audit(*args: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", "from syncd.cli import main; main()", "audit", "--follow"]
        process = subprocess.Popen(
            [*command, "--config", str(folder / "syncd.toml"), *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            # A shell lets what it runs in the background ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
        )
        started.append(process)
        return process

    yield audit
    for process in started:
        process.kill()
        process.communicate()


def change(folder: Path) -> None:
    """Add a change as a run does."""
    with closing(sqlite3.connect(folder / "syncd.db")) as connection, connection:
        connection.execute(
            "INSERT INTO sync_change (run_id, at, entity, entity_id, action, before, after, cause)"
            " SELECT 2, at, 'user', 1, 'update', '{\"alias\":null}', '{\"alias\":\"neu\"}', cause"
            " FROM sync_change WHERE id = 1"
        )


def test_what_is_changed_appears_until_ctrl_c(start: Start, folder: Path) -> None:
    process = start("--limit", "2")
    assert process.stdout is not None
    known = [process.stdout.readline() for _ in range(2)]
    assert all(line.startswith("20") for line in known)
    change(folder)
    assert "alias: ∅ → neu" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_as_json_every_change_is_a_line_that_says_its_version(start: Start, folder: Path) -> None:
    process = start("--json", "--run", "2", "--limit", "1")
    assert process.stdout is not None
    process.stdout.readline()
    change(folder)
    told = json.loads(process.stdout.readline())
    assert told["schema_version"] == 1
    assert told["after"] == {"alias": "neu"}


def test_it_ends_when_nobody_reads_it_any_more_though_nothing_is_changed(start: Start) -> None:
    process = start("--limit", "1")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""
