"""A person's right to be forgotten: out of every table, and out of the audit log's files.

The store comes first, in one transaction with the event that tells of it. What the files and the
database's free pages still hold goes next; if that breaks off, a later command does it, on this
host and on every other that keeps a copy of the log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from syncd.errors import ExitStatus, StaleWrite, StoreError, SyncdError, UsageError
from syncd.model.row_id import read_id
from syncd.model.run import Mode, Outcome, Trigger
from syncd.reconcile.traces import Traces
from syncd.services import audit
from syncd.services.audit_erasure import find_lines
from syncd.services.by_hand import Author
from syncd.services.heartbeat import kept_alive
from syncd.services.person import user_id as find_user
from syncd.store.erasing import Erased, Presence
from syncd.store.store import BegunRun, Store
from syncd.text import joined, text

log = structlog.get_logger(__name__)

#: How often the log is looked through anew because it has grown meanwhile.
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class ErasureContext:
    """What an erasure works with; all of it is made at the program's edge."""

    store: Store
    clock: Callable[[], datetime]
    audit_file: Path
    host: str


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody who is to be erased."""

    user_id: int
    presence: Presence

    @property
    def would_return(self) -> bool:
        """Return whether the next sync would make the person anew."""
        return self.presence.is_active or bool(self.presence.present)


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What was erased, and where it is still to be done."""

    run_id: int
    erased: Erased
    #: How many lines of the log this host has not: they were not looked at.
    missing: int
    #: Other hosts with a copy of the log, which do it when they next write to it.
    hosts: tuple[str, ...]
    #: Why this host's log or database file still holds something; None where nothing does.
    pending: SyncdError | None = None

    @property
    def exit_status(self) -> ExitStatus:
        """Return how the command ends."""
        return ExitStatus.DONE if self.pending is None else self.pending.exit_status


def find(store: Store, name: str) -> Whom:
    """Return whom a name on the command line means: somebody there, or an id that is only remembered.

    Raises:
        UsageError: It fits two people, or nobody.
    """
    rest = name.removeprefix("user:")
    number = read_id(rest)
    if number is not None:
        presence = store.erasing.presence(number)
        if presence is not None and (presence.name is None or name != rest):
            return Whom(number, presence)
    user_id = find_user(store, name)
    presence = store.erasing.presence(user_id)
    if presence is None:
        raise UsageError(text("There is no user {name!r}.", name=name))
    return Whom(user_id, presence)


def refuse_who_would_return(whom: Whom) -> None:
    """Refuse to erase somebody whom the next sync would make anew.

    Raises:
        UsageError: The source still has the person.
    """
    if whom.would_return:
        present = joined(", ", [str(ref) for ref in whom.presence.present])
        raise UsageError(
            text(
                "The person is still there ({where}), and the next sync would make them anew.",
                where=present if whom.presence.present else "active",
            ),
            hint=text(
                "Remove the person at the source and run syncd sync first, or say --still-present."
            ),
        )


def erase(context: ErasureContext, whom: Whom, author: Author) -> ErasureReport:
    """Erase somebody, and return what was done.

    Raises:
        LeaseTaken: A run is writing.
        StoreError: The store or the audit log cannot be used; nothing was erased.
    """
    store = context.store
    audit.write_pending(store, context.audit_file, context.host)
    traces = store.erasing.traces(whom.user_id)
    begun = store.begin_run(
        trigger=Trigger.CLI,
        mode=Mode.TARGETED,
        actor=author.name,
        why=author.why and traces.search().text_without(author.why),
        now=context.clock(),
    )
    try:
        with kept_alive(store, begun.token):
            erased, missing = _erase(context, begun, traces, author.name)
    except BaseException as error:
        _leave(context, begun, error)
        raise
    log.info("person_erased", run_id=begun.run.id, user_id=whom.user_id, lines=erased.lines)
    pending = _finish(context)
    mine = (context.host, str(context.audit_file))
    hosts = {one.host for one in store.audit.files() if (one.host, one.path) != mine}
    return ErasureReport(begun.run.id, erased, missing, tuple(sorted(hosts)), pending)


def _erase(
    context: ErasureContext, begun: BegunRun, traces: Traces, actor: str
) -> tuple[Erased, int]:
    """Erase somebody from the store; return what was, and how many lines were not looked at."""
    store = context.store
    if begun.token is None:
        raise AssertionError("a run that asked for the lease has none")
    for attempt in range(1, _ATTEMPTS + 1):
        end = store.audit.end()
        last_seq = end.last_seq if end else 0
        found = find_lines(store, context.audit_file, traces, last_seq)
        try:
            erased = store.erasing.erase(
                found.traces,
                found.seqs,
                after_seq=last_seq,
                run_id=begun.run.id,
                token=begun.token,
                actor=actor,
                at=context.clock(),
            )
        except StaleWrite:
            if attempt == _ATTEMPTS:
                raise
            log.info("erasure_repeated", attempt=attempt)
        else:
            return erased, found.missing
    raise AssertionError  # the last attempt has returned or raised


def _finish(context: ErasureContext) -> SyncdError | None:
    """Carry it out in this host's files; return why not, where that failed."""
    try:
        audit.write_pending(context.store, context.audit_file, context.host)
    except StoreError as error:
        log.error("erasure_pending", reason=error.message)  # noqa: TRY400 - an operator's error
        return error
    return None


def _leave(context: ErasureContext, begun: BegunRun, error: BaseException) -> None:
    outcome = Outcome.FAILED if isinstance(error, Exception) else Outcome.ABANDONED
    try:
        context.store.finish_run(
            begun.run.id,
            outcome,
            token=begun.token,
            now=context.clock(),
            error=error.message if isinstance(error, SyncdError) else type(error).__name__,
        )
    except SyncdError as second:
        # The store is what failed; the next run finds the dead holder and marks its row.
        log.warning("run_left_open", run_id=begun.run.id, reason=second.message)
