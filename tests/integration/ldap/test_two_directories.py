"""One person across two directories: `syncd` against a real slapd and a simulated WeCom."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.simulator import Simulator, SimulatorOptions
from tests.e2e.company import build_small_company
from tests.integration.ldap.slapd import READER, READER_PASSWORD, SUFFIX, Slapd, person, unit

SYNCD = Path(sys.executable).with_name("syncd")
STAFF = unit("员工")
#: In the directory for as long as anybody can remember: written as people write numbers.
WRITINGS = ("138{:08}", "+86 138{:08}", "0086-138{:08}", "138 {:08}")
Run = Callable[..., dict[str, Any]]


def colleague(number: int) -> tuple[str, Any]:
    mobile = WRITINGS[number % len(WRITINGS)].format(number)
    return person(f"u{number}", f"员工{number}", STAFF[0], mobile=mobile, title="LDAP")


@pytest.fixture
def wecom() -> Iterator[Simulator]:
    """A WeCom with the mobiles of 40 people."""
    with Simulator(SimulatorOptions(), build_small_company()) as running:
        yield running


@pytest.fixture
def run(slapd: Slapd, wecom: Simulator, tmp_path: Path) -> Run:
    """Return a function that runs one command on both and gives its JSON."""
    slapd.prepare([STAFF, *(colleague(number) for number in range(1, 36))])
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
        [sources.wecom]
        type = "wecom"
        corp_id = "{wecom.corp_id}"
        base_url = "{wecom.base_url}"
        agent_id = {wecom.agent_id}
        app_secret = "env:APP_SECRET"
        [reconcile]
        authority = "corp"
        common_field = "mobile"
        prefer = {{ position = ["wecom", "corp"] }}
        """,
        encoding="utf-8",
    )

    def command(*words: str, status: int = 0) -> dict[str, Any]:
        done = subprocess.run(
            [SYNCD, *words, "--json", "--config", file],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
            env={
                **os.environ,
                "LDAP_PASSWORD": READER_PASSWORD,
                "APP_SECRET": wecom.app_secret,
            },
        )
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)

    return command


def linked(run: Run) -> dict[str, str]:
    return {one["external_id"]: one["user_name"] for one in run("links")["links"]}


EVERYBODY = {f"p{number}": f"员工{number}" for number in range(1, 36)}


def test_everybody_is_linked_by_a_number_that_each_directory_writes_in_its_own_way(run, slapd):
    report = run("sync")
    assert report["outcome"] == "applied"
    assert report["matching"] == {"wecom": {"matched": 35, "unmatched": 5}}
    assert linked(run) == EVERYBODY
    assert {one["external_id"] for one in run("links", "--unmatched")["links"]} == {
        f"p{number}" for number in range(36, 41)
    }
    assert run("sync", "--full")["outcome"] == "no_change"
    assert run("audit", "replay")["differing"] == 0

    told = {one["field"]: one for one in run("explain", "u1")["fields"]}
    assert (told["position"]["value"], told["position"]["rule"]) == ("会计", "preferred")
    assert told["name"]["rule"] == "authority"
    assert run("explain", "wecom:p40")["unmatched"]["code"] == "nobody_has_the_value"

    slapd.add(*colleague(36))
    assert run("sync", "--source", "corp")["counts"]["link"] == {"link": 2}
    assert linked(run) == EVERYBODY | {"p36": "员工36"}


def test_a_directory_that_is_down_leaves_the_other_working(run, slapd, wecom):
    run("sync")
    wecom.stop()
    slapd.replace(colleague(1)[0], "title", "Chief")
    slapd.add(*colleague(37))
    report = run("sync", status=3)
    assert report["outcome"] == "applied"
    assert report["failures"].keys() == {"wecom"}
    assert linked(run) == EVERYBODY | {"p37": "员工37"}
    assert run("status")["sources"][1]["unmatched"] == 4
    slapd.kill()
    assert run("sync", status=3)["outcome"] == "failed"
