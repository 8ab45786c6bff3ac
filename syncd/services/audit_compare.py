"""Comparing a directory that was rebuilt from the log with the store, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from syncd.model.change import Entity
from syncd.services.audit_rebuild import Directory, Key, Row, key_names, key_of, pack
from syncd.store.moment import Moment

#: A row under the same reference takes the place of one that another hand has deleted.
_BY_REFERENCE: Final = frozenset({Entity.DEPARTMENT, Entity.LINK})


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not the same in the log and in the store."""

    entity: Entity
    #: Columns that tell the row from every other, with their values.
    key: dict[str, int]
    #: `only_in_log`, `only_in_store` or `differs`.
    code: str
    #: Column → what the log and the store have in it; empty where only one has the row.
    columns: dict[str, tuple[Any, Any]] = field(default_factory=dict)


class Comparison:
    """Compares a rebuilt directory with the store, row by row."""

    def __init__(self, limit: int) -> None:
        """Begin with none; the first `limit` differences are kept, all are counted."""
        self._limit = limit
        self.count = 0
        self.first: list[Difference] = []

    def compare(self, directory: Directory, moment: Moment) -> None:
        """Note every difference; the rebuilt rows are used up."""
        for entity in Entity:
            self._compare(entity, directory, moment)

    def _compare(self, entity: Entity, directory: Directory, moment: Moment) -> None:
        rebuilt = directory.rows[entity]
        for row in moment.rows(entity):
            key = key_of(entity, row)
            packed = rebuilt.pop(key, None)
            if packed is None:
                self._note(entity, key, "only_in_store")
            elif packed != pack(row):
                self._note(entity, key, "differs", (packed, row))
        if entity in _BY_REFERENCE and rebuilt:
            _drop_replaced(entity, directory, moment)
        for key, _ in directory.left(entity):
            self._note(entity, key, "only_in_log")

    def _note(
        self, entity: Entity, key: Key, code: str, sides: tuple[bytes, Row] | None = None
    ) -> None:
        self.count += 1
        if len(self.first) < self._limit:
            named = dict(zip(key_names(entity), key, strict=True))
            columns = {} if sides is None else dict(differing(*sides))
            self.first.append(Difference(entity, named, code, columns))


def differing(packed: bytes, row: Row) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yield the columns in which a rebuilt row and a stored one differ, with both values."""
    told = orjson.loads(packed)
    for name in sorted(told.keys() | row.keys()):
        if told.get(name) != row.get(name):
            yield name, (told.get(name), row.get(name))


def _drop_replaced(entity: Entity, directory: Directory, moment: Moment) -> None:
    """Leave out rows that another hand has deleted, and that were made again with a new id."""
    rebuilt = directory.rows[entity]
    left = {_reference(row): key for key, row in directory.left(entity)}
    for row in moment.rows(entity):
        key = left.get(_reference(row))
        if key is not None and key < key_of(entity, row):
            rebuilt.pop(key, None)


def _reference(row: Row) -> tuple[str, str]:
    return row["source"], row["external_id"]
