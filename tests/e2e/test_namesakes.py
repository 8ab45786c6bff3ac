"""An id that was given to somebody else: a person says so, and everything afterwards keeps to it."""

from collections.abc import Callable

import pytest

from tests.e2e.host import Host

EVERYWHERE = pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])


@pytest.fixture
def host(make_host: Callable[..., Host], kind: str) -> Host:
    """A company where p9 has left, and 新人 has the id by now, whom p8 is managed by."""
    host = make_host(kind=kind)
    host.sync()
    host.wecom.leave("p9")
    host.sync()
    host.wecom.hire("p9", "新人", [2], mobile="13912345678", email="new@example.com")
    host.wecom.change("p8", direct_leader=["p9"])
    host.sync()
    assert "p9" not in host.active_users()
    return host


@EVERYWHERE
def test_somebody_new_is_like_in_a_fresh_load_and_stays_so_in_any_order_of_runs(host: Host) -> None:
    before = host.user("p9")
    answer = host.syncd("link", "--new", "wecom:p9", "--why", "hired in May")
    assert answer.status == 0, answer.said
    host.assert_like_fresh_load()
    new = host.user("p9")
    assert (new["id"], new["name"], new["status"]) == (41, "新人", "active")
    assert host.user(f"p9#{before['id']}") == before
    for command in (("--full",), (), ("--user", "p9"), ("--full",)):
        assert "nothing has changed" in host.sync(*command).stdout
    assert host.user("p9") == new
    host.wecom.leave("p9")
    host.sync()
    host.wecom.hire("p9", "新人", [3], mobile="13912345678", email="new@example.com")
    host.sync()
    assert (host.user("p9")["id"], host.user("p9")["status"]) == (41, "active")
    host.assert_like_fresh_load("second")
    host.assert_changes_are_logged()


@EVERYWHERE
def test_the_same_person_is_like_in_a_fresh_load_and_keeps_the_id(host: Host) -> None:
    before = host.user("p9")
    answer = host.syncd("link", f"user:{before['id']}", "wecom:p9", "--why", "married")
    assert answer.status == 0, answer.said
    host.assert_like_fresh_load()
    assert (host.user("p9")["id"], host.user("p9")["name"]) == (before["id"], "新人")
    for command in (("--full",), (), ("--user", "p9")):
        assert "nothing has changed" in host.sync(*command).stdout
    host.assert_changes_are_logged()


@EVERYWHERE
def test_a_link_that_is_undone_is_doubted_again(host: Host) -> None:
    before = host.user("p9")
    host.syncd("link", "--new", "wecom:p9")
    run = str(host.last_run()["id"])
    undone = host.syncd("undo", run, "--why", "a mistake", "--yes")
    assert undone.status == 0, undone.said
    assert host.user("p9")["id"] == before["id"]
    assert host.user("p9#41")["status"] == "inactive"
    host.sync()
    assert [one["external_id"] for one in host.conflicts("identity_doubtful")] == ["p9"]
    assert host.syncd("link", "p9", "wecom:p9").status == 0
    host.assert_like_fresh_load()
    host.assert_changes_are_logged()
