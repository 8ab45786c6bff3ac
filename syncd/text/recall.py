"""Finds again what a plain English sentence was made of.

The store keeps sentences in English: the error of a run, what a source can do, the details of a
conflict. And a library says some that are none of ours. Both are said in Chinese by looking for
the catalogue's template that they are an instance of.
"""

import ast
import re
from functools import cache
from string import Formatter
from typing import Self

from syncd.text import Text, joined
from syncd.text.zh import catalogue

#: Fewer letters than this do not tell a sentence from any other.
_LETTERS = 8
_FORMATTER = Formatter()
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
    found = _fitting(bare)
    if found is None or bare == sentence:
        return found or sentence
    before, _, after = sentence.partition(bare)
    return joined("", [before, found, after])


def _fitting(sentence: str) -> Text | None:
    """Return the sentence by the template that has most of it in its own words."""
    for template, pieces in _templates():
        if all(piece in sentence for piece in pieces):
            match = _pattern(template).fullmatch(sentence)
            if match is not None:
                quoted = _quoted(template)
                return Text(
                    template,
                    {
                        name: _Quoted(stood) if name in quoted else _value(stood)
                        for name, stood in match.groupdict().items()
                    },
                )
    return None


def _value(stood: str) -> str:
    return (_fitting(stood) if " " in stood else None) or _Found(stood)


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
def _templates() -> list[tuple[str, list[str]]]:
    """Return the templates with their own words, the most telling first."""
    found = []
    for template in catalogue():
        pieces = [literal for literal, *_ in _FORMATTER.parse(template) if literal]
        if sum(map(str.isalpha, "".join(pieces))) >= _LETTERS:
            found.append((template, pieces))
    return sorted(found, key=lambda one: -sum(map(len, one[1])))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return what recognises a template's sentences; a placeholder that repeats is the same."""
    parts, named = [], set[str]()
    for literal, name, _, conversion in _FORMATTER.parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            value = _QUOTED if conversion == "r" else ".*?"
            parts.append(f"(?P={name})" if name in named else f"(?P<{name}>{value})")
            named.add(name)
    return re.compile("".join(parts), re.DOTALL)
