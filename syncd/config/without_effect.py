"""The settings that this version knows, checks, and does not act upon yet; one table, to be emptied.

A setting that would be dangerous to ignore does not stand here: it is refused in `rules`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.problems import ConfigWarning

#: Path in the file (``*`` is any name) and, where it matters, the type of the source.
WITHOUT_EFFECT: tuple[tuple[str, str | None], ...] = (
    ("http", None),
    ("outbox", None),
    ("applications", None),
    ("alerts", None),
    ("reconcile.prefer", None),
    ("reconcile.unmatched", None),
    ("store.password", None),
    ("store.purge_after", None),
    ("store.keep_changes", None),
    ("store.keep_runs", None),
    ("store.keep_messages", None),
    ("sources.*.callback", None),
    ("sources.*.lookup", None),
    ("sources.*.redirect_url", None),
)


def warnings_without_effect(document: Mapping[str, Any]) -> Iterator[ConfigWarning]:
    """Yield a warning for every key of ``document`` that changes nothing in this version."""
    for pattern, kind in WITHOUT_EFFECT:
        for path, owner in _matches(document, pattern.split(".")):
            if kind is None or owner.get("type") == kind:
                shown = f"[{path}]" if "." not in path else f'"{path}"'
                yield ConfigWarning(path, f"{shown} has no effect in this version")


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
