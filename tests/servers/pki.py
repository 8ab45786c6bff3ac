"""Certificates that are right, and wrong in every way that a person may meet."""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import trustme

_NAMES = ("localhost", "127.0.0.1")
#: What GnuTLS, behind slapd and Samba, takes without a question.
_KEY = trustme.KeyType.RSA


class Issued(NamedTuple):
    """A certificate with what the server sends of its chain, and its key."""

    chain: Path
    key: Path


class Pki:
    """One authority, its intermediate, a stranger, and what they have issued."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA(organization_name="Example Root", key_type=_KEY)
        #: What `ca_file` names.
        self.authority = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.authority))

    @cached_property
    def good(self) -> Issued:
        return self._written("good", self._authority.issue_cert(*_NAMES, key_type=_KEY))

    def for_host(self, *names: str) -> Issued:
        return self._written("-".join(names), self._authority.issue_cert(*names, key_type=_KEY))

    @cached_property
    def for_another_host(self) -> Issued:
        issued = self._authority.issue_cert("ldap.example.test", "192.0.2.7", key_type=_KEY)
        return self._written("other-host", issued)

    @cached_property
    def expired(self) -> Issued:
        return self._dated("expired", before=-20, after=-10)

    @cached_property
    def not_yet_valid(self) -> Issued:
        return self._dated("future", before=10, after=20)

    @cached_property
    def by_a_stranger(self) -> Issued:
        stranger = trustme.CA(organization_name="Stranger", key_type=_KEY)
        between = stranger.create_child_ca(key_type=_KEY)
        return self._written("stranger", between.issue_cert(*_NAMES, key_type=_KEY))

    @cached_property
    def without_its_intermediate(self) -> Issued:
        between = self._authority.create_child_ca(key_type=_KEY)
        issued = between.issue_cert(*_NAMES, key_type=_KEY)
        return self._written("incomplete", issued, sent=1)

    @cached_property
    def with_its_intermediate(self) -> Issued:
        between = self._authority.create_child_ca(key_type=_KEY)
        return self._written("complete", between.issue_cert(*_NAMES, key_type=_KEY))

    @cached_property
    def self_signed(self) -> Issued:
        alone = trustme.CA(organization_name="Alone", key_type=_KEY)
        chain, key = self._folder / "alone.pem", self._folder / "alone.key"
        alone.cert_pem.write_to_path(str(chain))
        alone.private_key_pem.write_to_path(str(key))
        return Issued(chain, key)

    @cached_property
    def client(self) -> Issued:
        issued = self._authority.issue_cert(
            "reader@example.test", common_name="reader", key_type=_KEY
        )
        return self._written("client", issued)

    def _dated(self, name: str, *, before: int, after: int) -> Issued:
        now = datetime.now(UTC)
        issued = self._authority.issue_cert(
            *_NAMES,
            key_type=_KEY,
            not_before=now + timedelta(days=before),
            not_after=now + timedelta(days=after),
        )
        return self._written(name, issued)

    def _written(self, name: str, issued: Any, sent: int | None = None) -> Issued:
        chain, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems[:sent]))
        issued.private_key_pem.write_to_path(str(key))
        key.chmod(0o600)
        return Issued(chain, key)
