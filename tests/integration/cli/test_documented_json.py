"""What docs/cli.md says of every `--json` is what the commands print."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from syncd.simulator.running import ThreadedSimulator

DOCUMENT = Path(__file__).parents[3] / "docs" / "cli.md"
EXAMPLES = {
    name: json.loads(text)
    for name, text in re.findall(
        r"^```json (syncd [^\n]+)\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
}
COMMANDS = {
    "syncd status": ["status"],
    "syncd runs": ["runs"],
    "syncd runs RUN": ["runs", "4"],
    "syncd undo": ["undo", "2"],
    "syncd disable": ["disable", "newhire", "--why", "left the building"],
    "syncd find": ["find", "baihui"],
    "syncd explain": ["explain", "baihui"],
    "syncd links": ["links"],
    "syncd tree": ["tree"],
    "syncd keys": ["keys"],
    "syncd sources": ["sources"],
    "syncd sources rename": ["sources", "rename", "wecom", "corp"],
    "syncd conflicts": ["conflicts"],
    "syncd audit": ["audit"],
    "syncd pause": ["pause", "--source", "wecom", "--why", "move"],
    "syncd resume": ["resume"],
    "syncd audit verify": ["audit", "verify"],
    "syncd audit replay": ["audit", "replay"],
    "syncd purge": ["purge", "--check"],
    "syncd config check": ["config", "check"],
    "syncd config show": ["config", "show"],
    "syncd db backup": ["db", "backup", "{folder}/backup.db"],
    "syncd db erase": ["db", "erase", "baihui", "--why", "asked for", "--yes"],
    "syncd db upgrade": ["db", "upgrade"],
    "syncd db current": ["db", "current"],
    "syncd db check": ["db", "check"],
}


def differences(told: Any, real: Any, where: str = "") -> list[str]:
    """Return where keys differ; a key such as `<source>` stands for any."""
    if isinstance(told, dict) and isinstance(real, dict):
        if all(key.startswith("<") for key in told):
            inner = next(iter(told.values()), None)
            return [one for key in real for one in differences(inner, real[key], f"{where}.{key}")]
        wrong = [f"{where}.{key}" for key in told.keys() ^ real.keys()]
        for key in told.keys() & real.keys():
            wrong += differences(told[key], real[key], f"{where}.{key}")
        return wrong
    if isinstance(told, list) and isinstance(real, list) and told:
        return [one for each in real for one in differences(told[0], each, f"{where}[]")]
    if isinstance(told, list | dict) and real is not None and type(told) is not type(real):
        return [f"{where} is a {type(real).__name__}"]
    return []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_json_of_a_command_is_as_documented(syncd, folder, name) -> None:
    answer = syncd(*(word.format(folder=folder) for word in COMMANDS[name]), "--json")

    assert answer.status == 0
    assert differences(EXAMPLES[name], answer.json) == []


@pytest.mark.parametrize("command", ["plan", "sync"])
def test_the_json_of_a_sync_is_as_documented(call, empty, command) -> None:
    with ThreadedSimulator() as wecom:
        file = empty / "syncd.toml"
        text = re.sub(r'base_url = ".*"', f'base_url = "{wecom.base_url}"', file.read_text())
        file.write_text(text)
        answer = call(empty, command, "--json")

    assert answer.status == 0
    assert len(answer.json["changes"]) > 200
    assert differences(EXAMPLES["syncd sync"], answer.json) == []


def test_every_example_is_compared_with_its_command() -> None:
    elsewhere = {
        "syncd sync",
        "syncd link",
        "syncd links import",
        "syncd simulator",
        "syncd sources retire",
    }
    elsewhere |= {name for name in EXAMPLES if name.startswith(("syncd notify", "syncd outbox"))}

    assert EXAMPLES.keys() == COMMANDS.keys() | elsewhere


def test_a_difference_is_noticed() -> None:
    assert differences({"a": 1, "b": [{"c": 1}]}, {"a": 1, "b": [{"d": 1}]}) != []
    assert differences({"<any>": {"a": 1}}, {"x": {"b": 1}}) != []
