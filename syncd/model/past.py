"""What a run has done, as its changes tell it, and what came of undoing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from syncd.model.change import Action, Entity, Plan
from syncd.model.entry import Ref
from syncd.model.record import DepartmentRecord

#: Columns by the names of the model, references as records; only those that were told.
#: Of a link: `source`, `external_id`, `user` (its id), `method`, `key_value`, `is_owner`.
Columns = Mapping[str, object]


class PastChange(NamedTuple):
    """One change of a run that was applied.

    The status, which follows from other columns, is left out.
    """

    entity: Entity
    action: Action
    #: The row's id (the user's for a membership).
    entity_id: int
    #: The department of a membership, and the one that a department's change is about.
    department: Ref | None
    #: None for what was made.
    before: Columns | None
    #: None for what went.
    after: Columns | None


@dataclass(frozen=True, slots=True)
class Past:
    """Everything that one run has changed."""

    run_id: int
    #: In the order in which they were made.
    changes: tuple[PastChange, ...]
    #: The records whose users and links the changes are about or refer to.
    people: frozenset[Ref] = frozenset()
    #: The last records of the departments concerned, of those that are gone too.
    departments: Mapping[Ref, DepartmentRecord] = field(default_factory=dict)


class Skipped(NamedTuple):
    """A change that is not undone, and why."""

    change: PastChange
    #: A code: `moved`, `missing`, `gone`, `in_use`, `parent`, `circle`, `department`, `taken`.
    reason: str
    #: Columns that are not any more as the run left them.
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Undo:
    """The inverse of a run, and what of it is left as it is."""

    plan: Plan
    skipped: tuple[Skipped, ...] = ()
