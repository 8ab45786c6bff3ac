"""The lean reader on an Active Directory domain controller (Samba's)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ldap3
import pytest

from tests.contract.ldap_reader_contract import LdapReaderContract, Odd, Verified, both
from tests.servers.pki import Pki
from tests.servers.samba import ADMIN, ADMIN_PASSWORD, SUFFIX, Samba

#: What the schema of Active Directory takes: most attributes have one value, and a longest one.
ODD_IN_AD: Odd = {
    "sn": "𠮷野",
    "givenName": "𠀋",
    "description": "第二 " + "x" * 1_000,
    "jpegPhoto": [bytes(range(256)), b"\xff\xd8" + b"\x00\x80" * 200_000],
    "otherTelephone": ["+86 10 0000 0000", "+86 10 0000 0001", "a\u0301" * 20],
}


@dataclass
class Domain:
    """A unit of a running domain, seen by who may do everything; in plain text nobody may bind."""

    samba: Samba
    authority: Any
    base: str
    odd: Odd = field(default_factory=lambda: ODD_IN_AD)
    most_per_page: int = 1000

    def connect(self, *, encrypted: bool = False, **options: Any) -> ldap3.Connection:
        del encrypted
        tls = Verified(self.authority)
        server = ldap3.Server(self.samba.address, 636, use_ssl=True, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(server, ADMIN, ADMIN_PASSWORD, **options)

    def add(self, dn: str, classes: Sequence[str], attributes: Mapping[str, Any]) -> None:
        self.samba.add(dn, objectClass=classes, **attributes)


@pytest.fixture
def server(samba: Samba, pki: Pki) -> Domain:
    samba.start()
    return Domain(samba, pki.authority, samba.unit_of_its_own())


class TestActiveDirectory(LdapReaderContract):
    """A domain controller."""

    def test_binary_ids_are_read_alike(self, server: Domain, odd: str):
        answers, _ = both(server, odd, attributes=["objectGUID", "objectSid", "uSNChanged"])
        attributes = dict(answers[0]["raw_attributes"])
        assert len(attributes["objectguid"][0]) == 16
        assert attributes["objectsid"][0][:1] == b"\x01"

    def test_references_to_other_partitions_are_read_alike(self, server: Domain):
        answers, _ = both(server, SUFFIX, "(objectClass=organizationalUnit)", attributes=["ou"])
        assert {each["type"] for each in answers} == {"searchResEntry", "searchResRef"}

    # Samba pays no heed to two things that a client may ask for; Windows does. Nothing of that is
    # the reader's, which gives what the server sends.

    def test_names_without_values_are_read_alike(self, server: Domain, odd: str):
        ((answer, *_), _) = both(server, odd, types_only=True)
        assert dict(answer["raw_attributes"])["sn"] == ["𠮷野".encode()]

    @pytest.mark.usefixtures("crowd")
    def test_a_limit_that_is_reached_is_read_alike(self, server: Domain):
        answers, result = both(server, server.base, size_limit=3)
        assert (len(answers), result["description"]) == (36, "success")
