"""Ids of rows as people and applications write them."""

import re
from typing import Final

#: Ids are 64-bit integers; whatever is longer is none.
_ID: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
#: The greatest that is written so.
GREATEST: Final = 10**18 - 1


def read_id(words: str) -> int | None:
    """Return the id that is written, None where none is: a userid may be all figures, and longer."""
    return int(words) if _ID.fullmatch(words) else None
