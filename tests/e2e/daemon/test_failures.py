"""What fails in one run does not end the daemon: the next run is done."""

import time

from tests.e2e.daemon.process import running, wait_until
from tests.e2e.host import locked_database


def test_a_source_that_is_down_is_read_again_when_it_is_back(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        host.wecom.fault("errcode", "department/list", errcode=-1, interval=-1)
        host.wecom.leave("p9")
        wait_until(lambda: host.last_run()["outcome"] == "failed", "a failed run")
        failed = [line for line in daemon.events("run_finished") if line["outcome"] == "failed"]
        assert failed
        assert "-1" in failed[0]["failures"]
        assert len(host.active_users()) == 40
        wait_until(lambda: any(": failed" in told for told in daemon.told()), "the status")
        host.wecom.clear_faults()
        wait_until(lambda: len(host.active_users()) == 39, "the recovery")
        assert daemon.stop() == 0


def test_a_plan_that_is_held_is_said_and_waits(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        for number in range(10, 30):
            host.wecom.leave(f"p{number}")
        wait_until(
            lambda: any(line["outcome"] == "held" for line in daemon.events("run_finished")),
            "a held run",
        )
        assert len(host.active_users()) == 40
        assert daemon.stop() == 0


def test_a_run_by_hand_and_the_schedule_do_not_meet(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        host.wecom.fault("slow", "user/list", seconds=2, times=6)
        while (by_hand := host.syncd("sync")).status == 5:  # the daemon was first
            time.sleep(0.1)
        assert by_hand.status == 0
        host.wecom.clear_faults()
        host.wecom.leave("p9")
        wait_until(lambda: len(host.active_users()) == 39, "the daemon's next run")
        assert daemon.stop() == 0
    assert len(daemon.events("daemon_started")) == 1
    assert host.rows("SELECT id FROM sync_run WHERE outcome IS NULL") == []


def test_a_run_that_finds_somebody_writing_is_skipped_with_a_line(host):
    host.sync()
    host.wecom.fault("slow", "user/list", seconds=3)
    by_hand = host.start("sync")
    wait_until(lambda: host.last_run()["outcome"] is None, "the run by hand")
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        skipped = daemon.await_event("run_skipped")
        assert f"Run {host.last_run()['id']} is writing" in skipped["reason"]
        assert host.finish(by_hand).status == 0
        host.wecom.clear_faults()
        daemon.await_event("run_finished")
        assert daemon.stop() == 0
    triggers = [row["trigger"] for row in host.rows("SELECT trigger FROM sync_run ORDER BY id")]
    assert triggers[:3] == ["cli", "cli", "schedule"]


def test_a_store_that_is_locked_for_a_while_is_said_and_survived(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        with locked_database(host.database):
            failed = daemon.await_event("run_failed")
        assert "locked" in failed["reason"]
        assert failed["hint"]
        done = len(daemon.events("run_finished"))
        host.wecom.leave("p9")
        daemon.await_event("run_finished", done + 1)
        wait_until(lambda: len(host.active_users()) == 39, "the next run")
        assert daemon.stop() == 0
