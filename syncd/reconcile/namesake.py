"""Somebody new under an old id: the user of before gives way (rule 10).

A person has said so. The user keeps its number and its link, which is no record's any more; the
rest is planned as if the record had always been without a user.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncd.model.change import Action, Cause, Change, Entity, Gone, RecordWrite
from syncd.model.directory import Link, LinkMethod, LinkRow, User
from syncd.model.entry import Kind, Ref
from syncd.model.record import UserRecord
from syncd.model.surrender import surrendered
from syncd.model.world import World
from syncd.reconcile.normalize import remembered
from syncd.reconcile.succession import Succession, succeeded


def give_way(world: World, refs: Iterable[Ref]) -> Succession | None:
    """Return the world in which the users of records are no longer theirs; None for nobody's.

    Only who is gone and whose record is there again can give way.
    """
    left = {ref: surrendered(ref, user.id) for ref, user in _namesakes(world, refs)}
    if not left:
        return None
    links, records = dict(world.links), dict(world.records)
    for old, new in left.items():
        user = world.users[old]
        known = _own(world, old)
        if known is not None:
            links[new] = replace(links.pop(old), ref=new)
        else:
            links[new] = Link(0, new, user.id, LinkMethod.AUTHORITY, None)
        records[new] = former_record(user, world.records[old], new)
    return Succession(
        replace(
            world,
            users=succeeded(world.users, left),
            links=links,
            records=records,
            gone=world.gone | frozenset(left.values()),
        ),
        tuple(_moved(_own(world, old), old, new) for old, new in left.items()),
        {new: old for old, new in left.items()},
    )


def former_record(user: User, record: UserRecord, new: Ref) -> UserRecord:
    """Return what is kept of a user whose record is somebody else's: what the row says."""
    return replace(remembered(user, record), external_id=new.external_id)


def kept_of_former(found: Succession) -> tuple[list[RecordWrite], list[Gone]]:
    """Return what is to be written of those who gave way: records that are gone."""
    writes = [RecordWrite(Kind.USER, found.world.records[ref], None) for ref in found.former]
    return writes, [Gone(Kind.USER, ref) for ref in found.former]


def _namesakes(world: World, refs: Iterable[Ref]) -> Iterator[tuple[Ref, User]]:
    for ref in sorted(refs):
        user = world.users.get(ref)
        is_there = ref in world.records and ref not in world.gone
        if user is not None and user.row.gone_at is not None and is_there:
            yield ref, user


def _own(world: World, ref: Ref) -> Link | None:
    """Return the link of a record with its user; another hand may have taken it from there."""
    link = world.links.get(ref)
    return link if link is not None and link.user_id == world.users[ref].id else None


def _moved(link: Link | None, old: Ref, new: Ref) -> Change:
    """Return the step that takes the record from a user's link."""
    cause = Cause("surrendered", (("former", str(old)),))
    if link is None:
        row = LinkRow(new, LinkMethod.AUTHORITY)
        return Change(Entity.LINK, Action.LINK, new, None, None, None, row, cause)
    before, after = (LinkRow(ref, link.method, link.key_value) for ref in (old, new))
    return Change(Entity.LINK, Action.REKEY, new, None, link.id, before, after, cause)
