"""Which changes are about a user: of the row, the memberships, and the records it has or has had."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, or_, select

from syncd.model.change import Action, Entity
from syncd.store.schema import change, link
from syncd.store.sql import fetch

_OF_USER: Final = (Entity.USER.value, Entity.MEMBERSHIP.value)
#: What takes a record from a user.
_TAKES: Final = (Action.UNLINK.value, Action.LINK.value)


def read_link_ids(connection: Connection, user_id: int) -> frozenset[int]:
    """Return the ids of the links that a user has, and of those that it has had."""
    now = select(link.c.id).where(link.c.user_id == user_id)
    lost = select(change.c.entity_id).where(taken_from(connection, user_id))
    return frozenset(key for query in (now, lost) for (key,) in fetch(connection, query))


def is_about(user_id: int, links: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a change is about a user, or about one of these links."""
    of_row = change.c.entity.in_(_OF_USER) & (change.c.entity_id == user_id)
    return or_(of_row, (change.c.entity == Entity.LINK.value) & change.c.entity_id.in_(links))


def taken_from(connection: Connection, user_id: int) -> ColumnElement[bool]:
    """Return the condition that a change takes a record from a user.

    No index helps to find such a change; there are few, and only those are looked into.
    """
    if connection.dialect.name == "postgresql":
        had = func.jsonb_extract_path_text(change.c.before, "user_id") == str(user_id)
    else:
        had = func.json_extract(change.c.before, "$.user_id") == user_id
    is_taken = (change.c.entity == Entity.LINK.value) & change.c.action.in_(_TAKES)
    return is_taken & change.c.before.is_not(None) & had
