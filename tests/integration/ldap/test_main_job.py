"""The main job on a directory server that nobody here wrote: `syncd` against a real slapd."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.integration.ldap.slapd import READER, READER_PASSWORD, SUFFIX, person, unit

SYNCD = Path(sys.executable).with_name("syncd")
RESEARCH = unit("研发部")
SALES = unit("销售部")
PEOPLE = [
    person(
        "zhangsan", "张三", RESEARCH[0], mobile="13800000001", manager=f"uid=lisi,{RESEARCH[0]}"
    ),
    person("lisi", "李四", RESEARCH[0], mobile="13800000002"),
    person("wangwu", "王五", SALES[0], title="经理", employeeNumber="007"),
    *(person(f"p{number}", f"员工{number}", SALES[0]) for number in range(20)),
]
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(slapd, tmp_path) -> Run:
    """Return a function that runs one command on the server and gives its JSON."""
    slapd.prepare([RESEARCH, SALES, *PEOPLE])
    slapd.start()
    file = tmp_path / "syncd.toml"
    file.write_text(
        f"""
        [store]
        url = "sqlite:///syncd.db"
        [sources.corp]
        type = "ldap"
        urls = ["{slapd.url}"]
        bind_dn = "{READER}"
        bind_password = "env:LDAP_PASSWORD"
        base_dn = "{SUFFIX}"
        """,
        encoding="utf-8",
    )

    def command(*words: str, status: int = 0, password: str = READER_PASSWORD) -> dict[str, Any]:
        done = subprocess.run(
            [SYNCD, *words, "--json", "--config", file],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
            env={**os.environ, "LDAP_PASSWORD": password},
        )
        assert done.returncode == status, done.stderr
        assert password not in done.stdout + done.stderr
        return json.loads(done.stdout)

    return command


def rows(tmp_path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(tmp_path / "syncd.db")) as database:
        return list(database.execute(query))


PLACES = """
    SELECT u.name, d.full_path, m.name FROM directory_user u
    JOIN directory_department d ON d.id = u.main_department_id
    LEFT JOIN directory_user m ON m.id = u.manager_id
    WHERE u.status = 'active' AND u.userid IN ('zhangsan', 'lisi', 'wangwu') ORDER BY u.userid
"""


def test_a_directory_arrives_with_tree_managers_and_fields(run, tmp_path):
    report = run("sync", "--full")
    assert report["outcome"] == "applied"
    assert report["counts"]["user"] == {"create": 23}
    assert rows(tmp_path, PLACES) == [
        ("李四", "示例公司/研发部", None),
        ("王五", "示例公司/销售部", None),
        ("张三", "示例公司/研发部", "李四"),
    ]
    assert rows(
        tmp_path, "SELECT position, employee_no FROM directory_user WHERE userid = 'wangwu'"
    ) == [("经理", "007")]


def test_a_second_run_writes_nothing_but_its_own_row(run, tmp_path):
    run("sync")
    before = rows(tmp_path, "SELECT * FROM directory_user, directory_membership, directory_record")
    assert run("sync")["outcome"] == "no_change"
    assert run("sync", "--full")["outcome"] == "no_change"
    after = rows(tmp_path, "SELECT * FROM directory_user, directory_membership, directory_record")
    assert before == after


def test_a_working_day_is_followed(run, tmp_path, slapd):
    run("sync")
    slapd.add(*person("zhaoliu", "赵六", RESEARCH[0]))
    slapd.delete(PEOPLE[2][0])
    slapd.move(PEOPLE[1][0], "uid=lisi", SALES[0])
    slapd.move(SALES[0], "ou=市场部", SUFFIX)
    assert run("plan", "--check", status=7)["outcome"] == "applied"
    report = run("sync")
    assert report["counts"]["user"]["create"] == 1
    assert report["counts"]["user"]["deactivate"] == 1
    assert rows(tmp_path, PLACES) == [
        ("李四", "示例公司/市场部", None),
        # The manager's DN has changed with the move; slapd keeps the old one in `manager`.
        ("张三", "示例公司/研发部", None),
    ]
    gone = rows(tmp_path, "SELECT name, status FROM directory_user WHERE userid = 'wangwu'")
    assert gone == [("王五", "inactive")]


def test_people_of_a_renamed_unit_keep_their_rows(run, tmp_path, slapd):
    run("sync")
    ids = rows(tmp_path, "SELECT id, userid FROM directory_user ORDER BY id")
    slapd.move(SALES[0], "ou=市场部", SUFFIX)
    report = run("sync")
    assert set(report["counts"]) == {"department"}
    assert rows(tmp_path, "SELECT id, userid FROM directory_user ORDER BY id") == ids


def test_half_the_company_missing_is_held(run, tmp_path, slapd):
    run("sync")
    for dn, _ in PEOPLE[3:15]:
        slapd.delete(dn)
    report = run("sync", status=4)
    assert [one["guard"] for one in report["held_by"]] == ["max_deactivations"]
    assert rows(tmp_path, "SELECT count(*) FROM directory_user WHERE status = 'inactive'") == [(0,)]


def test_a_wrong_password_writes_nothing_and_is_not_tried_again(run, tmp_path):
    run("sync")
    report = run("sync", status=3, password="wrong-password")
    assert report["outcome"] == "failed"
    assert "bind" in report["failures"]["corp"]["message"].lower()
