"""One call as it came in, what its handler is given, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from syncd.simulator.answers import ApiError, Reply
from syncd.simulator.company import Company
from syncd.simulator.mailroom import Mailroom
from syncd.simulator.pages import Pages
from syncd.simulator.shelf import Shelf
from syncd.simulator.views import Identity, View


@dataclass(frozen=True, slots=True)
class Call:
    """A request after HTTP: method, path, query, body, and where it came from."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    ip: str
    content_type: str = ""


class Ending(Enum):
    """How a connection is left after a call."""

    ANSWER = auto()  #: the whole answer, the connection stays
    HALF = auto()  #: half of the answer's body, then closed
    CLOSE = auto()  #: nothing, closed
    RESET = auto()  #: nothing, reset


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a call: the answer, after how many more seconds, and the ending."""

    reply: Reply
    delay: float = 0.0
    ending: Ending = Ending.ANSWER


@dataclass(frozen=True, slots=True)
class Context:
    """All that the handler of an endpoint may use."""

    company: Company
    identity: Identity
    view: View
    pages: Pages
    mailroom: Mailroom
    shelf: Shelf
    parameters: Mapping[str, Any]  #: the query, and the body's top level for POST
    raw_body: bytes = field(repr=False, default=b"")
    content_type: str = ""  #: of the body
    out_of_range_errcode: int = 60111

    def text(self, name: str) -> str:
        """Return a parameter as text, empty when it was not given."""
        value = self.parameters.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str) -> int | None:
        """Return a parameter as an integer, None when it was not given.

        Raises:
            ApiError: 40058, it is no integer.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise ApiError(40058, field=f"{name} not an integer") from None
