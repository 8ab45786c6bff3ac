"""How messages and what became of them are shown."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from syncd.cli.output import Column, age, moment, printable, retold, show_table
from syncd.config.duration import parse_duration
from syncd.errors import UsageError
from syncd.model.message import DeliveryStatus, Reason
from syncd.services.deliver import Drained
from syncd.services.outbox_by_hand import REASONS, CancelReport
from syncd.store.outbox.look import StoredCall, StoredDelivery, StoredMessage
from syncd.store.outbox.retrying import Retried
from syncd.text import Text, joined, plural, term, text

#: Characters of a content, and of a list of recipients, that a line shows.
_CONTENT = 200
_RECIPIENT = 40


def read_age(words: str) -> timedelta:
    """Return the length of time that an option names.

    Raises:
        UsageError: It names none.
    """
    try:
        return parse_duration(words)
    except ValueError as error:
        raise UsageError(
            text("--older-than {words!r} is no length of time.", words=words),
            hint=text('Write for example "10m", "2h" or "3d".'),
        ) from error


def read_reason(word: str | None) -> str | None:
    """Return a word of `Reason`.

    Raises:
        UsageError: It is none.
    """
    if word is None or word in set(Reason):
        return word
    raise UsageError(
        text("There is no reason {word!r}.", word=word),
        hint=text("Reasons: {words}.", words=", ".join(Reason)),
    )


def show_messages(found: Sequence[StoredMessage], now: datetime) -> None:
    """Print messages as a table."""
    columns = [
        Column(text("id"), numeric=True),
        Column(text("queued")),
        Column(text("to")),
        Column(text("kind")),
        Column(text("status")),
        Column(text("people"), numeric=True),
        Column(text("deliveries")),
        Column(text("why")),
    ]
    rows = [
        [
            one.id,
            age(one.created_at, now) if one.created_at is not None else "-",
            _short(one.recipient, _RECIPIENT),
            _short(one.msgtype, _RECIPIENT),
            term(one.status),
            one.people,
            _counts(one),
            one.reason,
        ]
        for one in found
    ]
    show_table(columns, rows)


def _counts(one: StoredMessage) -> Text:
    return joined(
        ", ",
        [
            text("{number} {status}", number=number, status=term(status))
            for status, number in sorted(one.deliveries.items())
        ],
    )


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def message_lines(
    message: StoredMessage,
    deliveries: Sequence[StoredDelivery],
    calls: Sequence[StoredCall],
    now: datetime,
) -> Iterator[str]:
    """Yield what a person reads of one message."""
    yield text(
        "Message {id}: {status}, {msgtype} to {recipient}",
        id=message.id,
        status=term(message.status),
        msgtype=printable(message.msgtype),
        recipient=printable(message.recipient),
    )
    yield from _times(message, now)
    yield text("  content: {content}", content=printable(_short(_shown(message), _CONTENT)))
    if message.reason is not None:
        yield from _reason_lines(message.reason, "  ")
    if message.error:
        yield text("  {error}", error=retold(printable(message.error)))
    yield from _delivery_lines(message, deliveries)
    for one in calls:
        yield from _call_lines(one)


def _times(message: StoredMessage, now: datetime) -> Iterator[Text]:
    if message.created_at is not None:
        yield text(
            "  queued {age} ({at})", age=age(message.created_at, now), at=moment(message.created_at)
        )
    if message.source is not None:
        yield text("  sent by {source}", source=printable(message.source))
    if message.dedupe_key is not None:
        yield text("  dedupe key: {key}", key=printable(message.dedupe_key))
    if message.priority:
        yield text("  priority: {number}", number=message.priority)
    if message.not_before is not None:
        yield text("  not before {at}", at=moment(message.not_before))
    if message.expires_at is not None:
        yield text("  not after {at}", at=moment(message.expires_at))
    if message.approved_at is not None:
        yield text("  let go by a person at {at}", at=moment(message.approved_at))
    if message.finished_at is not None:
        yield text("  over since {at}", at=moment(message.finished_at))


def _shown(message: StoredMessage) -> str:
    content = message.content
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _reason_lines(reason: str, margin: str) -> Iterator[Text]:
    known = REASONS.get(reason)
    if known is None:
        yield text("{margin}{reason}", margin=margin, reason=reason)
        return
    means, advice = known
    yield text("{margin}{reason}: {means}.", margin=margin, reason=reason, means=means)
    yield text("{margin}  {advice}", margin=margin, advice=advice)


def _delivery_lines(message: StoredMessage, deliveries: Sequence[StoredDelivery]) -> Iterator[Text]:
    total = sum(message.deliveries.values())
    if not total:
        yield text("  nobody has been looked for yet")
        return
    yield plural(
        total,
        "  {number:,} recipient: {counts}",
        "  {number:,} recipients: {counts}",
        counts=_counts(message),
    )
    for one in deliveries:
        yield text("    {who}: {what}", who=_who(one), what=_what(one))
    if total > len(deliveries):
        yield text("    … and {number:,} more; --all lists them", number=total - len(deliveries))
    for reason in dict.fromkeys(one.reason for one in deliveries if one.reason):
        yield from _reason_lines(reason, "  ")


def _who(one: StoredDelivery) -> str:
    name = one.name or one.recipient or one.external_id or f"user:{one.user_id}"
    key = one.userid or one.external_id
    return printable(f"{name} ({key})" if key is not None and key != name else name)


def _what(one: StoredDelivery) -> Text:
    said: list[str] = [term(one.status)]
    if one.reason is not None:
        said.append(one.reason)
    if one.delivered_at is not None:
        said.append(moment(one.delivered_at))
    if one.attempts:
        said.append(plural(one.attempts, "{number:,} attempt", "{number:,} attempts"))
    if one.status == "pending" and one.next_attempt_at is not None:
        said.append(text("again at {at}", at=moment(one.next_attempt_at)))
    if one.call_id is not None:
        said.append(text("call {id}", id=one.call_id))
    if one.status != "delivered" and (one.last_error or one.last_error_code is not None):
        said.append(retold(printable(one.last_error or str(one.last_error_code))))
    return joined(", ", said)


def _call_lines(one: StoredCall) -> Iterator[Text]:
    yield text(
        "  Call {id} by {source}: {status}, {attempts}, first at {at}",
        id=one.id,
        source=one.source,
        status=term(one.status),
        attempts=plural(one.attempts, "{number:,} attempt", "{number:,} attempts"),
        at=moment(one.first_sent_at),
    )
    if one.msgid is not None:
        yield text("    WeCom's msgid: {msgid}", msgid=printable(one.msgid))
    if one.shared_with:
        others = joined(", ", map(str, one.shared_with))
        yield text("    brought message {others} too", others=others)
    if one.error:
        yield text("    {error}", error=retold(printable(one.error)))
    if one.settled_at is None and one.repeat_at is not None:
        yield text("    repeated as it is at {at}", at=moment(one.repeat_at))
    if one.settled_at is None and one.host is not None:
        yield text("    held by process {pid} on {host}", pid=one.pid, host=printable(one.host))
    if one.recalled_at is not None:
        yield text("    taken back at {at}", at=moment(one.recalled_at))


def retried_lines(message_id: int, done: Retried) -> Iterator[Text]:
    """Yield what became of a message that was to be sent again."""
    if done.deliveries is None:
        yield text("Message {id} is queued again.", id=message_id)
    else:
        yield plural(
            done.deliveries,
            "{number:,} delivery of message {id} is due again.",
            "{number:,} deliveries of message {id} are due again.",
            id=message_id,
        )
    for reason, number in sorted(done.left.items()):
        yield plural(
            number,
            "{number:,} delivery stays dead: {reason}.",
            "{number:,} deliveries stay dead: {reason}.",
            reason=reason or "-",
        )


def cancelled_lines(message_id: int, report: CancelReport) -> Iterator[Text]:
    """Yield what became of a message that was cancelled."""
    done = report.cancelled
    if done.was_queued:
        yield text("Message {id} is cancelled; nobody got it.", id=message_id)
    if done.deliveries:
        yield plural(
            done.deliveries,
            "{number:,} waiting delivery is cancelled.",
            "{number:,} waiting deliveries are cancelled.",
        )
    if done.being_sent:
        yield plural(
            done.being_sent,
            "{number:,} delivery is being sent; once it is over, cancel again to take it back.",
            "{number:,} deliveries are being sent; once they are over, cancel again to take them "
            "back.",
        )
    if report.recalled:
        yield plural(
            report.recalled,
            "Taken back from {number:,} person.",
            "Taken back from {number:,} people.",
        )
    for left in report.left:
        yield plural(
            left.call.people,
            "Not taken back from {number:,} person (call {id}): {why}",
            "Not taken back from {number:,} people (call {id}): {why}",
            id=left.call.id,
            why=left.why,
        )


def drained_lines(done: Drained) -> Iterator[Text]:
    """Yield what a pass has delivered."""
    yield text(
        "Delivered: {delivered}, by {calls}",
        delivered=plural(done.delivered, "{number:,} delivery", "{number:,} deliveries"),
        calls=plural(done.sent, "{number:,} call", "{number:,} calls"),
    )
    if done.dead:
        yield text("Dead: {number:,}; syncd outbox stats says why", number=done.dead)
    if done.waiting:
        yield text("Waiting: {number:,}", number=done.waiting)
    for source, why in sorted(done.unreachable.items()):
        yield text("{source}: {why}", source=printable(source), why=retold(printable(why)))


def lone_missing(deliveries: Sequence[StoredDelivery]) -> int | None:
    """Return who did not get a message that was for one person alone; None for any other."""
    missing = [one.user_id for one in deliveries if one.status != DeliveryStatus.DELIVERED]
    return missing[0] if len(deliveries) == 1 and missing else None
