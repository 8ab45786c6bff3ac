"""Access tokens: fetched once, shared by all threads, replaced only when they are refused.

WeCom bans an address for an hour after too many failed `gettoken` calls, and may give out the
same token again while it is valid (document 91039); both shape what follows.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from syncd.wecom.errors import WeComAnswer, WeComError

#: A token is replaced this many seconds before its end, or a tenth of its life if that is less.
_EARLY = 300.0
#: What WeCom has just settled is not asked again before this many seconds have passed: a refused
#: secret, and a token that it gave again although it refuses it.
_SETTLED = 60.0


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Whose token it is: one corporation, one secret, one server."""

    base_url: str = field(repr=False)  # a gateway's may hold a password
    corp_id: str
    secret_digest: str

    @classmethod
    def of(cls, base_url: str, corp_id: str, secret: str) -> "TokenKey":
        """Return the key; the secret itself is not kept in it."""
        return cls(base_url, corp_id, sha256(secret.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class FetchedToken:
    """What `gettoken` answered."""

    token: str = field(repr=False)
    expires_in: float  #: seconds


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str | None = field(default=None, repr=False)
    expires_at: float = 0.0
    refused: str | None = field(default=None, repr=False)
    given_again_at: float | None = None
    flights: int = 0  # fetches that have ended, well or not
    failure: WeComError | None = None  # of the last fetch
    failed_at: float = 0.0


class Tokens:
    """The tokens of this process, by corporation and secret; safe for many threads.

    ::

        empty ──get: one thread fetches, the others wait──▶ valid ──early before its end──▶ empty
                                                              └──refused(that very token)──▶ empty
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """Begin with no token; `clock` is monotonic, in seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: dict[TokenKey, _Slot] = {}

    def get(self, key: TokenKey, fetch: Callable[[], FetchedToken]) -> str:
        """Return a token that should be valid, fetched if there is none.

        Raises:
            WeComError: what `fetch` raised. All who waited for that fetch get the same failure,
                and a refusal also those who come within a minute: no secret is tried in a loop.
        """
        slot = self._slot(key)
        flights = slot.flights
        token = slot.token
        if token is not None and self._clock() < slot.expires_at:
            return token
        with slot.lock:
            if slot.token is not None and self._clock() < slot.expires_at:
                return slot.token
            if slot.failure is not None and self._settled(slot, flights):
                raise slot.failure.with_traceback(None)
            return self._fetch(slot, fetch)

    def refused(self, key: TokenKey, token: str) -> None:
        """Drop a token that WeCom refused, if it is still the one in use."""
        slot = self._slot(key)
        with slot.lock:
            again = slot.given_again_at
            if slot.token != token or (again is not None and self._clock() - again < _SETTLED):
                return
            slot.refused, slot.token, slot.given_again_at = token, None, None

    def _slot(self, key: TokenKey) -> _Slot:
        with self._lock:
            return self._slots.setdefault(key, _Slot())

    def _settled(self, slot: _Slot, flights_seen: int) -> bool:
        if slot.flights != flights_seen:
            return True
        answered = isinstance(slot.failure, WeComAnswer) and not slot.failure.described.retried
        return answered and self._clock() - slot.failed_at < _SETTLED

    def _fetch(self, slot: _Slot, fetch: Callable[[], FetchedToken]) -> str:
        asked_at = self._clock()
        try:
            fetched = fetch()
        except WeComError as error:
            slot.failure, slot.failed_at = error, self._clock()
            slot.flights += 1
            raise
        slot.failure = None
        slot.flights += 1
        slot.given_again_at = self._clock() if fetched.token == slot.refused else None
        early = min(_EARLY, fetched.expires_in / 10)
        slot.expires_at = asked_at + fetched.expires_in - early
        slot.token = fetched.token
        return fetched.token
