"""Whose the users and departments in the store are."""

from collections.abc import Collection

from sqlalchemy import Connection, or_, select

from syncd.store.schema import department, link, user
from syncd.store.sql import fetch


def read_other_owners(connection: Connection, source: str, protected: Collection[str]) -> set[str]:
    """Return the sources besides `source` that own users who are not gone, or active departments.

    Users whose userid as it is compared is in `protected` do not count.
    """
    of_others = select(department.c.source).distinct().where(department.c.source != source)
    found = {
        name for (name,) in fetch(connection, of_others.where(department.c.status == "active"))
    }
    # Nearly always there is no other source, and its index says so at once.
    beyond = (link.c.source < source, link.c.source > source)
    if not any(connection.execute(select(link.c.id).where(one).limit(1)).first() for one in beyond):
        return found
    owners = select(link.c.source).distinct().join(user, user.c.id == link.c.user_id)
    owners = owners.where(link.c.source != source, link.c.is_owner, user.c.gone_at.is_(None))
    if protected:
        others = or_(user.c.userid_key.is_(None), user.c.userid_key.not_in(sorted(protected)))
        owners = owners.where(others)
    return found | {name for (name,) in fetch(connection, owners)}
