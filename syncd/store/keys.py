"""What records are found by: the value of the common field, in a column with an index."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from syncd.model.entry import Kind
from syncd.model.record import Record, UserRecord
from syncd.reconcile.normalize import matching_key
from syncd.store.records import decode_field
from syncd.store.schema import record, source
from syncd.store.sql import fetch, pairs, update_many


@dataclass(frozen=True, slots=True)
class Keys:
    """Which field the records of each source are found by."""

    #: Source → field, None where none is.
    fields: Mapping[str, str | None]
    #: The same for every source that is not known yet.
    field: str | None

    def of(self, one: Record) -> str | None:
        """Return what a record is found by, None where by nothing."""
        field = self.fields.get(one.source, self.field)
        if field is None or not isinstance(one, UserRecord):
            return None
        return matching_key(field, one.fields.get(field))


def keys_for(connection: Connection, to_be: str | None) -> Keys:
    """Return what records are to be found by; `to_be` is the field from now on, if it changes."""
    if to_be is not None:
        return Keys({}, to_be)
    return Keys(pairs(connection, select(source.c.name, source.c.key_field)), None)


def change_key_field(connection: Connection, field: str) -> None:
    """Let the records of every source be found by a field from now on."""
    known = pairs(connection, select(source.c.name, source.c.key_field))
    for name, before in known.items():
        if before != field:
            _fill(connection, name, field)
    connection.execute(update(source).values(key_field=field))


def _fill(connection: Connection, name: str, field: str) -> None:
    query = select(record.c.external_id, record.c.key_value, record.c.data).where(
        record.c.source == name, record.c.kind == Kind.USER.value
    )
    wrong = [
        (key, name, Kind.USER.value, external_id)
        for external_id, value, data in fetch(connection, query)
        if (key := matching_key(field, decode_field(data, field))) != value
    ]
    update_many(connection, record, ("source", "kind", "external_id"), ("key_value",), wrong)
