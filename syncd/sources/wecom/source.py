"""A WeCom corporation as a source."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from syncd.errors import SourceRejected
from syncd.model.entry import Absence, Entry, Hidden, Kind, Missing, Snapshot
from syncd.model.record import Record
from syncd.sources.base import Inquiry, Progress, ignore_progress
from syncd.sources.wecom.attributes import AttributeMap
from syncd.sources.wecom.confirmation import Answer, Confirmer, ask_member
from syncd.sources.wecom.directory import IDENTIFIERS_ONLY, Directory, Row, code_of
from syncd.sources.wecom.lookup import ENDPOINTS, ask
from syncd.sources.wecom.payload import is_without_leader, without_gender
from syncd.sources.wecom.people import is_selected
from syncd.sources.wecom.reading import Reader
from syncd.sources.wecom.record import department_record, user_record
from syncd.sources.wecom.settings import WecomSettings
from syncd.sources.wecom.tree import Selection
from syncd.sources.wecom.trial import try_out
from syncd.sources.wecom.view import Secrets, list_by_app, list_by_contacts
from syncd.sources.wecom.visible_range import ask_range
from syncd.text import Text, text
from syncd.wecom.errors import WeComError

#: Where somebody is in the company; the app may see less of it than the contacts secret.
_PLACE = ("department", "order", "is_leader_in_dept", "main_department")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WecomSource:
    """Reads departments and people with the app's secret, the contacts secret, or both."""

    type = "wecom"

    def __init__(
        self,
        settings: WecomSettings,
        *,
        app: Directory | None = None,
        contacts: Directory | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Prepare; nothing is sent yet. `app` and `contacts` are clients, one per secret.

        Raises:
            ValueError: neither client is given.
        """
        if app is None and contacts is None:
            raise ValueError(text("a WeCom source needs app_secret, contacts_secret, or both"))
        self._settings = settings
        self._attributes = AttributeMap.of(settings.fields)
        self._secrets = Secrets(settings.name, contacts, app)
        self._now = now

    @property
    def name(self) -> str:
        """Return the configured name."""
        return self._settings.name

    @property
    def identity(self) -> str:
        """Return the corp id."""
        return self._settings.corp_id

    @property
    def fields(self) -> frozenset[str]:
        """Return our fields that this source is configured to read, defaults included."""
        return self._attributes.fields

    def read(self, scope: Mapping[str, object], progress: Progress = ignore_progress) -> Snapshot:
        """Return everything that the secrets let us see; see `Source.read`.

        Raises:
            SourceError: a part could not be read; the message names it, and the hint the way out.
        """
        return self._reader(progress).read(scope)

    def read_user(self, external_id: str) -> Snapshot:
        """Return one person by `user/get`; without users where the person cannot be seen.

        Raises:
            SourceRejected: only the contacts secret is there, and it may read no details.
            SourceError: WeCom did not answer, or refused.
        """
        began_at = self._now()
        directory, answer = self._ask_for(external_id.lower())
        if answer is None or isinstance(answer, Hidden):
            return self._targeted(began_at)
        selection = self._selection(directory)
        if not is_selected(answer.member, selection):
            return self._targeted(began_at)
        member = answer.member
        sees_everybody = self._sees_everybody(directory, member)
        if self._secrets.contacts is not None and not sees_everybody:
            member = {key: value for key, value in member.items() if key not in _PLACE}
        packer = self._reader(ignore_progress).packer(selection, sees_everybody=sees_everybody)
        entries = packer.pack([member], answer.sent_at).entries
        # One person cannot tell whether a gender of 0 is empty or withheld.
        return self._targeted(began_at, [without_gender(entry) for entry in entries])

    def confirm(
        self,
        snapshot: Snapshot,
        missing: Missing,
        limit: int | None,
        scope: Mapping[str, object],
        progress: Progress = ignore_progress,
    ) -> Absence:
        """Return which of the missing are proven gone, after asking again; see `Source.confirm`.

        Raises:
            SourceError: a second look was not possible; nothing may be concluded.
        """
        return Confirmer(self._reader(progress), snapshot, scope, progress).confirm(missing, limit)

    def endpoint_of(self, field: str) -> str:
        """Return the endpoint that is asked by a field; see `Finder.endpoint_of`."""
        return ENDPOINTS[field]

    def find(self, inquiry: Inquiry) -> None:
        """Ask whose some values are; see `Finder.find`.

        Raises:
            SourceError: WeCom did not answer, or refused to.
        """
        directory = self._secrets.app or self._secrets.contacts
        if directory is None:
            raise ValueError(text("a WeCom source has neither of its secrets"))
        ask(directory, inquiry, self._settings.concurrency)

    def normalize(self, entry: Entry) -> Record:
        """Return the entry in our field names; pure."""
        if entry.kind is Kind.DEPARTMENT:
            return department_record(self.name, entry)
        return user_record(self.name, entry, self._attributes)

    def try_out(self) -> list[Text]:
        """Return what each secret was found to be able to do, at the price of a few calls.

        Raises:
            SourceError: WeCom refused a secret, or did not answer.
        """
        return list(try_out(self._secrets.app, self._secrets.contacts))

    def close(self) -> None:
        """Close the connections of both clients."""
        for directory in (self._secrets.app, self._secrets.contacts):
            if directory is not None:
                directory.close()

    def _reader(self, progress: Progress) -> Reader:
        return Reader(self._settings, self._attributes, self._secrets, self._now, progress)

    def _ask_for(self, id_: str) -> tuple[Directory, Answer]:
        """Return who was asked for a person's details, and the answer."""
        directory = self._secrets.app or self._secrets.contacts
        if directory is None:
            raise ValueError(text("a WeCom source has neither of its secrets"))
        try:
            return directory, ask_member(directory, id_, self._now())
        except WeComError as error:
            if code_of(error) != IDENTIFIERS_ONLY:
                raise
        raise SourceRejected(
            text(
                "One person of {name} cannot be read: contacts_secret shows nothing but identifiers from this address (48009)",
                name=self.name,
            ),
            hint=text("Run `syncd sync`, which reads them all; or add app_secret and agent_id."),
        )

    def _sees_everybody(self, directory: Directory, member: Row) -> bool:
        """Return whether who showed a person's details may see the whole company.

        It is asked only where it matters. With both secrets the contacts secret tells a person's
        departments in full, and those that the app shows are as many only where its range is the
        whole company. An empty list of leaders means that there are none only there as well.
        """
        if directory is not self._secrets.app:
            return True
        if self._secrets.contacts is None and not is_without_leader(member):
            return True
        return ask_range(directory, self.name).is_whole

    def _selection(self, directory: Directory) -> Selection:
        if not self._settings.include and not self._settings.exclude:
            return Selection(frozenset(), is_all=True)
        if directory is self._secrets.app:
            listing = list_by_app(directory, self._now)
        else:
            listing, _ = list_by_contacts(directory, self._now, identifiers_only=False)
        return self._reader(ignore_progress).select(listing, {})

    def _targeted(self, began_at: datetime, users: Sequence[Entry] = ()) -> Snapshot:
        return Snapshot(self.name, began_at, departments=(), users=users, readable=None)
