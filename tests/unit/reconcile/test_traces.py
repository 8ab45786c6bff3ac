"""Finding one person in what was said of others, and nobody else."""

import pytest

from syncd.reconcile.traces import ERASED, Traces

ZHAO = (
    Traces(17)
    .and_columns({"userid": "ZhaoMin", "name": "赵敏", "mobile": "13800000003", "position": "Boss"})
    .and_columns({"external_id": "zhaomin", "key_value": "e7", "name": "Zhao Min"})
    .and_columns(None)
    .search()
)


@pytest.mark.parametrize(
    "value",
    [
        "zhaomin",
        "ZHAOMIN",
        "wecom:zhaomin",
        "member:ZhaoMin",
        "the source does not know zhaomin.",
        {"people": ["li", "zhaomin"]},
        {"deep": [{"held_by": "wecom:zhaomin"}]},
        "e7",
        {"why": "赵敏已离职"},
        {"why": "Zhao Min has left"},
        {"error": "no answer for 13800000003"},
    ],
)
def test_a_person_is_found(value):
    assert ZHAO.finds(value)


@pytest.mark.parametrize(
    "value",
    [
        "zhaomin2",
        "zhaomin.li",
        "xzhaomin",
        "zhaomin@example.com",
        "138000000031",
        "e7 is short, and means something else in a text",
        {"departments": ["zhaomin"]},
        {"name_before": "赵敏"},
        "Boss",
        17,
        None,
        ["li"],
    ],
)
def test_somebody_else_is_not_found(value):
    assert not ZHAO.finds(value)


def test_a_person_is_taken_out_of_lists_and_blacked_out_in_texts():
    told = {
        "people": ["li", "zhaomin"],
        "held_by": "wecom:zhaomin",
        "said": "zhaomin and li",
        "why": "赵敏和李四 (zhaomin)",
        "count": 2,
        "departments": ["zhaomin"],
    }
    assert ZHAO.without(told) == {
        "people": ["li"],
        "held_by": ERASED,
        "said": f"{ERASED} and li",
        "why": f"{ERASED}和李四 ({ERASED})",
        "count": 2,
        "departments": ["zhaomin"],
    }


def test_nothing_is_found_of_somebody_of_whom_nothing_is_known():
    nobody = Traces(17).search()
    assert not nobody.finds({"why": "anything", "people": ["", "x"]})
    assert nobody.text_without("anything") == "anything"


def test_values_are_not_shown_where_traces_are_printed():
    assert "zhaomin" not in repr(Traces(17).and_columns({"userid": "zhaomin"}))
