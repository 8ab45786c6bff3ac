"""Sentences for people: English where they arise, Chinese where they are read.

Every sentence that a person reads on a terminal is made by `text`, with a literal template::

    raise UsageError(
        text("Run {run} was not found.", run=5),
        hint=text("syncd runs lists them."),
    )

What it returns is a `str`, the English sentence: logs, JSON and the store take it as it is. It
also remembers the template and the values, so that `translated` can say the same in Chinese at
the moment of printing (`syncd.cli.output.say` does that).

- A value may be a sentence itself. `joined` makes one of several; `plural` chooses by a number;
  `term` is for a code that is a word.
- `+`, `%`, `.join` and f-strings return a plain `str`, which stays English: a sentence that is
  built of others takes them as values.
- `str(error)` is plain too; `error.message` and `error.hint` are what was given, and
  `message_of` finds it in a `ValueError`.

The Chinese stands in `syncd.text.zh`, which also tells how to add to it.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, Self

Language = Literal["en", "zh"]
#: Where a locale is looked for; the first that is set decides (POSIX, chapter 8.2).
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


class Text(str):
    """An English sentence that remembers what it was made of."""

    __slots__ = ("template", "values")

    #: The sentence with `{placeholders}`, as it stands in the source and in the catalogue.
    template: str
    #: Placeholder → value.
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Self:
        """Return the sentence with its values filled in."""
        self = super().__new__(cls, template.format(**values))
        self.template = template
        self.values = values
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, object]]]:
        """Let copies and pickles remember too."""
        return type(self), (self.template, self.values)


def text(template: str, /, **values: object) -> Text:
    """Return a sentence; braces that are meant as such are doubled, as in `str.format`."""
    return Text(template, values)


def plural(number: int, one: str, many: str, /, **values: object) -> Text:
    """Return `one` or `many` as the number asks for it; `{number}` stands for it in both.

    For instance `plural(2, "{number:,} person", "{number:,} people")`.
    """
    return Text(one if number == 1 else many, {"number": number, **values})


def term(code: str) -> Text:
    """Return a code that is a word for people too: `deactivate`, `people`; see `zh/terms.py`."""
    return Text(_braced(code), {})


def system_said(error: OSError) -> Text:
    """Return what the operating system says of an error, or the error's class if nothing."""
    return term(error.strerror or type(error).__name__)


def message_of(error: Exception) -> str:
    """Return the sentence that an exception was raised with; `str(error)` would forget it."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Text) else str(error)


def joined(separator: str, parts: Iterable[str]) -> Text:
    """Return sentences in a row; `", "` and `"; "` become Chinese punctuation in Chinese."""
    named = {f"p{place}": part for place, part in enumerate(parts)}
    template = "{separator}".join(f"{{{name}}}" for name in named)
    return Text(template, {"separator": Text(_braced(separator), {}), **named})


def _braced(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")


def translated(value: str, language: Language) -> str:
    """Return a sentence in a language; what is no `Text`, or has no Chinese, stays as it is."""
    if language == "en" or not isinstance(value, Text):
        return str(value)
    from syncd.text.zh import catalogue  # noqa: PLC0415 - start-up time, of no use in English

    template = catalogue().get(value.template, value.template)
    return template.format(
        **{
            name: translated(one, language) if isinstance(one, Text) else one
            for name, one in value.values.items()
        }
    )


def language_of(environment: Mapping[str, str]) -> Language:
    """Return the language of a process by its locale: Chinese for `zh…`, else English."""
    chosen = next((environment[one] for one in LOCALE_VARIABLES if environment.get(one)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
