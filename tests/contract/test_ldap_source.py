"""The LDAP source passes what every source passes, against a real OpenLDAP server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.sources.ldap import LdapSettings, LdapSource
from tests.contract.source_contract import SourceContract
from tests.integration.ldap.slapd import (
    READER,
    READER_PASSWORD,
    SUFFIX,
    Slapd,
    person,
    unit,
)

RESEARCH = unit("研发部")
BACKEND = unit("后端", RESEARCH[0])
CROWD = [
    person(
        f"u{number}",
        f"员工{number}",
        BACKEND[0] if number % 2 else RESEARCH[0],
        mobile=f"1380000000{number}",
        mail=f"u{number}@example.test",
        telephoneNumber="010-1",
        employeeNumber=f"00{number}",
        title="工程师",
    )
    for number in range(9)
]
#: Carries nothing that need not be there, and has a manager.
BARE = person("bare", "某人", SUFFIX, manager=CROWD[8][0])


@dataclass
class SlapdStage:
    """A small company on a server that can be killed and started."""

    server: Slapd
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


@pytest.fixture
def stage(require_server: Callable[[str, str], Path], tmp_path: Path) -> Iterator[SlapdStage]:
    server = Slapd(require_server("OpenLDAP", "slapd"), tmp_path / "slapd")
    server.prepare([RESEARCH, BACKEND, *CROWD, BARE])
    server.start()
    try:
        settings = LdapSettings(
            "corp", (server.url,), SUFFIX, READER, lambda: READER_PASSWORD, page_size=4
        )
        stage = SlapdStage(server, LdapSource(settings))
        stage.dns = _ids(stage, (BARE, *CROWD[:5]))
        yield stage
    finally:
        server.kill()


def _ids(stage: SlapdStage, entries) -> dict[str, str]:
    records = [stage.source.normalize(entry) for entry in stage.source.read({}).users]
    ids = {record.fields["userid"]: record.external_id for record in records}
    return {ids[attributes["uid"]]: dn for dn, attributes in entries}


class TestLdapSource(SourceContract):
    """A company in OpenLDAP, read in pages of four."""


def test_the_fields_of_a_source_are_the_defaults_and_its_own():
    plain = LdapSource(LdapSettings("corp", ("ldaps://x",), "dc=x"))
    assert {"userid", "name", "mobile", "manager"} <= plain.fields
    fields = {"custom.grade": "employeeType", "email": "mailAlternate"}
    own = LdapSource(LdapSettings("corp", ("ldaps://x",), "dc=x", fields=fields))
    assert own.fields - plain.fields == {"custom.grade"}
