from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.directory import UserRow
from syncd.model.entry import Ref
from syncd.store.rows import (
    USER_COLUMNS,
    difference,
    json_time,
    read_user,
    user_json,
    user_values,
    userid_key,
)
from syncd.store.types import read_time, write_time

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
maybe = st.none() | texts
times = st.none() | st.datetimes(timezones=st.just(UTC))
refs = st.none() | st.builds(Ref, st.just("wecom"), st.sampled_from(["1", "2", "3"]))
rows = st.builds(
    UserRow,
    *([maybe] * 12),
    manager=refs,
    main_department=refs,
    custom=st.dictionaries(texts, texts, max_size=2),
    gone_at=times,
    source_disabled_at=times,
    admin_disabled_at=times,
    astray=st.just(()),
)


def to_id(ref: Ref) -> int:
    return int(ref.external_id)


def to_ref(key: int) -> Ref:
    return Ref("wecom", str(key))


@given(rows)
def test_a_user_comes_back_as_written(row: UserRow) -> None:
    columns = user_json(row, to_id, to_id)
    assert tuple(columns) == USER_COLUMNS
    values = user_values(row, columns)
    assert read_user((*values, userid_key(row.userid)), to_ref, to_ref) == row
    assert values[-1] == ("active" if row.is_active else "inactive")


@given(rows)
def test_derived_columns_that_another_hand_has_changed_make_another_row(row: UserRow) -> None:
    values = user_values(row, user_json(row, to_id, to_id))
    turned = "inactive" if row.is_active else "active"
    for status, key in ((turned, userid_key(row.userid)), (values[-1], "another")):
        assert read_user((*values[:-1], status, key), to_ref, to_ref) != row


@given(rows, rows)
def test_the_difference_of_two_rows_turns_one_into_the_other(one: UserRow, other: UserRow) -> None:
    before, after = (user_json(row, to_id, to_id) for row in (one, other))
    was, becomes = difference(before, after)
    assert before | becomes == after
    assert after | was == before
    assert all(was[name] != becomes[name] for name in becomes)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-04 05:06:07.891011",
        "2026-03-04T05:06:07.891011Z",
        "2026-03-04T13:06:07.891011+08:00",
    ],
)
def test_a_moment_is_read_however_an_application_wrote_it(text: str) -> None:
    assert read_time(text) == datetime(2026, 3, 4, 5, 6, 7, 891011, UTC)


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    moment = datetime(2026, 3, 4, 13, 6, 7, tzinfo=timezone(timedelta(hours=8)))
    assert write_time(moment) == "2026-03-04 05:06:07.000000"
    assert json_time(moment) == "2026-03-04T05:06:07.000000Z"
    assert json_time(None) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_survives_the_store(moment: datetime) -> None:
    assert read_time(write_time(moment)) == moment


def test_a_userid_is_compared_without_case_and_width() -> None:
    assert userid_key("ＷangＷei") == userid_key("WANGWEI") == "wangwei"
    assert userid_key(None) is None
