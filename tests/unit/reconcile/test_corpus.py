"""The corpus of what people write: as much as can be is recognised, and no two are taken for one.

`pytest -s tests/unit/reconcile/test_corpus.py` prints the recall that normalising wins.
"""

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.reconcile.normalize import canonical
from tests.unit.reconcile.corpus import DIFFERENT, NO_KEY, SAME, UNSURE

WRITINGS = [(field, key, value) for field, key, values in SAME for value in values]
#: Each writing beside the plainest of the same value.
PAIRS = [(field, values[0], value) for field, _, values in SAME for value in values[1:]]


@pytest.mark.parametrize(("field", "key", "value"), WRITINGS)
def test_what_is_one_has_one_canonical_form(field, key, value):
    assert canonical(field, value) == key


@pytest.mark.parametrize(("field", "one", "other"), DIFFERENT)
def test_what_is_two_never_becomes_one(field, one, other):
    keys = canonical(field, one), canonical(field, other)
    assert keys[0] != keys[1] or keys[0] is None


@pytest.mark.parametrize(("field", "value"), NO_KEY)
def test_what_says_nothing_is_no_key(field, value):
    assert canonical(field, value) is None


@pytest.mark.parametrize(("field", "one", "other"), UNSURE)
def test_what_is_unsure_is_not_taken_for_the_same(field, one, other):
    assert canonical(field, one) != canonical(field, other)


def test_no_two_values_of_the_corpus_become_one():
    keys = [(field, key) for field, key, _ in SAME]
    assert len(keys) == len(set(keys))
    for (field, key, value), (other_field, other_key, other) in combinations(WRITINGS, 2):
        if field == other_field and key != other_key:
            assert canonical(field, value) != canonical(other_field, other)


@given(
    st.sampled_from(["mobile", "email", "employee_no", "custom.badge"]),
    st.text(max_size=25) | st.sampled_from([value for _, _, value in WRITINGS]),
)
def test_a_canonical_form_is_its_own_canonical_form(field, value):
    key = canonical(field, value)
    assert key is None or canonical(field, key) == key


def test_the_corpus_is_large_and_most_of_it_is_recognised():
    """Print how many pairs are found equal, as they are written and as they are compared."""
    assert len(PAIRS) + len(DIFFERENT) + len(UNSURE) >= 200
    total, before, after = Counter(), Counter(), Counter()
    for field, one, other in [*PAIRS, *UNSURE]:
        total[field] += 1
        before[field] += one.strip() == other.strip()
        key = canonical(field, one)
        after[field] += key is not None and key == canonical(field, other)
    for field, count in total.items():
        print(f"{field:<12} {count:>4} pairs: {before[field]:>3} as written, {after[field]:>3} normalised")  # fmt: skip  # noqa: T201 - the recall is to be seen with -s
    found, all_pairs = after.total(), total.total()
    print(f"{'recall':<12} {before.total() / all_pairs:.0%} as written, {found / all_pairs:.0%} normalised; {len(DIFFERENT)} pairs of two people, none taken for one")  # fmt: skip  # noqa: T201 - the same
    assert found == len(PAIRS)
