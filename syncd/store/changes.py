"""Every change twice: as a row of `sync_change`, and as a line of the audit log."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from syncd.model.change import Action, Cause, Change, Entity
from syncd.store.chain import Journal
from syncd.store.schema import change as table
from syncd.store.sql import Tuple, insert_many
from syncd.store.types import write_time

_COLUMNS: Final = ("run_id", "at", "entity", "entity_id", "action", "before", "after", "cause")
_PERSONAL: Final = frozenset({Entity.USER, Entity.LINK})

Columns = Mapping[str, Any] | None


class ChangeLog:
    """Tells what a transaction does to the directory."""

    def __init__(
        self, connection: Connection, journal: Journal, *, run_id: int, at: datetime
    ) -> None:
        """Begin to tell the changes of one run."""
        self._connection = connection
        self._journal = journal
        self._hidden = journal.pseudonyms
        self._run_id = run_id
        self._at = write_time(at)
        self._rows: list[Tuple] = []
        self.count = 0

    def add(self, change: Change, entity_id: int, before: Columns, after: Columns) -> None:
        """Tell one change, with the columns as JSON has them."""
        old = None if before is None else orjson.dumps(before)
        new = None if after is None else orjson.dumps(after)
        entity, action, start, middle = _names(change.entity, change.action)
        cause, cause_text = _cause(change.cause)
        self._rows.append(
            (
                self._run_id,
                self._at,
                entity,
                entity_id,
                action,
                None if old is None else old.decode(),
                None if new is None else new.decode(),
                cause_text,
            )
        )
        if self._hidden is not None and change.entity in _PERSONAL:
            old = None if old is None else orjson.dumps(self._hidden.hide_columns(before))
            new = None if new is None else orjson.dumps(self._hidden.hide_columns(after))
            cause = orjson.dumps({"code": change.cause.code})  # its values may be somebody's
        self._journal.line(
            "change",
            b'%b%d%b%b,"after":%b,"cause":%b'
            % (start, entity_id, middle, old or b"null", new or b"null", cause),
        )

    def flush(self) -> None:
        """Write the rows told so far."""
        insert_many(self._connection, table, _COLUMNS, self._rows)
        self.count += len(self._rows)
        self._rows = []


@lru_cache
def _names(entity: Entity, action: Action) -> tuple[str, str, bytes, bytes]:
    """Return the words of a row, and the pieces of a line that hold them."""
    start = f'"entity":"{entity.value}","entity_id":'
    middle = f',"action":"{action.value}","before":'
    return entity.value, action.value, start.encode(), middle.encode()


@lru_cache(maxsize=1024)
def _cause(cause: Cause) -> tuple[bytes, str]:
    text = orjson.dumps(cause.as_json())
    return text, text.decode()
