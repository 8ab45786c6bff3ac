"""What goes after its time, and what stays all the same."""

import json
from datetime import timedelta

import pytest

from syncd.errors import SourceRejected, SourceUnavailable, StaleWrite
from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.directory import LinkMethod, LinkRow
from syncd.model.entry import Entry, Kind, Rejection, Snapshot
from syncd.model.run import Mode, Outcome, Trigger
from syncd.services.purge import PurgeRequest, look, purge
from syncd.services.purge_people import Keeping, PurgeContext
from syncd.store import retention
from syncd.store.retention import History

YEAR = timedelta(days=365)


class Asked:
    """A source that knows some people, or does not answer."""

    name = "wecom"
    type = "wecom"
    identity = "corp"

    def __init__(self, *known: str, fails: bool = False) -> None:
        self.known = known
        self.fails = fails
        self.asked: list[str] = []

    def read_user(self, external_id: str) -> Snapshot:
        self.asked.append(external_id)
        if self.fails:
            raise SourceUnavailable("no answer")
        there = external_id in self.known
        entry = Entry(Kind.USER, external_id, NOW, b"{}")
        return Snapshot("wecom", NOW, (), (entry,) if there else (), None)


@pytest.fixture(autouse=True)
def moment(now):
    global NOW  # noqa: PLW0603 - the fake above needs the fixtures' moment
    NOW = now


def table(database, name, *columns):
    """Return what makes a table of an application; MariaDB's own kind of table has no keys."""
    kind = " ENGINE = InnoDB" if database.kind == "mariadb" else ""
    return f"CREATE TABLE {name} ({', '.join(columns)}){kind}"


TO_USER = "FOREIGN KEY (author) REFERENCES directory_user (id)"


@pytest.fixture
def company(syncs, directory, database):
    """Zhao has been gone for a year and a day, and is Wang's manager; nobody else is gone."""
    syncs.apply(directory.company())
    ids = dict(database.rows("SELECT userid, id FROM directory_user"))
    zhao = ids["zhao"]
    database.execute(
        "UPDATE directory_user SET gone_at = '2025-03-03 05:06:07.891011', status = 'inactive'"
        f" WHERE id = {zhao}",
        f"UPDATE directory_user SET manager_id = {zhao} WHERE userid = 'wang'",
        "UPDATE directory_record SET gone_at = '2025-03-03 05:06:07.891011'"
        " WHERE external_id = 'zhao'",
    )
    return ids


@pytest.fixture
def make(store, tmp_path, now):
    def context(source, **keeping):
        keeping = keeping or {"people": YEAR}
        return PurgeContext(
            store,
            Keeping(**keeping),
            lambda name: source if name == "wecom" else None,
            frozenset({"wecom"}),
            lambda: now,
            tmp_path / "audit.jsonl",
            "here",
        )

    return context


REQUEST = PurgeRequest(Trigger.CLI, "ops", "spring cleaning")


def test_who_is_gone_for_long_enough_goes_with_everything_that_names_them(make, company, database):
    database.execute(
        "INSERT INTO outbox_message (id, recipient, msgtype, content) VALUES (1, 'all', 'text', '{}')",
        "INSERT INTO outbox_delivery (message_id, user_id, external_id, status)"
        f" VALUES (1, {company['zhao']}, 'zhao', 'delivered')",
    )
    source = Asked()
    report = purge(make(source), REQUEST)

    assert source.asked == ["zhao"]
    assert [one.user_id for one in report.people] == [company["zhao"]]
    assert report.kept == ()
    assert database.rows("SELECT userid FROM directory_user ORDER BY userid") == [
        ("li",),
        ("wang",),
    ]
    assert database.rows("SELECT 1 FROM directory_link WHERE external_id = 'zhao'") == []
    assert database.rows("SELECT 1 FROM directory_record WHERE external_id = 'zhao'") == []
    assert database.rows("SELECT manager_id FROM directory_user WHERE userid = 'wang'") == [(None,)]
    assert database.rows("SELECT user_id, external_id, status FROM outbox_delivery") == [
        (None, None, "delivered")
    ]


def test_what_was_learnt_of_a_number_goes_when_nobody_has_it_any_more(make, company, database, now):
    at = now - timedelta(days=8)
    database.execute(
        "INSERT INTO sync_lookup (source, field, value, external_id, asked_at, since)"
        f" VALUES ('wecom', 'mobile', '+8613800000009', 'zhao', '{at:%Y-%m-%d %H:%M:%S}',"
        f" '{at:%Y-%m-%d %H:%M:%S}')"
    )
    look(make(Asked()))
    assert len(database.rows("SELECT value FROM sync_lookup")) == 1
    purge(make(Asked()), REQUEST)
    assert database.rows("SELECT value FROM sync_lookup") == []


def test_the_record_under_a_former_id_goes_with_its_person(
    make, company, syncs, directory, database
):
    ((key,),) = database.rows("SELECT id FROM directory_link WHERE external_id = 'zhao'")
    old, new = directory.ref("zhao"), directory.ref("u-17")
    rows = (LinkRow(old, LinkMethod.AUTHORITY), LinkRow(new, LinkMethod.AUTHORITY))
    rekey = Change(Entity.LINK, Action.REKEY, new, None, key, *rows, Cause("renamed"))
    syncs.apply(directory.plan(rekey, former={new: old}))
    database.execute("DELETE FROM sync_change")  # as after `keep_changes`
    purge(make(Asked()), REQUEST)

    assert database.rows(
        "SELECT external_id FROM directory_record WHERE kind = 'user' ORDER BY external_id"
    ) == [("li",), ("wang",)]


def test_a_purge_is_told_in_changes_and_in_the_log_without_the_person(
    make, company, store, tmp_path
):
    report = purge(make(Asked()), REQUEST)

    told = [
        (one.entity, one.entity_id, one.action, one.before, one.after)
        for one in store.changes(run_id=report.run_id)
    ]
    zhao, wang = company["zhao"], company["wang"]
    (link,) = [key for entity, key, *_ in told if entity == "link"]
    gone = {"gone_at": "2025-03-03T05:06:07.891011Z", "status": "inactive"}
    assert sorted(told) == [
        ("link", link, "purge", {"user_id": zhao}, None),
        ("user", wang, "update", {"manager_id": zhao}, {"manager_id": None}),
        ("user", zhao, "purge", gone, None),
    ]
    run = store.run(report.run_id)
    assert run.counts == {"user": {"purge": 1}, "link": {"purge": 1}}
    assert (run.outcome, run.actor, run.why) == (Outcome.APPLIED, "ops", "spring cleaning")
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    mine = [line for line in map(json.loads, lines) if line["run_id"] == report.run_id]
    assert [line["event"] for line in mine] == ["change"] * 3 + ["run_finished"]


def test_who_answers_stays_and_so_does_everybody_while_the_source_does_not(make, company, database):
    answered = purge(make(Asked("zhao")), REQUEST)
    failed = purge(make(Asked(fails=True)), REQUEST)

    assert [(one.reason, one.detail) for one in answered.kept] == [("answered", "wecom:zhao")]
    assert [one.reason for one in failed.kept] == ["not_asked"]
    assert (answered.exit_status, failed.exit_status) == (0, 3)
    assert len(database.rows("SELECT 1 FROM directory_user")) == 3
    outcomes = database.rows("SELECT outcome FROM sync_run ORDER BY id DESC LIMIT 2")
    assert outcomes == [("failed",), ("no_change",)]


class OnlyLists(Asked):
    """A source that tells of nobody alone, and lists people by their ids."""

    rejected = ()

    def read_user(self, external_id: str) -> Snapshot:
        raise SourceRejected(external_id)

    def read(self, scope) -> Snapshot:
        del scope
        entries = tuple(Entry(Kind.USER, one, NOW, b"{}") for one in self.known)
        return Snapshot("wecom", NOW, (), entries, None, rejections=self.rejected)


def test_a_list_of_nobody_says_nothing_of_anybody(make, company, database):
    report = purge(make(OnlyLists()), REQUEST)

    assert [(one.person.user_id, one.reason) for one in report.kept] == [
        (company["zhao"], "not_asked")
    ]
    assert report.exit_status == 3
    assert database.rows("SELECT COUNT(*) FROM directory_user") == [(3,)]


def test_an_entry_that_cannot_be_used_is_somebody_all_the_same(make, company, database):
    source = OnlyLists("li")
    source.rejected = (Rejection(Kind.USER, "zhao", "name", "too_long"),)
    report = purge(make(source), REQUEST)

    assert [(one.person.user_id, one.reason) for one in report.kept] == [
        (company["zhao"], "answered")
    ]
    assert database.rows("SELECT COUNT(*) FROM directory_user") == [(3,)]


def test_nobody_is_asked_for_or_removed_before_the_time(make, company, database):
    source = Asked()
    report = purge(make(source, people=YEAR + timedelta(days=2)), REQUEST)

    assert (source.asked, report.people, report.run_id) == ([], (), None)
    assert len(database.rows("SELECT 1 FROM directory_user")) == 3


@pytest.mark.parametrize("deferred", ["", " DEFERRABLE INITIALLY DEFERRED"])
def test_whom_an_applications_foreign_key_holds_stays_and_the_table_is_told(
    make, company, database, deferred
):
    if deferred and database.kind == "mariadb":
        pytest.skip("MariaDB checks every key at once")
    database.execute(
        table(database, "ticket", "author BIGINT", TO_USER + deferred),
        f"INSERT INTO ticket (author) VALUES ({company['zhao']})",
    )
    source = Asked()
    report = purge(make(source), REQUEST)

    assert [(one.reason, one.detail) for one in report.kept] == [("held", "ticket")]
    assert source.asked == []
    assert database.rows("SELECT 1 FROM directory_link WHERE external_id = 'zhao'") == [(1,)]


def test_a_key_that_cannot_be_seen_beforehand_holds_its_row_and_no_other(
    make, company, database, monkeypatch
):
    database.execute(
        "UPDATE directory_user SET gone_at = '2025-03-03 05:06:07.891011', status = 'inactive'",
        "UPDATE directory_record SET gone_at = '2025-03-03 05:06:07.891011'",
        table(database, "ticket", "author BIGINT", TO_USER),
        f"INSERT INTO ticket (author) VALUES ({company['zhao']})",
    )
    monkeypatch.setattr(retention.holding, "read_holders", lambda *_: [])

    report = purge(make(Asked()), REQUEST)

    assert [(one.reason, one.person.user_id) for one in report.kept] == [("held", company["zhao"])]
    assert database.rows("SELECT userid FROM directory_user") == [("zhao",)]
    assert database.rows("SELECT external_id FROM directory_link") == [("zhao",)]


def test_a_key_that_lets_go_by_itself_holds_nobody(make, company, database):
    database.execute(
        table(database, "ticket", "author BIGINT", TO_USER + " ON DELETE SET NULL"),
        f"INSERT INTO ticket VALUES ({company['zhao']})",
    )
    report = purge(make(Asked()), REQUEST)

    assert len(report.people) == 1
    assert database.rows("SELECT author FROM ticket") == [(None,)]


def test_who_is_still_in_another_source_stays(make, company, database):
    database.execute(
        "INSERT INTO directory_link VALUES (90, 'ldap', 'uuid-1',"
        f" {company['zhao']}, 'common_field', NULL, '2025-01-01 00:00:00.000000',"
        " '2025-01-01 00:00:00.000000', false)",
        "INSERT INTO directory_record VALUES ('ldap', 'user', 'uuid-1',"
        " '2025-01-01 00:00:00.000000', NULL, NULL, '[{},null,null,null,1]', NULL)",
    )
    report = purge(make(Asked()), REQUEST)

    assert [(one.reason, one.detail) for one in report.kept] == [("present", "ldap:uuid-1")]


def test_looking_writes_and_asks_nothing(make, company, database):
    source = Asked()
    report = look(make(source, people=YEAR, changes=timedelta(seconds=1)))

    assert [one.user_id for one in report.people] == [company["zhao"]]
    assert source.asked == []
    assert len(database.rows("SELECT 1 FROM directory_user")) == 3


def test_nobody_is_removed_after_the_lease_was_lost(store, syncs, company, now):
    begun = syncs.begin(mode=Mode.TARGETED)
    store.release_lease(begun.token)

    with pytest.raises(StaleWrite):
        store.retention.remove_people(
            [company["zhao"]],
            before=now,
            run_id=begun.run.id,
            token=begun.token,
            actor="ops",
            at=now,
        )


# --- the history -------------------------------------------------------------------------------


def forget(store, what, before, now):
    return sum(store.retention.forget(what, before, actor="ops", at=now))


def test_old_changes_go_in_small_steps_and_newer_ones_stay(
    syncs, directory, database, now, monkeypatch
):
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 4)
    syncs.apply(directory.company(), at=now - YEAR)
    old = len(database.rows("SELECT 1 FROM sync_change"))
    syncs.apply(directory.plan(directory.add_user("sun")), at=now)

    steps = list(syncs.store.retention.forget(History.CHANGES, now - YEAR / 2, actor="ops", at=now))

    assert sum(steps) == old > 4
    assert max(steps) == 4
    assert len(database.rows("SELECT 1 FROM sync_change")) == 2
    told = b"".join(lines for _, _, lines in syncs.store.audit.blocks(0)).splitlines()
    counts = [one["rows"] for one in map(json.loads, told) if one["event"] == "history_purged"]
    assert counts == steps


def test_runs_that_anything_names_stay(store, syncs, directory, database, now):
    early = now - 2 * YEAR
    syncs.now = early
    syncs.apply(directory.company(), at=early)  # 1: named by its changes
    for _ in range(3):  # 2 to 4: the last is the source's newest reading
        begun = syncs.begin()
        store.finish_run(begun.run.id, Outcome.NO_CHANGE, token=begun.token, now=early, readings={})
    for number in range(3):  # 5 to 7: held; the newest two whole
        begun = syncs.begin()
        store.hold(
            begun.run.id,
            token=begun.token,
            now=early,
            digest=str(number),
            body="{}",
            violations=(),
            counts={},
        )
    begun = syncs.begin()  # 8: of the last day
    store.finish_run(begun.run.id, Outcome.NO_CHANGE, token=begun.token, now=now)
    begun = syncs.begin()  # 9: has not ended
    assert store.retention.count_old(History.RUNS, now - YEAR, at=now) == 4

    assert forget(store, History.RUNS, now - YEAR, now) == 4

    assert database.rows("SELECT id FROM sync_run ORDER BY id") == [(1,), (6,), (7,), (8,), (9,)]
    assert database.rows("SELECT run_id FROM sync_plan ORDER BY run_id") == [(6,), (7,)]


def test_runs_of_the_last_day_stay_whatever_the_setting_says(store, syncs, now):
    begun = syncs.begin()
    store.finish_run(begun.run.id, Outcome.FAILED, token=begun.token, now=now - timedelta(hours=23))

    assert forget(store, History.RUNS, now, now) == 0


def test_incidents_that_ended_long_ago_go_with_what_people_were_told(store, database, now):
    database.execute(
        *(
            "INSERT INTO sync_incident (id, kind, subject, opened_at, detail, relapses, ended_at)"
            f" VALUES ({key}, 'plan_held', '', '2024-12-31 00:00:00.000000', '{{}}', 0, {ended})"
            for key, ended in (
                (1, "'2025-01-01 00:00:00.000000'"),
                (2, "NULL"),
                (3, "'2026-03-01 00:00:00.000000'"),
            )
        ),
        *(
            "INSERT INTO sync_alert (incident_id, phase, way, attempts)"
            f" VALUES ({key}, 'opened', 'email', 1)"
            for key in (1, 2, 3)
        ),
    )

    forget(store, History.RUNS, now, now)  # the last week stays, whatever the setting says

    assert database.rows("SELECT id FROM sync_incident ORDER BY id") == [(2,), (3,)]
    assert database.rows("SELECT incident_id FROM sync_alert ORDER BY incident_id") == [(2,), (3,)]


def test_finished_messages_go_with_their_deliveries_and_others_stay(store, database, now):
    database.execute(
        *(
            "INSERT INTO outbox_message (id, recipient, msgtype, content, status, finished_at)"
            f" VALUES ({key}, 'all', 'text', '{{}}', '{status}', {finished})"
            for key, status, finished in (
                (1, "done", "'2025-01-01 00:00:00.000000'"),
                (2, "queued", "NULL"),
                (3, "dead", "'2026-03-04 00:00:00.000000'"),
                (4, "done", "'2025-01-01 00:00:00.000000'"),
            )
        ),
        "INSERT INTO outbox_delivery (message_id, external_id) VALUES (1, 'a'), (2, 'b'), (4, 'c')",
        table(
            database,
            "sent",
            "message BIGINT",
            "FOREIGN KEY (message) REFERENCES outbox_message (id)",
        ),
        "INSERT INTO sent VALUES (4)",
    )
    assert forget(store, History.MESSAGES, now - YEAR / 2, now) == 1
    assert database.rows("SELECT id FROM outbox_message ORDER BY id") == [(2,), (3,), (4,)]
    assert database.rows("SELECT message_id FROM outbox_delivery ORDER BY id") == [(2,), (4,)]
