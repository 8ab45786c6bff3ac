"""A plan: every step with its before, its after and its reason, as data."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from syncd.model.conflict import Conflict, OpenConflict
from syncd.model.directory import Row
from syncd.model.entry import Kind, Ref
from syncd.model.record import Record
from syncd.model.word import Word


class Entity(Word):
    """What a change is about."""

    DEPARTMENT = "department"
    USER = "user"
    MEMBERSHIP = "membership"
    LINK = "link"


class Action(Word):
    """What a change does; the value is the contract's word."""

    CREATE = "create"
    UPDATE = "update"
    MOVE = "move"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    REKEY = "rekey"
    LINK = "link"
    UNLINK = "unlink"
    REMOVE = "remove"
    PURGE = "purge"

    @property
    def sign(self) -> str:
        """Return the sign that a plan shows: `+`, `~` or `-`."""
        return _SIGNS[self]


_SIGNS = {
    Action.CREATE: "+",
    Action.REACTIVATE: "+",
    Action.LINK: "+",
    Action.UPDATE: "~",
    Action.MOVE: "~",
    Action.REKEY: "~",
    Action.DEACTIVATE: "-",
    Action.UNLINK: "-",
    Action.REMOVE: "-",
    Action.PURGE: "-",
}


class Cause(NamedTuple):
    """Why a change is made: a code, and the values that its sentence needs."""

    code: str
    values: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, str]:
        """Return `{"code": …, <value>: …}`, as `sync_change.cause` holds it."""
        return {"code": self.code, **dict(self.values)}


class Change(NamedTuple):
    """One step of a plan.

    `before` is None for what is made, `after` is None for what goes. Both have the same type.
    """

    entity: Entity
    action: Action
    #: The record that owns the row: a department's, a user's, a membership's user's, a link's own.
    ref: Ref
    #: The department of a membership.
    department: Ref | None
    #: The stored row's id (the user's for a membership); None where it is made by this plan.
    entity_id: int | None
    before: Row | None
    after: Row | None
    cause: Cause


class RecordWrite(NamedTuple):
    """The last record of a source, to be kept as this reading gave it."""

    kind: Kind
    record: Record
    #: Digest of the entry that it was made of; None where the record is to be looked at again
    #: with the next run: it was rejected, or it mentions something that is not there yet.
    digest: bytes | None


class Gone(NamedTuple):
    """A record that is proven not to be there any more."""

    kind: Kind
    ref: Ref


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one run would do."""

    #: Departments parents first, then users, then memberships and links.
    changes: tuple[Change, ...] = ()
    records: tuple[RecordWrite, ...] = ()
    gone: tuple[Gone, ...] = ()
    #: Conflicts that are new, or whose key value or detail has changed.
    opened: tuple[Conflict, ...] = ()
    changed: tuple[tuple[OpenConflict, Conflict], ...] = ()
    resolved: tuple[OpenConflict, ...] = ()
    #: Deactivations that rest on absences nobody confirmed; see `Absence.unconfirmed`.
    unconfirmed: frozenset[Ref] = frozenset()
    #: Records that own a stored user from now on → the record that owned it before.
    former: Mapping[Ref, Ref] = field(default_factory=dict)
    #: Source that was the authority before this plan → (users that go over, users that it had).
    taken_from: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: Set where people are matched by another common field than before: the field, how many records
    #: get another user or lose theirs, and how many were looked at.
    matched_anew: tuple[str, int, int] | None = None
    #: How the records of sources besides the authority stand: source → outcome → how many of those
    #: that were looked at.
    matching: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: What `counts` has counted: a first load has hundreds of thousands of steps.
    _counted: dict[str, dict[str, int]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to write: no change, no record, no conflict moved."""
        return not (
            self.changes
            or self.records
            or self.gone
            or self.opened
            or self.changed
            or self.resolved
        )

    def counts(self) -> dict[str, dict[str, int]]:
        """Return `{entity: {action: n}}`, as `sync_run.counts` holds it."""
        if not self._counted:
            for (entity, action), count in Counter(map(itemgetter(0, 1), self.changes)).items():
                self._counted.setdefault(entity.value, {})[action.value] = count
        return {entity: dict(actions) for entity, actions in self._counted.items()}


@dataclass(frozen=True, slots=True)
class Population:
    """What the store held before the run: the base that guards take their shares of."""

    users: int = 0
    departments: int = 0
    memberships: int = 0
    #: Source → its links with a user.
    links: Mapping[str, int] = field(default_factory=dict)
    #: Field → active users with a value in it.
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """A guard that holds a plan."""

    guard: str
    #: What was counted: `users`, `departments`, a field's name, a userid.
    subject: str
    count: int
    #: How many earlier runs count with it (since the last full run, at most a day).
    earlier: int
    limit: int
    population: int
