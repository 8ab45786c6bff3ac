"""Sentences that remember what they were made of."""

import copy
import json
import pickle

import pytest

from syncd.text import Text, joined, language_of, plural, text, translated


@pytest.fixture(autouse=True)
def _sentences(monkeypatch):
    """Two sentences that no other test can change the wording of."""
    known = {"{a} before {b}": "{b} 之前是 {a}", "one {thing}": "一个{thing}", "thing": "东西"}
    monkeypatch.setattr("syncd.text.zh.catalogue", lambda: known | {", ": "、"})


def test_a_sentence_is_its_english():
    said = text("{a} before {b}", a=1, b="two")
    assert said == "1 before two"
    assert isinstance(said, str)
    assert json.dumps({"said": said}) == '{"said": "1 before two"}'


def test_a_sentence_is_said_in_chinese_with_its_values_in_their_new_places():
    said = text("{a} before {b}", a=1, b="two")
    assert translated(said, "zh") == "two 之前是 1"
    assert translated(said, "en") == "1 before two"


def test_a_value_that_is_a_sentence_is_translated_too():
    said = text("one {thing}", thing=text("thing"))
    assert (said, translated(said, "zh")) == ("one thing", "一个东西")


def test_what_is_no_sentence_stays_as_it_is():
    assert translated("thing", "zh") == "thing"


def test_a_sentence_without_chinese_stays_english_but_for_its_values():
    assert translated(text("unknown {thing}", thing=text("thing")), "zh") == "unknown 东西"


def test_braces_in_values_are_no_placeholders():
    assert translated(text("one {thing}", thing="{a}"), "zh") == "一个{a}"


def test_sentences_in_a_row_are_translated_each():
    row = joined(", ", [text("thing"), "plain", text("one {thing}", thing=3)])
    assert row == "thing, plain, one 3"
    assert translated(row, "zh") == "东西、plain、一个3"


def test_a_row_of_none_is_empty():
    assert joined(", ", []) == ""


def test_a_separator_may_have_braces():
    assert joined("{}", ["a", "b"]) == "a{}b"


@pytest.mark.parametrize(("number", "expected"), [(0, "0 xs"), (1, "1 x"), (1200, "1,200 xs")])
def test_a_number_chooses_its_form(number, expected):
    assert plural(number, "{number} x", "{number:,} xs") == expected


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))]
)
def test_copies_remember_what_they_were_made_of(copied):
    said = copied(text("{a} before {b}", a=1, b=text("thing")))
    assert isinstance(said, Text)
    assert translated(said, "zh") == "东西 之前是 1"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({}, "en", id="nothing is set"),
        pytest.param({"LANG": "zh_CN.UTF-8"}, "zh", id="LANG"),
        pytest.param({"LANG": "zh_CN.GB18030"}, "zh", id="another encoding"),
        pytest.param({"LANG": "zh"}, "zh", id="no country"),
        pytest.param({"LANG": "C"}, "en", id="C"),
        pytest.param({"LANG": "de_DE.UTF-8"}, "en", id="a language there are no texts in"),
        pytest.param(
            {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "en", id="LC_MESSAGES counts more"
        ),
        pytest.param({"LANG": "C", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh", id="messages in Chinese"),
        pytest.param({"LC_MESSAGES": "zh_CN", "LC_ALL": "en_GB"}, "en", id="LC_ALL counts most"),
        pytest.param({"LC_ALL": "", "LANG": "zh_CN"}, "zh", id="empty is not set"),
        pytest.param({"LC_ALL": "POSIX", "LANG": "zh_CN"}, "en", id="POSIX"),
        pytest.param({"LANGUAGE": "zh"}, "en", id="LANGUAGE is gettext's own"),
    ],
)
def test_the_locale_decides_the_language(environment, expected):
    assert language_of(environment) == expected
