"""Gives a new authority the people and departments of the one before (rule 1).

Every user who is another source's is looked for among the authority's records::

    found by        the user
    its link        goes over to the record that is linked with it already
    common field    goes over to the one record that carries the value, where no other user has it
    neither         becomes inactive: whoever the authority does not have is no user (rule 2);
                    so does who cannot be told from another one with the same value

Ids, an administrator's reasons and the fields that the new authority knows nothing about stay.
Records that fit nobody make users of their own. Departments are the authority's: the new ones are
made, the old ones become inactive, names are no key. Protected users stay as they are, and
whoever may be one of them waits for a person. The plan of all this is always held.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.conflict import Conflict
from syncd.model.directory import Department, Link, LinkMethod, LinkRow, User
from syncd.model.entry import Ref
from syncd.model.field import MANAGER
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile import users
from syncd.reconcile.normalize import canonical, merge_user, remembered
from syncd.reconcile.presence import Presence, key_of
from syncd.reconcile.reading import Handover, Reading
from syncd.reconcile.rekey import doubtful_successor, is_protected
from syncd.reconcile.resolve import stored_value
from syncd.reconcile.settings import Policy
from syncd.reconcile.succession import Succession, succeeded

#: The authority does not have somebody whom the authority before had.
_NOT_THERE = Cause("not_in_authority")
_CHANGED = Cause("authority_changed")


class _Match(NamedTuple):
    """How a record was found to be the person of a user."""

    method: LinkMethod
    key: str | None


def take_over(
    world: World, reading: Reading, policy: Policy, gone: frozenset[str], at: datetime
) -> Succession | None:
    """Return what a new authority takes over; None where it is the one it was.

    Args:
        world: All that the store holds.
        reading: What the authority said, `handover` included.
        policy: What the administrator has decided.
        gone: Ids of those of its people who are not there any more once the plan is applied.
        at: The time that stands in the rows of whoever becomes inactive.
    """
    handover = reading.handover
    if handover is None:
        return None
    return _Takeover(world, Presence(world, reading, gone), policy, handover, at).plan()


@dataclass(slots=True)
class _Takeover:
    world: World
    people: Presence
    policy: Policy
    handover: Handover
    at: datetime
    #: Record of the authority → how its user was found, and whose the user was.
    found: dict[Ref, tuple[_Match, Ref]] = field(default_factory=dict)
    #: User → why nobody can say who it is, where several have the same value.
    unclear: dict[Ref, Cause] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    def plan(self) -> Succession:
        theirs = {
            ref: user
            for ref, user in self.world.users.items()
            if ref.source in self.handover.sources
        }
        self._find_linked(theirs)
        present = {ref: user for ref, user in theirs.items() if user.row.gone_at is None}
        if self.policy.common_field is not None:
            self._find_by_key(self.policy.common_field, present)
        taken = self._without_protected()
        moves = {old: new for new, old in taken.items()}
        leaving = [
            user
            for ref, user in sorted(succeeded(self.world.users, moves).items())
            if ref in present and not self._stays(user)
        ]
        departments = dict(self._departments())
        changes = [
            *(change for new in taken for change in self._links(new)),
            *(step for user in leaving for step in users.gone(user, self._why(user), self.at)),
            *(_removed(self.world.departments[ref], one) for ref, one in departments.items()),
        ]
        return Succession(
            self._world_after(taken, leaving, departments),
            tuple(changes),
            taken,
            frozenset(Ref(one.source, one.external_id) for one in self.conflicts),
            tuple(self.conflicts),
            self._told(taken, leaving, departments),
        )

    # ── who is whom ─────────────────────────────────────────────────────────────────────────

    def _find_linked(self, theirs: Mapping[Ref, User]) -> None:
        owners = {user.id: ref for ref, user in theirs.items()}
        linked: dict[Ref, list[Ref]] = {}
        for record in self.people.everybody_after():
            ref = self.people.ref(record.external_id)
            link = self.world.links.get(ref)
            owner = owners.get(link.user_id) if link is not None and link.user_id else None
            if owner is not None and ref not in self.world.users:
                linked.setdefault(owner, []).append(ref)
        for owner, refs in linked.items():
            if len(refs) == 1:
                link = self.world.links[refs[0]]
                self.found[refs[0]] = _Match(link.method, link.key_value), owner

    def _find_by_key(self, name: str, theirs: Mapping[Ref, User]) -> None:
        owners: dict[str, list[Ref]] = {}
        for owner, user in theirs.items():
            key = canonical(name, stored_value(user.row, name))
            if key is not None:
                owners.setdefault(key, []).append(owner)
        carriers: dict[str, list[Ref]] = {}
        for record in self.people.everybody_after():
            key = key_of(record, name)
            if key in owners:
                carriers.setdefault(key, []).append(self.people.ref(record.external_id))
        settled = {owner for _, owner in self.found.values()}
        for key, refs in carriers.items():
            free = [ref for ref in refs if self._is_free(ref)]
            open_ = [owner for owner in owners[key] if owner not in settled]
            if not free or not open_:
                continue
            if len(refs) == len(owners[key]) == 1:
                self.found[refs[0]] = _Match(LinkMethod.COMMON_FIELD, key), open_[0]
            else:
                # How many, and not who: a cause is told of one person, and others may be erased.
                count = str(len(refs) + len(owners[key]))
                cause = Cause("not_unique", (("field", name), ("candidates", count)))
                self.unclear.update(dict.fromkeys(open_, cause))

    def _is_free(self, ref: Ref) -> bool:
        link = self.world.links.get(ref)
        is_linked = link is not None and link.user_id is not None
        return ref not in self.world.users and ref not in self.found and not is_linked

    def _without_protected(self) -> dict[Ref, Ref]:
        """Return who owns whose user from now on: new → old; a protected one's waits."""
        taken = {}
        for new, (match, old) in sorted(self.found.items()):
            user = self.world.users[old]
            if not is_protected(user, self.policy):
                taken[new] = old
                continue
            record = self.people.after(new)
            names = user.row.name, None if record is None else record.fields.get("name")
            self.conflicts.append(doubtful_successor(user, old, new, match.key, names))
        return taken

    def _stays(self, user: User) -> bool:
        """Return whether a user stays active whom the authority does not have."""
        is_own = self.policy.creates and user.owner.source in self.policy.others
        return is_own or is_protected(user, self.policy)

    def _why(self, user: User) -> Cause:
        return self.unclear.get(user.owner, _NOT_THERE)

    # ── what becomes of it ──────────────────────────────────────────────────────────────────

    def _links(self, new: Ref) -> Iterator[Change]:
        """Yield the steps that make a record the owner of the user of another one.

        The old link comes last, so that an undo, which goes back, has its owner first.
        """
        match, old = self.found[new]
        cause = Cause("taken_over", (("former", str(old)),))
        link, before = self.world.links.get(new), self.world.links.get(old)
        row = LinkRow(new, match.method, match.key)
        if link is not None and link.user_id is not None:
            was = LinkRow(old, link.method, link.key_value)
            yield _link(Action.UPDATE, new, link, (was, row), cause)
        else:
            unmatched = LinkRow(None, link.method, link.key_value) if link is not None else None
            yield _link(Action.LINK, new, link, (unmatched, row), cause)
        if before is None:
            return
        was = LinkRow(old, before.method, before.key_value)
        if old.source in self.handover.retired:
            yield _link(Action.UNLINK, old, before, (was, None), cause)
        else:
            rows = was, self._no_owner(row, before)
            yield _link(Action.UPDATE, old, before, rows, cause)

    @staticmethod
    def _no_owner(row: LinkRow, before: Link) -> LinkRow:
        """Return the link of the record before, by what it belongs to the user from now on."""
        if before.method is LinkMethod.AUTHORITY:
            return row
        return row._replace(method=before.method, key_value=before.key_value)

    def _departments(self) -> Iterator[tuple[Ref, Department]]:
        for ref, one in self.world.departments.items():
            if ref.source in self.handover.sources and one.row.is_active:
                yield ref, replace(one, row=one.row._replace(gone_at=self.at, astray=()))

    def _world_after(
        self, taken: Mapping[Ref, Ref], leaving: list[User], departments: Mapping[Ref, Department]
    ) -> World:
        world = self.world
        after = succeeded(world.users, {old: new for new, old in taken.items()})
        for user in leaving:
            row = user.row._replace(gone_at=self.at, astray=())
            after[user.owner] = replace(user, row=row, memberships={})
        links, records = dict(world.links), dict(world.records)
        for new in taken:
            user, (match, _) = after[new], self.found[new]
            old, known = taken[new], links.get(new)
            if old in links:
                left = self._no_owner(LinkRow(new, match.method, match.key), links[old])
                links[old] = replace(links[old], method=left.method, key_value=left.key_value)
            links[new] = Link(known.id if known else 0, new, user.id, match.method, match.key)
            records[new] = self._known(user, new)
        return replace(
            world,
            users=after,
            links=links,
            records=records,
            gone=world.gone - taken.keys(),
            departments={**world.departments, **departments},
        )

    def _known(self, user: User, new: Ref) -> UserRecord:
        """Return what stays known of somebody: the record's own, else what the row says."""
        record = self.people.after(new)
        if record is None:
            raise TypeError("whoever takes a user over is there")
        row = remembered(user, record)
        manager = user.row.manager
        if manager is not None and manager.source != new.source:
            row = replace(row, fields={k: v for k, v in row.fields.items() if k != MANAGER})
        own = self.people.before(new)
        return row if own is None else merge_user(row, own)

    def _told(
        self, taken: Mapping[Ref, Ref], leaving: list[User], departments: Mapping[Ref, Department]
    ) -> dict[str, tuple[int, int]]:
        """Return how many users of how many each source hands over; none where nothing moves."""
        counts = {}
        for source in sorted(self.handover.sources):
            found = sum(old.source == source for old in taken.values())
            lost = sum(user.owner.source == source for user in leaving)
            if found or lost or any(ref.source == source for ref in departments):
                counts[source] = (found, found + lost)
        return counts


def _link(
    action: Action,
    ref: Ref,
    link: Link | None,
    rows: tuple[LinkRow | None, LinkRow | None],
    cause: Cause,
) -> Change:
    id_ = link.id if link is not None else None
    return Change(Entity.LINK, action, ref, None, id_, *rows, cause)


def _removed(before: Department, after: Department) -> Change:
    return Change(
        Entity.DEPARTMENT,
        Action.DEACTIVATE,
        before.ref,
        None,
        before.id,
        before.row,
        after.row,
        _CHANGED,
    )
