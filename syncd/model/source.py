"""What the store remembers of a source between runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """A row of `sync_source`; written in the transaction that applies a reading."""

    name: str
    type: str
    #: Corp id; base DN and server id. A changed one is refused (rule 1).
    identity: str
    #: Hash of the settings that shape reading and normalising; a changed one re-reads every record.
    fingerprint: str = ""
    #: Fields that the source has let us read (rule 8).
    readable: frozenset[str] = frozenset()
    #: Our fields that were readable and are withheld now.
    withheld: frozenset[str] = frozenset()
    scope: Mapping[str, object] = field(default_factory=dict)
    capabilities: Mapping[str, str] = field(default_factory=dict)
    #: When the first reading was applied; guards on creations begin after it.
    first_loaded_at: datetime | None = None
    #: When `directory_link.last_seen_at` of its links was last moved.
    seen_at: datetime | None = None
    #: The common field whose values its stored records are found by; None before there were
    #: records of another source to be matched.
    key_field: str | None = None
    #: Whether its persons were users by themselves when it was last read; None where that is not
    #: known: then it was the only source.
    is_authority: bool | None = None
