"""Gives the authority's records the users that another source's records own (rule 6).

Such a user was made by `unmatched = "create"`, or stayed behind when the authority changed. An
authority record that has no user and carries the value of the common field that the owner carries
takes the user over, and the id stays::

    the value is carried by                                   then
    one record of the authority, the owner in its source,     the user goes over
    and no other user
    the same, and the user is protected                       identity_doubtful: a person decides
    anybody else                                              both go on by themselves
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.conflict import Conflict
from syncd.model.directory import Link, LinkMethod, LinkRow
from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile.normalize import matching_key
from syncd.reconcile.rekey import doubtful_successor, is_protected
from syncd.reconcile.resolve import may_become_user
from syncd.reconcile.settings import Policy
from syncd.reconcile.succession import Succession, succeeded

#: Returns the record of somebody as it will be, None where it is gone.
After = Callable[[Ref], UserRecord | None]


def adopt(
    world: World, policy: Policy, people: Iterable[Ref], after: After, waiting: Iterable[Ref]
) -> Succession | None:
    """Return which users go over to the authority; None for nobody's.

    Args:
        world: What the store holds. It has everybody who shares a value with `people`.
        policy: What the administrator has decided.
        people: Everybody who is there before or after the plan, of every source.
        after: Returns the record of one of them as it will be.
        waiting: Records that make no user before a person has decided.
    """
    field = policy.matching_field
    theirs = {ref for ref in world.users if ref.source in policy.others}
    if field is None or not theirs:
        return None
    carriers: dict[str, dict[str, list[Ref]]] = defaultdict(lambda: defaultdict(list))
    records: dict[Ref, UserRecord] = {}
    for ref in people:
        record = after(ref)
        key = None if record is None else matching_key(field, record.fields.get(field))
        if record is not None and key is not None:
            carriers[key][ref.source].append(ref)
            records[ref] = record
    owners = {
        key: owner
        for key, by_source in carriers.items()
        if (owner := _only_owner(by_source, theirs)) is not None
    }
    not_free = world.users.keys() | set(waiting)
    moves: dict[Ref, Ref] = {}
    links = dict(world.links)
    conflicts: list[Conflict] = []
    changes: list[Change] = []
    for key, old in sorted(owners.items()):
        new = _only(carriers[key].get(policy.authority, ()))
        if new is None or new in not_free or not may_become_user(records[new]):
            continue
        user = world.users[old]
        if is_protected(user, policy):
            names = user.row.name, records[new].fields.get("name")
            conflicts.append(doubtful_successor(user, old, new, key, names))
            continue
        moves[old] = new
        if old in world.links:
            links[old] = link = _of_another(world.links[old], key)
            changes.append(_goes_over(world.links[old], link, new))
    if not moves and not conflicts:
        return None
    return Succession(
        replace(world, users=succeeded(world.users, moves), links=links) if moves else world,
        tuple(changes),
        {new: old for old, new in moves.items()},
        frozenset(Ref(one.source, one.external_id) for one in conflicts),
        tuple(conflicts),
    )


def _only(refs: Iterable[Ref]) -> Ref | None:
    every = list(refs)
    return every[0] if len(every) == 1 else None


def _only_owner(by_source: Mapping[str, list[Ref]], theirs: set[Ref]) -> Ref | None:
    """Return the one user's owner among those who carry a value, alone in its source."""
    owner = _only(ref for refs in by_source.values() for ref in refs if ref in theirs)
    return owner if owner is not None and len(by_source[owner.source]) == 1 else None


def _of_another(link: Link, key: str) -> Link:
    """Return the link of a former owner, which belongs to the user by the value from now on."""
    method = LinkMethod.MANUAL if link.method is LinkMethod.MANUAL else LinkMethod.COMMON_FIELD
    return replace(link, method=method, key_value=key)


def _goes_over(before: Link, after: Link, new: Ref) -> Change:
    rows = (
        LinkRow(before.ref, before.method, before.key_value),
        LinkRow(new, after.method, after.key_value),
    )
    cause = Cause("adopted", (("owner", str(new)),))
    return Change(Entity.LINK, Action.UPDATE, before.ref, None, before.id, *rows, cause)
