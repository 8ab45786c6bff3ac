"""A regular expression with one group, of which it is known beforehand that it ends soon.

Python tries every way in which a text could match. The number of ways is bounded here: no
repetition inside another, and only so long texts that the product of all choices stays small.
"""

import re
from dataclasses import dataclass
from re import _constants as op  # type: ignore[attr-defined] # the parser has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

from syncd.text import text

#: The longest pattern.
MAX_PATTERN: Final = 200
#: Ways to try, at most; a hundredth of a second or so.
_MAX_WAYS: Final = 2**20
#: How long the texts that it is tried on must at least, and may at most, be.
_LEAST: Final = 64
_MOST: Final = 1000
_SIMPLE: Final = frozenset({op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY, op.AT})
_REPEATS: Final = frozenset({op.MAX_REPEAT, op.MIN_REPEAT})


class TooLong(ValueError):
    """A text is longer than the pattern may be tried on."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A checked pattern."""

    regex: re.Pattern[str]
    #: The longest text that it is tried on.
    longest: int

    def find(self, value: str) -> str | None:
        """Return what the group matches; None where the pattern does not match.

        Raises:
            TooLong: The text is too long to be tried.
        """
        if len(value) > self.longest:
            raise TooLong
        found = self.regex.search(value)
        return found[1] if found else None


@dataclass(slots=True)
class _Choices:
    """What a pattern lets the search choose: repetitions without a bound, and all other ways."""

    unbounded: int = 0
    ways: int = 1


def check_pattern(written: object) -> Pattern:
    """Return the pattern.

    Raises:
        ValueError: It cannot be used; the text tells why.
    """
    if not isinstance(written, str) or not written:
        raise ValueError(text("match must be a regular expression in quotes"))
    if len(written) > MAX_PATTERN:
        raise ValueError(text("match is longer than {most} characters", most=MAX_PATTERN))
    try:
        regex, parsed = re.compile(written), parser.parse(written)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            text("match is no regular expression: {error}", error=str(error))
        ) from error
    if regex.groups != 1:
        raise ValueError(
            text(
                "match must have exactly one group, it has {count}; (?:…) groups without counting",
                count=regex.groups,
            )
        )
    choices = _Choices()
    _walk(parsed, choices, repeated=False)
    return Pattern(regex, _longest(parsed, choices))


def _longest(parsed: Any, choices: _Choices) -> int:
    """Return the length of text at which all choices together are still few."""
    anchored = (
        bool(parsed)
        and parsed[0][0] is op.AT
        and parsed[0][1] in {op.AT_BEGINNING, op.AT_BEGINNING_STRING}
    )
    power = choices.unbounded + (not anchored)
    budget = _MAX_WAYS / choices.ways
    longest = _MOST if power == 0 else min(_MOST, int(budget ** (1 / power)))
    if budget < 1 or longest < _LEAST:
        raise ValueError(
            text(
                "match could take forever: use fewer repetitions and alternatives, and begin it with ^"
            )
        )
    return longest


def _walk(parsed: Any, choices: _Choices, *, repeated: bool) -> None:
    for kind, argument in parsed:
        if kind in _SIMPLE:
            continue
        if kind is op.SUBPATTERN:
            _walk(argument[3], choices, repeated=repeated)
        elif kind is op.BRANCH and not repeated:
            choices.ways *= len(argument[1])
            for branch in argument[1]:
                _walk(branch, choices, repeated=repeated)
        elif kind in _REPEATS and not repeated:
            _repeat(argument, choices)
        elif kind in _REPEATS or kind is op.BRANCH:
            raise ValueError(
                text("match could take forever: a repetition holds another one, or alternatives")
            )
        else:
            raise ValueError(
                text(
                    "match may hold characters, classes, groups, alternatives and repetitions, and no look-around or reference"
                )
            )


def _repeat(argument: Any, choices: _Choices) -> None:
    least, most, body = argument
    if most is op.MAXREPEAT or most > _MOST:
        choices.unbounded += 1
    else:
        choices.ways *= most - least + 1
    _walk(body, choices, repeated=most is op.MAXREPEAT or most > 1)
