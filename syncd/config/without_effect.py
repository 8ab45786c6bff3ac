"""The settings that this version knows, checks, and does not act upon yet; one table, to be emptied.

A setting that would be dangerous to ignore does not stand here: it is refused in `rules`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncd.config.problems import ConfigWarning
from syncd.text import text


@dataclass(frozen=True, slots=True)
class Idle:
    """A key that changes nothing yet."""

    path: str  #: in the file; ``*`` is any name
    type: str | None = None  #: only in a source of this type
    done_anyway: tuple[object, ...] = ()  #: values that ask for what happens in any case


WITHOUT_EFFECT: tuple[Idle, ...] = (
    Idle("http"),
    Idle("applications"),
    Idle("sources.*.callback"),
    Idle("sources.*.redirect_url"),
    Idle("sources.*.client_cert", "wecom"),
    Idle("sources.*.client_key", "wecom"),
)


def is_idle_section(name: str) -> bool:
    """Return whether nothing of the section ``name`` has an effect in this version."""
    return any(idle.path == name for idle in WITHOUT_EFFECT)


def warnings_without_effect(document: Mapping[str, Any]) -> Iterator[ConfigWarning]:
    """Yield a warning for every key of ``document`` that changes nothing in this version."""
    for idle in WITHOUT_EFFECT:
        for path, owner in _matches(document, idle.path.split(".")):
            if idle.type in {None, owner.get("type")} and not _is_done(idle, path, owner):
                shown = f"[{path}]" if "." not in path else path.rpartition(".")[2]
                yield ConfigWarning(
                    path, text("{shown} has no effect in this version", shown=shown)
                )


def _is_done(idle: Idle, path: str, owner: Mapping[str, Any]) -> bool:
    return owner[path.rpartition(".")[2]] in idle.done_anyway


def _matches(
    table: Mapping[str, Any], steps: list[str], prefix: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path of each key that ``steps`` lead to, with the table it stands in."""
    first, *rest = steps
    for key in list(table) if first == "*" else [first] if first in table else []:
        value = table[key]
        if not rest:
            yield f"{prefix}{key}", table
        elif isinstance(value, Mapping):
            yield from _matches(value, rest, f"{prefix}{key}.")
