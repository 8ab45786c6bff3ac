"""The names that other papers use for settings lead to ours, in both languages."""

import re
from pathlib import Path

import pytest

from syncd.config.reconcile import ReconcileSettings
from syncd.config.section import shown_of
from syncd.config.sources import WeComSource

DOCS = Path(__file__).parents[3] / "docs"
DOCUMENTS = ("common-field.md", "common-field.zh.md")
ROW = re.compile(
    r"^\| `?([^|`]+?)`? \| `(sources\.<name>|reconcile)\.(\w+)` \| ([^|]+) \|$", re.MULTILINE
)
SECTIONS = {"sources.<name>": WeComSource, "reconcile": ReconcileSettings}


def told(document: str) -> dict[str, str]:
    """Return the other papers' word of every setting in the table of a document."""
    text = (DOCS / document).read_text(encoding="utf-8")
    found = {f"{section}.{key}": word for word, section, key, _ in ROW.findall(text)}
    assert len(found) > 5
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_that_has_a_word_elsewhere_is_in_the_table_by_that_word(document) -> None:
    ours = {
        f"{section}.{key}": shown_of(field)["zh"]
        for section, model in SECTIONS.items()
        for key, field in model.model_fields.items()
        if key != "type" and shown_of(field).get("zh")
    }

    rows = told(document)
    assert ours.keys() | {"sources.<name>.enabled"} == rows.keys()
    assert {
        key: word for key, word in rows.items() if not ours.get(key, word).startswith(word)
    } == {}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_table_names_settings_that_exist(document) -> None:
    for path in told(document):
        section, _, key = path.rpartition(".")
        assert key in SECTIONS[section].model_fields
