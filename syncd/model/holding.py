"""What the store holds of one source."""

from dataclasses import dataclass

from syncd.model.source import SourceState


@dataclass(frozen=True, slots=True)
class Holding:
    """A source and how much of it is kept."""

    name: str
    #: None for a source that was retired and still owns users, or that has no reading yet.
    state: SourceState | None = None
    #: Users that its records own, whatever their status, and those of them who are active.
    users: int = 0
    active_users: int = 0
    #: Its departments that are active.
    departments: int = 0
    #: Its records that are linked with users of other sources.
    other_links: int = 0
    #: Records of people and departments, and those of them that are not known to be gone.
    records: int = 0
    present: int = 0
    open_conflicts: int = 0

    @property
    def owns_anything(self) -> bool:
        """Return whether users or departments are there because of it."""
        return bool(self.users or self.departments)
