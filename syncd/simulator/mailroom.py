"""What each member received: the ledger behind `message/send`."""

import hashlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """One message as one member received it."""

    userid: str
    agentid: int
    msgid: str
    msgtype: str
    content: Any
    at: float  #: seconds since the epoch

    def answer(self) -> dict[str, Any]:
        """Return the receipt as JSON values."""
        return {
            "userid": self.userid,
            "agentid": self.agentid,
            "msgid": self.msgid,
            "msgtype": self.msgtype,
            "content": self.content,
            "at": self.at,
        }


class Mailroom:
    """Keeps receipts, and knows a body that was sent before."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Take the clock: seconds since the epoch."""
        self._now = now
        self._receipts: list[Receipt] = []
        self._numbers = itertools.count(1)
        self._bodies: dict[tuple[int, bytes], tuple[float, str]] = {}

    def deliver(self, userids: Iterable[str], agentid: int, msgtype: str, content: Any) -> str:
        """Put a message before each of the members and return its msgid."""
        msgid = f"MSGID-{next(self._numbers):08d}"
        at = self._now()
        self._receipts += [Receipt(u, agentid, msgid, msgtype, content, at) for u in userids]
        return msgid

    def sent_before(self, agentid: int, body: bytes, interval: int) -> str | None:
        """Return the msgid of the same body sent within `interval` seconds, or None."""
        at, msgid = self._bodies.get(_fingerprint(agentid, body), (0.0, ""))
        return msgid if msgid and self._now() - at < interval else None

    def remember(self, agentid: int, body: bytes, msgid: str) -> None:
        """Remember a body for `sent_before`."""
        self._bodies[_fingerprint(agentid, body)] = (self._now(), msgid)

    def receipts(self, userid: str | None = None) -> list[Receipt]:
        """Return what all members, or one of them, received, the oldest first."""
        if userid is None:
            return list(self._receipts)
        key = userid.casefold()
        return [receipt for receipt in self._receipts if receipt.userid.casefold() == key]

    def clear(self) -> None:
        """Forget receipts and bodies; msgids go on."""
        self._receipts.clear()
        self._bodies.clear()


def _fingerprint(agentid: int, body: bytes) -> tuple[int, bytes]:
    return agentid, hashlib.sha256(body).digest()
