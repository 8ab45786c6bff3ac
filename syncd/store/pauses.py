"""Maintenance windows as stored; each step is told in the audit log."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from syncd.model.pause import Pause, PauseKind
from syncd.store.chain import Journal
from syncd.store.rows import json_time
from syncd.store.schema import pause


def read_pauses(connection: Connection) -> list[Pause]:
    """Return every pause that was not ended by a person; some may have ended by themselves."""
    rows = connection.execute(select(pause).order_by(pause.c.kind, pause.c.name))
    return [
        Pause(PauseKind(row.kind), row.name, row.paused_at, row.ends_at, row.actor, row.why)
        for row in rows
    ]


def write_pause(connection: Connection, journal: Journal, one: Pause) -> None:
    """Begin a pause, or give one that holds already another end and reason."""
    connection.execute(delete(pause).where(_is(one)))
    values: dict[str, Any] = {
        "kind": one.kind.value,
        "name": one.name,
        "paused_at": one.paused_at,
        "ends_at": one.ends_at,
        "actor": one.actor,
        "why": one.why,
    }
    connection.execute(insert(pause).values(values))
    told = {"kind": one.kind.value, "source": one.name or None}
    journal.event("paused", {**told, "ends_at": json_time(one.ends_at), "why": one.why})


def end_pause(connection: Connection, journal: Journal, one: Pause, why: str | None) -> bool:
    """End a pause; return whether it was there."""
    ended = connection.execute(delete(pause).where(_is(one))).rowcount > 0
    if ended:
        told = {"kind": one.kind.value, "source": one.name or None}
        journal.event("resumed", {**told, "paused_at": json_time(one.paused_at), "why": why})
    return ended


def _is(one: Pause) -> ColumnElement[bool]:
    return and_(pause.c.kind == one.kind.value, pause.c.name == one.name)
