"""Every change twice: as a row of `sync_change`, and as a line of the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from syncd.model.change import Action, Cause, Change, Entity
from syncd.store.chain import Journal
from syncd.store.schema import change as table
from syncd.store.sql import Tuple, insert_many, texts_for
from syncd.store.types import write_time

_COLUMNS: Final = ("entity_id", "action", "before", "after", "cause")
_PERSONAL: Final = frozenset({Entity.USER, Entity.LINK})

Columns = Mapping[str, Any] | None

_REASON: Final = attrgetter("action", "cause")


class ChangeLog:
    """Tells what a transaction does to the directory."""

    def __init__(
        self, connection: Connection, journal: Journal, *, run_id: int, at: datetime
    ) -> None:
        """Begin to tell the changes of one run."""
        self._connection = connection
        self._as_text = texts_for(connection)
        self._journal = journal
        self._hidden = journal.pseudonyms
        self._run_id = run_id
        self._at = write_time(at)
        #: What the rows told so far are about.
        self._entity = Entity.DEPARTMENT
        #: What all rows told so far have in common, where they are new.
        self._reason: tuple[str, str] | None = None
        self._rows: list[Tuple] = []
        self.count = 0

    def add(self, change: Change, entity_id: int, before: Columns, after: Columns) -> None:
        """Tell one change, with the columns as JSON has them."""
        self._about(change.entity)
        old = None if before is None else orjson.dumps(before)
        new = None if after is None else orjson.dumps(after)
        action, start, middle = _names(change.entity, change.action)
        cause, cause_text = _cause(change.cause)
        texts = (None if one is None else one.decode() for one in (old, new))
        self._alike(None)
        self._rows.append((entity_id, action, *texts, cause_text))
        if self._hidden is not None and change.entity in _PERSONAL:
            old = None if old is None else orjson.dumps(self._hidden.hide_columns(before))
            new = None if new is None else orjson.dumps(self._hidden.hide_columns(after))
            cause = orjson.dumps({"code": change.cause.code})  # its values may be somebody's
        self._journal.line(
            "change",
            b'%b%d%b%b,"after":%b,"cause":%b'
            % (start, entity_id, middle, old or b"null", new or b"null", cause),
        )

    def made(self, changes: list[Change], keys: Iterable[int], after: Iterable[bytes]) -> None:
        """Tell of new rows of one entity, with their columns as JSON text: quicker than `add`."""
        entity = changes[0].entity
        if self._hidden is not None and entity in _PERSONAL:
            for change, key, text in zip(changes, keys, after, strict=True):
                self.add(change, key, None, orjson.loads(text))
            return
        self._about(entity)
        told = zip(map(_REASON, changes), keys, after, strict=True)
        for (action, cause), ones in groupby(told, itemgetter(0)):
            self._tell_alike(entity, action, cause, list(ones))

    def _tell_alike(
        self,
        entity: Entity,
        action: Action,
        cause: Cause,
        rows: list[tuple[object, int, bytes]],
    ) -> None:
        """Tell of new rows that are there for one reason: nearly all of a first load are."""
        word, start, middle = _names(entity, action)
        cause_json, cause_text = _cause(cause)
        middle, end = middle + b'null,"after":', b',"cause":' + cause_json
        if cause.values:  # which may be anybody's words, and stand in no statement
            self._alike(None)
            self._rows += [(key, word, None, text.decode(), cause_text) for _, key, text in rows]
        else:
            self._alike((word, cause_text))
            as_text = self._as_text
            self._rows += [(key, as_text(text)) for _, key, text in rows]
        self._journal.lines(
            "change",
            [b"".join((start, str(key).encode(), middle, text, end)) for _, key, text in rows],
        )

    def flush(self) -> None:
        """Write the rows told so far."""
        same: dict[str, str | int] = {
            "run_id": self._run_id,
            "at": self._at,
            "entity": self._entity.value,
        }
        columns: Sequence[str] = _COLUMNS
        if self._reason is not None:
            columns = ("entity_id", "after")
            same["action"], same["cause"] = self._reason
        insert_many(self._connection, table, columns, self._rows, same=same)
        self.count += len(self._rows)
        self._rows = []

    def _alike(self, reason: tuple[str, str] | None) -> None:
        """Begin other rows where those told so far have another reason in common, or none."""
        if reason != self._reason:
            self.flush()
            self._reason = reason

    def _about(self, entity: Entity) -> None:
        if entity is not self._entity:
            self.flush()
            self._entity = entity


@lru_cache
def _names(entity: Entity, action: Action) -> tuple[str, bytes, bytes]:
    """Return the action's word, and the pieces of a line that hold it and the entity's."""
    start = f'"entity":"{entity.value}","entity_id":'
    middle = f',"action":"{action.value}","before":'
    return action.value, start.encode(), middle.encode()


@lru_cache(maxsize=1024)
def _cause(cause: Cause) -> tuple[bytes, str]:
    text = orjson.dumps(cause.as_json())
    return text, text.decode()
