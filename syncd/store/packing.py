"""Blocks of audit lines as they lie in the store, until every file has them.

A first load tells of every step, which is half of all that it writes. What a server is to be
sent is packed to a sixth, by a thread while the next lines are made: that needs the interpreter
for nothing. SQLite writes lines as they are more quickly than zlib packs them.
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
    """Return the lines of a block, packed or as they are.

    Raises:
        StoreError: It is none: another hand has written it.
    """
    if block[:1] == b"{":
        return bytes(block)
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
        """Pack a block while others are made."""
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="syncd-packing")
        self._waiting.append((first, last, self._worker.submit(pack, lines)))
        while len(self._waiting) > _WAITING:
            self._hand_on()

    def close(self) -> None:
        """Hand on what waits."""
        while self._waiting:
            self._hand_on()
        if self._worker is not None:
            self._worker.shutdown()
            self._worker = None

    def _hand_on(self) -> None:
        first, last, packed = self._waiting.popleft()
        self._write(first, last, packed.result())
