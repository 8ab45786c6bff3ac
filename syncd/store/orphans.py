"""Users whose link another hand has deleted: whose they are stands in the log of changes.

A user without a link belongs to nobody, and the next run would make another user of the same
person. Who the person is must not be guessed from a name or a userid; every link was told when it
was made, though.
"""

from typing import Any

from sqlalchemy import Connection, select

from syncd.model.change import Entity
from syncd.model.entry import Ref
from syncd.store.former_names import read_former_names
from syncd.store.schema import change, link, user
from syncd.store.sql import fetch
from syncd.store.types import read_json

_ORPHANS = select(user.c.id).where(
    user.c.name != "",  # a row that was blanked belongs to nobody on purpose
    ~select(link.c.id).where(link.c.user_id == user.c.id, link.c.is_owner).exists(),
)
_TOLD = select(change.c.id, change.c.entity_id, change.c.after).where(
    change.c.entity == Entity.LINK.value
)


def read_lost_owners(connection: Connection) -> dict[int, Ref]:
    """Return who owned each user that no link belongs to, by user, as far as changes tell it.

    A record that owns another user by now is left out.
    """
    orphans = {key for (key,) in fetch(connection, _ORPHANS)}
    if not orphans:
        return {}
    lost = {
        one["user_id"]: Ref(one["source"], one["external_id"])
        for one in _links_as_told(connection)
        if one["user_id"] in orphans and one["is_owner"]
    }
    owning = select(link.c.source, link.c.external_id).where(link.c.is_owner)
    taken = {Ref(*row) for row in fetch(connection, owning.where(link.c.user_id.is_not(None)))}
    return {key: ref for key, ref in lost.items() if ref not in taken}


def _links_as_told(connection: Connection) -> list[dict[str, Any]]:
    """Return every link as its changes leave it; without what an earlier purge has forgotten."""
    links: dict[int, dict[str, Any]] = {}
    names = read_former_names(connection)
    for change_id, key, after in fetch(connection, _TOLD.order_by(change.c.id)):
        columns = read_json(after)
        if columns and "source" in columns:
            columns["source"] = names.now(columns["source"], change_id)
        if columns is None:
            links.pop(key, None)
        elif "source" in columns or key in links:
            links.setdefault(key, {}).update(columns)
    return list(links.values())
