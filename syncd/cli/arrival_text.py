"""Says what became of messages to somebody, and why one did not arrive."""

from collections.abc import Mapping, Sequence
from typing import Any

from syncd.cli.output import Column, printable, retold, say, show_table
from syncd.model.arrival import Arrival, Check, SentTo, Verdict
from syncd.text import Text, term, text

CHECKS: Mapping[Check, Text] = {
    Check.RECIPIENT: text("in the recipient list"),
    Check.SENT: text("sent"),
    Check.RECALLED: text("not taken back"),
    Check.RATE: text("within WeCom's limits"),
    Check.APP: text("app switched on"),
    Check.RANGE: text("in the visible range"),
    Check.ACTIVATED: text("account activated"),
    Check.LICENCE: text("licensed"),
    Check.STOPPED: text("app not stopped by the person"),
    Check.PLUGIN: text("receiving switched on in WeChat"),
    Check.MUTED: text("not muted"),
}
VERDICTS: Mapping[Verdict, Text] = {
    Verdict.OK: text("ok"),
    Verdict.IS_IT: text("this is it"),
    Verdict.CANNOT_TELL: text("cannot tell"),
    Verdict.ASK_PERSON: text("ask the person"),
}
_MESSAGES = (
    Column(text("message"), numeric=True),
    Column(text("kind")),
    Column(text("status")),
    Column(text("delivered")),
    Column(text("reason")),
    Column(text("error")),
)
_ITEMS = (Column(text("item")), Column(text("verdict")), Column(text("means")))


def show_messages(messages: Sequence[SentTo], arrival: Arrival | None) -> None:
    """Print the last messages, and the checklist for the one that is asked about."""
    if messages:
        say(text("\n{title}", title=text("Messages")))
        show_table(_MESSAGES, [_row(one) for one in messages])
    if arrival is not None:
        show_arrival(arrival)
    elif messages:
        say(text("syncd explain USER --message ID --ask goes through why one did not arrive."))


def show_arrival(arrival: Arrival) -> None:
    """Print the checklist for one message to one person."""
    number = arrival.facts.message.id
    title = text("Why message {id} did not arrive", id=number)
    say(text("\n{title}", title=title))
    rows = [(CHECKS[one.check], VERDICTS[one.verdict], retold(one.said)) for one in arrival.items]
    show_table(_ITEMS, rows)


def _row(one: SentTo) -> tuple[object, ...]:
    error = retold(printable(one.error)) if one.error else ""
    status = term(one.status)
    return (one.message_id, printable(one.msgtype), status, one.delivered_at, one.reason, error)


def message_document(one: SentTo) -> dict[str, Any]:
    """Return a message that was for somebody as JSON values."""
    return {
        "id": one.message_id,
        "msgtype": one.msgtype,
        "status": one.status,
        "reason": one.reason,
        "error": one.error,
        "delivered_at": one.delivered_at,
    }


def arrival_document(one: Arrival) -> dict[str, Any]:
    """Return the checklist as JSON values."""
    return {
        "message": one.facts.message.id,
        "was_asked": one.facts.asked is not None,
        "items": [
            {"item": each.check.value, "verdict": each.verdict.value, "text": str(each.said)}
            for each in one.items
        ],
    }
