"""The control interface under `/_simulator/`: watch and steer a running simulator."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from syncd.errors import SyncdError, UsageError
from syncd.simulator.answers import Reply
from syncd.simulator.api import Api
from syncd.simulator.calls import Call
from syncd.simulator.company_file import dump_company, load_company
from syncd.simulator.faults import Fault
from syncd.simulator.mutations import mutate

PREFIX = "/_simulator/"


class Control:
    """Answers the control calls; each answer is JSON, a refused one has `error` and `hint`."""

    def __init__(self, api: Api) -> None:
        """Steer this API."""
        self._api = api
        self._table: Mapping[tuple[str, str], Callable[[Call, Any], Any]] = {
            ("GET", "state"): self._state,
            ("GET", "calls"): self._calls,
            ("GET", "ledger"): self._ledger,
            ("GET", "media"): self._media,
            ("GET", "company"): self._company,
            ("GET", "faults"): self._faults,
            ("POST", "mutate"): self._mutate,
            ("POST", "fault"): self._fault,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "tokens/expire"): self._expire,
            ("POST", "options"): self._options,
            ("POST", "clock"): self._advance,
            ("POST", "reset"): self._reset,
            ("POST", "start_over"): self._start_over,
        }

    def answer(self, call: Call) -> Reply:
        """Return the answer to a control call."""
        name = call.path.removeprefix(PREFIX)
        handler = self._table.get((call.method, name))
        if handler is None:
            known = ", ".join(f"{method} {path}" for method, path in self._table)
            return _refusal(404, f"There is no {call.method} {name}.", f"Known are: {known}.")
        try:
            body = orjson.loads(call.body) if call.body else {}
            with self._api.company.lock:
                answer = handler(call, body)
        except SyncdError as error:
            return _refusal(400, error.message, error.hint)
        except (orjson.JSONDecodeError, TypeError, ValueError, KeyError, AttributeError) as error:
            return _refusal(400, f"The request is not what {name} takes: {error!r}", "")
        return Reply(orjson.dumps(answer), errcode=None)

    def _state(self, _: Call, __: Any) -> Any:
        company, api = self._api.company, self._api
        return {
            "corp_id": company.corp_id,
            "apps": [{"agentid": app.agentid, "secret": app.secret} for app in company.apps],
            "contacts_secret": company.contacts.secret,
            "users": len(company.members),
            "departments": len(company.departments),
            "version": company.version,
            "calls": api.counts.total(),
            "in_flight": api.in_flight,
        }

    def _calls(self, call: Call, _: Any) -> Any:
        shown: dict[str, Any] = {
            "counts": dict(self._api.counts),
            "total": self._api.counts.total(),
            "peak_in_flight": self._api.peak_in_flight,
        }
        if call.query.get("log"):
            shown["log"] = [
                {"endpoint": endpoint, "parameters": parameters, "errcode": errcode}
                for endpoint, parameters, errcode in self._api.log
            ]
        return shown

    def _ledger(self, call: Call, _: Any) -> Any:
        room, userid = self._api.mailroom, call.query.get("userid")
        return {
            "ledger": [receipt.answer() for receipt in room.receipts(userid)],
            "missed": [miss.answer() for miss in room.misses(userid)],
        }

    def _media(self, _: Call, __: Any) -> Any:
        return {
            "media": [
                {
                    "media_id": one.media_id,
                    "type": one.kind,
                    "filename": one.filename,
                    "size": len(one.content),
                    "sha256": hashlib.sha256(one.content).hexdigest(),
                    "at": one.at,
                }
                for one in self._api.shelf.all()
            ]
        }

    def _company(self, _: Call, __: Any) -> Any:
        return dump_company(self._api.company)

    def _faults(self, _: Call, __: Any) -> Any:
        return {
            "faults": [
                {"number": rule.number, "seen": rule.seen, "used": rule.used, **asdict(rule.fault)}
                for rule in self._api.faults.rules
            ]
        }

    def _mutate(self, _: Call, body: Any) -> Any:
        departments = mutate(self._api.company, body)
        return {"version": self._api.company.version, "departments": departments}

    def _fault(self, _: Call, body: Any) -> Any:
        return {"number": self._api.faults.add(Fault.of(body))}

    def _clear_faults(self, call: Call, _: Any) -> Any:
        number = call.query.get("number")
        self._api.faults.clear(None if number is None else int(number))
        return {}

    def _expire(self, _: Call, body: Any) -> Any:
        errcode = int(body.get("errcode", 42001))
        if errcode not in (40014, 42001):
            raise UsageError("A token ends with 40014 or 42001.")
        return {"ended": self._api.tokens.end(errcode, body.get("secret"))}

    def _options(self, _: Call, body: Any) -> Any:
        self._api.set_options(body)
        return {}

    def _advance(self, _: Call, body: Any) -> Any:
        self._api.advance(float(body["seconds"]))
        return {"now": self._api.now()}

    def _start_over(self, _: Call, body: Any) -> Any:
        company = body.get("company")
        self._api.start_over(
            body.get("options"), None if company is None else load_company(company)
        )
        return {}

    def _reset(self, _: Call, __: Any) -> Any:
        self._api.reset_counts()
        return {}


def _refusal(status: int, error: str, hint: str) -> Reply:
    return Reply(orjson.dumps({"error": error, "hint": hint}), status=status, errcode=None)
