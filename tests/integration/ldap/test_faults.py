"""A reading that cannot reach its end says why, and gives nothing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from syncd.errors import SourceError, SourceRejected, SourceUnavailable
from syncd.model.entry import Missing
from tests.integration.ldap.slapd import (
    LIMITED,
    LIMITED_PASSWORD,
    READER,
    READER_PASSWORD,
    person,
    unit,
)

RESEARCH = unit("研发部")
CROWD = [person(f"u{number}", f"员工{number}", RESEARCH[0]) for number in range(700)]


@pytest.fixture
def company(slapd):
    slapd.prepare([RESEARCH, *CROWD])
    slapd.start()
    return slapd


@contextmanager
def listener(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """Serve a port that says `answer` to whatever comes first, or nothing at all."""
    heard: list[bytes] = []
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                heard.append(connection.recv(4096))
                if answer is None:
                    ended.wait(10)
                else:
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"ldap://127.0.0.1:{server.getsockname()[1]}", heard
        finally:
            ended.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def test_a_wrong_password_is_refused_with_a_hint_and_tried_nowhere_else(company, make_source):
    with listener(b"") as (other, heard):
        source = make_source(urls=(company.url, other), bind_password=lambda: "wrong-secret")
        with pytest.raises(SourceRejected, match=r"invalidCredentials \(49\)") as caught:
            source.read({})
    assert heard == []
    assert "bind_password" in caught.value.hint
    assert "wrong-secret" not in f"{caught.value.message} {caught.value.hint}"


def test_an_empty_password_is_never_sent(company, make_source):
    with pytest.raises(SourceRejected, match=r"password .* is empty"):
        make_source(bind_password=lambda: "").read({})


def test_a_server_that_wants_a_bind_refuses_an_anonymous_one_with_a_hint(company, make_source):
    with pytest.raises(SourceRejected) as caught:
        make_source(bind_dn=None, bind_password=None).read({})
    assert "bind_dn" in caught.value.hint


def test_a_base_that_is_not_there_is_refused_with_its_name(company, make_source):
    with pytest.raises(SourceRejected, match="ou=nowhere,dc=example,dc=test") as caught:
        make_source(base_dn="ou=nowhere,dc=example,dc=test").read({})
    assert "base_dn" in caught.value.hint


@pytest.mark.parametrize("base_dn", ["not a dn", "dc=other,dc=test"])
def test_a_base_that_this_server_cannot_have_is_refused(company, make_source, base_dn):
    with pytest.raises(SourceRejected) as caught:
        make_source(base_dn=base_dn).read({})
    assert "base_dn" in caught.value.hint


def test_a_base_on_another_server_is_refused_and_never_gone_to(company, make_source):
    elsewhere = "ou=elsewhere,dc=example,dc=test"
    attributes = {
        "objectClass": ["referral", "extensibleObject"],
        "ou": "elsewhere",
        "ref": "ldap://nowhere.invalid/ou=elsewhere,dc=example,dc=test",
    }
    company.add(elsewhere, attributes)
    with pytest.raises(SourceRejected, match=r"referral \(10\)") as caught:
        make_source(base_dn=f"ou=below,{elsewhere}").read({})
    assert "urls" in caught.value.hint


def test_a_filter_that_cannot_be_understood_is_refused_with_its_setting(company, make_source):
    with pytest.raises(SourceRejected) as caught:
        make_source(person_filter="(objectClass=person").read({})
    assert "person_filter" in caught.value.hint


@pytest.mark.parametrize("page_size", [100, 1000])
def test_a_limit_of_the_server_is_no_short_reading(company, make_source, page_size):
    source = make_source(
        bind_dn=LIMITED, bind_password=lambda: LIMITED_PASSWORD, page_size=page_size
    )
    with pytest.raises(SourceRejected, match=r"(sizeLimit|adminLimit)Exceeded") as caught:
        source.read({})
    assert "size.prtotal=unlimited" in caught.value.hint


def test_a_server_that_dies_between_two_pages_is_no_short_reading(company, make_source):
    def kill(stage, _done, _total):
        if stage == "users":
            company.kill()

    with pytest.raises(SourceUnavailable):
        make_source(page_size=100).read({}, kill)


def test_a_server_that_is_gone_confirms_no_absence(company, make_source):
    source = make_source()
    snapshot = source.read({})
    company.kill()
    missing = Missing({snapshot.users[0].external_id: frozenset()}, {}, frozenset())
    with pytest.raises(SourceUnavailable):
        source.confirm(snapshot, missing, 3, {})
    with pytest.raises(SourceUnavailable):
        source.read_user(snapshot.users[0].external_id)


def test_a_server_that_comes_back_is_read_again(company, make_source):
    source = make_source()
    company.kill()
    with pytest.raises(SourceUnavailable) as caught:
        source.read({})
    assert "urls" in caught.value.hint
    company.start()
    assert len(source.read({}).users) == 700


def test_the_first_server_that_answers_is_read(company, make_source):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    source = make_source(urls=(f"ldap://127.0.0.1:{port}", company.url))
    assert len(source.read({}).users) == 700


def test_a_server_that_says_nothing_is_given_up_in_time(slapd, make_source):
    with listener(None) as (url, _):
        began = time.monotonic()
        with pytest.raises(SourceUnavailable, match="did not answer in time"):
            make_source(urls=(url,), timeout=timedelta(seconds=1)).read({})
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="closed at once"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20, id="another protocol"),
        pytest.param(b"\x30\x03\x02\x01\x01" * 10, id="a message without content"),
        pytest.param(b"\x30\x84\x00\x00\x10\x00\x02\x01\x01", id="a message cut off"),
    ],
)
def test_what_is_no_ldap_answer_is_an_error_of_the_source(slapd, make_source, answer):
    with listener(answer) as (url, _), pytest.raises(SourceError):
        make_source(urls=(url,), timeout=timedelta(seconds=1)).read({})


def test_a_host_without_an_address_is_unavailable(slapd, make_source, monkeypatch):
    def no_such_name(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with pytest.raises(SourceUnavailable) as caught:
        make_source(urls=("ldaps://directory.invalid",)).read({})
    assert "host name" in caught.value.hint


def test_a_password_does_not_leave_the_machine_unencrypted(slapd, make_source):
    with pytest.raises(SourceRejected, match="unencrypted") as caught:
        make_source(urls=("ldap://192.0.2.1",)).read({})
    assert "allow_plaintext" in caught.value.hint


def test_a_ca_file_that_cannot_be_read_is_refused_with_its_setting(slapd, make_source, tmp_path):
    source = make_source(urls=("ldaps://127.0.0.1",), ca_file=tmp_path / "nothing.pem")
    with pytest.raises(SourceRejected) as caught:
        source.read({})
    assert "ca_file" in caught.value.hint


def test_neither_password_nor_its_reader_is_shown(slapd, make_source):
    source = make_source(bind_dn=READER, bind_password=lambda: READER_PASSWORD)
    assert "bind_password" not in repr(source._settings)
