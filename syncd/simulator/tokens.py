"""Access tokens: one per secret, the same as long as it lives (reference 2)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from syncd.simulator.answers import ApiError
from syncd.simulator.company import Company
from syncd.simulator.views import Identity

_TOKEN_EXPIRED = 42001


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was handed out."""

    value: str
    secret: str
    identity: Identity
    ends_at: float


class Tokens:
    """Hands tokens out, knows them again, and ends them on demand."""

    def __init__(
        self,
        company: Company,
        *,
        life: timedelta,
        clock: Callable[[], float],
        expired_errcode: int = _TOKEN_EXPIRED,
    ) -> None:
        """Take over the company and a monotonic clock in seconds."""
        self._company = company
        self._life = life.total_seconds()
        self._clock = clock
        self._expired_errcode = expired_errcode
        self._valid: dict[str, Token] = {}
        self._known: dict[str, Token] = {}
        self._ended: dict[str, int] = {}

    def issue(self, corpid: str, secret: str) -> tuple[str, int]:
        """Return the token of a secret and the whole seconds that are left of it.

        Raises:
            ApiError: 41002, 41004 something is missing; 40013 the corpid, 40001 the secret
                is wrong or its app is disabled.
        """
        if not corpid:
            raise ApiError(41002)
        if not secret:
            raise ApiError(41004)
        if corpid != self._company.corp_id:
            raise ApiError(40013)
        identity = self._owner(secret)
        if identity is None:
            raise ApiError(40001)
        token = self._valid.get(secret)
        if token is None or token.ends_at <= self._clock():
            value = secrets.token_urlsafe(160)
            token = Token(value, secret, identity, self._clock() + self._life)
            self._valid[secret] = self._known[value] = token
        return token.value, max(1, round(token.ends_at - self._clock()))

    def identify(self, value: str) -> Identity:
        """Return whose token this is.

        Raises:
            ApiError: 41001 there is none; 40014 it is not known or its secret was reset;
                42001 (or as configured) it ran out; else what it was ended with.
        """
        token = self._known.get(value)
        if token is None:
            raise ApiError(40014 if value else 41001)
        if value in self._ended:
            raise ApiError(self._ended[value])
        if token.ends_at <= self._clock():
            raise ApiError(self._expired_errcode)
        if not self._still_owns(token):
            raise ApiError(40014)
        return token.identity

    def end(self, errcode: int = _TOKEN_EXPIRED, secret: str | None = None) -> int:
        """End every valid token, or that of one secret; return how many ended.

        Args:
            errcode: What a call with an ended token is answered: 42001 or 40014.
            secret: Only the token of this secret.
        """
        ended = [t for t in self._valid.values() if secret in (None, t.secret)]
        for token in ended:
            self._ended[token.value] = errcode
            del self._valid[token.secret]
        return len(ended)

    def _still_owns(self, token: Token) -> bool:
        if token.identity.agentid is None:
            return token.secret == self._company.contacts.secret
        return token.secret == self._company.app(token.identity.agentid).secret

    def _owner(self, secret: str) -> Identity | None:
        if secret == self._company.contacts.secret:
            return Identity(None)
        for app in self._company.apps:
            if app.secret == secret and not app.closed:
                return Identity(app.agentid)
        return None
