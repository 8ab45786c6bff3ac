"""What `syncd run` does when nothing goes wrong: when, how often, and what it says."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.e2e.daemon.process import open_files, running, wait_until


def test_the_first_run_comes_at_once_and_the_next_by_the_interval(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        first = daemon.await_event("run_finished")
        assert first["outcome"] == "applied"
        assert len(host.active_users()) == 40
        host.wecom.leave("p9")
        wait_until(lambda: len(host.active_users()) == 39, "the leaver's end")
        daemon.await_event("run_finished", 3)
        assert daemon.stop() == 0
    runs = host.rows("SELECT * FROM sync_run ORDER BY id")
    assert {(run["trigger"], run["mode"], run["actor"]) for run in runs} == {
        ("schedule", "sync", "daemon")
    }
    assert [run["outcome"] for run in runs].count("applied") == 2
    assert len(daemon.events("run_finished")) == len(runs)
    began = [datetime.fromisoformat(run["started_at"]) for run in runs]
    assert min(b - a for a, b in pairwise(began[1:])) > timedelta(seconds=0.5)


def test_systemd_is_told_when_it_is_ready_what_it_does_and_when_it_stops(host):
    with running(host) as daemon:
        daemon.await_event("run_finished")
        wait_until(lambda: any("applied" in told for told in daemon.told()), "the status")
        assert daemon.stop() == 0
        told = daemon.told()
    assert told[0].startswith("READY=1\nSTATUS=")
    assert told[1] == "STATUS=Running sync wecom"
    assert told[2].startswith("STATUS=Waiting for the next run; sync wecom at ")
    assert told[2].endswith(": applied")
    assert told[3].startswith("STOPPING=1\n")


def test_the_full_pass_comes_at_its_time_in_its_zone(host):
    soon = datetime.now(ZoneInfo("Asia/Kathmandu")) + timedelta(seconds=6)
    host.configure(
        source='every = "1h"',
        tail=f'[schedule]\nfull_at = {soon:%H:%M:%S}\ntimezone = "Asia/Kathmandu"',
    )
    with running(host) as daemon:
        full = daemon.await_event("run_finished", 2)
        assert full["mode"] == "full"
        assert daemon.stop() == 0
    started = datetime.fromisoformat(host.last_run()["started_at"] + "+00:00")
    assert timedelta(0) <= started - soon.replace(microsecond=0) < timedelta(seconds=5)


def test_after_the_full_pass_what_is_not_kept_is_let_go(host):
    host.sync()
    host.wecom.leave("p9")
    host.sync()
    soon = datetime.now(UTC) + timedelta(seconds=4)
    host.configure(
        source='every = "1h"', tail=f'[schedule]\nfull_at = {soon:%H:%M:%S}\ntimezone = "UTC"'
    )
    text = host.config.read_text(encoding="utf-8")
    text = text.replace("[store]\n", '[store]\npurge_after = "1ms"\n')
    host.config.write_text(text, encoding="utf-8")
    with running(host) as daemon:
        told = daemon.await_event("purge_finished")
        assert (told["people"], told["failures"]) == ("1", "{}")
        assert daemon.events("run_finished")[-1]["mode"] == "full"
        assert daemon.stop() == 0
    assert host.rows("SELECT 1 FROM directory_user WHERE userid = 'p9'") == []
    assert host.last_run()["trigger"] == "schedule"


def test_between_runs_the_database_is_closed_and_nothing_piles_up(host):
    # with the contacts secret alone nothing is sent, and nobody looks for messages
    host.configure(app=False, contacts=True, source='every = "1s"\nconcurrency = 4')
    with running(host) as daemon:
        daemon.await_event("run_finished", 2)
        wait_until(lambda: not _of_database(daemon, host), "closed database files")
        early = [name for name in open_files(daemon.pid) if not name.startswith("socket:")]
        daemon.await_event("run_finished", 5)
        wait_until(lambda: not _of_database(daemon, host), "closed database files")
        late = open_files(daemon.pid)
        assert [name for name in late if not name.startswith("socket:")] == early
        # kept open for the next run: one connection to WeCom for each request at the same time
        assert sum(name.startswith("socket:") for name in late) <= 4
        assert daemon.stop() == 0


def test_who_looks_for_messages_keeps_few_files_open_and_nothing_piles_up(host):
    host.configure(source='every = "1s"\nconcurrency = 4')
    with running(host) as daemon:
        for finished in (2, 6):
            daemon.await_event("run_finished", finished)
            # the database, its log and the index of that; SQLite closes some only with the next lock
            wait_until(lambda: len(_of_database(daemon, host)) <= 6, "closed database files")
        assert daemon.stop() == 0


def _of_database(daemon, host) -> list[str]:
    return [name for name in open_files(daemon.pid) if name.startswith(str(host.database))]


def test_the_help_says_what_it_does(host):
    answer = host.syncd("run", "--help")
    assert answer.status == 0
    assert "SIGTERM" in answer.stdout


def test_an_unusable_configuration_is_no_reason_to_be_started_again(host):
    host.configure(source='every = "never"')
    answer = host.syncd("run")
    assert answer.status == 2
    assert "every" in answer.stderr
    assert not host.database.exists()


def test_a_store_of_another_directory_is_refused_at_the_start(host):
    host.sync()
    text = host.config.read_text(encoding="utf-8")
    host.config.write_text(text.replace(host.wecom.corp_id, "ww9999999999999999"), encoding="utf-8")
    answer = host.syncd("run")
    assert answer.status == 2
    assert "ww9999999999999999" in answer.stderr


def test_a_schema_of_a_newer_syncd_is_left_alone(host):
    host.sync()
    current = host.one("SELECT version_num FROM syncd_schema")
    host.execute("UPDATE syncd_schema SET version_num = 'of_the_future'")
    before = host.dump(without=())
    assert host.syncd("run").status == 6
    assert host.dump(without=()) == before
    host.execute("UPDATE syncd_schema SET version_num = ?", current)


def test_both_logs_are_for_programs_and_the_audit_log_begins_with_the_configuration(host):
    with running(host, "-v") as daemon:
        daemon.await_event("run_finished")
        assert daemon.stop() == 0
    assert daemon.lines
    assert all(line["level"] and line["timestamp"] for line in daemon.lines)
    loaded = [line for line in host.lines() if line["event"] == "configuration_loaded"]
    assert [line["actor"] for line in loaded] == ["daemon"]
