"""Why a message did not arrive: gathers what the store knows, asks WeCom, goes through the list."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

from syncd.errors import SyncdError, UsageError
from syncd.model.arrival import Arrival, ArrivalFacts, Asked, SentTo
from syncd.model.message import DeliveryStatus
from syncd.model.pause import pause_of_outbox
from syncd.services.arrival_checklist import CLOSED, checklist
from syncd.store.store import Store
from syncd.text import text

#: So many messages of a person are listed.
LISTED: Final = 5


class Asking(Protocol):
    """What answers for WeCom: a client with the app's secret."""

    def get_agent(self) -> dict[str, Any]:
        """Return `agent/get`."""

    def get_user(self, userid: str) -> dict[str, Any]:
        """Return `user/get`."""


#: Returns who answers for a source; None where nobody does.
Asker = Callable[[str], Asking | None]


def worth_a_look(messages: Sequence[SentTo], *, is_asked: bool) -> int | None:
    """Return the newest message that did not arrive; where somebody asks, the newest of all.

    One that WeCom has taken may still not have arrived, which only the person can know.
    """
    missing = (one for one in messages if one.status != DeliveryStatus.DELIVERED)
    chosen = next(missing, messages[0] if is_asked and messages else None)
    return None if chosen is None else chosen.message_id


def look_into(
    store: Store,
    user_id: int,
    message_id: int,
    now: datetime,
    *,
    source: str | None = None,
    asker: Asker | None = None,
) -> Arrival:
    """Return the checklist for one message to one person.

    Args:
        store: The store.
        user_id: The person.
        message_id: The message.
        now: The time, for maintenance windows.
        source: The source that sends where the message names none.
        asker: Whom to ask; None asks nobody.

    Raises:
        UsageError: There is no such message.
    """
    message = store.arrivals.message(message_id)
    if message is None:
        raise UsageError(
            text("There is no message {id}.", id=message_id),
            hint=text("syncd explain USER lists the last messages of a person."),
        )
    delivery = store.arrivals.delivery(message_id, user_id)
    sender = (delivery and delivery.source) or message.source or source
    facts = ArrivalFacts(
        message,
        delivery,
        store.arrivals.person(user_id, sender),
        stopped=store.arrivals.stopped(sender) if sender is not None else None,
        is_paused=pause_of_outbox(store.pauses(), now) is not None,
        asked=_ask(store, user_id, sender, asker),
    )
    return Arrival(facts, checklist(facts))


def _ask(store: Store, user_id: int, source: str | None, asker: Asker | None) -> Asked | None:
    """Return what WeCom says of app and person: two calls."""
    asking = asker(source) if asker is not None and source is not None else None
    if asking is None or source is None:
        return None
    app = _ask_app(asking)
    userid = store.arrivals.external_id(user_id, source)
    if userid is None:
        return app
    try:
        status = asking.get_user(userid).get("status")
    except SyncdError as error:
        return replace(app, code=_code(error), person_error=error.message)
    return replace(app, status=status if isinstance(status, int) else None)


def _ask_app(asking: Asking) -> Asked:
    try:
        return Asked(is_closed=bool(asking.get_agent().get("close")))
    except SyncdError as error:
        # An app that is switched off may answer nothing else.
        is_closed = True if _code(error) == CLOSED else None
        return Asked(is_closed, error.message, _code(error))


def _code(error: SyncdError) -> int | None:
    """Return WeCom's code, where it has answered with one."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else None
