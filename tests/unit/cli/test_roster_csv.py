"""The file of links, as spreadsheets and people treat it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli import roster_csv
from syncd.cli.roster_csv import COLUMNS, is_manual, marked, read, unmarked, written
from syncd.errors import UsageError

HOSTILE = [
    *("=1+1", "+8613800138000", "-", "-1", "@SUM(A1)", "\tx", "\rx", "＝A1", "'quoted", "''"),
    *("00123", "0", "12345678901", "123456789012345678", "1e5", "1-2", "3/4", "12:30", "TRUE"),
    *("mar1", "1-May", "１２３", "5%", "￥12", "2026年11月28日", "1.50", "𠮷野家", 'say "x", y'),
    *(
        "two\nlines",
        "two\r\nlines",
        "lone\rreturn",
        " blanks ",
        "，",
        "a;b",
        "\ufeffmark",
        "\u2028",
    ),
]
ROW = [""] * len(COLUMNS)


def table(*cells: dict[str, str], language: str = "en") -> bytes:
    """Return a file with these cells by the names of columns."""
    rows = [[one.get(column.name) for column in COLUMNS] for one in cells]
    return b"".join(written(rows, language))  # type: ignore[arg-type]  # one of two


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_value_comes_back_as_it_was(value: str, language: str) -> None:
    content = table({column.name: value for column in COLUMNS}, language=language)
    (line,) = read(content, "f").lines
    assert dict(line.cells) == {column.name: value for column in COLUMNS}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_comes_back_as_it_was(value: str) -> None:
    assert unmarked(marked(value)) == value
    cells = {"source": "a", "record_id": "b", "userid": value, "record_name": value}
    (line,) = read(table(cells), "f").lines
    assert (line.cells["userid"], line.cells["record_name"]) == (value, value)


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@x", "\t=1", "00123", "123456789012", "1e5", "1-2", "mar1", "TRUE"],
)
def test_what_a_spreadsheet_would_change_is_text_for_it(value: str) -> None:
    assert marked(value) == "'" + value


@pytest.mark.parametrize(
    "value",
    ["13800138000", "0", "42", "zhangsan", "张三", "mary1", "a-1", "p1e5x", "", "研发/一组"],
)
def test_what_a_spreadsheet_leaves_alone_is_written_plainly(value: str) -> None:
    assert marked(value) == value
    assert unmarked(value) == value


def test_an_apostrophe_that_a_person_has_written_stays() -> None:
    assert unmarked("'tis") == "'tis"
    assert unmarked("O'Brien") == "O'Brien"


def test_excel_knows_the_file_by_its_mark() -> None:
    assert table().startswith(b"\xef\xbb\xbf")
    assert table(language="zh").decode("utf-8-sig").startswith("来源,记录编号,")


def saved_as(encoding: str, delimiter: str = ",", language: str = "zh") -> bytes:
    """Return a file as a spreadsheet saves it."""
    cells = {"source": "wecom", "record_id": "w1", "record_name": "张三", "userid": "zhangsan"}
    rows = csv.reader(io.StringIO(table(cells, language=language).decode("utf-8-sig")))
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("gbk", ","), ("gb18030", ","), ("utf-16", "\t")],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_spreadsheets_save_is_read(encoding: str, delimiter: str, language: str) -> None:
    (line,) = read(saved_as(encoding, delimiter, language), "f").lines
    assert (line.cells["record_name"], line.cells["userid"]) == ("张三", "zhangsan")


def test_a_file_that_was_taken_for_gbk_says_so() -> None:
    assert read(saved_as("gbk"), "f").encoding == "gb18030"
    assert read(saved_as("utf-8-sig"), "f").encoding == "utf-8"


def test_columns_may_stand_in_any_order_and_others_beside_them() -> None:
    content = "remark,账号,Record ID,来源\nx,zhang,w1,wecom\n".encode()
    (line,) = read(content, "f").lines
    assert dict(line.cells) == {"userid": "zhang", "record_id": "w1", "source": "wecom"}


def test_a_line_is_told_by_where_it_begins_and_by_its_row_in_a_spreadsheet() -> None:
    cells = {"source": "s", "record_id": "1"}
    content = table({**cells, "name": "two\nlines"}, {}, cells)
    assert [(one.number, one.row) for one in read(content, "f").lines] == [(2, 2), (5, 4)]


def test_the_hint_of_a_spreadsheet_before_the_heading_is_no_line() -> None:
    content = b"sep=;\r\nsource;record id;userid\r\nwecom;w1;zhang\r\n"
    assert [one.number for one in read(content, "f").lines] == [3]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "f is empty", id="empty"),
        pytest.param(b"\n\n", "f is empty", id="blank"),
        pytest.param(b"PK\x03\x04rest", "f is a workbook", id="xlsx"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "f is a workbook", id="xls"),
        pytest.param(b"source,record id,userid\n\xff\xff\xff,1,2\n", "neither UTF-8", id="bytes"),
        pytest.param(b"name,mobile\nx,1\n", "its first is: name, mobile", id="no columns"),
        pytest.param(
            "来源,记录编号,账号,userid\n".encode(), "names the column 'userid' twice", id="twice"
        ),
        pytest.param(
            b'source,record id,userid\na,b,c\n"x"y,b,c\n',
            "f, line 3: behind the quotation mark that ends a cell",
            id="a quote within",
        ),
        pytest.param(
            b'source,record id,userid\n"a,b,c\n',
            "f, line 2: a cell that begins with a quotation mark never ends",
            id="no end of a quote",
        ),
        pytest.param(
            b"source,record id,userid\na,b," + b"x" * 200_000 + b"\n",
            "f, line 2: a cell is longer than any can be",
            id="a cell without end",
        ),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(UsageError) as told:
        read(content, "f")
    assert says in told.value.message
    assert told.value.hint


def test_a_persons_decision_is_known_in_both_languages() -> None:
    assert all(map(is_manual, ["manual", "人工", " Manual "]))
    assert not any(map(is_manual, ["", "common_field", "公共字段"]))


def test_a_large_file_is_written_in_parts() -> None:
    rows = ([f"p{one}", *ROW[1:]] for one in range(20_000))
    parts = list(roster_csv.written(rows, "en"))
    assert len(parts) > 3
    assert b"".join(parts).count(b"\r\n") == 20_001
