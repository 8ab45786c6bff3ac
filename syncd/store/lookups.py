"""What was learnt by asking sources for people, and how often they were asked in vain.

Answers are facts like a reading, and kept as soon as they are there. A question counts as one
that found nobody before it is sent, and no more once it has found somebody: so a process that is
killed has never asked more often than is written here.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, select, update

from syncd.model.entry import Kind, Ref
from syncd.model.lookup import LOOKED_UP, Answer, Asked, LookupTotals, Meter, Miss
from syncd.reconcile.lookup import KEPT_UNUSED, budget_of, counted_from
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.traces import Traces
from syncd.store.database import Database
from syncd.store.schema import lookup, lookup_miss, record
from syncd.store.sql import Tuple, chunks, delete_many, fetch, fetch_in, fetch_refs, upsert_many
from syncd.store.types import read_time, write_time

_COLUMNS = ("source", "field", "value", "external_id", "asked_at", "since")


class Lookups:
    """Keeps the answers of one store."""

    def __init__(self, database: Database) -> None:
        """Look after one store."""
        self._database = database

    # --- what is known -------------------------------------------------------------------------

    def answers(self, name: str, field: str, values: Collection[str]) -> dict[str, Answer]:
        """Return what a source has said of values, by value."""
        columns = (lookup.c.value, lookup.c.external_id, lookup.c.asked_at, lookup.c.since)
        mine = select(*columns).where(lookup.c.source == name, lookup.c.field == field)
        with self._database.read() as connection:
            return {
                value: Answer(value, id_, read_time(asked_at), read_time(since))
                for value, id_, asked_at, since in fetch_in(
                    connection, mine, lookup.c.value, values
                )
            }

    def totals(self) -> dict[str, LookupTotals]:
        """Return how many values are known to be somebody's, and how many nobody's, by source."""
        query = select(
            lookup.c.source, func.count(lookup.c.external_id), func.count(lookup.c.value)
        ).group_by(lookup.c.source)
        with self._database.read() as connection:
            return {
                name: LookupTotals(found, every - found)
                for name, found, every in fetch(connection, query)
            }

    # --- the budget ----------------------------------------------------------------------------

    def misses(self, meter: Meter, at: datetime) -> list[Miss]:
        """Return what counts against the budget of a corporation at a moment, the earliest first."""
        with self._database.read() as connection:
            return _misses(connection, meter, at)

    def reserve(self, meter: Meter, wanted: int, *, people: int, at: datetime) -> int:
        """Return how many questions may be sent now, at most `wanted`; they count as vain from now on."""
        with self._database.write() as connection:
            left = budget_of(_misses(connection, meter, at), people, at).left
            number = min(wanted, left)
            if number:
                _count(connection, meter, at, number)
            return number

    def keep(
        self,
        name: str,
        field: str,
        answers: Mapping[str, str | None],
        *,
        meter: Meter,
        reserved_at: datetime,
        released: int,
        refusal: str | None,
        at: datetime,
    ) -> None:
        """Keep what a source said; `released` of the reserved questions were not in vain."""
        with self._database.write() as connection:
            _write_answers(connection, name, field, answers, at)
            if released or refusal is not None:
                _count(connection, meter, reserved_at, -released, refusal)

    # --- forgetting ----------------------------------------------------------------------------

    def forget_unused(self, at: datetime) -> int:
        """Delete answers of a week ago about values that nobody carries any more; return how many."""
        carried = exists().where(
            record.c.kind == Kind.USER.value,
            record.c.gone_at.is_(None),
            record.c.key_value == lookup.c.value,
            record.c.source != lookup.c.source,
        )
        query = select(lookup.c.source, lookup.c.field, lookup.c.value)
        with self._database.write() as connection:
            unused = query.where(lookup.c.asked_at < at - KEPT_UNUSED, ~carried)
            rows: list[Tuple] = [tuple(row) for row in connection.execute(unused)]
            delete_many(connection, lookup, ("source", "field", "value"), rows)
            old = lookup_miss.c.hour <= counted_from(at)
            connection.execute(delete(lookup_miss).where(old))
            return len(rows)


def read_found(
    connection: Connection, refs: Collection[Ref] | None
) -> dict[Ref, tuple[tuple[str, str], ...]]:
    """Return the values that records were found by: (field, value) each; None asks for all."""
    if not connection.execute(select(lookup.c.source).limit(1)).first():
        return {}
    found: dict[Ref, list[tuple[str, str]]] = {}
    query = select(lookup.c.source, lookup.c.external_id, lookup.c.field, lookup.c.value)
    there = query.where(lookup.c.external_id.is_not(None))
    for of, id_, field, value in _of(connection, there, refs):
        found.setdefault(Ref(of, id_), []).append((field, value))
    return {ref: tuple(sorted(values)) for ref, values in found.items()}


def read_asked(connection: Connection, refs: Collection[Ref]) -> tuple[Asked, ...]:
    """Return what sources said whose the values of these records are, or that named one of them."""
    keys = select(record.c.key_value).where(
        record.c.kind == Kind.USER.value, record.c.key_value.is_not(None)
    )
    values = {key for (key,) in fetch_refs(connection, keys, record, refs)}
    said = select(lookup.c.source, lookup.c.value, lookup.c.external_id, lookup.c.asked_at)
    rows = {
        *fetch_in(connection, said, lookup.c.value, values),
        *fetch_refs(connection, said, lookup, refs),
    }
    return tuple(
        sorted(Asked(of, value, id_, read_time(asked_at)) for of, value, id_, asked_at in rows)
    )


def find_values(connection: Connection, refs: Collection[Ref]) -> set[str]:
    """Return the values by which these records were found."""
    query = select(lookup.c.value).where(lookup.c.external_id.is_not(None))
    return {value for (value,) in _of(connection, query, refs)}


def find_records(connection: Connection, values: Collection[str]) -> set[Ref]:
    """Return the records that were found by these values, without those who are gone."""
    its_record = and_(
        record.c.source == lookup.c.source,
        record.c.external_id == lookup.c.external_id,
        record.c.kind == Kind.USER.value,
        record.c.gone_at.is_(None),
    )
    query = select(lookup.c.source, lookup.c.external_id).join(record, its_record)
    return {Ref(*row) for row in fetch_in(connection, query, lookup.c.value, values)}


def forget_answers(connection: Connection, name: str) -> None:
    """Delete what a source has said that ends; what counts against its budget stays."""
    connection.execute(delete(lookup).where(lookup.c.source == name))


def erase_answers(connection: Connection, traces: Traces) -> None:
    """Delete the answers that tell of one person."""
    keys = {matching_key(field, one) for field in LOOKED_UP for one in traces.ids}
    values = sorted(traces.ids | {key for key in keys if key is not None})
    for column in (lookup.c.value, lookup.c.external_id):
        for some in chunks(values):
            connection.execute(delete(lookup).where(column.in_(some)))


def _of(
    connection: Connection, query: Select[Any], refs: Collection[Ref] | None
) -> Iterator[Tuple]:
    if refs is None:
        return fetch(connection, query)
    return fetch_refs(connection, query, lookup, refs)


def _misses(connection: Connection, meter: Meter, at: datetime) -> list[Miss]:
    columns = (lookup_miss.c.hour, lookup_miss.c.number, lookup_miss.c.refusal)
    query = select(*columns).where(
        lookup_miss.c.identity == meter.identity,
        lookup_miss.c.endpoint == meter.endpoint,
        lookup_miss.c.hour > counted_from(at),
    )
    return [Miss(*row) for row in connection.execute(query.order_by(lookup_miss.c.hour))]


def _count(
    connection: Connection,
    meter: Meter,
    at: datetime,
    number: int,
    refusal: str | None = None,
) -> None:
    hour = at.replace(minute=0, second=0, microsecond=0)
    key = {**meter._asdict(), "hour": hour}
    mine = [lookup_miss.c[name] == value for name, value in key.items()]
    values: dict[str, Any] = {"number": lookup_miss.c.number + number}
    if refusal is not None:
        values["refusal"] = refusal
    changed = connection.execute(update(lookup_miss).where(*mine).values(values)).rowcount
    if not changed:
        row = {**key, "number": max(0, number), "refusal": refusal}
        connection.execute(insert(lookup_miss).values(row))


def _write_answers(
    connection: Connection,
    name: str,
    field: str,
    answers: Mapping[str, str | None],
    at: datetime,
) -> None:
    columns = (lookup.c.value, lookup.c.external_id, lookup.c.since)
    mine = select(*columns).where(lookup.c.source == name, lookup.c.field == field)
    before = {
        value: (id_, since)
        for value, id_, since in fetch_in(connection, mine, lookup.c.value, answers)
    }
    rows: list[Tuple] = []
    for value, id_ in answers.items():
        is_same = value in before and before[value][0] == id_
        since = read_time(before[value][1]) if is_same else at
        rows.append((name, field, value, id_, write_time(at), write_time(since)))
    upsert_many(connection, lookup, _COLUMNS, rows)
