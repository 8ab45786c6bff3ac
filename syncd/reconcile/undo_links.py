"""Undoing what a run did to links: who belonged to whom before it.

The link of a user's owner stays, however it came to be: without it the user would be nobody's.
Where another link was the owner's before (a new authority), that one is so again, and this one goes.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.directory import LinkMethod, LinkRow
from syncd.model.entry import Ref
from syncd.model.past import Columns, PastChange, Skipped
from syncd.model.surrender import is_surrendered, surrendered
from syncd.model.world import World


class _Link(NamedTuple):
    """A link by the names of its columns."""

    source: str
    external_id: str
    user: int | None
    method: LinkMethod
    key_value: str | None
    is_owner: bool

    @property
    def ref(self) -> Ref:
        return Ref(self.source, self.external_id)


class LinkUndo:
    """The links as they will be."""

    def __init__(self, world: World) -> None:
        """Begin with the links as they are."""
        self._stored = dict(_stored(world))
        self._users = {user.id: user.owner for user in world.users.values()}
        self._links: dict[int, _Link | None] = dict(self._stored)
        self.skipped: list[Skipped] = []
        #: Links of owners that the run made: each stays, though perhaps not with its record.
        self._made: set[int] = set()
        #: Users whose record is again the one of whoever had it before the run.
        self.surrendering: set[int] = set()
        #: Users whose owner is again the one before the run.
        self._owned_again: set[int | None] = set()

    def take_back(self, change: PastChange) -> None:
        """Take one change back, the last one first."""
        link, after = self._links.get(change.entity_id), change.after
        if after is None and change.action is not Action.PURGE:
            self._put_back(change, link)
            return
        if link is None or after is None:
            self.skipped.append(Skipped(change, "missing"))
            return
        moved = tuple(name for name, value in after.items() if getattr(link, name) != value)
        if moved:
            self.skipped.append(Skipped(change, "moved", moved))
        elif change.before is None or change.before.get("user", link.user) is None:
            if not link.is_owner or link.user in self._owned_again:
                self._links[change.entity_id] = _without_user(link, change.before)
            elif change.before is None:
                self._made.add(change.entity_id)
        else:
            self._restore(change, link._replace(**change.before))  # type: ignore[arg-type]  # columns of a link

    def owners(self) -> dict[int, Ref]:
        """Return the record that will own each user."""
        found = dict(self._users)
        found |= {
            one.user: one.ref
            for one in self._links.values()
            if one is not None and one.is_owner and one.user is not None
        }
        return found

    def touched(self) -> set[Ref]:
        """Return the records whose links are other ones than before, by their ids of both times."""
        found = set()
        for key, after in self._links.items():
            before = self._stored.get(key)
            if before != after:
                found |= {one.ref for one in (before, after) if one is not None}
        return found

    def changes(self, cause: Cause) -> Iterator[Change]:
        """Yield the steps that make the links so."""
        owners = self.owners()
        # Who gives a record up comes first: two links cannot have one id at any moment.
        for key, after in sorted(self._links.items(), key=lambda one: not _gives_way(one[1])):
            before = self._stored.get(key)
            if before == after:
                continue
            known = None if before is None else key
            ref = after.ref if after is not None else before.ref if before is not None else None
            if ref is not None:
                old, new = _row(before, self._users), _row(after, owners)
                action = _action(before, after)
                yield Change(Entity.LINK, action, ref, None, known, old, new, cause)

    def _put_back(self, change: PastChange, link: _Link | None) -> None:
        """Put a link back that the run has removed."""
        before = change.before or {}
        if before.keys() != set(_Link._fields):  # it was erased
            self.skipped.append(Skipped(change, "missing"))
        elif link is not None:
            self.skipped.append(Skipped(change, "moved"))
        else:
            self._restore(change, _Link(**before))  # type: ignore[arg-type]  # columns of a link

    def _give_way(self, ref: Ref) -> None:
        """Let the user whom the run made of a record keep a link, without a claim on the record."""
        for key in self._made:
            link = self._links[key]
            if link is not None and link.ref == ref and link.user is not None:
                left = surrendered(ref, link.user)
                self._links[key] = link._replace(external_id=left.external_id)
                self.surrendering.add(link.user)

    def _restore(self, change: PastChange, link: _Link) -> None:
        now = self._links.get(change.entity_id)
        if now is not None and now.ref != link.ref:
            self._give_way(link.ref)
        others = () if now is not None and now.ref == link.ref else self._links.values()
        if link.user is not None and link.user not in self._users:
            self.skipped.append(Skipped(change, "missing"))
        elif any(one is not None and one.ref == link.ref for one in others):
            self.skipped.append(Skipped(change, "taken"))
        else:
            self._links[change.entity_id] = link
            if link.is_owner:
                self._owned_again.add(link.user)


def _gives_way(link: _Link | None) -> bool:
    return link is not None and is_surrendered(link.external_id)


def _without_user(link: _Link, before: Columns | None) -> _Link | None:
    """Return a link as it was before it got a user; None where it was none."""
    return None if before is None else link._replace(**before)  # type: ignore[arg-type]  # columns of a link


def _stored(world: World) -> Iterator[tuple[int, _Link]]:
    for ref, link in world.links.items():
        user = world.users.get(ref)
        is_owner = user is not None and user.id == link.user_id
        yield link.id, _Link(*ref, link.user_id, link.method, link.key_value, is_owner)


def _row(link: _Link | None, owners: Mapping[int, Ref]) -> LinkRow | None:
    if link is None:
        return None
    owner = None if link.user is None else owners.get(link.user)
    return LinkRow(link.ref if link.is_owner else owner, link.method, link.key_value)


def _action(before: _Link | None, after: _Link | None) -> Action:
    if after is None or (after.user is None and before is not None and before.user is not None):
        return Action.UNLINK
    if before is None or before.user != after.user:
        return Action.LINK
    return Action.REKEY if before.ref != after.ref else Action.UPDATE
