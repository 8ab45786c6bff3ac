"""Why rows go that no source asks to be changed."""

from typing import Final

from syncd.model.change import Cause

#: Gone for longer than `[store] purge_after`.
PURGED: Final = Cause("purged")
#: A person's right to be forgotten.
ERASED: Final = Cause("erased")
