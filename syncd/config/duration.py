"""Lengths of time as people write them: ``"10s"``, ``"10m"``, ``"1h30m"``, ``"3d"``."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

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
        raise ValueError('must be a length of time such as "10m"')  # noqa: TRY004 - pydantic reports ValueError only
    text = value.replace(" ", "").lower()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f'"{value}" has no unit: write "{text}s", "{text}m" or "{text}h"')
    if not _WHOLE.fullmatch(text):
        raise ValueError(
            f'"{value}" is no length of time: write for example "10s", "10m", "1h30m" or "3d"'
        )
    return _sum(value, text)


def _sum(value: str, text: str) -> timedelta:
    milliseconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if milliseconds > _LONGEST / timedelta(milliseconds=1):
        raise ValueError(f'"{value}" is longer than a hundred years')
    if milliseconds < 1:
        raise ValueError(f'"{value}" is no time at all')
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
