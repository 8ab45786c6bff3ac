"""The main job: a directory arrives in the database, stays right, and nothing else is written."""

import signal

from tests.e2e.company import build_small_company
from tests.e2e.host import Host, wait_until


def test_a_first_load_makes_every_person_and_department(host):
    answer = host.sync()
    assert "40 people and 6 departments were read" in answer.stdout
    company = host.wecom.company_now()
    assert host.active_users() == set(company.members)
    assert {int(row["ref"]) for row in host.active()["departments"]} == set(company.departments)
    assert host.last_run()["outcome"] == "applied"
    assert host.wecom.calls() == {
        "gettoken": 1,
        "agent/get": 1,
        "department/list": 1,
        "user/list": 6,
    }


def test_values_arrive_as_the_source_gives_them(host):
    host.wecom.hire(
        "LiMing",
        "李明",
        [2, 3],
        mobile="13800000001",
        email="li@example.com",
        order=[5, 7],
        is_leader_in_dept=[0, 1],
        main_department=3,
        position="工程师",
        gender="1",
        direct_leader=["p1"],
    )
    host.sync()
    row = host.user("liming")
    assert (row["userid"], row["name"], row["status"]) == ("LiMing", "李明", "active")
    assert (row["mobile"], row["position"], row["gender"]) == ("13800000001", "工程师", "male")
    memberships = [one for one in host.active()["memberships"] if one["user"] == "liming"]
    assert [
        (one["department"], one["is_primary"], one["is_leader"], one["sort_order"])
        for one in memberships
    ] == [("2", 0, 0, 5), ("3", 1, 1, 7)]


def test_a_run_without_changes_writes_its_own_row_only(host):
    host.sync()
    before = host.dump()
    assert "nothing has changed" in host.sync().stdout
    assert host.dump() == before
    assert [row["outcome"] for row in host.rows("SELECT outcome FROM sync_run ORDER BY id")] == [
        "applied",
        "no_change",
    ]


def test_a_full_run_without_changes_writes_its_own_row_only(host):
    host.sync()
    before = host.dump()
    answer = host.syncd("--full")
    assert answer.status == 0
    assert host.dump() == before
    assert host.last_run()["mode"] == "full"


def test_a_full_run_puts_back_what_another_hand_has_changed(host):
    host.sync()
    before = host.active()
    host.execute("UPDATE directory_user SET name = 'somebody else', mobile = NULL WHERE id = 3")
    host.execute("DELETE FROM directory_membership WHERE user_id = 4")
    host.sync("--full")
    assert host.active() == before
    assert host.rows("SELECT * FROM sync_change WHERE entity = 'user' AND action = 'update'")


def test_columns_and_tables_of_an_application_survive(host):
    host.sync()
    host.execute("ALTER TABLE directory_user ADD COLUMN locker TEXT")
    host.execute("CREATE TABLE locker (id INTEGER PRIMARY KEY)")
    host.execute("UPDATE directory_user SET locker = 'A7'")
    host.wecom.change("p1", name="改名")
    host.sync("--full")
    assert host.one("SELECT DISTINCT locker FROM directory_user") == "A7"
    assert host.rows("SELECT * FROM locker") == []


def test_a_change_run_hires_moves_renames_and_lets_go(host):
    host.sync()
    wecom = host.wecom
    wecom.hire("new.one", "新人", [2])
    wecom.leave("p5")
    wecom.move("p6", [4])
    wecom.change("p7", name="改名")
    wecom.rename_department(3, "新部门名")
    host.sync()
    assert "new.one" in host.active_users()
    gone = host.user("p5")
    assert gone["status"] == "inactive"
    assert gone["gone_at"]
    assert host.departments_of("p6") == {"4"}
    assert host.user("p7")["name"] == "改名"
    assert host.one("SELECT name FROM directory_department WHERE external_id = '3'") == "新部门名"
    host.assert_like_fresh_load()
    host.assert_changes_are_logged()


def test_who_returns_is_active_again_under_the_same_id(host):
    host.wecom.hire("boomerang", "王归来", [2], mobile="13900000009")
    host.sync()
    first = host.user("boomerang")["id"]
    host.wecom.leave("boomerang")
    host.sync()
    assert host.user("boomerang")["status"] == "inactive"
    host.wecom.hire("boomerang", "王归来", [3], mobile="13900000009")
    host.sync()
    assert host.user("boomerang")["id"] == first
    assert "boomerang" in host.active_users()
    host.assert_like_fresh_load()


def test_another_person_under_an_old_userid_waits_for_a_decision(host):
    host.wecom.hire("zhangsan", "张三", [2], mobile="13900000001")
    host.sync()
    host.wecom.leave("zhangsan")
    host.sync()
    host.wecom.hire("zhangsan", "张山", [3], mobile="13900000002")
    host.sync()
    assert host.user("zhangsan")["status"] == "inactive"
    assert [one["external_id"] for one in host.conflicts("identity_doubtful")] == ["zhangsan"]


def test_statuses_of_wecom_make_people_active_or_not(host):
    for userid, status in (("disabled", 2), ("invited", 4), ("staying", 1), ("left.before", 5)):
        host.wecom.hire(userid, userid, [2], status=status)
    host.sync()
    active = host.active_users()
    assert {"invited", "staying"} <= active
    assert not {"disabled", "left.before"} & active
    assert host.user("disabled")["source_disabled_at"]
    assert not host.rows("SELECT * FROM directory_link WHERE external_id = 'left.before'")
    host.wecom.mutate({"op": "status", "userid": "disabled", "status": 1})
    host.wecom.mutate({"op": "status", "userid": "staying", "status": 5})
    host.sync()
    assert "disabled" in host.active_users()
    assert host.user("staying")["source_disabled_at"]


# ── plan ────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_leaves_the_database_byte_for_byte(host):
    host.sync()
    host.wecom.leave("p5")
    before = _files(host)
    answer = host.syncd("plan")
    assert answer.status == 0
    assert "p5" in answer.stdout
    assert _files(host) == before


def test_a_plan_leaves_a_log_that_a_killed_run_left_behind(host):
    host.sync()
    host.wecom.leave("p5")
    host.wecom.fault("hang", "user/list", department=3, seconds=30)
    process = host.start("sync")
    wait_until(lambda: host.wecom.calls().get("user/list", 0) > 6)
    process.send_signal(signal.SIGKILL)
    host.finish(process)
    host.wecom.clear_faults()
    assert (host.folder / "syncd.db-wal").stat().st_size
    before = _files(host)
    assert host.syncd("plan").status == 0
    assert _files(host) == before


def test_a_plan_without_a_database_makes_none(host):
    answer = host.syncd("plan")
    assert answer.status == 0
    assert "40 create" in answer.stdout
    assert [path.name for path in host.folder.iterdir()] == ["syncd.toml"]


def test_a_plan_may_be_asked_for_by_an_exit_status(host):
    assert host.syncd("plan", "--check").status == 7
    host.sync()
    assert host.syncd("plan", "--check").status == 0
    host.wecom.leave("p5")
    assert host.syncd("sync", "--dry-run").status == 0
    assert host.syncd("plan", "--check").status == 7
    assert host.user("p5")["status"] == "active"


def test_a_plan_says_for_each_line_why(host):
    host.sync()
    host.wecom.leave("p5")
    host.wecom.change("p7", name="改名")
    answer = host.syncd("plan")
    signs = [line.split()[0] for line in answer.stdout.splitlines() if line.startswith("  ")]
    assert signs.count("why:") >= 2
    assert "改名" in answer.stdout


# ── one person ──────────────────────────────────────────────────────────────────────────────


def test_one_person_is_read_alone(host):
    host.sync()
    host.wecom.reset_counts()
    host.wecom.change("p7", name="改名")
    host.wecom.change("p8", name="auch")
    host.sync("--user", "p7")
    assert host.user("p7")["name"] == "改名"
    assert host.user("p8")["name"] != "auch"
    assert host.last_run()["mode"] == "targeted"
    assert host.wecom.calls().get("user/list", 0) == 0


def test_one_person_may_be_named_by_id(host):
    host.sync()
    host.wecom.change("p7", name="改名")
    host.sync("--user", str(host.user("p7")["id"]))
    assert host.user("p7")["name"] == "改名"


def test_a_targeted_run_proves_nobody_gone(host):
    host.sync()
    host.wecom.leave("p7")
    host.sync("--user", "p7")
    assert host.user("p7")["status"] == "active"


def test_an_unknown_person_is_a_usage_error(host):
    host.sync()
    answer = host.sync("--user", "nobody", exits=2)
    assert "nobody" in answer.stderr
    assert host.last_run()["outcome"] in {"failed", "applied"}
    assert host.one("SELECT count(*) FROM sync_run WHERE outcome IS NULL") == 0


# ── answers for programs, and misuse ────────────────────────────────────────────────────────


def test_every_json_answer_parses_and_carries_its_version(host):
    assert host.sync("--json").json["outcome"] == "applied"
    assert host.syncd("--full", "--json").json["mode"] == "full"
    host.wecom.leave("p5")
    assert host.syncd("plan", "--json").json["changes"]
    for args in (["status"], ["runs"], ["runs", "1"], ["conflicts"], ["find", "p1"], ["tree"]):
        answer = host.syncd(*args, "--json")
        assert answer.status == 0, answer
        assert answer.json


def test_audit_answers_parse_and_carry_their_version(host):
    host.sync()
    assert host.syncd("audit", "--json").json
    assert host.syncd("audit", "verify", "--json").json
    assert host.syncd("config", "check", "--json").json
    assert host.syncd("config", "show", "--json").json
    assert host.syncd("db", "current", "--json").json
    assert host.syncd("db", "check", "--json").json


def test_a_failed_run_has_a_json_answer_too(host):
    host.wecom.fault("errcode", "department/list", errcode=60020)
    answer = host.sync("--json", exits=3)
    assert answer.json["exit_status"] == 3
    assert answer.json["failures"]["wecom"]["message"]


def test_version_and_mistakes_of_use(host):
    assert host.syncd("--version").stdout.startswith("syncd ")
    for args in (["snyc"], ["sync", "--ful"], ["sync", "--full", "--user", "x"], ["--ful"]):
        answer = host.syncd(*args)
        assert answer.status == 2, answer
        assert answer.stderr
    assert "'sync'" in host.syncd("snyc").stderr


def test_a_configuration_with_problems_is_refused_with_all_of_them(host):
    host.config.write_text('[store]\nurll = "x"\n[sources.wecom]\ntype = "wecom"\ncorp_id = 7\n')
    answer = host.sync(exits=2)
    assert "store.urll" in answer.stderr
    assert "sources.wecom.corp_id" in answer.stderr
    assert [path.name for path in host.folder.iterdir()] == ["syncd.toml"]


def test_a_missing_secret_is_named(host):
    host.config.write_text(host.config.read_text().replace("env:APP_SECRET", "env:NOT_SET"))
    answer = host.sync(exits=2)
    assert "NOT_SET" in answer.stderr


def test_another_corporation_is_refused(host, make_host):
    host.sync()
    other = make_host(build_small_company(corp_id="ww_another_corporation"))
    host.config.write_text(other.config.read_text())
    before = host.dump()
    answer = host.sync(exits=2)
    assert "ww_another_corporation" in answer.stderr
    assert host.dump() == before


def test_a_source_that_is_not_configured_any_more_is_refused(host):
    host.sync()
    host.config.write_text(host.config.read_text().replace("[sources.wecom]", "[sources.other]"))
    answer = host.sync(exits=2)
    assert "'wecom'" in answer.stderr


def _files(host: Host) -> dict[str, bytes]:
    """Return the bytes of database and log; shared memory is no content."""
    return {
        path.name: path.read_bytes()
        for path in sorted(host.folder.iterdir())
        if path.suffix != ".db-shm" and (path.suffix != ".db-wal" or path.stat().st_size)
    }
