from collections.abc import Iterator

import pytest

from syncd.store.store import Store
from tests.integration.outbox.office import Clock, Office
from tests.servers.database import TestDatabase


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: TestDatabase) -> Iterator[Store]:
    opened = Store.open(database.url)
    yield opened
    opened.close()


@pytest.fixture
def office(database: TestDatabase, store: Store, clock: Clock) -> Iterator[Office]:
    made = Office(database, clock)
    yield made
    made.close()
