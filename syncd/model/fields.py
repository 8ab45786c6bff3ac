"""The fields of a record, held in as little memory as they need."""

from collections.abc import Iterator, KeysView, Mapping
from functools import lru_cache
from typing import Any, Final

#: Sets of fields that are remembered; a source shows a few.
_SHAPES: Final = 1024


class Fields(Mapping[str, str | None]):
    """Field → value, as a dictionary says it, but in less than half of its memory.

    The records of a directory have the same fields, nearly all of them: which place a value has
    stands in memory once for all that do. A first load holds a million records.
    """

    __slots__ = ("_places", "_values")

    def __init__(self, fields: Mapping[str, str | None]) -> None:
        """Take over what a mapping says now."""
        self._places = _places(tuple(fields))
        self._values = tuple(fields.values())

    def __getitem__(self, name: str) -> str | None:
        """Return a value; None is known to be empty.

        Raises:
            KeyError: Nothing is known of the field.
        """
        return self._values[self._places[name]]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or the default where nothing is known of the field."""
        at = self._places.get(name)
        return default if at is None else self._values[at]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the fields."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many fields are known."""
        return len(self._values)

    def keys(self) -> KeysView[str]:
        """Return the names of the fields."""
        return self._places.keys()

    def __eq__(self, other: object) -> bool:
        """Return whether another mapping says the same."""
        if isinstance(other, Fields) and other._places is self._places:
            return self._values == other._values
        return isinstance(other, Mapping) and self.as_dict() == dict(other)

    def __hash__(self) -> int:
        """Return the same number for all that say the same."""
        return hash(frozenset(self.as_dict().items()))

    def __repr__(self) -> str:
        """Return what a dictionary of the same would."""
        return repr(self.as_dict())

    def as_dict(self) -> dict[str, str | None]:
        """Return the same as a dictionary."""
        return dict(zip(self._places, self._values, strict=False))


@lru_cache(maxsize=_SHAPES)
def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}
