"""The unit files, judged by systemd itself without booting anything."""

import re
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "systemd"
UNITS = ("syncd.service", "syncd-full.service")


@pytest.fixture
def analyze(require_server):
    program = require_server("systemd", "systemd-analyze")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *args], capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line(analyze, tmp_path, name):
    # The command need not be installed here, and verify insists on it.
    unit = tmp_path / name
    text = (FOLDER / name).read_text(encoding="utf-8")
    unit.write_text(text.replace("/usr/local/bin/syncd", "/bin/true"), encoding="utf-8")
    found = analyze("verify", "--man=no", str(unit))
    mentioned = [line for line in found.stderr.splitlines() if name in line]
    assert (found.returncode, mentioned) == (0, [])


@pytest.mark.parametrize("name", UNITS)
def test_a_key_that_does_not_exist_would_be_noticed(analyze, tmp_path, name):
    unit = tmp_path / name
    text = (FOLDER / name).read_text(encoding="utf-8")
    unit.write_text(text.replace("[Service]", "[Service]\nProtectEverything=yes"), encoding="utf-8")
    assert "ProtectEverything" in analyze("verify", "--man=no", str(unit)).stderr


@pytest.mark.parametrize("name", UNITS)
def test_the_service_may_do_little(analyze, name):
    found = analyze("security", "--offline=true", "--threshold=20", str(FOLDER / name))
    assert found.returncode == 0, found.stdout


def test_both_units_run_with_the_same_rights():
    assert _sandbox("syncd.service") == _sandbox("syncd-full.service")


def test_a_wrong_configuration_does_not_start_the_service_again_and_again():
    text = (FOLDER / "syncd.service").read_text(encoding="utf-8")
    assert "Type=notify" in text
    assert "RestartPreventExitStatus=2" in text
    stop = re.search(r"TimeoutStopSec=(\d+)", text)
    assert int(stop[1]) >= 25


def _sandbox(name: str) -> list[str]:
    """Return what stands below the mark that begins the rights."""
    _, _, rights = (FOLDER / name).read_text(encoding="utf-8").partition("# What it may do")
    return [line for line in rights.partition("[Install]")[0].splitlines() if "=" in line]
