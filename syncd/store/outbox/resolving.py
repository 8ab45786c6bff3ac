"""Finding out whom messages are for: people of the directory, through the links of a source."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, and_, select

from syncd.model.message import DeliveryStatus, Reason, Recipient, RecipientKind
from syncd.model.surrender import is_surrendered
from syncd.reconcile.normalize import fold_userid
from syncd.store.outbox.values import NoTag, Tag, Tags
from syncd.store.schema import department, link, membership, user
from syncd.store.sql import fetch, fetch_in

_ACTIVE: Final = "active"


class Target(NamedTuple):
    """One delivery of a message, as it is made."""

    user_id: int | None
    external_id: str | None
    status: DeliveryStatus
    reason: Reason | None = None
    #: As the message names whom it does not reach.
    recipient: str | None = None


class Person(NamedTuple):
    """Somebody of the directory, and their id in the source that sends."""

    user_id: int
    is_active: bool
    external_id: str | None


class Resolver:
    """Resolves the recipients of many messages of one source with few queries."""

    def __init__(
        self, connection: Connection, source: str, recipients: Iterable[Recipient], tags: Tags
    ) -> None:
        """Look up everything that the recipients name."""
        self._connection, self._source, self._tags = connection, source, tags
        wanted: defaultdict[RecipientKind, set[str]] = defaultdict(set)
        for one in recipients:
            wanted[one.kind].add(one.name)
        self._users = self._by_id([int(one) for one in wanted[RecipientKind.USER]])
        self._userids = self._by_userid(wanted[RecipientKind.USERID])
        self._tree = _Tree(connection) if self._needs_tree(wanted) else None
        self._groups: dict[Recipient, list[Target]] = {}

    @staticmethod
    def _needs_tree(wanted: Mapping[RecipientKind, set[str]]) -> bool:
        return bool(wanted[RecipientKind.DEPARTMENT] or wanted[RecipientKind.TAG])

    def targets(self, recipients: Sequence[Recipient]) -> list[Target]:
        """Return the deliveries of a message: each person once, named ones before groups."""
        found: dict[Any, Target] = {}
        in_order = sorted(recipients, key=lambda one: one.kind not in _NAMED)
        for one in in_order:
            for target in self._of(one):
                key = target.user_id or target.external_id or (target.recipient,)
                found.setdefault(key, target)
        return list(found.values())

    def _of(self, recipient: Recipient) -> Sequence[Target]:
        match recipient.kind:
            case RecipientKind.USER:
                return [_named(self._users.get(int(recipient.name)), recipient)]
            case RecipientKind.USERID:
                return [_named(self._userids.get(fold_userid(recipient.name)), recipient)]
            case _:
                if recipient not in self._groups:
                    self._groups[recipient] = self._group(recipient)
                return self._groups[recipient]

    def _group(self, recipient: Recipient) -> list[Target]:
        match recipient.kind:
            case RecipientKind.ALL:
                return [_of_group(one) for one in self._everybody()]
            case RecipientKind.DEPARTMENT:
                return self._department(recipient)
            case _:
                return self._tag(recipient)

    # --- people --------------------------------------------------------------------------------

    def _by_id(self, ids: Iterable[int]) -> dict[int, Person]:
        rows = fetch_in(self._connection, self._people(), user.c.id, ids)
        return {one.user_id: one for one in _people(rows)}

    def _by_userid(self, userids: Iterable[str]) -> dict[str, Person]:
        keys = {fold_userid(one) for one in userids}
        query = self._people().add_columns(user.c.userid_key)
        rows = list(fetch_in(self._connection, query, user.c.userid_key, keys))
        people = {one.user_id: one for one in _people(row[:3] for row in rows)}
        found: dict[str, set[Person]] = defaultdict(set)
        for user_id, _, _, key in rows:
            found[key].add(people[user_id])
        return {key: one for key, bearers in found.items() if (one := _only(bearers))}

    def _people(self) -> Select[Any]:
        of_source = and_(link.c.user_id == user.c.id, link.c.source == self._source)
        return select(user.c.id, user.c.status, link.c.external_id).join(
            link, of_source, isouter=True
        )

    def _everybody(self) -> Iterator[Person]:
        query = self._people().where(user.c.status == _ACTIVE, link.c.external_id.is_not(None))
        return (one for one in _people(fetch(self._connection, query)) if one.external_id)

    # --- departments ---------------------------------------------------------------------------

    def _department(self, recipient: Recipient) -> list[Target]:
        tree = self._tree
        if tree is None or not tree.is_there(int(recipient.name)):
            return [_unknown(recipient)]
        return [_of_group(one) for one in self._members(tree.below([int(recipient.name)]))]

    def _members(self, departments: Iterable[int]) -> Iterator[Person]:
        query = self._people().join(membership, membership.c.user_id == user.c.id)
        rows = fetch_in(self._connection, query, membership.c.department_id, departments)
        return _people(rows)

    # --- tags ----------------------------------------------------------------------------------

    def _tag(self, recipient: Recipient) -> list[Target]:
        known = self._tags.get((self._source, recipient.name))
        if known is None or isinstance(known, NoTag):
            return [_unknown(recipient)]
        targets = self._bearers(known)
        tree = self._tree
        if tree is not None and known.departments:
            top, unseen = tree.by_external_id(self._source, known.departments)
            targets += [_of_group(one) for one in self._members(tree.below(top))]
            targets += [
                Target(
                    None,
                    None,
                    DeliveryStatus.DEAD,
                    Reason.UNKNOWN_RECIPIENT,
                    f"{recipient} (department {one})",
                )
                for one in unseen
            ]
        return targets

    def _bearers(self, tag: Tag) -> list[Target]:
        """Return the people who bear a tag, also those who are no users of ours."""
        query = (
            select(link.c.external_id, user.c.id, user.c.status)
            .join(user, user.c.id == link.c.user_id)
            .where(link.c.source == self._source)
        )
        rows = fetch_in(self._connection, query, link.c.external_id, sorted(tag.people))
        known = {key: Person(user_id, status == _ACTIVE, key) for key, user_id, status in rows}
        return [
            _of_group(known[one]) if one in known else Target(None, one, DeliveryStatus.PENDING)
            for one in sorted(tag.people)
        ]


class _Tree:
    """The departments, as far as messages need them."""

    def __init__(self, connection: Connection) -> None:
        c = department.c
        self._below: defaultdict[int, list[int]] = defaultdict(list)
        self._there: set[int] = set()
        self._ids: dict[tuple[str, str], int] = {}
        query = select(c.id, c.parent_id, c.status, c.source, c.external_id)
        for key, parent, status, source, external_id in fetch(connection, query):
            if status == _ACTIVE:
                self._there.add(key)
                self._below[parent].append(key)
                self._ids[source, external_id] = key

    def is_there(self, key: int) -> bool:
        """Return whether there is such a department now."""
        return key in self._there

    def below(self, tops: Iterable[int]) -> list[int]:
        """Return departments with all below them."""
        found: dict[int, None] = {}
        left = list(tops)
        while left:
            key = left.pop()
            if key not in found:
                found[key] = None
                left += self._below.get(key, ())
        return list(found)

    def by_external_id(self, source: str, ids: Iterable[str]) -> tuple[list[int], list[str]]:
        """Return the departments of a source, and the ids that are none of ours."""
        keys = {one: self._ids.get((source, one)) for one in sorted(ids)}
        return (
            [key for key in keys.values() if key is not None],
            [one for one, key in keys.items() if key is None],
        )


_NAMED: Final = frozenset({RecipientKind.USER, RecipientKind.USERID})


def _people(rows: Iterable[Sequence[Any]]) -> Iterator[Person]:
    """Yield each person once, with a link that is a record's, where there is one."""
    found: dict[int, Person] = {}
    for user_id, status, external_id in rows:
        usable = external_id if external_id and not is_surrendered(external_id) else None
        if user_id not in found or found[user_id].external_id is None:
            found[user_id] = Person(user_id, status == _ACTIVE, usable)
    return iter(found.values())


def _only(bearers: Iterable[Person]) -> Person | None:
    """Return who is meant by a userid; nobody where several people bear it now."""
    people = list(bearers)
    active = [one for one in people if one.is_active]
    return active[0] if len(active) == 1 else people[0] if len(people) == 1 else None


def _named(person: Person | None, recipient: Recipient) -> Target:
    if person is None:
        return _unknown(recipient)
    dead, name = DeliveryStatus.DEAD, str(recipient)
    if not person.is_active:
        return Target(person.user_id, person.external_id, dead, Reason.INACTIVE, name)
    if person.external_id is None:
        return Target(person.user_id, None, dead, Reason.NOT_LINKED, name)
    return Target(person.user_id, person.external_id, DeliveryStatus.PENDING)


def _of_group(person: Person) -> Target:
    if not person.is_active:
        off = DeliveryStatus.CANCELLED
        return Target(person.user_id, person.external_id, off, Reason.INACTIVE)
    if person.external_id is None:
        return Target(person.user_id, None, DeliveryStatus.DEAD, Reason.NOT_LINKED)
    return Target(person.user_id, person.external_id, DeliveryStatus.PENDING)


def _unknown(recipient: Recipient) -> Target:
    dead = DeliveryStatus.DEAD
    return Target(None, None, dead, Reason.UNKNOWN_RECIPIENT, str(recipient))
