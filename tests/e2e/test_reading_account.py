"""An account that may read the store and write nowhere near it: it sees all, and changes nothing."""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.host import Answer, Host

#: Not root, where the tests are run by root: whose rights nothing limits.
_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
COMMANDS = (
    ("status",),
    ("runs",),
    ("runs", "1"),
    ("find", "p1"),
    ("tree",),
    ("explain", "p1"),
    ("conflicts",),
    ("audit", "--user", "p1"),
    ("sources",),
)

Read = Callable[..., Answer]


@pytest.fixture
def place(host: Host) -> Iterator[Host]:
    """A host whose store lies where everybody may look, and only its owner may write."""
    host.sync()
    # Where tests are run, nobody but their own account may look.
    folder = Path(tempfile.mkdtemp(prefix="syncd-read-"))
    folder.chmod(0o755)
    public = replace(host, folder=Path(shutil.copytree(host.folder, folder / "host")))
    give(public)
    yield public
    public.folder.chmod(0o755)
    shutil.rmtree(folder)


def give(host: Host) -> None:
    """Let everybody read the files that are there, and nobody make one beside them."""
    for one in host.folder.iterdir():
        one.chmod(0o644)
    host.folder.chmod(0o555)


@pytest.fixture
def read(place: Host) -> Read:
    """Return what runs a command as the account that may only read."""
    prefix = _NOBODY if os.geteuid() == 0 else []
    return lambda *args: place.syncd(*args, prefix=prefix)


@pytest.fixture
def owner(place: Host) -> Iterator[sqlite3.Connection]:
    """A connection of the owner's, which keeps the files beside the database alive."""
    place.folder.chmod(0o755)
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute("SELECT count(*) FROM sync_run").fetchall()
        connection.execute("CREATE TABLE IF NOT EXISTS mine (a)")
        connection.commit()
        give(place)
        yield connection


def without_age(answer: Answer) -> str:
    """Return what was said, but for how long ago something was."""
    return re.sub(r"(\d+ (second|minute)s? ago|just now)", "…", answer.stdout)


def listing(folder: Path) -> dict[str, Any]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_everything_can_be_read_while_nobody_has_the_store_open(
    place: Host, read: Read, command: tuple[str, ...]
) -> None:
    before = listing(place.folder)
    assert "syncd.db-wal" not in before
    answer = read(*command)
    assert (answer.status, answer.stderr) == (0, "")
    assert listing(place.folder) == before
    told = without_age(answer)
    assert without_age(place.syncd(*command)) == told  # which leaves the two files behind
    give(place)
    assert (place.folder / "syncd.db-wal").exists()
    assert without_age(read(*command)) == told
    (place.folder / "syncd.db-shm").unlink()
    assert without_age(read(*command)) == told


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_everything_can_be_read_while_the_owner_has_it_open(
    place: Host, owner: sqlite3.Connection, read: Read, command: tuple[str, ...]
) -> None:
    owner.execute("UPDATE directory_user SET name = 'In the log' WHERE userid = 'p1'")
    owner.commit()
    answer = read(*command)
    assert (answer.status, answer.stderr) == (0, "")
    if command[0] in {"find", "explain"}:
        assert "In the log" in answer.stdout


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("name", ["syncd.db", "syncd.db-wal", "syncd.db-shm"])
def test_a_file_that_may_not_be_read_is_named_with_what_to_grant(
    place: Host, read: Read, name: str
) -> None:
    (place.folder / name).chmod(0o200)
    answer = read("status")
    assert answer.status == 6
    assert f"This account may not read {place.folder / name}" in answer.stderr
    assert "readable for their group" in answer.stderr


def test_a_folder_that_may_not_be_entered_is_told(place: Host, read: Read) -> None:
    config = place.folder.parent / "syncd.toml"
    shutil.copy(place.config, config)
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("sqlite:///syncd.db", f"sqlite:///{place.database}"))
    config.chmod(0o644)
    place.folder.chmod(0o000)
    prefix = _NOBODY if os.geteuid() == 0 else []
    try:
        answer = place.syncd(
            "status", prefix=["env", "-C", "/", *prefix], env={"SYNCD_CONFIG": str(config)}
        )
    finally:
        place.folder.chmod(0o755)
    assert answer.status == 6
    assert "Check owner and mode of the file, and of the folders that lead to it" in answer.stderr


def test_what_a_dead_process_has_left_is_read_whole_or_not_at_all(
    place: Host, owner: sqlite3.Connection, read: Read
) -> None:
    owner.execute("UPDATE directory_user SET name = 'In the log' WHERE userid = 'p1'")
    owner.commit()
    place.folder.chmod(0o755)
    copy = place.folder / "copy"
    copy.mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{place.database}{end}", f"{copy / 'syncd.db'}{end}")
    shutil.copy(place.config, copy)
    for one in (*copy.iterdir(), copy):
        one.chmod(0o755)
    copy.chmod(0o555)
    prefix = _NOBODY if os.geteuid() == 0 else []
    there = {"SYNCD_CONFIG": str(copy / "syncd.toml")}
    answer = place.syncd("find", "p1", prefix=prefix, env=there)
    assert answer.status == 6
    assert "was left by a process that died" in answer.stderr
    copy.chmod(0o755)
    assert place.syncd("status", env=there).status == 0
    copy.chmod(0o555)
    assert "In the log" in place.syncd("find", "p1", prefix=prefix, env=there).stdout
    copy.chmod(0o755)
