"""The directory as an audit log tells it: every change, one after the other. No I/O."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from syncd.model.change import Entity
from syncd.store.rows import userid_key

#: What tells a row of an entity from every other.
Key = tuple[int, ...]
Row = dict[str, Any]

_KEYS: Final[Mapping[Entity, tuple[str, ...]]] = {
    Entity.DEPARTMENT: ("id",),
    Entity.USER: ("id",),
    Entity.MEMBERSHIP: ("user_id", "department_id"),
    Entity.LINK: ("id",),
}
#: Entities whose rows say when they were made and changed: when the log says that they were.
_STAMPED: Final = frozenset({Entity.DEPARTMENT, Entity.USER})


class Directory:
    """Rows rebuilt from changes; each is kept as JSON bytes, a third of what Python would take."""

    def __init__(self) -> None:
        """Begin with an empty directory."""
        self.rows: dict[Entity, dict[Key, bytes]] = {entity: {} for entity in Entity}

    def take(self, line: Mapping[str, Any]) -> None:
        """Do what a line of the log tells; most events but `change` move no row."""
        if line["event"] == "change":
            self.change(line)
        elif line["event"] == "source_renamed":
            self.rename_source(line["before"], line["after"])

    def change(self, line: Mapping[str, Any]) -> None:
        """Do what a line of the event `change` tells.

        An update of a row that was never made is left out: the row was another hand's.
        """
        entity = Entity(line["entity"])
        before, after = line["before"], line["after"]
        rows, key = self.rows[entity], _key_of(entity, line)
        if after is None:
            rows.pop(key, None)
        elif before is None:
            made = {**_identity(entity, line["entity_id"]), **after}
            if entity in _STAMPED:
                made["created_at"] = line["ts"]
            rows[key] = _finished(entity, made, line["ts"])
        elif key in rows:
            rows[key] = _finished(entity, orjson.loads(rows[key]) | after, line["ts"])

    def rename_source(self, old: str, new: str) -> None:
        """Give what a source owns its new name, as an event `source_renamed` tells."""

        def rename(row: Row) -> None:
            if row["source"] == old:
                row["source"] = new

        for entity in (Entity.DEPARTMENT, Entity.LINK):
            self.rewrite(entity, rename)

    def rewrite(self, entity: Entity, change: Callable[[Row], None]) -> None:
        """Let a function change every row of an entity, as an event about all of them tells."""
        rows = self.rows[entity]
        for key, packed in rows.items():
            row = orjson.loads(packed)
            change(row)
            rows[key] = pack(row)

    def counts(self) -> dict[str, int]:
        """Return how many rows there are of each entity."""
        return {entity.value: len(rows) for entity, rows in self.rows.items()}

    def left(self, entity: Entity) -> Iterator[tuple[Key, Row]]:
        """Yield the rows of an entity, in the order of their keys."""
        for key, packed in sorted(self.rows[entity].items()):
            yield key, orjson.loads(packed)


def pack(row: Mapping[str, Any]) -> bytes:
    """Return a row as JSON bytes that are equal for equal rows."""
    # A copy, because what orjson returns keeps several times the room that it needs.
    return bytes(memoryview(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)))


def key_of(entity: Entity, row: Mapping[str, Any]) -> Key:
    """Return what tells a row from every other of its entity."""
    return tuple(row[name] for name in _KEYS[entity])


def key_names(entity: Entity) -> tuple[str, ...]:
    """Return the columns of which a key is made."""
    return _KEYS[entity]


def _key_of(entity: Entity, line: Mapping[str, Any]) -> Key:
    if entity is Entity.MEMBERSHIP:
        return key_of(entity, line["after"] or line["before"])
    return (line["entity_id"],)


def _identity(entity: Entity, entity_id: int) -> Row:
    return {} if entity is Entity.MEMBERSHIP else {"id": entity_id}


def _finished(entity: Entity, row: Row, at: str) -> bytes:
    if entity in _STAMPED:
        row["updated_at"] = at
    if entity is Entity.USER:
        row["userid_key"] = userid_key(row["userid"])
    return pack(row)
