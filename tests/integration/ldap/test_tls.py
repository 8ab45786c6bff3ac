"""Encrypted connections: who is trusted, and what is said of who is not."""

import re
import socket
import ssl
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from syncd.errors import SourceError, SourceRejected, SourceUnavailable
from tests.integration.ldap.slapd import SUFFIX, Slapd, person
from tests.servers.pki import Issued, Pki

PEOPLE = [person("zhangsan", "张三"), person("lisi", "李四")]
#: The account that a certificate for `reader` stands for.
BY_CERTIFICATE = (
    f'authz-regexp "^cn=reader(,|$).*" "cn=reader,{SUFFIX}"',
    f'authz-regexp "^gidnumber=[0-9]+[+]uidnumber=[0-9]+,cn=peercred.*" "cn=reader,{SUFFIX}"',
)


@pytest.fixture
def serve(slapd: Slapd):
    """Return a function that starts the server with a certificate."""

    def start(issued: Issued | None, *options: str, authority: Path | None = None) -> Slapd:
        slapd.certificate, slapd.key = issued or (None, None)
        slapd.options, slapd.authority = options, authority
        slapd.prepare(PEOPLE)
        slapd.start()
        return slapd

    return start


@pytest.fixture(params=["ldaps", "StartTLS"])
def encrypted(request: pytest.FixtureRequest, make_source, pki: Pki):
    """Return a function that makes a source which asks for TLS in one of the two ways."""

    def make(server: Slapd, host: str = "localhost", **settings: object):
        plain = request.param == "StartTLS"
        url = f"ldap://{host}:{server.port}" if plain else f"ldaps://{host}:{server.tls_port}"
        given = {"urls": (url,), "ca_file": pki.authority, "start_tls": plain}
        return make_source(**{**given, **settings})

    return make


def refusal(source) -> SourceRejected:
    with pytest.raises(SourceRejected) as caught:
        source.read({})
    assert caught.value.hint
    assert "can't contact" not in caught.value.message.lower()
    return caught.value


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_certificate_of_a_known_authority_is_trusted_by_name_and_address(
    serve, encrypted, pki, host
):
    assert len(encrypted(serve(pki.good), host).read({}).users) == 2


def test_a_chain_that_is_complete_is_trusted(serve, encrypted, pki):
    assert len(encrypted(serve(pki.with_its_intermediate)).read({}).users) == 2


def test_a_self_signed_certificate_is_trusted_where_ca_file_names_it(serve, encrypted, certificate):
    server = serve(Issued(*certificate))
    assert len(encrypted(server, ca_file=certificate[0]).read({}).users) == 2
    assert "is self-signed" in refusal(encrypted(server)).message


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("expired", r'has expired: that of ".+" on \d{4}-\d\d-\d\d'),
        ("not_yet_valid", r'is not yet valid: that of ".+" begins on \d{4}-\d\d-\d\d'),
        ("for_another_host", r'is not for "localhost" but for ldap\.example\.test, 192\.0\.2\.7'),
        ("self_signed", "is self-signed"),
        ("without_its_intermediate", "shows its own certificate only, signed by .+ incomplete"),
        ("by_a_stranger", r'of the authority "O=Stranger.*", which is not trusted'),
    ],
)
def test_each_fault_of_a_certificate_has_words_of_its_own(serve, encrypted, pki, kind, says):
    error = refusal(encrypted(serve(getattr(pki, kind))))
    assert re.search(says, error.message), error.message


def test_nothing_is_sent_to_a_server_that_is_not_trusted(make_source, pki):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.by_a_stranger)
    heard = []

    def serve() -> None:
        # Once to be refused, once to show what it has to show.
        for _ in range(2):
            connection, _ = server.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, True) as encrypted:
                heard.append(encrypted.recv(4096))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"ldaps://127.0.0.1:{server.getsockname()[1]}"
        refusal(make_source(urls=(url,), ca_file=pki.authority))
        thread.join(10)
    assert b"".join(heard) == b""


def test_an_address_that_is_not_in_the_certificate_is_refused(serve, make_source, pki):
    server = serve(pki.good)
    source = make_source(urls=(f"ldaps://127.0.0.2:{server.tls_port}",), ca_file=pki.authority)
    assert 'is not for "127.0.0.2" but for localhost, 127.0.0.1' in refusal(source).message


def test_without_a_ca_file_only_the_authorities_of_the_system_are_trusted(serve, encrypted, pki):
    assert "not trusted" in refusal(encrypted(serve(pki.by_a_stranger), ca_file=None)).message


def test_tls_to_a_port_without_it_says_so(serve, make_source, pki):
    server = serve(pki.good)
    source = make_source(urls=(f"ldaps://localhost:{server.port}",), ca_file=pki.authority)
    with pytest.raises(SourceUnavailable, match="does not answer in TLS") as caught:
        source.read({})
    assert "636" in caught.value.hint


def test_no_tls_to_a_port_that_expects_it_says_so(serve, make_source, pki):
    server = serve(pki.good)
    with pytest.raises(SourceUnavailable, match="closed the connection") as caught:
        make_source(urls=(f"ldap://127.0.0.1:{server.tls_port}",)).read({})
    assert "ldaps://" in caught.value.hint


def test_a_server_without_starttls_is_told_from_one_that_is_not_trusted(serve, make_source, pki):
    server = serve(None)
    source = make_source(urls=(server.url,), ca_file=pki.authority, start_tls=True)
    assert "does not offer StartTLS" in refusal(source).message


def test_a_server_that_demands_tls_says_so_and_is_read_with_it(serve, make_source, pki):
    server = serve(pki.good, "security simple_bind=128")
    error = refusal(make_source(urls=(server.url,)))
    assert "it demands TLS" in error.message
    assert "start_tls" in error.hint
    source = make_source(urls=(server.url,), ca_file=pki.authority, start_tls=True)
    assert len(source.read({}).users) == 2


def test_who_shows_a_certificate_needs_no_password(serve, encrypted, pki):
    server = serve(pki.good, "TLSVerifyClient demand", *BY_CERTIFICATE, authority=pki.authority)
    source = encrypted(
        server,
        bind_method="external",
        bind_dn=None,
        bind_password=None,
        client_cert=pki.client.chain,
        client_key=pki.client.key,
    )
    assert len(source.read({}).users) == 2


def test_a_server_that_demands_a_client_certificate_says_so(serve, encrypted, pki):
    server = serve(pki.good, "TLSVerifyClient demand", authority=pki.authority)
    with pytest.raises(SourceError, match=r"encrypted|demands a client certificate") as caught:
        encrypted(server).read({})
    assert "client_cert" in caught.value.hint


def test_a_certificate_that_maps_to_no_account_is_refused_with_what_to_do(serve, encrypted, pki):
    server = serve(pki.good, "TLSVerifyClient never", *BY_CERTIFICATE)
    source = encrypted(
        server,
        bind_method="external",
        bind_dn=None,
        bind_password=None,
        client_cert=pki.client.chain,
        client_key=pki.client.key,
    )
    assert "map" in refusal(source).hint


def test_over_a_local_socket_the_account_of_the_system_is_enough(serve, make_source):
    server = serve(None, *BY_CERTIFICATE)
    source = make_source(
        urls=(server.local_url,), bind_method="external", bind_dn=None, bind_password=None
    )
    assert len(source.read({}).users) == 2


@pytest.mark.parametrize("url", ["ldapi://", "ldapi:///"])
def test_a_local_address_without_a_path_is_refused(make_source, url):
    assert "%2F" in refusal(make_source(urls=(url,))).hint


def test_a_server_that_is_not_trusted_leaves_the_next_one_to_be_read(
    serve, make_source, pki, require_server, tmp_path
):
    bad = serve(pki.expired)
    good = Slapd(require_server("OpenLDAP", "slapd"), tmp_path / "good", *pki.good)
    good.prepare(PEOPLE)
    good.start()
    try:
        source = make_source(urls=(bad.tls_url, good.tls_url), ca_file=pki.authority)
        assert len(source.read({}).users) == 2
    finally:
        good.kill()


def test_a_server_that_says_nothing_when_tls_begins_is_given_up_in_time(make_source, pki):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ldaps://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            make_source(urls=(url,), ca_file=pki.authority, timeout=timedelta(seconds=1)).read({})
