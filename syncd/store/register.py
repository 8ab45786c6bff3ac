"""The sources of a store: what it holds of each, another name for one, and the end of one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, and_, case, delete, func, select

from syncd.errors import UsageError
from syncd.model.change import Plan
from syncd.model.directory import Link
from syncd.model.entry import Ref
from syncd.model.holding import Holding
from syncd.model.run import Mode, Outcome, Trigger
from syncd.store import lease as leases
from syncd.store import renaming, runs
from syncd.store.apply import Application, apply_plan
from syncd.store.chain import AuditEvent, Journal
from syncd.store.cursors import forget_cursors
from syncd.store.database import Database
from syncd.store.former_names import note_rename
from syncd.store.holder import Holder
from syncd.store.lookups import forget_answers
from syncd.store.rows import read_method
from syncd.store.runs import Ending
from syncd.store.schema import conflict, department, failure, link, pause, record, user
from syncd.store.sources import forget_records, owns_user, read_states, retire_state
from syncd.store.sql import fetch, pairs
from syncd.text import text


class SourceRegister:
    """Looks after the sources of one store."""

    def __init__(
        self, database: Database, *, personal_data: bool, process: Callable[[], Holder]
    ) -> None:
        """Look after one store."""
        self._database = database
        self._personal = personal_data
        self._process = process

    def holdings(self) -> dict[str, Holding]:
        """Return what is held of every source that anything is held of, by name."""
        with self._database.read() as connection:
            states = read_states(connection)
            counts = _counts(connection)
        names = sorted(states.keys() | {name for one in counts.values() for name in one})
        return {
            name: Holding(
                name,
                states.get(name),
                **{what: one[name] for what, one in counts.items() if name in one},
            )
            for name in names
        }

    def other_links(self, name: str) -> list[tuple[Link, Ref | None]]:
        """Return a source's links that own no user, each with the record that owns its user."""
        owner = link.alias()
        query = (
            select(
                link.c.id,
                link.c.external_id,
                link.c.user_id,
                link.c.method,
                link.c.key_value,
                owner.c.source,
                owner.c.external_id,
            )
            .select_from(link)
            .join(owner, and_(owner.c.user_id == link.c.user_id, owner.c.is_owner), isouter=True)
            .where(link.c.source == name, ~owns_user())
            .order_by(link.c.id)
        )
        with self._database.read() as connection:
            return [
                (
                    Link(key, Ref(name, external_id), user_id, read_method(method), key_value),
                    None if owner_source is None else Ref(owner_source, owner_id),
                )
                for key, external_id, user_id, method, key_value, owner_source, owner_id in fetch(
                    connection, query
                )
            ]

    def rename(
        self, old: str, new: str, *, actor: str, why: str | None, at: datetime
    ) -> dict[str, int]:
        """Give a source another name, in one transaction; return rows changed, by table.

        Raises:
            LeaseTaken: A run is under way; it would go on under the old name.
            UsageError: The new name is taken.
        """
        with self._decision(actor, at) as (connection, journal):
            if renaming.bears_name(connection, new):
                raise UsageError(
                    text("There is a source {name!r} in the store already.", name=new),
                    hint=text("syncd sources lists them."),
                )
            leases.advance(connection, None)
            counts = renaming.rename_source(connection, old, new)
            note_rename(connection, old, new, at)
            journal.event(
                "source_renamed", {"before": old, "after": new, "rows": counts, "why": why}
            )
            return counts

    def retire(
        self,
        name: str,
        plan: Plan,
        *,
        actor: str,
        why: str,
        store_version: int,
        at: datetime,
        guard_counts: dict[str, int],
    ) -> int:
        """End a source: write the plan, and forget what it says of nobody's owner; return the run.

        Records that own a user, and those of departments, stay: another authority takes them
        over, or the source comes back.

        Raises:
            LeaseTaken: A run is under way.
            StaleWrite: The store has moved since `store_version`: plan again.
        """
        with self._decision(actor, at) as (connection, journal):
            run = runs.insert_run(
                connection,
                trigger=Trigger.CLI,
                mode=Mode.TARGETED,
                actor=actor,
                why=why,
                now=at,
            )
            journal.set_run(run.id)
            event = AuditEvent("source_retired", {"source": name, "why": why})
            ending = Ending(Outcome.APPLIED, at, plan.counts(), guard_counts, readings={})
            what = Application(plan, run.id, None, store_version, ending, events=(event,))
            apply_plan(connection, journal, what)
            _forget(connection, name)
            return run.id

    @contextmanager
    def _decision(self, actor: str, at: datetime) -> Iterator[tuple[Connection, Journal]]:
        """Give a writing transaction and its journal, while no run is under way."""
        with self._database.read() as connection:
            self._refuse_if_held(connection)  # readers wait for nobody, so this is told at once
        with self._database.write() as connection:
            self._refuse_if_held(connection)
            journal = Journal(connection, at=at, actor=actor, run_id=None, personal=self._personal)
            yield connection, journal
            journal.close()

    def _refuse_if_held(self, connection: Connection) -> None:
        leases.refuse_if_held(connection, self._process())


def _counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Return `{what: {source: n}}`."""
    is_active = func.sum(case((user.c.status == "active", 1), else_=0))
    owned = select(link.c.source, func.count(), is_active).join(user, user.c.id == link.c.user_id)
    present = func.sum(case((record.c.gone_at.is_(None), 1), else_=0))
    records = select(record.c.source, func.count(), present).group_by(record.c.source)
    others = (link.c.user_id.is_not(None), ~link.c.is_owner)
    users = list(fetch(connection, owned.where(link.c.is_owner).group_by(link.c.source)))
    kept = list(fetch(connection, records))
    return {
        "users": {name: number for name, number, _ in users},
        "active_users": {name: int(active) for name, _, active in users},
        "departments": _per_source(
            connection, department.c.source, department.c.status == "active"
        ),
        "other_links": _per_source(connection, link.c.source, *others),
        "records": {name: number for name, number, _ in kept},
        "present": {name: int(number) for name, _, number in kept},
        "open_conflicts": _per_source(
            connection, conflict.c.source, conflict.c.resolved_at.is_(None)
        ),
    }


def _per_source(connection: Connection, column: Column[Any], *conditions: Any) -> dict[str, int]:
    query = select(column, func.count()).where(*conditions).group_by(column)
    return pairs(connection, query)


def _forget(connection: Connection, name: str) -> None:
    forget_records(connection, name)
    retire_state(connection, name)
    forget_answers(connection, name)
    forget_cursors(connection, name)
    connection.execute(delete(pause).where(pause.c.kind == "source", pause.c.name == name))
    connection.execute(delete(failure).where(failure.c.source == name))
