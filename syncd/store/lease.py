"""The right to write: one row, one holder at a time, a token that only grows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from syncd.errors import LeaseTaken, StaleWrite
from syncd.store.holder import Holder
from syncd.store.schema import lease
from syncd.store.types import utc_now
from syncd.text import text

#: How long a lease lasts without being renewed, by the database's clock.
TERM: Final = timedelta(seconds=60)
#: How often a holder should renew it.
RENEW_EVERY: Final = timedelta(seconds=15)
_NOBODY: Final[dict[str, Any]] = dict.fromkeys(
    ("host", "boot_id", "pid", "process_start", "run_id", "acquired_at", "expires_at")
)


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds the right to write, and until when."""

    holder: Holder
    run_id: int
    token: int
    acquired_at: datetime
    expires_at: datetime


def read_lease(connection: Connection) -> Lease | None:
    """Return the lease as it stands, or None when nobody has it."""
    row = connection.execute(select(lease)).one()
    if row.host is None:
        return None
    holder = Holder(row.host, row.boot_id, row.pid, row.process_start)
    return Lease(holder, row.run_id, row.token, row.acquired_at, row.expires_at)


def store_version(connection: Connection) -> int:
    """Return how often the store has moved."""
    return int(connection.execute(select(lease.c.store_version)).scalar_one())


def database_time(connection: Connection) -> datetime:
    """Return the moment by the database's clock, the only one that all hosts share."""
    # With its type the expression is read back as a moment of ours.
    moment: datetime = connection.execute(select(utc_now())).scalar_one()
    return moment


def refuse_if_held(
    connection: Connection, here: Holder, is_being_written: Callable[[], bool] = lambda: False
) -> None:
    """Refuse to go on while another process holds the lease and is alive as far as can be told.

    Args:
        connection: A connection that may read.
        here: The process that asks.
        is_being_written: Tells whether somebody is writing now. Who applies a long plan cannot
            renew the lease meanwhile: one that has run out is still held then.

    Raises:
        LeaseTaken: It does.
    """
    held = read_lease(connection)
    if held is None or held.holder.is_gone(here):
        return
    if held.expires_at > database_time(connection) or is_being_written():
        raise LeaseTaken(
            text(
                "Run {run_id} is writing: process {pid} on {host}, since {since:%Y-%m-%d %H:%M:%S} UTC.",
                run_id=held.run_id,
                pid=held.holder.pid,
                host=held.holder.host,
                since=held.acquired_at,
            ),
            hint=text("Wait until it has ended; syncd status shows it."),
        )


def take_lease(connection: Connection, here: Holder) -> tuple[int, int | None]:
    """Take the lease; return the new token, and the run of a former holder that never ended.

    Raises:
        LeaseTaken: Another process holds it, and is alive as far as can be told.
    """
    refuse_if_held(connection, here)
    now, held = database_time(connection), read_lease(connection)
    token = int(connection.execute(select(lease.c.token)).scalar_one()) + 1
    connection.execute(
        update(lease).values(
            token=token,
            host=here.host,
            boot_id=here.boot_id,
            pid=here.pid,
            process_start=here.process_start,
            acquired_at=now,
            expires_at=now + TERM,
        )
    )
    return token, held.run_id if held else None


def assign_lease(connection: Connection, run_id: int) -> None:
    """Note for which run the lease was taken."""
    connection.execute(update(lease).values(run_id=run_id))


def renew_lease(connection: Connection, token: int) -> None:
    """Make the lease last another term.

    Raises:
        StaleWrite: Somebody else has taken it since.
    """
    check_token(connection, token)
    connection.execute(update(lease).values(expires_at=database_time(connection) + TERM))


def check_token(connection: Connection, token: int) -> None:
    """Refuse to go on with a lease that is not ours any more (fencing).

    Raises:
        StaleWrite: Somebody else has taken it, or it was given back.
    """
    row = connection.execute(select(lease.c.token, lease.c.host)).one()
    if row.token != token or row.host is None:
        raise StaleWrite(
            text(
                "The lease was lost: this run stood still for so long that another one took over."
            ),
            hint=text("Nothing was written. Run syncd sync again."),
        )


def advance(connection: Connection, expected: int | None) -> None:
    """Count one more step of the store, under the lock of the lease row.

    Raises:
        StaleWrite: It is not where the plan was made.
    """
    version = store_version(connection)
    if expected is not None and version != expected:
        raise StaleWrite(
            text("The store has moved since the plan was made."),
            hint=text("Nothing was written; the plan has to be made again."),
        )
    connection.execute(update(lease).values(store_version=version + 1))


def release_lease(connection: Connection, token: int) -> None:
    """Give the lease back; without effect when somebody else has it by now."""
    connection.execute(update(lease).where(lease.c.token == token).values(_NOBODY))
