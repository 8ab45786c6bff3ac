"""The directory servers of all tests that are dear to make: each is made once a session."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.ds389 import DirectoryServer389
from tests.servers.samba import Samba

if TYPE_CHECKING:
    from tests.servers.pki import Pki

RequireServer = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> "Pki":
    """Return authorities and certificates of every kind that is right or wrong."""
    from tests.servers.pki import Pki  # noqa: PLC0415 - most tests need no certificates

    return Pki(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def samba(require_server: RequireServer, pki: "Pki") -> Iterator[Samba]:
    """Return a running Active Directory domain controller, the same for all tests."""
    programs = [require_server("Samba", name) for name in ("samba-tool", "samba")]
    _require_root("Samba")
    server = Samba(*programs)
    try:
        server.encrypt(*pki.for_host("localhost", server.address), pki.authority)
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def ds389(require_server: RequireServer) -> Iterator[DirectoryServer389]:
    """Return a running 389 Directory Server, the same for all tests."""
    require_server("389 Directory Server", "dscreate")
    program = require_server("389 Directory Server", "ns-slapd")
    _require_root("389 Directory Server")
    server = DirectoryServer389(program)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _require_root(name: str) -> None:
    if os.geteuid() == 0:
        return
    reason = f"{name} is started by root only"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
