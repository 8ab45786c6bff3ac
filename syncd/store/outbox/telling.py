"""What the audit log tells of deliveries: how each of them ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from syncd.store.chain import Journal


@dataclass(slots=True)
class Outcomes:
    """Lines of one transaction; the chain's row is locked as its last step, and only for them."""

    connection: Connection
    at: datetime
    actor: str
    personal: bool
    _ended: list[dict[str, Any]] = field(default_factory=list)
    _events: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def ended(
        self,
        *,
        message_id: int,
        user_id: int | None,
        external_id: str | None,
        source: str | None,
        status: str,
        reason: str | None = None,
        recipient: str | None = None,
        call_id: int | None = None,
        error_code: int | None = None,
    ) -> None:
        """Note that a delivery is over."""
        line: dict[str, Any] = {
            "message_id": message_id,
            "user_id": user_id,
            "external_id": external_id,
            "recipient": recipient,
            "source": source,
            "status": status,
            "reason": reason,
            "call_id": call_id,
            "error_code": error_code,
        }
        self._ended.append(line)

    def event(self, name: str, fields: Mapping[str, Any]) -> None:
        """Note anything else."""
        self._events.append((name, fields))

    def __bool__(self) -> bool:
        """Return whether there is anything to tell."""
        return bool(self._ended or self._events)

    def write(self) -> None:
        """Add the lines to the chain; nothing else may be locked after this."""
        if not self:
            return
        journal = Journal(
            self.connection,
            at=self.at,
            actor=self.actor,
            run_id=None,
            personal=self.personal,
        )
        if journal.pseudonyms is not None:
            hide = journal.pseudonyms.hide
            for line in self._ended:
                for name in ("external_id", "recipient"):
                    if line[name] is not None:
                        line[name] = hide(line[name])
        if self._ended:
            journal.lines("delivery_ended", [orjson.dumps(one)[1:-1] for one in self._ended])
        for name, fields in self._events:
            journal.event(name, fields)
        journal.close()
