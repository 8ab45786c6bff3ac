"""The language of this process: `--lang`, else the locale's."""

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from syncd.text import Language, language_of

LANGUAGES = ("en", "zh")
F = TypeVar("F", bound=Callable[..., Any])
_OPTION = "--lang"


def language_option(command: F) -> F:
    """Add `--lang`, which every command takes.

    The language has been chosen when the command line is parsed (`wanted`).
    """
    return click.option(
        _OPTION,
        type=click.Choice(LANGUAGES),
        expose_value=False,
        help="The language of texts for people; else the locale's.",
    )(command)


class _Spoken:
    """What was chosen; a process has one terminal, and so one language."""

    language: Language = "en"


def speak(language: Language) -> None:
    """Let everything that is printed from now on be in this language."""
    _Spoken.language = language


def spoken() -> Language:
    """Return the language that people are spoken to in."""
    return _Spoken.language


def wanted(args: Sequence[str]) -> Language:
    """Return the language that a command line asks for, else the locale's.

    Looked for before the command line is parsed, because help and complaints about the command
    line itself are in that language too.
    """
    for place, word in enumerate(args):
        name, _, value = word.partition("=")
        if name == _OPTION:
            value = value or next(iter(args[place + 1 :]), "")
            if value in LANGUAGES:
                return "zh" if value == "zh" else "en"
    return language_of(os.environ)
