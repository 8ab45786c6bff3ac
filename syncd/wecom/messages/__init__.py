"""Messages of an app: what each type may hold, as data, and what follows when one is refused."""

from syncd.wecom.fault import Fault
from syncd.wecom.messages.content import (
    MOST_RECIPIENTS,
    MediaFile,
    check,
    compose,
    is_recipient,
    media_paths,
)

__all__ = [
    "MOST_RECIPIENTS",
    "Fault",
    "MediaFile",
    "check",
    "compose",
    "is_recipient",
    "media_paths",
]
