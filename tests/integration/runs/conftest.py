from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.store.store import Store
from tests.integration.runs.directory import Directory, Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A company of twelve, read and stored."""
    source = Directory(departments={"1": (None, "Acme"), "2": ("1", "Lab")})
    for number in range(12):
        source.hire(
            f"p{number}", f"Person {number}", f"1380013800{number % 10}" + "0" * (number // 10), "2"
        )
    store = Store.open(f"sqlite:///{tmp_path / 'syncd.db'}")
    office = Office(store, tmp_path, source)
    office.sync()
    yield office
    store.close()
