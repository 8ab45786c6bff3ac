"""What a source says, before syncd has an opinion about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from syncd.model.word import Word


class Kind(Word):
    """What an entry or a record describes."""

    USER = "user"
    DEPARTMENT = "department"


class Ref(NamedTuple):
    """One object of one source, by the source's immutable id."""

    source: str
    external_id: str

    def __str__(self) -> str:
        """Return `source:id`, as the command line writes it."""
        return f"{self.source}:{self.external_id}"


class Entry(NamedTuple):
    """One object as the source gives it.

    `payload` holds its attributes under the source's own names as JSON: 100,000 of them stay in
    memory during a run, and only those that differ from the stored digest are ever decoded.
    """

    kind: Kind
    external_id: str
    #: When the request was sent whose answer this is (UTC).
    read_at: datetime
    payload: bytes
    #: What may differ between readings without the object having changed (the host and query of
    #: an avatar's address): needed by `normalize`, and no part of the digest.
    volatile: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A part of an entry that cannot be used: one field, or the whole entry (rule 13)."""

    kind: Kind
    #: The entry's id, or a printable stand-in where the id itself is what is wrong.
    external_id: str
    #: The field's name, or `id`.
    field: str
    #: A code: `nul`, `type`, `too_long`, `empty`, `encoding`, `duplicate`.
    reason: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """Why the absence of an entry proves nothing: the part that it was in cannot be seen now."""

    #: What has become invisible, as `department:<id>`, `member:<id>` or `tag:<id>`.
    part: str
    #: A code: `permission`, `visible_range`, `excluded`, `include`, `base`, `unread`.
    reason: str


@dataclass(frozen=True, slots=True)
class Absence:
    """What became of the missing, after the source has been asked again."""

    gone_users: frozenset[str] = frozenset()
    gone_departments: frozenset[str] = frozenset()
    #: Missing, but not asked for one by one because more than the guard allows were proven gone
    #: already. They are in no other part; a plan that deactivates one of them is always held.
    unconfirmed: frozenset[str] = frozenset()
    hidden_users: Mapping[str, Hidden] = field(default_factory=dict)
    hidden_departments: Mapping[str, Hidden] = field(default_factory=dict)
    #: Entries that were there after all.
    found: Sequence[Entry] = ()
    #: The cause of `gone_users`: `absent`, or `left_or_out_of_range` where a range is narrower
    #: than the company.
    cause: str = "absent"
    #: Those of `gone_users` whose cause is another one than `cause`.
    causes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Partial:
    """What a reading of changes says of whomever its entries do not show: they are as stored.

    But for these, who are not to be seen any more.
    """

    #: Users who are missing; each is to be confirmed.
    missing: frozenset[str] = frozenset()
    #: What became of them, once the source has been asked again; nobody of them is hidden.
    absence: Absence = field(default_factory=Absence)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a source said in one reading that reached its end."""

    source: str
    #: When the first request of the reading was sent (UTC).
    began_at: datetime
    departments: Sequence[Entry]
    users: Sequence[Entry]
    #: Our names of the user fields that at least one entry carried, so that absence means
    #: something; `None` for a targeted reading, which cannot tell.
    readable: frozenset[str] | None
    #: Entries whose id cannot be used; they are reported and never stop the others.
    rejections: Sequence[Rejection] = ()
    #: What the report says of the reading: counts by a code, for instance
    #: `{"details_invisible": 37, "calls": 2012}`.
    facts: Mapping[str, int] = field(default_factory=dict)
    #: What the secrets were found to be able to do, for instance
    #: `{"contacts_secret": "identifiers only", "app_secret": "range: departments 2, 7"}`.
    capabilities: Mapping[str, str] = field(default_factory=dict)
    #: What the source wants to find again at its next reading (visible range, tops, …): JSON.
    scope: Mapping[str, object] = field(default_factory=dict)
    #: `Source.identity`, and after a `#` what only a reading can say of which directory this is;
    #: None where there is nothing more to say.
    identity: str | None = None
    #: Where the source stood when the reading began, for the next one to go on from: JSON; empty
    #: where no reading can go on from anywhere.
    position: Mapping[str, object] = field(default_factory=dict)
    #: Set where the reading is partial: its entries have changed, and this says the rest.
    partial: Partial | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What the store holds of a source and a snapshot does not show."""

    #: User id → ids of the departments that the user was last seen in.
    users: Mapping[str, frozenset[str]]
    #: Department id → id of its last parent (None for a top).
    departments: Mapping[str, str | None]
    #: Users of whom an absence would deactivate somebody; the others are inactive already.
    active: frozenset[str]
