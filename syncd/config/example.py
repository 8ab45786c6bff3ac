"""The example file, made from the settings themselves: every key, its meaning and its default.

``python -m syncd.config.example > config/syncd.example.toml`` renews the file in the repository;
a test compares the two.
"""

import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncd.config.configuration import Configuration
from syncd.config.later import ApplicationSettings
from syncd.config.section import shown_of
from syncd.config.sources import LdapSource, WeComSource
from syncd.config.toml_text import plain_value, toml_key, toml_value
from syncd.config.without_effect import is_idle_section

_HEAD = """\
# The configuration of syncd: every key, what it means, and its default.
#
# A key behind "#" shows its default, or an example where it has none; remove the "#" to set it.
# syncd looks for --config FILE, $SYNCD_CONFIG, ./config/syncd.toml, /etc/syncd/syncd.toml.
#
# Secrets: "env:NAME" (environment), "file:PATH", "credential:NAME" (systemd LoadCredential=).
#   A list of secrets is for rotation: the first is used, all are accepted.
# Paths: a relative path is relative to the folder of this file.
# Lengths of time: "10s", "10m", "1h30m", "3d".
#
# `syncd config check` says all that is wrong, `syncd config show` what is in effect.
"""

_LATER = "This version checks this table and does not act upon it yet."

#: The sources that the example shows: table, heading, model, and what differs from the examples of the keys.
_SOURCES: tuple[tuple[str, str, type[BaseModel], dict[str, object]], ...] = (
    ("sources.wecom", "A WeCom corporation. The name behind the dot is yours.", WeComSource, {}),
    (
        "sources.corp_ldap",
        "An LDAP directory. One source may be enabled in this version.",
        LdapSource,
        {"enabled": False},
    ),
)


def example_toml() -> str:
    """Return the text of the example file."""
    return "\n".join([_HEAD, *_file()]).rstrip() + "\n"


def _file() -> Iterator[str]:
    for key, field in Configuration.model_fields.items():
        match key:
            case "sources":
                for table, heading, model, other in _SOURCES:
                    yield from _section(table, heading, model, other=other)
            case "applications":
                yield from _section("applications.portal", _heading(field), ApplicationSettings)
            case _:
                yield from _section(key, _heading(field), model_of(field))


def _heading(field: FieldInfo) -> str:
    return field.description or ""


def model_of(field: FieldInfo) -> type[BaseModel]:
    """Return the model inside the annotation of ``field``, which may be optional."""
    candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next(
        each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)
    )


def _section(
    table: str,
    heading: str,
    model: type[BaseModel],
    *,
    other: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[str]:
    name, off = table.partition(".")[0], False
    if is_idle_section(name):
        heading, off = f"{heading} {_LATER}", True
    yield from _comment(heading)
    yield f"{'#' if off else ''}[{table}]"
    for key in reading_order(model):
        field = model.model_fields[key]
        yield from _key(key, field, is_off=off, other=other.get(key))
    yield ""


def reading_order(model: type[BaseModel]) -> list[str]:
    """Return the keys: what a source is and whether it is on, its own keys, then those of every source."""
    first = [key for key in ("type", "enabled") if key in model.model_fields]
    own = [key for key in inspect.get_annotations(model) if key in model.model_fields]
    return list(dict.fromkeys([*first, *own, *model.model_fields]))


def _key(key: str, field: FieldInfo, *, is_off: bool, other: object = None) -> Iterator[str]:
    shown = shown_of(field)
    default = default_of(field)
    value = default if other is None else other
    if value in (None, [], {}) and shown["example"] is not None:
        value = shown["example"]
    yield from _comment(_meaning(field, shown))
    yield f"{'' if shown['active'] and not is_off else '#'}{toml_key(key)} = {toml_value(value)}"


def default_of(field: FieldInfo) -> object:
    """Return the default of ``field`` as the file would have it; None where there is none."""
    if field.is_required():
        return None
    default = field.get_default(call_default_factory=True)
    # A limit of the guard is empty by default, and its example is what it then means.
    return shown_of(field)["example"] if isinstance(default, BaseModel) else plain_value(default)


def _meaning(field: FieldInfo, shown: Mapping[str, Any]) -> str:
    term = f"({shown['zh']})" if shown["zh"] else ""
    required = "Required." if field.is_required() else ""
    return " ".join(part for part in (field.description, term, required) if part)


def _comment(text: str) -> list[str]:
    return [
        f"# {line}"
        for line in textwrap.wrap(text, 96, break_long_words=False, break_on_hyphens=False)
    ]


if __name__ == "__main__":
    sys.stdout.write(example_toml())
