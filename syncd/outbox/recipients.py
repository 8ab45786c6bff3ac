"""Whom a message is for, as `outbox_message.recipient` says it."""

import re
from typing import Final

from syncd.errors import UsageError
from syncd.model.message import Recipient, RecipientKind
from syncd.text import text

#: Ids are 64-bit integers.
_NUMBER: Final = re.compile(r"[0-9]{1,18}\Z", re.ASCII)
_NUMBERED: Final = frozenset({RecipientKind.USER, RecipientKind.DEPARTMENT, RecipientKind.TAG})
#: What a column for ids holds.
_LONGEST: Final = 255


def read_recipients(written: object) -> tuple[Recipient, ...]:
    """Return the recipients that `|` joins, each once, in the order written.

    Raises:
        UsageError: One of them cannot be read; the message says which.
    """
    if not isinstance(written, str) or not written.strip():
        raise UsageError(text("The recipient is empty."), hint=_hint())
    return tuple(dict.fromkeys(_read(one.strip()) for one in written.split("|")))


def _read(written: str) -> Recipient:
    word, _, name = written.partition(":")
    try:
        kind = RecipientKind(word.strip())
    except ValueError:
        raise _unreadable(written) from None
    name = name.strip()
    if kind is RecipientKind.ALL:
        if name or ":" in written:
            raise _unreadable(written)
        return Recipient(kind)
    if not name or len(name) > _LONGEST or (kind in _NUMBERED and not _NUMBER.match(name)):
        raise _unreadable(written)
    return Recipient(kind, str(int(name)) if kind in _NUMBERED else name)


def _unreadable(written: str) -> UsageError:
    shown = written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
    return UsageError(text("{recipient} is no recipient.", recipient=repr(shown)), hint=_hint())


def _hint() -> str:
    return text(
        "Write user:ID, userid:USERID, department:ID, tag:ID or all, several joined by `|`."
    )
