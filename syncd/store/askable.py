"""Whom a source may be asked for: people who have no record of it, and the values they carry."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, exists, or_, select

from syncd.model.directory import LinkMethod
from syncd.model.entry import Kind, Ref
from syncd.reconcile.lookup import Person
from syncd.reconcile.normalize import matching_key
from syncd.store.records import decode_field, knows_field
from syncd.store.schema import link, record, source, user
from syncd.store.sql import Tuple, fetch, fetch_in, pairs

#: Rows that are looked at before all of them are.
_FEW: Final = 500


def read_askable(
    connection: Connection,
    name: str,
    field: str,
    sources: Collection[str],
    *,
    is_authority: bool,
    protected: Collection[str],
) -> list[Person]:
    """Return who has a value and no record of a source. See `Reader.askable`."""
    own = _unmatched(name) if is_authority else _owners_without(name, protected)
    column, key_of = _keys(connection, field)
    rows = fetch(connection, own.add_columns(column))
    found = ((Ref(of, id_), key_of(value)) for of, id_, value in rows if of in sources)
    return [Person(ref, key) for ref, key in found if key is not None]


def read_carriers(
    connection: Connection, keys: Collection[str], field: str, sources: Collection[str]
) -> dict[tuple[str, str], set[str]]:
    """Return who carries some values. See `Reader.carriers`."""
    found: dict[tuple[str, str], set[str]] = {}
    column, key_of = _keys(connection, field)
    there = select(record.c.source, record.c.external_id, column).where(*_present())
    rows: Iterable[Tuple]
    if column is record.c.key_value:
        rows = fetch_in(connection, there, record.c.key_value, keys)
    else:
        rows = fetch(connection, there)
    for of, id_, value in rows:
        key = key_of(value)
        if key in keys and of in sources:
            found.setdefault((of, key), set()).add(id_)
    return found


def has_unshown(
    connection: Connection, name: str, field: str, other: str | None, told: Collection[str]
) -> bool:
    """Return whether somebody of a source is left to be found. See `Reader.has_unshown`."""
    lone = (
        select(record.c.external_id, record.c.data).outerjoin(link, _its_link()).where(*_present())
    )
    lone = lone.where(record.c.source == name)
    if other is None:
        lone = lone.where(link.c.user_id.is_(None))
    else:
        lone = lone.where(link.c.user_id.is_not(None), ~_has_record_of(other))
    # Where a source shows the field of nobody, the first few tell it.
    for query in (lone.limit(_FEW), lone):
        rows = 0
        for id_, data in fetch(connection, query):
            rows += 1
            if id_ not in told and not knows_field(data, field):
                return True
        if rows < _FEW:
            return False
    return False


def _owners_without(name: str, protected: Collection[str]) -> Select[Any]:
    """Return the query for the records that own users who have no record of a source."""
    return (
        select(record.c.source, record.c.external_id)
        .join(link, _its_link())
        .join(user, user.c.id == link.c.user_id)
        .where(*_present(), link.c.is_owner, user.c.gone_at.is_(None))
        .where(~_has_record_of(name))
        .where(or_(user.c.userid_key.is_(None), user.c.userid_key.not_in(sorted(protected))))
        .where(record.c.source != name)
    )


def _unmatched(name: str) -> Select[Any]:
    """Return the query for the records of other sources that have no user, and may have one."""
    is_free = and_(link.c.user_id.is_(None), link.c.method != LinkMethod.MANUAL.value)
    return (
        select(record.c.source, record.c.external_id)
        .outerjoin(link, _its_link())
        .where(*_present(), record.c.source != name, or_(link.c.id.is_(None), is_free))
    )


def _has_record_of(name: str) -> Any:
    """Return the condition that a link's user has a record of a source."""
    theirs = link.alias()
    return exists().where(theirs.c.user_id == link.c.user_id, theirs.c.source == name)


def _present() -> tuple[Any, ...]:
    return record.c.kind == Kind.USER.value, record.c.gone_at.is_(None)


def _its_link() -> Any:
    return and_(link.c.source == record.c.source, link.c.external_id == record.c.external_id)


def _keys(connection: Connection, field: str) -> tuple[Any, Any]:
    """Return the column that tells records' values, and what makes of it how they are compared."""
    fields = pairs(connection, select(source.c.name, source.c.key_field))
    if all(one == field for one in fields.values()):
        return record.c.key_value, lambda value: value
    return record.c.data, lambda data: matching_key(field, decode_field(data, field))
