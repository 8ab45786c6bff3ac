"""One record after another as the owner of a user: the world as it is once the links have moved.

A plan is made in two steps where a user gets another owner. First the links move, here; the rest
is then planned as if they had always been so, and the user's id, memberships and an
administrator's reasons stay because nothing has touched them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncd.model.change import Change
from syncd.model.conflict import Conflict
from syncd.model.directory import User
from syncd.model.entry import Ref
from syncd.model.world import World


@dataclass(frozen=True, slots=True)
class Succession:
    """Who owns which user from now on, and who has to wait for a person's decision."""

    #: What the store says once the links have moved.
    world: World
    #: The steps that move them, and whatever follows from the move alone.
    changes: tuple[Change, ...] = ()
    #: New owner → the one before.
    former: Mapping[Ref, Ref] = field(default_factory=dict)
    #: Records that make no user before a person has decided.
    waiting: frozenset[Ref] = frozenset()
    conflicts: tuple[Conflict, ...] = ()
    #: Source that was the authority before → (users that go over, users that it had).
    taken_from: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def succeeded(users: Mapping[Ref, User], new_owner: Mapping[Ref, Ref]) -> dict[Ref, User]:
    """Return users by their owners, some of whom have another one now; `new_owner`: old → new."""
    found = {}
    for ref, user in users.items():
        owner, row = new_owner.get(ref, ref), user.row
        if row.manager is not None and row.manager in new_owner:
            row = row._replace(manager=new_owner[row.manager])
        if owner is not ref or row is not user.row:
            user = replace(user, owner=owner, row=row)  # noqa: PLW2901 - the same one, renamed
        found[owner] = user
    return found
