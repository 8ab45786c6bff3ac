"""The service on a machine that boots: a Debian in systemd-nspawn, with the wheel installed.

What happens inside is written by `inside.sh`, one `key=value` a line; the simulator runs outside
and is reached by the loopback that both share.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.simulator import Simulator
from tests.e2e.company import build_small_company

pytestmark = pytest.mark.hard

ROOT = Path(__file__).parents[3]
INSIDE = Path(__file__).with_name("inside.sh")
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,procps"
CONFIG = """\
[store]
url = "sqlite:////var/lib/syncd/syncd.db"

[audit]
file = "/var/log/syncd/audit.jsonl"

[sources.wecom]
type = "wecom"
corp_id = "{corp_id}"
agent_id = {agent_id}
app_secret = "credential:wecom_app_secret"
base_url = "{base_url}"
every = "2s"
"""
CHECK = """\
[Unit]
After=multi-user.target

[Service]
Type=simple
ExecStart=/bin/sh /opt/test/inside.sh
ExecStopPost=/bin/systemctl poweroff --force

[Install]
WantedBy=multi-user.target
"""


def _run(*command: object, seconds: float = 600) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def rootfs(require_server, tmp_path_factory) -> Iterator[Path]:
    """A Debian with the wheel installed as docs/operations.md says."""
    if os.geteuid() != 0:
        pytest.skip("only root may boot a container")
    debootstrap = require_server("debootstrap", "debootstrap")
    require_server("systemd-nspawn", "systemd-nspawn")
    place = tmp_path_factory.mktemp("debian")
    root, wheels = place / "root", place / "wheels"
    _run(debootstrap, "--variant=minbase", f"--include={PACKAGES}", "bookworm", root)
    _run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, ROOT)
    (wheel,) = wheels.glob("*.whl")
    version = ("--python-version", "3.11", "--only-binary=:all:")
    _run(sys.executable, "-m", "pip", "download", "-q", "-d", wheels, *version, wheel)
    shutil.copytree(wheels, root / "opt/wheels")
    _run("chroot", root, "python3", "-m", "venv", "/opt/syncd")
    offline = ("--no-index", "--find-links", "/opt/wheels")
    _run("chroot", root, "/opt/syncd/bin/pip", "install", "-q", *offline, "syncd")
    (root / "usr/local/bin/syncd").symlink_to("/opt/syncd/bin/syncd")
    _run(
        "chroot",
        root,
        "useradd",
        "--system",
        "--home-dir=/nonexistent",
        "-s",
        "/bin/false",
        "syncd",
    )
    yield root
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="module")
def seen(rootfs: Path, tmp_path_factory) -> dict[str, str]:
    """What was seen inside, by key."""
    result = tmp_path_factory.mktemp("result")
    with Simulator(company=build_small_company()) as wecom:
        _furnish(rootfs, wecom)
        container = [
            *("systemd-nspawn", "-q", "-D", rootfs, "--volatile=overlay", "-b"),
            *("--register=no", "--keep-unit", "-M", f"syncd-test-{os.getpid()}"),
            *(f"--bind={result}:/opt/result", f"--bind-ro={INSIDE}:/opt/test/inside.sh"),
        ]
        with (result / "console").open("wb") as console:
            subprocess.run(
                [str(word) for word in ("timeout", "--kill-after=5", "180", *container)],
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                check=False,
            )
    seen = result / "seen"
    assert seen.exists(), (result / "console").read_text(errors="replace")[-3000:]
    lines = seen.read_text(encoding="utf-8").splitlines()
    found = dict(line.partition("=")[::2] for line in lines)
    assert "end" in found, lines
    return found


def _furnish(root: Path, wecom: Simulator) -> None:
    """Put configuration, secret and unit files where an administrator puts them."""
    settings = {"corp_id": wecom.corp_id, "agent_id": wecom.agent_id, "base_url": wecom.base_url}
    folder = root / "etc/syncd/credentials"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / "wecom_app_secret").write_text(wecom.app_secret + "\n", encoding="utf-8")
    (root / "etc/syncd/syncd.toml").write_text(CONFIG.format(**settings), encoding="utf-8")
    units = root / "etc/systemd/system"
    for name in ("syncd.service", "syncd-full.service"):
        shutil.copy(ROOT / "systemd" / name, units)
    (units / "check.service").write_text(CHECK, encoding="utf-8")
    _run("systemctl", f"--root={root}", "enable", "check.service")


def test_start_returns_when_the_service_is_ready(seen):
    assert seen["start"] == "0"
    assert seen["active"] == "active"
    assert seen["user"] == "syncd"


def test_the_status_tells_how_the_last_run_went(seen):
    assert seen["status"].startswith(("Waiting for the next run; sync wecom at", "Running"))


def test_the_journal_has_one_line_for_every_run(seen):
    assert int(seen["lines"]) == int(seen["runs"]) > 0


def test_the_people_are_there_and_nobody_else_may_read_them(seen):
    assert seen["people"] == "40"
    assert seen["modes"] == "750 750"
    assert seen["log_owner"] == "syncd"


def test_a_full_pass_can_be_started_beside_it(seen):
    assert seen["full"] == "0"
    assert seen["full_rows"] == "1"


def test_a_killed_service_is_started_again(seen):
    assert seen["restarts"] == "1"
    assert seen["active_after_kill"] == "active"


def test_stop_ends_it_in_time_and_without_a_failure(seen):
    assert seen["stop"] == "0"
    assert int(seen["stop_seconds"]) < 25
    assert seen["result"] == "success"
    assert seen["left_open"] == "0"


def test_a_wrong_configuration_is_not_tried_again_and_again(seen):
    assert seen["bad_status"] == "2"
    assert seen["bad_restarts"] == "0"
    assert seen["bad_active"] == "failed"


def test_the_secret_is_in_no_file_and_no_journal(seen):
    assert seen["leaks"] == "0"
