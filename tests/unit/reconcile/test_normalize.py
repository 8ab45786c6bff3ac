"""When two values are the same (rule 14), and what is kept of what is unknown (rule 8)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.record import MembershipRecord, RecordState
from syncd.reconcile.normalize import canonical, fold_userid, merge_department, merge_user
from tests.unit.reconcile.memory import LATER, department, person


@pytest.mark.parametrize(
    "spelling",
    [
        "13800138000",
        " 13800138000 ",
        "138 0013 8000",
        "138-0013-8000",
        "138\u20130013\u20138000",
        "138.0013.8000",
        "+8613800138000",
        "+86 138 0013 8000",
        "+86-13800138000",
        "86 13800138000",
        "8613800138000",
        "008613800138000",
        "0086-138-0013-8000",
        "(+86)13800138000",
        "+86 (138) 0013-8000",
        "013800138000",
        "１３８００１３８０００",
        "＋８６　１３８００１３８０００",
        "١٣٨٠٠١٣٨٠٠٠",
        "\u202a13800138000\u202c",
        "tel:13800138000",
    ],
)
def test_a_chinese_mobile_is_one_number_however_it_is_written(spelling: str) -> None:
    assert canonical("mobile", spelling) == "+8613800138000"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+852 9123 4567", "+85291234567"),
        ("00852-91234567", "+85291234567"),
        ("+1 (650) 253-0000", "+16502530000"),
        ("+44 20 7946 0958", "+442079460958"),
        ("010-12345678", "+861012345678"),
    ],
)
def test_other_numbers_keep_their_country(written: str, key: str) -> None:
    assert canonical("mobile", written) == key


def test_a_number_without_a_country_is_of_the_region() -> None:
    assert canonical("mobile", "9123 4567", "HK") == "+85291234567"
    assert canonical("mobile", "13800138000", "HK") != "+8613800138000"


@pytest.mark.parametrize(
    "no_number",
    [
        None,
        "",
        " ",
        "-",
        "无",
        "none",
        "+86",
        "8888",
        "12345",
        "1",
        "0" * 30,
        "13800138000/1390013",
    ],
)
def test_what_is_no_number_is_no_key(no_number: str | None) -> None:
    assert canonical("mobile", no_number) is None


@pytest.mark.parametrize(
    ("field", "value", "key"),
    [
        ("email", " Zhang.San@Example.COM ", "zhang.san@example.com"),
        ("biz_email", "ＺＳ＠example.com", "zs@example.com"),
        ("email", "  ", None),
        ("employee_no", " 00Ab7 ", "00Ab7"),
        ("employee_no", "００７", "007"),
        ("userid", "ZhangSan", "zhangsan"),
        ("userid", "Ｚhang", "zhang"),
        ("userid", " ", None),
        ("name", " 张三 ", "张三"),
        ("name", "Ａ", "Ａ"),
        ("custom.badge", " X1", "X1"),
        ("custom.badge", "", None),
        ("email", None, None),
    ],
)
def test_a_key_is_the_value_in_the_form_of_its_field(
    field: str, value: str | None, key: str | None
) -> None:
    assert canonical(field, value) == key


def test_numbers_that_differ_by_a_leading_zero_are_two() -> None:
    assert canonical("employee_no", "007") != canonical("employee_no", "7")


@pytest.mark.parametrize(("one", "other"), [("ABC", "abc"), ("Ａ", "a"), ("STRASSE", "straße")])
def test_userids_are_compared_without_case_and_width(one: str, other: str) -> None:
    assert fold_userid(one) == fold_userid(other)


# ── what is unknown ─────────────────────────────────────────────────────────────────────────


def test_an_unknown_field_stays_and_an_empty_one_does_not() -> None:
    old = person("a", mobile="1", email="e", position="p")
    new = person("a", unknown=("mobile",), email=None, position="")
    assert merge_user(old, new).fields == new.fields | {"mobile": "1"}


def test_what_is_unknown_of_a_membership_stays() -> None:
    old = person("a", MembershipRecord("1", True, 7), MembershipRecord("2", True, 8))
    new = person("a", MembershipRecord("1"), MembershipRecord("3"))
    assert merge_user(old, new).memberships == (
        MembershipRecord("1", True, 7),
        MembershipRecord("3"),
    )
    known = person("a", MembershipRecord("1", False, 0), MembershipRecord("2", None, 1))
    assert merge_user(old, known).memberships == (
        MembershipRecord("1", False, 0),
        MembershipRecord("2", True, 1),
    )


def test_unknown_memberships_main_department_and_state_stay() -> None:
    old = person("a", "1", "2", main="2", state=RecordState.DISABLED)
    new = replace(person("a", state=None), memberships=None, read_at=LATER)
    merged = merge_user(old, new)
    assert (merged.memberships, merged.main_department, merged.state, merged.read_at) == (
        old.memberships,
        "2",
        RecordState.DISABLED,
        LATER,
    )


def test_nothing_is_merged_into_what_is_new() -> None:
    new = person("a", unknown=("mobile",))
    assert merge_user(None, new) is new


def test_what_is_unknown_of_a_department_stays() -> None:
    old = replace(department("2", "1", "Old", order=7), name_en="Old")
    unknown = replace(department("2", "3", None), sort_order=None, name_en=None)
    assert merge_department(old, unknown) == replace(old, parent="3")
    assert merge_department(old, replace(unknown, name="New", sort_order=0)) == replace(
        old, parent="3", name="New", sort_order=0
    )


@given(
    digits=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    code=st.sampled_from(["", "+86", "+86 ", "+86-"]),
    between=st.tuples(st.sampled_from(["", " ", "-"]), st.sampled_from(["", " ", "-"])),
)
def test_a_number_that_is_written_in_groups_is_what_it_is_with_any_other_mark_around(
    digits: str, code: str, between: tuple[str, str]
) -> None:
    written = f"{code}{digits[:3]}{between[0]}{digits[3:7]}{between[1]}{digits[7:]}"
    assert canonical("mobile", written) == f"+86{digits}"
    assert canonical("mobile", f"手机：{written}") == f"+86{digits}"  # looked at in full
