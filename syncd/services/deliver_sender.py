"""Sending by WeCom: each call once, and what follows from its answer."""

from collections.abc import Mapping
from typing import Final, Protocol

from syncd.errors import SourceError
from syncd.model.message import Attempt, Disposition
from syncd.store.outbox.values import NoTag, Tag
from syncd.text import joined, text
from syncd.wecom.client import WeComClient
from syncd.wecom.errors import WeComAnswer, WeComError, WeComUnfit
from syncd.wecom.messages.dispositions import Consequence, disposition
from syncd.wecom.messenger import Messenger

#: WeCom's code for a tag that is not there.
_NO_TAG: Final = frozenset({40068})
_FOLLOWS: Final[Mapping[Consequence, Disposition | None]] = {
    Consequence.SPLIT: Disposition.SPLIT,
    Consequence.RECIPIENT: Disposition.SPLIT,
    Consequence.MESSAGE: Disposition.MESSAGE,
    Consequence.MEDIA: Disposition.MEDIA,
    Consequence.SLOW_DOWN: Disposition.SLOW_DOWN,
    Consequence.RETRY: Disposition.RETRY,
    Consequence.CONFIGURATION: Disposition.CONFIGURATION,
    Consequence.UNKNOWN_OUTCOME: None,
}
#: Characters that the columns for WeCom's ids hold.
_LONGEST: Final = 255
#: Too many calls at the same time; the client makes fewer by itself.
_AT_ONCE: Final = 45033


class Unfitting(SourceError):
    """A file that WeCom does not take, whenever it is uploaded."""


class Sender(Protocol):
    """Sends from one source. Safe for many threads."""

    @property
    def source(self) -> str:
        """Return the source's name."""

    @property
    def agent_id(self) -> int:
        """Return the id of the app."""

    def send(self, body: bytes) -> Attempt:
        """Send a request once, and return what became of it; raises nothing that WeCom causes."""

    def upload(self, kind: str, name: str, content: bytes) -> str:
        """Upload a file and return WeCom's id of it.

        Raises:
            Unfitting: WeCom does not take this file.
            SourceError: It cannot be uploaded now.
        """

    def get_tag(self, tag_id: int) -> Tag | NoTag:
        """Return who bears a tag.

        Raises:
            SourceError: WeCom cannot be asked now.
        """


class WeComSender:
    """Sends from a source of type `wecom`, with its app's secret."""

    def __init__(self, source: str, client: WeComClient, agent_id: int) -> None:
        """Send by a client, which whoever has made it closes."""
        self.source, self.agent_id = source, agent_id
        self._client, self._messenger = client, Messenger(client)

    def send(self, body: bytes) -> Attempt:
        """Send a request once, and return what became of it."""
        try:
            sent = self._messenger.send_message(body)
        except WeComError as error:
            return attempt_of(error)
        return Attempt(
            None,
            msgid=_kept(sent.msgid),
            response_code=_kept(sent.response_code),
            invalid=sent.invalid_users,
            unlicensed=sent.unlicensed_users,
        )

    def upload(self, kind: str, name: str, content: bytes) -> str:
        """Upload a file and return WeCom's id of it.

        Raises:
            Unfitting: WeCom does not take this file.
            SourceError: It cannot be uploaded now.
        """
        try:
            return self._messenger.upload_media(kind, name, content).media_id
        except WeComError as error:
            if _is_unfit(error):
                raise Unfitting(error.message, hint=error.hint) from error
            raise

    def get_tag(self, tag_id: int) -> Tag | NoTag:
        """Return who bears a tag, as far as the app may see it.

        Raises:
            SourceError: WeCom cannot be asked now.
        """
        try:
            found = self._client.get_tag(tag_id)
        except WeComAnswer as error:
            if error.code in _NO_TAG:
                return NoTag(error.message)
            raise
        people = (str(one.get("userid") or "").lower() for one in found.get("userlist") or ())
        departments = (str(one) for one in found.get("partylist") or ())
        return Tag(frozenset(people) - {""}, frozenset(departments))


def _kept(given: str) -> str | None:
    """Return what WeCom gave for later; None where there is no room, for it is of no use in part."""
    return given if given and len(given) <= _LONGEST and given.isprintable() else None


def attempt_of(error: WeComError) -> Attempt:
    """Return what a failed call means."""
    found = disposition(error)
    follows = _FOLLOWS[found.consequence]
    if found.code == _AT_ONCE:
        follows = Disposition.RETRY
    return Attempt(
        follows,
        may_have_arrived=follows is None,
        invalid=found.invalid_users,
        unlicensed=found.unlicensed_users,
        code=found.code,
        error=_said(error),
        interval=None if found.wait is None else int(found.wait),
    )


def _said(error: WeComError) -> str:
    if not error.hint:
        return str(error.message)
    return joined(" ", [error.message, error.hint])


def _is_unfit(error: WeComError) -> bool:
    if isinstance(error, WeComUnfit):
        return True
    return disposition(error).consequence is Consequence.MESSAGE


def no_answer(error: Exception) -> Attempt:
    """Return what a defect of ours in the middle of a call means: nobody knows."""
    said = text("An unexpected error: {error}.", error=type(error).__name__)
    return Attempt(None, may_have_arrived=True, error=said)
