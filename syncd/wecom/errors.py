"""Every way in which a call to WeCom can fail.

The tree; each leaf is also a class of `syncd.errors`, which says what follows from it::

    WeComError ─ WeComAnswer ─ WeComRefused      an errcode: SourceRejected
                             ─ WeComBusy*        an errcode of the classes retry and rate: SourceUnavailable
               ─ WeComUnreachable*               no answer, a broken one, HTTP 5xx: SourceUnavailable
               ─ WeComMalformed                  an answer that is no answer of WeCom: SourceMalformed
               ─ WeComUnfit                      not sent at all, WeCom's limits are not kept: SourceRejected

`may_have_arrived` says of each whether WeCom may have carried out what it was sent.
No message holds a token, a secret, or a URL with a query.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from syncd.errors import SourceError, SourceMalformed, SourceRejected, SourceUnavailable
from syncd.text import joined, text
from syncd.wecom.codes import ErrorClass, ErrorCode, describe
from syncd.wecom.endpoints import GETTOKEN
from syncd.wecom.fault import Fault
from syncd.wecom.listed import listed

#: Where each secret's page is in WeCom's console.
_CONSOLES = {
    "app_secret": text("应用管理 → the app"),
    "contacts_secret": text("管理工具 → 通讯录同步"),
}

#: What an administrator should read first, where the code alone tells it: templates.
_HEADLINES = {
    40001: "WeCom does not accept {setting}",
    40013: "WeCom does not know this corp_id",
    40091: "WeCom does not accept {setting}",
    2000002: "WeCom does not know this corp_id",
    60020: "WeCom does not trust this server's address {ip}",
}
#: The same where WeCom does not tell which address it saw.
_WITHOUT_ADDRESS = {60020: "WeCom does not trust this server's address"}

_HINT_ID = re.compile(r"hint:\s*\[([^\]]*)\]")
_FROM_IP = re.compile(r"from ip:\s*([0-9A-Fa-f.:]*[0-9A-Fa-f])")
_ADDITIONS = re.compile(r",\s*(?:hint:|from ip:|more info at).*", re.DOTALL)
_LONGEST_TEXT = 300


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An answer whose errcode is not 0, taken apart.

    `errmsg` is the text without its additions; it is for people, never for a decision.
    """

    code: int
    errmsg: str
    hint_id: str = ""  #: what WeCom's support asks for
    from_ip: str = ""  #: the address WeCom saw
    interval: float | None = None  #: seconds to wait; negative: do not try again
    suggestion: str = ""
    invalid_users: frozenset[str] = frozenset()  #: lower case; `message/send` may name them here
    unlicensed_users: frozenset[str] = frozenset()  #: the same, without a licence

    @classmethod
    def of(cls, code: int, document: Mapping[str, Any], hide: Callable[[str], str]) -> Self:
        """Return the parts of an error answer; `hide` masks secrets in its texts."""
        text = hide(str(document.get("errmsg") or ""))
        hint, address = _HINT_ID.search(text), _FROM_IP.search(text)
        return cls(
            code=code,
            errmsg=_plain(_ADDITIONS.sub("", text)),
            hint_id=_plain(hint[1]) if hint else "",
            from_ip=address[1] if address else "",
            interval=_seconds(document.get("interval")),
            suggestion=_plain(hide(str(document.get("suggestion") or ""))),
            invalid_users=listed(document.get("invaliduser")),
            unlicensed_users=listed(document.get("unlicenseduser")),
        )

    @property
    def wait(self) -> float | None:
        """Return the seconds WeCom asks us to wait, negative for never, None if it does not say.

        `interval` first, then a `suggestion` that is nothing but a number; any other
        suggestion is text for people.
        """
        return self.interval if self.interval is not None else _seconds(self.suggestion)


def _plain(text: str) -> str:
    """Return text that is safe in one line of a log."""
    line = "".join(char if char.isprintable() else " " for char in text[: 2 * _LONGEST_TEXT])
    return line.strip()[:_LONGEST_TEXT]


def _seconds(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", value.strip()):
        value = float(value)
    return float(value) if isinstance(value, int | float) else None


class WeComError(SourceError):
    """A call to WeCom failed."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        endpoint: str = "",
        subject: str = "",
        may_have_arrived: bool = False,
    ) -> None:
        """Keep the endpoint (`user/list`) and what it was asked about (`department 7`).

        `may_have_arrived`: a body, or a part of one, was sent, and no answer tells what became
        of it.
        """
        super().__init__(message, hint=hint)
        self.endpoint = endpoint
        self.subject = subject
        self._unanswered = may_have_arrived

    @property
    def may_have_arrived(self) -> bool:
        """Return whether WeCom may have carried out the call, although it did not say so.

        An errcode says that it did not, and without a token nothing was sent. For calls that
        only read it has no meaning.
        """
        return self._unanswered and self.endpoint != GETTOKEN.path


class WeComAnswer(WeComError):
    """WeCom answered, with an errcode that is not 0; raised as one of its two children."""

    def __init__(self, body: ErrorBody, *, endpoint: str, subject: str, secret_name: str) -> None:
        """Compose message and hint from the table of codes and from what WeCom said."""
        known = describe(body.code)
        super().__init__(
            _message(known, body, asked(endpoint, subject), secret_name),
            hint=_advice(known, body, secret_name),
            endpoint=endpoint,
            subject=subject,
        )
        self.body = body

    @property
    def code(self) -> int:
        """Return WeCom's errcode."""
        return self.body.code

    @property
    def errmsg(self) -> str:
        """Return WeCom's text without its additions; not stable, for people only."""
        return self.body.errmsg

    @property
    def hint_id(self) -> str:
        """Return the id that WeCom's support asks for, or an empty text."""
        return self.body.hint_id

    @property
    def from_ip(self) -> str:
        """Return the address WeCom saw, or an empty text."""
        return self.body.from_ip

    @property
    def interval(self) -> float | None:
        """Return the seconds WeCom asked us to wait, or None."""
        return self.body.interval

    @property
    def suggestion(self) -> str:
        """Return what WeCom suggested, or an empty text."""
        return self.body.suggestion

    @property
    def described(self) -> ErrorCode:
        """Return the line of the table for this code."""
        return describe(self.code)


class WeComRefused(WeComAnswer, SourceRejected):
    """The call is wrong or not permitted; a repeat is useless."""


class WeComBusy(WeComAnswer, SourceUnavailable):
    """WeCom is busy or limits us, and stayed so until the retries were used up."""


class WeComUnreachable(WeComError, SourceUnavailable):
    """No answer arrived, or a broken one, or one of a failing server in between."""


class WeComMalformed(WeComError, SourceMalformed):
    """What arrived cannot be an answer of WeCom: HTML, cut JSON, a value of a wrong type."""


class WeComUnfit(WeComError, SourceRejected):
    """Nothing was sent: what was to be sent does not keep WeCom's limits."""

    def __init__(self, message: str, *, faults: tuple[Fault, ...], hint: str = "") -> None:
        """Keep each limit that is not kept."""
        super().__init__(message, hint=hint)
        self.faults = faults


def answer_error(body: ErrorBody, *, endpoint: str, subject: str, secret_name: str) -> WeComAnswer:
    """Return the error for an answer, of the class that its code asks for."""
    later = {ErrorClass.RETRY, ErrorClass.RATE}
    kind = WeComRefused if later.isdisjoint(describe(body.code).classes) else WeComBusy
    return kind(body, endpoint=endpoint, subject=subject, secret_name=secret_name)


def asked(endpoint: str, subject: str) -> str:
    """Return a call in words: `user/list of department 7`."""
    if not subject:
        return endpoint
    return text("{endpoint} of {subject}", endpoint=endpoint, subject=subject)


def _message(known: ErrorCode, body: ErrorBody, call: str, secret_name: str) -> str:
    told: list[str] = [f'"{body.errmsg}"'] if body.errmsg else []
    told += [text("hint id {id}", id=body.hint_id)] if body.hint_id else []
    told += [text("suggestion: {text}", text=body.suggestion)] if body.suggestion else []
    values = {
        "headline": _headline(known, body, secret_name),
        "call": call,
        "code": body.code,
    }
    if not told:
        return text("{headline}: {call} was answered with {code}", **values)
    return text(
        "{headline}: {call} was answered with {code} ({told})", told=joined("; ", told), **values
    )


def _headline(known: ErrorCode, body: ErrorBody, secret_name: str) -> str:
    template = _HEADLINES.get(body.code, known.meaning)
    if not body.from_ip:
        template = _WITHOUT_ADDRESS.get(body.code, template)
    return text(template, setting=secret_name, ip=body.from_ip)


def _advice(known: ErrorCode, body: ErrorBody, secret_name: str) -> str:
    if not known.advice:
        if body.hint_id:
            return text("No setting helps here; report it with the hint id.")
        return ""
    return text(
        known.advice,
        ip=body.from_ip or text("this server's public address"),
        setting=secret_name,
        console=_CONSOLES.get(secret_name, text("the page of the secret")),
    )
