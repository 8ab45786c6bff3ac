"""What is let go of stays gone: a purge, an erasure, and the syncs after them."""

import time

import pytest

from tests.e2e.host import Host, wait_until

TIMES = pytest.mark.parametrize(
    "times", [4, pytest.param(50, marks=pytest.mark.hard)], ids=["some", "many"]
)


def keep(host: Host, setting: str) -> None:
    text = host.config.read_text(encoding="utf-8")
    host.config.write_text(text.replace("[store]\n", f"[store]\n{setting}\n"), encoding="utf-8")


def test_who_was_purged_or_erased_is_gone_and_the_next_sync_changes_nothing(host):
    host.sync()
    host.wecom.leave("p9")
    host.wecom.leave("p8")
    host.sync()
    erased = host.rows("SELECT id, name, mobile FROM directory_user WHERE userid = 'p8'")[0]
    keep(host, 'purge_after = "1ms"\nkeep_changes = "365d"')

    refused = host.syncd("db", "erase", "p7", "--why", "asked for", "--yes")
    assert (refused.status, "make them anew" in refused.said) == (2, True)
    unasked = host.syncd("db", "erase", "p8", "--why", "asked for")
    assert (unasked.status, "--yes" in unasked.said) == (2, True)
    answer = host.syncd("db", "erase", "p8", "--why", "asked for", "--yes", "--json")
    assert (answer.status, answer.json["row"]) == (0, "removed")
    assert host.syncd("purge", "--check").status == 7
    purged = host.syncd("purge", "--json").json

    assert [one["name"] for one in purged["people"]] != []
    assert len(host.rows("SELECT 1 FROM directory_user")) == 38
    left = [file.name for file in host.folder.iterdir() if file.is_file()]
    content = b"".join((host.folder / name).read_bytes() for name in left if "toml" not in name)
    assert erased["name"].encode() not in content
    assert str(erased["mobile"]).encode() not in content
    assert host.sync("--full", "--json").json["outcome"] == "no_change"
    assert host.syncd("purge", "--check").status == 0
    assert host.syncd("audit", "replay").status == 0


@TIMES
def test_an_erasure_that_is_killed_at_any_moment_is_finished_by_the_next_run(host, chance, times):
    host.sync()
    host.wecom.leave("p9")
    host.sync()
    (person,) = host.rows("SELECT name, mobile FROM directory_user WHERE userid = 'p9'")
    before, runs = host.keep(), host.one("SELECT count(*) FROM sync_run")
    for _ in range(times):
        host.restore(before)
        process = host.start("db", "erase", "p9", "--why", "asked for", "--yes")
        wait_until(lambda: host.one("SELECT count(*) FROM sync_run") > runs)
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
        host.finish(process)
        host.sync()

        is_gone = not host.rows("SELECT 1 FROM directory_user WHERE userid = 'p9'")
        written = b"".join(file.read_bytes() for file in (host.log, *host.folder.glob("syncd.db*")))
        told = [one for one in person.values() if str(one).encode() in written]
        assert told == ([] if is_gone else list(person.values()))
        assert not list(host.folder.glob("*.erasing"))
        host.assert_whole_log()


def test_who_is_back_is_not_purged_but_active_again(host):
    keep(host, 'purge_after = "1ms"')
    host.sync()
    host.wecom.leave("p9")
    host.sync()
    (before,) = host.rows("SELECT id, name FROM directory_user WHERE userid = 'p9'")
    host.wecom.hire("p9", before["name"], [1])

    purged = host.syncd("purge", "--json").json
    host.sync()

    assert [one["reason"] for one in purged["kept"]] == ["answered"]
    (after,) = host.rows("SELECT id, status FROM directory_user WHERE userid = 'p9'")
    assert (after["id"], after["status"]) == (before["id"], "active")
