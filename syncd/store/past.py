"""Reads what a run has done, in the words of the model, for undoing it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from syncd.model.change import Action, Entity
from syncd.model.entry import Kind, Ref
from syncd.model.past import Past, PastChange
from syncd.model.record import DepartmentRecord
from syncd.store.former_names import FormerNames, read_former_names
from syncd.store.orphans import read_lost_owners
from syncd.store.records import decode_department
from syncd.store.rows import read_method
from syncd.store.schema import change, department, link, record
from syncd.store.sql import fetch, fetch_in, fetch_refs
from syncd.store.types import read_time, read_time_or_none

#: Columns that follow from others, or are told of a new row besides its own.
_LEFT_OUT: Final[Mapping[Entity, frozenset[str]]] = {
    Entity.USER: frozenset({"status", "userid_key"}),
    Entity.DEPARTMENT: frozenset({"status", "source", "external_id"}),
    Entity.MEMBERSHIP: frozenset({"user_id", "department_id"}),
    Entity.LINK: frozenset({"linked_at"}),
}
_MOMENTS: Final = frozenset({"gone_at", "source_disabled_at", "admin_disabled_at"})
#: What stands for somebody or something that is no longer there.
_NOBODY: Final = Ref("", "")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Told:
    """A row of `sync_change`."""

    entity: Entity
    action: Action
    entity_id: int
    before: Json | None
    after: Json | None

    def sides(self) -> Iterator[Json]:
        yield from (side for side in (self.before, self.after) if side is not None)


@dataclass(frozen=True, slots=True)
class _Refs:
    """What ids stand for now."""

    users: Mapping[int, Ref]
    departments: Mapping[int, Ref]


def read_past(connection: Connection, run_id: int) -> Past:
    """Return what a run has changed; no change where there is no such run, or they were purged."""
    query = select(change).where(change.c.run_id == run_id).order_by(change.c.id)
    names = read_former_names(connection)
    told = [
        _Told(
            Entity(row.entity),
            Action(row.action),
            row.entity_id,
            *(_renamed(side, names, row.id) for side in (row.before, row.after)),
        )
        for row in connection.execute(query)
    ]
    columns = (department.c.id, department.c.source, department.c.external_id)
    departments = {key: Ref(*ref) for key, *ref in fetch(connection, select(*columns))}
    refs = _Refs(_owners(connection, _users_of(told)), departments)
    changes = tuple(_past(one, refs) for one in told)
    people = {*refs.users.values(), *_linked(connection, told)}
    concerned = {one.department for one in changes if one.entity is Entity.DEPARTMENT} - {None}
    return Past(
        run_id,
        changes,
        frozenset(people),
        _records(connection, {ref for ref in concerned if ref is not None}),
    )


def _renamed(side: Json | None, names: FormerNames, change_id: int) -> Json | None:
    """Return columns with the source's present name, where they have a source."""
    if side is None or "source" not in side:
        return side
    return {**side, "source": names.now(side["source"], change_id)}


def _users_of(told: Iterable[_Told]) -> set[int]:
    """Return every user that changes are about or refer to."""
    found: set[int] = set()
    for one in told:
        if one.entity in {Entity.USER, Entity.MEMBERSHIP}:
            found.add(one.entity_id)
        for side in one.sides():
            found |= {side[name] for name in ("manager_id", "user_id") if side.get(name)}
    return found


def _owners(connection: Connection, users: Collection[int]) -> dict[int, Ref]:
    query = select(link.c.user_id, link.c.source, link.c.external_id).where(link.c.is_owner)
    found = {key: Ref(*ref) for key, *ref in fetch_in(connection, query, link.c.user_id, users)}
    if len(found) < len(users):
        lost = read_lost_owners(connection)
        found |= {key: ref for key, ref in lost.items() if key in users}
    return found


def _linked(connection: Connection, told: Iterable[_Told]) -> Iterator[Ref]:
    """Yield the records of the links concerned, by the ids that they have and had."""
    links = [one for one in told if one.entity is Entity.LINK]
    query = select(link.c.id, link.c.source, link.c.external_id)
    wanted = {one.entity_id for one in links}
    now = {key: Ref(*ref) for key, *ref in fetch_in(connection, query, link.c.id, wanted)}
    yield from now.values()
    for one in links:
        for side in one.sides():
            known = now.get(one.entity_id, _NOBODY)
            source = side.get("source", known.source)
            yield Ref(source, side.get("external_id", known.external_id))


def _records(connection: Connection, refs: Collection[Ref]) -> dict[Ref, DepartmentRecord]:
    columns = (record.c.source, record.c.external_id, record.c.read_at, record.c.data)
    query = select(*columns).where(record.c.kind == Kind.DEPARTMENT.value)
    return {
        Ref(source, external_id): decode_department(source, external_id, read_time(at), data)
        for source, external_id, at, data in fetch_refs(connection, query, record, refs)
    }


def _past(one: _Told, refs: _Refs) -> PastChange:
    where = None
    if one.entity is Entity.DEPARTMENT:
        where = refs.departments.get(one.entity_id)
    elif one.entity is Entity.MEMBERSHIP:
        where = next((refs.departments.get(side["department_id"]) for side in one.sides()), None)
    sides = (_columns(one.entity, side, refs) for side in (one.before, one.after))
    return PastChange(one.entity, one.action, one.entity_id, where, *sides)


def _columns(entity: Entity, side: Json | None, refs: _Refs) -> dict[str, object] | None:
    if side is None:
        return None
    left_out = _LEFT_OUT[entity]
    return dict(_column(*column, refs) for column in side.items() if column[0] not in left_out)


def _column(name: str, value: Any, refs: _Refs) -> tuple[str, object]:
    """Return a column by the name and with the value that the model has for it."""
    if name in _MOMENTS:
        return name, read_time_or_none(value)
    if name == "manager_id":
        return "manager", None if value is None else refs.users.get(value, _NOBODY)
    if name in {"main_department_id", "parent_id"}:
        found = None if value is None else refs.departments.get(value, _NOBODY)
        return name.removesuffix("_id"), found
    if name == "method":
        return name, read_method(value)
    return ("user" if name == "user_id" else name), value
