"""Every change twice: as a row of `sync_change`, and as a line of the audit log."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from syncd.model.change import Cause, Change, Entity
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
        self._run_id = run_id
        self._at = write_time(at)
        self._rows: list[Tuple] = []
        self.count = 0

    def add(self, change: Change, entity_id: int, before: Columns, after: Columns) -> None:
        """Tell one change, with the columns as JSON has them."""
        entity, action = change.entity.value, change.action.value
        old = None if before is None else orjson.dumps(before)
        new = None if after is None else orjson.dumps(after)
        cause = _cause(change.cause)
        self._rows.append(
            (
                self._run_id,
                self._at,
                entity,
                entity_id,
                action,
                old and old.decode(),
                new and new.decode(),
                cause.decode(),
            )
        )
        hidden = self._journal.pseudonyms
        if hidden is not None and change.entity in _PERSONAL:
            old = old and orjson.dumps(hidden.hide_columns(before))
            new = new and orjson.dumps(hidden.hide_columns(after))
            cause = orjson.dumps({"code": change.cause.code})  # its values may be somebody's
        self._journal.line(
            "change",
            b'"entity":"%b","entity_id":%d,"action":"%b","before":%b,"after":%b,"cause":%b'
            % (entity.encode(), entity_id, action.encode(), old or b"null", new or b"null", cause),
        )

    def flush(self) -> None:
        """Write the rows told so far."""
        insert_many(self._connection, table, _COLUMNS, self._rows)
        self.count += len(self._rows)
        self._rows = []


@lru_cache(maxsize=1024)
def _cause(cause: Cause) -> bytes:
    return orjson.dumps(cause.as_json())
