"""All that the store knows about one person: what an explanation is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.model.change import Action, Entity
from syncd.model.conflict import OpenConflict
from syncd.model.directory import LinkMethod
from syncd.model.entry import Ref
from syncd.model.lookup import Asked
from syncd.model.record import UserRecord
from syncd.model.run import Run
from syncd.model.source import SourceState


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A row of `directory_link`."""

    id: int
    ref: Ref
    method: LinkMethod
    key_value: str | None
    linked_at: datetime
    last_seen_at: datetime
    is_owner: bool


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A row of `directory_record` about a person."""

    record: UserRecord
    #: When it was proven gone; None where it is there as far as is known.
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredMembership:
    """A row of `directory_membership`, and what its department is called."""

    department_id: int
    department: Ref
    full_path: str
    is_primary: bool
    is_leader: bool
    sort_order: int


@dataclass(frozen=True, slots=True)
class Step:
    """A row of `sync_change` about the person."""

    run_id: int
    at: datetime
    entity: Entity
    entity_id: int
    action: Action
    #: By column, as JSON has it.
    before: Mapping[str, object]
    after: Mapping[str, object]
    cause: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A user with everything around it, or a record that belongs to nobody."""

    #: The columns of `directory_user`; None for a record without a user.
    user: Mapping[str, object] | None
    links: tuple[StoredLink, ...] = ()
    records: Mapping[Ref, StoredRecord] = field(default_factory=dict)
    memberships: tuple[StoredMembership, ...] = ()
    #: The record that owns the user's manager, and the manager's name.
    manager: tuple[Ref | None, str] | None = None
    #: The user's main department, and its path; of who is gone the last one.
    main_department: tuple[Ref, str] | None = None
    #: In the order in which they were made.
    steps: tuple[Step, ...] = ()
    #: Every run that a step names.
    runs: Mapping[int, Run] = field(default_factory=dict)
    states: Mapping[str, SourceState] = field(default_factory=dict)
    #: What sources said that were asked whose a value of the records is, or named one of them.
    asked: tuple[Asked, ...] = ()
    #: Links that were the user's once and are not now, by their ids → the record.
    parted: Mapping[int, Ref] = field(default_factory=dict)
    #: Open conflicts that may concern the person: of the records, and of whole sources.
    conflicts: tuple[OpenConflict, ...] = ()

    @property
    def owner(self) -> Ref | None:
        """Return the record that owns the user, None where there is none."""
        return next((one.ref for one in self.links if one.is_owner), None)
