"""E-mail and web hook against servers on this machine, right ones and wrong ones."""

import gc
import socket
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from syncd.alerts import failure
from syncd.alerts.failure import NotTold, within
from syncd.alerts.mail import MailServer
from syncd.alerts.webhook import Webhook
from syncd.alerts.words import Said
from syncd.model.incident import Alert, Incident, IncidentKind, Phase, Subject, Way
from tests.servers.smtp import SmtpServer
from tests.servers.webhook import WebhookServer

NOW = datetime(2026, 11, 28, 12, 0, 0, 250, tzinfo=UTC)
SAID = Said("syncd：来源 ldap 无法读取", "第一行\n.\nthird line")
PASSWORD = "p4ss/word+of?mail"


def alert(phase: Phase = Phase.OPENED, way: Way = Way.EMAIL) -> Alert:
    incident = Incident(3, Subject(IncidentKind.SOURCE_FAILED, "ldap"), NOW, {"reason": "down"})
    return Alert(incident, phase, way, attempts=1)


def mail(server: SmtpServer, **settings) -> MailServer:
    common = {
        "host": "localhost",
        "port": server.port,
        "security": server.security,
        "sender": "syncd@example.com",
        "to": ("it@example.com", "boss@example.com"),
        "here": "sync1",
    }
    return MailServer(**{**common, **settings})


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_an_e_mail_arrives_by_every_kind_of_encryption(pki, security):
    account = ("syncd", PASSWORD)
    with SmtpServer(security, pki.good, account) as server:
        account_keys = {"user": "syncd", "password": lambda: PASSWORD}
        mail(server, ca_file=pki.authority, **account_keys).tell(alert(), SAID, NOW)
    (one,) = server.received
    assert one.is_encrypted is (security != "none")
    assert (one.sender, one.account) == ("syncd@example.com", account)
    assert one.recipients == ["it@example.com", "boss@example.com"]
    assert one.mail["Subject"] == SAID.title
    assert one.mail["To"] == "it@example.com, boss@example.com"
    assert one.mail["Date"] == "Sat, 28 Nov 2026 12:00:00 +0000"
    assert one.mail["Auto-Submitted"] == "auto-generated"
    assert one.mail.get_content() == f"{SAID.body}\n"


def test_the_second_copy_of_an_e_mail_has_the_same_id_and_the_end_answers_it(pki):
    with SmtpServer(issued=pki.good) as server:
        sender = mail(server, ca_file=pki.authority)
        sender.tell(alert(), SAID, NOW)
        sender.tell(alert(), SAID, NOW + timedelta(minutes=1))
        sender.tell(alert(Phase.ENDED), SAID, NOW + timedelta(minutes=2))
    first, second, end = [one.mail for one in server.received]
    assert first["Message-ID"] == second["Message-ID"] != end["Message-ID"]
    assert end["In-Reply-To"] == end["References"] == first["Message-ID"]
    assert first["Message-ID"].endswith("@example.com>")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    "wrong", ["by_a_stranger", "for_another_host", "expired", "self_signed", "not_yet_valid"]
)
def test_a_server_that_cannot_show_who_it_is_gets_nothing(pki, security, wrong):
    with (
        SmtpServer(security, getattr(pki, wrong), ("syncd", PASSWORD)) as server,
        pytest.raises(NotTold, match="the certificate is not accepted"),
    ):
        mail(server, ca_file=pki.authority, user="syncd", password=lambda: PASSWORD).tell(
            alert(), SAID, NOW
        )
    assert server.received == []


def test_where_starttls_is_asked_for_nothing_is_sent_without_it(pki):
    with (
        SmtpServer("none", account=("syncd", PASSWORD)) as server,
        pytest.raises(NotTold, match="STARTTLS"),
    ):
        mail(server, security="starttls", user="syncd", password=lambda: PASSWORD).tell(
            alert(), SAID, NOW
        )
    assert server.received == []


def test_a_wrong_password_is_told_and_stands_in_no_error(pki):
    with (
        SmtpServer("tls", pki.good, ("syncd", "another")) as server,
        pytest.raises(NotTold) as refused,
    ):
        mail(server, ca_file=pki.authority, user="syncd", password=lambda: PASSWORD).tell(
            alert(), SAID, NOW
        )
    assert refused.value.reason == "the server answered 535: 5.7.8 *** is wrong"
    assert refused.value.__cause__ is None
    assert PASSWORD not in repr(mail(server, password=lambda: PASSWORD))


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"MAIL": "451 4.3.0 come back later"}, "the server answered 451: 4.3.0 come back later"),
        ({"RCPT": "550 no such person"}, "the server answered 550: no such person"),
        ({"DATA": "554 no\x1b[31m"}, "the server answered 554: no [31m"),
        ({"MAIL": None}, "the server closed the connection"),
    ],
)
def test_what_a_server_refuses_is_told_as_it_says_it(faults, reason):
    with SmtpServer("none", faults=faults) as server, pytest.raises(NotTold) as refused:
        mail(server).tell(alert(), SAID, NOW)
    assert refused.value.reason == reason
    assert server.received == []


def test_a_server_that_is_not_there_is_told():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    server = SmtpServer("none")
    server.port = port
    with pytest.raises(NotTold, match="Connection refused"):
        mail(server, host="127.0.0.1").tell(alert(), SAID, NOW)


def test_a_server_that_says_nothing_keeps_nobody_waiting(monkeypatch):
    monkeypatch.setattr("syncd.alerts.mail.TIMEOUT", timedelta(milliseconds=50))
    with (
        SmtpServer("none", faults={"greeting": None}) as server,
        pytest.raises(NotTold, match="no answer"),
    ):
        mail(server, host="127.0.0.1").tell(alert(), SAID, NOW)
    gc.collect()  # the socket that the library leaves to the collector
    assert failure.AT_MOST > failure.TIMEOUT


def test_what_takes_too_long_in_all_is_left_behind():
    ends = threading.Event()
    with pytest.raises(NotTold, match=r"no answer within 0\.02 s"):
        within(lambda: ends.wait(10) and None, timedelta(milliseconds=20))
    ends.set()


def hook(server: WebhookServer, path: str = "/hook?key=s3cret", **settings) -> Webhook:
    return Webhook(url=lambda: server.url + path, here="sync1", **settings)


def test_a_web_hook_gets_the_alert_as_json(pki):
    with WebhookServer(pki.good) as server:
        hook(server, ca_file=pki.authority).tell(alert(way=Way.WEBHOOK), SAID, NOW)
    ((path, headers, document),) = server.received
    assert path == "/hook?key=s3cret"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["idempotency-key"] == document["id"] == "syncd-incident-3-opened"
    assert document == {
        "schema_version": 1,
        "id": "syncd-incident-3-opened",
        "at": "2026-11-28T12:00:00.000250Z",
        "host": "sync1",
        "phase": "opened",
        "incident": {
            "id": 3,
            "kind": "source_failed",
            "subject": "ldap",
            "opened_at": "2026-11-28T12:00:00.000250Z",
            "ended_at": None,
            "detail": {"reason": "down"},
        },
        "title": SAID.title,
        "text": SAID.body,
    }


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_another_answer_than_a_good_one_is_told_and_no_redirect_followed(status):
    with WebhookServer(status=status) as server, pytest.raises(NotTold) as refused:
        hook(server).tell(alert(), SAID, NOW)
    assert refused.value.reason == f"the server answered with HTTP status {status}"
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_good_answer_is_one(status):
    with WebhookServer(status=status) as server:
        hook(server).tell(alert(), SAID, NOW)
    assert len(server.received) == 1


@pytest.mark.parametrize("wrong", ["by_a_stranger", "for_another_host", "expired"])
def test_a_web_hook_that_cannot_show_who_it_is_gets_nothing(pki, wrong):
    with (
        WebhookServer(getattr(pki, wrong)) as server,
        pytest.raises(NotTold, match="certificate") as refused,
    ):
        hook(server, ca_file=pki.authority).tell(alert(), SAID, NOW)
    assert server.received == []
    assert "s3cret" not in refused.value.reason


def test_no_error_holds_the_address_not_even_behind_it():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}/s3cret?key=s3cret"
    with pytest.raises(NotTold) as refused:
        Webhook(url=lambda: address, here="sync1").tell(alert(), SAID, NOW)
    behind = refused.value
    while behind is not None:
        assert "s3cret" not in f"{behind} {behind!r}"
        behind = behind.__cause__ or behind.__context__


def test_an_account_in_the_address_is_shown_as_one():
    with WebhookServer() as server:
        url = server.url.replace("//", "//me:s%40cret@") + "/x"
        Webhook(url=lambda: url, here="sync1").tell(alert(), SAID, NOW)
    ((path, headers, _),) = server.received
    assert path == "/x"
    assert headers["authorization"] == "Basic bWU6c0BjcmV0"
    assert "me" not in headers["host"]


def test_a_proxy_is_used_where_there_is_one():
    with WebhookServer() as proxy:
        Webhook(
            url=lambda: "http://hooks.example.com/x", here="sync1", proxy=lambda _: proxy.url
        ).tell(alert(), SAID, NOW)
    ((path, headers, _),) = proxy.received
    assert path == "http://hooks.example.com/x"
    assert headers["host"] == "hooks.example.com"


def test_the_environment_is_not_asked_for_a_proxy(monkeypatch):
    with WebhookServer() as server, WebhookServer() as proxy:
        for name in ("http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        hook(server).tell(alert(), SAID, NOW)
    assert (len(server.received), len(proxy.received)) == (1, 0)


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://h/x", "hooks.example.com"])
def test_an_address_of_another_kind_is_refused(address):
    with pytest.raises(NotTold, match="https://"):
        Webhook(url=lambda: address, here="sync1").tell(alert(), SAID, NOW)


def test_what_is_no_web_server_is_told():
    with SmtpServer("none") as server, pytest.raises(NotTold, match="no answer of a web server"):
        Webhook(url=lambda: f"http://127.0.0.1:{server.port}", here="x").tell(alert(), SAID, NOW)


@pytest.mark.parametrize("host", ["mail..example", "x" * 64 + ".example"])
def test_a_host_name_that_is_none_is_told_as_any_other_failure(pki, host):
    with SmtpServer(issued=pki.good) as server, pytest.raises(NotTold, match="not known"):
        mail(server, host=host).tell(alert(), SAID, NOW)


def test_no_title_becomes_another_header(pki):
    with SmtpServer(issued=pki.good) as server:
        said = Said("a title\r\nBcc: somebody@example.com", "the text")
        mail(server, ca_file=pki.authority).tell(alert(), said, NOW)
    (one,) = server.received
    assert one.mail["Subject"] == "a title Bcc: somebody@example.com"
    assert one.mail["Bcc"] is None
    assert one.recipients == ["it@example.com", "boss@example.com"]
