"""The client: one secret of one corporation, and a method for each endpoint syncd uses."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Any, Self
from urllib.parse import quote, urlencode

import orjson
import structlog

from syncd.errors import UsageError
from syncd.text import text
from syncd.wecom import endpoints
from syncd.wecom.answer import malformed, read_answer
from syncd.wecom.endpoints import Endpoint
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
_CURSOR_REFUSED = frozenset({50100, 60268})
_LISTING_RESTARTS = 2
_LIST_ID_LIMIT = 10_000
_PERSONAL_MAIL, _CORPORATE_MAIL = 2, 1
_chance = SystemRandom().random


class WeComClient:
    """Calls WeCom with one secret. Safe for many threads; a context manager.

    Every method returns what WeCom answered with errcode 0, or raises:

    Raises:
        WeComRefused: WeCom answered with a code; `code` says which.
        WeComBusy: WeCom was busy, or limits us, to the end of the retries.
        WeComUnreachable: no answer to the end of the retries.
        WeComMalformed: answers that are none, to the end of the retries.
    """

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

    # Departments

    def get_departments(self, department_id: int | None = None) -> list[Row]:
        """Return `department/list`: a department and all below it, or all that are visible."""
        return self._rows(endpoints.DEPARTMENT_LIST, *_department("id", department_id))

    def list_department_ids(self, department_id: int | None = None) -> list[Row]:
        """Return `department/simplelist`: `{id, parentid, order}` each, otherwise as above."""
        return self._rows(endpoints.DEPARTMENT_SIMPLELIST, *_department("id", department_id))

    def get_department(self, department_id: int) -> Row:
        """Return `department/get`: one department with all its fields."""
        department: Row = self._ask(endpoints.DEPARTMENT_GET, *_department("id", department_id))[
            "department"
        ]
        return department

    # Members

    def list_users(self, department_id: int) -> list[Row]:
        """Return `user/list`: the members directly in a department, with all visible fields."""
        return self._rows(endpoints.USER_LIST, *_department("department_id", department_id))

    def list_user_names(self, department_id: int) -> list[Row]:
        """Return `user/simplelist`: `{userid, name, department}` of those directly in one."""
        return self._rows(endpoints.USER_SIMPLELIST, *_department("department_id", department_id))

    def get_user(self, userid: str) -> Row:
        """Return `user/get`: one member; unknown or not visible is `WeComRefused` 60111."""
        return self._ask(
            endpoints.USER_GET, {"userid": userid}, text("user {userid}", userid=userid)
        )

    def list_user_ids(self) -> list[tuple[Any, Any]]:
        """Return `user/list_id` to its end: (userid, department) pairs as WeCom gives them.

        Contacts secret only. A cursor that WeCom refuses restarts the listing, twice at
        most; a listing that did not reach its end is always an error.
        """
        for _ in range(_LISTING_RESTARTS):
            try:
                return self._list_user_ids()
            except WeComAnswer as error:
                if error.code not in _CURSOR_REFUSED:
                    raise
                _log.warning("wecom_listing_restarted", errcode=error.code, hint_id=error.hint_id)
        return self._list_user_ids()

    def find_userid_by_mobile(self, mobile: str) -> str:
        """Return `user/getuserid`; 46004 and 60146: nobody, or not visible."""
        body = {"mobile": mobile}
        return str(
            self._ask(endpoints.USER_GETUSERID, subject=text("a mobile number"), body=body)[
                "userid"
            ]
        )

    def find_userid_by_email(self, email: str, *, personal: bool = False) -> str:
        """Return `user/get_userid_by_email`; 46004, 60147 and 60148: nobody, or not visible."""
        body = {"email": email, "email_type": _PERSONAL_MAIL if personal else _CORPORATE_MAIL}
        return str(
            self._ask(endpoints.USER_BY_EMAIL, subject=text("an e-mail address"), body=body)[
                "userid"
            ]
        )

    # Tags and the app

    def list_tags(self) -> list[Row]:
        """Return `tag/list`: `{tagid, tagname}` each."""
        return self._rows(endpoints.TAG_LIST, {}, "")

    def get_tag(self, tag_id: int) -> Row:
        """Return `tag/get`: `userlist` and `partylist` of a tag, as far as visible."""
        return self._ask(endpoints.TAG_GET, {"tagid": tag_id}, text("tag {id}", id=tag_id))

    def get_agent(self) -> Row:
        """Return `agent/get` for the own app: `allow_partys` and so on say what is visible.

        Raises:
            UsageError: the client was made without `agent_id`.
        """
        if self.agent_id is None:
            raise UsageError(
                text("agent_id is not set"), hint=text("Set agent_id beside app_secret.")
            )
        return self._ask(
            endpoints.AGENT_GET, {"agentid": self.agent_id}, text("agent {id}", id=self.agent_id)
        )

    # How a call is made

    def _rows(self, endpoint: Endpoint, query: Mapping[str, object], subject: str) -> list[Row]:
        rows: list[Row] = self._ask(endpoint, query, subject)[endpoint.rows]
        return rows

    def _list_user_ids(self) -> list[tuple[Any, Any]]:
        pairs: list[tuple[Any, Any]] = []
        body: Row = {"limit": _LIST_ID_LIMIT}
        seen: set[str] = set()
        while True:
            page = self._ask(endpoints.USER_LIST_ID, body=body)
            pairs += [(row.get("userid"), row.get("department")) for row in page["dept_user"]]
            cursor = page.get("next_cursor")
            if not cursor:
                return pairs
            if cursor in seen:
                call = Call(endpoints.USER_LIST_ID)
                raise malformed(call, self._transport.host, text("the same cursor came twice"))
            seen.add(cursor)
            body = {"limit": _LIST_ID_LIMIT, "cursor": cursor}

    def _ask(
        self,
        endpoint: Endpoint,
        query: Mapping[str, object] | None = None,
        subject: str = "",
        body: Row | None = None,
    ) -> Row:
        content = None if body is None else orjson.dumps(body)
        call = Call(endpoint, urlencode(query or {}), content, subject, began=self._clock())
        answer: Row = self._repeat(self._attempt, call)
        return answer

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


def _department(key: str, department_id: int | None) -> tuple[dict[str, object], str]:
    if department_id is None:
        return {}, ""
    return {key: department_id}, text("department {id}", id=department_id)
