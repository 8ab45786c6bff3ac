"""How it is said how the outbox stands, in `syncd outbox stats` and in `syncd status`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from syncd.cli.output import age, moment, printable, retold
from syncd.cli.pause import as_document as pause_document
from syncd.cli.pause import pause_line
from syncd.model.pause import Pause, pause_of_outbox
from syncd.store.outbox.counting import Depth, Statistics, StoppedChannel
from syncd.text import Text, joined, plural, term, text

#: The clock by which WeCom counts days; China has had no other since 1991.
_BEIJING = timezone(timedelta(hours=8))
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def beijing_day(now: datetime) -> str:
    """Return the day of Beijing's calendar, `YYYY-MM-DD`."""
    return f"{now.astimezone(_BEIJING):%Y-%m-%d}"


def depth_lines(depth: Depth, now: datetime) -> Iterator[Text]:
    """Yield how the outbox stands, in a few lines."""
    waiting = depth.queued + depth.pending + depth.claimed
    if not waiting:
        yield text("Outbox: nothing waits")
    else:
        yield text(
            "Outbox: {queued} queued, {pending} waiting, {claimed} being sent",
            queued=plural(depth.queued, "{number:,} message", "{number:,} messages"),
            pending=plural(depth.pending, "{number:,} delivery", "{number:,} deliveries"),
            claimed=f"{depth.claimed:,}",
        )
    if depth.oldest_waiting_at is not None:
        at = depth.oldest_waiting_at
        yield text("  oldest waiting: {age} ({at})", age=age(at, now), at=moment(at))
    if depth.not_before:
        yield text("  waiting for their time (not_before): {number:,}", number=depth.not_before)
    if depth.needs_approval:
        yield text(
            "  waiting for syncd outbox approve: {number:,}; syncd outbox list --reason "
            "needs_approval lists them",
            number=depth.needs_approval,
        )
    if depth.dead_of_day:
        yield text(
            "  dead within a day: {number:,}; syncd outbox list --status dead --status partial "
            "lists them",
            number=depth.dead_of_day,
        )
    for one in depth.stopped:
        yield from _stopped_lines(one, now)


def _stopped_lines(one: StoppedChannel, now: datetime) -> Iterator[Text]:
    yield text(
        "  {source} sends nothing since {at} ({reason}); it is tried again at {probe}",
        source=printable(one.source),
        at=moment(one.stopped_at),
        reason=one.reason,
        probe=moment(max(one.probe_at, now)),
    )
    if one.error:
        yield text("    {error}", error=retold(printable(one.error)))


def in_short(depth: Depth) -> str:
    """Return how the outbox stands in a few words, for `systemctl status`."""
    waiting = depth.queued + depth.pending + depth.claimed
    said = [f"{waiting:,} in the outbox" if waiting else "the outbox is empty"]
    said += [f"{one.source} sends nothing ({one.reason})" for one in depth.stopped]
    return ", ".join(said)


def statistics_lines(found: Statistics, pauses: Sequence[Pause], now: datetime) -> Iterator[Text]:
    """Yield all that is counted."""
    paused = pause_of_outbox(pauses, now)
    if paused is not None:
        yield pause_line(paused)
    yield from depth_lines(found.depth, now)
    if found.unknown_calls:
        yield plural(
            found.unknown_calls,
            "  {number:,} call may have arrived, and is repeated as it is",
            "  {number:,} calls may have arrived, and are repeated as they are",
        )
    within = found.delivered_within
    yield text(
        "Delivered: {minute:,} within a minute, {hour:,} within an hour, {day:,} within a day",
        minute=within[_MINUTE],
        hour=within[_HOUR],
        day=within[_DAY],
    )
    for source, people in sorted(found.today.items()):
        yield text(
            "  {source}: to {number:,} people today, by Beijing's calendar",
            source=printable(source),
            number=people,
        )
    yield text("Messages: {counts}", counts=_counted(found.messages))
    yield text("Deliveries: {counts}", counts=_counted(found.deliveries))
    if found.dead:
        yield text("Dead, by reason:")
    for reason, number in found.dead.items():
        yield text("  {reason}: {number:,}", reason=reason or "-", number=number)


def _counted(numbers: Mapping[str, int]) -> Text:
    if not numbers:
        return term("none")
    return joined(
        ", ",
        [
            text("{number} {status}", number=f"{number:,}", status=term(status))
            for status, number in sorted(numbers.items())
        ],
    )


def depth_document(depth: Depth) -> dict[str, object]:
    """Return how the outbox stands as JSON values."""
    return {
        "queued": depth.queued,
        "needs_approval": depth.needs_approval,
        "not_before": depth.not_before,
        "pending": depth.pending,
        "claimed": depth.claimed,
        "oldest_waiting_at": depth.oldest_waiting_at,
        "dead_of_day": depth.dead_of_day,
        "stopped": [
            {
                "source": one.source,
                "reason": one.reason,
                "stopped_at": one.stopped_at,
                "probe_at": one.probe_at,
                "error_code": one.error_code,
                "error": one.error,
            }
            for one in depth.stopped
        ],
    }


def statistics_document(
    found: Statistics, pauses: Sequence[Pause], now: datetime
) -> dict[str, object]:
    """Return all that is counted as JSON values."""
    within = found.delivered_within
    paused = pause_of_outbox(pauses, now)
    return {
        "at": now,
        "paused": pause_document(paused) if paused is not None else None,
        **depth_document(found.depth),
        "unknown_calls": found.unknown_calls,
        "delivered": {
            "minute": within[_MINUTE],
            "hour": within[_HOUR],
            "day": within[_DAY],
        },
        "today": dict(sorted(found.today.items())),
        "messages": dict(sorted(found.messages.items())),
        "deliveries": dict(sorted(found.deliveries.items())),
        "dead": dict(found.dead),
    }
