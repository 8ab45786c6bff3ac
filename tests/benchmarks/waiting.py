"""How long an application's INSERT waits while syncd writes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from place import Place

_INSERT = "INSERT INTO outbox_message (recipient, msgtype, content) VALUES ('user:0', 'text', '{}')"
#: Seconds between two rows.
_PAUSE = 0.01


@dataclass(slots=True)
class Waits:
    """What an application met."""

    longest: float = 0.0
    rows: int = 0


@contextmanager
def application(place: Place) -> Iterator[Waits]:
    """Insert a row now and then, as an application does, until the block ends."""
    ended, waits = threading.Event(), Waits()

    def insert() -> None:
        with place.writer() as execute:
            while not ended.wait(_PAUSE):
                began = time.perf_counter()
                execute(_INSERT)
                waits.longest = max(waits.longest, time.perf_counter() - began)
                waits.rows += 1

    thread = threading.Thread(target=insert)
    thread.start()
    try:
        yield waits
    finally:
        ended.set()
        thread.join()
