"""One moment of the store: where its log ends, which lines wait, and every directory row."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, select

from syncd.model.change import Entity
from syncd.store import chain
from syncd.store.chain import ChainEnd
from syncd.store.rows import json_time
from syncd.store.schema import department, link, membership, user

TABLES: Final = {
    Entity.DEPARTMENT: department,
    Entity.USER: user,
    Entity.MEMBERSHIP: membership,
    Entity.LINK: link,
}
#: It moves once a day without a change, and the log does not tell it.
UNTOLD: Final = frozenset({"last_seen_at"})
#: Rows that are fetched together.
_TOGETHER: Final = 1000


class Moment:
    """What one reading transaction sees; `Store.moment` gives one."""

    def __init__(self, connection: Connection) -> None:
        """Look through a connection that sees one moment."""
        self._connection = connection
        #: Where the chain ends; None before its first line.
        self.end: ChainEnd | None = chain.read_end(connection)

    def blocks(self, after_seq: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield (first seq, last seq, lines) of what waits beyond `after_seq`, in order."""
        for first, last, lines in chain.read_blocks(self._connection, after_seq):
            yield first, last, bytes(lines)

    def rows(self, entity: Entity) -> Iterator[dict[str, Any]]:
        """Yield every row by column names, without `UNTOLD`, values as audit lines have them."""
        table = TABLES[entity]
        columns = _told(table)
        query = select(*columns).execution_options(yield_per=_TOGETHER)
        names = [str(column.name) for column in columns]  # SQLAlchemy has a text of its own
        for row in self._connection.execute(query):
            yield {name: _plain(value) for name, value in zip(names, row, strict=True)}


def _told(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name not in UNTOLD]


def _plain(value: Any) -> Any:
    return json_time(value) if isinstance(value, datetime) else value
