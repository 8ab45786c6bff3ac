"""Reads all that the store knows about one person."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, select

from syncd.model.change import Entity
from syncd.model.conflict import ConflictKind
from syncd.model.dossier import Dossier, Step, StoredLink, StoredMembership, StoredRecord
from syncd.model.entry import Kind, Ref
from syncd.model.run import Run
from syncd.store.conflicts import read_open
from syncd.store.look import LoggedChange, read_changes, read_changes_of_links
from syncd.store.lookups import read_asked
from syncd.store.people import read_owner
from syncd.store.records import decode_user
from syncd.store.rows import read_method, userid_key
from syncd.store.runs import read_run
from syncd.store.schema import department, link, membership, record, user
from syncd.store.sources import read_states
from syncd.store.sql import fetch, fetch_in, fetch_refs
from syncd.store.types import read_time, read_time_or_none

#: Kinds of conflicts that are about departments alone.
_OTHERS: Final = frozenset({ConflictKind.ORPHAN_DEPARTMENT, ConflictKind.DEPARTMENT_CYCLE})


def read_user_ids(connection: Connection, user_id: int | None, userid: str | None) -> list[int]:
    """Return the ids of the users that have this id or this userid, whatever its case."""
    wanted = []
    if user_id is not None:
        wanted.append(user.c.id == user_id)
    if userid is not None:
        wanted.append(user.c.userid_key == userid_key(userid))
    found = {key for one in wanted for (key,) in fetch(connection, select(user.c.id).where(one))}
    return sorted(found)


def read_user_of(connection: Connection, ref: Ref) -> int | None:
    """Return the id of the user that a record belongs to, None where it belongs to nobody."""
    query = select(link.c.user_id).where(
        link.c.source == ref.source, link.c.external_id == ref.external_id
    )
    return connection.execute(query).scalar_one_or_none()


def read_dossier(connection: Connection, subject: int | Ref) -> Dossier | None:
    """Return what is known of a user (by id) or of a record without one; None where there is none."""
    if isinstance(subject, Ref):
        records = _records(connection, [subject])
        if not records:
            return None
        links = _links(
            connection,
            link.c.source == subject.source,
            link.c.external_id == subject.external_id,
        )
        changes = list(read_changes_of_links(connection, [one.id for one in links]))
        return Dossier(
            None,
            links,
            records=records,
            steps=tuple(_step(one) for one in changes),
            runs=_runs(connection, {one.run_id for one in changes}),
            states=read_states(connection),
            asked=read_asked(connection, records),
            conflicts=_conflicts(connection, records),
        )
    columns = connection.execute(select(user).where(user.c.id == subject)).one_or_none()
    if columns is None:
        return None
    links = _links(connection, link.c.user_id == subject)
    records = _records(connection, [one.ref for one in links])
    changes = list(read_changes(connection, user_id=subject, run_id=None, since=None))
    return Dossier(
        dict(columns._mapping),  # noqa: SLF001 - SQLAlchemy's documented name
        links,
        records,
        _memberships(connection, subject),
        _manager(connection, columns.manager_id),
        _department(connection, columns.main_department_id),
        tuple(_step(one) for one in changes),
        _runs(connection, {one.run_id for one in changes}),
        read_states(connection),
        read_asked(connection, records),
        _parted(connection, changes, {one.id for one in links}),
        _conflicts(connection, [one.ref for one in links]),
    )


def _parted(
    connection: Connection, changes: Collection[LoggedChange], links: Collection[int]
) -> dict[int, Ref]:
    """Return the records of links that changes name and that are none of `links`."""
    of_links = {one.entity_id: one for one in changes if one.entity is Entity.LINK}
    ids = of_links.keys() - links
    query = select(link.c.id, link.c.source, link.c.external_id)
    found = {
        key: Ref(source, id_) for key, source, id_ in fetch_in(connection, query, link.c.id, ids)
    }
    # A link whose record is gone has no row; its last change has all that it had.
    for key in ids - found.keys():
        was = of_links[key].before or {}
        if "source" in was:
            found[key] = Ref(was["source"], was["external_id"])
    return found


def _links(connection: Connection, *which: ColumnElement[bool]) -> tuple[StoredLink, ...]:
    query = select(link).where(*which).order_by(link.c.id)
    return tuple(
        StoredLink(
            row.id,
            Ref(row.source, row.external_id),
            read_method(row.method),
            row.key_value,
            row.linked_at,
            row.last_seen_at,
            bool(row.is_owner),
        )
        for row in connection.execute(query)
    )


def _records(connection: Connection, refs: Collection[Ref]) -> dict[Ref, StoredRecord]:
    columns: tuple[Any, ...] = (
        record.c.source,
        record.c.external_id,
        record.c.read_at,
        record.c.gone_at,
        record.c.data,
    )
    query = select(*columns).where(record.c.kind == Kind.USER.value)
    return {
        Ref(source, external_id): StoredRecord(
            decode_user(source, external_id, read_time(read_at), data), read_time_or_none(gone_at)
        )
        for source, external_id, read_at, gone_at, data in fetch_refs(
            connection, query, record, refs
        )
    }


def _memberships(connection: Connection, user_id: int) -> tuple[StoredMembership, ...]:
    query = (
        select(membership, department.c.source, department.c.external_id, department.c.full_path)
        .join(department, department.c.id == membership.c.department_id)
        .where(membership.c.user_id == user_id)
        .order_by(membership.c.is_primary.desc(), department.c.full_path)
    )
    return tuple(
        StoredMembership(
            row.department_id,
            Ref(row.source, row.external_id),
            row.full_path,
            bool(row.is_primary),
            bool(row.is_leader),
            row.sort_order,
        )
        for row in connection.execute(query)
    )


def _manager(connection: Connection, user_id: int | None) -> tuple[Ref | None, str] | None:
    if user_id is None:
        return None
    name = connection.execute(select(user.c.name).where(user.c.id == user_id)).scalar_one()
    return read_owner(connection, user_id), str(name)


def _department(connection: Connection, department_id: int | None) -> tuple[Ref, str] | None:
    if department_id is None:
        return None
    columns = (department.c.source, department.c.external_id, department.c.full_path)
    row = connection.execute(select(*columns).where(department.c.id == department_id)).one()
    return Ref(row.source, row.external_id), row.full_path


def _step(one: LoggedChange) -> Step:
    return Step(
        one.run_id,
        one.at,
        one.entity,
        one.entity_id,
        one.action,
        one.before or {},
        one.after or {},
        one.cause,
    )


def _runs(connection: Connection, ids: Collection[int]) -> dict[int, Run]:
    found = {key: read_run(connection, key) for key in sorted(ids)}
    return {key: run for key, run in found.items() if run is not None}


def _conflicts(connection: Connection, refs: Collection[Ref]) -> tuple[Any, ...]:
    found = read_open(connection, refs, departments=False)
    return tuple(one for one in found if one.conflict.kind not in _OTHERS)
