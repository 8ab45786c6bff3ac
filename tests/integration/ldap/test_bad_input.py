"""What an operator may meet in a directory, at the command line, on a real OpenLDAP."""

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

from tests.integration.ldap.slapd import (
    BLIND,
    BLIND_PASSWORD,
    LIMITED,
    LIMITED_PASSWORD,
    READER,
    READER_PASSWORD,
    SUFFIX,
    Slapd,
    person,
    unit,
)

SYNCD = Path(sys.executable).with_name("syncd")
RESEARCH, SALES = unit("研发部"), unit("销售部")
SMALL = [
    *(RESEARCH, SALES),
    *(person(f"r{n}", f"研发{n}", RESEARCH[0], mobile=f"1380000{n:04}") for n in range(20)),
    *(person(f"s{n}", f"销售{n}", SALES[0], mobile=f"1390000{n:04}") for n in range(2)),
]
Command = Callable[..., dict[str, Any]]


@pytest.fixture
def syncd(slapd: Slapd, tmp_path: Path) -> Command:
    """Return a function that runs one command with settings of the test's own."""
    file = tmp_path / "syncd.toml"

    def run(*words: str, status: int = 0, **settings: str) -> dict[str, Any]:
        given = {
            "bind_dn": READER,
            "bind_password": READER_PASSWORD,
            "base_dn": SUFFIX,
            **settings,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in given.items()]
        source = "\n".join(["[sources.corp]", 'type = "ldap"', f'urls = ["{slapd.url}"]', *lines])
        file.write_text(f'[store]\nurl = "sqlite:///syncd.db"\n{source}\n', encoding="utf-8")
        done = subprocess.run(
            [SYNCD, *words, "--json", "--config", file],
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
            env=os.environ.copy(),
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return json.loads(done.stdout) if done.stdout else {"stderr": done.stderr}

    return run


@pytest.fixture
def company(slapd: Slapd) -> Slapd:
    slapd.prepare(SMALL)
    slapd.start()
    return slapd


def rows(tmp_path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(tmp_path / "syncd.db")) as database:
        return list(database.execute(query))


EVERYBODY = "SELECT id, userid, status, mobile FROM directory_user ORDER BY id"
LINKS = "SELECT id, external_id, user_id FROM directory_link ORDER BY id"


def test_a_unit_renamed_with_two_thousand_people_in_it_costs_nobody_anything(
    slapd, syncd, tmp_path
):
    slapd.prepare(
        [*(RESEARCH, SALES), *(person(f"u{n}", f"员{n}", RESEARCH[0]) for n in range(2000))]
    )
    slapd.start()
    syncd("sync")
    people, links = rows(tmp_path, EVERYBODY), rows(tmp_path, LINKS)
    slapd.move(RESEARCH[0], "ou=研究院", SALES[0])
    report = syncd("sync")
    assert set(report["counts"]) == {"department"}
    assert rows(tmp_path, EVERYBODY) == people
    assert rows(tmp_path, LINKS) == links


def test_a_unit_that_is_deleted_takes_its_few_people_with_it(company, syncd, tmp_path):
    syncd("sync")
    for dn, _ in SMALL[-2:]:
        company.delete(dn)
    company.delete(SALES[0])
    syncd("sync")
    gone = rows(tmp_path, "SELECT userid FROM directory_user WHERE status = 'inactive' ORDER BY 1")
    assert gone == [("s0",), ("s1",)]
    assert rows(tmp_path, "SELECT name FROM directory_department WHERE status = 'inactive'") == [
        ("销售部",)
    ]


def test_a_unit_that_is_deleted_with_most_people_is_held(company, syncd, tmp_path):
    syncd("sync")
    for dn, _ in SMALL[2:22]:
        company.delete(dn)
    company.delete(RESEARCH[0])
    report = syncd("sync", status=4)
    assert "max_deactivations" in [one["guard"] for one in report["held_by"]]
    assert rows(tmp_path, "SELECT count(*) FROM directory_user WHERE status = 'inactive'") == [(0,)]


def test_a_base_that_was_narrowed_by_mistake_is_another_directory(company, syncd, tmp_path):
    syncd("sync")
    before = rows(tmp_path, EVERYBODY)
    refused = syncd("sync", status=2, base_dn=RESEARCH[0])
    assert "base" in json.dumps(refused).lower()
    assert rows(tmp_path, EVERYBODY) == before
    assert syncd("sync")["outcome"] == "no_change"


def test_a_filter_that_was_narrowed_by_mistake_deactivates_nobody(company, syncd, tmp_path):
    syncd("sync")
    before = rows(tmp_path, EVERYBODY)
    syncd("sync", person_filter="(uid=s*)")
    assert rows(tmp_path, EVERYBODY) == before
    conflicts = syncd("conflicts", person_filter="(uid=s*)")
    assert "scope_shrunk" in json.dumps(conflicts)
    syncd("sync")
    assert "scope_shrunk" not in json.dumps(syncd("conflicts"))


def test_a_scope_that_matches_nobody_writes_nothing(company, syncd, tmp_path):
    report = syncd("sync", status=3, person_filter="(uid=nobody)")
    assert report["outcome"] == "failed"
    syncd("sync")
    before = rows(tmp_path, EVERYBODY)
    assert syncd("sync", status=4, person_filter="(uid=nobody)")["outcome"] == "held"
    assert rows(tmp_path, EVERYBODY) == before


def test_an_attribute_that_may_not_be_read_any_more_keeps_its_values(company, syncd, tmp_path):
    syncd("sync")
    before = rows(tmp_path, EVERYBODY)
    blind = {"bind_dn": BLIND, "bind_password": BLIND_PASSWORD}
    syncd("sync", **blind)
    assert rows(tmp_path, EVERYBODY) == before
    assert "field_withheld" in json.dumps(syncd("conflicts", **blind))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param({"bind_password": "wrong"}, "password is wrong", id="a wrong password"),
        pytest.param({"bind_dn": "reader"}, "no valid DN", id="no DN"),
        pytest.param({"base_dn": f"ou=nowhere,{SUFFIX}"}, "nowhere", id="no such base"),
        pytest.param({"groups": [f"cn=x,{SUFFIX}"]}, "no group", id="no such group"),
        pytest.param({"departments": "attribute:roomNumber"}, "roomnumber", id="no department"),
        pytest.param({"start_tls": True}, "StartTLS", id="no TLS"),
        pytest.param({"directory": "ad"}, "objectGUID", id="another kind"),
    ],
)
def test_what_cannot_be_read_ends_with_3_and_says_what_to_do(
    company, syncd, tmp_path, settings, says
):
    report = syncd("sync", status=3, **settings)
    failure = report["failures"]["corp"]
    assert says in failure["message"]
    assert failure["hint"]
    assert rows(tmp_path, EVERYBODY) == []


def test_a_filter_that_does_not_parse_is_refused_before_anything_is_read(company, syncd, tmp_path):
    told = syncd("sync", status=2, person_filter="(uid=*")["stderr"]
    assert "sources.corp.person_filter: is no LDAP filter: a bracket is opened" in told
    assert not (tmp_path / "syncd.db").exists()


def test_a_size_limit_that_is_hit_ends_with_3_and_says_what_to_raise(slapd, syncd):
    slapd.prepare([RESEARCH, *(person(f"u{n}", f"员{n}", RESEARCH[0]) for n in range(600))])
    slapd.start()
    report = syncd("sync", status=3, bind_dn=LIMITED, bind_password=LIMITED_PASSWORD)
    assert "size.prtotal=unlimited" in report["failures"]["corp"]["hint"]
