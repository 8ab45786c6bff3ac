"""Whether an attribute is cleared or withheld hangs on how many carried it."""

from collections import Counter

import pytest

from syncd.sources.ldap.bearers import Bearers, Seen, counted
from syncd.sources.ldap.memory import Memory


def bearers(*, empty: frozenset[str] = frozenset(), **carriers: int) -> Bearers:
    return Bearers(Memory(carriers=carriers, empty=empty), carriers)


def never(attribute: str) -> int:
    raise AssertionError(f"{attribute} was counted")


def seen(read: int, gone: int = 0, **carried: int) -> Seen:
    return Seen(Counter(carried), read, gone)


def test_what_many_carry_is_not_counted_again():
    found = counted(bearers(title=50), seen(read=10, gone=5, title=4), ["title"], never)
    assert found is not None
    assert found.least == {"title": 39}
    assert found.memory.carriers == {"title": 50}


def test_what_few_are_left_with_is_counted():
    found = counted(bearers(title=10), seen(read=9), ["title"], lambda _: 7)
    assert found is not None
    assert (found.least, found.memory.carriers) == ({"title": 7}, {"title": 7})


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(bearers(title=3), id="the last have lost it, or it is withheld"),
        pytest.param(bearers(title=1), id="its only bearer has lost it"),
    ],
)
def test_what_nobody_carries_any_more_is_for_a_complete_reading(before):
    assert counted(before, seen(read=3), ["title"], lambda _: 0) is None


def test_what_is_carried_for_the_first_time_is_for_a_complete_reading():
    assert counted(bearers(), seen(read=1, title=1), ["title"], never) is None


def test_what_was_known_to_be_empty_may_be_carried_again():
    before = bearers(empty=frozenset({"title"}))
    found = counted(before, seen(read=1, title=1), ["title"], lambda _: 1)
    assert found is not None
    assert found.memory.readable == before.memory.readable
    assert found.memory.carriers == {"title": 1}
    assert not found.memory.empty


def test_a_single_bearer_who_is_joined_by_another_is_two():
    found = counted(bearers(title=1), seen(read=1, title=1), ["title"], lambda _: 2)
    assert found is not None
    assert found.memory.carriers == {"title": 2}


def test_what_nobody_has_ever_carried_stays_unknown():
    found = counted(bearers(), seen(read=5, gone=2), ["title"], never)
    assert found == bearers()
