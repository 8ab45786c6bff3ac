from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10s", timedelta(seconds=10)),
        ("10m", timedelta(minutes=10)),
        ("1h", timedelta(hours=1)),
        ("3d", timedelta(days=3)),
        ("1h30m", timedelta(minutes=90)),
        ("1H 30M", timedelta(minutes=90)),
        ("0.5s", timedelta(milliseconds=500)),
        ("250ms", timedelta(milliseconds=250)),
    ],
)
def test_a_length_of_time_is_a_number_with_a_unit(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("90", "no unit"),
        (90, "no unit"),
        ("0s", "no time at all"),
        ("-5m", "no length of time"),
        ("ten minutes", "no length of time"),
        ("10m!", "no length of time"),
        ("", "no length of time"),
        ("99999d", "hundred years"),
        (True, "must be a length of time"),
        (None, "must be a length of time"),
    ],
)
def test_nonsense_is_refused_with_what_is_wrong_with_it(value, reason):
    with pytest.raises(ValueError, match=reason):
        parse_duration(value)


@given(st.integers(min_value=1, max_value=10**9))
def test_what_is_written_is_read_back(milliseconds):
    length = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(length)) == length
