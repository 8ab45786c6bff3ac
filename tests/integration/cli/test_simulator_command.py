import json
import signal
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syncd.cli import run

SYNCD = Path(sys.executable).with_name("syncd")


def test_it_answers_where_it_says_until_it_is_told_to_stop() -> None:
    words = ["--json", "--users", "30", "--departments", "3", "--range", "department:2"]
    with subprocess.Popen(
        [SYNCD, "simulator", *words], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            told = json.loads("".join(iter_object(process)))
            host = urlsplit(told["base_url"]).netloc
            connection = HTTPConnection(host, timeout=10)
            connection.request("GET", "/_simulator/company")
            company = json.loads(connection.getresponse().read())
            connection.close()
        finally:
            process.send_signal(signal.SIGTERM)

    assert process.returncode == 0
    assert (told["users"], told["departments"]) == (30, 3)
    assert company["corp_id"] == told["corp_id"]
    assert company["apps"][0]["visible"] == {"users": [], "parties": [2], "tags": []}


def iter_object(process):
    """Yield the lines of the one JSON object that the command prints first."""
    for line in process.stdout:
        yield line
        if line.startswith("}"):
            return


def test_it_says_where_the_ledger_and_the_calls_are() -> None:
    with subprocess.Popen(
        [SYNCD, "--lang", "en", "simulator"], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            told = []
            for line in process.stdout:
                told.append(line.rstrip())
                if line.startswith("What was called"):
                    break
            watched = {name: get(url) for name, _, url in (t.partition(": http://") for t in told)}
        finally:
            process.send_signal(signal.SIGTERM)

    assert watched["Who has received which message"] == {"ledger": [], "missed": []}
    assert watched["What was called"]["log"] == []


def get(url):
    """Return the JSON at an address, None for what is none."""
    if not url:
        return None
    netloc, _, path = url.partition("/")
    connection = HTTPConnection(netloc, timeout=10)
    connection.request("GET", f"/{path}")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--range", "somewhere"], "none of department:NUMBER"),
        (["--range", "tag:x"], "none of department:NUMBER"),
        (["--per-minute", "user/list"], "neither N nor ENDPOINT=N"),
        (["--company", "/nonexistent/company.json"], "company.json"),
        (["--host", "203.0.113.7"], "cannot listen at 203.0.113.7"),
    ],
)
def test_what_makes_no_sense_ends_with_2(capsys, words, said) -> None:
    assert run(["simulator", *words]) == 2
    assert said in capsys.readouterr().err
