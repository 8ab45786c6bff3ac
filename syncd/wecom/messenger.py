"""Sends messages of one app, takes them back, and uploads what goes with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import SEEK_END
from typing import Any, BinaryIO
from urllib.parse import urlencode

import orjson

from syncd.errors import UsageError
from syncd.text import joined, text
from syncd.wecom import endpoints
from syncd.wecom.caller import Caller
from syncd.wecom.errors import WeComUnfit
from syncd.wecom.listed import listed
from syncd.wecom.messages.media import MEDIA_KINDS, check_file, form
from syncd.wecom.retry import Call


@dataclass(frozen=True, slots=True)
class Sent:
    """What WeCom answered to a message that it took; the names are in lower case.

    That it was taken does not mean that it reached those who are named nowhere here: nobody
    tells whether somebody has read it, and who is not activated is not named.
    """

    msgid: str  #: to recall it by; empty where WeCom gave none
    response_code: str = ""  #: to change a card by, once, within 72 hours
    invalid_users: frozenset[str] = frozenset()  #: unknown, or outside the app's visible range
    invalid_parties: frozenset[str] = frozenset()
    invalid_tags: frozenset[str] = frozenset()
    unlicensed_users: frozenset[str] = frozenset()  #: visible, but without a licence (接口许可)


@dataclass(frozen=True, slots=True)
class UploadedMedia:
    """A file that WeCom keeps for three days."""

    media_id: str
    created_at: int | None  #: seconds since the epoch, by WeCom's clock


class Messenger:
    """What an app may do besides reading. Safe for many threads.

    Every method raises what the client's methods raise. What must not be done twice is sent
    once, and the error's `may_have_arrived` tells whether it may have been done all the same.
    """

    def __init__(self, caller: Caller) -> None:
        """Speak through a client, with its secret, agent id, and places for calls."""
        self._caller = caller

    def send_message(self, body: bytes) -> Sent:
        """Send a request body of `message/send` as it is, once, and return what became of it."""
        answer = self._caller.ask_once(Call(endpoints.MESSAGE_SEND, body=body))
        return Sent(
            msgid=str(answer.get("msgid") or ""),
            response_code=str(answer.get("response_code") or ""),
            invalid_users=listed(answer.get("invaliduser")),
            invalid_parties=listed(answer.get("invalidparty")),
            invalid_tags=listed(answer.get("invalidtag")),
            unlicensed_users=listed(answer.get("unlicenseduser")),
        )

    def recall_message(self, msgid: str) -> None:
        """Take a message back from everybody: 42052 after 24 hours, 40058 by another app.

        It disappears from WeCom, and stays where somebody reads it in WeChat.
        """
        body = orjson.dumps({"msgid": msgid})
        self._caller.ask(Call(endpoints.MESSAGE_RECALL, body=body, subject=_message(msgid)))

    def update_template_card(
        self,
        response_code: str,
        *,
        userids: Sequence[str] = (),
        partyids: Sequence[int] = (),
        tagids: Sequence[int] = (),
        everybody: bool = False,
        replace_name: str = "",
        template_card: Mapping[str, Any] | None = None,
        enable_id_trans: bool = False,
    ) -> frozenset[str]:
        """Change a card, once: another text on its button, or another card.

        Returns the userids that WeCom does not know, in lower case. It is sent once, for a
        `response_code` that was used answers 60140.

        Raises:
            UsageError: The client was made without `agent_id`.
            ValueError: Both `replace_name` and `template_card` are given, or neither.
        """
        if bool(replace_name) == (template_card is not None):
            raise ValueError("either a new name for the button or a new card")
        shown: Mapping[str, Any] = {"button": {"replace_name": replace_name}}
        if template_card is not None:
            shown = {"template_card": template_card}
        body = {
            "userids": list(userids),
            "partyids": list(partyids),
            "tagids": list(tagids),
            "atall": int(everybody),
            "agentid": self._agent_id(),
            "response_code": response_code,
            "enable_id_trans": int(enable_id_trans),
            **shown,
        }
        call = Call(endpoints.UPDATE_TEMPLATE_CARD, body=orjson.dumps(body))
        return listed(self._caller.ask_once(call).get("invaliduser"))

    def upload_media(self, kind: str, filename: str, content: bytes | BinaryIO) -> UploadedMedia:
        """Upload a file as `image`, `voice`, `video` or `file`; a stream must be able to seek.

        Raises:
            WeComUnfit: the file does not keep WeCom's limits; nothing was sent.
        """
        whole = _read(kind, filename, content)
        content_type, body = form(kind, filename, whole)
        call = Call(
            endpoints.MEDIA_UPLOAD,
            urlencode({"type": kind}),
            body,
            text("file {name}", name=filename),
            content_type=content_type,
        )
        answer = self._caller.ask(call)
        return UploadedMedia(answer["media_id"], _seconds(answer.get("created_at")))

    def _agent_id(self) -> int:
        if self._caller.agent_id is None:
            raise UsageError(
                text("agent_id is not set"), hint=text("Set agent_id beside app_secret.")
            )
        return self._caller.agent_id


def _message(msgid: str) -> str:
    return text("message {id}", id=msgid)


def _read(kind: str, filename: str, content: bytes | BinaryIO) -> bytes:
    """Return the whole file, of which no more is read than WeCom would take."""
    size = len(content) if isinstance(content, bytes) else content.seek(0, SEEK_END)
    if not isinstance(content, bytes):
        content.seek(0)
        content = content.read(MEDIA_KINDS[kind].most if kind in MEDIA_KINDS else 0)
    faults = check_file(kind, filename, content, size)
    if faults:
        raise WeComUnfit(
            text("media/upload: {faults}", faults=joined("; ", [one.sentence for one in faults])),
            faults=tuple(faults),
            hint=text("Give another file."),
        )
    return content


def _seconds(given: object) -> int | None:
    """Return a time that WeCom's pages give as text and its answers as a number as well."""
    if isinstance(given, str) and given.isascii() and given.isdecimal():
        return int(given)
    return given if type(given) is int else None
