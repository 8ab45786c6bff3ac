"""Where the reading of a source goes on, and why one begins anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from syncd.model.word import Word


class CursorKind(Word):
    """Which readings a cursor is of."""

    #: Where the source stood when everything was read.
    FULL = "full"
    #: Where the next reading of changes goes on: where the source stood at the last one of any kind.
    INCREMENTAL = "incremental"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row of `sync_cursor`; it moves only in the transaction that applies what was read."""

    source: str
    kind: CursorKind
    #: `Snapshot.position`, never empty.
    position: Mapping[str, object]
    moved_at: datetime


class Why(Word):
    """Why everything is read and not only what has changed."""

    #: The run is a full one, or of an approved plan, which is made of everything.
    ASKED = "asked"
    #: There is no cursor yet, or none can be had.
    NO_CURSOR = "no_cursor"
    #: The last reading of everything was days ago.
    AGE = "age"
    #: The source's settings are not those that the cursor was made under.
    SETTINGS = "settings"
    #: People are taken over from another authority, or matched by another field than before.
    TAKEOVER = "takeover"
    #: A conflict about the source as a whole is open, which only a complete reading settles.
    CONFLICT = "conflict"
    #: Another server answers than the one that the cursor is of.
    SERVER = "server"
    #: The server stands before the cursor: a restored backup, or a replica that is behind.
    RESTORED = "restored"
    #: A department, or an entry that others are below, was made, moved or changed.
    DEPARTMENTS = "departments"
    #: A group that decides who is read was changed.
    GROUPS = "groups"
    #: An attribute is carried for the first time, or may be carried by nobody any more.
    ATTRIBUTES = "attributes"
    #: The account may not see any more when entries were changed.
    UNREADABLE = "unreadable"
    #: So much has changed, or may have, that reading everything is less work.
    MANY = "many"
    #: An entry cannot be used, a part of the tree is elsewhere, or somebody may be hidden.
    DOUBT = "doubt"
