from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from syncd.cli.output import Column, age, aligned, json_text, printable

NOW = datetime(2026, 11, 21, 4, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        pytest.param(timedelta(seconds=1), "just now", id="a moment"),
        pytest.param(timedelta(seconds=59), "59 seconds ago", id="seconds"),
        pytest.param(timedelta(seconds=119), "119 seconds ago", id="not yet two minutes"),
        pytest.param(timedelta(minutes=2), "2 minutes ago", id="minutes"),
        pytest.param(timedelta(hours=47), "47 hours ago", id="not yet two days"),
        pytest.param(timedelta(days=2, hours=23), "2 days ago", id="days"),
        pytest.param(-timedelta(hours=1), "in the future: check the clocks", id="a wrong clock"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(passed: timedelta, expected: str) -> None:
    assert age(NOW - passed, NOW) == expected


def test_columns_are_aligned_as_wide_as_chinese_characters_are() -> None:
    columns = (Column("name"), Column("n", numeric=True))

    lines = aligned(columns, [["张三", "1"], ["𠮷野", "22"], ["Li", "333"]])

    assert lines == ["name    n", "张三    1", "𠮷野   22", "Li    333"]
    assert {cell_len(line) for line in lines} == {9}


def test_lines_end_without_blanks() -> None:
    assert aligned((Column("a"), Column("b")), [["long", ""]]) == ["a     b", "long"]


def test_what_would_steer_the_terminal_is_shown_as_its_code() -> None:
    assert printable("a\x1b[31m\n\u202eb\ud800") == "a\\x1b[31m\\x0a\\u202eb\\ud800"


def test_ordinary_text_stays_as_it_is() -> None:
    assert printable("张三 𠮷 é 👩‍💻") == "张三 𠮷 é 👩‍💻"


def test_json_carries_its_version_and_times_in_utc() -> None:
    text = json_text({"at": NOW})

    assert text.index("schema_version") < text.index("at")
    assert '"2026-11-21T04:00:00Z"' in text
