"""A slapd per test, and a source that reads it."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.model.run import Outcome
from syncd.sources.ldap import LdapSettings, LdapSource
from syncd.store.store import Store
from tests.integration.ldap.office import Office
from tests.integration.ldap.slapd import READER, READER_PASSWORD, SUFFIX, Slapd

RequireServer = Callable[[str, str], Path]
MakeSource = Callable[..., LdapSource]
MakeOffice = Callable[..., Office]


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


@pytest.fixture
def office_of(tmp_path: Path) -> Iterator[MakeOffice]:
    """Return a function that gives an office whose source was read for the first time."""
    opened = []

    def make(**settings: Any) -> Office:
        opened.append(Store.open(f"sqlite:///{tmp_path / f'syncd{len(opened)}.db'}"))
        office = Office(opened[-1], tmp_path, LdapSource(LdapSettings("corp", **settings)))
        assert office.sync().outcome is Outcome.APPLIED
        return office

    yield make
    for store in opened:
        store.close()


@pytest.fixture(scope="session")
def certificate(
    require_server: RequireServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Return a certificate for localhost that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            require_server("OpenSSL", "openssl"),
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-keyout", folder / "key.pem"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return folder / "cert.pem", folder / "key.pem"
