"""The lean reader on 389 Directory Server."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ldap3
import pytest

from tests.contract.ldap_reader_contract import ODD, LdapReaderContract, Odd, Verified, both
from tests.servers.ds389 import ADMIN, ADMIN_PASSWORD, DirectoryServer389


@dataclass
class Unit389:
    """A unit of a running 389 Directory Server, seen by who may do everything."""

    running: DirectoryServer389
    base: str
    odd: Odd = field(default_factory=lambda: ODD)
    most_per_page: int = 1000

    def connect(self, *, encrypted: bool = False, **options: Any) -> ldap3.Connection:
        port = self.running.tls_port if encrypted else self.running.port
        tls = Verified(self.running.authority)
        server = ldap3.Server("127.0.0.1", port, use_ssl=encrypted, tls=tls, get_info=ldap3.NONE)
        return ldap3.Connection(server, ADMIN, ADMIN_PASSWORD, **options)

    def add(self, dn: str, classes: Sequence[str], attributes: Mapping[str, Any]) -> None:
        self.running.add(dn, objectClass=classes, **attributes)


@pytest.fixture
def server(ds389: DirectoryServer389) -> Iterator[Unit389]:
    ds389.start()
    return Unit389(ds389, ds389.unit_of_its_own())


class Test389DirectoryServer(LdapReaderContract):
    """A 389 Directory Server."""

    def test_its_own_ids_are_read_alike(self, server: Unit389, odd: str):
        answers, _ = both(server, odd, attributes=["nsUniqueId", "entryUUID", "modifyTimestamp"])
        names = dict(answers[0]["raw_attributes"])
        assert {"nsuniqueid", "modifytimestamp"} <= names.keys()
