"""What the store remembers of each source, and the last record of each of its entries."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, delete, select, update

from syncd.model.entry import Kind, Ref
from syncd.model.fields import Fields
from syncd.model.record import DepartmentRecord, UserRecord
from syncd.model.source import SourceState
from syncd.store.records import decode_department, decode_field, decode_user
from syncd.store.schema import department, link, record, source, user
from syncd.store.sql import Tuple, fetch, fetch_in, fetch_refs, pairs, upsert_many
from syncd.store.types import read_time, write_json, write_time_or_none

_STATE_COLUMNS = tuple(column.name for column in source.columns)
#: Stands for the settings of a source that was retired: its identity is all that is remembered.
_RETIRED: Final = "retired"


def read_states(connection: Connection) -> dict[str, SourceState]:
    """Return what is remembered of every source that was not retired, by name."""
    query = select(source).where(source.c.fingerprint != _RETIRED).order_by(source.c.name)
    return {row.name: _state(row) for row in connection.execute(query)}


def read_retired(connection: Connection, name: str) -> SourceState | None:
    """Return what a source was that was retired and still owns users or departments, or did then."""
    query = select(source).where(source.c.name == name, source.c.fingerprint == _RETIRED)
    row = connection.execute(query).one_or_none()
    return None if row is None else _state(row)


def retire_state(connection: Connection, name: str) -> None:
    """Forget a source; while anything is its own, but for whose ids those of its records are."""
    of_name = source.c.name == name
    owned = (
        select(link.c.id).where(link.c.source == name, owns_user()),
        select(department.c.id).where(department.c.source == name, department.c.status == "active"),
    )
    if not any(connection.execute(query.limit(1)).first() for query in owned):
        connection.execute(delete(source).where(of_name))
        return
    nothing: dict[str, Any] = {"readable": [], "withheld": [], "scope": {}, "capabilities": {}}
    times = dict.fromkeys(("first_loaded_at", "seen_at"))
    values = {"fingerprint": _RETIRED, **nothing, **times}
    connection.execute(update(source).where(of_name).values(values))


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        row.name,
        row.type,
        row.identity,
        row.fingerprint,
        frozenset(row.readable),
        frozenset(row.withheld),
        row.scope,
        row.capabilities,
        row.first_loaded_at,
        row.seen_at,
        row.key_field,
        row.is_authority,
    )


def write_states(connection: Connection, states: Iterable[SourceState]) -> None:
    """Remember these sources as they are now."""
    rows: list[Tuple] = [
        (
            state.name,
            state.type,
            state.identity,
            state.fingerprint,
            write_json(sorted(state.readable)),
            write_json(sorted(state.withheld)),
            write_json(dict(state.scope)),
            write_json(dict(state.capabilities)),
            write_time_or_none(state.first_loaded_at),
            write_time_or_none(state.seen_at),
            state.key_field,
            state.is_authority,
        )
        for state in states
    ]
    upsert_many(connection, source, _STATE_COLUMNS, rows)


def read_digests(connection: Connection, name: str, kind: Kind) -> dict[str, bytes | None]:
    """Return the digest of every record of a source that is not gone, by external id."""
    return pairs(connection, _present(name, kind, record.c.external_id, record.c.digest))


def read_read_ats(
    connection: Connection, name: str, kind: Kind, ids: Iterable[str]
) -> dict[str, datetime]:
    """Return when these records were read, gone ones too; unknown ids are left out."""
    query = select(record.c.external_id, record.c.read_at).where(
        record.c.source == name, record.c.kind == kind.value
    )
    return {
        key: read_time(at) for key, at in fetch_in(connection, query, record.c.external_id, ids)
    }


def read_memberships(
    connection: Connection, name: str, ids: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return the departments that each of these people was last seen in."""
    people, gone = read_people(connection, {Ref(name, external_id) for external_id in ids})
    return {
        ref.external_id: frozenset(one.department for one in person.memberships or ())
        for ref, person in people.items()
        if ref not in gone
    }


def read_parents(connection: Connection, name: str) -> dict[str, str | None]:
    """Return the parent of every department of a source that is not gone, None for a top."""
    return {
        ref.external_id: one.parent
        for ref, one in read_departments(connection).items()
        if ref.source == name
    }


def read_people(
    connection: Connection,
    refs: Collection[Ref] | None,
    known: Mapping[Ref, Ref] | None = None,
) -> tuple[dict[Ref, UserRecord], set[Ref]]:
    """Return the last records of people, and which of them are gone; None asks for everybody's.

    References in `known` stand for equal ones: where everybody is read, each is in memory once.
    """
    query = records_query(Kind.USER, record.c.gone_at)
    rows = fetch(connection, query) if refs is None else fetch_refs(connection, query, record, refs)
    return decode_people(rows, known or {})


def decode_people(
    rows: Iterable[Tuple],
    known: Mapping[Ref, Ref] = MappingProxyType({}),
    held_as: Callable[[dict[str, str | None]], Mapping[str, str | None]] = Fields,
) -> tuple[dict[Ref, UserRecord], set[Ref]]:
    """Return records and who is gone, of rows of `records_query` with `gone_at`.

    For `held_as` see `decode_user`.
    """
    # A time is read once for all who were read with the same request.
    times: dict[Any, datetime] = {}
    found: dict[Ref, UserRecord] = {}
    gone: set[Ref] = set()
    for source_name, external_id, read_at, data, gone_at in rows:
        at = times.get(read_at)
        if at is None:
            at = times[read_at] = read_time(read_at)
        ref = Ref(source_name, external_id)
        ref = known.get(ref, ref)
        found[ref] = decode_user(*ref, at, data, held_as)
        if gone_at is not None:
            gone.add(ref)
    return found, gone


def read_everybody(connection: Connection) -> Iterator[UserRecord]:
    """Yield the last record of everybody of every source who is not gone."""
    at_text, at = "", read_time("0001-01-01")
    query = records_query(Kind.USER).where(record.c.gone_at.is_(None))
    for source_name, external_id, read_at, data in fetch(connection, query):
        if read_at != at_text:
            at_text, at = read_at, read_time(read_at)
        yield decode_user(source_name, external_id, at, data)


def read_values(connection: Connection, name: str, field: str) -> list[tuple[str, str | None]]:
    """Return (external id, value) of one field of every person of a source who is not gone."""
    rows = fetch(connection, _present(name, Kind.USER, record.c.external_id, record.c.data))
    return [(external_id, decode_field(data, field)) for external_id, data in rows]


def read_departments(connection: Connection) -> dict[Ref, DepartmentRecord]:
    """Return the last records of all departments that are not gone."""
    return {
        Ref(source_name, external_id): decode_department(
            source_name, external_id, read_time(read_at), data
        )
        for source_name, external_id, read_at, data in fetch(
            connection, records_query(Kind.DEPARTMENT).where(record.c.gone_at.is_(None))
        )
    }


def records_query(kind: Kind, *more: Column[Any]) -> Select[Any]:
    """Return the query for source, id, time and data of the records of a kind, and `more`."""
    columns = (record.c.source, record.c.external_id, record.c.read_at, record.c.data, *more)
    return select(*columns).where(record.c.kind == kind.value)


def _present(name: str, kind: Kind, *columns: Any) -> Select[Any]:
    present = (record.c.source == name, record.c.kind == kind.value, record.c.gone_at.is_(None))
    return select(*columns).where(*present)


def read_active(connection: Connection, name: str, ids: Collection[str]) -> frozenset[str]:
    """Return those of the ids whose record owns an active user."""
    query = select(link.c.external_id).join(user, user.c.id == link.c.user_id)
    query = query.where(link.c.source == name, link.c.is_owner, user.c.status == "active")
    return frozenset(key for (key,) in fetch_in(connection, query, link.c.external_id, ids))


def read_linked(connection: Connection, name: str, ids: Collection[str]) -> frozenset[str]:
    """Return those of the ids whose record belongs to a user."""
    query = select(link.c.external_id).where(link.c.source == name, link.c.user_id.is_not(None))
    return frozenset(key for (key,) in fetch_in(connection, query, link.c.external_id, ids))


def owns_user() -> ColumnElement[bool]:
    """Return the condition that a link's record owns a user."""
    return and_(link.c.is_owner, link.c.user_id.is_not(None))


def forget_records(connection: Connection, name: str) -> None:
    """Remove what a source that has ended says of people and departments that are not its own.

    Records that own a user stay, and those of active departments: another authority takes them
    over, or the source comes back.
    """
    owners = select(link.c.external_id).where(link.c.source == name, owns_user())
    theirs = select(department.c.external_id).where(
        department.c.source == name, department.c.status == "active"
    )
    for kind, kept in ((Kind.USER, owners), (Kind.DEPARTMENT, theirs)):
        of_kind = (record.c.source == name, record.c.kind == kind.value)
        connection.execute(delete(record).where(*of_kind, record.c.external_id.not_in(kept)))
