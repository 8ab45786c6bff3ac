"""What fails in one run does not end the daemon: the next run is done."""

from tests.e2e.daemon.process import Line, running, wait_until
from tests.e2e.host import locked_database


def test_a_source_that_is_down_is_read_again_when_it_is_back(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        host.wecom.fault("errcode", "department/list", errcode=-1, interval=-1)
        host.wecom.leave("p9")
        wait_until(lambda: _finished(daemon, "failed"), "a failed run")
        failed = _finished(daemon, "failed")
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
        host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(10, 30)))
        wait_until(lambda: _finished(daemon, "held"), "a held run")
        assert "max_deactivations" in _finished(daemon, "held")[0]["held_by"]
        assert len(host.active_users()) == 40
        assert daemon.stop() == 0


def test_a_run_that_finds_somebody_writing_is_skipped_with_a_line(host):
    host.sync()
    host.wecom.fault("slow", "user/list", department=4, seconds=4, times=1)
    by_hand = host.start("sync")
    wait_until(lambda: host.last_run()["outcome"] is None, "the run by hand")
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        skipped = daemon.await_event("run_skipped")
        assert f"Run {host.last_run()['id']} is writing" in skipped["reason"]
        assert host.finish(by_hand).status == 0
        host.wecom.leave("p9")
        wait_until(lambda: len(host.active_users()) == 39, "the daemon's next run")
        assert daemon.stop() == 0
    assert host.rows("SELECT id FROM sync_run WHERE outcome IS NULL") == []
    triggers = [row["trigger"] for row in host.rows("SELECT trigger FROM sync_run ORDER BY id")]
    assert triggers[:3] == ["cli", "cli", "schedule"]


def test_a_paused_source_is_not_read_until_somebody_resumes(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        assert host.syncd("pause", "--as", "anna").status == 0
        paused = daemon.await_event("source_paused")
        assert "by anna" in paused["reason"]
        host.wecom.leave("p9")
        daemon.await_event("source_paused", 2)
        assert len(host.active_users()) == 40
        assert host.syncd("resume").status == 0
        wait_until(lambda: len(host.active_users()) == 39, "the next run")
        assert daemon.stop() == 0


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


def _finished(daemon, outcome: str) -> list[Line]:
    return [line for line in daemon.events("run_finished") if line["outcome"] == outcome]
