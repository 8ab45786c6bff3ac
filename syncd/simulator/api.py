"""The simulated API without its network: a call in, an outcome out."""

import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from syncd.errors import UsageError
from syncd.simulator.answers import ApiError, ErrorTexts, Reply, failure, success
from syncd.simulator.calls import Call, Context, Outcome
from syncd.simulator.company import Company
from syncd.simulator.endpoints import ENDPOINTS, Endpoint
from syncd.simulator.entities import Regime
from syncd.simulator.faults import BESIDE, Fault, Faults, Kind
from syncd.simulator.generate import build_company
from syncd.simulator.mailroom import Mailroom
from syncd.simulator.mutations import mutate
from syncd.simulator.options import COMPANY_OPTIONS, SimulatorOptions
from syncd.simulator.pages import Pages
from syncd.simulator.quotas import Quotas
from syncd.simulator.rates import Rates
from syncd.simulator.shelf import Shelf
from syncd.simulator.spoiling import spoilt
from syncd.simulator.tokens import Tokens
from syncd.simulator.vain_lookups import VainLookups
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
        given: bool = False,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take over a company; nothing listens yet.

        Args:
            company: What is served.
            options: How it behaves.
            given: The company was not made by the options, so they cannot make it anew.
            clock: Monotonic seconds.
            now: Seconds since the epoch.
        """
        self._clock = clock
        self._now = now
        self._first = company.parts(), options
        self._given = given or options.company_file is not None
        self.in_flight = 0
        self._texts = ErrorTexts(self.now)
        self._begin(company, options)

    def _begin(self, company: Company, options: SimulatorOptions) -> None:
        self._ahead = 0.0
        self.company = company
        self.options = options
        self.faults = Faults(options.seed)
        self.rates = Rates(options.per_minute, options.concurrency, self.clock)
        self._vain_lookups = VainLookups(self.clock)
        self.tokens = Tokens(
            company,
            life=options.token_life,
            clock=self.clock,
            expired_errcode=options.expired_errcode,
        )
        self._views = Views(company)
        self._pages = Pages(company)
        self._msgids, self._media_ids = itertools.count(1), itertools.count(1)
        self.counts: Counter[str] = Counter()
        self.log: deque[tuple[str, Mapping[str, Any], int | None]] = deque(maxlen=_LOG_LENGTH)
        self.reset_counts()

    def clock(self) -> float:
        """Return monotonic seconds, ahead by what `advance` was asked for."""
        return self._clock() + self._ahead

    def now(self) -> float:
        """Return seconds since the epoch, ahead by what `advance` was asked for."""
        return self._now() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass for tokens, limits, media, recalls and whatever else ages.

        Raises:
            UsageError: Time does not go back.
        """
        if seconds < 0:
            raise UsageError("Time does not go back.")
        self._ahead += seconds

    def start_over(
        self, given: Mapping[str, Any] | None = None, company: Company | None = None
    ) -> None:
        """Be as after the start: nothing changed, called, sent, or set.

        Args:
            given: Options that differ from those of the start, as JSON values.
            company: Another company; else that of the start, made anew where an option that
                describes it was given.

        Raises:
            UsageError: An option is unknown, or describes a company that was not made.
        """
        parts, first = self._first
        asked = dict(given or {})
        if {"users", "departments"} & set(asked):
            asked.setdefault("shape", "sized")  # the demonstration's company has its own size
        options = first.updated(asked)
        if fixed := sorted({"host", "port"} & set(asked)):
            raise UsageError(f"A simulator that runs keeps its {' and '.join(fixed)}.")
        described = sorted(COMPANY_OPTIONS & set(given or {}))
        if described and (self._given or company is not None):
            raise UsageError(
                f"The company was given, so {', '.join(described)} cannot describe it.",
                hint="Change it by mutations such as range, app and contacts.",
            )
        if company is None:
            company = build_company(options) if described else Company(**parts)
        self._begin(company, options)

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
        outcome = spoilt(reply, faults)
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
        self._set_quotas()

    def prepare(self) -> None:
        """Put the pages of `user/list` together for everybody who may read them."""
        identities = [Identity(app.agentid) for app in self.company.apps]
        if self.company.contacts.regime is Regime.OLD_IP:
            identities.append(Identity(None))
        for identity in identities:
            for department in self._views.of(identity).department_ids:
                context = self._context(identity, {"department_id": department})
                ENDPOINTS["user/list"].answer(context)

    def reset_counts(self) -> None:
        """Forget what was called, what was uploaded, and what was received; ids go on."""
        self.counts.clear()
        self.log.clear()
        self.mailroom = Mailroom(self.now, Quotas(self.now), self._msgids)
        self.shelf = Shelf(self.now, self._media_ids)
        self._set_quotas()
        self.peak_in_flight = self.in_flight

    def _set_quotas(self) -> None:
        quotas, options = self.mailroom.quotas, self.options
        quotas.member_per_minute = options.member_per_minute
        quotas.member_per_hour = options.member_per_hour
        quotas.per_day = options.person_messages_per_day

    def _reply(
        self, call: Call, endpoint: str, parameters: Mapping[str, Any], faults: Sequence[Fault]
    ) -> Reply:
        ip = self.options.caller_ip or call.ip
        for fault in faults:
            if fault.kind is Kind.ERRCODE:
                return self._asked_error(fault, ip)
            if not fault.carried_out and fault.kind not in BESIDE:
                return success({})  # nobody gets to see it
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
            self._vain_lookups.admit(endpoint)
            return asked.answer(self._context(identity, parameters, call.body, call.content_type))
        except ApiError as error:
            self._vain_lookups.note(endpoint, error.errcode, len(self.company.members))
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

    def _context(
        self,
        identity: Identity,
        parameters: Mapping[str, Any],
        body: bytes = b"",
        content_type: str = "",
    ) -> Context:
        return Context(
            company=self.company,
            identity=identity,
            view=self._views.of(identity),
            pages=self._pages,
            mailroom=self.mailroom,
            shelf=self.shelf,
            parameters=parameters,
            raw_body=body,
            content_type=content_type,
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
