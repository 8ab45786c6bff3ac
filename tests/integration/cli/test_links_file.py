"""`syncd links export` and `links import`, with a file that goes to a spreadsheet and back."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.cli import run
from syncd.cli.roster_csv import read
from syncd.model.run import Outcome
from syncd.store.store import Store
from tests.integration.cli.conftest import Answer
from tests.integration.cli.test_documented_json import EXAMPLES, differences
from tests.integration.runs.several import NUMBER, Offices, directory

CONFIGURATION = """
[store]
url = "sqlite:///syncd.db"

[sources.corp]
type = "wecom"
corp_id = "corp-1"
contacts_secret = "unused"

[sources.wecom]
type = "wecom"
corp_id = "wecom-1"
contacts_secret = "unused"

[reconcile]
authority = "corp"
common_field = "mobile"
"""
Syncd = Callable[..., Answer]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder whose store has two sources; names and numbers are what a spreadsheet spoils."""
    (tmp_path / "syncd.toml").write_text(CONFIGURATION, encoding="utf-8")
    corp = directory("corp", p1=NUMBER(1), p2=NUMBER(2), p3=NUMBER(3))
    wecom = directory("wecom", w1=NUMBER(1), guest=NUMBER(77))
    corp.people["p2"] |= {"name": "=1+1", "employee_no": "00123"}
    corp.people["p3"] |= {"name": '𠮷野\n"家",', "employee_no": "+8"}
    wecom.hire("0012", "-x", "@1")
    store = Store.open(f"sqlite:///{tmp_path / 'syncd.db'}")
    Offices(store, tmp_path, {"corp": corp, "wecom": wecom}).sync()
    store.close()
    return tmp_path


@pytest.fixture
def syncd(place: Path, call: Any) -> Syncd:
    return lambda *args: call(place, *args)


def exported(syncd: Syncd, place: Path, *options: str) -> list[dict[str, str]]:
    file = place / "out.csv"
    assert syncd("links", "export", str(file), "--force", *options).status == 0
    return [dict(one.cells) for one in read(file.read_bytes(), "out.csv").lines]


def spreadsheet(place: Path, change: Callable[[list[list[str]]], None]) -> str:
    """Return a file that a person has changed and saved."""
    content = (place / "out.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    change(rows)
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    (place / "in.csv").write_bytes(out.getvalue().encode("utf-8-sig"))
    return str(place / "in.csv")


def test_everybody_is_exported_with_what_people_know_of_them(syncd: Syncd, place: Path) -> None:
    lines = exported(syncd, place)
    assert [(one["source"], one["record_id"], one["userid"]) for one in lines] == [
        ("corp", "p1", "p1"),
        ("corp", "p2", "p2"),
        ("corp", "p3", "p3"),
        ("wecom", "0012", ""),
        ("wecom", "guest", ""),
        ("wecom", "w1", "p1"),
    ]
    assert [one["name"] for one in lines[1:3]] == ["=1+1", '𠮷野\n"家",']
    assert [one["employee_no"] for one in lines[1:3]] == ["00123", "+8"]
    linked = lines[-1]
    assert (linked["method"], linked["status"], linked["department"]) == (
        "common_field",
        "active",
        "Corp",
    )
    assert lines[3]["conflicts"] == "missing_key"
    assert (place / "out.csv").stat().st_mode & 0o777 == 0o600
    assert b"'=1+1" in (place / "out.csv").read_bytes()
    assert [one["record_id"] for one in exported(syncd, place, "--unmatched")] == ["0012", "guest"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_that_nobody_has_changed_changes_nothing(
    syncd: Syncd, place: Path, language: str
) -> None:
    before = exported(syncd, place)
    exported(syncd, place, "--lang", language)
    answer = syncd("links", "import", str(place / "out.csv"), "--json")
    assert (answer.status, answer.json["outcome"]) == (0, "no_change")
    assert (answer.json["unchanged"], answer.json["silent"]) == (4, 2)
    assert exported(syncd, place) == before


def test_what_people_fill_in_is_done_and_told_and_stays(syncd: Syncd, place: Path) -> None:
    exported(syncd, place, "--lang", "zh")

    def fill(rows: list[list[str]]) -> None:
        assert rows[0][7] == "账号"
        rows[4][7], rows[5][7] = "p2", "p3"

    file = spreadsheet(place, fill)
    trial = syncd("links", "import", file, "--dry-run")
    assert (trial.status, exported(syncd, place)[4]["userid"]) == (0, "")
    assert "Would be done: 2 records linked, 0 unlinked, 0 confirmed" in trial.out
    answer = syncd("links", "import", file, "--why", "the list of May", "--as", "ops", "--json")
    assert answer.status == 0
    assert differences(EXAMPLES["syncd links import"], answer.json) == []
    assert (answer.json["linked"], answer.json["refused"]) == (2, [])
    links = syncd("links", "--json").json["links"]
    assert {one["external_id"]: one["method"] for one in links} == {
        "0012": "manual",
        "guest": "manual",
        "w1": "common_field",
    }
    run = syncd("runs", str(answer.json["run_id"]), "--json").json["run"]
    assert (run["trigger"], run["actor"], run["why"]) == ("link", "ops", "the list of May")
    assert syncd("audit", "verify").status == 0
    assert syncd("audit", "replay").status == 0


def test_refused_lines_are_told_with_number_and_reason_and_the_others_are_done(
    syncd: Syncd, place: Path
) -> None:
    exported(syncd, place)

    def fill(rows: list[list[str]]) -> None:
        rows[5][7], rows[6][7] = "p3", "p2"

    file = spreadsheet(place, fill)
    strict = syncd("links", "import", file, "--strict")
    assert strict.status == 2
    assert "nothing was written" in strict.out
    answer = syncd("links", "import", file)
    assert answer.status == 2
    assert "line 9 (row 7 of a spreadsheet): wecom:w1 belongs to Person p1, user 1." in answer.out
    assert "    syncd unlink wecom:w1 frees it." in answer.out
    assert "1 records linked, 0 unlinked, 0 confirmed." in answer.out
    assert exported(syncd, place)[4]["userid"] == "p3"


def test_stdout_and_stdin_will_do(
    place: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["--config", str(place / "syncd.toml"), "links", "export", "-"]) == 0
    content = capfdbinary.readouterr().out
    assert len(read(content, "-").lines) == 6
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert run(["--config", str(place / "syncd.toml"), "links", "import", "-"]) == 0


def test_gbk_is_read_and_what_it_has_lost_is_refused(syncd: Syncd, place: Path) -> None:
    exported(syncd, place, "--lang", "zh")

    def fill(rows: list[list[str]]) -> None:
        rows[4][7], rows[5][7] = "p3", "p2"

    content = Path(spreadsheet(place, fill)).read_bytes().decode("utf-8-sig")
    (place / "gbk.csv").write_bytes(content.encode("gbk", errors="replace"))
    answer = syncd("links", "import", str(place / "gbk.csv"))
    assert "The file was read as GBK" in answer.out
    assert (answer.status, "2 records linked" in answer.out) == (0, True)
    heading = content.partition("\r\n")[0]
    spoilt = f"{heading}\r\nwecom,guest,客?,,,,,-,,,,,,,\r\n"
    (place / "gbk.csv").write_bytes(spoilt.encode("gbk"))
    answer = syncd("links", "import", str(place / "gbk.csv"))
    assert (answer.status, "letters were lost when it was saved" in answer.out) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["export", "{place}/syncd.toml"], "is there already", id="there already"),
        pytest.param(["export", "{place}/no/out.csv"], "cannot be written", id="no folder"),
        pytest.param(["import", "{place}/no.csv"], "cannot be read", id="no file"),
        pytest.param(["import", "{place}"], "cannot be read", id="a folder"),
        pytest.param(["import", "{place}/syncd.toml"], "has no line that names", id="no list"),
    ],
)
def test_a_file_that_will_not_do_is_refused(
    syncd: Syncd, place: Path, words: list[str], says: str
) -> None:
    answer = syncd("links", *(word.format(place=place) for word in words))
    assert answer.status == 2
    assert says in answer.err
    assert answer.out == ""


def test_a_file_that_breaks_off_leaves_the_one_before(
    syncd: Syncd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(syncd, place)
    before = (place / "out.csv").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    answer = syncd("links", "export", str(place / "out.csv"), "--force")
    assert (answer.status, "No space left" in answer.err) == (2, True)
    assert (place / "out.csv").read_bytes() == before
    assert list(place.glob(".out.csv*")) == []


def test_the_links_of_a_user_are_listed_as_before(syncd: Syncd) -> None:
    for words in (["p1", "--json"], ["--json", "p1"], ["userid:p1", "--json", "--limit", "9"]):
        assert len(syncd("links", *words).json["links"]) == 2
    assert syncd("links", "p1", "--unmatched").status == 2
    assert len(syncd("links", "--unmatched", "--json").json["links"]) == 2
    assert syncd("links", "nobody").status == 2


def test_find_conflicts_and_explain_suggest_what_to_type(syncd: Syncd, place: Path) -> None:
    store = Store.open(f"sqlite:///{place / 'syncd.db'}")
    wecom = directory("wecom", w1=NUMBER(1), guest=NUMBER(77))
    wecom.hire("p1's", "Person p2", NUMBER(1))
    corp = directory("corp", p1=NUMBER(1), p2=NUMBER(2), p3=NUMBER(3))
    corp.people["p3"]["name"], corp.now = '𠮷野\n"家",', corp.now + timedelta(hours=1)
    report = Offices(store, place, {"corp": corp, "wecom": wecom}).sync()
    assert report.outcome is Outcome.APPLIED, report.violations
    store.close()
    record = "'wecom:p1'\"'\"'s'"
    commands = [
        f"syncd link p2 {record}",
        "syncd unlink wecom:w1",
        f"syncd link p1 {record}",
    ]
    for words in (["find", "p1's"], ["conflicts"], ["explain", "wecom:p1's"]):
        out = syncd(*words).out
        assert "Candidates; a person decides, nothing is settled by them:" in out
        assert [
            one.strip() for one in out.splitlines() if one.startswith("      syncd")
        ] == commands
        assert "Person p1, user 1, by mobile, who has wecom:w1 already:" in out
        assert "Person p2, user 2, by name:" in out
    (hit,) = syncd("find", "p1's", "--json").json["found"]
    assert differences(EXAMPLES["syncd find"]["found"][0]["candidates"], hit["candidates"]) == []
    (conflict,) = (
        one
        for one in syncd("conflicts", "--json").json["conflicts"]
        if one["external_id"] == "p1's"
    )
    assert conflict["candidates"] == hit["candidates"]
    assert syncd("explain", "wecom:p1's", "--json").json["candidates"] == hit["candidates"]
    assert syncd("explain", "p1", "--json").json["candidates"] == []
    lines = {one["record_id"]: one["candidates"] for one in exported(syncd, place)}
    assert (lines["p1's"], lines["guest"], lines["w1"]) == ("p2 p1", "", "")


@pytest.mark.parametrize("words", [["find", "guest"], ["conflicts"], ["explain", "wecom:guest"]])
def test_nobody_is_suggested_where_nobody_is_like_it(syncd: Syncd, words: list[str]) -> None:
    assert "Candidates" not in syncd(*words).out
