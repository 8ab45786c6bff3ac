"""From references to numbers: ids of what is stored, and new ids that were never used before."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, select, update

from syncd.errors import StoreError
from syncd.model.change import Change, Entity
from syncd.model.directory import LinkRow, UserRow
from syncd.model.entry import Ref
from syncd.store.orphans import read_lost_owners
from syncd.store.rows import IdOf
from syncd.store.schema import counter, department, link
from syncd.store.sql import fetch, fetch_refs
from syncd.text import text

#: With more references than this, reading all of them is faster than asking for each.
_MANY: Final = 5000


class Numbers:
    """The ids that one plan needs; made within its transaction, before the first row is written."""

    def __init__(
        self,
        connection: Connection,
        changes: Mapping[Entity, list[Change]],
        former: Mapping[Ref, Ref] | None = None,
    ) -> None:
        """Look up what is stored and give new ids to what the plan makes.

        `former`: record that owns a stored user from now on → record that owned it before.
        """
        former = former or {}
        new = {
            entity: [one for one in changes[entity] if one.entity_id is None] for entity in Entity
        }
        first = _allocate(connection, {entity: len(ones) for entity, ones in new.items()})
        departments = fetch(
            connection, select(department.c.source, department.c.external_id, department.c.id)
        )
        self._departments = _Known("department")
        self._departments |= {
            Ref(source, external_id): key for source, external_id, key in departments
        }
        self._departments |= _numbered(new[Entity.DEPARTMENT], first[Entity.DEPARTMENT])
        # A record that is somebody new by now stood for another user before: what is made counts.
        self._users = _Known("user")
        self._users |= _numbered(new[Entity.USER], first[Entity.USER])
        named = _named_users(changes, self._users) - former.keys()
        stored = _Known("user")
        stored |= _stored_users(connection, named | set(former.values()))
        for ref, key in {**stored, **{new: stored[old] for new, old in former.items()}}.items():
            self._users.setdefault(ref, key)
        self._links = _Known("link")
        self._links |= _numbered(new[Entity.LINK], first[Entity.LINK])
        # Look-ups by the hundred thousand: a method of ours around each would double their time.
        #: Returns the id of the user of a record.
        self.user: IdOf = self._users.__getitem__
        #: Returns the id of a department.
        self.department: IdOf = self._departments.__getitem__
        #: Returns the id of a link that the plan makes.
        self.link: IdOf = self._links.__getitem__

    def adopt(self, ref: Ref, user_id: int) -> None:
        """Note that a record, by its new id, belongs to a user that is stored already."""
        self._users.setdefault(ref, user_id)


class _Known(dict[Ref, int]):
    """Ids by reference; one that is not there ends the run."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def __missing__(self, ref: Ref) -> int:
        raise StoreError(
            text(
                "The plan names a {what} {ref} that the store does not hold.",
                what=self._what,
                ref=ref,
            ),
            hint=text(
                "Nothing was written. Run syncd sync again; if it stays, report it as a defect."
            ),
        )


def _allocate(connection: Connection, counts: Mapping[Entity, int]) -> dict[Entity, int]:
    """Return the first new id of each entity; the row's lock makes every id one plan's alone."""
    row = connection.execute(select(counter).with_for_update()).one()
    last = {
        Entity.DEPARTMENT: row.department_id,
        Entity.USER: row.user_id,
        Entity.LINK: row.link_id,
    }
    if any(counts[entity] for entity in last):
        used = {f"{entity.value}_id": number + counts[entity] for entity, number in last.items()}
        connection.execute(update(counter).values(used))
    return {entity: number + 1 for entity, number in last.items()}


def _numbered(changes: Iterable[Change], first: int) -> dict[Ref, int]:
    return {one.ref: number for number, one in enumerate(changes, first)}


def _named_users(changes: Mapping[Entity, list[Change]], made: Collection[Ref]) -> set[Ref]:
    """Return the stored users whose ids the plan needs."""
    memberships = changes[Entity.MEMBERSHIP]
    named = {one.ref for one in memberships if one.entity_id is None and one.ref not in made}
    for one in changes[Entity.USER]:
        for row in (one.after, one.before):
            if isinstance(row, UserRow) and row.manager is not None and row.manager not in made:
                named.add(row.manager)
    for one in changes[Entity.LINK]:
        for row in (one.after, one.before):
            if isinstance(row, LinkRow) and row.user is not None and row.user not in made:
                named.add(row.user)
    return named


def _stored_users(connection: Connection, refs: set[Ref]) -> dict[Ref, int]:
    query = select(link.c.source, link.c.external_id, link.c.user_id).where(
        link.c.user_id.is_not(None)
    )
    rows = (
        fetch(connection, query) if len(refs) > _MANY else fetch_refs(connection, query, link, refs)
    )
    found = {Ref(source, external_id): user_id for source, external_id, user_id in rows}
    if refs - found.keys():
        found = {ref: key for key, ref in read_lost_owners(connection).items()} | found
    return found
