"""What an administrator decides without a sync: who is disabled, and who no longer is.

Each decision is planned from the store alone, and written in one short transaction without the
lease; a sync that is being decided meanwhile plans again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from syncd.errors import StaleWrite, StoreError, UsageError
from syncd.model.change import Plan
from syncd.model.directory import User
from syncd.model.entry import Ref
from syncd.model.run import Trigger
from syncd.reconcile.disable import plan_disabling, plan_enabling
from syncd.reconcile.settings import Policy
from syncd.services import audit
from syncd.services.around import with_waiting
from syncd.services.report import Names, names_of
from syncd.store.store import Store
from syncd.store.upgrade import SchemaAge
from syncd.text import text

log = structlog.get_logger(__name__)

#: How often a decision is planned anew when another writer came between it and its writing.
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a decision works with; all of it is made at the program's edge."""

    store: Store
    policy: Policy
    clock: Callable[[], datetime]
    audit_file: Path
    host: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who decides, and why."""

    name: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Switched:
    """What became of a user who was to be disabled or enabled."""

    #: None where nothing had to be written.
    run_id: int | None
    #: The user as it is now.
    user: User
    plan: Plan = field(default_factory=Plan)
    names: Names = field(default_factory=Names)
    #: Why the audit log could not be written after the store was; the entries stay queued.
    audit_pending: str | None = None


def open_for_decision(by: ByHand) -> None:
    """Make sure that a decision can be written: a schema of ours, and a log that takes its line.

    Raises:
        UsageError: Nothing has been synced yet, so there is nothing to decide.
        SchemaOutdated: The schema is older, newer or not ours.
        AuditUnwritable: The log cannot be written.
    """
    if by.store.schema_state().age is SchemaAge.EMPTY:
        raise UsageError(
            text("The store is empty: nothing has been synced yet."),
            hint=text("syncd sync brings the directory here."),
        )
    by.store.prepare()
    audit.check_writable(by.audit_file)


def disable(by: ByHand, owner: Ref, author: Author) -> Switched:
    """Make a user inactive until an administrator says otherwise; no sync overrules it.

    Raises:
        StoreError: The store cannot be written; nothing was.
    """
    return _switch(by, owner, author, disabled=True)


def enable(by: ByHand, owner: Ref, author: Author) -> Switched:
    """Take an administrator's no back; the user is active if there is no other reason.

    Raises:
        StoreError: The store cannot be written; nothing was.
    """
    return _switch(by, owner, author, disabled=False)


def _switch(by: ByHand, owner: Ref, author: Author, *, disabled: bool) -> Switched:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            done = _decide(by, owner, author, disabled=disabled)
        except StaleWrite:
            if attempt == ATTEMPTS:
                raise
            log.info("decision_repeated", attempt=attempt)
            continue
        if done.run_id is None:
            return done
        return Switched(done.run_id, done.user, done.plan, done.names, tell_log(by))
    raise AssertionError  # the last attempt has returned or raised


def _decide(by: ByHand, owner: Ref, author: Author, *, disabled: bool) -> Switched:
    store, at = by.store, by.clock()
    version = store.store_version()
    near = with_waiting(store, by.policy, [owner]) | store.expand([owner])
    world = store.world(near, departments_records=False)
    user = world.users[owner]
    if (user.row.admin_disabled_at is not None) is disabled:
        return Switched(None, user)
    make = plan_disabling if disabled else plan_enabling
    plan = make(world, owner, by.policy, at, people=near)
    run_id = store.decide(
        plan,
        trigger=Trigger.DISABLE if disabled else Trigger.ENABLE,
        actor=author.name,
        why=author.why,
        store_version=version,
        at=at,
    )
    now = store.world([owner], departments_records=False).users[owner]
    return Switched(run_id, now, plan, names_of(world, plan))


def tell_log(by: ByHand) -> str | None:
    """Write what the store has queued for the log; return why not, where that failed.

    What was decided is in the store, with its audit entry: that is only late then.
    """
    try:
        audit.write_pending(by.store, by.audit_file, by.host)
    except StoreError as error:
        log.error("audit_pending", reason=error.message)  # noqa: TRY400 - an operator's error
        return error.message
    return None
