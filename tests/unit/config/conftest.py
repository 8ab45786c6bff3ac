"""What the tests of the configuration share: one small valid document, and how to check one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syncd.config.configuration import Configuration
from syncd.config.load import check_document
from syncd.config.origin import Origin
from syncd.errors import ConfigError

FOLDER = Path("/srv/config")


class Checker:
    """Checks documents as if they stood in a file of /srv/config."""

    def __init__(self) -> None:
        self.env: dict[str, str] = {}

    def accept(self, document: Mapping[str, Any]) -> Configuration:
        return check_document(document, Origin(FOLDER, self.env), where="syncd.toml")

    def refuse(self, document: Mapping[str, Any]) -> dict[str, str]:
        """Return what is said about each path; fail where the document is accepted."""
        with pytest.raises(ConfigError) as refused:
            self.accept(document)
        lines = refused.value.message.splitlines()[1:]
        return dict(line.strip().split(": ", 1) for line in lines)

    def wecom(self, **keys: Any) -> Configuration:
        return self.accept(wecom(**keys))

    def refuse_wecom(self, **keys: Any) -> dict[str, str]:
        return self.refuse(wecom(**keys))


def wecom(**keys: Any) -> dict[str, Any]:
    table = {"type": "wecom", "corp_id": "ww0123456789abcdef", "contacts_secret": "env:CONTACTS"}
    table = {key: value for key, value in (table | keys).items() if value is not None}
    return {"sources": {"wecom": table}}


def ldap(**keys: Any) -> dict[str, Any]:
    table = {"type": "ldap", "urls": ["ldaps://dc1.example.com"], "base_dn": "dc=example,dc=com"}
    table = {key: value for key, value in (table | keys).items() if value is not None}
    return {"sources": {"corp_ldap": table}}


@pytest.fixture
def check() -> Checker:
    return Checker()


@pytest.fixture
def wecom_document() -> Any:
    return wecom


@pytest.fixture
def ldap_document() -> Any:
    return ldap
