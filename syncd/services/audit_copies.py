"""The copies of the log on several hosts: how far each is, and the end of one that is gone.

A line stays in the store until every registered file has it. So a host that is gone for good must
be forgotten by a person, or the store keeps its lines for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.errors import UsageError
from syncd.store.audit_queue import AuditFile
from syncd.store.store import Store
from syncd.text import text

log = structlog.get_logger(__name__)

#: A copy that lacks a line of so long ago is worth a warning: its host may be gone.
LATE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Copy:
    """One host's copy of the log."""

    file: AuditFile
    #: Lines that it does not have yet, and when the first of them was written.
    behind: int
    since: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Return whether it lacks lines for so long that its host may be gone."""
        return self.since is not None and now - self.since >= LATE


def copies(store: Store) -> list[Copy]:
    """Return every copy that the store knows of, by host and path."""
    end = store.audit.end()
    last = end.last_seq if end else 0
    found = []
    for file in sorted(store.audit.files(), key=lambda one: (one.host, one.path)):
        behind = max(0, last - file.last_seq)
        since = store.audit.waiting_since(file.last_seq) if behind else None
        found.append(Copy(file, behind, since))
    return found


def warn_of_late(store: Store, now: datetime) -> None:
    """Say in the log which copies lack lines for long."""
    for one in copies(store):
        if one.is_late(now):
            log.warning(
                "audit_copy_late",
                host=one.file.host,
                file=one.file.path,
                lines=one.behind,
                since=one.since,
            )


def forget(
    store: Store, host: str, path: str | None, *, at: datetime, actor: str, why: str
) -> list[AuditFile]:
    """Let nothing wait for the files of a host any more, and return them.

    Args:
        store: The store.
        host: The host, as the register calls it.
        path: One of its files; None for all of them.
        at: When it is decided.
        actor: Who decides it.
        why: Why.

    Raises:
        UsageError: No such file is registered.
    """
    known = store.audit.files()
    mine = [one for one in known if one.host == host and path in {None, one.path}]
    if not mine:
        raise UsageError(
            text("No audit log of {host} is registered.", host=_named(host, path)),
            hint=_hint(known),
        )
    for one in mine:
        store.audit.forget(one, at=at, actor=actor, why=why)
    return mine


def _named(host: str, path: str | None) -> str:
    return host if path is None else f"{host}:{path}"


def _hint(known: list[AuditFile]) -> str:
    names = ", ".join(_each(known))
    return text("Registered: {names}.", names=names) if names else ""


def _each(known: list[AuditFile]) -> Iterator[str]:
    for one in sorted(known, key=lambda one: (one.host, one.path)):
        yield _named(one.host, one.path)
