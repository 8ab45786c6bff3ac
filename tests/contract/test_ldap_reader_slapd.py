"""The lean reader on OpenLDAP, with what only OpenLDAP sends."""

import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap3
import pytest

from syncd.sources.ldap.lean import read_leanly
from tests.contract.ldap_reader_contract import (
    ODD,
    LdapReaderContract,
    Odd,
    Verified,
    both,
    found,
)
from tests.integration.ldap.conftest import certificate  # noqa: F401 - a fixture
from tests.integration.ldap.slapd import ADMIN, ADMIN_PASSWORD, SUFFIX, Slapd

#: RFC 4533: entries with a state of their own, and intermediate answers between them.
SYNC_REQUEST = ("1.3.6.1.4.1.4203.1.9.1.1", True, b"\x30\x03\x0a\x01\x01")
SYNC_STATE = "1.3.6.1.4.1.4203.1.9.1.2"


@dataclass
class OpenLdap:
    """A running slapd, seen by who may do everything."""

    slapd: Slapd
    base: str = SUFFIX
    odd: Odd = field(default_factory=lambda: ODD)
    most_per_page: int = 1000

    def connect(self, *, encrypted: bool = False, **options: Any) -> ldap3.Connection:
        port = self.slapd.tls_port if encrypted else self.slapd.port
        assert self.slapd.certificate
        tls = Verified(self.slapd.certificate)
        server = ldap3.Server("127.0.0.1", port, use_ssl=encrypted, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(server, ADMIN, ADMIN_PASSWORD, **options)

    def add(self, dn: str, classes: Sequence[str], attributes: Mapping[str, Any]) -> None:
        self.slapd.add(dn, {"objectClass": classes, **attributes})


@pytest.fixture
def server(
    require_server: Callable[[str, str], Path],
    tmp_path: Path,
    certificate: tuple[Path, Path],  # noqa: F811 - asks for it
) -> Iterator[OpenLdap]:
    slapd = Slapd(require_server("OpenLDAP", "slapd"), tmp_path / "slapd", *certificate)
    slapd.prepare()
    configuration = tmp_path / "slapd" / "slapd.conf"
    text = configuration.read_text().replace(
        "moduleload ppolicy\n", "moduleload ppolicy\nmoduleload syncprov\n"
    )
    configuration.write_text(text + "overlay syncprov\n")
    slapd.start()
    yield OpenLdap(slapd)
    slapd.kill()


class TestOpenLdap(LdapReaderContract):
    """An OpenLDAP server."""

    @pytest.mark.usefixtures("odd")
    def test_references_to_other_servers_are_read_alike(self, server: OpenLdap):
        for number in range(2):
            urls = [f"ldap://one.test/ou=elsewhere{number}", f"ldap://two.test/ou=部门{number}"]
            server.add(
                f"ou=elsewhere{number},{SUFFIX}", ["referral", "extensibleObject"], {"ref": urls}
            )
        answers, _ = both(server, SUFFIX)
        kinds = [each["type"] for each in answers]
        assert kinds.count("searchResRef") == 2
        answers, result = both(server, f"ou=x,ou=elsewhere0,{SUFFIX}")
        assert (answers, result["description"]) == ([], "referral")
        assert result["referrals"]

    def test_options_and_certificates_are_read_alike(
        self,
        server: OpenLdap,
        certificate: tuple[Path, Path],  # noqa: F811 - asks for it
    ):
        der = ssl.PEM_cert_to_DER_cert(certificate[0].read_text())
        dn = f"cn=options,{SUFFIX}"
        given = {
            "sn": "x",
            "sn;lang-ja": "吉野",
            "title;lang-de": "Ä",
            "userCertificate;binary": der,
        }
        server.add(dn, ["inetOrgPerson"], given)
        answers, _ = both(server, dn)
        attributes = dict(answers[0]["raw_attributes"])
        assert attributes["usercertificate;binary"] == [der]
        assert attributes["sn;lang-ja"] == ["吉野".encode()]

    def test_entries_with_controls_and_answers_between_are_read_alike(
        self, server: OpenLdap, crowd: list[str]
    ):
        answers, result = both(server, SUFFIX, controls=[SYNC_REQUEST])
        states = [each for each in answers if SYNC_STATE in each.get("controls", {})]
        assert len(states) >= len(crowd)
        assert result["controls"]
        cookie = result["controls"]["1.3.6.1.4.1.4203.1.9.1.3"]["value"]
        server.slapd.delete(crowd[0])
        asking = ("1.3.6.1.4.1.4203.1.9.1.1", True, _request(cookie))
        later, _ = both(server, SUFFIX, controls=[asking])
        assert any(each["type"] == "intermediateResponse" for each in later)

    def test_after_start_tls_all_is_read_alike(self, server: OpenLdap, crowd: list[str]):
        plain, _ = both(server, SUFFIX)
        made = server.connect(check_names=False, return_empty_attributes=False)
        read_leanly(made)
        made.open(read_server_info=False)
        try:
            assert made.start_tls(read_server_info=False)
            assert isinstance(made.socket, ssl.SSLSocket)
            assert made.bind(read_server_info=False)
            assert found(made, SUFFIX, "(objectClass=*)")[0] == plain
        finally:
            made.unbind()
        assert len(plain) > len(crowd)


def _request(done: bytes) -> bytes:
    """Return a request that goes on after the cookie which stands in the value of a sync done."""
    cookie = done[2:] if done[1] < 0x80 else done[3:]
    inner = b"\x0a\x01\x01" + cookie[: 2 + cookie[1]]
    return bytes([0x30, len(inner)]) + inner
