"""Finds every sentence that the source has for people, by reading it."""

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import syncd

SOURCE = Path(syncd.__file__).parent
#: Functions that make a sentence → which of their first arguments are templates.
_MAKERS = {"text": (0,), "plural": (1, 2)}


def _search() -> Iterator[tuple[Path, ast.expr]]:
    """Yield the file, and what stands in the place of a template."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for place in _MAKERS.get(node.func.id, ()):
                    if place < len(node.args):
                        yield path.relative_to(SOURCE), node.args[place]


@cache
def _given() -> list[tuple[Path, ast.expr]]:
    return list(_search())  # a second's work


def templates() -> Iterator[tuple[str, str]]:
    """Yield where a template stands, and the template."""
    for path, given in _given():
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield f"{path}:{given.lineno}", given.value


def from_tables() -> Iterator[str]:
    """Yield the files in which a template is taken out of a table."""
    for path, given in _given():
        if not isinstance(given, ast.Constant):
            yield str(path)


def placeholders(template: str) -> set[str]:
    """Return the names of a template's placeholders."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def has_words(template: str) -> bool:
    """Return whether there is anything to translate."""
    literal = "".join(one for one, *_ in string.Formatter().parse(template))
    return any(character.isalpha() and character.isascii() for character in literal)
