"""Decides whose the records of the sources besides the authority are, and what their links become.

`correlate` says of one record whose it is. Here everybody's standing is put together for it, in
the order in which one answer may depend on another: records make users of their own source by
source (`unmatched = "create"`), because the next source's may fit one of those.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.conflict import Conflict
from syncd.model.directory import Link, LinkMethod, LinkRow
from syncd.model.entry import Ref
from syncd.model.record import UserRecord
from syncd.model.world import World
from syncd.reconcile.correlate import Correlation, Outcome, Standing, correlate, duplicate
from syncd.reconcile.lookup import is_unknown
from syncd.reconcile.normalize import fold_userid, matching_key
from syncd.reconcile.resolve import may_become_user
from syncd.reconcile.settings import Policy

#: What is known of everybody who is planned: a record, None for who is gone.
Known = Mapping[Ref, UserRecord | None]

#: The user before was gone: the record is another one's now.
MOVED_ON: Final = Cause("matched_anew")
_MATCHED: Final = Cause("matched")
_NOBODYS: Final = Cause("unmatched")
_READ: Final = Cause("read")
_AUTOMATIC: Final = frozenset({LinkMethod.COMMON_FIELD, LinkMethod.LOOKUP})


@dataclass(slots=True)
class Matching:
    """The links of one plan; `decide` fills it."""

    world: World
    policy: Policy
    #: Those who are users by themselves, and those who are not, each as it will be.
    persons: Known
    others: Known
    #: Whether the record of a person has a user that is not gone, once the plan is applied.
    is_user: Callable[[Ref], bool]
    #: Why somebody is gone, None for who is not.
    why_gone: Callable[[Ref], Cause | None]
    #: Records that wait for a person's decision.
    doubtful: Collection[Ref]
    #: Whose links are decided; None for everybody's.
    decided: Collection[Ref] | None

    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    #: Records that become users of their own.
    created: dict[Ref, UserRecord] = field(default_factory=dict)
    #: Record besides the owner → the record that owns its user, once the plan is applied.
    owner_of: dict[Ref, Ref] = field(default_factory=dict)
    #: Source → outcome → how many of those that were decided.
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    _owners: dict[int, Ref] = field(default_factory=dict)

    def decide(self) -> None:
        """Decide about every record that is to be decided about."""
        self._owners = {user.id: ref for ref, user in self.world.users.items()}
        for ref, link in self.world.links.items():
            owner = self._owner_by(link)
            if owner is not None and owner != ref and self._stays(ref, link):
                self.owner_of[ref] = owner
        name = self.policy.matching_field
        if name is None or (self.decided is not None and not self.decided):
            return
        at = self._standing(name)
        self._decide_persons(at)
        sources = sorted(self.policy.others)
        if self.policy.creates:
            self._make_users(sources, at)
        for source in sources:
            for ref, record in self._of(source):
                if record is None:
                    self.changes.extend(self._ended(ref))
                elif ref not in self.created:
                    self._decide(ref, record, at)

    def _make_users(self, sources: list[str], at: Standing) -> None:
        for source in sources:
            for ref, record in self._of(source):
                if record is not None and self._creates(ref, record, at):
                    self.created[ref] = record
                    at.own(ref, is_present=True)
                    self._count(ref, "created")

    # ── who is there ────────────────────────────────────────────────────────────────────────

    def _owner_by(self, link: Link) -> Ref | None:
        return None if link.user_id is None else self._owners.get(link.user_id)

    def _after(self, ref: Ref) -> UserRecord | None:
        for planned in (self.others, self.persons):
            if ref in planned:
                return planned[ref]
        return None if ref in self.world.gone else self.world.records.get(ref)

    def _stays(self, ref: Ref, link: Link) -> bool:
        """Return whether a link stays because both its ends do, or because a person has made it."""
        return link.method is LinkMethod.MANUAL or self._after(ref) is not None

    def _of(self, source: str) -> Iterator[tuple[Ref, UserRecord | None]]:
        for ref, record in self.others.items():
            if ref.source == source and (self.decided is None or ref in self.decided):
                yield ref, record

    def _standing(self, name: str) -> Standing:
        at = Standing(
            name,
            self.world.links,
            self._owners,
            self._is_protected,
            doubtful=self.doubtful,
            sources=sorted({self.policy.authority, *self.policy.others}),
        )
        for ref, record in self._everybody():
            at.carry(ref, matching_key(name, record.fields.get(name)))
        for ref, keys in self._found(at):
            at.find(ref, keys)
        for ref in self.world.users:
            at.own(ref, is_present=self.is_user(ref) and self._after(ref) is not None)
        for ref, person in self.persons.items():
            if ref not in at.owning and self.is_user(ref):
                at.own(ref, is_present=person is not None)
        for ref, owner in self.owner_of.items():
            at.join(ref, owner)
        return at

    def _found(self, at: Standing) -> list[tuple[Ref, set[str]]]:
        """Return by which values that somebody carries now records were found that show none."""
        found = []
        for ref, values in sorted(self.world.found.items()):
            record = self._after(ref) if ref.source in self.policy.lookups else None
            if record is not None and is_unknown(record, at.name):
                keys = {key for name, key in values if name == at.name and at.is_shown(ref, key)}
                found.append((ref, keys))
        return found

    def _everybody(self) -> Iterator[tuple[Ref, UserRecord]]:
        """Yield everybody who will be there, of the sources that take part."""
        sources = {self.policy.authority, *self.policy.others}
        for planned in (self.persons, self.others):
            for ref, record in planned.items():
                if record is not None and ref.source in sources:
                    yield ref, record
        for ref, record in self.world.records.items():
            if ref in self.persons or ref in self.others or ref in self.world.gone:
                continue
            if ref.source in sources:
                yield ref, record

    def _is_protected(self, owner: Ref, ref: Ref) -> bool:
        """Return whether a user is protected, or would be with another record linked.

        What counts is each userid that the user may have: whichever source is read first, the
        answer is the same.
        """
        protected = self.policy.limits.protected
        if not protected:
            return False
        user, record = self.world.users.get(owner), self._after(owner)
        userid = None if user is None else user.row.userid
        if record is not None:
            userid = record.fields.get("userid", userid)
        others = self._preferred_userids(owner, ref)
        return any(one and fold_userid(one) in protected for one in (userid, *others))

    def _preferred_userids(self, owner: Ref, ref: Ref) -> list[str | None]:
        sources = self.policy.prefer.get("userid", ())
        if not sources:
            return []
        linked = {ref, *(one for one, of in self.owner_of.items() if of == owner)}
        records = (self._after(one) for one in linked if one.source in sources)
        return [record.fields.get("userid") for record in records if record is not None]

    # ── what becomes of them ────────────────────────────────────────────────────────────────

    def _decide_persons(self, at: Standing) -> None:
        """Tell what is wrong with the values of those who are users by themselves."""
        for ref, record in self.persons.items():
            if record is None or (self.decided is not None and ref not in self.decided):
                continue
            shared = duplicate(ref, at)
            if shared is not None:
                self.conflicts.append(shared)
            elif ref.source in self.policy.others:
                found = correlate(ref, record, at)
                if found.conflict is not None:
                    self.conflicts.append(found.conflict)

    def _decide(self, ref: Ref, record: UserRecord, at: Standing) -> None:
        found = correlate(ref, record, at)
        self._count(ref, found.outcome.value)
        if found.conflict is not None:
            self.conflicts.append(found.conflict)
        if found.outcome is Outcome.MATCHED and found.owner is not None:
            self.owner_of[ref] = found.owner
            at.join(ref, found.owner)
        link = self.world.links.get(ref)
        step = self._step(ref, link, found, at)
        if step is not None:
            self.changes.append(step)

    def _creates(self, ref: Ref, record: UserRecord, at: Standing) -> bool:
        """Return whether a record that fits nobody becomes a user of its own.

        One without a value may be anybody: it does not.
        """
        return (
            ref in at.keys
            and ref not in at.found
            and may_become_user(record)
            and not self._is_by_hand(ref)
            and correlate(ref, record, at).outcome is Outcome.UNMATCHED
        )

    def _is_by_hand(self, ref: Ref) -> bool:
        link = self.world.links.get(ref)
        return link is not None and link.method is LinkMethod.MANUAL

    def _step(self, ref: Ref, link: Link | None, found: Correlation, at: Standing) -> Change | None:
        """Return what makes a record's link say whose the record is, None where it does."""
        key = at.keys.get(ref)
        if found.outcome is Outcome.MATCHED:
            was_linked = link is not None and link.user_id is not None
            cause = MOVED_ON if was_linked else _MATCHED
            after = LinkRow(found.owner, at.method(ref, found.owner), key)
            return self._change(Action.LINK, ref, link, after, cause)
        if found.outcome is Outcome.LINKED:
            return self._renewed(ref, link, found, at)
        if link is None:
            if ref in self.doubtful:  # perhaps the link of somebody known becomes this one's
                return None
            after = LinkRow(None, LinkMethod.COMMON_FIELD, key)
            return self._change(Action.CREATE, ref, None, after, _NOBODYS)
        if link.method is not LinkMethod.MANUAL and link.key_value != key:
            after = LinkRow(None, link.method, key)
            return self._change(Action.UPDATE, ref, link, after, _READ)
        return None

    def _renewed(
        self, ref: Ref, link: Link | None, found: Correlation, at: Standing
    ) -> Change | None:
        """Return what notes the value that both ends of a link carry now."""
        key, owner = at.keys.get(ref), found.owner
        if link is None or owner is None or link.method not in _AUTOMATIC or key is None:
            return None
        if key == link.key_value or owner not in at.present or at.keys.get(owner) != key:
            return None
        after = LinkRow(owner, at.method(ref, owner), key)
        return self._change(Action.UPDATE, ref, link, after, _READ)

    def _ended(self, ref: Ref) -> Iterator[Change]:
        """Yield the end of the link of a record that is gone; a person's decision has none."""
        link, why = self.world.links.get(ref), self.why_gone(ref)
        if link is None or why is None or link.method is LinkMethod.MANUAL:
            return
        if link.user_id is not None and self._owner_by(link) is None:
            return  # whose the user is nobody knows; the link is all that tells
        yield self._change(Action.UNLINK, ref, link, None, why)

    def _change(
        self, action: Action, ref: Ref, link: Link | None, after: LinkRow | None, cause: Cause
    ) -> Change:
        before = None
        if link is not None:
            before = LinkRow(self._owner_by(link), link.method, link.key_value)
        return Change(
            Entity.LINK, action, ref, None, link.id if link else None, before, after, cause
        )

    def _count(self, ref: Ref, outcome: str) -> None:
        counts = self.outcomes.get(ref.source)
        if counts is None:
            counts = self.outcomes[ref.source] = Counter()
        counts[outcome] += 1


def moves_a_user(change: Change) -> bool:
    """Return whether a link's change gives a record a user, another one, or none any more."""
    before, after = change.before, change.after
    old = before.user if isinstance(before, LinkRow) else None
    new = after.user if isinstance(after, LinkRow) else None
    return old != new
