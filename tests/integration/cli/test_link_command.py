"""`syncd link`, on what a real reading of WeCom has left in doubt."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator
from tests.e2e.company import build_small_company
from tests.integration.cli.conftest import CONFIGURATION
from tests.integration.cli.test_documented_json import EXAMPLES, differences


@pytest.fixture
def wecom() -> Iterator[ThreadedSimulator]:
    """A WeCom with a small company."""
    with ThreadedSimulator(SimulatorOptions(), build_small_company()) as wecom:
        yield wecom


@pytest.fixture
def place(tmp_path: Path, call: Any, wecom: ThreadedSimulator) -> Path:
    """A folder whose store has p7 renamed to seven, and the phone of p8 at somebody called 李四."""
    settings = {"corp_id": wecom.corp_id, "agent_id": wecom.agent_id}
    text = CONFIGURATION.format(base_url=wecom.base_url, **settings)
    tail = '\n[reconcile]\ncommon_field = "mobile"\n'
    (tmp_path / "syncd.toml").write_text(text + tail, encoding="utf-8")
    (tmp_path / "app_secret").write_text(wecom.app_secret, encoding="utf-8")
    assert call(tmp_path, "sync").status == 0
    wecom.mutate(
        {"op": "rename_userid", "userid": "p7", "new_userid": "seven"},
        {"op": "rename_userid", "userid": "p8", "new_userid": "eight"},
        {"op": "rename", "userid": "eight", "name": "李四"},
    )
    plan = call(tmp_path, "plan")
    assert "~ rekey 人员7 (wecom:seven)  record: wecom:p7 → wecom:seven" in plan.out
    assert "+ open identity_doubtful wecom:eight" in plan.out
    answer = call(tmp_path, "sync", "--json")
    assert answer.json["counts"]["link"] == {"rekey": 1}
    assert answer.json["counts"]["user"]["deactivate"] == 1
    return tmp_path


def test_somebody_known_is_linked_and_told(place: Path, call: Any) -> None:
    answer = call(place, "link", "p8", "wecom:eight", "--why", "married", "--json")
    assert answer.status == 0
    assert differences(EXAMPLES["syncd link"], answer.json) == []
    user = answer.json["user"]
    assert (user["name"], user["status"], user["external_id"]) == ("李四", "active", "eight")
    assert call(place, "conflicts", "--json").json["conflicts"] == []
    again = call(place, "sync", "--full", "--json").json
    assert (again["outcome"], again["changes"]) == ("no_change", [])


def test_a_doubt_says_what_to_do_about_it(place: Path, call: Any) -> None:
    told = call(place, "conflicts").out
    assert "former: p8" in told
    assert "syncd link says whether it is the former one, or somebody new." in told


def test_somebody_new_is_told_in_words(place: Path, call: Any) -> None:
    answer = call(place, "link", "--new", "wecom:eight")
    assert answer.status == 0
    assert "wecom:eight is 李四, user 41." in answer.out
    assert "a person has said that it is somebody new" in answer.out


@pytest.fixture
def namesake(place: Path, call: Any, wecom: Any) -> Path:
    """The same folder, where p9 has left, and somebody called 新人 has that id by now."""
    wecom.leave("p9")
    assert call(place, "sync").status == 0
    wecom.hire("p9", "新人", [2])
    assert call(place, "sync").status == 0
    return place


def test_an_old_id_says_what_to_do_about_it(namesake: Path, call: Any) -> None:
    told = call(namesake, "conflicts").out
    assert "name_before: 人员9; name_now: 新人" in told
    assert "syncd link says whether it is the former one, or somebody new." in told
    assert "the record may be another person's" in call(namesake, "explain", "p9").out


def test_an_old_id_may_be_the_same_person_with_another_name(namesake: Path, call: Any) -> None:
    before = call(namesake, "explain", "p9", "--json").json["user"]
    user = call(namesake, "link", "p9", "wecom:p9", "--why", "married", "--json").json["user"]
    assert (user["id"], user["name"], user["status"]) == (before["id"], "新人", "active")
    again = call(namesake, "sync", "--full", "--json").json
    assert (again["outcome"], again["changes"]) == ("no_change", [])
    assert call(namesake, "audit", "replay").status == 0


def test_an_old_id_may_be_somebody_new(namesake: Path, call: Any) -> None:
    before = call(namesake, "explain", "p9", "--json").json["user"]
    answer = call(namesake, "link", "--new", "wecom:p9", "--why", "hired in May")
    assert answer.status == 0
    assert "wecom:p9 is 新人, user 41." in answer.out
    assert "a person has said that its record is somebody else's now" in answer.out
    again = call(namesake, "sync", "--full", "--json").json
    assert (again["outcome"], again["changes"]) == ("no_change", [])
    assert call(namesake, "audit", "replay").status == 0
    assert call(namesake, "audit", "verify").status == 0

    assert call(namesake, "explain", "p9", "--json").json["user"]["id"] == 41
    assert call(namesake, "audit", "--user", "p9", "--json").status == 0
    old = call(namesake, "explain", f"user:{before['id']}")
    assert "last known value: the person is gone" in old.out
    assert f"wecom:p9#{before['id']}" in old.out
    assert "hired in May" in old.out
    assert call(namesake, "find", "人员9").out.count(f"p9#{before['id']}") == 1
    assert call(namesake, "disable", "p9", "--why", "a test", "--json").json["user"]["id"] == 41
    refused = call(namesake, "sync", "--user", f"user:{before['id']}")
    assert refused.status == 2
    assert "whose record is somebody else's now" in refused.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["p8", "eight"], "is no record", id="no source"),
        pytest.param(["wecom:eight"], "Either one USER, or --new", id="nobody"),
        pytest.param(["--auto", "--new", "wecom:p9"], "Either one USER", id="new and by rule"),
        pytest.param(["p8", "wecom:eight", "--new"], "Either one USER", id="both"),
        pytest.param(["nobody", "wecom:eight"], "There is no user", id="unknown"),
        pytest.param(["p9", "wecom:eight"], "and no other user", id="another"),
        pytest.param(["--new", "wecom:p9"], "Nobody doubts", id="no doubt"),
        pytest.param(["p8", "wecom:p9"], "is the record that 人员9", id="another's own"),
        pytest.param(["p8", "wecom:p99"], "There is no record wecom:p99", id="unknown record"),
    ],
)
def test_what_cannot_be_linked_is_refused(
    place: Path, call: Any, words: list[str], says: str
) -> None:
    answer = call(place, "link", *words)
    assert answer.status == 2
    assert says in answer.err
    assert answer.out == ""
