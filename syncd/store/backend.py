"""What differs between the databases when they are opened, and what a transaction is in each."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL

from syncd.errors import ConfigError
from syncd.text import text

#: Seconds that a statement waits for another process before the store is called locked.
BUSY_TIMEOUT = 5.0
#: Seconds that a server may take to answer a new connection.
CONNECT_TIMEOUT = 10
#: Seconds after which a server ends a transaction that its client has left standing. It is the
#: term of the lease: a process that stalls for longer has lost the right to write anyway.
IDLE_IN_TRANSACTION = 60


class Backend(Protocol):
    """One kind of database."""

    #: The file, where the database is one.
    path: Path | None

    def engine(self) -> Engine:
        """Return a new engine; nothing is opened before it is needed."""

    def begin(self, connection: Connection, *, writes: bool) -> None:
        """Begin a transaction: one moment of the store for a reader, the present for a writer."""

    def lock(self, connection: Connection) -> None:
        """Wait until no other process of ours writes, and keep them out until the end."""

    def altering(self, connection: Connection) -> AbstractContextManager[None]:
        """Keep other processes from altering the schema meanwhile; there may be no table yet."""

    def is_being_written(self, engine: Engine) -> bool:
        """Return whether another process of ours is writing at this moment; waits for nobody."""

    def damage(self, connection: Connection, most: int) -> Iterator[tuple[str, str]]:
        """Yield (code, message) of what the database itself finds to be wrong, at most `most` of a kind."""


def make_engine(url: URL, extra: str, **options: Any) -> Engine:
    """Return an engine whose errors show no value of a row.

    Raises:
        ConfigError: The driver is not installed; `extra` brings it.
    """
    try:
        return create_engine(url, hide_parameters=True, **options)
    except ModuleNotFoundError as error:
        raise ConfigError(
            text("The driver for {database} is not installed.", database=url.drivername),
            hint=text("Install it: pip install 'syncd[{extra}]'", extra=extra),
        ) from error


def unless_given(url: URL, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of our options of a connection that the address does not set by itself."""
    return {name: value for name, value in defaults.items() if name not in url.query}
