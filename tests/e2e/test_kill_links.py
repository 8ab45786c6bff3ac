"""`syncd links import` that is killed at any moment has done all of a list, or nothing of it."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from syncd.cli.roster_csv import read, written
from syncd.store.store import Store
from tests.integration.cli.test_links_file import CONFIGURATION
from tests.integration.runs.several import Offices, directory

SYNCD = Path(sys.executable).with_name("syncd")
PEOPLE = 600


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder whose store has many records that nobody has, and a list that says whose each is."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "syncd.toml").write_text(CONFIGURATION, encoding="utf-8")
    corp, wecom = directory("corp"), directory("wecom")
    for number in range(PEOPLE):
        corp.hire(f"p{number}", f"Person {number}", f"138{number:08}")
        wecom.hire(f"w{number}", f"Member {number}", f"139{number // 2:08}")
    store = Store.open(f"sqlite:///{folder / 'syncd.db'}")
    Offices(store, folder, {"corp": corp, "wecom": wecom}).sync()
    store.close()
    lines = [
        ["wecom", f"w{number}", *[None] * 5, f"p{number}", *[None] * 8] for number in range(PEOPLE)
    ]
    content = b"".join(written(lines, "en"))
    assert len(read(content, "in.csv").lines) == PEOPLE
    (folder / "in.csv").write_bytes(content)
    return folder


def linked_by_hand(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "syncd.db")) as database:
        query = (
            "SELECT count(*) FROM directory_link WHERE method = 'manual' AND user_id IS NOT NULL"
        )
        return int(database.execute(query).fetchone()[0])


def syncd(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [SYNCD, *words, "--config", folder / "syncd.toml"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize(
    "times", [2, pytest.param(40, marks=pytest.mark.hard)], ids=["some", "many"]
)
def test_a_list_is_taken_in_as_a_whole_or_not_at_all(
    place: Path, chance: random.Random, times: int
) -> None:
    for _ in range(times):
        folder = Path(shutil.copytree(place, place.with_name("copy")))
        words = ("links", "import", str(folder / "in.csv"))
        process = syncd(folder, *words)
        time.sleep(chance.uniform(0.2, 1.5))  # from the first import of a module to the log's end
        process.kill()
        process.communicate(timeout=10)
        assert linked_by_hand(folder) in {0, PEOPLE}
        for command in (words, ("audit", "verify"), ("audit", "replay")):
            process = syncd(folder, *command)
            said, _ = process.communicate(timeout=60)
            assert process.returncode == 0, said
        assert linked_by_hand(folder) == PEOPLE
        shutil.rmtree(folder)
