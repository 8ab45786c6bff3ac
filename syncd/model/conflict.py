"""Ambiguities as data: reported, kept until they are gone, never guessed away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ConflictKind(StrEnum):
    """What is not clear; the value is the contract's word."""

    DUPLICATE_KEY = "duplicate_key"
    AMBIGUOUS = "ambiguous"
    MISSING_KEY = "missing_key"
    KEY_DRIFT = "key_drift"
    IDENTITY_DOUBTFUL = "identity_doubtful"
    USERID_TAKEN = "userid_taken"
    ORPHAN_DEPARTMENT = "orphan_department"
    DEPARTMENT_CYCLE = "department_cycle"
    SCOPE_SHRUNK = "scope_shrunk"
    FIELD_WITHHELD = "field_withheld"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Conflict:
    """One ambiguity; (kind, source, external_id) tells it from every other."""

    kind: ConflictKind
    source: str
    #: The person, department (`department:<id>` for a rejected one), part or field concerned.
    external_id: str
    key_value: str | None = None
    #: JSON: what a person needs to decide.
    detail: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> tuple[ConflictKind, str, str]:
        """Return what identifies the conflict between runs."""
        return (self.kind, self.source, self.external_id)


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A conflict as stored and not resolved."""

    id: int
    conflict: Conflict
    first_run_id: int
    last_run_id: int
    #: Ids of people, and of departments as `department:<id>`, that a person has said may go
    #: (`conflicts accept`).
    accepted: frozenset[str] = frozenset()
