"""What the store says about a neighbourhood: all that a plan about it may depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.model.conflict import OpenConflict
from syncd.model.directory import Department, Link, User
from syncd.model.entry import Ref
from syncd.model.record import DepartmentRecord, UserRecord


@dataclass(frozen=True, slots=True)
class World:
    """Stored users, links, records, departments and conflicts around some records.

    `users`, `links` and `records` hold at least every person that is to be planned, their
    managers as stored and as the new records name them, and whoever shares a userid with them.
    Departments are always there in full: they are few, and paths need their ancestors.
    """

    #: Owner → user, inactive ones too.
    users: Mapping[Ref, User] = field(default_factory=dict)
    links: Mapping[Ref, Link] = field(default_factory=dict)
    #: The last records of people, of those who are gone too.
    records: Mapping[Ref, UserRecord] = field(default_factory=dict)
    #: People of `records` whose record was proven gone by an earlier run and has not returned.
    gone: frozenset[Ref] = frozenset()
    departments: Mapping[Ref, Department] = field(default_factory=dict)
    #: The last records of departments that are not known to be gone.
    department_records: Mapping[Ref, DepartmentRecord] = field(default_factory=dict)
    #: Every conflict that is not resolved and concerns a person or department given here, those
    #: that concern a source as a whole, and whatever was rejected (it may have no usable id).
    conflicts: tuple[OpenConflict, ...] = ()
    #: Record → (field, value) by which its source has named it when it was asked whose one is.
    found: Mapping[Ref, tuple[tuple[str, str], ...]] = field(default_factory=dict)
