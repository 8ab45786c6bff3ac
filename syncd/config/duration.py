"""Lengths of time as people write them: ``"10s"``, ``"10m"``, ``"1h30m"``, ``"3d"``."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from syncd.text import text

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|d|h|m|s))+")
_LONGEST = timedelta(days=36_500)


def parse_duration(value: object) -> timedelta:
    """Return the length of time that ``value`` names.

    Raises:
        ValueError: It names none, has no unit, is zero, or is longer than a hundred years.
    """
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(text('must be a length of time such as "10m"'))  # noqa: TRY004 - pydantic reports ValueError only
    written = value.replace(" ", "").lower()
    if re.fullmatch(r"\d+(\.\d+)?", written):
        raise ValueError(
            text(
                '"{value}" has no unit: write "{written}s", "{written}m" or "{written}h"',
                value=value,
                written=written,
            )
        )
    if not _WHOLE.fullmatch(written):
        raise ValueError(
            text(
                '"{value}" is no length of time: write for example "10s", "10m", "1h30m" or "3d"',
                value=value,
            )
        )
    return _sum(value, written)


def _sum(value: str, written: str) -> timedelta:
    milliseconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(written))
    if milliseconds > _LONGEST / timedelta(milliseconds=1):
        raise ValueError(text('"{value}" is longer than a hundred years', value=value))
    if milliseconds < 1:
        raise ValueError(text('"{value}" is no time at all', value=value))
    return timedelta(milliseconds=milliseconds)


def format_duration(length: timedelta) -> str:
    """Return ``length`` as it would be written in the file, the largest units first."""
    rest = round(length / timedelta(milliseconds=1))
    parts = []
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
