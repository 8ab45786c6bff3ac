"""A source whose reading ends as soon as the process is asked to stop."""

from collections.abc import Mapping

from syncd.daemon.stop import Stop
from syncd.model.entry import Absence, Entry, Missing, Snapshot
from syncd.model.record import Record
from syncd.sources.base import Finder, Inquiry, Progress, Source, ignore_progress


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
