"""The audit log is rotated while the daemon writes it, as logrotate does."""

import subprocess

from tests.e2e.daemon.process import running, wait_until


def test_a_log_that_is_rotated_and_packed_under_the_daemon_loses_nothing(host):
    host.configure(source='every = "1s"')
    with running(host) as daemon:
        daemon.await_event("run_finished")
        for number in range(3):
            names = [f"audit.jsonl.{n}" for n in (1, 2)]
            older, newest = host.folder / names[1], host.folder / names[0]
            if newest.exists():  # delaycompress: what was rotated before is packed now
                newest.rename(older.with_name(f"audit.jsonl.{9 - number}"))
                subprocess.run(["gzip", f"audit.jsonl.{9 - number}"], cwd=host.folder, check=True)
            host.log.rename(newest)
            host.wecom.leave(f"p{number + 5}")
            wait_until(
                lambda: host.log.exists() and b'"deactivate"' in host.log.read_bytes(),
                "the leaver's line",
            )
        assert daemon.stop() == 0
    assert len(list(host.folder.glob("audit.jsonl*"))) == 4
    assert host.log.stat().st_mode & 0o777 == 0o640
    for command in ("verify", "replay"):
        answer = host.syncd("audit", command, "--json")
        assert answer.status == 0, answer
        assert len(answer.json["files"]) == 4
