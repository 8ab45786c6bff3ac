"""The list of links as a CSV file that people work on in a spreadsheet.

What a spreadsheet would take for a formula, a number or a date, it changes: `=1+1`, `00123`,
`+8613800138000`, `3-4`, `1e5`. Such a value is written with an apostrophe before it, which makes
it text, and which is taken away again when it is read.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncd.errors import UsageError
from syncd.text import Language, Text, joined, term, text, translated

MARK: Final = "'"
#: Spreadsheets know a formula by its first character, full-width ones too.
_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠" + MARK)
#: Not changed by a spreadsheet: a whole number that it shows with all its digits.
_PLAIN: Final = re.compile(r"0|[1-9][0-9]{0,10}")
_MONTH: Final = (
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    "|nov(ember)?|dec(ember)?)"
)
_CHANGED: Final = re.compile(
    rf"""
    (?=.*\d)[\d.,:/%\s\-年月日时分秒eE+$€£¥￥]+   # a number, a date, a time, an amount
    | true | false
    | {_MONTH}[\s.\-/]*\d+([\s.\-/,]+\d+)*
    | \d+[\s.\-/]*{_MONTH}([\s.\-/,]*\d+)*
    | \d+(:\d+)*\s*[ap]m?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and whether a file that is read must have it."""

    name: str
    heading: Text
    is_required: bool = False


COLUMNS: Final = (
    Column("source", text("source"), is_required=True),
    Column("record_id", text("record id"), is_required=True),
    Column("record_name", text("name in the record")),
    Column("record_userid", text("userid in the record")),
    Column("record_employee_no", text("employee no in the record")),
    Column("record_mobile", text("mobile in the record")),
    Column("record_email", text("e-mail in the record")),
    Column("userid", text("userid"), is_required=True),
    Column("name", text("name")),
    Column("employee_no", text("employee no")),
    Column("mobile", text("mobile")),
    Column("department", text("department")),
    Column("status", text("state")),
    Column("method", text("method")),
    Column("conflicts", text("conflicts")),
    Column("candidates", text("candidates")),
)
_LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, by the names of the columns that it has."""

    #: Where it begins in the file, and which row a spreadsheet shows it in.
    number: int
    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file as it was read."""

    lines: Sequence[Line]
    encoding: str


def marked(value: str) -> str:
    """Return a value as it stands in a cell, so that no spreadsheet changes it."""
    return MARK + value if _is_changed(value) else value


def unmarked(cell: str) -> str:
    """Return the value of a cell."""
    return cell[1:] if cell.startswith(MARK) and _is_changed(cell[1:]) else cell


def _is_changed(value: str) -> bool:
    if not value:
        return False
    if value[0] in _FORMULA:
        return True
    return not _PLAIN.fullmatch(value) and _CHANGED.fullmatch(value) is not None


def heading(language: Language) -> list[str]:
    """Return the words of the first line."""
    return [translated(one.heading, language) for one in COLUMNS]


def written(rows: Iterable[Sequence[str | None]], language: Language) -> Iterator[bytes]:
    """Yield the file: UTF-8 with the mark by which Excel knows it."""
    yield "\ufeff".encode()
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(heading(language))
    for row in rows:
        writer.writerow([marked(value or "") for value in row])
        if buffer.tell() > _AT_ONCE:
            yield _emptied(buffer)
    yield _emptied(buffer)


_AT_ONCE: Final = 1 << 16


def _emptied(buffer: io.StringIO) -> bytes:
    found = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return found


def read(content: bytes, name: str) -> Table:
    """Return the lines of a file that `written` made, or a spreadsheet has saved.

    Raises:
        UsageError: It is no such file; the message says what to do.
    """
    decoded, encoding = _decoded(content, name)
    found = ""
    for delimiter in _DELIMITERS:
        lines = _records(decoded, delimiter, name)
        first = next(lines, None)
        if first is None:
            raise UsageError(text("{file} is empty.", file=name), hint=_EXPORT)
        columns = _columns(first[2], name)
        if columns is not None:
            return Table([*_lines(lines, columns)], encoding)
        found = found or ", ".join(first[2])
    required = joined(", ", [one.heading for one in COLUMNS if one.is_required])
    raise UsageError(
        text(
            "{file} has no line that names the columns {required}; its first is: {found}",
            file=name,
            required=required,
            found=found[:200],
        ),
        hint=_EXPORT,
    )


_EXPORT: Final = text("syncd links export FILE.csv writes a file to begin with.")
_SAVE: Final = text("Save it as “CSV UTF-8” (in Excel: 文件 → 另存为 → CSV UTF-8).")


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    """Return a file as text, and what it was taken for."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UsageError(text("{file} is a workbook, and no CSV file.", file=name), hint=_SAVE)
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    # GB18030 is what GBK has grown into; whatever is UTF-8 is never taken for it.
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise UsageError(text("{file} is neither UTF-8 nor UTF-16 nor GBK.", file=name), hint=_SAVE)


def _records(decoded: str, delimiter: str, name: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the line at which each record begins, its row, and its cells; empty ones are left out."""
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter, strict=True)
    begin, row = 1, 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageError(
                text("{file}, line {line}: {reason}", file=name, line=begin, reason=_why(error)),
                hint=text("A quotation mark inside of a quoted cell is written twice."),
            ) from None
        row += 1
        is_hint = row == 1 and any(cells) and cells[0].lower().startswith("sep=")
        if any(cells) and not is_hint:  # the hint tells spreadsheets the delimiter
            yield begin, row, cells
        begin = reader.line_num + 1


def _why(error: csv.Error) -> Text | str:
    """Return what is wrong with a record, in words for whoever has only a spreadsheet."""
    said = str(error)
    if "unexpected end" in said:
        return text("a cell that begins with a quotation mark never ends")
    if "expected after" in said:
        return text("behind the quotation mark that ends a cell stands something else")
    if "larger than" in said:
        return text("a cell is longer than any can be: a quotation mark may be missing")
    return said


def _columns(cells: Sequence[str], name: str) -> dict[str, int] | None:
    """Return where each column stands, None where one is missing that has to be there."""
    known = {
        _folded(translated(one.heading, language)): one.name
        for one in COLUMNS
        for language in _LANGUAGES
    }
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = known.get(_folded(cell))
        if column in found:
            raise UsageError(
                text("{file} names the column {column!r} twice.", file=name, column=cell),
                hint=_EXPORT,
            )
        if column is not None:
            found[column] = place
    required = {one.name for one in COLUMNS if one.is_required}
    return found if required <= found.keys() else None


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def _lines(
    records: Iterator[tuple[int, int, list[str]]], columns: Mapping[str, int]
) -> Iterator[Line]:
    for number, row, cells in records:
        known = {
            name: unmarked(cells[place]) if place < len(cells) else ""
            for name, place in columns.items()
        }
        yield Line(number, row, known)


def is_manual(cell: str) -> bool:
    """Return whether a cell of the column `method` says that a person has decided."""
    words = {_folded(translated(term("manual"), language)) for language in _LANGUAGES}
    return _folded(cell) in words
