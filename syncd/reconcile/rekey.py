"""Finds people who go on under a new id (rule 11).

One record went and one came in the same plan, both with a value of the common field that nobody
else carries, before or after::

    name       the user is   then
    the same   anybody       a rekey: the new record owns the user, whose id stays
    the same   protected     identity_doubtful
    another    anybody       identity_doubtful

Who is doubtful waits: the new record makes no user until a person has decided, or until one of
the two is as it should be. The old one is proven gone, and its user inactive like that of everybody
else who is (rule 10): a phone is handed on mostly because somebody has left. A source that itself
says who was renamed (`Reading.renames`) is believed without any of this.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.conflict import Conflict, ConflictKind
from syncd.model.directory import Link, LinkRow, User
from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile.normalize import canonical, fold_userid, merge_user
from syncd.reconcile.presence import Presence, key_of
from syncd.reconcile.reading import Reading
from syncd.reconcile.settings import Policy
from syncd.reconcile.succession import Succession, succeeded


class _Pair(NamedTuple):
    """Two records that may be one person."""

    former: Ref
    new: Ref
    #: The value that both carry; None where the source itself has told.
    key: str | None
    #: False where the value has come to be carried by others too.
    is_unique: bool = True


def find_rekeys(
    world: World, reading: Reading, policy: Policy, gone: Collection[str]
) -> Succession | None:
    """Return whose links move to a new record of the same person; None for nobody's.

    Args:
        world: What the store holds. It has every record that carries the value of somebody who
            went and of somebody who came (`keys_in_question`).
        reading: What the source said.
        policy: What the administrator has decided.
        gone: Ids of everybody who is not there any more once the plan is applied.
    """
    may_find = policy.common_field is not None and reading.absence.gone_users
    if not (may_find or reading.renames or _has_doubt(world)):
        return None
    people = Presence(world, reading, frozenset(gone))
    return _Search(world, reading, policy, people).find()


def former_of(conflict: Conflict) -> Ref | None:
    """Return the record before, where a conflict is about who goes on under a new id."""
    former = conflict.detail.get("former")
    if conflict.kind is not ConflictKind.IDENTITY_DOUBTFUL or not isinstance(former, str):
        return None
    return Ref(str(conflict.detail.get("former_source", conflict.source)), former)


def keys_in_question(
    went: Collection[UserRecord], came: Collection[UserRecord], field: str
) -> set[str]:
    """Return the values of the common field that both somebody who went and one who came carry."""
    keys = {key for one in went if (key := key_of(one, field))}
    return keys & {key for one in came if keys and (key := key_of(one, field))}


def doubtful_successor(
    user: User, former: Ref, new: Ref, key: str | None, names: tuple[str | None, str | None]
) -> Conflict:
    """Return the conflict of a record that may be somebody known; `names` before and now."""
    detail: dict[str, object] = {
        "user_id": user.id,
        "former": former.external_id,
        "name_before": names[0],
        "name_now": names[1],
    }
    if former.source != new.source:
        detail["former_source"] = former.source
    return Conflict(ConflictKind.IDENTITY_DOUBTFUL, new.source, new.external_id, key, detail)


def is_protected(user: User, policy: Policy) -> bool:
    """Return whether nothing may be done to a user but by a person."""
    userid = user.row.userid
    return bool(userid) and fold_userid(userid or "") in policy.limits.protected


def _has_doubt(world: World) -> bool:
    return any(former_of(one.conflict) is not None for one in world.conflicts)


@dataclass(slots=True)
class _Search:
    world: World
    reading: Reading
    policy: Policy
    people: Presence

    def find(self) -> Succession | None:
        moves: dict[Ref, Ref] = {}
        conflicts = []
        for pair in self._pairs():
            user = self.world.users[pair.former]
            names = (_name(self.world.records.get(pair.former)), _name(self.people.after(pair.new)))
            is_same = pair.key is None or (names[0] is not None and names[0] == names[1])
            is_free = self.reading.is_renamed_by_hand or not is_protected(user, self.policy)
            if is_same and pair.is_unique and is_free:
                moves[pair.former] = pair.new
            else:
                told = user.row.name, names[1]
                conflicts.append(doubtful_successor(user, pair.former, pair.new, pair.key, told))
        if not moves and not conflicts:
            return None
        return Succession(
            self._moved(moves),
            tuple(_rekeyed(self.world.links[old], old, new) for old, new in moves.items()),
            {new: old for old, new in moves.items()},
            frozenset(Ref(one.source, one.external_id) for one in conflicts),
            tuple(conflicts),
        )

    # ── who may be whom ─────────────────────────────────────────────────────────────────────

    def _pairs(self) -> Iterator[_Pair]:
        """Yield whom to decide about, nobody twice: as told, as doubted before, as read now."""
        met: set[Ref] = set()
        field = self.policy.common_field
        found = self._found(field) if field is not None else ()
        for pair in (*self._told(), *self._doubted(field), *found):
            if not met & {pair.former, pair.new}:
                met |= {pair.former, pair.new}
                yield pair

    def _told(self) -> Iterator[_Pair]:
        for old, new in sorted(self.reading.renames.items()):
            pair = _Pair(self.people.ref(old), self.people.ref(new), None)
            is_possible = old not in self.reading.users and new not in self.people.gone
            if is_possible and self._has_link(pair.former) and self._is_free(pair.new):
                yield pair

    def _found(self, field: str) -> Iterator[_Pair]:
        went = {
            ref: key
            for id_ in sorted(self.reading.absence.gone_users)
            if self._is_leaving(ref := self.people.ref(id_))
            and (key := key_of(self.world.records[ref], field))
        }
        came = {
            ref: key
            for id_, record in self.reading.users.items()
            if went and self._is_new(ref := self.people.ref(id_)) and (key := key_of(record, field))
        }
        keys = set(went.values()) & set(came.values())
        if not keys:
            return
        carried = self._carriers(field, keys, before=True), self._carriers(field, keys)
        newcomers = {key: ref for ref, key in came.items()}
        for ref, key in went.items():
            if key in keys and all(one[key] == 1 for one in carried):
                yield _Pair(ref, newcomers[key], key)

    def _doubted(self, field: str | None) -> Iterator[_Pair]:
        """Yield those about whom a person has not decided yet, and the doubt still holds."""
        doubts = []
        for one in self.world.conflicts:
            new, former = self.people.ref(one.conflict.external_id), former_of(one.conflict)
            if former is None or one.conflict.source != self.reading.source:
                continue
            pair = _Pair(former, new, one.conflict.key_value, is_unique=False)
            if self._is_open(pair, field):
                doubts.append(pair)
        keys = {pair.key for pair in doubts if pair.key}
        carried = self._carriers(field, keys) if field and keys else Counter[str]()
        for pair in doubts:
            is_ours = pair.former.source == pair.new.source and self._has_link(pair.former)
            yield pair._replace(is_unique=is_ours and carried[pair.key or ""] == 1)

    def _is_open(self, pair: _Pair, field: str | None) -> bool:
        """Return whether somebody may still be who was doubted."""
        record = self.people.after(pair.new)
        if record is None or pair.former not in self.world.users or not self._is_free(pair.new):
            return False
        if pair.key is None:  # the source itself has told, and only a person can decide
            return True
        is_away = pair.former.source != pair.new.source or self.people.after(pair.former) is None
        return field is not None and is_away and key_of(record, field) == pair.key

    def _carriers(self, field: str, keys: Collection[str], *, before: bool = False) -> Counter[str]:
        """Return how many records carry each of some values, before or after this reading."""
        values = (self.people.values_before if before else self.people.values_after)(field)
        return Counter(key for one in values if (key := canonical(field, one)) and key in keys)

    # ── who is there ────────────────────────────────────────────────────────────────────────

    def _is_leaving(self, ref: Ref) -> bool:
        user = self.world.users.get(ref)
        return (
            user is not None
            and user.row.gone_at is None
            and self.people.before(ref) is not None
            and ref.external_id not in self.reading.users
            and self._has_link(ref)
        )

    def _is_new(self, ref: Ref) -> bool:
        return self.people.before(ref) is None and self._is_free(ref)

    def _is_free(self, ref: Ref) -> bool:
        return ref not in self.world.users and ref not in self.world.links

    def _has_link(self, ref: Ref) -> bool:
        return ref in self.world.users and ref in self.world.links

    # ── what becomes of it ──────────────────────────────────────────────────────────────────

    def _moved(self, moves: dict[Ref, Ref]) -> World:
        """Return the world with the links of `moves` (old → new) at their new records."""
        if not moves:
            return self.world
        links, records = dict(self.world.links), dict(self.world.records)
        for old, new in moves.items():
            links[new] = replace(links.pop(old), ref=new)
            known = self.world.records.get(old)
            if known is not None:
                known = replace(known, external_id=new.external_id)
                own = self.people.before(new)
                records[new] = known if own is None else merge_user(known, own)
        return replace(
            self.world,
            users=succeeded(self.world.users, moves),
            links=links,
            records=records,
            gone=self.world.gone - frozenset(moves.values()),
        )


def _name(record: UserRecord | None) -> str | None:
    return None if record is None else record.fields.get("name")


def _rekeyed(link: Link, former: Ref, new: Ref) -> Change:
    """Return the step that moves the owner's link to the new record."""
    return Change(
        Entity.LINK,
        Action.REKEY,
        new,
        None,
        link.id,
        LinkRow(former, link.method, link.key_value),
        LinkRow(new, link.method, link.key_value),
        Cause("rekeyed", (("former", str(former)),)),
    )
