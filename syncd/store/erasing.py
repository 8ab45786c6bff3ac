"""Erasing one person from every table, in one transaction; the way for a right to be forgotten.

What must stay keeps its number and nothing else: rows of `sync_change`, which applications poll
by id; a user's row that an application's foreign key holds; lines of the audit log.
"""

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select, update

from syncd.errors import StaleWrite, StoreBusy
from syncd.model.change import Action, Change, Entity
from syncd.model.entry import Kind, Ref
from syncd.model.field import TEXT_FIELDS
from syncd.model.run import Outcome
from syncd.reconcile.forgetting import ERASED
from syncd.reconcile.traces import Traces
from syncd.store import chain, removal, runs
from syncd.store import lease as leases
from syncd.store.blackout import black_out, blank_changes, bury, erase_messages, forget_manager
from syncd.store.border import store_errors
from syncd.store.chain import Journal
from syncd.store.changes import ChangeLog
from syncd.store.cursors import forget_cursors
from syncd.store.database import Database
from syncd.store.holding import check_at_once, held, read_holders
from syncd.store.lookups import erase_answers
from syncd.store.remembered import read_traces
from syncd.store.removal import Bonds
from syncd.store.rows import json_time
from syncd.store.runs import Ending
from syncd.store.schema import (
    audit_chain,
    change,
    link,
    record,
    user,
)
from syncd.store.sql import fetch_in
from syncd.store.tombstone import LINES, PERSON_ERASED
from syncd.text import text

#: Seconds that cleaning waits for others.
_PATIENCE: Final = 5.0
_BLANK: Final[dict[str, Any]] = {
    **dict.fromkeys(TEXT_FIELDS),
    "name": "",
    "manager_id": None,
    "main_department_id": None,
    "custom": {},
}


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody who is to be erased is still there."""

    #: None where only the history tells of the person.
    name: str | None
    is_active: bool
    #: Records that are still in their sources.
    present: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased."""

    user_id: int
    #: False where a foreign key of an application holds the row: it is blank now.
    is_removed: bool
    #: Rows of `sync_change` that say nothing any more.
    changes: int
    #: Lines of the audit log that are to be tombstones.
    lines: int


class Erasing:
    """Erases people from one store."""

    def __init__(self, database: Database, *, personal_data: bool) -> None:
        """Look after one store."""
        self._database = database
        self._personal = personal_data

    def presence(self, user_id: int) -> Presence | None:
        """Return what is known of somebody; None where neither a row nor the history knows the id."""
        with self._database.read() as connection:
            row = connection.execute(
                select(user.c.name, user.c.status).where(user.c.id == user_id)
            ).one_or_none()
            if row is None:
                known = select(change.c.id).where(
                    change.c.entity == Entity.USER.value, change.c.entity_id == user_id
                )
                is_known = connection.execute(known.limit(1)).first() is not None
                return Presence(None, is_active=False, present=()) if is_known else None
            refs = removal.read_bonds(connection, user_id).links.values()
            there = tuple(ref for ref in refs if _is_there(connection, ref))
            return Presence(row.name, row.status == "active", there)

    def traces(self, user_id: int) -> Traces:
        """Return all that the store knows to tell of a person, now and before."""
        with self._database.read() as connection:
            return read_traces(connection, user_id)

    def with_pseudonyms(self, traces: Traces) -> Traces:
        """Return the traces with the words that stand for them in a log of pseudonyms."""
        with self._database.read() as connection:
            key = connection.execute(select(audit_chain.c.pseudonym_key)).scalar_one_or_none()
        if key is None:
            return traces
        hide = chain.Pseudonyms(bytes(key)).hide
        return traces.and_ids([hide(one) for one in (*traces.ids, *traces.names)])

    def without_rows(self, links: Collection[int]) -> set[int]:
        """Return those of the links that are no more."""
        with self._database.read() as connection:
            there = fetch_in(connection, select(link.c.id), link.c.id, links)
            return set(links) - {key for (key,) in there}

    def erase(
        self,
        traces: Traces,
        lines: Collection[int],
        *,
        after_seq: int,
        run_id: int,
        token: int,
        actor: str,
        at: datetime,
    ) -> Erased:
        """Erase a person from every table, say so in the audit log, and end the run.

        Args:
            traces: All that tells of the person.
            lines: The numbers of the audit lines that do.
            after_seq: The last line that was looked at for them.
            run_id: The run of the erasure.
            token: The lease's token.
            actor: Who erases.
            at: Now.

        Raises:
            StaleWrite: The lease was lost, or lines were written that were not looked at.
        """
        with self._database.write() as connection:
            _overwrite_what_goes(connection)
            leases.check_token(connection, token)
            leases.advance(connection, None)
            end = chain.read_end(connection)
            if (end.last_seq if end else 0) != after_seq:
                raise StaleWrite(text("The audit log has grown since it was looked through."))
            journal = Journal(
                connection, at=at, actor=actor, run_id=run_id, personal=self._personal
            )
            check_at_once(connection)
            log = ChangeLog(connection, journal, run_id=run_id, at=at)
            is_removed = _erase_row(connection, log, traces, at)
            log.flush()
            changes = blank_changes(connection, traces, run_id)
            black_out(connection, traces)
            erase_answers(connection, traces)
            bury(connection, lines)
            forget_cursors(
                connection
            )  # who is still in a source is found again by a reading of all
            what = {"user_id": traces.user_id, "row": "removed" if is_removed else "blanked"}
            journal.event(PERSON_ERASED, {**what, LINES: sorted(lines)})
            done = {"user": {"purge" if is_removed else "update": 1}}
            runs.end_run(connection, journal, run_id, Ending(Outcome.APPLIED, at, done, {}, {}))
            leases.release_lease(connection, token)
            journal.close()
        return Erased(traces.user_id, is_removed, changes, len(lines))

    def clean(self) -> None:
        """Make an SQLite file anew, without what was deleted; other databases do so by themselves.

        Where a row was changed or moved, its former bytes lie in the file until they are used
        again; so do former pages in the `-wal` beside it.

        Raises:
            StoreBusy: Somebody reads or writes, for longer than we are ready to wait.
            StoreError: It cannot be done.
        """
        if self._database.path is None:
            return
        place = str(self._database.path)
        with store_errors(self._database.name), closing(_open(place)) as connection:
            connection.execute("VACUUM")
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            raise StoreBusy(
                text("The store {name} is in use, and could not be cleaned.", name=place),
                hint=text("The next run tries again; what was erased is in no table any more."),
            )


def _open(place: str) -> sqlite3.Connection:
    return sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)


def _is_there(connection: Connection, ref: Ref) -> bool:
    query = select(record.c.read_at).where(
        record.c.source == ref.source,
        record.c.kind == Kind.USER.value,
        record.c.external_id == ref.external_id,
        record.c.gone_at.is_(None),
    )
    return connection.execute(query).first() is not None


# --- the row -----------------------------------------------------------------------------------


def _erase_row(connection: Connection, log: ChangeLog, traces: Traces, at: datetime) -> bool:
    """Remove the person's row, or blank it where it is held; return whether it was removed."""
    bonds = removal.read_bonds(connection, traces.user_id)
    forget_manager(connection, traces)
    erase_messages(connection, traces)
    removal.forget_records(connection, traces.ids)
    is_held = held(connection, read_holders(connection, user), [traces.user_id])
    if not is_held and removal.remove(connection, bonds, at):
        removal.tell(log, bonds, ERASED, None)
        return True
    _blank(connection, log, bonds, at)
    return False


def _blank(connection: Connection, log: ChangeLog, bonds: Bonds, at: datetime) -> None:
    of_row = user.c.id == bonds.user_id
    removal.untie(connection, bonds, at)
    removal.tell_untied(log, bonds, ERASED)
    gone_at = connection.execute(select(user.c.gone_at).where(of_row)).scalar_one() or at
    state: dict[str, Any] = {
        "gone_at": gone_at,
        "source_disabled_at": None,
        "admin_disabled_at": None,
        "status": "inactive",
    }
    own = {"userid_key": None, "created_at": at, "updated_at": at}
    connection.execute(update(user).where(of_row).values(_BLANK | state | own))
    # Told as a row that is made anew: the log no longer knows the former one.
    told = Change(Entity.USER, Action.UPDATE, Ref("", ""), None, None, None, None, ERASED)
    columns = {name: _BLANK[name] for name in (*TEXT_FIELDS, "manager_id", "main_department_id")}
    columns |= {"custom": {}} | state | {"gone_at": json_time(gone_at)}
    log.add(told, bonds.user_id, None, columns)


def _overwrite_what_goes(connection: Connection) -> None:
    """Let SQLite overwrite what is deleted; of what went before `Database` cleans the whole file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON").close()
