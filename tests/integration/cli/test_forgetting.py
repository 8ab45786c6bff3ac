"""What `purge` and `db erase` ask, refuse and say."""

import io
import sqlite3
from contextlib import closing

import pytest

from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator


def users(folder):
    with closing(sqlite3.connect(folder / "syncd.db")) as connection:
        return connection.execute("SELECT count(*) FROM directory_user").fetchone()[0]


def set_up(folder, *settings, base_url=None):
    file = folder / "syncd.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("[store]\n", "\n".join(("[store]", *settings, "")))
    lines = [
        f'base_url = "{base_url}"' if base_url and line.startswith("base_url") else line
        for line in text.splitlines()
    ]
    file.write_text("\n".join(lines), encoding="utf-8")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_setting_nothing_may_go(syncd, folder):
    for words in ((), ("--check",)):
        answer = syncd("purge", *words)
        assert (answer.status, answer.out.count("Nothing may go")) == (0, 1)
    assert len(syncd("runs", "--json").json["runs"]) == 4


def test_a_check_shows_who_would_go_and_writes_nothing(syncd, folder):
    set_up(folder, 'purge_after = "1ms"')
    before = users(folder)

    answer = syncd("purge", "--check")

    assert answer.status == 7
    assert "Would go: 1 person, 0 old changes" in answer.out
    assert users(folder) == before


def test_nobody_goes_while_the_source_does_not_answer(syncd, folder):
    set_up(folder, 'purge_after = "1ms"', base_url="http://127.0.0.1:1")
    before = users(folder)

    answer = syncd("purge", "--json")

    assert answer.status == 3
    assert [one["reason"] for one in answer.json["kept"]] == ["not_asked"]
    assert answer.json["failures"].keys() == {"wecom"}
    assert users(folder) == before


def test_nobody_is_asked_for_during_a_maintenance_window(syncd, folder):
    set_up(folder, 'purge_after = "1ms"', base_url="http://127.0.0.1:1")
    assert syncd("pause", "--source", "wecom", "--why", "move").status == 0

    answer = syncd("purge", "--json")

    assert (answer.status, answer.json["people"], answer.json["run_id"]) == (0, [], None)
    assert [one["reason"] for one in answer.json["kept"]] == ["not_asked"]


def test_who_is_there_after_all_is_told(syncd, folder):
    with ThreadedSimulator(SimulatorOptions()) as wecom:  # in which nobody has left yet
        set_up(folder, 'purge_after = "1ms"', base_url=wecom.base_url)
        answer = syncd("purge")

    assert answer.status == 0
    assert "stays: wecom:baihui is there again" in answer.out
    assert "Removed: 0 people" in answer.out


def test_an_erasure_is_asked_about_and_may_be_refused(syncd, folder, monkeypatch):
    before = users(folder)
    words = ("db", "erase", "baihui", "--why", "asked for")

    monkeypatch.setattr("sys.stdin", io.StringIO())
    alone = syncd(*words)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    refused = syncd(*words)
    assert (alone.status, refused.status) == (2, 0)
    assert "--yes" in alone.err
    assert "Nothing was erased." in refused.out
    assert users(folder) == before

    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert syncd(*words).status == 0
    assert users(folder) == before - 1


@pytest.mark.parametrize("name", ["nobody", "user:999", "999"])
def test_an_unknown_person_is_wrong_usage(syncd, name):
    answer = syncd("db", "erase", name, "--why", "asked for", "--yes")
    assert (answer.status, "There is no user" in answer.err) == (2, True)


def test_an_erased_person_is_nobody_any_more(syncd, folder):
    erased = syncd("db", "erase", "baihui", "--why", "asked for", "--yes", "--json").json

    assert syncd("find", "baihui", "--json").json["found"] == []
    assert syncd("audit", "verify").status == 0
    assert syncd("audit", "replay").status == 0
    again = syncd("db", "erase", f"user:{erased['user_id']}", "--why", "again", "--yes", "--json")
    assert (again.status, again.json["row"]) == (0, "removed")
    assert syncd("audit", "verify").status == 0
    assert "baihui" not in (folder / "audit.jsonl").read_text(encoding="utf-8")


def test_nothing_can_be_purged_or_erased_before_the_first_sync(call, empty):
    set_up(empty, 'purge_after = "1ms"')
    for words in (("purge",), ("db", "erase", "1", "--why", "x"), ("db", "backup", "copy.db")):
        answer = call(empty, *words)
        assert (answer.status, "nothing has been synced yet" in answer.err) == (2, True)
    assert not (empty / "syncd.db").exists()
