"""What the store holds in numbers: the base of the guards' shares, and the status."""

from typing import Any

import orjson
from sqlalchemy import Connection, Select, func, select

from syncd.model.change import Population
from syncd.model.field import CUSTOM_PREFIX, MANAGER, TEXT_FIELDS
from syncd.store.schema import department, link, membership, user
from syncd.store.sql import fetch, pairs

_ACTIVE = user.c.status == "active"


def read_population(connection: Connection) -> Population:
    """Return the counts that guards take their shares of; users and departments are active ones."""
    columns = [func.count(user.c[name]) for name in (*TEXT_FIELDS, "manager_id")]
    per_field: Select[*tuple[Any, ...]] = select(func.count(), *columns).select_from(user)
    users, *values = next(fetch(connection, per_field.where(_ACTIVE)))
    departments = (
        select(func.count()).select_from(department).where(department.c.status == "active")
    )
    per_source = (
        select(link.c.source, func.count())
        .where(link.c.user_id.is_not(None))
        .group_by(link.c.source)
    )
    return Population(
        users=users,
        departments=connection.execute(departments).scalar_one(),
        memberships=connection.execute(select(func.count()).select_from(membership)).scalar_one(),
        links=pairs(connection, per_source),
        values={**dict(zip((*TEXT_FIELDS, MANAGER), values, strict=True)), **_custom(connection)},
    )


def _custom(connection: Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for (custom,) in fetch(connection, select(user.c.custom).where(_ACTIVE, user.c.custom != {})):
        for name in orjson.loads(custom):
            counts[CUSTOM_PREFIX + name] = counts.get(CUSTOM_PREFIX + name, 0) + 1
    return counts


def count_by_status(connection: Connection) -> dict[str, dict[str, int]]:
    """Return `{entity: {status: n}}` of users and departments."""
    tables = {"user": user, "department": department}
    return {
        name: pairs(connection, select(table.c.status, func.count()).group_by(table.c.status))
        for name, table in tables.items()
    }
