"""People of a real slapd, whom a simulated WeCom shows without numbers and is asked for."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.simulator import Simulator, SimulatorOptions
from tests.e2e.company import build_small_company
from tests.e2e.host import wait_until
from tests.integration.ldap.slapd import READER, READER_PASSWORD, SUFFIX, Slapd, person, unit

SYNCD = Path(sys.executable).with_name("syncd")
STAFF = unit("员工")
LOOKUP = "user/getuserid"
PEOPLE = 200


def colleague(number: int, uid: str = "u{}") -> tuple[str, Any]:
    return person(uid.format(number), f"员工{number}", STAFF[0], mobile=f"+86 138{number:08}")


@pytest.fixture
def wecom() -> Iterator[Simulator]:
    """A WeCom whose app was made after 2022-06-20."""
    with Simulator(SimulatorOptions(), build_small_company(users=PEOPLE)) as running:
        running.change_app(fields_withheld=True)
        yield running


class Site:
    """A folder with a configuration for both directories."""

    def __init__(self, folder: Path, slapd: Slapd, wecom: Simulator) -> None:
        self.folder, self.slapd, self.wecom = folder, slapd, wecom
        self.file = folder / "syncd.toml"
        self.configure("corp")

    def configure(self, authority: str, wecom: str = "lookup = true") -> None:
        self.file.write_text(
            f"""
            [store]
            url = "sqlite:///syncd.db"
            [sources.corp]
            type = "ldap"
            urls = ["{self.slapd.url}"]
            bind_dn = "{READER}"
            bind_password = "env:LDAP_PASSWORD"
            base_dn = "{SUFFIX}"
            [sources.wecom]
            type = "wecom"
            corp_id = "{self.wecom.corp_id}"
            base_url = "{self.wecom.base_url}"
            agent_id = {self.wecom.agent_id}
            app_secret = "env:APP_SECRET"
            concurrency = 2
            {wecom}
            [reconcile]
            authority = "{authority}"
            common_field = "mobile"
            """,
            encoding="utf-8",
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SYNCD, *words, "--config", self.file],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "LDAP_PASSWORD": READER_PASSWORD,
                "APP_SECRET": self.wecom.app_secret,
            },
        )

    def say(self, *words: str, status: int = 0) -> str:
        done = self.start(*words)
        answer, log = done.communicate(timeout=120)
        assert done.returncode == status, answer + log
        return answer

    def run(self, *words: str, status: int = 0) -> dict[str, Any]:
        return json.loads(self.say(*words, "--json", status=status))

    def linked(self) -> dict[str, str]:
        links = self.run("links")["links"]
        return {one["external_id"]: one["method"] for one in links}

    def asked(self) -> Counter[str]:
        """Return how often each number was asked for."""
        log = self.wecom.log()
        return Counter(one["parameters"]["mobile"] for one in log if one["endpoint"] == LOOKUP)

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "syncd.db")) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def make(slapd: Slapd, wecom: Simulator, tmp_path: Path) -> Callable[..., Site]:
    """Return what makes a site whose LDAP directory has the people of these numbers."""

    def with_people(*numbers: int) -> Site:
        slapd.prepare([STAFF, *map(colleague, numbers)])
        slapd.start()
        return Site(tmp_path, slapd, wecom)

    return with_people


def stranger(site: Site) -> str:
    """Return the id of somebody of the LDAP directory who is not in WeCom."""
    links = site.run("links", "--unmatched")["links"]
    return str(next(one["external_id"] for one in links if one["key_value"] == "+8613800001001"))


@pytest.mark.parametrize("authority", ["corp", "wecom"])
def test_everybody_is_linked_and_it_is_told_how(make, authority):
    site = make(*range(1, 61), *range(1001, 1006))
    site.configure(authority)
    report = site.run("sync")
    assert report["outcome"] == "applied"
    (told,) = report["lookups"]
    assert (told["asked"], told["found"], told["nobodys"], told["stopped"]) == (65, 60, 5, None)
    assert (told["budget"], told["missed"], told["waiting"]) == (20, 5, 0)
    links = site.linked()
    assert set(links.values()) == {"lookup"}
    assert len(links) == 60
    if authority == "corp":
        assert links.keys() == {f"p{n}" for n in range(1, 61)}
    assert set(site.asked().values()) == {1}
    assert site.asked().keys() >= {f"138{n:08}" for n in range(1, 61)}

    assert site.run("sync", "--full")["outcome"] == "no_change"
    assert site.wecom.calls()[LOOKUP] == 65
    assert site.run("audit", "replay")["differing"] == 0
    who = site.run("explain", "u1" if authority == "corp" else "p1")
    (link,) = [one for one in who["links"] if not one["is_owner"]]
    assert (link["method"], link["key_value"]) == ("lookup", "+8613800000001")
    (asked,) = who["asked"]
    assert (asked["source"], asked["value"], asked["external_id"]) == (
        "wecom",
        "+8613800000001",
        "p1",
    )
    said = site.say("explain", "u1" if authority == "corp" else "p1")
    assert "wecom was asked whose +8613800000001 is, last at" in said
    assert said.count("p1's.") == 1
    nobody = site.say("explain", "u1001" if authority == "corp" else f"corp:{stranger(site)}")
    assert "wecom was asked whose +8613800001001 is, last at" in nobody
    assert "nobody's." in nobody
    (status,) = [one["lookup"] for one in site.run("status")["sources"] if one["lookup"]]
    assert (status["found"], status["nobodys"], status["missed"], status["budget"]) == (
        60,
        5,
        5,
        20,
    )
    assert "60 values are known to be somebody's, 5 to be nobody's; 5 of 20" in site.say("status")


def test_asking_stops_at_half_of_what_is_allowed_and_the_run_goes_on(make):
    site = make(*range(1, 11), *range(1001, 1041))
    said = site.say("sync")
    report = site.run("sync")
    assert report["outcome"] == "no_change"
    (told,) = report["lookups"]
    assert (told["asked"], told["waiting"], told["stopped"]) == (0, 20, "budget")
    assert told["resumes_at"] is not None
    assert "asked whose 30 values of mobile are: 10 are somebody's, 20 are nobody's" in said
    assert "20 more wait until" in said
    assert len(site.linked()) == 10
    assert site.wecom.calls()[LOOKUP] == 30
    assert "it goes on at" in site.say("status")


def test_an_endpoint_that_wecom_has_shut_is_told_and_left_alone_for_a_day(make):
    site = make(*range(1, 11))
    site.wecom.fault("errcode", LOOKUP, errcode=48002)
    report = site.run("sync")
    (told,) = report["lookups"]
    assert (told["asked"], told["waiting"], told["stopped"]) == (0, 10, "refused")
    assert "48002" in told["reason"]
    assert report["outcome"] == "applied"
    site.wecom.clear_faults()
    site.wecom.reset_counts()
    assert site.run("sync")["lookups"][0]["stopped"] == "refused"
    assert site.wecom.calls().get(LOOKUP, 0) == 0
    assert "拒绝" in site.say("sync", "--lang", "zh")


def test_what_was_answered_before_a_kill_is_not_asked_for_again(make):
    site = make(*range(1, 101))
    site.wecom.set_options(latency=0.02)
    process = site.start("sync")
    wait_until(lambda: site.wecom.calls().get(LOOKUP, 0) > 60)
    process.kill()
    process.communicate()
    site.wecom.set_options(latency=0)
    kept = site.rows("SELECT count(*) FROM sync_lookup")[0][0]
    assert 50 <= kept < 100
    assert site.rows("SELECT count(*) FROM directory_link") == [(0,)]
    report = site.run("sync")
    assert report["lookups"][0]["asked"] == 100 - kept
    assert len(site.linked()) == 100
    twice = [number for number, times in site.asked().items() if times > 1]
    assert len(twice) <= 2  # the bite that was under way
    assert report["lookups"][0]["missed"] <= 2


def test_keys_tells_what_asking_could_bring(make):
    site = make(*range(1, 61))
    site.configure("corp", "lookup = false")
    site.run("sync")
    assert site.wecom.calls().get(LOOKUP, 0) == 0
    (withheld,) = site.run("keys")["withheld"]
    asking = [one for one in withheld["ways_out"] if "lookup = true" in one]
    assert len(asking) == 1
    assert 'common_field = "mobile"' in asking[0]
    assert "for 60 people, and for at most 20 values" in asking[0]


def test_it_goes_by_e_mail_too_and_each_kind_of_address_is_asked_for_as_such(make):
    site = make(*range(1, 4))
    for number in (1, 2):
        site.slapd.replace(colleague(number)[0], "mail", f"P{number}@Example.com")
    text = site.file.read_text(encoding="utf-8")
    site.file.write_text(text.replace('"mobile"', '"email"'), encoding="utf-8")
    site.run("sync")
    assert site.linked() == {"p1": "lookup", "p2": "lookup"}
    log = [one["parameters"] for one in site.wecom.log() if one["endpoint"].endswith("_by_email")]
    assert {(one["email"], one["email_type"]) for one in log} == {
        ("p1@example.com", 2),
        ("p2@example.com", 2),
    }


def test_numbers_that_wecom_shows_again_take_over_and_links_stay(make):
    site = make(*range(1, 11))
    site.run("sync")
    site.wecom.change_app(fields_withheld=False)
    assert site.run("sync")["outcome"] == "applied"
    assert set(site.linked().values()) == {"lookup"}
    site.wecom.advance(timedelta(days=3))
    site.slapd.add(*colleague(11))
    site.run("sync")
    assert site.linked()["p11"] == "common_field"
