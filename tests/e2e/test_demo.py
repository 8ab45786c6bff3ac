"""`syncd demo`: what a stranger sees first."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

SYNCD = Path(sys.executable).with_name("syncd")


def demo(*words: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SYNCD, "demo", "--folder", folder, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **env},
    )


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> tuple[subprocess.CompletedProcess[str], Path, float]:
    folder = tmp_path_factory.mktemp("demo") / "new"
    began = time.monotonic()
    done = demo("--lang", "en", folder=folder)
    return done, folder, time.monotonic() - began


def test_it_ends_well_within_twenty_seconds(shown):
    done, _, seconds = shown
    assert done.returncode == 0, done.stderr
    assert seconds < 20


def test_it_says_nothing_that_alarms(shown):
    done, _, _ = shown
    assert done.stderr == ""
    assert "Traceback" not in done.stdout


def test_the_working_day_is_planned_applied_and_logged(shown):
    done, _, _ = shown
    plan = done.stdout.partition("$ syncd plan")[2].partition("$ syncd sync")[0]
    for line in ("+ create 欧阳小棠", "- deactivate ", "~ update ", "+ open scope_shrunk"):
        assert line in plan
    assert "$ syncd audit verify" in done.stdout
    assert "the chain is unbroken" in done.stdout


def test_a_message_reaches_who_is_there_and_not_who_has_left(shown):
    done, _, _ = shown
    seen = done.stdout.partition("What they have on their phones now")[2].partition("$ syncd")[0]
    texts = [line.rpartition(": ")[2] for line in seen.splitlines() if line.startswith("  ")]
    assert texts == ["合同待您签署", "∅", "合同待您签署"]
    assert "inactive: the person is inactive" in done.stdout


def test_nobody_in_the_department_that_cannot_be_read_is_deactivated(shown):
    _, folder, _ = shown
    with closing(sqlite3.connect(folder / "syncd.db")) as database:
        inactive = database.execute(
            "SELECT count(*) FROM directory_user WHERE gone_at IS NOT NULL"
        ).fetchone()
    assert inactive == (1,)


def test_the_secret_is_for_its_owner_only(shown):
    _, folder, _ = shown
    assert (folder / "app.secret").stat().st_mode & 0o077 == 0


def test_it_speaks_the_language_of_the_terminal(tmp_path):
    done = demo(folder=tmp_path / "new", LC_ALL="zh_CN.UTF-8")
    assert done.returncode == 0, done.stderr
    assert "一家 200 人的公司" in done.stdout


def test_a_folder_that_holds_a_database_is_left_alone(shown):
    _, folder, _ = shown
    before = (folder / "syncd.db").read_bytes()
    done = demo(folder=folder)
    assert done.returncode == 2
    assert "holds a syncd.db already" in done.stderr
    assert (folder / "syncd.db").read_bytes() == before
