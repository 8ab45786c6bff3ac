"""The control interface from Python: the same calls over HTTP, for tests and demonstrations."""

import http.client
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from syncd.errors import UsageError
from syncd.simulator.company import Company
from syncd.simulator.company_file import load_company
from syncd.simulator.control import PREFIX

_TIMEOUT = 60.0


class Steering:
    """Steers a running simulator through its control interface, wherever it runs."""

    base_url: str  #: without /cgi-bin, as a configuration has it

    def __init__(self, base_url: str) -> None:
        """Steer the simulator at this address."""
        self.base_url = base_url

    def state(self) -> dict[str, Any]:
        """Return what the simulator is: ids, secrets, sizes, version, calls so far."""
        return self._ask("GET", "state")

    def company_now(self) -> Company:
        """Return a copy of the company as it is now."""
        return load_company(self._ask("GET", "company"))

    # ── watching ─────────────────────────────────────────────────────────────

    def calls(self) -> dict[str, int]:
        """Return the number of calls by endpoint (`user/list`), refused ones included."""
        return dict(self._ask("GET", "calls")["counts"])

    def peak_in_flight(self) -> int:
        """Return the largest number of calls that were answered at the same time."""
        return int(self._ask("GET", "calls")["peak_in_flight"])

    def log(self) -> list[dict[str, Any]]:
        """Return the calls in order: endpoint, parameters, errcode; secrets left out."""
        return list(self._ask("GET", "calls?log=1")["log"])

    def ledger(self, userid: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that everybody, or one member, received, the oldest first."""
        query = "" if userid is None else f"?userid={quote(userid)}"
        return list(self._ask("GET", f"ledger{query}")["ledger"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the fault rules in force, with how many calls each has seen and spoilt."""
        return list(self._ask("GET", "faults")["faults"])

    # ── steering ─────────────────────────────────────────────────────────────

    def mutate(self, *mutations: Mapping[str, Any]) -> int:
        """Carry mutations out, nobody reading in between; return the company's version.

        Raises:
            UsageError: A mutation is not one, or names what is not there.
        """
        return int(self._ask("POST", "mutate", list(mutations))["version"])

    def fault(self, kind: str, endpoint: str = "*", **conditions: Any) -> int:
        """Put a fault rule into force and return its number; see `faults.Fault`.

        Raises:
            UsageError: The rule is not one.
        """
        rule = {"kind": kind, "endpoint": endpoint, **conditions}
        return int(self._ask("POST", "fault", rule)["number"])

    def clear_faults(self) -> None:
        """Lift all fault rules."""
        self._ask("DELETE", "faults")

    def expire_tokens(self, errcode: int = 42001, secret: str | None = None) -> int:
        """End all tokens, or those of one secret; return how many ended.

        Args:
            errcode: What a call with such a token is answered, 42001 or 40014.
            secret: Only the token of this secret.
        """
        answer = self._ask("POST", "tokens/expire", {"errcode": errcode, "secret": secret})
        return int(answer["ended"])

    def set_options(self, **options: Any) -> None:
        """Change behaviour: latency (seconds), per_minute, concurrency, caller_ip and so on."""
        self._ask("POST", "options", options)

    def reset_counts(self) -> None:
        """Forget calls, log and ledger; company, tokens and faults stay."""
        self._ask("POST", "reset")

    # ── the commonest mutations by name ──────────────────────────────────────

    def hire(self, userid: str, name: str, department: Sequence[int], **fields: Any) -> None:
        """A new member joins."""
        asked = {"op": "hire", "userid": userid, "name": name, "department": list(department)}
        self.mutate({**asked, **fields})

    def leave(self, userid: str) -> None:
        """A member leaves the corporation."""
        self.mutate({"op": "leave", "userid": userid})

    def move(self, userid: str, department: Sequence[int]) -> None:
        """A member is in these departments from now on."""
        self.mutate({"op": "move", "userid": userid, "department": list(department)})

    def change(self, userid: str, *, without: Sequence[str] = (), **fields: Any) -> None:
        """Fields of a member take other values; the keys in `without` are no longer sent."""
        self.mutate({"op": "change", "userid": userid, "fields": fields, "without": list(without)})

    def rename_department(self, department: int, name: str) -> None:
        """A department has another name."""
        self.mutate({"op": "rename_department", "id": department, "name": name})

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=_TIMEOUT)
        try:
            sent = None if body is None else orjson.dumps(body)
            connection.request(method, PREFIX + path, body=sent)
            response = connection.getresponse()
            answer: dict[str, Any] = orjson.loads(response.read())
        finally:
            connection.close()
        if "error" in answer:
            raise UsageError(answer["error"], hint=answer.get("hint", ""))
        return answer
