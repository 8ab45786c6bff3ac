"""Finding a person where the row itself is not: in texts, in lists, in what was said of others."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

#: Columns whose values are one person's and nobody else's.
IDENTIFYING: Final = frozenset(
    {
        "userid",
        "mobile",
        "email",
        "biz_email",
        "employee_no",
        "avatar_url",
        "external_id",
        "key_value",
    }
)
#: Columns whose values others may have too.
NAMING: Final = frozenset({"name", "alias"})
#: What stands where something was.
ERASED: Final = "(erased)"
#: Keys whose values a person has written.
_TEXTS: Final = frozenset({"why", "error", "accepted_why", "reason"})
#: Keys that name departments, whose ids may look like somebody's.
_OF_DEPARTMENTS: Final = frozenset({"departments", "circle", "placed_under"})
#: Shorter words are looked for only where they stand alone.
_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Traces:
    """Every value that tells of one person."""

    user_id: int
    #: The ids of the person's links, former ones too.
    links: frozenset[int] = frozenset()
    #: Values that nobody else has.
    ids: frozenset[str] = field(default=frozenset(), repr=False)
    #: Names that the person has or had.
    names: frozenset[str] = field(default=frozenset(), repr=False)

    def and_columns(self, columns: Mapping[str, Any] | None) -> "Traces":
        """Return the traces with those that columns of the person's rows hold."""
        if not columns:
            return self
        return Traces(
            self.user_id,
            self.links,
            self.ids | set(_values(columns, IDENTIFYING)),
            self.names | set(_values(columns, NAMING)),
        )

    def and_links(self, links: Iterable[int]) -> "Traces":
        """Return the traces with further links."""
        return Traces(self.user_id, self.links | set(links), self.ids, self.names)

    def and_ids(self, ids: Iterable[str]) -> "Traces":
        """Return the traces with further values that nobody else has."""
        return Traces(self.user_id, self.links, self.ids | set(ids), self.names)

    @property
    def folded(self) -> frozenset[str]:
        """Return the values that nobody else has, as they are compared."""
        return frozenset(one.casefold() for one in self.ids)

    def search(self) -> "Search":
        """Return what looks for these traces."""
        return Search(self)


class Search:
    """Looks for one person's traces in JSON values and in texts."""

    def __init__(self, traces: Traces) -> None:
        """Prepare to look for many values."""
        self._ids = traces.folded
        self._in_values = _pattern(traces.ids)
        self._in_texts = _pattern(traces.ids | traces.names)

    def finds(self, value: Any, key: str = "") -> bool:
        """Return whether a JSON value, which stands under `key`, mentions the person."""
        if isinstance(value, str):
            if key in _TEXTS:
                return self.finds_in_text(value)
            return self._is_id(value) or bool(self._in_values.search(value))
        if isinstance(value, Mapping):
            return any(self.finds(one, str(name)) for name, one in value.items())
        if isinstance(value, list | tuple) and key not in _OF_DEPARTMENTS:
            return any(self.finds(one, key) for one in value)
        return False

    def finds_in_text(self, text: str) -> bool:
        """Return whether a text that somebody wrote mentions the person."""
        return self._is_id(text) or bool(self._in_texts.search(text))

    def without(self, value: Any, key: str = "") -> Any:
        """Return a JSON value without the person: not in lists, and blacked out in texts."""
        if isinstance(value, str):
            if key in _TEXTS:
                return self.text_without(value)
            return ERASED if self._is_id(value) else self._in_values.sub(ERASED, value)
        if isinstance(value, Mapping):
            return {name: self.without(one, str(name)) for name, one in value.items()}
        if isinstance(value, list | tuple) and key not in _OF_DEPARTMENTS:
            return [
                self.without(one, key)
                for one in value
                if not (isinstance(one, str) and self._is_id(one))
            ]
        return value

    def text_without(self, text: str) -> str:
        """Return a text with the person blacked out."""
        return ERASED if self._is_id(text) else self._in_texts.sub(ERASED, text)

    def _is_id(self, value: str) -> bool:
        folded = value.casefold()
        # `wecom:zhangsan` and `member:zhangsan` name somebody too.
        return folded in self._ids or folded.partition(":")[2] in self._ids


def _values(columns: Mapping[str, Any], names: frozenset[str]) -> list[str]:
    return [one for name in names if isinstance(one := columns.get(name), str) and one]


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds a word of its own; between Chinese characters nothing tells where one ends."""
    long = [one for one in words if len(one) >= (_SHORTEST if one.isascii() else 2)]
    choice = "|".join(re.escape(one) for one in sorted(long, key=len, reverse=True)) or r"(?!)"
    before, after = r"(?<![0-9a-z_])(?<![0-9a-z][.@-])", r"(?![0-9a-z_]|[.@-][0-9a-z])"
    return re.compile(f"{before}(?:{choice}){after}", re.IGNORECASE | re.ASCII)
