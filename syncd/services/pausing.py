"""Maintenance windows: for a while nothing is read, or sent, because a person says so."""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from syncd.config.duration import parse_duration
from syncd.errors import SourcePaused, UsageError
from syncd.model.pause import Pause, PauseKind, pause_of_source
from syncd.store.reader import Reader
from syncd.store.store import Store
from syncd.text import Text, text

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)


def check_not_paused(store: Reader, source: str, now: datetime) -> None:
    """Refuse to read a source during a maintenance window.

    Raises:
        SourcePaused: It is paused; the message says by whom and until when.
    """
    pause = pause_of_source(store.pauses(), source, now)
    if pause is None:
        return
    command = "syncd resume"
    if pause.kind is PauseKind.SOURCE:
        command += f" --source {source}"
    raise SourcePaused(
        text("The source {source!r} is not read: {pause}.", source=source, pause=describe(pause)),
        hint=text("{command} ends the pause.", command=command),
    )


def describe(pause: Pause) -> Text:
    """Return since when, by whom, until when and why something is paused, without a full stop."""
    values = {"since": _moment(pause.paused_at), "actor": pause.actor}
    if pause.ends_at is None:
        told = text("paused since {since} by {actor}", **values)
    else:
        until = _moment(pause.ends_at)
        told = text("paused since {since} by {actor}, until {until}", until=until, **values)
    return text("{told} ({why})", told=told, why=pause.why) if pause.why else told


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def read_until(words: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the moment, in UTC, that a person means by `2h`, `06:30`, or a date with its time.

    A time of day is the next one; what names no zone is in `zone`.

    Raises:
        UsageError: It is none, or it has passed.
    """
    moment = read_moment(words.strip(), now, zone)
    if moment is None:
        raise UsageError(
            text("--until {words!r} is no time.", words=words),
            hint=text("Write 2h, 06:30, 2026-11-22 or 2026-11-22T06:30."),
        )
    if moment <= now:
        raise UsageError(
            text("--until {words!r} has passed: it is {now}.", words=words, now=_moment(now))
        )
    return moment


def read_moment(words: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return the moment, in UTC, that is meant by `2h` (from now), `06:30` or a date; None for no time.

    A time of day is the next one; what names no zone is in `zone`.
    """
    clock = _CLOCK.fullmatch(words)
    if clock:
        return _next(time(int(clock[1]), int(clock[2])), now, zone)
    try:
        return now + parse_duration(words)
    except (ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(words)
    except ValueError:
        return None
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)


def _next(clock: time, now: datetime, zone: tzinfo) -> datetime:
    # Where midnight is skipped, a day's moment lies within the next day.
    day = now.astimezone(zone).date() - _DAY
    while (moment := datetime.combine(day, clock, zone).astimezone(UTC)) <= now:
        day += _DAY
    return moment


def pause(
    store: Store,
    subjects: Sequence[tuple[PauseKind, str]],
    *,
    until: datetime | None,
    actor: str,
    why: str | None,
    now: datetime,
) -> list[Pause]:
    """Begin maintenance windows of what `subjects` name (kind, and the source's name)."""
    begun = [Pause(kind, name, now, until, actor, why) for kind, name in subjects]
    store.pause(begun, actor=actor, now=now)
    return begun


def resume(
    store: Store,
    subjects: Collection[tuple[PauseKind, str]],
    *,
    actor: str,
    why: str | None,
    now: datetime,
) -> list[Pause]:
    """End the maintenance windows of what `subjects` name, all of them where it is empty.

    Returns:
        Those that were holding; what had ended by itself is only cleared away.

    Raises:
        UsageError: Everything is paused, and only a part was to be resumed.
    """
    held = store.pauses()
    chosen = list(_chosen(held, subjects, now))
    ended = store.resume(chosen, actor=actor, why=why, now=now) if chosen else []
    return [one for one in ended if one.holds_at(now)]


def _chosen(
    held: Sequence[Pause], subjects: Collection[tuple[PauseKind, str]], now: datetime
) -> Iterator[Pause]:
    for one in held:
        if not subjects or not one.holds_at(now) or (one.kind, one.name) in subjects:
            yield one
        elif one.kind is PauseKind.EVERYTHING:
            raise UsageError(
                text("Everything is {pause}.", pause=describe(one)),
                hint=text(
                    "syncd resume ends that as a whole; syncd pause --source NAME or --outbox"
                    " pauses a part again."
                ),
            )
