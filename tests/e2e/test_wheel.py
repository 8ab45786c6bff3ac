"""The wheel in an environment of its own: everything that syncd needs travels inside."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*command: str | Path, **how) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **how)
    assert done.returncode == 0, done.stderr + done.stdout
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel once; the build's own tools come from the package index."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", "-w", folder)
    (built,) = folder.glob("syncd-*.whl")
    return built


def _main_job(syncd: Path, host) -> None:
    """Do what an administrator does first, from a folder that knows nothing of the checkout."""
    clean = {"PATH": os.environ["PATH"], "APP_SECRET": host.wecom.app_secret}
    how = {"cwd": host.folder, "env": clean | {"SYNCD_CONFIG": str(host.config)}}
    assert "[sources.wecom]" in _run(syncd, "config", "example", **how).stdout
    _run(syncd, "db", "upgrade", **how)
    assert "applied" in _run(syncd, "sync", **how).stdout
    _run(syncd, "audit", "verify", **how)
    assert host.active_users() == {f"p{n}" for n in range(1, 41)}


def _test_a_project(python: Path, folder: Path) -> None:
    """Run the tests of a strict project that uses the fixture and says so nowhere."""
    folder.mkdir()
    (folder / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config\n"
    )
    (folder / "test_it.py").write_text(
        "import pytest, syncd\n\n"
        "@pytest.mark.wecom_simulator(users=5)\n"
        "def test_it(wecom_simulator):\n"
        "    assert wecom_simulator.state()['users'] == 5\n"
        "    print(syncd.__file__)\n"
    )
    clean = {"PATH": os.environ["PATH"]}
    said = _run(python, "-m", "pytest", "-s", cwd=folder, env=clean).stdout
    assert "1 passed" in said
    assert f"{python.parents[1]}{os.sep}" in said


def test_the_wheel_does_the_main_job_from_any_folder(wheel, tmp_path, host):
    environment = tmp_path / "environment"
    _run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    packages = Path(
        _run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
    )
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", wheel)
    # The libraries are those of this environment; the checkout that it may know of stays unknown,
    # because a folder that a .pth file names is not searched for .pth files itself.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    found = _run(python, "-c", "import syncd; print(syncd.__file__)", cwd=tmp_path).stdout
    assert found.startswith(str(packages))
    _main_job(environment / "bin" / "syncd", host)
    _test_a_project(python, tmp_path / "project")


@pytest.mark.hard
def test_the_wheel_and_what_it_asks_for_do_the_main_job(wheel, tmp_path, host):
    environment = tmp_path / "environment"
    _run(sys.executable, "-m", "venv", environment)
    _run(environment / "bin" / "pip", "install", "--quiet", wheel)
    _main_job(environment / "bin" / "syncd", host)
