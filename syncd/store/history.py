"""The newest changes, each with the names of what it is about: for a person to read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from syncd.model.change import Action, Entity
from syncd.store.about_user import is_about, read_link_ids, taken_from
from syncd.store.look import LoggedChange
from syncd.store.schema import change, department, link, user
from syncd.store.sql import fetch, fetch_in

_OF_USER = (Entity.USER.value, Entity.MEMBERSHIP.value)


@dataclass(frozen=True, slots=True)
class NamedChange:
    """A change, and what its ids are called now; empty text where the row is no longer there."""

    change: LoggedChange
    #: The person's or department's name.
    name: str
    #: The department of a membership, as a path.
    department: str
    #: The record of a link.
    record: str = ""


def read_history(
    connection: Connection,
    *,
    user_id: int | None,
    run_id: int | None,
    since: datetime | None,
    limit: int,
) -> list[NamedChange]:
    """Return the newest `limit` changes of a user, of a run, since a moment, in order of time."""
    query = _wanted(run_id, since).order_by(change.c.id.desc()).limit(limit)
    if user_id is not None:
        query = query.where(is_about(user_id, read_link_ids(connection, user_id)))
    return list(_named(connection, _read(connection, query)[::-1]))


def read_later(
    connection: Connection,
    *,
    after_id: int,
    user_id: int | None,
    run_id: int | None,
    since: datetime | None,
    limit: int,
) -> tuple[list[NamedChange], int]:
    """Return the first `limit` changes after one, and the id up to which there is no other."""
    newest = read_newest_id(connection)
    query = _wanted(run_id, since).where(change.c.id > after_id)
    if user_id is not None:
        # What is new is little: it is looked through as it is.
        has = fetch(connection, select(link.c.id).where(link.c.user_id == user_id))
        about = is_about(user_id, [key for (key,) in has])
        query = query.where(about | taken_from(connection, user_id))
    found = _read(connection, query.order_by(change.c.id).limit(limit))
    last = found[-1].id if len(found) == limit else max([newest, *(one.id for one in found[-1:])])
    return list(_named(connection, found)), last


def read_newest_id(connection: Connection) -> int:
    """Return the id of the newest change; 0 where there is none."""
    newest: int | None = connection.execute(select(func.max(change.c.id))).scalar_one()
    return newest or 0


def _wanted(run_id: int | None, since: datetime | None) -> Select[Any]:
    query = select(change)
    if run_id is not None:
        query = query.where(change.c.run_id == run_id)
    if since is not None:
        query = query.where(change.c.at >= since)
    return query


def _read(connection: Connection, query: Select[Any]) -> list[LoggedChange]:
    return [
        LoggedChange(
            row.id,
            row.run_id,
            row.at,
            Entity(row.entity),
            row.entity_id,
            Action(row.action),
            row.before,
            row.after,
            row.cause,
        )
        for row in connection.execute(query)
    ]


def _named(connection: Connection, found: list[LoggedChange]) -> Iterator[NamedChange]:
    links = _links(connection, found)
    people = {one.entity_id for one in found if one.entity.value in _OF_USER}
    people |= set(links.users.values())
    departments = {one.entity_id for one in found if one.entity is Entity.DEPARTMENT}
    departments |= {_department_id(one) for one in found if one.entity is Entity.MEMBERSHIP}
    names = _names(connection, people)
    paths = _paths(connection, departments)
    for one in found:
        if one.entity is Entity.DEPARTMENT:
            yield NamedChange(one, paths.get(one.entity_id, ""), "")
        elif one.entity is Entity.LINK:
            whose = links.users.get(one.id, 0)
            yield NamedChange(one, names.get(whose, ""), "", links.records.get(one.entity_id, ""))
        else:
            inside = _department_id(one) if one.entity is Entity.MEMBERSHIP else 0
            yield NamedChange(one, names.get(one.entity_id, ""), paths.get(inside, ""))


class _Links(NamedTuple):
    #: A change's id → whose record it was about.
    users: Mapping[int, int]
    #: A link's id → its record.
    records: Mapping[int, str]


def _links(connection: Connection, found: list[LoggedChange]) -> _Links:
    changes = [one for one in found if one.entity is Entity.LINK]
    query = select(link.c.id, link.c.user_id, link.c.source, link.c.external_id)
    rows = fetch_in(connection, query, link.c.id, {one.entity_id for one in changes})
    now = {key: (user_id, f"{source}:{id_}") for key, user_id, source, id_ in rows}
    users = {one.id: _named_user(one) or now.get(one.entity_id, (None,))[0] for one in changes}
    return _Links(
        {key: user_id for key, user_id in users.items() if user_id is not None},
        {key: record for key, (_, record) in now.items()},
    )


def _named_user(one: LoggedChange) -> int | None:
    """Return the user whom a link's change names: who has got the record, else who had it."""
    sides = (one.after or {}, one.before or {})
    return next((int(str(id_)) for side in sides if (id_ := side.get("user_id"))), None)


def _department_id(one: LoggedChange) -> int:
    sides: Iterable[Mapping[str, object]] = (one.after or {}, one.before or {})
    return next((int(str(side["department_id"])) for side in sides if "department_id" in side), 0)


def _names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    query = select(user.c.id, user.c.name, user.c.userid)
    return {
        key: f"{name} ({userid})" if userid and userid != name else name
        for key, name, userid in fetch_in(connection, query, user.c.id, ids)
    }


def _paths(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    query = select(department.c.id, department.c.full_path)
    return {row[0]: row[1] for row in fetch_in(connection, query, department.c.id, ids)}
