import subprocess
import sys
from pathlib import Path

import pytest

SYNCD = Path(sys.executable).with_name("syncd")


@pytest.fixture
def words(folder) -> list[str]:
    return ["--config", str(folder / "syncd.toml")]


def test_a_reader_that_goes_away_is_no_failure(words) -> None:
    with subprocess.Popen(
        [SYNCD, "audit", "--limit", "1000", "--json", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        said = process.stderr.read()

    assert process.returncode == 0
    assert said == b""


def test_a_name_that_the_encoding_does_not_have_is_shown_by_its_code(words) -> None:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "latin-1"}

    done = subprocess.run(
        [SYNCD, "find", "baihui", *words], env=environment, capture_output=True, check=True
    )

    assert b"\\u767d\\u6167" in done.stdout
    assert done.stderr == b""
