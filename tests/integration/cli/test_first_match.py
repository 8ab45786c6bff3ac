"""A second source joins: the run that is held says how fit each field is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator
from tests.e2e.company import build_small_company

SOURCE = """
[sources.{name}]
type = "wecom"
corp_id = "{corp_id}"
agent_id = {agent_id}
app_secret = "{secret}"
base_url = "{base_url}"
"""
HEADING = "How fit each field is as the common field (syncd keys):"


def settings(name: str, wecom: ThreadedSimulator) -> str:
    known = {"corp_id": wecom.corp_id, "agent_id": wecom.agent_id, "base_url": wecom.base_url}
    return SOURCE.format(name=name, secret=wecom.app_secret, **known)


@pytest.fixture
def place(tmp_path: Path, call: Any) -> Iterator[Path]:
    """A folder whose store has one source; a second one with the same people is configured now."""
    store = '[store]\nurl = "sqlite:///syncd.db"\n'
    with (
        ThreadedSimulator(SimulatorOptions(), build_small_company()) as corp,
        ThreadedSimulator(SimulatorOptions(), build_small_company()) as wecom,
    ):
        file = tmp_path / "syncd.toml"
        file.write_text(store + settings("corp", corp), encoding="utf-8")
        assert call(tmp_path, "sync").status == 0
        wecom.leave("p1")
        both = '\n[reconcile]\nauthority = "corp"\ncommon_field = "mobile"\n'
        more = settings("corp", corp) + settings("wecom", wecom) + both
        file.write_text(store + more, encoding="utf-8")
        yield tmp_path


def test_a_held_first_match_says_how_fit_each_field_is(place: Path, call: Any) -> None:
    planned = call(place, "plan")
    held = call(place, "sync")
    shown = call(place, "runs", "2")
    assert (planned.status, held.status, shown.status) == (4, 4, 0)
    for answer in (planned, held):
        lines = answer.out[answer.out.index(HEADING) :].splitlines()
        assert any(one.split()[:2] == ["mobile", "wecom"] for one in lines)
    assert HEADING in shown.out
    assert "  mobile: recommended; " in shown.out
    document = call(place, "sync", "--json").json
    assert document["keys"]["recommended"] == "mobile"
    kept = call(place, "runs", "2", "--json").json["plan"]["keys"]
    assert kept["fields"] == document["keys"]["fields"]
    assert kept["sources"][1]["read_at"].endswith("Z")

    mobile = next(one for one in document["keys"]["fields"] if one["field"] == "mobile")
    counts = call(place, "approve", "2", "--json").json
    assert counts["keys"] is None
    assert counts["matching"]["wecom"]["matched"] == mobile["expected"]["links"]
    assert HEADING not in call(place, "sync").out


def test_in_chinese_too(place: Path, call: Any) -> None:
    for words in (["sync"], ["runs", "2"]):
        assert "各字段作为公共字段的适合程度" in call(place, *words, "--lang", "zh").out
