"""``[schedule]``: when the daemon does what does not belong to one source."""

import re
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator

from syncd.config.section import Section, setting
from syncd.text import text

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _clock(value: object) -> time:
    if isinstance(value, time):  # TOML has times of its own: 02:00:00
        return value.replace(microsecond=0)
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(text('must be a time of day such as "02:00"'))
    return time(int(found[1]), int(found[2]))


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value) if isinstance(value, str) else ZoneInfo("")
    except (ValueError, OSError, KeyError):
        raise ValueError(
            text(
                '"{value}" is no time zone: write for example "Asia/Shanghai" or "UTC"', value=value
            )
        ) from None


class ScheduleSettings(Section):
    """The daily full pass."""

    full_at: Annotated[time, BeforeValidator(_clock)] = setting(
        time(2, 0), doc="When the daily full pass starts, which re-checks every row.", active=True
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = setting(
        ZoneInfo("Asia/Shanghai"), doc="The time zone of full_at.", active=True
    )
