"""`kill -9` at any moment, and several processes at once, on PostgreSQL and MariaDB."""

import time

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.host import Host, wait_until

SERVERS = pytest.mark.parametrize("server", ["postgresql", "mariadb"])
TIMES = pytest.mark.parametrize(
    "times", [2, pytest.param(50, marks=pytest.mark.hard)], ids=["some", "many"]
)


@pytest.fixture
def host(make_host, server) -> Host:
    """A machine with people enough for a transaction that takes a moment."""
    host = make_host(build_small_company(users=200, departments=12), kind=server)
    host.configure(tail="[guard]\nmax_changed = { floor = 1000, share = 1.0 }")
    return host


def _kill(host: Host, delay: float) -> None:
    """Run a sync, kill it some time after its first call, and let the server notice."""
    host.wecom.reset_counts()
    process = host.start("sync", "--full")  # after which the guards count from nothing again
    wait_until(host.wecom.calls)
    time.sleep(delay)
    process.kill()
    host.finish(process)
    wait_until(lambda: host.place.server.sessions(host.place.name) == 0)


def _assert_whole(host: Host) -> None:
    assert host.one("SELECT count(*) FROM sync_run WHERE outcome IS NULL") == 0
    host.assert_changes_are_logged()


def _come_back_as_another(host: Host, userid: str) -> str:
    """Give an id to somebody else, and return it; only a person can tell who has it."""
    host.wecom.leave(userid)
    host.sync()
    host.wecom.hire(userid, f"新{userid}", [2], mobile=f"1390000{userid[1:]:>04}")
    host.sync()
    assert userid not in host.active_users()
    return userid


@SERVERS
@TIMES
def test_a_first_load_that_is_killed_at_any_moment(host, chance, times):
    host.sync()
    after = host.active()
    for number in range(times):
        other = host.fresh(f"fresh{number}")
        _kill(other, chance.uniform(0, 0.6))
        if "directory_link" in other.place.tables():
            assert other.active() in ({"users": [], "departments": [], "memberships": []}, after)
        other.sync()
        assert other.active() == after
        _assert_whole(other)


@SERVERS
@TIMES
def test_a_change_run_that_is_killed_at_any_moment(host, chance, times):
    host.sync()
    for number in range(times):
        before = host.active()
        host.wecom.mutate(
            *(
                {"op": "change", "userid": f"p{n}", "fields": {"name": f"名{n}.{number}"}}
                for n in range(1, 60)
            ),
            {"op": "leave", "userid": f"p{199 - number % 90}"},
            {"op": "hire", "userid": f"n{number}", "name": f"新{number}", "department": [3]},
        )
        _kill(host, chance.uniform(0, 0.6))
        found = host.active()
        host.sync("--full")
        assert found in (before, host.active())
        assert host.active() != before
    host.assert_like_fresh_load()
    _assert_whole(host)


@SERVERS
@TIMES
def test_two_machines_that_sync_disable_and_link_at_once_lose_nothing(host, times):
    loose = "{ floor = 1000, share = 1.0 }"
    host.configure(tail=f"[guard]\nmax_changed = {loose}\nmax_deactivations = {loose}")
    host.sync()
    other = Host(host.folder / "second", host.wecom, lambda: host.place)
    other.config.write_text(host.config.read_text(encoding="utf-8"), encoding="utf-8")
    for number in range(1, times + 1):
        doubted = _come_back_as_another(host, f"p{number + 120}")
        host.wecom.mutate({"op": "change", "userid": "p100", "fields": {"alias": f"a{number}"}})
        syncs = [host.start("sync"), other.start("sync")]
        people = [f"p{number}", f"p{number + 50}"]
        decisions = [
            one.start("disable", userid, "--why", "left")
            for one, userid in zip((host, other), people, strict=True)
        ]
        decisions.append(other.start("link", "--new", f"wecom:{doubted}", "--why", "hired"))
        assert {host.finish(one).status for one in syncs} <= {0, 5}
        answers = [host.finish(one) for one in decisions]
        assert [one.status for one in answers] == [0, 0, 0], answers
        host.sync()
        for userid in people:
            assert host.user(userid)["status"] == "inactive"
        found = host.user(doubted)
        assert (found["name"], found["status"]) == (f"新{doubted}", "active")
        assert host.user("p100")["alias"] == f"a{number}"
    for one in (other, host):
        one.sync()
        assert one.syncd("audit", "verify").status == 0
    # The second machine's copy begins where it was registered; the first has written last.
    first, second = (one.log.read_text(encoding="utf-8") for one in (host, other))
    assert second in first
    assert first.count('"event":"change"') == host.one("SELECT count(*) FROM sync_change")
