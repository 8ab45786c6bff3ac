"""The example file, made from the settings themselves: every key, its meaning and its default.

``python -m syncd.config.example > config/syncd.example.toml`` renews the file in the repository;
a test compares the two.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from syncd.config.configuration import Configuration
from syncd.config.later import ApplicationSettings
from syncd.config.section import shown_of
from syncd.config.sources import LdapSource, WeComSource
from syncd.config.toml_text import plain_value, toml_key, toml_value
from syncd.config.without_effect import is_idle_section

_HEAD = (
    "The configuration of syncd: every key, what it means, and its default.",
    "",
    'A key behind "#" shows its default, or an example where it has none; remove the "#" to set it.',
    "syncd looks for --config FILE, $SYNCD_CONFIG, ./config/syncd.toml, /etc/syncd/syncd.toml.",
    "",
    'Secrets: "env:NAME" (environment), "file:PATH", "credential:NAME" (systemd LoadCredential=).',
    "  A list of secrets is for rotation: the first is used, all are accepted.",
    "Paths: a relative path is relative to the folder of this file.",
    'Lengths of time: "10s", "10m", "1h30m", "3d".',
    "",
    "`syncd config check` says all that is wrong, `syncd config show` what is in effect.",
)

_WIDTH = 96
_REQUIRED = "Required."
_LATER = "This version checks this table and does not act upon it yet."

#: The sources that the example shows: table, heading, model, and what differs from the examples of the keys.
_SOURCES: tuple[tuple[str, str, type[BaseModel], dict[str, object]], ...] = (
    ("sources.wecom", "A WeCom corporation. The name behind the dot is yours.", WeComSource, {}),
    (
        "sources.corp_ldap",
        "An LDAP directory. Several enabled sources need reconcile.authority and common_field.",
        LdapSource,
        {"enabled": False},
    ),
)


def _in_english(words: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, break_long_words=False, break_on_hyphens=False)


@dataclass(frozen=True, slots=True)
class Wording:
    """How the comments are worded."""

    #: A sentence → the same in the language of the file.
    said: Callable[[str], str] = str
    #: A comment → its lines.
    wrap: Callable[[str], Iterable[str]] = _in_english

    def comment(self, *sentences: str) -> list[str]:
        """Return sentences as lines of comment."""
        words = " ".join(self.said(one) for one in sentences if one)
        return [f"# {line}" for line in self.wrap(words)]


_ENGLISH = Wording()


def example_toml(wording: Wording = _ENGLISH) -> str:
    """Return the text of the example file."""
    head = [f"# {wording.said(line)}" if line else "#" for line in _HEAD]
    return "\n".join([*head, "", *_file(wording)]).rstrip() + "\n"


def _file(wording: Wording) -> Iterator[str]:
    for key, field in Configuration.model_fields.items():
        heading = field.description or ""
        match key:
            case "sources":
                for table, about, model, other in _SOURCES:
                    yield from _section(wording, table, about, model, other=other)
            case "applications":
                yield from _section(wording, "applications.portal", heading, ApplicationSettings)
            case _:
                yield from _section(wording, key, heading, model_of(field))


def model_of(field: FieldInfo) -> type[BaseModel]:
    """Return the model inside the annotation of ``field``, which may be optional."""
    candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
    return next(
        each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)
    )


def _section(
    wording: Wording,
    table: str,
    heading: str,
    model: type[BaseModel],
    *,
    other: Mapping[str, object] = MappingProxyType({}),
) -> Iterator[str]:
    off = is_idle_section(table.partition(".")[0])
    yield from wording.comment(heading, _LATER if off else "")
    yield f"{'#' if off else ''}[{table}]"
    for key in reading_order(model):
        field = model.model_fields[key]
        yield from _key(wording, key, field, is_off=off, other=other.get(key))
    yield ""


def reading_order(model: type[BaseModel]) -> list[str]:
    """Return the keys: what a source is and whether it is on, its own keys, then those of every source."""
    first = [key for key in ("type", "enabled") if key in model.model_fields]
    own = [key for key in inspect.get_annotations(model) if key in model.model_fields]
    return list(dict.fromkeys([*first, *own, *model.model_fields]))


def _key(
    wording: Wording, key: str, field: FieldInfo, *, is_off: bool, other: object = None
) -> Iterator[str]:
    shown = shown_of(field)
    default = default_of(field)
    value = default if other is None else other
    if value in (None, [], {}) and shown["example"] is not None:
        value = shown["example"]
    term = f"({shown['zh']})" if shown["zh"] else ""
    required = _REQUIRED if field.is_required() else ""
    yield from wording.comment(field.description or "", term, required)
    yield f"{'' if shown['active'] and not is_off else '#'}{toml_key(key)} = {toml_value(value)}"


def default_of(field: FieldInfo) -> object:
    """Return the default of ``field`` as the file would have it; None where there is none."""
    if field.is_required():
        return None
    default = field.get_default(call_default_factory=True)
    # A limit of the guard is empty by default, and its example is what it then means.
    return shown_of(field)["example"] if isinstance(default, BaseModel) else plain_value(default)


if __name__ == "__main__":
    sys.stdout.write(example_toml())
