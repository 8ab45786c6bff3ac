"""What one reading leaves for the next."""

import json
from collections import Counter

from syncd.sources.ldap.memory import Memory, recall
from syncd.sources.ldap.settings import View

VIEW = View("dc=x", include=("a",), exclude=("b", "c"))


def after(memory: Memory, *, references=(), nameless=0, view=VIEW, **carriers: int) -> Memory:
    return memory.after(view, Counter(carriers), frozenset(references), nameless)


def test_a_scope_survives_json():
    memory = after(Memory(), references=["ldap://other"], nameless=2, mobile=3, title=0)
    assert recall(json.loads(json.dumps(memory.as_scope()))) == memory


def test_no_scope_is_no_memory():
    assert recall({}) == Memory()


def test_what_was_never_carried_is_not_readable():
    assert after(Memory(), mobile=2).readable == {"mobile"}


def test_what_two_carried_and_nobody_carries_is_withheld_for_good():
    once = after(after(Memory(), mobile=2))
    assert once.readable == after(once).readable == frozenset()


def test_what_one_carried_and_nobody_carries_is_empty_for_good():
    once = after(after(Memory(), mobile=1))
    assert once.readable == after(once).readable == {"mobile"}


def test_what_was_empty_and_is_carried_by_two_can_be_withheld_again():
    carried = after(after(after(Memory(), mobile=1)), mobile=2)
    assert carried.readable == {"mobile"}
    assert after(carried).readable == frozenset()


def test_settings_are_remembered_once_the_latest_last():
    other = View("dc=x")
    memory = after(after(after(Memory()), view=other))
    assert memory.views == (other, VIEW)


def test_references_and_nameless_entries_that_come_later_stay_news():
    memory = after(Memory(), references=["old", "gone"], nameless=1)
    memory = after(memory, references=["old", "new"], nameless=3)
    memory = after(memory, references=["old", "new"], nameless=3)
    assert (memory.references, memory.nameless) == ({"old"}, 1)
