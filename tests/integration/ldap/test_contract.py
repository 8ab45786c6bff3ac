"""The LDAP source passes what every source passes, on Active Directory and 389-ds as well."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from syncd.sources.ldap import LdapSettings, LdapSource
from tests.contract.source_contract import SourceContract
from tests.servers import ds389 as of_389
from tests.servers import samba as of_samba
from tests.servers.ds389 import DirectoryServer389
from tests.servers.samba import Samba

FULL = {"mobile": "138", "mail": "u@example.test", "telephoneNumber": "010-1"}
MORE = {"employeeNumber": "007", "title": "工程师"}


@dataclass
class Company:
    """A small company below a unit of its own, on a server that can be killed and started."""

    server: Samba | DirectoryServer389
    source: LdapSource
    dns: dict[str, str] = field(default_factory=dict)

    @property
    def removable(self) -> list[str]:
        return list(self.dns)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def remove(self, external_id: str) -> None:
        self.server.delete(self.dns[external_id])

    def break_off(self) -> None:
        self.server.kill()

    def mend(self) -> None:
        self.server.start()

    def learn(self, dns: dict[str, str]) -> None:
        records = [self.source.normalize(entry) for entry in self.source.read({}).users]
        ids = {record.fields["userid"]: record.external_id for record in records}
        self.dns = {ids[name]: dn for name, dn in dns.items()}


class TestActiveDirectory(SourceContract):
    """A company in a Samba domain, read in pages of four."""

    @pytest.fixture
    def stage(self, samba: Samba, pki) -> Iterator[Company]:
        base = samba.unit_of_its_own()
        research = f"OU=研发部,{base}"
        samba.add(research, objectClass="organizationalUnit")
        people = {
            f"u{n}": samba.add_person(
                f"u{n}", research if n % 2 else base, displayName=f"员工{n}", **FULL, **MORE
            )
            for n in range(9)
        }
        bare = samba.add_person("bare", base, displayName="某人", manager=people["u8"])
        settings = LdapSettings(
            *("corp", (samba.tls_url,), base, of_samba.ADMIN, lambda: of_samba.ADMIN_PASSWORD),
            ca_file=pki.authority,
            page_size=4,
        )
        stage = Company(samba, LdapSource(settings))
        stage.learn({"bare": bare, **dict(list(people.items())[:5])})
        yield stage
        samba.start()  # where the test has left it dead
        samba.delete(base)


class Test389DirectoryServer(SourceContract):
    """A company in a 389 Directory Server, read in pages of four."""

    @pytest.fixture
    def stage(self, ds389: DirectoryServer389) -> Iterator[Company]:
        base = ds389.unit_of_its_own()
        research = f"ou=研发部,{base}"
        ds389.add(research, objectClass="organizationalUnit")
        people = {
            f"u{n}": ds389.add_person(
                f"u{n}", f"员工{n}", research if n % 2 else base, **FULL, **MORE
            )
            for n in range(9)
        }
        bare = ds389.add_person("bare", "某人", base, manager=people["u8"])
        settings = LdapSettings(
            *("corp", (ds389.url,), base, of_389.ADMIN, lambda: of_389.ADMIN_PASSWORD),
            page_size=4,
        )
        stage = Company(ds389, LdapSource(settings))
        stage.learn({"bare": bare, **dict(list(people.items())[:5])})
        yield stage
        ds389.start()  # where the test has left it dead
