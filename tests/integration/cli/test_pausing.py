"""A maintenance window, by the real commands."""

import json
import re
from pathlib import Path

import pytest

from syncd import bootstrap
from syncd.simulator.running import ThreadedSimulator


def audited(folder: Path, event: str) -> list[dict[str, object]]:
    lines = map(json.loads, (folder / "audit.jsonl").read_text("utf-8").splitlines())
    return [line for line in lines if line["event"] == event]


def test_a_sync_by_hand_is_refused_until_somebody_resumes(syncd, folder) -> None:
    syncd("pause", "--as", "anna", "--why", "the server moves")

    refused = syncd("sync")
    assert refused.status == 2
    assert "by anna" in refused.err
    assert "the server moves" in refused.err
    assert "syncd resume" in refused.err
    assert syncd("approve", "4").status == 2
    assert syncd("runs", "--json").json["runs"][0]["id"] == 4

    assert syncd("resume", "--as", "ben").status == 0
    assert syncd("sync").status == 3  # read again: the simulator is gone by now
    assert [(line["actor"], line["why"]) for line in audited(folder, "paused")] == [
        ("anna", "the server moves")
    ]
    assert [line["actor"] for line in audited(folder, "resumed")] == ["ben"]


def test_status_shows_what_is_paused(syncd) -> None:
    syncd("pause", "--source", "wecom", "--outbox", "--until", "2h", "--as", "anna")

    shown = syncd("status")
    assert "The source wecom: paused since" in shown.out
    assert "The outbox: paused since" in shown.out
    paused = syncd("status", "--json").json["paused"]
    assert {(one["kind"], one["source"]) for one in paused} == {
        ("source", "wecom"),
        ("outbox", None),
    }
    assert all(one["ends_at"] for one in paused)


def test_a_pause_that_has_ended_by_itself_is_over(syncd, monkeypatch) -> None:
    syncd("pause", "--until", "2h")
    later = bootstrap.now().timestamp() + 3 * 3600
    moment = bootstrap.now().fromtimestamp(later, tz=bootstrap.now().tzinfo)
    monkeypatch.setattr(bootstrap, "now", lambda: moment)

    assert syncd("status", "--json").json["paused"] == []
    assert syncd("resume").out == "Nothing was paused.\n"


def test_the_outbox_alone_keeps_nobody_from_syncing(syncd) -> None:
    syncd("pause", "--outbox")

    assert syncd("sync").status == 3


def test_a_part_of_everything_cannot_be_resumed(syncd) -> None:
    syncd("pause")

    refused = syncd("resume", "--source", "wecom")

    assert refused.status == 2
    assert "syncd resume ends that as a whole" in refused.err
    assert len(syncd("status", "--json").json["paused"]) == 1


def test_to_pause_again_gives_another_end(syncd) -> None:
    syncd("pause", "--until", "1h")
    syncd("pause", "--why", "it takes longer")

    (paused,) = syncd("status", "--json").json["paused"]
    assert paused["ends_at"] is None
    assert paused["why"] == "it takes longer"


@pytest.mark.parametrize(
    "words", [["--source", "nobody"], ["--until", "yesterday"], ["--until", "2020-01-01"]]
)
def test_what_makes_no_sense_is_refused(syncd, words) -> None:
    assert syncd("pause", *words).status == 2
    assert syncd("status", "--json").json["paused"] == []


class PausedWhileReading:
    """A source during whose reading somebody pauses everything."""

    def __init__(self, source, pause) -> None:
        self._source, self._pause = source, pause

    def __getattr__(self, name):
        return getattr(self._source, name)

    def read(self, *args):
        snapshot = self._source.read(*args)
        self._pause()
        return snapshot


def test_a_run_that_has_read_when_a_pause_begins_writes_nothing(call, empty, monkeypatch) -> None:
    build = bootstrap.build_source
    pause = lambda: call(empty, "pause", "--as", "anna")  # noqa: E731 - one short step
    monkeypatch.setattr(
        bootstrap, "build_source", lambda *args: PausedWhileReading(build(*args), pause)
    )
    with ThreadedSimulator() as wecom:
        file = empty / "syncd.toml"
        text = re.sub(r'base_url = ".*"', f'base_url = "{wecom.base_url}"', file.read_text())
        file.write_text(text)
        assert call(empty, "sync").status == 2

    found = call(empty, "status", "--json").json
    assert found["users"] == {"active": 0, "inactive": 0}
    assert found["last_run"]["outcome"] == "failed"
    assert "by anna" in found["last_run"]["error"]
    assert found["lease"] is None
