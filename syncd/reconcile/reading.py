"""What one reading changes: the planner's view of a snapshot."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from syncd.model.entry import Absence, Kind, Rejection
from syncd.model.record import DepartmentRecord, UserRecord


@dataclass(frozen=True, slots=True)
class Handover:
    """Whose people and departments the authority takes over, because it was another one before."""

    #: Sources that own users who are not gone, or active departments.
    sources: frozenset[str]
    #: Those of them that are not configured any more: their links end.
    retired: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """The records that a reading brought, and what it proves about the others."""

    source: str
    #: Id → record as read, of those whose entry is not as it was stored.
    users: Mapping[str, UserRecord] = field(default_factory=dict)
    departments: Mapping[str, DepartmentRecord] = field(default_factory=dict)
    #: Kind → id → digest of each entry given above.
    digests: Mapping[Kind, Mapping[str, bytes]] = field(default_factory=dict)
    #: The digest that the store holds of each of them, where it holds the record.
    stored_digests: Mapping[Kind, Mapping[str, bytes | None]] = field(default_factory=dict)
    absence: Absence = field(default_factory=Absence)
    #: Entries whose id is bad, so that there is no record.
    rejections: tuple[Rejection, ...] = ()
    #: Field that the source let us read before and withholds now → people who keep a value.
    withheld: Mapping[str, int] = field(default_factory=dict)
    #: Id before → id now, of people of whom the source itself has told that they were renamed.
    renames: Mapping[str, str] = field(default_factory=dict)
    #: Whether a person has said so instead, who may link a protected user too.
    is_renamed_by_hand: bool = False
    #: Ids that came back with another name, of which a person has said that it is the same one.
    same: frozenset[str] = frozenset()
    #: Ids that came back with another name, of which a person has said that it is somebody new.
    others: frozenset[str] = frozenset()
    #: Set where the source is the authority and was not; then everybody is planned.
    handover: Handover | None = None
    #: Whether the source's reading reached everything; False for one about a single person.
    is_complete: bool = True
    #: How many entries the source showed, changed or not.
    size: int = 0
    #: Whether the source had people (departments) before and shows none at all now.
    lost_users: bool = False
    lost_departments: bool = False

    def digest(self, kind: Kind, external_id: str) -> bytes | None:
        """Return the digest of an entry that was read."""
        return self.digests[kind].get(external_id) if kind in self.digests else None

    def stored_digest(self, kind: Kind, external_id: str) -> bytes | None:
        """Return the digest that the store holds of an entry that was read."""
        return self.stored_digests[kind].get(external_id) if kind in self.stored_digests else None

    def every_rejection(self) -> Iterator[Rejection]:
        """Yield what could not be used: bad ids first, then bad fields."""
        yield from self.rejections
        for user in self.users.values():
            yield from user.rejections
        for department in self.departments.values():
            yield from department.rejections
