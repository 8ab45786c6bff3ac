import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from syncd.config.example import example_toml
from syncd.config.load import load_configuration, require_secrets
from syncd.config.problems import known_keys
from syncd.config.reference import with_reference

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "syncd.example.toml"
SETTING = re.compile(r"^#?(\[[\w.]+\]|[\w.\"]+ = .*)$")


def keys_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)


def test_the_example_in_the_repository_is_the_one_that_the_settings_make():
    assert EXAMPLE.read_text(encoding="utf-8") == example_toml(), "renew it: make generated"


def test_the_example_loads_and_warns_of_nothing():
    configuration, warnings = load_configuration(EXAMPLE, {"WECOM_APP_SECRET": "x"})
    assert list(configuration.enabled_sources) == ["wecom"]
    assert warnings == []
    require_secrets(configuration)


def test_every_line_that_is_switched_off_is_valid_when_it_is_switched_on(tmp_path):
    lines = example_toml().splitlines()
    switched_on = "\n".join(line.removeprefix("#") for line in lines if SETTING.match(line))
    file = tmp_path / "syncd.toml"
    file.write_text(switched_on, encoding="utf-8")
    configuration, _ = load_configuration(file, {})
    assert configuration.http is not None


def test_every_key_is_in_the_example_with_a_comment_above_it():
    lines = example_toml().splitlines()
    for above, line in pairwise(lines):
        if SETTING.match(line):
            assert re.match(r"# \S", above), line
    text = "\n".join(line.removeprefix("#") for line in lines if SETTING.match(line))
    assert set(known_keys()) - set(keys_in(tomllib.loads(text))) == set()


@pytest.mark.parametrize(
    "term", ["企业ID", "应用ID", "自建应用密钥", "通讯录密钥", "重定向URL", "自动同步时间"]
)
def test_the_example_has_the_words_of_the_console_of_wecom(term):
    assert term in example_toml()


def test_the_documentation_has_the_tables_that_the_settings_make():
    page = ROOT / "docs" / "configuration.md"
    text = page.read_text(encoding="utf-8")
    assert with_reference(text) == text, "renew it: make generated"
