"""Why a person is as it is: by which rule every value stands, and which run brought it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.model.conflict import OpenConflict
from syncd.model.dossier import Dossier, StoredLink, StoredMembership
from syncd.model.entry import Ref
from syncd.model.run import Run


class Rule(StrEnum):
    """Why a value stands; `syncd.reconcile.explain` has a table of them."""

    AUTHORITY = "authority"
    PREFERRED = "preferred"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    GONE = "gone"
    DOUBTFUL = "doubtful"
    PLACEHOLDER = "placeholder"
    NOT_IN_DIRECTORY = "not_in_directory"
    #: The source named none, or none that is kept: the last known one, or the first.
    CHOSEN = "chosen"
    #: The department cannot be seen now, so the membership stays.
    HIDDEN = "hidden"
    PENDING = "pending"
    NO_RECORD = "no_record"


class Unmatched(StrEnum):
    """Why a record belongs to nobody."""

    GONE = "gone"
    #: A person has said that it is nobody's.
    BY_HAND = "by_hand"
    LEFT = "left"
    TOO_LITTLE_KNOWN = "too_little_known"
    DUPLICATE_KEY = "duplicate_key"
    AMBIGUOUS = "ambiguous"
    MISSING_KEY = "missing_key"
    IDENTITY_DOUBTFUL = "identity_doubtful"
    NO_COMMON_FIELD = "no_common_field"
    NOBODY_HAS_THE_VALUE = "nobody_has_the_value"
    #: Nothing is in the way: the next run makes a user of it.
    NEXT_RUN = "next_run"


@dataclass(frozen=True, slots=True)
class Brought:
    """The run and the moment that gave something its present value."""

    run_id: int
    at: datetime
    cause: Mapping[str, str]
    #: None where the run's row is no longer kept.
    run: Run | None


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """A field of a user, and why it is as it is."""

    field: str
    value: str | None
    #: The record that decides it.
    ref: Ref | None
    rule: Rule
    #: What that record says; None where it says nothing, or that it is empty.
    said: str | None
    #: None where the change is no longer kept.
    brought: Brought | None


@dataclass(frozen=True, slots=True)
class DepartmentOrigin:
    """A department of a user, since when, and which run gave it its present form."""

    membership: StoredMembership
    rule: Rule
    since: datetime | None
    brought: Brought | None


@dataclass(frozen=True, slots=True)
class LinkOrigin:
    """A record of a user, and which run linked it."""

    link: StoredLink
    brought: Brought | None


@dataclass(frozen=True, slots=True)
class Parted:
    """A record that was the user's, and by which change it is not any more."""

    ref: Ref
    brought: Brought


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a user is inactive."""

    #: `gone_at`, `source_disabled_at` or `admin_disabled_at`.
    reason: str
    at: datetime
    brought: Brought | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be said about a person."""

    dossier: Dossier
    made: Brought | None
    fields: tuple[FieldOrigin, ...] = ()
    reasons: tuple[Reason, ...] = ()
    links: tuple[LinkOrigin, ...] = ()
    parted: tuple[Parted, ...] = ()
    departments: tuple[DepartmentOrigin, ...] = ()
    conflicts: tuple[OpenConflict, ...] = ()
    #: For a record without a user: why.
    unmatched: Unmatched | None = None
