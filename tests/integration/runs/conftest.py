from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncd.store.store import Store
from tests.integration.runs.directory import Directory, Office
from tests.integration.runs.several import NUMBER, Offices, directory
from tests.servers.database import TestDatabase


@contextmanager
def company_of_twelve(url: str, folder: Path) -> Iterator[Office]:
    """Give a company that has been read and stored."""
    source = Directory(departments={"1": (None, "Acme"), "2": ("1", "Lab")})
    for number in range(12):
        source.hire(f"p{number}", f"Person {number}", f"138001380{number:02}", "2")
    store = Store.open(url)
    office = Office(store, folder, source)
    office.sync()
    yield office
    store.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A company of twelve, read and stored."""
    with company_of_twelve(f"sqlite:///{tmp_path / 'syncd.db'}", tmp_path) as office:
        yield office


@pytest.fixture
def any_office(database: TestDatabase, tmp_path: Path) -> Iterator[Office]:
    """The same on each database."""
    with company_of_twelve(database.url, tmp_path) as office:
        yield office


@pytest.fixture
def offices(database: TestDatabase, tmp_path: Path) -> Iterator[Offices]:
    """A company in an LDAP directory, of which nearly everybody is in WeCom too; nothing is read yet."""
    sources = {
        "corp": directory("corp", **{f"p{one}": NUMBER(one) for one in range(10)}),
        "wecom": directory(
            "wecom", **{f"w{one}": NUMBER(one) for one in range(8)}, guest=NUMBER(77)
        ),
    }
    store = Store.open(database.url)
    yield Offices(store, tmp_path, sources)
    store.close()
