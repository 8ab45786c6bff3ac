"""Temporary media: files that were uploaded, for three days (reference 10)."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

#: Seconds that a media_id is valid.
LIFE = 3 * 86_400.0


@dataclass(frozen=True, slots=True)
class Medium:
    """One uploaded file; every app of the corporation may use it."""

    media_id: str
    kind: str  #: `image`, `voice`, `video` or `file`
    filename: str
    content: bytes = field(repr=False)
    at: float  #: seconds since the epoch


class Shelf:
    """Keeps what was uploaded, also when it is too old to be used."""

    def __init__(self, now: Callable[[], float], numbers: Iterator[int] | None = None) -> None:
        """Begin empty.

        Args:
            now: Seconds since the epoch.
            numbers: Where the numbers in media_ids come from.
        """
        self._now = now
        self._numbers = itertools.count(1) if numbers is None else numbers
        self._kept: dict[str, Medium] = {}

    def put(self, kind: str, filename: str, content: bytes) -> Medium:
        """Keep a file and return it with its media_id."""
        media_id = f"MEDIA-{next(self._numbers):08d}"
        medium = Medium(media_id, kind, filename, content, self._now())
        self._kept[media_id] = medium
        return medium

    def get(self, media_id: str) -> Medium | None:
        """Return what was uploaded under this media_id, however old, or None."""
        return self._kept.get(media_id)

    def is_old(self, medium: Medium) -> bool:
        """Return whether a media_id is not valid any more."""
        return self._now() - medium.at >= LIFE

    def all(self) -> list[Medium]:
        """Return everything that was uploaded, the oldest first."""
        return list(self._kept.values())
