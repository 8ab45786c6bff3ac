"""Incidents in every database: told once, whatever breaks off, and whoever else looks after them."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.alerts.failure import NotTold
from syncd.alerts.judging import Wanted
from syncd.alerts.words import Teller
from syncd.errors import ConfigError
from syncd.model.change import Violation
from syncd.model.incident import Way
from syncd.model.pause import Pause, PauseKind
from syncd.model.run import Outcome, Trigger
from syncd.services.alerts import AlertContext, note, watch

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Wall:
    """A clock that is set by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, minutes: float) -> None:
        self.now += minutes * MINUTE


@dataclass
class Letterbox:
    """A way of telling people that may be out of order."""

    got: list[str] = field(default_factory=list)
    broken: BaseException | None = None
    tried: int = 0

    def tell(self, alert, said, now) -> None:
        assert now.tzinfo is not None
        self.tried += 1
        if self.broken is not None:
            raise self.broken
        assert said.title
        self.got.append(f"{alert.incident.subject.kind.value} {alert.phase.value}")


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def mail() -> Letterbox:
    return Letterbox()


@pytest.fixture
def hook() -> Letterbox:
    return Letterbox()


@pytest.fixture
def watching(store, wall, mail, hook) -> AlertContext:
    return AlertContext(
        store=store,
        watched=frozenset({"wecom", "ldap"}),
        wanted=Wanted((Way.WECOM, Way.EMAIL, Way.WEBHOOK), 30 * MINUTE, "wecom"),
        teller=Teller("en", "sync1", ZoneInfo("Asia/Shanghai")),
        clock=wall,
        senders={Way.EMAIL: mail, Way.WEBHOOK: hook},
        recipient="userid:li|department:3",
    )


def fail(watching: AlertContext, wall: Wall, minutes: int = 31) -> None:
    """Let ldap fail for long enough to be told of."""
    note(watching, {"ldap": "the LDAP server does not answer"}, ["wecom"])
    wall.pass_(minutes)
    note(watching, {"ldap": "the LDAP server is down"}, ["wecom"])


def queued(database) -> list[tuple]:
    return database.rows(
        "SELECT recipient, msgtype, source, dedupe_key, priority, status FROM outbox_message ORDER BY id"
    )


def test_a_source_that_fails_is_told_of_once_by_every_way(watching, wall, mail, hook, database):
    note(watching, {"ldap": "down"}, ["wecom"])
    watch(watching)
    assert (mail.got, queued(database)) == ([], [])
    wall.pass_(31)
    note(watching, {"ldap": "still down"}, ["wecom"])
    for _ in range(5):
        watch(watching)
        wall.pass_(1)
    assert mail.got == hook.got == ["source_failed opened"]
    assert queued(database) == [
        ("userid:li|department:3", "text", "wecom", "syncd-incident-1-opened", 100, "queued")
    ]
    ((content, created, expires),) = database.rows(
        "SELECT content, created_at, expires_at FROM outbox_message"
    )
    content = json.loads(content) if isinstance(content, str) else content
    assert content["content"].startswith("syncd: The source ldap cannot be read\n")
    assert "Reason: still down" in content["content"]
    assert created is not None
    assert expires is not None


def test_that_it_is_read_again_is_told_once_when_it_has_lasted(
    watching, wall, mail, hook, database
):
    fail(watching, wall)
    watch(watching)
    note(watching, {}, ["ldap", "wecom"])
    for _ in range(30):
        wall.pass_(1)
        watch(watching)
    assert mail.got == hook.got == ["source_failed opened", "source_failed ended"]
    assert [row[3] for row in queued(database)] == [
        "syncd-incident-1-opened",
        "syncd-incident-1-ended",
    ]
    assert watching.store.incidents.failures() == []


def test_failures_in_a_row_are_one_failure_with_its_beginning(watching, wall, store):
    fail(watching, wall)
    (one,) = store.incidents.failures()
    assert (one.since, one.last_at, one.count) == (NOW, NOW + 31 * MINUTE, 2)
    assert one.error == "the LDAP server is down"
    note(watching, {}, ["ldap"])
    wall.pass_(1)
    note(watching, {"ldap": "down"}, ())
    assert store.incidents.failures()[0].since == NOW + 32 * MINUTE


def test_a_held_run_is_told_of_with_what_holds_it_and_its_approval_ends_it(
    watching, wall, mail, store, syncs
):
    syncs.now = NOW
    begun = syncs.begin()
    body = json.dumps({"held_by": [{"text": "120 people would be deactivated"}]})
    violation = Violation("max_deactivations", "", 120, 0, 10, 200)
    store.hold(
        begun.run.id,
        token=begun.token,
        now=NOW,
        digest="d",
        body=body,
        violations=[violation],
        counts={},
    )
    watch(watching)
    (incident,) = store.incidents.known(NOW).incidents
    assert incident.detail == {
        "run": str(begun.run.id),
        "reason": "120 people would be deactivated",
    }
    wall.pass_(5)
    syncs.now = wall.now
    approved = syncs.begin(trigger=Trigger.APPROVE)
    store.finish_run(approved.run.id, Outcome.NO_CHANGE, token=approved.token, now=wall.now)
    wall.pass_(1)
    watch(watching)
    assert mail.got == ["plan_held opened", "plan_held ended"]


def test_a_stopped_channel_is_told_of_by_other_ways_than_messages(
    watching, wall, mail, hook, database
):
    database.execute(
        "INSERT INTO outbox_channel (source, reason, stopped_at, probe_at, failures, error) VALUES"
        " ('wecom', 'configuration', '2026-11-28 11:59:00', '2026-11-28 12:01:00', 3, 'not allowed')"
    )
    watch(watching)
    assert mail.got == hook.got == ["channel_stopped opened"]
    assert queued(database) == []
    database.execute("DELETE FROM outbox_channel")
    for _ in range(15):
        wall.pass_(1)
        watch(watching)
    assert mail.got == hook.got == ["channel_stopped opened", "channel_stopped ended"]
    assert queued(database) == []


def test_a_channel_that_only_slows_down_is_nobodys_concern(watching, mail, database):
    database.execute(
        "INSERT INTO outbox_channel (source, reason, stopped_at, probe_at, failures) VALUES"
        " ('wecom', 'rate', '2026-11-28 11:59:00', '2026-11-28 12:01:00', 3)"
    )
    watch(watching)
    assert mail.got == []


def test_who_cannot_be_told_is_tried_again_with_ever_longer_waits(watching, wall, mail, hook):
    fail(watching, wall)
    mail.broken = NotTold("the server closed the connection")
    tries = []
    for minute in range(60):
        before = mail.tried
        watch(watching)
        if mail.tried > before:
            tries.append(minute)
        wall.pass_(1)
    assert tries == [0, 1, 3, 8, 23, 53]
    assert hook.got == ["source_failed opened"]  # the other way was not kept waiting
    mail.broken = None
    wall.pass_(60)
    watch(watching)
    wall.pass_(60)
    watch(watching)
    assert mail.got == ["source_failed opened"]


def test_a_secret_that_is_missing_is_a_failed_attempt(watching, wall, mail, store):
    fail(watching, wall)
    mail.broken = ConfigError("the environment variable SMTP_PASSWORD is not set")
    assert watch(watching) == "1 told, 1 failed"
    (alert,) = [one for one in store.incidents.known(NOW).alerts if one.way is Way.EMAIL]
    assert (alert.told_at, alert.attempts) == (None, 1)
    assert alert.error == "the environment variable SMTP_PASSWORD is not set"


def test_a_defect_in_one_way_fails_no_run_and_is_tried_again(watching, wall, mail, hook):
    fail(watching, wall)
    mail.broken = RuntimeError("s3cret")
    assert watch(watching) == "1 told, 1 failed"
    mail.broken = None
    wall.pass_(2)
    watch(watching)
    assert mail.got == hook.got == ["source_failed opened"]


def test_an_incident_that_ends_before_anybody_could_be_told_is_told_as_a_whole(
    watching, wall, mail, hook
):
    fail(watching, wall)
    mail.broken = NotTold("down")
    watch(watching)
    note(watching, {}, ["ldap"])
    for _ in range(30):
        wall.pass_(1)
        watch(watching)
    mail.broken = None
    for _ in range(60):
        wall.pass_(1)
        watch(watching)
    assert mail.got == ["source_failed ended"]
    assert hook.got == ["source_failed opened", "source_failed ended"]


@pytest.mark.parametrize("broken", [KeyboardInterrupt(), SystemExit()])
def test_a_process_that_ends_in_the_middle_leaves_it_to_the_next(
    watching, wall, mail, broken, database
):
    fail(watching, wall)
    mail.broken = broken
    with pytest.raises(type(broken)):
        watch(watching)
    mail.broken = None
    watch(watching)  # the next process: not at once, for the first may still be at it
    assert mail.got == []
    for _ in range(10):
        wall.pass_(1)
        watch(watching)
    assert mail.got == watching.senders[Way.WEBHOOK].got == ["source_failed opened"]
    assert len(queued(database)) == 1


def test_what_was_written_before_a_process_ended_is_written_whole_or_not_at_all(
    watching, wall, mail, database, monkeypatch
):
    fail(watching, wall)
    monkeypatch.setattr("syncd.store.incidents._queue", _end)
    with pytest.raises(KeyboardInterrupt):
        watch(watching)
    assert database.rows("SELECT id FROM sync_incident") == []
    assert database.rows("SELECT way FROM sync_alert") == []
    monkeypatch.undo()
    watch(watching)
    assert mail.got == ["source_failed opened"]
    assert len(queued(database)) == 1


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def test_several_processes_tell_everybody_once(watching, wall, mail, open_store, database):
    fail(watching, wall)
    others = [replace(watching, store=open_store()) for _ in range(4)]
    ready = threading.Barrier(4)

    def look(one: AlertContext) -> None:
        ready.wait()
        for _ in range(5):
            watch(one)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(look, one) for one in others]:
            done.result()
    assert mail.got == watching.senders[Way.WEBHOOK].got == ["source_failed opened"]
    assert len(queued(database)) == 1


def test_a_source_that_is_paused_is_not_told_of(watching, wall, mail, store):
    store.pause([Pause(PauseKind.SOURCE, "ldap", NOW, None, "anna")], actor="anna", now=NOW)
    fail(watching, wall)
    watch(watching)
    assert mail.got == []
    store.resume(store.pauses(), actor="anna", why=None, now=wall.now)
    watch(watching)
    assert mail.got == ["source_failed opened"]


def test_a_source_that_is_configured_no_longer_ends_its_incident(watching, wall, mail):
    fail(watching, wall)
    watch(watching)
    without = replace(watching, watched=frozenset({"wecom"}))
    for _ in range(15):
        wall.pass_(1)
        watch(without)
    assert mail.got == ["source_failed opened", "source_failed ended"]


def test_a_way_that_is_configured_no_longer_is_not_due_any_more(watching, wall, mail, hook, store):
    fail(watching, wall)
    mail.broken = NotTold("down")
    watch(watching)
    wall.pass_(5)
    without = replace(
        watching, wanted=replace(watching.wanted, ways=(Way.WEBHOOK,)), senders={Way.WEBHOOK: hook}
    )
    watch(without)
    assert store.incidents.due(wall.now + timedelta(days=9)) == []


def test_where_nobody_is_to_be_told_nothing_is_written(watching, wall, database):
    fail(watching, wall)
    alone = replace(watching, wanted=Wanted(), senders={})
    assert watch(alone) == "nobody is to be told"
    assert database.rows("SELECT id FROM sync_incident") == []


def test_a_store_that_cannot_be_asked_fails_nothing(watching, wall, mail, database):
    fail(watching, wall)
    database.execute("ALTER TABLE sync_incident RENAME TO elsewhere")
    assert watch(watching).startswith("postponed: ")
    note(watching, {"ldap": "down"}, ())
    assert mail.got == []
