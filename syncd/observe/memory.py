"""How the process takes memory from the C library, and gives it back."""

import ctypes
from contextlib import suppress
from functools import cache
from typing import Final

#: `M_ARENA_MAX` of glibc: mallopt(3).
_MOST_ARENAS: Final = -8


def share_memory() -> None:
    """Let all threads take memory from one place, where the C library has several.

    Each of the threads that read would keep what it has let go of for itself. They wait for the
    interpreter, and so hardly ever for one another's memory.
    """
    with suppress(AttributeError, OSError):  # another C library: as it pleases
        _library().mallopt(_MOST_ARENAS, 1)


def give_memory_back() -> None:
    """Give back what was let go of by the hundred thousand, where the C library keeps it.

    Python's small objects are not made from it: while they follow, the process would hold both.
    """
    with suppress(AttributeError, OSError):
        _library().malloc_trim(0)


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
