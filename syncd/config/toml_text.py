"""Settings as TOML text: for the example, and for showing what is in effect."""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from syncd.config.address import is_database, mask_password, shown_database
from syncd.config.duration import format_duration
from syncd.config.secret import Secret

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def toml_key(key: str) -> str:
    """Return ``key`` as it is written in TOML, quoted where it must be."""
    return key if _BARE.fullmatch(key) else _text(key)


def toml_value(value: object) -> str:
    """Return ``value``, of a plain kind as `plain_value` gives it, as it is written in TOML."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            inner = ", ".join(
                f"{toml_key(str(key))} = {toml_value(each)}" for key, each in value.items()
            )
            return f"{{ {inner} }}" if inner else "{}"
        case list() | tuple():
            return "[" + ", ".join(toml_value(each) for each in value) + "]"
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    escaped = "".join(
        _ESCAPES.get(character)
        or (character if character.isprintable() else f"\\u{ord(character):04X}")
        for character in text
    )
    return f'"{escaped}"'


def plain_value(value: object) -> object:  # noqa: PLR0911 - one line per kind of value
    """Return ``value`` as a file or JSON would have it: no secret, no password, no object of ours."""
    match value:
        case Secret():
            shown = [
                _secret(str(reference), value, reference.name) for reference in value.references
            ]
            return shown[0] if len(shown) == 1 else shown
        case timedelta():
            return format_duration(value)
        case time():
            return value.strftime("%H:%M")
        case ZoneInfo() | Path():
            return str(value)
        case str():
            return mask_password(value)
        case Mapping():
            return {str(key): plain_value(each) for key, each in value.items()}
        case list() | tuple():
            return [plain_value(each) for each in value]
        case _:
            return value


def _secret(shown: str, secret: Secret, name: str) -> str:
    """Return ``shown``; the address of a database stands there without its password and options."""
    return shown_database(name) if secret.is_literal and is_database(name) else shown
