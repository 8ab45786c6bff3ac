"""Guards: what is too much is held as a whole, with nothing applied."""

from tests.e2e.company import build_small_company

HELD = {"sync_run", "sync_lease", "sync_plan", "audit_chain", "audit_block", "audit_file"}


def test_an_empty_directory_is_a_failure_where_nothing_is_stored(make_host):
    host = make_host(build_small_company(users=0))
    answer = host.sync(exits=3)
    assert "no person" in answer.stdout
    assert host.last_run()["outcome"] == "failed"
    assert host.dump()["directory_department"] == []


def test_an_empty_directory_is_held_where_somebody_is_stored(host):
    host.sync()
    before = host.dump(without=HELD)
    host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(1, 41)))
    answer = host.sync("--json", exits=4)
    assert "empty_snapshot" in {one["guard"] for one in answer.json["held_by"]}
    assert host.dump(without=HELD) == before
    assert host.last_run()["outcome"] == "held"


def test_lists_that_come_back_empty_are_held(host):
    host.sync()
    host.wecom.fault("empty", "user/list")
    host.sync(exits=4)
    assert len(host.active_users()) == 40


def test_a_mass_leave_is_held_and_writes_nothing_but_run_and_plan(host):
    host.sync()
    host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(5, 25)))
    host.wecom.hire("new.one", "新人", [2])
    before = host.dump(without=HELD)
    assert host.syncd("plan").status == 4
    answer = host.sync(exits=4)
    assert "max_deactivations" in answer.stdout
    assert host.dump(without=HELD) == before
    run = host.last_run()
    assert (run["outcome"], len(run["plan_digest"])) == ("held", 64)
    assert host.one("SELECT digest FROM sync_plan") == run["plan_digest"]
    shown = host.syncd("runs", str(run["id"]))
    assert shown.status == 0
    assert "p5" in shown.stdout
    assert [line["event"] for line in host.lines()].count("plan_held") == 1


def test_the_same_held_plan_again_confirms_the_run(host):
    host.sync()
    host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(5, 25)))
    host.sync(exits=4)
    first = host.last_run()
    again = host.sync("--json", exits=4).json
    assert again["run_id"] == first["id"]
    assert host.last_run()["id"] == first["id"]
    assert host.last_run()["finished_at"] > first["finished_at"]
    host.wecom.leave("p30")
    assert host.sync("--json", exits=4).json["run_id"] > first["id"]


def test_people_who_leave_in_small_groups_are_added_up(make_host):
    """Nine leavers in every run, all day: the guard sees the day and not the run."""
    host = make_host(build_small_company(users=200))
    host.sync()
    gone, statuses = 0, []
    for first in range(10, 55, 9):
        host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(first, first + 9)))
        statuses.append(host.sync(exits={0, 4}).status)
        gone = 200 - len(host.active_users())
    assert statuses == [0, 4, 4, 4, 4]
    assert gone == 9


def test_a_protected_person_is_never_deactivated(host):
    host.configure(tail='[guard]\nprotected = ["P9"]')
    host.sync()
    host.wecom.leave("p9")
    answer = host.sync(exits=4)
    assert "protected" in answer.stdout
    assert host.user("p9")["status"] == "active"


def test_a_limit_that_is_raised_lets_the_plan_through(host):
    host.sync()
    host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(5, 15)))
    host.sync(exits=4)
    host.configure(tail="[guard]\nmax_deactivations = { floor = 10, share = 0.3 }")
    host.sync()
    assert len(host.active_users()) == 30
    host.assert_changes_are_logged()


def test_values_that_turn_empty_for_many_are_held(host):
    host.sync()
    host.wecom.mutate(
        *({"op": "change", "userid": f"p{n}", "fields": {"mobile": ""}} for n in range(1, 20))
    )
    answer = host.sync(exits=4)
    assert "max_blanked" in answer.stdout
    assert host.user("p3")["mobile"] == "13800000003"


def test_a_held_plan_does_not_hold_up_one_person(host):
    host.sync()
    host.wecom.mutate(*({"op": "leave", "userid": f"p{n}"} for n in range(5, 25)))
    host.sync(exits=4)
    host.wecom.change("p1", name="改名")
    host.sync("--user", "p1")
    assert host.user("p1")["name"] == "改名"
