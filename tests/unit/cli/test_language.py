"""Which language a command line asks for, and how help is set in it."""

import pytest
from rich.cells import cell_len

from syncd.cli.help import paragraphs, wrapped
from syncd.cli.language import speak, spoken, wanted
from syncd.cli.output import Column, retold, say, show_table
from syncd.text import term, text


@pytest.fixture
def chinese():
    before = spoken()
    speak("zh")
    yield
    speak(before)


@pytest.mark.parametrize(
    ("args", "locale", "expected"),
    [
        pytest.param([], "zh_CN.UTF-8", "zh", id="the locale"),
        pytest.param([], "C", "en", id="another locale"),
        pytest.param(["--lang", "zh", "status"], "C", "zh", id="before the command"),
        pytest.param(["status", "--lang", "zh"], "C", "zh", id="behind the command"),
        pytest.param(["status", "--lang=zh"], "C", "zh", id="in one word"),
        pytest.param(["status", "--lang=en"], "zh_CN.UTF-8", "en", id="English in China"),
        pytest.param(["status", "--lang", "fr"], "zh_CN.UTF-8", "zh", id="unknown: click refuses"),
        pytest.param(["status", "--lang"], "C", "en", id="without a value: click refuses"),
        pytest.param(["status", "--language", "zh"], "C", "en", id="another option"),
        pytest.param(["find", "zh"], "C", "en", id="a word that is no option"),
    ],
)
def test_the_command_line_decides_then_the_locale(monkeypatch, args, locale, expected):
    monkeypatch.setenv("LC_ALL", locale)
    assert wanted(args) == expected


def test_lines_of_chinese_are_as_wide_as_asked_and_none_begins_with_a_full_stop():
    said = "同步会读取部门和成员，与数据库比较，经保护规则检查后写入。" * 5
    for width in range(20, 60):
        lines = list(wrapped(said, width))
        assert "".join(lines) == said
        assert max(map(cell_len, lines)) <= width + 2  # a mark may hang over the end
        assert not any(line.startswith(("，", "。")) for line in lines)


def test_latin_words_are_kept_whole():
    assert list(wrapped("执行 syncd conflicts accept 可确认", 12)) == [
        "执行 syncd",
        "conflicts",
        "accept 可确",
        "认",
    ]


def test_a_help_text_is_translated_by_paragraph(chinese):
    said = "How\nmany.\n\nNobody has translated this."
    assert list(paragraphs(said)) == ["数量。", "Nobody has translated this."]


def test_a_sentence_is_printed_in_the_language_of_the_terminal(chinese, capsys):
    say(text("Nothing has changed."))
    say(retold("range: the whole company"), err=True)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("没有变更。\n", "可见范围：全公司\n")


def test_headings_and_cells_of_a_table_are_translated_and_aligned(chinese, capsys):
    columns = (Column(text("name")), Column(text("state")), Column(text("id"), numeric=True))
    show_table(columns, [["name", term("active"), 7], ["张三", "active", 12]])
    assert capsys.readouterr().out == ("姓名  状态    ID\nname  启用     7\n张三  active  12\n")
