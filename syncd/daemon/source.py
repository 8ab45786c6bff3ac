"""A source whose reading ends as soon as the process is asked to stop."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from syncd.daemon.stop import Stop
from syncd.model.cursor import Why
from syncd.model.entry import Absence, Entry, Missing, Snapshot
from syncd.model.record import Record
from syncd.sources.base import (
    BegunReading,
    Finder,
    Inquiry,
    Known,
    Progress,
    ReadsAside,
    ReadsChanges,
    Source,
    ignore_progress,
)


class _Offering(Source, ReadsChanges, ReadsAside, Protocol):
    """A source that offers all that a source may."""


def interrupted(source: Source, stop: Stop) -> "InterruptedSource":
    """Return a source, with what it offers besides, whose reading ends with the process."""
    if isinstance(source, ReadsChanges) and isinstance(source, ReadsAside):
        return InterruptedOffering(source, stop)
    return InterruptedSource(source, stop)


class InterruptedSource:
    """Any source, with its waits for answers open to interruption.

    To ask a source changes nothing, so a reading may be broken off at any instruction; it may
    also last longer than anybody who stops a service is ready to wait.
    """

    def __init__(self, source: Source, stop: Stop) -> None:
        """Read that source, in the main thread."""
        self._source = source
        self._stop = stop

    @property
    def name(self) -> str:
        """Return the configured name."""
        return self._source.name

    @property
    def type(self) -> str:
        """Return `wecom` or `ldap`."""
        return self._source.type

    @property
    def identity(self) -> str:
        """Return what tells this directory from every other."""
        return self._source.identity

    @property
    def fields(self) -> frozenset[str]:
        """Return our fields that this source is configured to read; see `Source.fields`."""
        return self._source.fields

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everything that the source lets us see; see `Source.read`.

        Raises:
            SourceError: The reading did not reach its end.
            Stopping: The process was asked to stop.
        """
        with self._stop.interrupted():
            return self._source.read(scope, progress)

    def read_user(self, external_id: str) -> Snapshot:
        """Return a snapshot of one person; see `Source.read_user`.

        Raises:
            SourceError: The person could not be asked for.
            Stopping: The process was asked to stop.
        """
        with self._stop.interrupted():
            return self._source.read_user(external_id)

    def confirm(
        self,
        snapshot: Snapshot,
        missing: Missing,
        limit: int | None,
        scope: Mapping[str, object],
        progress: Progress = ignore_progress,
    ) -> Absence:
        """Return which of the missing are proven gone; see `Source.confirm`.

        Raises:
            SourceError: The source could not be asked again.
            Stopping: The process was asked to stop.
        """
        with self._stop.interrupted():
            return self._source.confirm(snapshot, missing, limit, scope, progress)

    def endpoint_of(self, field: str) -> str:
        """Return what questions by a field count on together; see `Finder.endpoint_of`."""
        return self._finder.endpoint_of(field)

    def find(self, inquiry: Inquiry) -> None:
        """Ask whose some values are; see `Finder.find`.

        Raises:
            SourceError: The source did not answer, or refused to.
            Stopping: The process was asked to stop; what was answered before stays.
        """
        with self._stop.interrupted():
            self._finder.find(inquiry)

    @property
    def _finder(self) -> Finder:
        if not isinstance(self._source, Finder):
            raise TypeError(f"{self.name} cannot be asked for people")
        return self._source

    def normalize(self, entry: Entry) -> Record:
        """Return the entry in our field names; pure."""
        return self._source.normalize(entry)

    def close(self) -> None:
        """Give connections back."""
        self._source.close()


class InterruptedOffering(InterruptedSource):
    """One that can also say what has changed, and be read in a process of its own."""

    def __init__(self, source: _Offering, stop: Stop) -> None:
        """Read that source, in the main thread."""
        super().__init__(source, stop)
        self._offering = source

    def read_changes(
        self,
        position: Mapping[str, object],
        scope: Mapping[str, object],
        known: Known,
        progress: Progress = ignore_progress,
    ) -> Snapshot | Why:
        """Return what has changed, or why everything has to be read; see `ReadsChanges`.

        Raises:
            SourceError: The reading did not reach its end.
            Stopping: The process was asked to stop.
        """
        undisturbed = _Undisturbed(known, self._stop)
        with self._stop.interrupted():
            return self._offering.read_changes(position, scope, undisturbed, progress)

    def begin(self, scope: Mapping[str, object]) -> BegunReading | None:
        """Begin a reading in another process; see `ReadsAside`."""
        begun = self._offering.begin(scope)
        return None if begun is None else _InterruptedReading(begun, self._stop)


class _InterruptedReading:
    """A reading that has begun, with the wait for its end open to interruption."""

    def __init__(self, reading: BegunReading, stop: Stop) -> None:
        self._reading = reading
        self._stop = stop

    def finish(self, progress: Progress = ignore_progress) -> Snapshot:
        with self._stop.interrupted():
            return self._reading.finish(progress)

    def stop(self) -> None:
        self._reading.stop()


class _Undisturbed:
    """What the store holds, looked up without interruption in the middle of a reading."""

    def __init__(self, known: Known, stop: Stop) -> None:
        self._known = known
        self._stop = stop

    def people(self) -> AbstractSet[str]:
        with self._stop.undisturbed():
            return self._known.people()

    def unsettled(self) -> Collection[str]:
        with self._stop.undisturbed():
            return self._known.unsettled()

    def naming(self, managers: Collection[str]) -> Collection[str]:
        with self._stop.undisturbed():
            return self._known.naming(managers)
