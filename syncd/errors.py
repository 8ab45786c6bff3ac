"""Every error that syncd raises on purpose.

The tree; `*` marks what may be tried again without a person's help::

    SyncdError ─ OperatorError ─ ConfigError                       exit 2
                               ─ UsageError                        exit 2
                               ─ SourcePaused                      exit 2
               ─ SourceError   ─ SourceUnavailable*                exit 3
                               ─ SourceRejected                    exit 3
                               ─ SourceMalformed                   exit 3
               ─ PlanHeld                                          exit 4
               ─ LeaseTaken*                                       exit 5
               ─ StoreError    ─ StoreUnavailable* ─ StoreBusy*    exit 6
                                                   (─ StoreDeadlock*)
                               ─ SchemaOutdated                    exit 6
                               ─ StaleWrite*                       exit 6
                               ─ AuditUnwritable                   exit 6

A class says who must act and with which status the command ends; an instance says what is
wrong, and its `hint` what to do about it. Errors of libraries become these once, at the border.
"""

from enum import IntEnum


class ExitStatus(IntEnum):
    """How a command ends; public, see docs/cli.md."""

    DONE = 0
    DEFECT = 1
    USAGE = 2
    SOURCE = 3
    HELD = 4
    LEASE = 5
    STORE = 6
    FOUND = 7
    INTERRUPTED = 130


#: When several things went wrong, the first of these is the status of the command.
PRECEDENCE = (
    ExitStatus.INTERRUPTED,
    ExitStatus.DEFECT,
    ExitStatus.USAGE,
    ExitStatus.STORE,
    ExitStatus.LEASE,
    ExitStatus.SOURCE,
    ExitStatus.HELD,
    ExitStatus.FOUND,
    ExitStatus.DONE,
)


class SyncdError(Exception):
    """Anything syncd raises on purpose: a message for a person, and a hint what to do."""

    exit_status = ExitStatus.DEFECT
    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the message and the hint, one sentence each or a few lines."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class OperatorError(SyncdError):
    """The person who runs syncd must change something."""

    exit_status = ExitStatus.USAGE


class ConfigError(OperatorError):
    """The configuration is not usable; the message lists every problem found."""


class UsageError(OperatorError):
    """A command was called in a way that makes no sense, or names something unknown."""


class SourcePaused(OperatorError):
    """A person has said that the source is not read for a while; nothing was read or written."""


class SourceError(SyncdError):
    """A source could not be read to its end; nothing of it may be used."""

    exit_status = ExitStatus.SOURCE


class SourceUnavailable(SourceError):
    """The source did not answer, or asked us to come back later."""

    retryable = True


class SourceRejected(SourceError):
    """The source answered that it does not let us in."""


class SourceMalformed(SourceError):
    """The source answered something that cannot be an answer."""


class PlanHeld(SyncdError):
    """A guard held the plan; nothing was applied."""

    exit_status = ExitStatus.HELD


class LeaseTaken(SyncdError):
    """Another run holds the lease."""

    exit_status = ExitStatus.LEASE
    retryable = True


class StoreError(SyncdError):
    """The store could not do what was asked; nothing was half-written."""

    exit_status = ExitStatus.STORE


class StoreUnavailable(StoreError):
    """The database is locked, full, or not there."""

    retryable = True


class StoreBusy(StoreUnavailable):
    """Somebody else has been writing for as long as we were ready to wait."""


class StoreDeadlock(StoreBusy):
    """The database undid our transaction to let another one go on; it may be done again at once."""


class SchemaOutdated(StoreError):
    """The database has an older or a newer schema than this syncd."""


class StaleWrite(StoreError):
    """The store moved, or the lease was lost, between the plan and its writing."""

    retryable = True


class AuditUnwritable(StoreError):
    """The audit log cannot be written, so nothing may be applied."""
