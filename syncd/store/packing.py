"""Blocks of audit lines as they lie in the store: a sixth of their size in the files.

A first load tells of every step, which would be half of all that it writes. Packing needs the
interpreter for nothing, so it is done by a thread while the next lines are made.
"""

import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from syncd.errors import StoreError
from syncd.text import text

#: zlib's quickest: the lines of one event are nearly alike, so the others win next to nothing.
_LEVEL: Final = 1
#: Blocks that may wait for being packed, so that memory stays small.
_WAITING: Final = 4

#: Takes (first seq, last seq, packed lines).
Write = Callable[[int, int, bytes], None]


def pack(lines: bytes) -> bytes:
    """Return lines as a block holds them."""
    return zlib.compress(lines, _LEVEL)


def unpack(block: bytes | memoryview) -> bytes:
    """Return the lines of a block.

    Raises:
        StoreError: It is none: another hand has written it.
    """
    try:
        return zlib.decompress(block)
    except zlib.error as error:
        raise StoreError(
            text("A block of audit lines in the store is damaged."),
            hint=text("Restore the database from a backup, then run syncd audit restart."),
        ) from error


class Packer:
    """Packs blocks one after the other, and hands each on in its order."""

    def __init__(self, write: Write) -> None:
        """Hand packed blocks to `write`, in the thread that calls `add` and `close`."""
        self._write = write
        self._worker: ThreadPoolExecutor | None = None
        self._waiting: deque[tuple[int, int, Future[bytes]]] = deque()

    def add(self, first: int, last: int, lines: bytes) -> None:
        """Pack a block of many, while others are made."""
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="syncd-packing")
        self._waiting.append((first, last, self._worker.submit(pack, lines)))
        while len(self._waiting) > _WAITING:
            self._hand_on()

    def close(self, first: int, last: int, lines: bytes) -> None:
        """Hand on what waits, and last a block that may be small, or empty."""
        while self._waiting:
            self._hand_on()
        if self._worker is not None:
            self._worker.shutdown()
            self._worker = None
        if lines:
            self._write(first, last, pack(lines))

    def _hand_on(self) -> None:
        first, last, packed = self._waiting.popleft()
        self._write(first, last, packed.result())
