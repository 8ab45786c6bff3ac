"""What a WeCom source is told: plain values, made of the configuration by `bootstrap`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WecomSettings:
    """The settings of one WeCom source; its secrets are with its clients."""

    name: str
    corp_id: str
    #: Our field → what it is made of, as `field_value` takes it; merged over the defaults.
    fields: Mapping[str, object] = field(default_factory=dict)
    #: Departments by id or by path (names joined by `/`), with all below them.
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    #: Requests at the same time.
    concurrency: int = 16
