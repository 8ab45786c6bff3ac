"""Every record with the user that it belongs to: the list that a personnel department works on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, exists, select

from syncd.model.directory import LinkMethod
from syncd.model.entry import Kind, Ref
from syncd.reconcile.candidates import Candidates, Known
from syncd.store.conflicts import OF_PEOPLE
from syncd.store.rows import read_method
from syncd.store.schema import conflict, department, link, record, user
from syncd.store.sql import Tuple, fetch


@dataclass(frozen=True, slots=True)
class RosterUser:
    """What is told of a user."""

    id: int
    userid: str | None
    name: str
    employee_no: str | None
    mobile: str | None
    #: The path of the main department.
    department: str | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A record, and whose it is."""

    ref: Ref
    #: What the record says; empty where no record is kept.
    fields: Mapping[str, str | None]
    user: RosterUser | None
    #: None for a record that has no link at all, not even one with nobody.
    method: LinkMethod | None
    is_owner: bool
    is_gone: bool
    #: Kinds of the open conflicts that are about the record.
    conflicts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """All lines, and how users are named."""

    lines: Iterator[RosterLine]
    people: "People"


@dataclass(frozen=True, slots=True)
class People:
    """All users, as a person who decides names them and looks for them."""

    #: Userid as it is compared → the users that bear it.
    userids: Mapping[str, Sequence[int]]
    candidates: Candidates


_USER: tuple[Any, ...] = (
    user.c.id,
    user.c.userid,
    user.c.name,
    user.c.employee_no,
    user.c.mobile,
    department.c.full_path,
    user.c.status,
)
_RECORD: tuple[Any, ...] = (record.c.data, record.c.gone_at)


def read_roster(connection: Connection) -> Roster:
    """Return every record of a person, by source and id; those without a link come last."""
    people = read_everybody(connection)
    return Roster(_lines(connection, _conflicts(connection)), people)


def read_everybody(connection: Connection) -> People:
    """Return how users are named, and those who are active by what a record may be found by."""
    userids: dict[str, list[int]] = defaultdict(list)
    known = []
    columns = (user.c.userid_key, user.c.id, user.c.userid, user.c.name, user.c.mobile)
    for key, *of_user, status in fetch(
        connection, select(*columns, user.c.status).order_by(user.c.id)
    ):
        one = Known(*of_user)
        if key is not None:
            userids[key].append(one.id)
        if status == "active":
            known.append(one)
    has = select(link.c.source, link.c.user_id, link.c.external_id).where(
        link.c.user_id.is_not(None)
    )
    records = {(source, id_): Ref(source, ref) for source, id_, ref in fetch(connection, has)}
    return People(userids, Candidates(known, records))


def _conflicts(connection: Connection) -> Mapping[Ref, list[str]]:
    found: dict[Ref, list[str]] = defaultdict(list)
    query = select(conflict.c.source, conflict.c.external_id, conflict.c.kind).where(
        conflict.c.resolved_at.is_(None), conflict.c.kind.in_([one.value for one in OF_PEOPLE])
    )
    for source, external_id, kind in fetch(connection, query.order_by(conflict.c.id)):
        found[Ref(source, external_id)].append(kind)
    return found


def _lines(connection: Connection, conflicts: Mapping[Ref, Sequence[str]]) -> Iterator[RosterLine]:
    for one in fetch(connection, _with_link()):
        source, external_id, method, is_owner, data, gone_at, *of_user = one
        ref = Ref(source, external_id)
        yield RosterLine(
            ref,
            {} if data is None else orjson.loads(data)[0],
            _user(of_user),
            read_method(method),
            bool(is_owner),
            gone_at is not None or data is None,
            conflicts.get(ref, ()),
        )
    for source, external_id, data, _ in fetch(connection, _without_link()):
        ref = Ref(source, external_id)
        fields = orjson.loads(data)[0]
        told = conflicts.get(ref, ())
        yield RosterLine(ref, fields, None, None, is_owner=False, is_gone=False, conflicts=told)


def _user(columns: Sequence[Any]) -> RosterUser | None:
    key, userid, name, employee_no, mobile, path, status = columns
    if key is None:
        return None
    return RosterUser(key, userid, name, employee_no, mobile, path, status == "active")


def _with_link() -> Select[Tuple]:
    of_record = and_(
        record.c.source == link.c.source,
        record.c.external_id == link.c.external_id,
        record.c.kind == Kind.USER.value,
    )
    columns = (link.c.source, link.c.external_id, link.c.method, link.c.is_owner)
    tables = (
        link.join(record, of_record, isouter=True)
        .join(user, user.c.id == link.c.user_id, isouter=True)
        .join(department, department.c.id == user.c.main_department_id, isouter=True)
    )
    query = select(*columns, *_RECORD, *_USER).select_from(tables)
    return query.order_by(link.c.source, link.c.external_id)


def _without_link() -> Select[Tuple]:
    has_link = exists().where(
        link.c.source == record.c.source, link.c.external_id == record.c.external_id
    )
    query = select(record.c.source, record.c.external_id, *_RECORD).where(
        record.c.kind == Kind.USER.value, record.c.gone_at.is_(None), ~has_link
    )
    return query.order_by(record.c.source, record.c.external_id)
