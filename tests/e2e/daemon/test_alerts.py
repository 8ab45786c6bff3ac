"""Who is configured is told by e-mail and web hook: by the daemon, and by `syncd sync` alone."""

import pytest

from tests.e2e.daemon.process import running, wait_until
from tests.servers.smtp import SmtpServer
from tests.servers.webhook import WebhookServer

SECRET = "hook-s3cret-0123456789"
PASSWORD = "mail-p4ssword"


@pytest.fixture
def hook():
    with WebhookServer() as server:
        yield server


@pytest.fixture
def mail(pki):
    with SmtpServer("starttls", pki.good, ("syncd", PASSWORD)) as server:
        yield server


@pytest.fixture
def alerting(host, hook, mail, pki):
    """Return the machine, whose administrators are told by every way."""
    host.secrets |= {SECRET, PASSWORD}
    secrets = host.folder.parent
    (secrets / "hook").write_text(f"{hook.url}/hook?key={SECRET}\n")
    (secrets / "mail").write_text(f"{PASSWORD}\n")
    keys = f'host = "localhost", port = {mail.port}, from = "syncd@example.com"'
    account = 'to = "it@example.com", user = "syncd", password = "file:../mail"'

    def configure(every: str = "1h", after: str = "30m") -> None:
        host.configure(
            source=f'every = "{every}"',
            tail=f"""[alerts]
to = ["userid:p1"]
email = {{ {keys}, {account} }}
webhook = "file:../hook"
after = "{after}"
lang = "en"
ca_file = "{pki.authority}"
""",
        )

    configure()
    host.alert = configure
    return host


def told(hook) -> list[str]:
    return [f"{one['incident']['kind']} {one['phase']}" for one in hook.documents]


def test_a_held_plan_is_told_once_and_its_approval_too(alerting, hook, mail):
    alerting.alert(every="1s")
    with running(alerting) as daemon:
        daemon.await_event("run_finished")
        alerting.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(10, 30)))
        daemon.await_event("alert_sent", 2)
        held = len(daemon.events("run_finished"))
        daemon.await_event("run_finished", held + 3)
        assert told(hook) == ["plan_held opened"]
        run = hook.documents[0]["incident"]["detail"]["run"]
        assert "are allowed" in hook.documents[0]["text"]
        assert daemon.stop() == 0
    alerting.syncd("approve", run)
    assert told(hook) == ["plan_held opened", "plan_held ended"]
    assert [one.mail["Subject"] for one in mail.received] == [
        f"syncd: A plan is held and waits for a person (run {run})",
        f"syncd: The plan of run {run} is held no longer",
    ]
    assert {one.account for one in mail.received} == {("syncd", PASSWORD)}
    keys = [
        row["dedupe_key"]
        for row in alerting.rows("SELECT dedupe_key FROM outbox_message ORDER BY id")
    ]
    assert keys == ["syncd-incident-1-opened", "syncd-incident-1-ended"]


def test_a_sync_by_cron_tells_of_a_source_that_fails(alerting, hook, mail):
    alerting.alert(after="1ms")
    alerting.sync()
    alerting.wecom.fault("errcode", "department/list", errcode=-1, interval=-1)
    alerting.sync(exits=3)
    alerting.sync(exits=3)
    alerting.sync(exits=3)
    assert told(hook) == ["source_failed opened"]
    assert hook.documents[0]["incident"]["subject"] == "wecom"
    assert "-1" in hook.documents[0]["text"]
    assert len(mail.received) == 1
    shown = alerting.syncd("status").stdout
    assert "The source wecom cannot be read" in shown
    assert "told by: email" in shown
    (incident,) = alerting.syncd("status", "--json").json["incidents"]
    assert incident["kind"] == "source_failed"
    assert {one["way"] for one in incident["told"]} == {"wecom", "email", "webhook"}
    alerting.wecom.clear_faults()
    alerting.sync()
    assert alerting.syncd("status", "--json").json["incidents"] == []


def test_servers_that_cannot_be_reached_fail_no_run_and_are_tried_again(alerting, hook, mail):
    alerting.alert(after="1ms")
    hook.next = [503]
    mail.faults = {"MAIL": "451 later"}
    alerting.sync()
    alerting.wecom.fault("errcode", "department/list", errcode=-1, interval=-1)
    said = alerting.sync(exits=3).stderr + alerting.sync(exits=3).stderr
    assert said.count("alert_failed") == 2
    assert "the server answered with HTTP status 503" in said
    rows = alerting.rows("SELECT way, attempts, told_at, error FROM sync_alert ORDER BY way")
    assert [(row["way"], row["attempts"], row["told_at"] is None) for row in rows] == [
        ("email", 1, True),
        ("webhook", 1, True),
        ("wecom", 1, False),
    ]
    mail.faults = {}
    alerting.execute(
        "UPDATE sync_alert SET next_attempt_at = '2026-01-01 00:00:00' WHERE told_at IS NULL"
    )
    alerting.sync(exits=3)
    assert len(hook.received) == 2
    assert len(mail.received) == 1


def test_where_nobody_is_configured_the_daemon_looks_after_nothing(host):
    host.configure(source='every = "1h"')
    with running(host) as daemon:
        assert "alerts" not in daemon.await_event("daemon_started")["jobs"]
        assert daemon.stop() == 0


def test_the_daemon_looks_every_minute_and_shows_the_last_run_meanwhile(alerting):
    with running(alerting) as daemon:
        assert "alerts" in daemon.await_event("daemon_started")["jobs"]
        daemon.await_event("run_finished")
        wait_until(
            lambda: any("sync wecom at" in told for told in daemon.told()), "the status of the run"
        )
        assert not any("alerts" in told for told in daemon.told())
        assert daemon.stop() == 0


def test_a_daemon_that_is_telling_stops_in_the_time_that_is_promised(alerting, mail):
    alerting.alert(after="1ms")
    mail.faults = {"greeting": None}
    alerting.sync()
    alerting.wecom.fault("errcode", "department/list", errcode=-1, interval=-1)
    with running(alerting) as daemon:
        wait_until(lambda: mail.connections, "somebody who is told")
        assert daemon.stop() == 0
        assert "run_left_open" not in daemon.said
