import re
from pathlib import Path

import pytest

from syncd.store.schema import VERSION_TABLE, metadata

PAGE = (Path(__file__).parents[3] / "docs" / "database.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", [*metadata.tables.values()], ids=str)
def test_every_column_is_documented(table: object) -> None:
    name = table.name  # type: ignore[attr-defined] # a table of the schema
    section = re.search(rf"### {name}\n(.*?)(?=\n##)", PAGE, re.DOTALL)
    row = re.search(rf"^\| `{name}` \|.*$", PAGE, re.MULTILINE)
    found = section or row
    assert found is not None, name
    words = set(re.findall(r"`(\w+)`", found[0]))
    assert {column.name for column in table.columns} - words == set()  # type: ignore[attr-defined] # the same


def test_every_documented_table_exists() -> None:
    documented = set(
        re.findall(r"^(?:### |\| `)((?:directory|sync|outbox|audit|syncd)_\w+)", PAGE, re.MULTILINE)
    )
    assert documented - {VERSION_TABLE} == set(metadata.tables)
