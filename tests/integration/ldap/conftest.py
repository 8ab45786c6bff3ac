"""A slapd per test, and a source that reads it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.sources.ldap import LdapSettings, LdapSource
from tests.integration.ldap.pki import Pki
from tests.integration.ldap.slapd import READER, READER_PASSWORD, SUFFIX, Slapd
from tests.servers.ds389 import DirectoryServer389
from tests.servers.samba import Samba

RequireServer = Callable[[str, str], Path]
MakeSource = Callable[..., LdapSource]


@pytest.fixture
def slapd(require_server: RequireServer, tmp_path: Path) -> Iterator[Slapd]:
    """Return a server that is to be prepared and started; it is ended after the test."""
    server = Slapd(require_server("OpenLDAP", "slapd"), tmp_path / "slapd")
    yield server
    server.kill()


@pytest.fixture
def make_source(slapd: Slapd) -> MakeSource:
    """Return a function that makes a source for the server, with settings of the test's own."""

    def make(**settings: object) -> LdapSource:
        given = {
            "name": "corp",
            "urls": (slapd.url,),
            "base_dn": SUFFIX,
            "bind_dn": READER,
            "bind_password": lambda: READER_PASSWORD,
        }
        return LdapSource(LdapSettings(**{**given, **settings}))

    return make


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Return authorities and certificates of every kind that is right or wrong."""
    return Pki(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def samba(require_server: RequireServer, pki: Pki) -> Iterator[Samba]:
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
