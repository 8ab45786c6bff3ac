"""What the lean reader passes on every directory server: it reads what ldap3's own reader reads.

A test module for one server subclasses `LdapReaderContract` and supplies the fixture `server`: a
directory that can be written to, and connections to it.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import ldap3
import pytest

from syncd.sources.ldap.lean import read_leanly

Odd = Mapping[str, str | bytes | Sequence[str | bytes]]
#: Attributes of one person that are hard to read, as an open schema takes them.
ODD: Odd = {
    "sn": "𠮷野",
    "givenName": ["家", "𠀋", "a\u0301", "a" * 300],
    "description": ["first", "第二 ", "x" * 70_000],
    "jpegPhoto": [bytes(range(256)), b"\xff\xd8" + b"\x00\x80" * 200_000],
    "userPassword": "{CLEARTEXT}geheim",
    "telephoneNumber": ["+86 10 0000 0000", "+86 10 0000 0001"],
}


class Verified(ldap3.Tls):
    """TLS by Python's own check of names: ldap3's calls what Python no longer wants."""

    def __init__(self, authority: Path):
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=authority)

    def wrap_socket(self, connection, do_handshake=False):  # noqa: ARG002 - ldap3's signature
        connection.socket = self._context.wrap_socket(
            connection.socket, server_hostname="localhost"
        )


class Server(Protocol):
    """A directory server with an empty place below `base`."""

    base: str
    #: `ODD`, or what the server's schema takes of it.
    odd: Odd
    #: The longest page that the server gives.
    most_per_page: int

    def connect(self, *, encrypted: bool = False, **options: Any) -> ldap3.Connection:
        """Return a connection that may read and write everything, neither open nor bound."""

    def add(self, dn: str, classes: Sequence[str], attributes: Mapping[str, Any]) -> None:
        """Write an entry."""


@contextmanager
def bound(server: Server, *, lean: bool, **options: Any) -> Iterator[ldap3.Connection]:
    """Give a bound connection with one reader or the other."""
    given = {
        "check_names": False,
        "return_empty_attributes": False,
        "auto_range": False,
        "auto_referrals": False,
    }
    made = server.connect(**{**given, **options})
    if lean:
        read_leanly(made)
    made.open(read_server_info=False)
    try:
        assert made.bind(read_server_info=False), made.result
        yield made
    finally:
        made.unbind()


def found(made: ldap3.Connection, base: str, search_filter: str, **options: Any):
    """Return answers and result of one search, without what only ldap3's reader adds."""
    given = {
        "attributes": ["*", "+"],
        "dereference_aliases": ldap3.DEREF_NEVER,
        **options,
    }
    made.search(base, search_filter, **given)
    return [_told(each) for each in made.response], _told(made.result)


def _told(answer: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in answer.items() if name != "attributes"}
    if "raw_attributes" in told:
        values = told["raw_attributes"]
        told["raw_attributes"] = [(name.lower(), values[name] or []) for name in values]
    return told


def both(server: Server, base: str, search_filter: str = "(objectClass=*)", **options: Any):
    """Return what one search finds with the lean reader, having compared it with ldap3's own."""
    encrypted = options.pop("encrypted", False)
    answers = []
    for lean in (True, False):
        with bound(server, lean=lean, encrypted=encrypted) as made:
            answers.append(found(made, base, search_filter, **options))
    assert answers[0] == answers[1]
    return answers[0]


def pages(made: ldap3.Connection, base: str, size: int):
    """Return every page of a paged search."""
    cookie, read = None, []
    while cookie != b"":
        answers, result = found(
            made, base, "(objectClass=person)", paged_size=size, paged_cookie=cookie
        )
        cookie = result["controls"]["1.2.840.113556.1.4.319"]["value"]["cookie"]
        read.append([(each["raw_dn"], each["raw_attributes"]) for each in answers])
    return read


class LdapReaderContract:
    """The suite; see the module's docstring."""

    @pytest.fixture
    def crowd(self, server: Server) -> list[str]:
        dns = [f"cn=person {number},{server.base}" for number in range(35)]
        for number, dn in enumerate(dns):
            server.add(dn, ["inetOrgPerson"], {"sn": f"员工{number}", "title": "工程师"})
        return dns

    @pytest.fixture
    def odd(self, server: Server) -> str:
        dn = f"cn=奇\\, 怪 \\+ 𠮷,{server.base}"
        server.add(dn, ["inetOrgPerson"], server.odd)
        return dn

    def test_every_attribute_of_an_odd_person_is_read_alike(self, server: Server, odd: str):
        answers, result = both(server, odd, search_scope="BASE")
        ((dn, attributes),) = [(each["dn"], dict(each["raw_attributes"])) for each in answers]
        assert result["result"] == 0
        assert "𠮷" in dn
        assert sorted(attributes["jpegphoto"]) == sorted(server.odd["jpegPhoto"])
        assert "𠀋".encode() in attributes["givenname"]
        assert max(attributes["description"], key=len).decode() in server.odd["description"]

    def test_a_crowd_is_read_alike(self, server: Server, crowd: list[str], odd: str):
        answers, _ = both(server, server.base)
        dns = {each["dn"].lower() for each in answers}  # how a server spells `cn` is its own
        assert {dn.lower() for dn in crowd} < dns
        assert any(dn.startswith(odd[:4].lower()) for dn in dns)

    def test_chosen_and_missing_attributes_are_read_alike(self, server: Server, odd: str):
        for attributes in (["sn", "mobile"], ["1.1"], ["SN", "Description"], ["*"]):
            answers, _ = both(server, odd, attributes=attributes)
            assert len(answers) == 1

    def test_names_without_values_are_read_alike(self, server: Server, odd: str):
        ((answer, *_), _) = both(server, odd, types_only=True)
        assert ("sn", []) in answer["raw_attributes"]

    @pytest.mark.parametrize("size", [1, 7, 1000])
    def test_pages_are_read_alike(self, server: Server, crowd: list[str], size: int):
        size = min(size, server.most_per_page)
        with bound(server, lean=True) as lean, bound(server, lean=False) as stock:
            read = pages(lean, server.base, size)
            assert read == pages(stock, server.base, size)
        assert sum(map(len, read)) == len(crowd)
        assert len(read) >= len(crowd) // size

    def test_a_large_group_is_read_alike(self, server: Server, crowd: list[str]):
        dn = f"cn=group,{server.base}"
        server.add(dn, ["groupOfNames"], {"member": crowd})
        answers, _ = both(server, dn)
        assert len(dict(answers[0]["raw_attributes"])["member"]) == len(crowd)

    def test_refusals_are_read_alike(self, server: Server):
        for base, search_filter in (
            (f"cn=nobody,{server.base}", "(objectClass=*)"),
            (server.base, "(cn=nobody)"),
        ):
            answers, _ = both(server, base, search_filter)
            assert answers == []

    @pytest.mark.usefixtures("crowd")
    def test_a_limit_that_is_reached_is_read_alike(self, server: Server):
        answers, result = both(server, server.base, size_limit=3)
        assert (len(answers), result["description"]) == (3, "sizeLimitExceeded")

    @pytest.mark.usefixtures("crowd", "odd")
    def test_over_tls_all_is_read_alike(self, server: Server):
        plain, _ = both(server, server.base, "(objectClass=person)")
        assert both(server, server.base, "(objectClass=person)", encrypted=True)[0] == plain

    def test_other_requests_are_answered_alike(self, server: Server, odd: str):
        for lean in (True, False):
            with bound(server, lean=lean) as made:
                assert made.compare(odd, "sn", "𠮷野")
                assert not made.compare(odd, "sn", "other")
                assert made.modify(odd, {"title": [(ldap3.MODIFY_REPLACE, [f"lean {lean}"])]})
                answers, _ = found(made, odd, "(objectClass=*)", attributes=["title"])
                assert answers[0]["raw_attributes"] == [("title", [f"lean {lean}".encode()])]
