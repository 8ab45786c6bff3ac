"""How a call is made: its token, its pace, one place among the others, and its repetitions."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any, Self
from urllib.parse import quote, urlencode

import structlog

from syncd.text import text
from syncd.wecom import endpoints
from syncd.wecom.answer import malformed, read_answer
from syncd.wecom.errors import WeComAnswer, WeComError
from syncd.wecom.pace import Gate, Pace
from syncd.wecom.retry import Call, RetryPolicy, retrying
from syncd.wecom.token import FetchedToken, TokenKey, Tokens
from syncd.wecom.transport import Transport, hidden

_log = structlog.get_logger()

DEFAULT_BASE_URL = "https://qyapi.weixin.qq.com"
#: One object as WeCom gives it.
Row = dict[str, Any]

_TOKEN_REFUSED = frozenset({40001, 40014, 42001})
_TOO_MANY_AT_ONCE = frozenset({45033, 45036})
_chance = SystemRandom().random


class Caller:
    """Calls endpoints of WeCom with one secret. Safe for many threads; a context manager."""

    def __init__(
        self,
        corp_id: str,
        secret: str,
        *,
        secret_name: str,
        base_url: str = DEFAULT_BASE_URL,
        agent_id: int | None = None,
        timeout: timedelta = timedelta(seconds=10),
        bulk_timeout: timedelta = timedelta(seconds=60),
        concurrency: int = 16,
        proxy: str | None = None,
        ca_file: Path | None = None,
        policy: RetryPolicy | None = None,
        pace: Pace | None = None,
        tokens: Tokens | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        random: Callable[[], float] = _chance,
    ) -> None:
        """Prepare; nothing is sent yet.

        `secret_name` is the setting that holds the secret (`app_secret`, `contacts_secret`), for
        messages. `base_url` has no `/cgi-bin`. `pace` and `tokens` may be shared by clients;
        `clock` is monotonic, in seconds. What `sleep` raises ends a wait and comes through.
        """
        self.corp_id, self.secret_name, self.agent_id = corp_id, secret_name, agent_id
        self._secret = secret
        self._root = f"{base_url.rstrip('/')}/cgi-bin/"
        short = timeout.total_seconds()
        self._timeouts = {False: (short, short), True: (short, bulk_timeout.total_seconds())}
        self._transport = Transport(base_url, connections=concurrency, proxy=proxy, ca_file=ca_file)
        self._clock = clock
        self._pace = pace or Pace(clock=clock, sleep=sleep)
        self._gate = Gate(concurrency, clock=clock)
        self._tokens = tokens or Tokens(clock=clock)
        self._key = TokenKey.of(self._root, corp_id, secret)
        # Two of them: a token is fetched within a call, and tenacity does not nest in itself.
        make = partial(retrying, policy or RetryPolicy(), clock=clock, sleep=sleep, random=random)
        self._repeat, self._repeat_gettoken = make(), make()

    def __repr__(self) -> str:
        """Name the client without its secret."""
        return f"<WeComClient {self.secret_name} of {self.corp_id} at {self._transport.host}>"

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def calls(self) -> Counter[str]:
        """Return how many requests were sent, by endpoint; attempts count one by one."""
        return Counter(self._gate.counts)

    def ask(self, call: Call) -> Row:
        """Return the answer to a call; what may pass by itself is tried again.

        Raises:
            WeComError: As every method of the client does.
        """
        call.began = self._clock()
        answer: Row = self._repeat(self._attempt, call)
        return answer

    def ask_once(self, call: Call) -> Row:
        """Return the answer to a call that is sent once, for it may not be carried out twice.

        A refused token is replaced and the call sent with the new one: who is refused for the
        token was not listened to. The token itself is fetched with the usual repetitions.

        Raises:
            WeComError: As every method of the client does; `may_have_arrived` tells whether the
                call may have been carried out all the same.
        """
        call.began = self._clock()
        return self._attempt(call)

    def unusable(self, call: Call, flaw: str) -> WeComError:
        """Return the error for an answer that is none, whatever its errcode says."""
        return malformed(call, self._transport.host, flaw)

    def _attempt(self, call: Call) -> Row:
        """Make one attempt; a refused token is replaced once in the life of a call."""
        token = self._tokens.get(self._key, self._fetch_token)
        refusal: WeComAnswer
        try:
            return self._exchange(call, token)
        except WeComAnswer as error:
            if error.code not in _TOKEN_REFUSED or call.renewed:
                raise
            refusal = error
        self._tokens.refused(self._key, token)
        fresh = self._tokens.get(self._key, self._fetch_token)
        if fresh == token:  # WeCom refuses what it gives: nothing we can do about it
            raise refusal
        call.renewed = True
        return self._exchange(call, fresh)

    def _fetch_token(self) -> FetchedToken:
        query = urlencode({"corpid": self.corp_id, "corpsecret": self._secret})
        call = Call(endpoints.GETTOKEN, query, began=self._clock())
        token: FetchedToken = self._repeat_gettoken(self._ask_token, call)
        return token

    def _ask_token(self, call: Call) -> FetchedToken:
        answer = self._exchange(call)
        token, seconds = answer["access_token"], answer["expires_in"]
        if not token or seconds <= 0:
            raise malformed(call, self._transport.host, text("the token is empty or has no life"))
        return FetchedToken(token, seconds)

    def _exchange(self, call: Call, token: str = "") -> Row:
        """Send one request and return its answer, or raise what it means."""
        path = call.endpoint.path
        query = f"access_token={quote(token, safe='')}&{call.query}" if token else call.query
        if call.endpoint.paced:
            self._pace.wait((self.corp_id, path))
        with self._gate.inside(path) as places:
            began = self._clock()
            try:
                content = self._transport.send(
                    call, f"{self._root}{path}?{query}", self._timeouts[call.endpoint.bulk]
                )
                answer = read_answer(
                    content,
                    call,
                    host=self._transport.host,
                    secret_name=self.secret_name,
                    hide=lambda said: hidden(said, token, self._secret),
                )
            except WeComError as error:
                self._note(call, began, error)
                if isinstance(error, WeComAnswer) and error.code in _TOO_MANY_AT_ONCE:
                    self._gate.ease(places)
                raise
            self._note(call, began, None)
            return answer

    def _note(self, call: Call, began: float, error: WeComError | None) -> None:
        _log.debug(
            "wecom_called",
            endpoint=call.endpoint.path,
            subject=call.subject,
            attempt=call.attempt,
            errcode=0 if error is None else getattr(error, "code", None),
            milliseconds=round((self._clock() - began) * 1000),
            hint_id=getattr(error, "hint_id", ""),
        )
