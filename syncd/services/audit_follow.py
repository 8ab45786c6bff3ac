"""Following what is changed: the store is asked again and again for changes after the last one.

The store is opened anew each time. So nothing is held between two looks, and a database that is
restarted or replaced is followed as well; how the log's file is rotated does not matter at all.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from syncd.errors import StoreUnavailable
from syncd.store.history import NamedChange
from syncd.store.store import Store

log = structlog.get_logger(__name__)

#: Changes that are fetched together.
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are wanted; None is every one."""

    user_id: int | None = None
    run_id: int | None = None
    since: datetime | None = None


def follow(
    open_store: Callable[[], Store], wanted: Wanted, after_id: int, wait: Callable[[], object]
) -> Iterator[list[NamedChange]]:
    """Yield the changes after one, in order, as they are made; ends only by an exception.

    Args:
        open_store: Opens the store for reading.
        wanted: Which changes.
        after_id: The last change that is known already.
        wait: Waits for a moment; called before each look.

    Raises:
        StoreError: The store cannot be used; one that is only not there now is waited for.
    """
    is_away, is_behind = False, False
    while True:
        if not is_behind:
            wait()
        try:
            with closing(open_store()) as store:
                if store.is_empty:  # not made yet, or taken away for a moment
                    continue
                found, last = store.history_after(
                    after_id,
                    user_id=wanted.user_id,
                    run_id=wanted.run_id,
                    since=wanted.since,
                    limit=_AT_ONCE,
                )
        except StoreUnavailable as error:
            if not is_away:
                log.warning("store_unavailable", reason=error.message)
            is_away, is_behind = True, False
            continue
        is_away, is_behind = False, len(found) == _AT_ONCE
        after_id = last  # a restored database goes on with lower ids
        if found:
            yield found
