"""A slapd per test, and a source that reads it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncd.sources.ldap import LdapSettings, LdapSource
from tests.integration.ldap.slapd import READER, READER_PASSWORD, SUFFIX, Slapd

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
