"""What a source was called when a change was told, and what it is called now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from syncd.store.schema import change, rename
from syncd.store.sql import fetch


class Rename(NamedTuple):
    """A row of `sync_rename`."""

    former_name: str
    name: str
    #: The newest change at that moment: what was told up to it bears the former name.
    last_change_id: int


@dataclass(frozen=True, slots=True)
class FormerNames:
    """Every new name that was given to a source, in order."""

    renames: Sequence[Rename] = ()

    def now(self, name: str, change_id: int) -> str:
        """Return what the source is called now that a change told of under `name`."""
        for one in self.renames:
            if one.former_name == name and change_id <= one.last_change_id:
                name = one.name
        return name


def read_former_names(connection: Connection) -> FormerNames:
    """Return every new name that was given to a source."""
    columns = (rename.c.former_name, rename.c.name, rename.c.last_change_id)
    rows = fetch(connection, select(*columns).order_by(rename.c.id))
    return FormerNames([Rename(*row) for row in rows])


def note_rename(connection: Connection, old: str, new: str, at: datetime) -> None:
    """Remember that what was told until now under the old name is about the new one."""
    newest = connection.execute(select(func.max(change.c.id))).scalar_one() or 0
    values = {"former_name": old, "name": new, "last_change_id": newest, "renamed_at": at}
    connection.execute(insert(rename).values(values))
