import contextlib
import fcntl
import os
import pty
import re
import sqlite3
import struct
import subprocess
import sys
import termios
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from syncd.cli.conflicts import _told
from syncd.simulator.running import ThreadedSimulator
from syncd.text import translated

SYNCD = Path(sys.executable).with_name("syncd")


def test_status_tells_the_age_of_the_data_and_the_held_plan(syncd) -> None:
    answer = syncd("status")

    assert answer.status == 0
    assert "last reading of everything: " in answer.out
    assert "194 people, 20 departments" in answer.out
    assert "app_secret: range: the whole company" in answer.out
    assert "People: 196 active, 5 inactive" in answer.out
    assert "Conflicts: 1 open (1 scope_shrunk)" in answer.out
    assert "Last run: 4, sync, held" in answer.out
    assert "syncd runs 4 shows it" in answer.out
    assert "Writing: nobody" in answer.out
    assert "nothing waits to be written" in answer.out


def test_status_tells_the_held_plan_although_one_person_was_synced_since(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        database.execute(
            "INSERT INTO sync_run (trigger, mode, started_at, finished_at, outcome, counts, actor,"
            " readings, guard_counts) SELECT 'cli', 'targeted', '2999-01-01 00:00:00.000000',"
            " '2999-01-01 00:00:01.000000', 'applied', '{}', 'ops', '{}', '{}'"
        )

    answer = syncd("status")
    assert "Last run: 5, targeted, applied" in answer.out
    assert "Held: the plan of run 4, sync, " in answer.out
    assert syncd("status", "--json").json["held_run"] == 4


def test_status_counts_audit_entries_that_wait(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        lines = zlib.compress(b'{"ts":"2026-01-02T03:04:05.678901Z"}\n' * 2)
        database.execute("INSERT INTO audit_block VALUES (646, 647, ?)", (lines,))
        database.execute("UPDATE audit_chain SET last_seq = 647")

    assert syncd("status", "--json").json["audit"]["pending"] == 2
    assert "2 entries not yet in" in syncd("status").out


def test_status_names_who_is_writing(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        database.execute(
            "UPDATE sync_lease SET host = 'far', boot_id = 'b', pid = 77, process_start = '1',"
            " run_id = 5, acquired_at = '2026-01-01 00:00:00.000000',"
            " expires_at = '2999-01-01 00:00:00.000000'"
        )

    assert "Writing: run 5, process 77 on far, since 2026-01-01 00:00:00Z" in syncd("status").out


def test_looking_works_while_another_process_writes(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("DELETE FROM directory_membership")

        assert [syncd(command).status for command in ("status", "runs", "tree", "keys")] == [0] * 4
        assert "196 (0 direct)" in syncd("tree").out


def test_looking_leaves_the_database_as_it_is(syncd, folder) -> None:
    before = (folder / "syncd.db").read_bytes()

    for words in (["status"], ["runs"], ["runs", "4"], ["find", "白"], ["tree"], ["conflicts"]):
        assert syncd(*words).status == 0
    for words in (["audit"], ["audit", "verify"], ["db", "current"], ["db", "check"]):
        assert syncd(*words).status == 0

    assert (folder / "syncd.db").read_bytes() == before


def test_runs_are_listed_with_the_newest_first(syncd) -> None:
    lines = syncd("runs").out.splitlines()

    assert [line.split()[0] for line in lines] == ["run", "4", "3", "2", "1"]
    assert "people: 1 create, 1 deactivate" in lines[3]
    assert len(syncd("runs", "--limit", "1").out.splitlines()) == 2


def test_a_run_is_shown_with_who_asked_and_why(syncd) -> None:
    answer = syncd("runs", "1")

    assert "why: first load" in answer.out
    assert "people: 200 create" in answer.out
    assert "syncd audit --run 1" in answer.out


def test_a_held_run_shows_its_plan_and_what_held_it(syncd) -> None:
    answer = syncd("runs", "4")

    assert "max_deactivations: 39 users, after 1 in earlier runs, and 10 of 196" in answer.out
    assert "status: active → inactive" in answer.out
    assert "… and 19 more of deactivate" in answer.out
    removed = [one for one in answer.out.splitlines() if one.startswith("  - remove ")]
    assert removed
    assert all("(wecom:" in one for one in removed), "a membership says whose it is"


def test_the_json_of_a_held_run_has_every_step(syncd) -> None:
    plan = syncd("runs", "4", "--json").json["plan"]

    gone = [one for one in plan["changes"] if one["action"] == "deactivate"]
    assert len(gone) == 39
    assert {one["guard"] for one in plan["held_by"]} == {"max_deactivations"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["runs", "99"], "There is no run 99", id="run"),
        pytest.param(["audit", "--run", "99"], "There is no run 99", id="run of the audit"),
        pytest.param(["audit", "--user", "nobody"], "There is no user 'nobody'", id="userid"),
        pytest.param(["audit", "--user", "user:9999"], "There is no user", id="id of a user"),
        pytest.param(["audit", "--since", "soon"], "'soon' is no time", id="time"),
        pytest.param(["tree", "nowhere"], "There is no department 'nowhere'", id="department"),
        pytest.param(["runs", "x"], "not a valid integer", id="run that is no number"),
        pytest.param(["find", " "], "nothing to look for", id="empty text"),
        pytest.param(["find"], "Missing argument", id="no text"),
        pytest.param(["conflicts", "accept", "99", "--why", "x"], "no open conflict", id="id"),
        pytest.param(["conflicts", "accept", "1"], "--why", id="decision without a reason"),
    ],
)
def test_what_is_unknown_ends_with_2_and_is_named(syncd, words, said) -> None:
    answer = syncd(*words)

    assert answer.status == 2
    assert said in answer.err
    assert answer.out == ""


def test_inactive_people_are_found_and_marked(syncd) -> None:
    line = syncd("find", "BAIHUI").out.splitlines()[1]

    assert "inactive" in line
    assert "wecom:baihui" in line


def test_unmatched_records_are_found_and_marked(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        database.execute("UPDATE directory_link SET user_id = NULL WHERE external_id = 'newhire'")

    (found,) = syncd("find", "newhire", "--json").json["found"]

    assert (found["state"], found["user_id"]) == ("unmatched", None)
    assert found["fields"]["userid"] == "newhire"


def test_a_name_cannot_steer_the_terminal(syncd) -> None:
    out = syncd("find", "newhire").out

    assert "\x1b" not in out
    assert "𠮷野\\x1b[31m家" in out


def test_the_tree_counts_people_direct_and_below(syncd) -> None:
    lines = syncd("tree").out.splitlines()

    assert lines[0] == "星河智联科技有限公司  196 (0 direct)"
    assert len(lines) == 20
    assert syncd("tree", "--depth", "1").out.strip().endswith("… 19 departments below")


@pytest.mark.parametrize(
    "name",
    ["11", "wecom:11", "星河智联科技有限公司/销售部", "/星河智联科技有限公司/销售部/", "销售部"],
)
def test_a_department_is_named_in_many_ways(syncd, name) -> None:
    found = syncd("tree", "销售部", "--json").json["departments"][0]
    name = name.replace("11", str(found["id"] if name == "11" else found["external_id"]))

    assert syncd("tree", name, "--json").json["departments"][0] == found


def test_a_department_with_a_conflict_is_marked(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        database.execute(
            "UPDATE sync_conflict SET kind = 'orphan_department', external_id = '4', detail = '{}'"
        )

    marked = [line for line in syncd("tree").out.splitlines() if "!" in line]

    assert len(marked) == 1
    assert "orphan_department (conflict 1)" in marked[0]


def test_changes_are_listed_with_values_and_reasons(syncd) -> None:
    out = syncd("audit", "--run", "2").out

    assert "~ update department" in out
    assert "→ 市场与品牌部" in out
    assert "- deactivate user" in out
    assert "gone from the source" in out
    assert "wecom:newhire by authority" in out


@pytest.mark.parametrize("user", ["baihui", "BaiHui", "userid:baihui", "1", "user:1"])
def test_changes_of_one_person_have_memberships_and_links(syncd, user) -> None:
    changes = syncd("audit", "--user", user, "--json").json["changes"]

    assert [(one["action"], one["entity"]) for one in changes] == [
        ("create", "user"),
        ("create", "membership"),
        ("link", "link"),
        ("deactivate", "user"),
        ("remove", "membership"),
    ]
    assert {one["name"] for one in changes} == {"白慧 (baihui)"}


def test_a_limit_keeps_the_newest_changes_and_says_so(syncd) -> None:
    everything = syncd("audit", "--limit", "1000", "--json").json
    newest = syncd("audit", "--limit", "3", "--json").json

    assert everything["truncated"] is False
    assert newest["truncated"] is True
    assert newest["changes"] == everything["changes"][-3:]


def test_changes_since_a_moment(syncd, folder) -> None:
    with closing(sqlite3.connect(folder / "syncd.db")) as database, database:
        database.execute("UPDATE sync_change SET at = '2020-01-01 00:00:00.0' WHERE run_id = 1")

    for since in ("1d", "2020-01-02", "2020-01-01T09:00+08:00"):
        changes = syncd("audit", "--since", since, "--json").json["changes"]
        assert {one["run_id"] for one in changes} == {2}, since


def test_a_whole_log_is_verified(syncd) -> None:
    answer = syncd("audit", "verify")

    assert answer.status == 0
    assert "the chain is unbroken" in answer.out


def test_an_edited_log_is_found_and_ends_with_7(syncd, folder) -> None:
    log = folder / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"action":"deactivate"', b'"action":"reactivate"', 1))

    answer = syncd("audit", "verify")

    assert answer.status == 7
    assert "edited: " in answer.out
    assert syncd("audit", "verify", "--json").json["findings"][0]["code"] == "edited"


def test_conflicts_are_listed_with_what_they_mean(syncd) -> None:
    out = syncd("conflicts").out

    assert "wecom:department:9" in out
    assert "6 in all" in out
    assert "scope_shrunk: a part can no longer be seen" in out


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "fields: title is too long, id is empty, or may not be read, alias odd"),
        ("zh", "字段：title 过长、id 为空或无权读取、alias odd"),
    ],
)
def test_what_was_rejected_is_told_in_words(language, says) -> None:
    detail = {"fields": {"title": "too_long", "id": "empty", "alias": "odd"}}
    assert translated(_told(detail, None), language) == says


def test_accepting_a_conflict_is_recorded_with_who_and_why(syncd, folder) -> None:
    answer = syncd("conflicts", "accept", "1", "--as", "ops", "--why", "closed")

    assert answer.status == 0
    assert "6 people may go" in answer.out
    (conflict,) = syncd("conflicts", "--json").json["conflicts"]
    assert (conflict["accepted_by"], conflict["accepted_why"]) == ("ops", "closed")
    assert len(conflict["accepted"]) == 6
    assert b'"event":"conflict_accepted"' in (folder / "audit.jsonl").read_bytes()
    assert syncd("audit", "verify").status == 0


def test_nothing_is_accepted_when_the_log_cannot_be_written(syncd, folder) -> None:
    (folder / "audit.jsonl").unlink()
    (folder / "audit.jsonl").mkdir()

    assert syncd("conflicts", "accept", "1", "--why", "closed").status == 6
    assert syncd("conflicts", "--json").json["conflicts"][0]["accepted"] == []


def test_options_may_stand_before_a_sub_command(call, folder) -> None:
    config = str(folder / "syncd.toml")

    assert call(None, "audit", "--config", config, "verify").status == 0
    assert call(None, "conflicts", "--config", config, "accept", "99", "--why", "x").status == 2


def test_on_a_terminal_answers_are_drawn_as_tables(folder) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
    words = ["find", "baihui", "--config", str(folder / "syncd.toml")]
    environment = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8"}
    with subprocess.Popen([SYNCD, *words], stdout=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal is an error in Linux
            while part := os.read(ours, 4096):
                shown += part
    os.close(ours)

    assert process.returncode == 0
    assert "──" in shown.decode()
    assert "白慧" in shown.decode()


def test_what_a_reading_could_not_see_is_said(syncd) -> None:
    for words in (["status"], ["runs", "3"]):
        assert "departments whose people cannot be read: 1" in syncd(*words).out


def test_whom_an_accepted_conflict_names_is_gone_after_the_next_sync(call, empty) -> None:
    with ThreadedSimulator() as wecom:
        file = empty / "syncd.toml"
        text = re.sub(r'base_url = ".*"', f'base_url = "{wecom.base_url}"', file.read_text())
        file.write_text(text)
        assert call(empty, "sync").status == 0
        wecom.fault("errcode", "user/list", department=9, errcode=60011)
        assert call(empty, "sync").status == 0
        (conflict,) = call(empty, "conflicts", "--json").json["conflicts"]
        before = call(empty, "status", "--json").json["users"]

        assert call(empty, "conflicts", "accept", str(conflict["id"]), "--why", "x").status == 0
        assert call(empty, "sync").status == 0

    after = call(empty, "status", "--json").json["users"]
    assert before["active"] - after["active"] == len(conflict["detail"]["people"]) == 6
    assert call(empty, "audit", "verify").status == 0
