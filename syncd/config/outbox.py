"""``[outbox]``: messages that applications queue, and how they are sent."""

from datetime import timedelta

from syncd.config.duration import Duration
from syncd.config.origin import ConfigPath
from syncd.config.section import Section, setting

_WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600)
)


class OutboxSettings(Section):
    """How often, how long and how fast messages are sent."""

    retry: tuple[Duration, ...] = setting(
        _WAITS, doc="The waits between attempts; after the last one a message is a dead letter."
    )
    max_age: Duration = setting(
        timedelta(days=3), doc="Older messages expire, in a restored database for example."
    )
    confirm_above: int | None = setting(
        None,
        doc="A message to more people waits for syncd outbox approve; off by default.",
        example=500,
        ge=1,
    )
    daily_limit: int | None = setting(
        None,
        doc="To how many people, each time counted, one app sends on a day of Beijing; what is "
        "beyond it waits. By default 200 times the active people of the source, as WeCom allows.",
        example=20_000,
        ge=1,
    )
    media_folders: tuple[ConfigPath, ...] = setting(
        (),
        doc="Folders whose files a message may name; without any, none may.",
        example=["/srv/portal/attachments"],
    )
    threads: int = setting(16, doc="How many calls are made at the same time.", ge=1, le=64)
