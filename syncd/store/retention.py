"""What may go after its time: people long gone, and what is remembered of old runs and messages.

Nothing here happens by itself. People go a hundred at a time, the rest a few thousand rows at a
time, each in a transaction of its own: an application that wants to write waits for one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, exists, func, select

from syncd.model.entry import Kind, Ref
from syncd.model.run import PARTIAL, Mode, Outcome
from syncd.outbox.limits import day_of
from syncd.reconcile.forgetting import PURGED
from syncd.store import holding, removal
from syncd.store import lease as leases
from syncd.store.chain import Journal
from syncd.store.changes import ChangeLog
from syncd.store.database import Database
from syncd.store.rows import json_time
from syncd.store.schema import (
    alert,
    call,
    change,
    conflict,
    delivery,
    incident,
    lease,
    link,
    media,
    message,
    plan,
    quota,
    record,
    run,
    source,
    user,
)
from syncd.store.sql import chunks, fetch_in
from syncd.store.types import read_json

#: People that one transaction removes.
PEOPLE_AT_ONCE: Final = 100
#: Rows that one transaction deletes.
ROWS_AT_ONCE: Final = 2000
#: What messages end with.
_FINISHED: Final = ("done", "partial", "dead", "cancelled", "expired")
#: Guards look a day back, so that runs of the last day always stay (contract, section 3).
_GUARDED: Final = timedelta(days=1)
#: What has ended within this time may have people who are still to be told, or may come back.
_REMEMBERED: Final = timedelta(days=7)
#: How long WeCom keeps a file.
_KEPT: Final = timedelta(days=3)


class History(StrEnum):
    """What is remembered for a time; the value is the word for it in the log."""

    CHANGES = "changes"
    RUNS = "runs"
    MESSAGES = "messages"


_TABLES: Final = {History.CHANGES: change, History.RUNS: run, History.MESSAGES: message}
#: Rows of ours that go with the rows that they belong to.
_PARTS: Final = {
    History.RUNS: ((plan, plan.c.run_id),),
    History.MESSAGES: ((delivery, delivery.c.message_id),),
}


@dataclass(frozen=True, slots=True)
class GonePerson:
    """Somebody who went so long ago that the row may go too."""

    user_id: int
    name: str
    gone_at: datetime
    #: The record that owns the row; None where its link is lost.
    owner: Ref | None
    #: A record of the person that is still in its source.
    present: Ref | None = None
    #: The application's tables that hold the row.
    held_by: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Removed:
    """What one transaction has removed."""

    people: tuple[int, ...]
    #: Whom a foreign key held that could not be seen beforehand.
    held: tuple[int, ...]
    #: As `sync_run.counts` has it.
    counts: Mapping[str, Mapping[str, int]]


class Retention:
    """Lets go of what is no longer to be kept, in one store."""

    def __init__(self, database: Database, *, personal_data: bool) -> None:
        """Look after one store."""
        self._database = database
        self._personal = personal_data

    # --- people --------------------------------------------------------------------------------

    def gone_people(self, before: datetime) -> list[GonePerson]:
        """Return everybody who went before a moment, those first who went first."""
        with self._database.read() as connection:
            gone = select(user.c.id, user.c.name, user.c.gone_at).where(
                user.c.gone_at < before, user.c.status != "active", user.c.name != ""
            )
            rows = list(connection.execute(gone.order_by(user.c.gone_at, user.c.id)))
            ids = [row.id for row in rows]
            owners, present = _records_of(connection, ids)
            kept = holding.held(connection, holding.read_holders(connection, user), ids)
        return [
            GonePerson(
                row.id,
                row.name,
                row.gone_at,
                owners.get(row.id),
                present.get(row.id),
                tuple(kept.get(row.id, ())),
            )
            for row in rows
        ]

    def remove_people(
        self,
        ids: Sequence[int],
        *,
        before: datetime,
        run_id: int,
        token: int,
        actor: str,
        at: datetime,
    ) -> Removed:
        """Remove people who are still gone, with links, memberships and records: one transaction.

        Raises:
            StaleWrite: The lease was lost.
        """
        removed: list[int] = []
        held: list[int] = []
        links = 0
        with self._journal(actor, at, run_id) as (connection, journal):
            leases.check_token(connection, token)
            leases.advance(connection, None)
            holding.check_at_once(connection)
            log = ChangeLog(connection, journal, run_id=run_id, at=at)
            gone = select(user.c.id, user.c.gone_at).where(
                user.c.id.in_(list(ids)), user.c.gone_at < before, user.c.status != "active"
            )
            for row in list(connection.execute(gone.order_by(user.c.id))):
                bonds = removal.read_bonds(connection, row.id)
                if removal.remove(connection, bonds, at):
                    kept = {"gone_at": json_time(row.gone_at), "status": "inactive"}
                    removal.tell(log, bonds, PURGED, kept)
                    removed.append(row.id)
                    links += len(bonds.links)
                else:
                    held.append(row.id)
            removal.forget_old_records(connection, before)  # of theirs under former ids too
            log.flush()
        counts = {"user": {"purge": len(removed)}, "link": {"purge": links}}
        return Removed(tuple(removed), tuple(held), counts if removed else {})

    # --- the history ---------------------------------------------------------------------------

    def count_old(self, what: History, before: datetime, *, at: datetime) -> int:
        """Return how many rows are old enough to go."""
        with self._database.read() as connection:
            query = _old(connection, what, before, at)
            counted = select(func.count()).select_from(query.subquery())
            return int(connection.execute(counted).scalar_one())

    def forget(self, what: History, before: datetime, *, actor: str, at: datetime) -> Iterator[int]:
        """Delete rows that are old enough, some with every step; yields how many went.

        Of runs those stay that anything names which stays, the newest two held plans, the newest
        reading of each source, and the last day.
        """
        of = _TABLES[what]
        last = 0
        while True:
            with self._database.read() as connection:  # looking for them makes nobody wait
                query = _old(connection, what, before, at).where(of.c.id > last)
                found = connection.execute(query.order_by(of.c.id).limit(ROWS_AT_ONCE))
                ids = [int(key) for key in found.scalars()]
            if not ids:
                break
            last = ids[-1]
            with self._journal(actor, at) as (connection, journal):
                holding.check_at_once(connection)
                count = holding.delete_rows(connection, of, ids, _PARTS.get(what, ()))
                told = {"what": what.value, "before": json_time(before), "rows": count}
                if count:
                    journal.event("history_purged", told)
            yield count
        if what is History.RUNS:
            self._forget_incidents(min(before, at - _REMEMBERED))
        if what is History.MESSAGES:
            self._forget_calls(min(before, at - _GUARDED))
            self._forget_files(at)

    def _forget_incidents(self, before: datetime) -> None:
        """Delete incidents that ended long ago, with what people were told of them."""
        over = select(incident.c.id).where(incident.c.ended_at < before)
        with self._database.write_beside() as connection:
            for chunk in chunks(list(connection.execute(over).scalars())):
                connection.execute(delete(alert).where(alert.c.incident_id.in_(chunk)))
                connection.execute(delete(incident).where(incident.c.id.in_(chunk)))

    def _forget_calls(self, before: datetime) -> None:
        """Delete requests that no delivery belongs to any more, some with every step."""
        last = 0
        named = exists().where(delivery.c.call_id == call.c.id)
        while True:
            with self._database.read() as connection:
                over = (call.c.settled_at < before, ~named, call.c.id > last)
                query = select(call.c.id).where(*over).order_by(call.c.id).limit(ROWS_AT_ONCE)
                ids = [int(key) for key in connection.execute(query).scalars()]
            if not ids:
                return
            last = ids[-1]
            with self._database.write_beside() as connection:
                for chunk in chunks(ids):
                    connection.execute(delete(call).where(call.c.id.in_(chunk)))

    def _forget_files(self, at: datetime) -> None:
        """Delete what WeCom has forgotten, and what it counted on days that are over."""
        with self._database.write_beside() as connection:
            old = media.c.uploaded_at < at - _KEPT
            connection.execute(delete(media).where(old))
            connection.execute(delete(quota).where(quota.c.day < day_of(at - _KEPT)))

    @contextmanager
    def _journal(
        self, actor: str, at: datetime, run_id: int | None = None
    ) -> Iterator[tuple[Connection, Journal]]:
        with self._database.write() as connection:
            journal = Journal(
                connection, at=at, actor=actor, run_id=run_id, personal=self._personal
            )
            yield connection, journal
            journal.close()


def _records_of(
    connection: Connection, ids: Sequence[int]
) -> tuple[dict[int, Ref], dict[int, Ref]]:
    """Return each person's owning record, and one that is still in its source."""
    query = (
        select(link.c.user_id, link.c.source, link.c.external_id, link.c.is_owner, record.c.gone_at)
        .join(
            record,
            (record.c.source == link.c.source)
            & (record.c.external_id == link.c.external_id)
            & (record.c.kind == Kind.USER.value),
            isouter=True,
        )
        .add_columns(record.c.read_at)
    )
    owners: dict[int, Ref] = {}
    present: dict[int, Ref] = {}
    for key, of, external_id, is_owner, gone_at, read_at in fetch_in(
        connection, query, link.c.user_id, ids
    ):
        if is_owner:
            owners[key] = Ref(of, external_id)
        if read_at is not None and gone_at is None:
            present[key] = Ref(of, external_id)
    return owners, present


def _old(connection: Connection, what: History, before: datetime, at: datetime) -> Select[Any]:
    if what is History.CHANGES:
        return select(change.c.id).where(change.c.at < before)
    if what is History.MESSAGES:
        over = message.c.status.in_(_FINISHED)
        return select(message.c.id).where(message.c.finished_at < before, over)
    return select(run.c.id).where(
        run.c.finished_at < min(before, at - _GUARDED),
        run.c.id.not_in(_last_readings(connection)),
        run.c.id.not_in(select(conflict.c.first_run_id)),
        run.c.id.not_in(select(conflict.c.last_run_id)),
        run.c.id.not_in(select(plan.c.run_id).where(plan.c.body.is_not(None))),
        ~exists().where(change.c.run_id == run.c.id),
        ~exists().where(lease.c.run_id == run.c.id),
    )


def _last_readings(connection: Connection) -> list[int]:
    """Return the newest runs that used a reading of each source, and one of everything of it.

    And the newest full and the newest held one.
    """
    names = set(connection.execute(select(source.c.name)).scalars())
    wanted = {(name, is_whole) for name in names for is_whole in (True, False)}
    used = run.c.outcome.in_([Outcome.APPLIED.value, Outcome.NO_CHANGE.value])
    whole = used & (run.c.mode != Mode.TARGETED.value)
    found: list[int] = []
    query = select(run.c.id, run.c.readings).where(whole).order_by(run.c.id.desc())
    for key, readings in connection.execute(query):
        told = read_json(readings)
        here = {(name, False) for name in told}
        here |= {(name, True) for name, one in told.items() if PARTIAL not in one["facts"]}
        if wanted & here:
            wanted -= here
            found.append(key)
        if not wanted:
            break
    for newest in (used & (run.c.mode == Mode.FULL.value), run.c.outcome == Outcome.HELD.value):
        key = connection.execute(select(func.max(run.c.id)).where(newest)).scalar_one()
        found += [] if key is None else [key]
    return found
