"""The control interface from Python: the same calls over HTTP, for tests and demonstrations."""

import http.client
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypedDict
from urllib.parse import quote, urlsplit

import orjson

from syncd.errors import UsageError
from syncd.simulator.company import Company
from syncd.simulator.company_file import dump_company, load_company
from syncd.simulator.control import PREFIX

_TIMEOUT = 60.0


class LoggedCall(TypedDict):
    """A call that the simulator answered."""

    endpoint: str  #: as in the URL after /cgi-bin/
    parameters: dict[str, Any]  #: query and body, without token and secret
    errcode: int | None  #: None where the answer has none, such as a file or a proxy's page


class ReceivedMessage(TypedDict):
    """A message as one member has it before them."""

    userid: str
    agentid: int
    msgid: str
    msgtype: str
    content: Any  #: the object of the message's type, cut and translated as WeCom does
    safe: int
    at: float  #: seconds since the epoch
    recalled_at: float | None  #: seconds since the epoch
    update: Any  #: what `message/update_template_card` made of it, or None


class MissedMessage(TypedDict):
    """A message that was accepted for a member who has not received it."""

    userid: str
    agentid: int
    msgid: str
    msgtype: str
    at: float  #: seconds since the epoch
    reason: str  #: disabled, not_activated, left, too_many


class UploadedMedium(TypedDict):
    """A file that was uploaded."""

    media_id: str
    type: str  #: image, voice, video, file
    filename: str
    size: int  #: bytes
    sha256: str
    at: float  #: seconds since the epoch


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

    def log(self) -> list[LoggedCall]:
        """Return the calls in order, the last 20,000 of them; secrets left out."""
        return list(self._ask("GET", "calls?log=1")["log"])

    def ledger(self, userid: str | None = None) -> list[ReceivedMessage]:
        """Return the messages that everybody, or one member, received, the oldest first."""
        return list(self._ask("GET", f"ledger{_of(userid)}")["ledger"])

    def missed(self, userid: str | None = None) -> list[MissedMessage]:
        """Return the messages that were accepted and did not reach everybody, or one member."""
        return list(self._ask("GET", f"ledger{_of(userid)}")["missed"])

    def media(self) -> list[UploadedMedium]:
        """Return the files that were uploaded, the oldest first."""
        return list(self._ask("GET", "media")["media"])

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

    def advance(self, by: timedelta) -> None:
        """Let time pass for all that ages: tokens, limits, media, recalls, cards, duplicates.

        Raises:
            UsageError: Time does not go back.
        """
        self._ask("POST", "clock", {"seconds": by.total_seconds()})

    def reset_counts(self) -> None:
        """Forget calls, log, uploads and ledger; company, tokens and faults stay."""
        self._ask("POST", "reset")

    def start_over(self, company: Company | None = None, **options: Any) -> None:
        """Be as after the start: company, options, clock; no calls, tokens, faults, messages.

        Args:
            company: Another company, until the next time.
            **options: Options of `SimulatorOptions` that differ, until the next time; times in
                seconds. Those that describe a company make it anew.

        Raises:
            UsageError: An option is unknown, or describes a company that was given.
        """
        dumped = None if company is None else dump_company(company)
        self._ask("POST", "start_over", {"options": options, "company": dumped})

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

    def add_department(self, name: str, parentid: int = 1, **fields: Any) -> int:
        """A department comes into being; return its id, the next free one unless given."""
        asked = {"op": "create_department", "name": name, "parentid": parentid, **fields}
        return int(self._ask("POST", "mutate", asked)["departments"][0])

    def change_department(self, department: int, **fields: Any) -> None:
        """Fields of a department take other values: name, parentid, order and so on."""
        self.mutate({"op": "change_department", "id": department, **fields})

    def remove_department(self, department: int) -> None:
        """A department goes; those who were only in it are in its parent."""
        self.mutate({"op": "delete_department", "id": department})

    def rename_department(self, department: int, name: str) -> None:
        """A department has another name."""
        self.mutate({"op": "rename_department", "id": department, "name": name})

    # ── who may do what ──────────────────────────────────────────────────────

    def set_range(
        self,
        *,
        users: Sequence[str] = (),
        parties: Sequence[int] = (),
        tags: Sequence[int] = (),
        agent_id: int | None = None,
    ) -> None:
        """An app (the first, when none is named) sees exactly this from now on."""
        seen = {"users": list(users), "parties": list(parties), "tags": list(tags)}
        self.mutate({"op": "range", "agentid": self._app(agent_id), **seen})

    def change_app(self, *, agent_id: int | None = None, **fields: Any) -> None:
        """Fields of an app take other values, such as fields_withheld, trusted_ips, closed."""
        self.mutate({"op": "app", "agentid": self._app(agent_id), **fields})

    def change_contacts(self, **fields: Any) -> None:
        """The contacts secret changes: regime, editing, trusted_ips, secret."""
        self.mutate({"op": "contacts", **fields})

    def _app(self, agent_id: int | None) -> int:
        return int(self.state()["apps"][0]["agentid"]) if agent_id is None else agent_id

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


def _of(userid: str | None) -> str:
    return "" if userid is None else f"?userid={quote(userid)}"
