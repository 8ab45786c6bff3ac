"""Incidents as stored: what fails, what people are told of, and by which way they were.

Who tells somebody notes the attempt before it is made, with the time of the next one: a process
that ends in between leaves an alert that falls due again, and two processes never make the same
attempt. A message in WeCom is a row that is written together with the note.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, update

from syncd.model.incident import (
    Alert,
    Failure,
    Incident,
    IncidentKind,
    Judged,
    Known,
    Phase,
    Subject,
    Way,
)
from syncd.model.message import Draft
from syncd.model.run import Outcome, Trigger
from syncd.store.database import Database
from syncd.store.schema import alert, channel, failure, incident, message, run
from syncd.store.sql import pairs

#: The word in `outbox_channel.reason` for what only a person can put right.
_CONFIGURATION: Final = "configuration"


class IncidentBook:
    """Keeps the incidents of one store."""

    def __init__(self, database: Database) -> None:
        """Keep them in one database."""
        self._database = database

    # --- what is wrong -------------------------------------------------------------------------

    def failures(self) -> list[Failure]:
        """Return the sources whose last reading broke off."""
        with self._database.read() as connection:
            return _failures(connection)

    def note_readings(self, failed: Mapping[str, str], read: Iterable[str], now: datetime) -> None:
        """Remember which sources could not be read, and why, and which could.

        Nothing is written where nothing is news.
        """
        known = {one.source: one for one in self.failures()}
        recovered = [name for name in read if name in known]
        if not failed and not recovered:
            return
        with self._database.write() as connection:
            for name in recovered:
                connection.execute(delete(failure).where(failure.c.source == name))
            for name, error in failed.items():
                _note_failure(connection, name, error, now)

    def stopped_channels(self) -> list[tuple[str, datetime, str]]:
        """Return the sources whose messages do not get through, since when, and why."""
        columns = (channel.c.source, channel.c.stopped_at, channel.c.error, channel.c.error_code)
        query = select(*columns).where(channel.c.reason == _CONFIGURATION)
        with self._database.read() as connection:
            return [
                (row.source, row.stopped_at, row.error or str(row.error_code or ""))
                for row in connection.execute(query.order_by(channel.c.source))
            ]

    def approved_at(self) -> datetime | None:
        """Return when a person's approval was last applied."""
        used = run.c.outcome.in_([Outcome.APPLIED.value, Outcome.NO_CHANGE.value])
        query = select(run.c.finished_at).where(run.c.trigger == Trigger.APPROVE.value, used)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(run.c.id.desc()).limit(1))
            return found.scalar_one_or_none()

    # --- incidents and alerts ------------------------------------------------------------------

    def known(self, since: datetime) -> Known:
        """Return the incidents that are open, or ended no earlier than `since`, and their alerts."""
        with self._database.read() as connection:
            return _known(connection, since)

    def revise(
        self,
        since: datetime,
        decide: Callable[[Known], Judged],
        draft: Callable[[Alert], Draft],
        now: datetime,
    ) -> Judged:
        """Write what is decided about what is known; return it with the ids that were given.

        Reading, deciding and writing are one transaction, in which nobody else decides. Messages
        in WeCom are queued in it: `draft` returns the one for an alert.
        """
        with self._database.write() as connection:
            return _write(connection, decide(_known(connection, since)), draft, now)

    def due(self, now: datetime) -> list[Alert]:
        """Return the alerts that are due, those of older incidents first."""
        query = select(alert.c.incident_id).where(alert.c.next_attempt_at <= now).distinct()
        with self._database.read() as connection:
            ids = list(connection.execute(query).scalars())
            found = _alerts(connection, _incidents_of(connection, ids))
        return [
            one for one in found if one.next_attempt_at is not None and one.next_attempt_at <= now
        ]

    def claim(self, one: Alert, next_attempt_at: datetime | None) -> Alert | None:
        """Note that an alert is about to be told; return None where somebody else is telling it.

        It falls due again at `next_attempt_at`, unless `settle` says before that it was told.
        """
        values = {"attempts": one.attempts + 1, "next_attempt_at": next_attempt_at}
        # Another process may have claimed, told or dropped it since it was read.
        seen = _is(one) & (alert.c.attempts == one.attempts) & alert.c.next_attempt_at.is_not(None)
        with self._database.write() as connection:
            if connection.execute(update(alert).where(seen).values(values)).rowcount == 0:
                return None
        return Alert(
            one.incident, one.phase, one.way, one.attempts + 1, next_attempt_at, None, one.error
        )

    def settle(self, one: Alert, *, told_at: datetime | None, error: str | None) -> None:
        """Note how the attempt ended: told, or why not."""
        values: dict[str, Any] = {"error": error}
        if told_at is not None:
            values |= {"told_at": told_at, "next_attempt_at": None}
        with self._database.write() as connection:
            connection.execute(update(alert).where(_is(one)).values(values))


def _write(
    connection: Connection, judged: Judged, draft: Callable[[Alert], Draft], now: datetime
) -> Judged:
    """Write what was decided; return it with the ids that were given."""
    opened = []
    for one in judged.opened:
        stored = _insert(connection, one)
        opened.append(stored)
        for way in judged.ways[one.subject]:
            _tell(connection, Alert(stored, Phase.OPENED, way, next_attempt_at=now), draft, now)
    for one in judged.changed:
        values = {"clear_since": one.clear_since, "relapses": one.relapses}
        changed = update(incident).where(incident.c.id == one.id)
        connection.execute(changed.values({**values, "ended_at": one.ended_at}))
    for each in judged.dropped:
        connection.execute(update(alert).where(_is(each)).values(next_attempt_at=None))
    for each in judged.added:
        _tell(connection, each, draft, now)
    return replace(judged, opened=tuple(opened))


def _is(one: Alert) -> ColumnElement[bool]:
    return and_(
        alert.c.incident_id == one.incident.id,
        alert.c.phase == one.phase.value,
        alert.c.way == one.way.value,
    )


def _failures(connection: Connection) -> list[Failure]:
    rows = connection.execute(select(failure).order_by(failure.c.source))
    return [Failure(row.source, row.since, row.last_at, row.failures, row.error) for row in rows]


def _note_failure(connection: Connection, name: str, error: str, now: datetime) -> None:
    mine = failure.c.source == name
    again = (
        update(failure)
        .where(mine)
        .values(failures=failure.c.failures + 1, last_at=now, error=error)
    )
    if connection.execute(again).rowcount == 0:
        first = {"source": name, "since": now, "last_at": now, "failures": 1, "error": error}
        connection.execute(insert(failure).values(first))


def _known(connection: Connection, since: datetime) -> Known:
    recent = or_(incident.c.ended_at.is_(None), incident.c.ended_at >= since)
    rows = connection.execute(select(incident).where(recent).order_by(incident.c.id))
    incidents = {row.id: _incident(row) for row in rows}
    return Known(tuple(incidents.values()), tuple(_alerts(connection, incidents)))


def _incidents_of(connection: Connection, ids: Iterable[int]) -> dict[int, Incident]:
    query = select(incident).where(incident.c.id.in_(list(ids)))
    return {row.id: _incident(row) for row in connection.execute(query)}


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        row.id,
        Subject(IncidentKind(row.kind), row.subject),
        row.opened_at,
        row.detail,
        row.clear_since,
        row.relapses,
        row.ended_at,
    )


def _alerts(connection: Connection, incidents: Mapping[int, Incident]) -> list[Alert]:
    query = select(alert).where(alert.c.incident_id.in_(list(incidents)))
    # Within an incident the opening comes first.
    order = (alert.c.incident_id, alert.c.phase.desc(), alert.c.way)
    return [
        Alert(
            incidents[row.incident_id],
            Phase(row.phase),
            Way(row.way),
            row.attempts,
            row.next_attempt_at,
            row.told_at,
            row.error,
        )
        for row in connection.execute(query.order_by(*order))
    ]


def _insert(connection: Connection, one: Incident) -> Incident:
    values = {
        "kind": one.subject.kind.value,
        "subject": one.subject.name,
        "opened_at": one.opened_at,
        "detail": dict(one.detail),
        "relapses": one.relapses,
    }
    key = connection.execute(insert(incident).values(values)).inserted_primary_key
    return Incident(
        int(key[0]) if key else 0,
        one.subject,
        one.opened_at,
        one.detail,
        relapses=one.relapses,
    )


def _tell(
    connection: Connection, one: Alert, draft: Callable[[Alert], Draft], now: datetime
) -> None:
    """Note an alert; one in WeCom is told by being queued, both or neither."""
    values: dict[str, Any] = {
        "incident_id": one.incident.id,
        "phase": one.phase.value,
        "way": one.way.value,
        "attempts": 0,
        "next_attempt_at": one.next_attempt_at,
    }
    if one.way is Way.WECOM:
        _queue(connection, draft(one))
        values |= {"attempts": 1, "next_attempt_at": None, "told_at": now}
    connection.execute(insert(alert).values(values))


def _queue(connection: Connection, draft: Draft) -> None:
    same = select(message.c.dedupe_key, message.c.id)
    if pairs(connection, same.where(message.c.dedupe_key == draft.dedupe_key)):
        return
    connection.execute(
        insert(message).values(
            recipient=draft.recipient,
            msgtype=draft.msgtype,
            content=dict(draft.content),
            source=draft.source,
            dedupe_key=draft.dedupe_key,
            priority=draft.priority,
            not_before=draft.not_before,
            expires_at=draft.expires_at,
        )
    )
