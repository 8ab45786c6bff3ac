"""What every source offers: the reading of a directory, and the proof that somebody is gone."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from syncd.model.cursor import Why
from syncd.model.entry import Absence, Entry, Missing, Snapshot
from syncd.model.record import Record


class Progress(Protocol):
    """Hears how far a reading is; a bar on a terminal, or nobody."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take the stage's code (`departments`, `users`, `confirmations`, `lookups`) and its counts."""


def ignore_progress(stage: str, done: int, total: int) -> None:
    """Hear nothing."""
    del stage, done, total


class Known(Protocol):
    """What the store holds of a source's people; each is looked up when it is asked for."""

    def people(self) -> AbstractSet[str]:
        """Return the ids of everybody who is not gone."""

    def unsettled(self) -> Collection[str]:
        """Return the ids of whom every run has to look at, changed or not; some may be gone."""

    def naming(self, managers: Collection[str]) -> Collection[str]:
        """Return the ids of whoever names one of these as the manager, and perhaps of others."""


@runtime_checkable
class ReadsChanges(Protocol):
    """A source that can say what has changed since an earlier reading."""

    def read_changes(
        self,
        position: Mapping[str, object],
        scope: Mapping[str, object],
        known: Known,
        progress: Progress = ignore_progress,
    ) -> Snapshot | Why:
        """Return a partial snapshot (`Snapshot.partial`), or why everything has to be read.

        It holds every entry that a complete reading would give differently now than when the
        source stood at `position` (`Snapshot.position` of the last applied reading), exactly as
        that reading would give it; and it names whoever is kept and would not be in it.
        """


class BegunReading(Protocol):
    """A reading of everything that goes on in a process of its own."""

    def finish(self, progress: Progress = ignore_progress) -> Snapshot:
        """Return, or raise, what `Source.read` would have; the process is gone afterwards."""

    def stop(self) -> None:
        """End it at once, finished or not; it may be called again."""


@runtime_checkable
class ReadsAside(Protocol):
    """A source that can be read in another process while this one reads something else."""

    def begin(self, scope: Mapping[str, object]) -> BegunReading | None:
        """Begin what `Source.read` does; None where it can only be done in this process.

        Nothing is raised: what is wrong shows when the reading is finished, or done here.
        """


class Source(Protocol):
    """A directory that syncd reads.

    Implementers raise `SourceError` and nothing else for whatever goes wrong outside; a reading
    that did not reach its end raises, it never returns less.
    """

    @property
    def name(self) -> str:
        """Return the configured name."""

    @property
    def type(self) -> str:
        """Return `wecom` or `ldap`."""

    @property
    def identity(self) -> str:
        """Return what tells this directory from every other, without asking it.

        That is the corp id, or the base DN; what a server adds to it is `Snapshot.identity`.
        """

    @property
    def fields(self) -> frozenset[str]:
        """Return our fields that this source is configured to read, `custom.<name>` included."""

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everything that the source lets us see.

        `scope` is what the last applied reading gave as `Snapshot.scope`, empty at first.
        """

    def read_user(self, external_id: str) -> Snapshot:
        """Return a snapshot of one person; without users where the person cannot be seen.

        Its departments are those that had to be read to place the person, possibly none.
        """

    def confirm(
        self,
        snapshot: Snapshot,
        missing: Missing,
        limit: int | None,
        scope: Mapping[str, object],
        progress: Progress = ignore_progress,
    ) -> Absence:
        """Return which of the missing are proven gone, after asking again (contract, section 9).

        At most `limit` + 1 of `missing.active` need to be proven gone one by one; the others are
        then `unconfirmed`. None means no limit. Everything missing is in exactly one of the
        answer's parts, or among `found`. `scope` is the same as given to `read`. The people of
        `snapshot` may have been let go of; everything else of it is as it was read.
        """

    def normalize(self, entry: Entry) -> Record:
        """Return the entry in our field names; pure. Bad fields are unknown, and `rejections`."""

    def close(self) -> None:
        """Give connections back; the source may not be used after it."""


@dataclass(slots=True)
class Inquiry:
    """Questions whose a value is, and what has come of them so far; filled while they are asked."""

    #: Our field; one of `LOOKED_UP`.
    by: str
    #: As they are compared.
    values: Sequence[str]
    #: Value → whose it is, None for nobody's; of those that were answered.
    answers: dict[str, str | None] = field(default_factory=dict)
    #: How many were begun to be sent, answered or not.
    begun: int = 0
    #: Whether the source has refused to answer, and is not to be asked again for a day.
    is_shut: bool = False


@runtime_checkable
class Finder(Source, Protocol):
    """A source that can be asked whose a value is, where it shows nobody's."""

    def endpoint_of(self, field: str) -> str:
        """Return what questions by a field count on together; `field` is one of `LOOKED_UP`."""

    def find(self, inquiry: Inquiry) -> None:
        """Ask, and fill the inquiry.

        Raises:
            SourceError: The source did not answer, or refused to; what was answered before stays.
        """
