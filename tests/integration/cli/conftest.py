"""A directory with a history, made once by the real commands, and copied for each test."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syncd.cli import run
from syncd.simulator import SimulatorOptions
from syncd.simulator.running import ThreadedSimulator

CONFIGURATION = """
[store]
url = "sqlite:///syncd.db"

[sources.wecom]
type = "wecom"
corp_id = "{corp_id}"
agent_id = {agent_id}
app_secret = "file:app_secret"
base_url = "{base_url}"
"""


@dataclass
class Answer:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema_version"] == 1
        return document


Syncd = Callable[..., Answer]


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose store has seen four runs.

    1: a first load of 200 people. 2: a hire, a leaver, a rename. 3: a department is no longer
    readable. 4: forty people are gone, which a guard holds.
    """
    folder = tmp_path_factory.mktemp("history")
    with ThreadedSimulator(SimulatorOptions()) as wecom:
        settings = {"corp_id": wecom.corp_id, "agent_id": wecom.agent_id}
        text = CONFIGURATION.format(base_url=wecom.base_url, **settings)
        (folder / "syncd.toml").write_text(text, encoding="utf-8")
        (folder / "app_secret").write_text(wecom.app_secret, encoding="utf-8")
        sync = ["sync", "--config", str(folder / "syncd.toml")]
        assert run([*sync, "--why", "first load"]) == 0
        wecom.hire("newhire", "𠮷野\x1b[31m家", [16])
        wecom.leave("baihui")
        wecom.rename_department(4, "市场与品牌部")
        assert run(sync) == 0
        wecom.fault("errcode", "user/list", department=9, errcode=60011)
        assert run(sync) == 0
        people = [member.userid for member in wecom.company_now().members.values()]
        wecom.mutate(*({"op": "leave", "userid": one} for one in people[100:140]))
        assert run(sync) == 4
    return folder


@pytest.fixture
def folder(history: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder, for one test."""
    return Path(shutil.copytree(history, tmp_path / "copy"))


@pytest.fixture
def empty(history: Path, tmp_path: Path) -> Path:
    """Return a folder with the same configuration and no store yet."""
    new = tmp_path / "empty"
    new.mkdir()
    for name in ("syncd.toml", "app_secret"):
        shutil.copy(history / name, new)
    return new


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Syncd:
    """Return a function that runs one command with the configuration of a folder."""
    monkeypatch.delenv("SYNCD_CONFIG", raising=False)

    def syncd(folder: Path | None, *args: str) -> Answer:
        before = [] if folder is None else ["--config", str(folder / "syncd.toml")]
        capsys.readouterr()
        status = run([*before, *args])
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return syncd


@pytest.fixture
def syncd(folder: Path, call: Syncd) -> Syncd:
    """Return a function that runs one command on the store with a history."""
    return lambda *args: call(folder, *args)
