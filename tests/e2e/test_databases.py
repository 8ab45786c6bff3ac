"""The main job on servers: PostgreSQL and MariaDB keep the directory as SQLite does."""

import re

import pytest

from tests.e2e.company import build_small_company
from tests.e2e.host import Host

SERVERS = pytest.mark.parametrize("server", ["postgresql", "mariadb"])


@pytest.fixture
def host(make_host, server) -> Host:
    return make_host(kind=server)


@SERVERS
def test_a_directory_arrives_stays_right_and_nothing_else_is_written(host):
    assert "40 people and 6 departments were read" in host.sync().stdout
    company = host.wecom.company_now()
    assert host.active_users() == set(company.members)
    before = host.dump()
    assert "nothing has changed" in host.sync().stdout
    assert "nothing has changed" in host.sync("--full").stdout
    assert host.dump() == before

    everything = host.dump(without=())
    host.wecom.leave("p9")
    host.wecom.hire("LiMing", "李明 🙂", [2, 3], position='工\\程"师', direct_leader=["p1"])
    assert "李明 🙂" in host.syncd("plan").stdout
    assert host.dump(without=()) == everything

    host.sync()
    assert (host.user("p9")["status"], host.user("liming")["position"]) == ("inactive", '工\\程"师')
    assert host.departments_of("liming") == {"2", "3"}
    host.execute("UPDATE directory_user SET name = 'X', custom = '{\"a\": 1}' WHERE userid = 'p3'")
    host.sync("--full")
    assert (host.user("p3")["name"], host.user("p3")["custom"]) == (
        company.members["p3"].name,
        "{}",
    )
    host.sync("--user", "LiMing")
    host.assert_like_fresh_load()
    host.assert_changes_are_logged()


@SERVERS
def test_a_held_plan_is_approved_and_a_conflict_accepted(host):
    host.sync()
    for number in range(1, 16):
        host.wecom.leave(f"p{number}")
    held = host.sync(exits=4)
    run = re.search(r"syncd approve (\d+)", held.said)
    assert run is not None
    assert len(host.active_users()) == 40
    assert host.syncd("approve", run[1], "--why", "checked").status == 0
    assert len(host.active_users()) == 25
    for command in (
        "status",
        "runs",
        "conflicts",
        "tree",
        "find p20",
        "audit --limit 3",
        "db check",
    ):
        answer = host.syncd(*command.split())
        assert answer.status == 0, answer
    host.assert_changes_are_logged()


@SERVERS
def test_a_server_that_is_not_there_is_told_with_what_to_do(host):
    host.config.write_text(
        re.sub(r"127\.0\.0\.1:\d+/\w", "127.0.0.1:1/x", host.config.read_text(), count=1)
    )
    answer = host.sync(exits=6)
    assert "cannot be reached" in answer.stderr
    assert "host and port" in answer.stderr
    host.log.unlink(missing_ok=True)


@SERVERS
def test_a_password_is_never_told(make_host, server):
    host = make_host(build_small_company(), kind=server)
    text = (
        host.config.read_text().replace("@127", ":hunter2@127").replace("://postgres", "://nobody")
    )
    host.config.write_text(text.replace("://root", "://nobody"), encoding="utf-8")
    host.secrets.add("hunter2")
    for command in ("sync", "status", "db check", "config show"):
        answer = host.syncd(*command.split(), "-v")
        assert answer.status == (0 if command == "config show" else 6), answer
    host.config.unlink()
