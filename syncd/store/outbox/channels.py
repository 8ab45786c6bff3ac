"""Sources whose messages wait, because WeCom lets none through; one call shows when it does again."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from syncd.model.message import Attempt, Disposition
from syncd.outbox.verdict import opens_channel, stops_channel
from syncd.outbox.waits import stop_for
from syncd.store.outbox.telling import Outcomes
from syncd.store.rows import json_time
from syncd.store.schema import channel
from syncd.store.types import read_time

#: How long a probe may take before another one is sent.
_PROBED: Final = timedelta(minutes=2)


class Opening(NamedTuple):
    """Whether calls of a source may go out."""

    is_open: bool
    #: One call alone goes out, to see whether it works again.
    is_probe: bool = False


def read_opening(connection: Connection, source: str, now: datetime) -> Opening:
    """Return whether a source may send, under the lock of its day."""
    query = select(channel.c.probe_at).where(channel.c.source == source)
    probe_at = connection.execute(query).scalar_one_or_none()
    if probe_at is None:
        return Opening(is_open=True)
    return Opening(is_open=False, is_probe=read_time(probe_at) <= now)


def note_probe(connection: Connection, source: str, now: datetime) -> None:
    """Let nobody else probe while one is on its way."""
    _set(connection, source, {"probe_at": now + _PROBED})


def learn(
    connection: Connection,
    source: str,
    attempt: Attempt,
    *,
    is_probe: bool,
    now: datetime,
    outcomes: Outcomes,
) -> bool | None:
    """Stop or open a source's channel by what an attempt has shown.

    Returns:
        True where it has stopped, False where it is open again, None where nothing has changed.
    """
    if not is_probe and not stops_channel(attempt):
        return None
    query = select(channel).where(channel.c.source == source).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        if stops_channel(attempt):
            _stop(connection, source, attempt, now, outcomes)
            return True
        return None
    if not is_probe:  # it was on its way when another one stopped the channel
        return None
    if opens_channel(attempt):
        connection.execute(delete(channel).where(channel.c.source == source))
        told = {"source": source, "stopped_at": json_time(row.stopped_at)}
        outcomes.event("channel_resumed", told)
        return False
    failures = row.failures + stops_channel(attempt)
    _set(connection, source, _state(attempt, failures, now, row.reason))
    return None


def _stop(
    connection: Connection, source: str, attempt: Attempt, now: datetime, outcomes: Outcomes
) -> None:
    state = _state(attempt, 1, now, "")
    values = {"source": source, "stopped_at": now, **state}
    connection.execute(insert(channel).values(values))
    told = {"source": source, "reason": state["reason"]}
    outcomes.event("channel_stopped", {**told, "error_code": attempt.code, "error": attempt.error})


def _state(attempt: Attempt, failures: int, now: datetime, reason: str) -> dict[str, Any]:
    if stops_channel(attempt):
        is_rate = attempt.disposition is Disposition.SLOW_DOWN
        reason = "rate" if is_rate else "configuration"
    wait = stop_for(failures=failures, is_rate=reason == "rate")
    if attempt.interval is not None and attempt.interval > 0:
        wait = max(wait, timedelta(seconds=attempt.interval))
    state: dict[str, Any] = {"probe_at": now + wait, "failures": failures, "reason": reason}
    if stops_channel(attempt):
        state |= {"error_code": attempt.code, "error": attempt.error}
    return state


def _set(connection: Connection, source: str, values: dict[str, Any]) -> None:
    connection.execute(update(channel).where(channel.c.source == source).values(values))
