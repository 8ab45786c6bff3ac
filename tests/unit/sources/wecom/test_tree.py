"""Departments of one listing: which there are, and which are to be read."""

from datetime import UTC, datetime

import pytest

from syncd.errors import SourceMalformed, SourceRejected
from syncd.sources.wecom.tree import Listing, department_id, select

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TREE = [
    {"id": 1, "name": "公司", "parentid": 0},
    {"id": 2, "name": "研发/中心", "parentid": 1},
    {"id": 21, "name": "平台", "parentid": 2},
    {"id": 3, "name": "销售", "parentid": 1},
]


def listing(rows=TREE):
    return Listing.of(rows, NOW)


def chosen(include=(), exclude=(), remembered=None, rows=TREE):
    return select(listing(rows), include, exclude, remembered or {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (2**32 - 1, "4294967295"),
        (2**63, None),
        ("7", "7"),
        ("007", "7"),
        (0, None),
        (-1, None),
        ("", None),
        ("x", None),
        ("²", None),
        (True, None),
        (7.0, None),
        (None, None),
        ("9" * 40, None),
    ],
)
def test_ids(value, expected):
    assert department_id(value) == expected


def test_a_row_without_a_usable_id_is_rejected_alone():
    found = listing([*TREE, {"id": "x", "name": "?"}, {}])
    assert len(found.rows) == 4
    assert [one.external_id for one in found.rejections] == ["'x'", "None"]


def test_a_parent_that_is_no_id_breaks_the_reading_off():
    with pytest.raises(SourceMalformed, match="department 5"):
        listing([{"id": 5, "parentid": ["x"]}])


def test_a_circle_of_parents_ends():
    circle = listing([{"id": 5, "parentid": 6}, {"id": 6, "parentid": 5}])
    assert circle.line("5") == ["5", "6"]
    assert chosen(exclude=["6"], rows=list(circle.rows.values())).departments == set()


def test_nothing_named_is_everything():
    selection = chosen()
    assert selection.is_all
    assert selection.departments == {"1", "2", "21", "3"}


@pytest.mark.parametrize("name", ["2", "公司/研发／中心", "/公司/研发／中心/"])
def test_a_department_is_named_by_id_or_path(name):
    assert chosen(include=[name]).departments == {"2", "21"}
    assert chosen(exclude=[name]).departments == {"1", "3"}


def test_exclude_outranks_include():
    selection = chosen(include=["2"], exclude=["21"])
    assert selection.departments == {"2"}
    assert (selection.reason("21"), selection.reason("3")) == ("excluded", "include")


def test_a_renamed_department_is_still_meant():
    rows = [{**row, "name": "市场"} if row["id"] == 3 else row for row in TREE]
    remembered = {"exclude": {"公司/销售": "3"}}
    assert chosen(exclude=["公司/销售"], rows=rows, remembered=remembered).departments == {
        "1",
        "2",
        "21",
    }


def test_an_exclude_that_is_gone_excludes_nothing_and_is_told():
    selection = chosen(exclude=["99", "公司/销售", "公司/没有"])
    assert selection.departments == {"1", "2", "21"}
    assert selection.unknown_excludes == ("99", "公司/没有")


def test_two_settings_for_one_department_are_both_known():
    selection = chosen(exclude=["3", "公司/销售"])
    assert selection.exclude == {"3": "3", "公司/销售": "3"}
    assert not selection.unknown_excludes


def test_an_include_that_is_nowhere_is_refused():
    with pytest.raises(SourceRejected, match="99"):
        chosen(include=["99"])


def test_one_include_that_is_nowhere_beside_another_is_told():
    selection = chosen(include=["2", "99"])
    assert selection.departments == {"2", "21"}
    assert (selection.unknown_includes, selection.unknown_excludes) == (("99",), ())


def test_a_path_needs_names():
    nameless = [{key: row[key] for key in ("id", "parentid")} for row in TREE]
    with pytest.raises(SourceRejected, match="公司/销售"):
        chosen(exclude=["公司/销售"], rows=nameless)
    remembered = {"exclude": {"公司/销售": "3"}}
    kept = chosen(exclude=["公司/销售"], rows=nameless, remembered=remembered)
    assert "3" not in kept.departments


def test_names_come_from_who_may_see_them():
    bare = listing([{"id": 1, "parentid": 0, "order": 1}, {"id": 9, "parentid": 1}])
    both = bare.with_details(listing())
    assert both.rows["1"] == {"id": 1, "parentid": 0, "order": 1, "name": "公司"}
    assert both.rows.keys() == {"1", "2", "21", "3", "9"}
