"""The rows that applications read, with references by external id instead of numbers.

A plan is made before its new rows have ids, and its digest must not depend on them; so every
reference is a `Ref`, and `apply` looks the numbers up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from syncd.model.entry import Ref


class LinkMethod(StrEnum):
    """How a record came to its user."""

    AUTHORITY = "authority"
    COMMON_FIELD = "common_field"
    LOOKUP = "lookup"
    MANUAL = "manual"


class MembershipRow(NamedTuple):
    """The columns of `directory_membership` besides its key."""

    is_primary: bool
    is_leader: bool
    sort_order: int


#: Columns that follow from the others, where another hand has changed them: what stands in them.
#: A row that is to be written has none, and so differs from a stored one that has.
Astray = tuple[tuple[str, str | None], ...]


class DepartmentRow(NamedTuple):
    """The columns of `directory_department` that a sync decides; `status` follows from one."""

    parent: Ref | None
    name: str
    name_en: str | None
    full_path: str
    depth: int
    sort_order: int
    gone_at: datetime | None = None
    astray: Astray = ()

    @property
    def is_active(self) -> bool:
        """Return whether applications should show the department."""
        return self.gone_at is None


class UserRow(NamedTuple):
    """The columns of `directory_user` that a sync decides; `status` follows from three of them."""

    userid: str | None
    name: str
    alias: str | None
    mobile: str | None
    email: str | None
    biz_email: str | None
    telephone: str | None
    employee_no: str | None
    position: str | None
    gender: str | None
    address: str | None
    avatar_url: str | None
    manager: Ref | None
    main_department: Ref | None
    #: Field of the administrator's own (without `custom.`) → value.
    custom: Mapping[str, str]
    gone_at: datetime | None = None
    source_disabled_at: datetime | None = None
    admin_disabled_at: datetime | None = None
    astray: Astray = ()

    @property
    def is_active(self) -> bool:
        """Return whether nothing makes the user inactive."""
        return (
            self.gone_at is None
            and self.source_disabled_at is None
            and self.admin_disabled_at is None
        )


class LinkRow(NamedTuple):
    """The columns of `directory_link` that a sync decides."""

    #: The external reference of the record that owns the user.
    user: Ref | None
    method: LinkMethod
    key_value: str | None = None


Row = UserRow | DepartmentRow | MembershipRow | LinkRow


@dataclass(frozen=True, slots=True)
class Department:
    """A department as stored."""

    id: int
    ref: Ref
    row: DepartmentRow


@dataclass(frozen=True, slots=True)
class Link:
    """A link as stored."""

    id: int
    ref: Ref
    user_id: int | None
    method: LinkMethod
    key_value: str | None


@dataclass(frozen=True, slots=True)
class User:
    """A user as stored, with memberships by department."""

    id: int
    #: The record that owns the user: the authority's, or its creator's.
    owner: Ref
    row: UserRow
    memberships: Mapping[Ref, MembershipRow] = field(default_factory=dict)
