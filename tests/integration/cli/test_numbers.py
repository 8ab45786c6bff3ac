"""Numbers longer than any id, which a database cannot be asked for: they are nobody's."""

from pathlib import Path

import pytest

from syncd.store.store import Store
from tests.integration.cli.conftest import Syncd
from tests.integration.cli.test_links_file import CONFIGURATION
from tests.integration.runs.several import NUMBER, Offices, directory

#: Longer than 64 bits, and longer than Python reads.
NUMBERS = ("9" * 20, "9" * 5000)
USERID = "20190000000000000001"


@pytest.mark.parametrize("number", NUMBERS, ids=("20 digits", "5000 digits"))
@pytest.mark.parametrize(
    "words",
    [
        "approve {number}",
        "audit --user user:{number}",
        "audit --run {number}",
        "conflicts accept {number} --why x",
        "db erase user:{number} --why x",
        "disable user:{number} --why x",
        "explain user:{number}",
        "explain {number}",
        "link user:{number} wecom:baihui",
        "link {number} wecom:baihui",
        "links {number}",
        "links --limit {number}",
        "notify --to user:{number} --text x",
        "notify --to all --text x --priority {number}",
        "outbox list --limit {number}",
        "outbox retry {number} --why x",
        "outbox show {number}",
        "runs --limit {number}",
        "runs {number}",
        "sync --user user:{number}",
        "tree {number}",
        "undo {number}",
    ],
)
def test_a_number_that_no_row_can_have_is_refused(syncd: Syncd, words: str, number: str) -> None:
    answer = syncd(*words.format(number=number).split())
    assert (answer.status, answer.out) == (2, "")
    assert number[:20] in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("number", NUMBERS, ids=("20 digits", "5000 digits"))
def test_a_line_of_a_list_that_names_such_a_user_is_refused(
    syncd: Syncd, folder: Path, number: str
) -> None:
    lines = ["source,record id,userid", f"wecom,baihui,user:{number}", f"wecom,baihui,{number}"]
    (folder / "in.csv").write_text("\n".join(lines))
    answer = syncd("links", "import", str(folder / "in.csv"))
    assert (answer.status, answer.err) == (2, "")
    assert answer.out.count("There is no user") == 2


def test_somebody_with_a_userid_of_twenty_digits_is_found(place_of_digits: Syncd) -> None:
    assert place_of_digits("explain", USERID, "--json").json["user"]["userid"] == USERID
    assert place_of_digits("links", USERID).status == 0
    assert place_of_digits("disable", USERID, "--why", "on leave").status == 0


@pytest.fixture
def place_of_digits(tmp_path: Path, call: Syncd) -> Syncd:
    """Return a function that runs one command where somebody's userid is a long number."""
    (tmp_path / "syncd.toml").write_text(CONFIGURATION, encoding="utf-8")
    store = Store.open(f"sqlite:///{tmp_path / 'syncd.db'}")
    corp = directory("corp", **{USERID: NUMBER(1)})
    Offices(store, tmp_path, {"corp": corp, "wecom": directory("wecom")}).sync()
    store.close()
    return lambda *args: call(tmp_path, *args)
