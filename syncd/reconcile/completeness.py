"""Whether everything of a source has to be read, or only what has changed; pure."""

from collections.abc import Collection

from syncd.model.cursor import Cursor, Why
from syncd.model.source import SourceState
from syncd.model.surrender import is_surrendered


def why_everything(
    state: SourceState | None,
    cursor: Cursor | None,
    fingerprint: str,
    *,
    is_asked: bool,
    moves_people: bool,
    has_conflict: bool,
    unsettled: Collection[str],
) -> Why | None:
    """Return why everything of a source has to be read; None where what has changed is enough.

    Args:
        state: What is remembered of the source.
        cursor: Where the reading of changes goes on.
        fingerprint: Stands for the settings that the source is read under.
        is_asked: Whether the run is to look at everything in any case.
        moves_people: Whether people are taken over, or matched by another field than before.
        has_conflict: Whether a conflict about the source as a whole is open.
        unsettled: Who is looked at by every run.
    """
    if is_asked:
        return Why.ASKED
    if state is None or state.first_loaded_at is None or cursor is None:
        return Why.NO_CURSOR
    if state.fingerprint != fingerprint:
        return Why.SETTINGS
    if moves_people:
        return Why.TAKEOVER
    if has_conflict:
        return Why.CONFLICT
    # No source can be asked for these, so that only a reading of everything leaves them out.
    return Why.DOUBT if any(map(is_surrendered, unsettled)) else None
