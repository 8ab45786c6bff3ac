"""What each member received, and what did not reach them: the ledger behind `message/*`."""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from syncd.simulator.entities import Member
from syncd.simulator.quotas import Quotas

_CARD_LIFE = 72 * 3600.0


class Missed(StrEnum):
    """Why a message that was accepted did not reach a member; no answer of WeCom tells it."""

    DISABLED = "disabled"  #: status 2
    NOT_ACTIVATED = "not_activated"  #: status 4
    LEFT = "left"  #: status 5
    TOO_MANY = "too_many"  #: beyond what one member takes from one app


_BY_STATUS: Mapping[int, Missed] = {
    2: Missed.DISABLED,
    4: Missed.NOT_ACTIVATED,
    5: Missed.LEFT,
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was accepted, whoever reads it."""

    msgid: str
    agentid: int
    msgtype: str
    content: Any
    safe: int
    at: float  #: seconds since the epoch
    response_code: str = ""  #: for a card that may be changed once


@dataclass(slots=True)
class Receipt:
    """One message as one member has it before them."""

    userid: str
    letter: Letter
    recalled_at: float | None = None  #: seconds since the epoch
    update: Any = None  #: what `message/update_template_card` made of the card

    def answer(self) -> dict[str, Any]:
        """Return the receipt as JSON values."""
        letter = self.letter
        return {
            "userid": self.userid,
            "agentid": letter.agentid,
            "msgid": letter.msgid,
            "msgtype": letter.msgtype,
            "content": letter.content,
            "safe": letter.safe,
            "at": letter.at,
            "recalled_at": self.recalled_at,
            "update": self.update,
        }


@dataclass(frozen=True, slots=True)
class Miss:
    """One message that one member was meant to have and has not."""

    userid: str
    letter: Letter
    reason: Missed

    def answer(self) -> dict[str, Any]:
        """Return the miss as JSON values."""
        letter = self.letter
        return {
            "userid": self.userid,
            "agentid": letter.agentid,
            "msgid": letter.msgid,
            "msgtype": letter.msgtype,
            "at": letter.at,
            "reason": self.reason.value,
        }


class Mailroom:
    """Delivers, keeps what was delivered, and knows a body that was sent before."""

    def __init__(
        self, now: Callable[[], float], quotas: Quotas, numbers: Iterator[int] | None = None
    ) -> None:
        """Begin with nothing sent.

        Args:
            now: Seconds since the epoch.
            quotas: How much may be sent.
            numbers: Where the numbers in msgids come from.
        """
        self._now = now
        self.quotas = quotas
        self._numbers = itertools.count(1) if numbers is None else numbers
        self._letters: dict[str, Letter] = {}
        self._receipts: list[Receipt] = []
        self._by_member: defaultdict[str, list[Receipt]] = defaultdict(list)
        self._by_letter: defaultdict[str, list[Receipt]] = defaultdict(list)
        self._misses: list[Miss] = []
        self._bodies: dict[tuple[int, bytes], Letter] = {}
        self._tasks: set[tuple[int, str]] = set()
        self._cards: dict[str, Letter] = {}
        self._spent_cards: set[str] = set()

    # ── sending ──────────────────────────────────────────────────────────────

    def post(
        self,
        members: Iterable[Member],
        *,
        agentid: int,
        msgtype: str,
        content: Any,
        safe: int = 0,
        updatable: bool = False,
    ) -> Letter:
        """Put a message before each of the members who can have it.

        Args:
            members: Whom it is meant for, each once.
            agentid: The app that sends.
            msgtype: As in the request.
            content: What is shown.
            safe: As in the request.
            updatable: The message is a card that may be changed once.

        Returns:
            The message with its msgid, also when nobody could have it.
        """
        number = next(self._numbers)
        code = f"RESPONSE-{number:08d}" if updatable else ""
        letter = Letter(f"MSGID-{number:08d}", agentid, msgtype, content, safe, self._now(), code)
        self._letters[letter.msgid] = letter
        if code:
            self._cards[code] = letter
        for member in members:
            self._hand(member, letter)
        return letter

    def sent_before(self, agentid: int, body: bytes, interval: int) -> Letter | None:
        """Return the message that the same body sent within `interval` seconds, or None."""
        letter = self._bodies.get(_fingerprint(agentid, body))
        return letter if letter and self._now() - letter.at < interval else None

    def remember(self, body: bytes, letter: Letter) -> None:
        """Remember a body for `sent_before`."""
        self._bodies[_fingerprint(letter.agentid, body)] = letter

    def take_task(self, agentid: int, task_id: str) -> bool:
        """Take a card's task_id for an app; return whether it was free."""
        free = (agentid, task_id) not in self._tasks
        self._tasks.add((agentid, task_id))
        return free

    # ── afterwards ───────────────────────────────────────────────────────────

    def letter(self, msgid: str) -> Letter | None:
        """Return a message that was accepted, or None."""
        return self._letters.get(msgid)

    def age(self, letter: Letter) -> float:
        """Return how many seconds ago a message was sent."""
        return self._now() - letter.at

    def recall(self, letter: Letter) -> None:
        """Take a message back from everybody who has it."""
        for receipt in self._by_letter[letter.msgid]:
            receipt.recalled_at = receipt.recalled_at or self._now()

    def card(self, response_code: str) -> Letter | None:
        """Return the card that may still be changed by this code, or None."""
        letter = self._cards.get(response_code)
        if letter is None or response_code in self._spent_cards:
            return None
        return letter if self.age(letter) < _CARD_LIFE else None

    def change_card(self, letter: Letter, keys: Iterable[str], shown: Any) -> None:
        """Change a card before those members who have it; the code is used up by this."""
        self._spent_cards.add(letter.response_code)
        wanted = set(keys)
        for receipt in self._by_letter[letter.msgid]:
            if receipt.userid.casefold() in wanted:
                receipt.update = shown

    # ── reading ──────────────────────────────────────────────────────────────

    def receipts(self, userid: str | None = None) -> list[Receipt]:
        """Return what all members, or one of them, received, the oldest first."""
        if userid is None:
            return list(self._receipts)
        return list(self._by_member.get(userid.casefold(), ()))

    def misses(self, userid: str | None = None) -> list[Miss]:
        """Return what did not reach all members, or one of them, the oldest first."""
        key = None if userid is None else userid.casefold()
        return [miss for miss in self._misses if key in (None, miss.userid.casefold())]

    def _hand(self, member: Member, letter: Letter) -> None:
        reason = _BY_STATUS.get(member.status)
        if reason is None and not self.quotas.admit_to(member.key, letter.agentid):
            reason = Missed.TOO_MANY
        if reason is not None:
            self._misses.append(Miss(member.userid, letter, reason))
            return
        receipt = Receipt(member.userid, letter)
        self._receipts.append(receipt)
        self._by_member[member.key].append(receipt)
        self._by_letter[letter.msgid].append(receipt)


def _fingerprint(agentid: int, body: bytes) -> tuple[int, bytes]:
    return agentid, hashlib.sha256(body).digest()
