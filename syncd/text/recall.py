"""Finds again what a plain English sentence was made of.

The store keeps sentences in English: the error of a run, what a source can do, the details of a
conflict. And a library says some that are none of ours. Both are said in Chinese by looking for
the catalogue's template that they are an instance of.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from string import Formatter
from typing import Self

from syncd.text import Text, joined
from syncd.text.zh import catalogue

#: Fewer letters than this do not tell a sentence from any other; less is enough within one.
_LETTERS = 5
_LETTERS_WITHIN = 2
_FORMATTER = Formatter()
#: Placeholders that stand for a number wherever they are used.
_NUMBERS = frozenset({"number", "n", "count", "code", "seq", "seconds"})
_NUMBER = r"-?[\d.,]+"
#: What `repr` makes of a text, or of a number.
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s'"]+"""


class _Found(str):
    """A value as it stood in the sentence: whatever its format was, it is not formatted again."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def __format__(self, spec: str) -> str:
        return str(self)


class _Quoted(_Found):
    """A value that stood in quotes, without them."""

    __slots__ = ("stood",)
    stood: str

    def __new__(cls, stood: str) -> Self:
        self = super().__new__(cls, _unquoted(stood))
        self.stood = stood
        return self

    def __repr__(self) -> str:
        return self.stood


def recalled(sentence: str) -> str:
    """Return a plain sentence as a `Text`, line by line, or as it is if no template fits."""
    if isinstance(sentence, Text):
        return sentence
    if "\n" in sentence:
        return joined("\n", [recalled(line) for line in sentence.split("\n")])
    bare = sentence.strip()
    found = _part(bare, _LETTERS)
    if not isinstance(found, Text) or bare == sentence:
        return found if isinstance(found, Text) else sentence
    before, _, after = sentence.partition(bare)
    return joined("", [before, found, after])


def _part(stood: str, letters: int) -> str:
    """Return a sentence, or several in a row, or what is none as it is."""
    if " " not in stood:
        return _Found(stood)
    whole = _fitting(stood, letters)
    if whole is not None and "; " in stood:
        return whole
    framed = _in_a_row(stood, "; ", letters) or _framed(stood)
    if whole is not None:
        return framed if framed is not None and _own(framed) > _own(whole) else whole
    return framed or _in_a_row(stood, ", ", letters) or _Found(stood)


def _own(sentence: object) -> int:
    """Return how many letters of a sentence are its template's own, or one's within it."""
    if not isinstance(sentence, Text):
        return 0
    mine = sum(
        sum(map(str.isalpha, literal)) for literal, *_ in _FORMATTER.parse(sentence.template)
    )
    return mine + max(map(_own, sentence.values.values()), default=0)


def _in_a_row(stood: str, separator: str, letters: int) -> Text | None:
    parts = stood.split(separator)
    if len(parts) == 1:
        return None
    told = [_part(one, letters) for one in parts]
    return joined(separator, told) if any(isinstance(one, Text) for one in told) else None


def _framed(stood: str) -> Text | None:
    """Return a sentence by a template without words of its own: `{call}: {flaw} ({host})`.

    Punctuation fits anything, so a part of what it frames must be a sentence that is known.
    """
    for template, pieces in _frames():
        if not all(piece in stood for piece in pieces):
            continue
        match = _pattern(template, _LETTERS).fullmatch(stood)
        if match is None:
            continue
        known = [_fitting(one, _LETTERS) for one in match.groupdict().values()]
        if any(known):
            return Text(template, dict(_values(template, match.groupdict())))
    return None


def _fitting(sentence: str, letters: int) -> Text | None:
    """Return the sentence by the template that has most of it in its own words."""
    for template, pieces, own in _templates():
        if own >= letters and all(piece in sentence for piece in pieces):
            match = _pattern(template, own).fullmatch(sentence)
            if match is not None:
                return Text(template, dict(_values(template, match.groupdict())))
    return None


def _values(template: str, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    quoted = _quoted(template)
    for name, stood in found.items():
        yield name, _Quoted(stood) if name in quoted else _part(stood, _LETTERS_WITHIN)


@cache
def _quoted(template: str) -> frozenset[str]:
    return frozenset(
        name for _, name, _, conversion in _FORMATTER.parse(template) if name and conversion == "r"
    )


def _unquoted(stood: str) -> str:
    try:
        value = ast.literal_eval(stood)
    except (SyntaxError, ValueError):
        return stood
    return value if isinstance(value, str) else stood


@cache
def _templates() -> list[tuple[str, list[str], int]]:
    """Return templates, their own words and how many letters these have; the most telling first."""
    found = []
    for template in catalogue():
        pieces = [literal for literal, *_ in _FORMATTER.parse(template) if literal]
        letters = sum(map(str.isalpha, "".join(pieces)))
        if letters >= _LETTERS_WITHIN and template == template.strip():
            found.append((template, pieces, letters))
    return sorted(found, key=lambda one: -sum(map(len, one[1])))


@cache
def _frames() -> list[tuple[str, list[str]]]:
    """Return templates that are punctuation around several values; those with most of it first."""
    found = []
    for template in catalogue():
        parsed = list(_FORMATTER.parse(template))
        pieces = [literal for literal, *_ in parsed if literal]
        has_words = any(map(str.isalpha, "".join(pieces)))
        values = sum(name is not None for _, name, *_ in parsed)
        if values > 1 and not has_words and any(len(one) > 1 for one in pieces):
            found.append((template, pieces))
    return sorted(found, key=lambda one: -sum(map(len, one[1])))


@cache
def _pattern(template: str, letters: int) -> re.Pattern[str]:
    """Return what recognises a template's sentences; a placeholder that repeats is the same."""
    value = ".*?" if letters >= _LETTERS else "[^,;]+?"
    parts, named = [], set[str]()
    for literal, name, _, conversion in _FORMATTER.parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            one = _NUMBER if name in _NUMBERS else _QUOTED if conversion == "r" else value
            parts.append(f"(?P={name})" if name in named else f"(?P<{name}>{one})")
            named.add(name)
    return re.compile("".join(parts), re.DOTALL)
