"""How long something waits: between attempts, while a channel is stopped, before a broadcast."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

#: Seconds that WeCom takes at most for two equal bodies to be one message, and at least.
LONGEST_WINDOW: Final = 14_400
SHORTEST_WINDOW: Final = 10_800
#: How long before the end of the window the last repetition goes out: a call takes its time, and
#: WeCom counts from when it took the first one.
MARGIN: Final = timedelta(minutes=5)
#: How long a body is not used for another message. WeCom may have taken it with the last repetition,
#: at the end of the window, and knows it for as long again from then on; clocks and calls take time.
UNUSED: Final = timedelta(seconds=2 * LONGEST_WINDOW, hours=1)
#: How far a wait is lengthened at most by chance, so that not everything is due at once.
_JITTER: Final = 0.2
#: People from which on a message is a broadcast.
BROADCAST: Final = 1000
#: WeCom's queues are longest in these minutes of an hour (reference, section 11.1).
_BUSY: Final = frozenset({0, 30})
_SPREAD: Final = timedelta(seconds=60)
_RATE_FIRST, _RATE_LONGEST = timedelta(seconds=60), timedelta(hours=1)
_PROBE_FIRST, _PROBE_LONGEST = timedelta(seconds=30), timedelta(minutes=5)


def next_wait(
    waits: Sequence[timedelta], attempts: int, chance: float, interval: int | None = None
) -> timedelta | None:
    """Return how long to wait after so many attempts, or None where the last one was made.

    Args:
        waits: The list of waits.
        attempts: How many attempts were made, this one included.
        chance: From 0 to 1.
        interval: Seconds that WeCom asks for; it outranks the list. Negative: do not repeat.
    """
    if attempts > len(waits) or (interval is not None and interval < 0):
        return None
    wait = waits[attempts - 1] if interval is None else timedelta(seconds=interval)
    return wait * (1 + _JITTER * chance)


def next_repetition(
    waits: Sequence[timedelta],
    attempts: int,
    chance: float,
    *,
    first_sent_at: datetime,
    window: int,
    now: datetime,
) -> datetime | None:
    """Return when a call whose outcome is unknown is repeated, or None where it may not be.

    The list of waits has no end here: its last wait is repeated, up to the end of the window.
    """
    last = last_repetition(first_sent_at, window)
    if now > last:
        return None
    wait = waits[min(attempts, len(waits)) - 1] if waits else timedelta(seconds=10)
    return min(now + wait * (1 + _JITTER * chance), last)


def last_repetition(first_sent_at: datetime, window: int) -> datetime:
    """Return until when a body may be repeated as the same message."""
    return first_sent_at + timedelta(seconds=window) - MARGIN


def stop_for(*, failures: int, is_rate: bool) -> timedelta:
    """Return how long a stopped channel waits before the next probe, after so many failures."""
    first, longest = (_RATE_FIRST, _RATE_LONGEST) if is_rate else (_PROBE_FIRST, _PROBE_LONGEST)
    doubled: int = 2 ** min(max(failures - 1, 0), 12)
    return min(first * doubled, longest)


def first_attempt(now: datetime, people: int, chance: float) -> datetime:
    """Return when a message goes out first: a broadcast keeps off the minutes 0 and 30."""
    if people <= BROADCAST or now.minute not in _BUSY:
        return now
    minute = now.replace(second=0, microsecond=0)
    return minute + timedelta(minutes=1) + _SPREAD * chance
