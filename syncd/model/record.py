"""An entry in our field names: the last one of each source is kept in the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from syncd.model.entry import Rejection


class RecordState(StrEnum):
    """What the source itself says about a person."""

    ACTIVE = "active"
    #: The source has switched the person off (WeCom status 2, LDAP account flags).
    DISABLED = "disabled"
    #: The person has left, though the source still lists the record (WeCom status 5).
    LEFT = "left"


class MembershipRecord(NamedTuple):
    """One department of a person. None means that the source did not let us read it."""

    department: str
    is_leader: bool | None = None
    sort_order: int | None = None


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A person as one source sees them, in our field names."""

    source: str
    external_id: str
    read_at: datetime
    #: Field → value; None is a known empty value, a missing key is unknown. `manager` holds the
    #: external id of the manager in the same source.
    fields: Mapping[str, str | None]
    #: None where the reading could not tell.
    memberships: tuple[MembershipRecord, ...] | None
    main_department: str | None = None
    state: RecordState | None = None
    #: False where too little is known to make a new user of it (only its id could be read).
    may_create: bool = True
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class DepartmentRecord:
    """A department as one source sees it."""

    source: str
    external_id: str
    read_at: datetime
    #: None is unknown: the department is then called by its id until the name can be read.
    name: str | None
    name_en: str | None
    #: The parent's external id; None for a top.
    parent: str | None
    #: Larger first; None is unknown.
    sort_order: int | None
    #: A top hangs under nothing and is no orphan (the root, or the top of a visible range).
    is_top: bool = False
    rejections: tuple[Rejection, ...] = ()


Record = UserRecord | DepartmentRecord
