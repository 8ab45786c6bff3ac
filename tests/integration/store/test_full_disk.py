"""A server whose disk is full in the middle of a run."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from syncd.errors import StoreUnavailable
from syncd.store.store import Store
from tests.servers.database import ServerDatabase
from tests.servers.mariadb import MariaDB
from tests.servers.postgresql import PostgreSQL
from tests.servers.server import Server

KINDS = ("postgresql", "mariadb")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a file system of its own; what it takes is not allowed everywhere."""
    folder = Path("/tmp") / f"syncd-disk-{tmp_path.parent.name}-{tmp_path.name[-20:]}"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "syncd-test", folder]
    mounted = shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False)
    if not mounted or mounted.returncode:
        folder.rmdir()
        pytest.skip("mounting a file system is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    folder.rmdir()


@pytest.fixture
def server(
    kind: str, small_disk: Path, require_server: Callable[[str, str], Path]
) -> Iterator[Server]:
    server: Server
    if kind == "postgresql":
        programs = [require_server("PostgreSQL", name) for name in ("initdb", "postgres")]
        server = PostgreSQL(*programs, folder=small_disk)
    else:
        programs = [require_server("MariaDB", name) for name in ("mariadb-install-db", "mariadbd")]
        server = MariaDB(*programs, folder=small_disk)
    server.start()
    yield server
    server.remove()


def fill(path: Path, leaving: int) -> None:
    """Fill the disk up to some bytes."""
    left = shutil.disk_usage(path.parent).free - leaving
    with path.open("wb", buffering=0) as file:
        while left > 0:
            left -= file.write(b"x" * min(left, 1 << 20))


def wait_for(server: Server, database: str) -> None:
    """Wait until the server has recovered; PostgreSQL restarts itself where its own log was cut."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(Exception):
            server.execute(database, "SELECT 1")
            return
        if not server.is_running:
            server.start()
        time.sleep(0.1)
    raise TimeoutError


def test_a_full_disk_is_told_and_leaves_the_store_as_before(
    kind: str, server: Server, syncs_of: Callable[[Store], Any], directory: Any
) -> None:
    database = ServerDatabase(kind, server, prepared=False)
    with closing(Store.open(database.url)) as store:
        store.prepare()
        syncs = syncs_of(store)
        syncs.apply(directory.company())
        before = database.rows("SELECT * FROM directory_user ORDER BY id")
        people = [directory.add_user(f"user{n}", address="路" * 300) for n in range(6000)]
        filler = server.folder / "filler"
        fill(filler, leaving=2 << 20)
        begun = syncs.begin()
        with pytest.raises(StoreUnavailable) as told:
            syncs.apply_as(begun, directory.plan(*people))
        assert told.value.exit_status == 6
        assert "half-written" in told.value.hint or "whether the server runs" in told.value.hint
        filler.unlink()
        wait_for(server, database.name)
        assert database.rows("SELECT * FROM directory_user ORDER BY id") == before
        store.release_lease(begun.token)
        syncs.apply(directory.plan(*people[:500]))
        assert len(store.world(None).users) == 503
