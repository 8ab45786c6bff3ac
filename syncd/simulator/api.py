"""The simulated API without its network: a call in, an outcome out."""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from syncd.simulator.answers import ApiError, ErrorTexts, Reply, failure, success
from syncd.simulator.calls import Call, Context, Ending, Outcome
from syncd.simulator.company import Company
from syncd.simulator.endpoints import ENDPOINTS, Endpoint
from syncd.simulator.entities import Regime
from syncd.simulator.faults import Fault, Faults, Kind, spoil
from syncd.simulator.mailroom import Mailroom
from syncd.simulator.mutations import mutate
from syncd.simulator.options import SimulatorOptions
from syncd.simulator.pages import Pages
from syncd.simulator.rates import Rates
from syncd.simulator.tokens import Tokens
from syncd.simulator.views import Identity, Views

PREFIX = "/cgi-bin/"
_LOG_LENGTH = 20_000
_NOT_FOUND = Reply(b"404 page not found", status=404, content_type="text/plain", errcode=None)


class Api:
    """Answers calls as WeCom would, with the faults that were asked for.

    Not safe for several threads at once, except for the company and `lock`: one event loop
    calls it. `clock` and `now` are arguments so that tests can let tokens run out.
    """

    def __init__(
        self,
        company: Company,
        options: SimulatorOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take over a company; nothing listens yet."""
        self.company = company
        self.options = options
        self.faults = Faults()
        self.mailroom = Mailroom(now)
        self.rates = Rates(options.per_minute, options.concurrency, clock)
        self.tokens = Tokens(
            company,
            life=options.token_life,
            clock=clock,
            expired_errcode=options.expired_errcode,
        )
        self.counts: Counter[str] = Counter()
        self.log: deque[tuple[str, Mapping[str, Any], int | None]] = deque(maxlen=_LOG_LENGTH)
        self.in_flight = 0
        self.peak_in_flight = 0
        self._texts = ErrorTexts(now)
        self._views = Views(company)
        self._pages = Pages(company)

    def answer(self, call: Call) -> Outcome:
        """Return what becomes of a call."""
        endpoint = call.path.removeprefix(PREFIX)
        if not call.path.startswith(PREFIX) or not (
            endpoint in ENDPOINTS or endpoint == "gettoken"
        ):
            return Outcome(_NOT_FOUND)
        self.counts[endpoint] += 1
        parameters = _parameters(call)
        faults = self.faults.take(endpoint, parameters) if self.faults.rules else ()
        with self.company.lock:
            for fault in faults:
                if fault.kind is Kind.MUTATE:
                    mutate(self.company, fault.mutation)
            reply = self._reply(call, endpoint, parameters, faults)
        outcome = _outcome(reply, faults)
        seen = {k: v for k, v in parameters.items() if k not in ("access_token", "corpsecret")}
        self.log.append((endpoint, seen, outcome.reply.errcode))
        return outcome

    def set_options(self, given: Mapping[str, Any]) -> None:
        """Change how the simulator behaves while it runs.

        Raises:
            UsageError: An option is unknown.
        """
        self.options = self.options.updated(given)
        self.rates.per_minute = dict(self.options.per_minute)
        self.rates.concurrency = self.options.concurrency

    def prepare(self) -> None:
        """Put the pages of `user/list` together for everybody who may read them."""
        identities = [Identity(app.agentid) for app in self.company.apps]
        if self.company.contacts.regime is Regime.OLD_IP:
            identities.append(Identity(None))
        for identity in identities:
            for department in self._views.of(identity).department_ids:
                context = self._context(identity, {"department_id": department}, b"")
                ENDPOINTS["user/list"].answer(context)

    def reset_counts(self) -> None:
        """Forget what was called and what was received."""
        self.counts.clear()
        self.log.clear()
        self.mailroom.clear()
        self.peak_in_flight = self.in_flight

    def _reply(
        self, call: Call, endpoint: str, parameters: Mapping[str, Any], faults: Sequence[Fault]
    ) -> Reply:
        ip = self.options.caller_ip or call.ip
        for fault in faults:
            if fault.kind is Kind.ERRCODE:
                return self._asked_error(fault, ip)
        try:
            if endpoint == "gettoken":
                self.rates.admit(endpoint, self.in_flight)
                return self._gettoken(parameters)
            return self._as_caller(call, endpoint, parameters, ip)
        except ApiError as error:
            errmsg = self._texts.text(error.errcode, ip, error.field)
            return failure(error.errcode, errmsg, error.keys)

    def _gettoken(self, parameters: Mapping[str, Any]) -> Reply:
        token, left = self.tokens.issue(
            str(parameters.get("corpid", "")), str(parameters.get("corpsecret", ""))
        )
        return success({"access_token": token, "expires_in": left})

    def _as_caller(
        self, call: Call, endpoint: str, parameters: Mapping[str, Any], ip: str
    ) -> Reply:
        identity = self.tokens.identify(call.query.get("access_token", ""))
        asked = ENDPOINTS[endpoint]
        try:
            self._check_caller(identity, asked, ip)
            _check_method(call, asked)
            self.rates.admit(endpoint, self.in_flight)
            return asked.answer(self._context(identity, parameters, call.body))
        except ApiError as error:
            if asked.empty:
                error.keys.setdefault(asked.empty, [])
            raise

    def _check_caller(self, identity: Identity, asked: Endpoint, ip: str) -> None:
        """Refuse what this identity, from this address, may not call (reference 3)."""
        if identity.agentid is not None:
            app = self.company.app(identity.agentid)
            trusted, refused = app.trusted_ips, asked.app
            if app.closed:
                raise ApiError(50003)
        else:
            contacts = self.company.contacts
            trusted = contacts.trusted_ips
            refused = asked.new_ip if contacts.regime is Regime.NEW_IP else asked.old_ip
            if asked.edits and not contacts.editing:
                refused = 48002
        if trusted is not None and ip not in trusted:
            raise ApiError(60020)
        if refused:
            raise ApiError(refused)

    def _context(self, identity: Identity, parameters: Mapping[str, Any], body: bytes) -> Context:
        return Context(
            company=self.company,
            identity=identity,
            view=self._views.of(identity),
            pages=self._pages,
            mailroom=self.mailroom,
            parameters=parameters,
            raw_body=body,
            out_of_range_errcode=self.options.out_of_range_errcode,
        )

    def _asked_error(self, fault: Fault, ip: str) -> Reply:
        keys: dict[str, Any] = {}
        if fault.interval is not None:
            keys["interval"] = fault.interval
        if fault.suggestion is not None:
            keys["suggestion"] = fault.suggestion
        errmsg = fault.errmsg or self._texts.text(fault.errcode, ip)
        return failure(fault.errcode, errmsg, keys)


def _check_method(call: Call, asked: Endpoint) -> None:
    if asked.post and call.method != "POST":
        raise ApiError(40058, field="GET instead of POST")


def _parameters(call: Call) -> Mapping[str, Any]:
    """The query, and for POST the top level of the body, which outranks it."""
    if not call.body:
        return call.query
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        # WeCom parses what it can (reference 1); here that is nothing
        return call.query
    return {**call.query, **body} if isinstance(body, dict) else call.query


def _outcome(reply: Reply, faults: Sequence[Fault]) -> Outcome:
    delay = sum(fault.seconds for fault in faults if fault.kind is Kind.SLOW)
    for fault in faults:
        if fault.kind is Kind.HANG:
            return Outcome(reply, delay + fault.seconds, Ending.CLOSE)
        if fault.kind is Kind.RESET:
            return Outcome(reply, delay, Ending.RESET)
        if fault.kind is Kind.TRUNCATED:
            return Outcome(reply, delay, Ending.HALF)
        reply = spoil(fault, reply)
    return Outcome(reply, delay)
