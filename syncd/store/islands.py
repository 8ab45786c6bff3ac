"""Finds whose records have to be planned together, of everybody.

Whose a record is depends on whoever shares a user or a value of the common field with it, and on
whoever shares one with those: they are an island. Of most, one user's records are an island, and so
is a record that is nobody's. The others are found here.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import Connection, and_, select

from syncd.model.entry import Kind, Ref
from syncd.store.lookups import read_found
from syncd.store.related import find_related
from syncd.store.schema import link, lookup, record
from syncd.store.sql import Tuple, fetch, fetch_in, fetch_refs

_LINK = and_(link.c.source == record.c.source, link.c.external_id == record.c.external_id)


def find_entangled(
    connection: Connection, sources: Collection[str], lost: Mapping[int, Ref], *, by_value: bool
) -> set[Ref]:
    """Return everybody whose island is not one user's records, or one record that is nobody's.

    Args:
        connection: A connection that may read.
        sources: Those that take part.
        lost: The owners of users that no link belongs to (`read_lost_owners`).
        by_value: Whether records are matched by the common field.
    """
    by_user = select(link.c.source, link.c.external_id)
    linked = fetch_in(connection, by_user, link.c.user_id, lost)
    refs = {*lost.values(), *(Ref(*row) for row in linked)}
    if not by_value:
        return refs
    shared = _shared(connection, sources)
    return find_related(connection, refs, shared) if refs or shared else refs


def _shared(connection: Connection, sources: Collection[str]) -> set[str]:
    """Return the values that records carry of which not all belong to one user."""
    whose: dict[str, Hashable] = {}
    shared = set()
    for key, user_id, source, external_id in chain(
        _carried(connection, sources), _answered(connection)
    ):
        one = (source, external_id) if user_id is None else user_id
        if whose.setdefault(key, one) != one:
            shared.add(key)
    return shared


def _carried(connection: Connection, sources: Collection[str]) -> Iterator[Tuple]:
    """Yield (value, user, source, id) of everybody who carries a value."""
    columns = (record.c.key_value, link.c.user_id, record.c.source, record.c.external_id)
    query = select(*columns).outerjoin_from(record, link, _LINK)
    return fetch(
        connection,
        query.where(
            record.c.source.in_(sorted(sources)),
            record.c.kind == Kind.USER.value,
            record.c.gone_at.is_(None),
            record.c.key_value.is_not(None),
        ),
    )


def _answered(connection: Connection) -> Iterator[Tuple]:
    """Yield the same of everybody whom a source has named when it was asked for a value."""
    named = and_(
        record.c.source == lookup.c.source,
        record.c.external_id == lookup.c.external_id,
        record.c.kind == Kind.USER.value,
        record.c.gone_at.is_(None),
    )
    columns = (lookup.c.value, link.c.user_id, record.c.source, record.c.external_id)
    query = select(*columns).join_from(lookup, record, named).outerjoin(link, _LINK)
    return fetch(connection, query)


def read_islands(
    connection: Connection, refs: Collection[Ref], lost: Mapping[int, Ref], size: int
) -> Iterator[list[Ref]]:
    """Yield some records, in parts of whole islands; no part is larger than it must be.

    `refs` hold whole islands only.
    """
    groups = _Groups()
    for ref in refs:
        groups.find(ref)
    for ref, what in _ties(connection, refs, lost):
        groups.join(ref, what)
    part: list[Ref] = []
    for island in groups.of(refs):
        if part and len(part) + len(island) > size:
            yield part
            part = []
        part += island
    if part:
        yield part


def _ties(
    connection: Connection, refs: Collection[Ref], lost: Mapping[int, Ref]
) -> Iterator[tuple[Ref, Hashable]]:
    """Yield the records with each user whom they belong to, and each value that they have."""
    users = select(link.c.source, link.c.external_id, link.c.user_id)
    users = users.where(link.c.user_id.is_not(None))
    keys = select(record.c.source, record.c.external_id, record.c.key_value).where(
        record.c.kind == Kind.USER.value,
        record.c.gone_at.is_(None),
        record.c.key_value.is_not(None),
    )
    for source, external_id, user_id in fetch_refs(connection, users, link, refs):
        yield Ref(source, external_id), user_id
    yield from ((ref, user_id) for user_id, ref in lost.items())
    for source, external_id, key in fetch_refs(connection, keys, record, refs):
        yield Ref(source, external_id), key
    for ref, values in read_found(connection, refs).items():
        yield from ((ref, key) for _, key in values)


@dataclass(slots=True)
class _Groups:
    """What hangs together: records, the numbers of users, and values."""

    _above: dict[Hashable, Hashable] = field(default_factory=dict)

    def find(self, one: Hashable) -> Hashable:
        """Return what stands for everything that hangs together with one."""
        above = self._above
        while (upper := above.setdefault(one, one)) != one:
            above[one] = one = above[upper]
        return one

    def join(self, one: Hashable, other: Hashable) -> None:
        """Note that two hang together."""
        self._above[self.find(one)] = self.find(other)

    def of(self, refs: Collection[Ref]) -> Collection[list[Ref]]:
        """Return some records, those together that hang together."""
        found: dict[Hashable, list[Ref]] = {}
        for ref in sorted(refs):
            found.setdefault(self.find(ref), []).append(ref)
        return found.values()
