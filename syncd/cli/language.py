"""The language of this process: `--lang`, else the locale's."""

import os
from collections.abc import Sequence

from syncd.text import Language, language_of

LANGUAGES = ("en", "zh")
_OPTION = "--lang"


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
