"""The C library is asked for what it can do, and nothing depends on it."""

import pytest

from syncd.observe import memory


@pytest.mark.parametrize("ask", [memory.share_memory, memory.give_memory_back])
def test_a_c_library_that_cannot_is_left_as_it_is(ask, monkeypatch) -> None:
    monkeypatch.setattr(memory, "_library", object)
    ask()


def test_a_c_library_is_asked_by_its_own_names_and_numbers(monkeypatch) -> None:
    asked = []

    class Library:
        """The part of glibc that is needed: mallopt(3), malloc_trim(3)."""

        def mallopt(self, parameter: int, value: int) -> int:
            asked.append((parameter, value))
            return 1

        def malloc_trim(self, pad: int) -> int:
            asked.append(pad)
            return 1

    monkeypatch.setattr(memory, "_library", Library)
    memory.share_memory()
    memory.give_memory_back()
    assert asked == [(-8, 1), 0]
