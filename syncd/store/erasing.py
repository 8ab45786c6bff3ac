"""Erasing one person from every table, in one transaction; the way for a right to be forgotten.

What must stay keeps its number and nothing else: rows of `sync_change`, which applications poll
by id; a user's row that an application's foreign key holds; lines of the audit log.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, delete, func, null, or_, select, update

from syncd.errors import StaleWrite, StoreBusy
from syncd.model.change import Action, Change, Entity
from syncd.model.entry import Kind, Ref
from syncd.model.field import MANAGER, TEXT_FIELDS
from syncd.model.run import Outcome
from syncd.reconcile.forgetting import ERASED
from syncd.reconcile.traces import Search, Traces
from syncd.store import chain, removal, runs
from syncd.store import lease as leases
from syncd.store.border import store_errors
from syncd.store.chain import Journal
from syncd.store.changes import ChangeLog
from syncd.store.database import Database
from syncd.store.holding import check_at_once, delete_rows, held, read_holders
from syncd.store.removal import Bonds
from syncd.store.rows import json_time
from syncd.store.runs import Ending
from syncd.store.schema import (
    audit_block,
    change,
    conflict,
    delivery,
    link,
    message,
    plan,
    record,
    run,
    source,
    user,
)
from syncd.store.sql import fetch, fetch_in
from syncd.store.tombstone import LINES, PERSON_ERASED, with_tombstones
from syncd.store.types import read_json
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
#: Kinds of conflicts that are about departments, whose ids may look like somebody's.
_OF_DEPARTMENTS: Final = ("orphan_department", "department_cycle")
_OF_USER: Final = (Entity.USER.value, Entity.MEMBERSHIP.value)


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
            return _traces(connection, user_id)

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
            changes = _blank_changes(connection, traces, run_id)
            _black_out(connection, traces)
            _bury(connection, lines)
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


# --- what tells of a person --------------------------------------------------------------------


def _traces(connection: Connection, user_id: int) -> Traces:
    traces = Traces(user_id)
    columns = [user.c[name] for name in TEXT_FIELDS]
    for own in connection.execute(select(*columns).where(user.c.id == user_id)).mappings():
        traces = traces.and_columns(dict(own))
    mine = select(link.c.id, link.c.source, link.c.external_id, link.c.key_value)
    for row in connection.execute(mine.where(link.c.user_id == user_id)):
        traces = traces.and_links([row.id])
        traces = traces.and_columns({"external_id": row.external_id, "key_value": row.key_value})
        known = select(record.c.data).where(
            record.c.source == row.source,
            record.c.kind == Kind.USER.value,
            record.c.external_id == row.external_id,
        )
        for (data,) in connection.execute(known):
            traces = traces.and_columns(orjson.loads(data)[0])
    traces = traces.and_links(_former_links(connection, user_id))
    for before, after in _told(connection, traces):
        traces = traces.and_columns(before).and_columns(after)
    return traces


def _former_links(connection: Connection, user_id: int) -> set[int]:
    """Return links that are no more, and were the person's at last, as far as changes tell it."""
    query = select(change.c.entity_id, change.c.before, change.c.after).where(
        change.c.entity == Entity.LINK.value
    )
    last: dict[int, int] = {}
    for key, *sides in fetch(connection, query.order_by(change.c.id)):
        for side in sides:
            of = (read_json(side) or {}).get("user_id")
            if of is not None:
                last[key] = of
    mine = {key for key, of in last.items() if of == user_id}
    there = {key for (key,) in fetch(connection, select(link.c.id))} if mine else set()
    return mine - there


def _told(connection: Connection, traces: Traces) -> Iterator[tuple[Any, Any]]:
    query = select(change.c.before, change.c.after).where(_is_of(traces))
    for before, after in fetch(connection, query):
        yield read_json(before), read_json(after)


def _is_of(traces: Traces) -> Any:
    """Return the condition that a change is about the person."""
    of_user = change.c.entity.in_(_OF_USER) & (change.c.entity_id == traces.user_id)
    of_link = (change.c.entity == Entity.LINK.value) & change.c.entity_id.in_(sorted(traces.links))
    return or_(of_user, of_link)


# --- the row -----------------------------------------------------------------------------------


def _erase_row(connection: Connection, log: ChangeLog, traces: Traces, at: datetime) -> bool:
    """Remove the person's row, or blank it where it is held; return whether it was removed."""
    bonds = removal.read_bonds(connection, traces.user_id)
    _forget_manager(connection, traces)
    _erase_messages(connection, traces)
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


def _forget_manager(connection: Connection, traces: Traces) -> None:
    """Take the person's id out of the records of those who were managed."""
    people = record.c.kind == Kind.USER.value
    for name in traces.ids:
        written = f'"{MANAGER}":{orjson.dumps(name).decode()}'
        named = func.lower(record.c.data).contains(written, autoescape=True)
        query = select(record.c.source, record.c.external_id, record.c.data).where(people, named)
        for of, external_id, data in list(fetch(connection, query)):
            parts = orjson.loads(data)
            parts[0][MANAGER] = None
            mine = (people, record.c.source == of, record.c.external_id == external_id)
            left = orjson.dumps(parts).decode()
            connection.execute(update(record).where(*mine).values(data=left))


def _erase_messages(connection: Connection, traces: Traces) -> None:
    """Delete messages that were for the person alone, and take the person out of others."""
    alone: list[int] = []
    query = select(message.c.id, message.c.recipient).where(message.c.recipient.contains("user"))
    for key, recipient in list(fetch(connection, query)):
        parts = recipient.split("|")
        left = [one for one in parts if not _is_recipient(one.strip(), traces)]
        if not left:
            alone.append(key)
        elif left != parts:
            others = update(message).where(message.c.id == key)
            connection.execute(others.values(recipient="|".join(left)))
    delete_rows(connection, message, alone, ((delivery, delivery.c.message_id),))
    for key in alone:  # those that an application's foreign key holds are still there
        blank: dict[str, Any] = {"recipient": "erased", "content": {}, "status": "cancelled"}
        connection.execute(update(message).where(message.c.id == key).values(blank))


def _is_recipient(part: str, traces: Traces) -> bool:
    kind, _, name = part.partition(":")
    if kind == "user":
        return name == str(traces.user_id)
    return kind == "userid" and name.casefold() in traces.ids


# --- the history -------------------------------------------------------------------------------


def _blank_changes(connection: Connection, traces: Traces, run_id: int) -> int:
    """Leave of the person's changes, but for those of this run, that there was one, and why."""
    of = _is_of(traces) & (change.c.run_id != run_id)
    rows = list(connection.execute(select(change.c.id, change.c.cause).where(of)))
    for row in rows:
        cause = {"code": (row.cause or {}).get("code", "")}
        values: dict[str, Any] = {"before": null(), "after": null(), "cause": cause}
        connection.execute(update(change).where(change.c.id == row.id).values(values))
    return len(rows)


def _black_out(connection: Connection, traces: Traces) -> None:
    """Take the person out of what was said of runs, plans, conflicts and sources."""
    search = traces.search()
    _black_out_conflicts(connection, search)
    for row in connection.execute(select(run.c.id, run.c.why, run.c.error)).all():
        texts = {"why": row.why, "error": row.error}
        if any(one and search.finds_in_text(one) for one in texts.values()):
            values = {name: one and search.text_without(one) for name, one in texts.items()}
            connection.execute(update(run).where(run.c.id == row.id).values(values))
    held = select(plan.c.run_id, plan.c.body).where(plan.c.body.is_not(None))
    for run_id, body in connection.execute(held).all():
        if search.finds_in_text(body):  # a plan that was changed would be no plan that was reviewed
            connection.execute(update(plan).where(plan.c.run_id == run_id).values(body=None))
    for name, scope in connection.execute(select(source.c.name, source.c.scope)).all():
        left = _without_people(scope, search)
        if left != scope:
            connection.execute(update(source).where(source.c.name == name).values(scope=left))


def _black_out_conflicts(connection: Connection, search: Search) -> None:
    for row in connection.execute(select(conflict)).all():
        where = conflict.c.id == row.id
        if row.kind not in _OF_DEPARTMENTS and search.finds(row.external_id):
            connection.execute(delete(conflict).where(where))
            continue
        told = {"detail": row.detail, "accepted": row.accepted, "accepted_why": row.accepted_why}
        if search.finds(told):
            connection.execute(update(conflict).where(where).values(search.without(told)))


def _without_people(scope: Any, search: Search) -> Any:
    """Return what a source remembers of its last reading, without the person among its people."""
    if not isinstance(scope, dict):
        return scope
    return {
        key: [one for one in value if not search.finds(one)]
        if key == "people" and isinstance(value, list)
        else _without_people(value, search)
        for key, value in scope.items()
    }


def _bury(connection: Connection, lines: Collection[int]) -> None:
    """Make tombstones of lines that still wait for a file."""
    if not lines:
        return
    query = select(audit_block.c.first_seq, audit_block.c.lines)
    for first, waiting in list(fetch(connection, query)):
        left = with_tombstones(bytes(waiting), lines)
        if left != bytes(waiting):
            mine = audit_block.c.first_seq == first
            connection.execute(update(audit_block).where(mine).values(lines=left))


def _overwrite_what_goes(connection: Connection) -> None:
    """Let SQLite overwrite what is deleted; of what went before `Database` cleans the whole file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON").close()
