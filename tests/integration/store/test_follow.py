"""Following changes: each one once, in order, whatever happens to the database meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from syncd.errors import StoreUnavailable
from syncd.services.audit_follow import Wanted, follow
from syncd.store.store import Store


class Stopped(Exception):
    """Ctrl-C."""


def followed(
    open_store: Callable[[], Store], steps: list[Callable[[], Any]], wanted: Wanted, after: int = 0
) -> list[int]:
    """Return the ids that are yielded while one step is taken with each wait."""
    rest = iter(steps)

    def wait() -> None:
        step = next(rest, None)
        if step is None:
            raise Stopped
        step()

    def ids() -> Iterator[int]:
        for found in follow(open_store, wanted, after, wait):
            yield from (one.change.id for one in found)

    told: list[int] = []
    with suppress(Stopped):
        for one in ids():
            told.append(one)  # noqa: PERF402 - what came before the end counts
    return told


@pytest.fixture
def reading(open_store: Callable[..., Store]) -> Callable[[], Store]:
    return lambda: open_store(read_only=True)


def nothing() -> None:
    """Let a moment pass."""


def test_every_change_is_told_once_and_in_order(
    store: Store, syncs: Any, directory: Any, reading: Callable[[], Store]
) -> None:
    syncs.apply(directory.company())
    newest = store.newest_change()
    steps = [
        nothing,
        lambda: syncs.apply(directory.plan(directory.add_user("sun"))),
        nothing,
        lambda: syncs.apply(directory.plan(directory.add_user("wu"))),
        nothing,
    ]
    told = followed(reading, steps, Wanted(), newest)
    assert told == [one.id for one in store.changes() if one.id > newest]
    assert len(told) == 4


def test_more_changes_than_are_fetched_at_once_need_no_further_waits(
    store: Store, syncs: Any, directory: Any, reading: Callable[[], Store]
) -> None:
    syncs.apply(directory.plan(*(directory.add_user(f"p{n}") for n in range(600))))
    assert followed(reading, [nothing], Wanted()) == [one.id for one in store.changes()]


def test_only_what_is_wanted_is_told(
    store: Store, syncs: Any, directory: Any, reading: Callable[[], Store]
) -> None:
    syncs.apply(directory.company())
    wang = next(
        one.entity_id for one in store.changes() if (one.after or {}).get("userid") == "wang"
    )
    of_wang = followed(reading, [nothing, nothing], Wanted(user_id=wang))
    assert of_wang == [one.id for one in store.changes(user_id=wang)]
    assert len(of_wang) == 4
    assert followed(reading, [nothing], Wanted(run_id=2)) == []


def test_a_database_that_is_away_for_a_moment_is_waited_for(
    store: Store, syncs: Any, directory: Any, reading: Callable[[], Store]
) -> None:
    away = iter([True, True, False])

    def open_or_fail() -> Store:
        if next(away, False):
            raise StoreUnavailable("The server is being restarted.")
        return reading()

    steps = [lambda: syncs.apply(directory.company()), nothing, nothing]
    assert followed(open_or_fail, steps, Wanted()) == [one.id for one in store.changes()]


def test_a_store_that_is_made_later_is_followed_from_its_first_change(
    path: Any, open_store: Callable[..., Store], directory: Any
) -> None:
    from tests.integration.store.conftest import Syncs  # noqa: PLC0415 - as its fixture does

    def make() -> None:
        store = open_store()
        store.prepare()
        Syncs(store).apply(directory.company())

    told = followed(lambda: open_store(read_only=True), [nothing, make], Wanted())
    assert len(told) == 11
    assert path.exists()
