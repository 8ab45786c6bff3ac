"""Tables for people and JSON for programs: what every command that reports prints with."""

import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import click

from syncd.cli.language import spoken
from syncd.text import Text, term, text, translated

#: The version of the JSON that commands print; raised when something in it changes its meaning.
SCHEMA_VERSION = 1
#: What a reading command says of a store that nothing was ever written to.
NOTHING_YET = text("Nothing has been synced yet: syncd sync brings the directory here.")

#: Left-to-right and right-to-left overrides: a name with one would rewrite the line it stands in.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether numbers stand in it."""

    title: str
    numeric: bool = False


def say(sentence: str, *, err: bool = False, nl: bool = True) -> None:
    """Print what a person reads, in the language of the terminal (`syncd.text`)."""
    click.echo(translated(sentence, spoken()), err=err, nl=nl)


def retold(sentence: str) -> str:
    """Return a plain English sentence, of the store or a library, as one that can be translated."""
    if spoken() == "en":
        return sentence
    from syncd.text.recall import recalled  # noqa: PLC0415 - start-up time, of no use in English

    return recalled(sentence)


def show_json(document: Mapping[str, object]) -> None:
    """Print one JSON object with its `schema_version`; docs/cli.md describes each."""
    click.echo(json_text(document))


def json_text(document: Mapping[str, object]) -> str:
    """Return one JSON object with its `schema_version`; times are ISO 8601 in UTC."""
    import orjson  # noqa: PLC0415 - start-up time

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
    return orjson.dumps({"schema_version": SCHEMA_VERSION, **document}, option=options).decode()


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: drawn on a terminal, aligned lines elsewhere."""
    headings = [Column(translated(one.title, spoken()), one.numeric) for one in columns]
    cells = [[printable(_cell(value)) for value in row] for row in rows]
    if sys.stdout.isatty():
        _draw(headings, cells)
    else:
        click.echo("\n".join(aligned(headings, cells)))


def aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a heading and a line a row, two blanks between columns.

    A Chinese character takes two places, as it does on a terminal.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - start-up time

    table = [[column.title for column in columns], *rows]
    widths = [max(cell_len(row[place]) for row in table) for place in range(len(columns))]

    def padded(place: int, text: str) -> str:
        blanks = " " * (widths[place] - cell_len(text))
        return blanks + text if columns[place].numeric else text + blanks

    return ["  ".join(padded(*cell) for cell in enumerate(row)).rstrip() for row in table]


def _draw(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - start-up time
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text as Cell  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify = "right" if column.numeric else "left"
        table.add_column(column.title, justify=justify, overflow="fold")  # type: ignore[arg-type]  # a literal of two
    for row in rows:
        table.add_row(*(Cell(cell) for cell in row))  # as text: a name like [red] is no markup
    Console(highlight=False).print(table)


def printable(text: str) -> str:
    """Return a text that may be printed: what would steer the terminal is written as its code."""
    return "".join(_code(one) if _steers(one) else one for one in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDIRECTIONAL


def _code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004 - one byte


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, str):
        return translated(value, spoken())
    return "" if value is None else str(value)


def moment(at: datetime | None) -> str:
    """Return a moment to the second, in UTC: `2026-11-21 03:59:22Z`; `-` for none."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at is not None else "-"


def age(at: datetime, now: datetime) -> Text:
    """Return how long ago a moment was, in words: `3 minutes ago`; a unit from two of it on."""
    passed = now - at
    if passed < -timedelta(minutes=1):
        return text("in the future: check the clocks")
    if passed >= timedelta(days=2):
        return text("{n} days ago", n=passed // timedelta(days=1))
    if passed >= timedelta(hours=2):
        return text("{n} hours ago", n=passed // timedelta(hours=1))
    if passed >= timedelta(minutes=2):
        return text("{n} minutes ago", n=passed // timedelta(minutes=1))
    if passed >= timedelta(seconds=2):
        return text("{n} seconds ago", n=passed // timedelta(seconds=1))
    return text("just now")


def counted(number: int, word: str, plural: str | None = None) -> Text:
    """Return `1 person`, `2 people`: a number with the right form of its word."""
    said = term(word if number == 1 else plural or word + "s")
    return text("{number:,} {word}", number=number, word=said)
