"""Whether everything of a source has to be read, or only what has changed; pure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from syncd.model.cursor import Cursor, CursorKind, Why
from syncd.model.source import SourceState
from syncd.model.surrender import is_surrendered

#: A full pass comes each night; where it does not, everything is read by another run in the end.
LONGEST: Final = timedelta(days=2)


def why_everything(
    state: SourceState | None,
    cursors: Mapping[CursorKind, Cursor],
    fingerprint: str,
    now: datetime,
    *,
    is_asked: bool,
    moves_people: bool,
    has_conflict: bool,
    unsettled: Collection[str],
) -> Why | None:
    """Return why everything of a source has to be read; None where what has changed is enough.

    Args:
        state: What is remembered of the source.
        cursors: Where readings go on.
        fingerprint: Stands for the settings that the source is read under.
        now: The time of the run.
        is_asked: Whether the run is to look at everything in any case.
        moves_people: Whether people are taken over, or matched by another field than before.
        has_conflict: Whether a conflict about the source as a whole is open.
        unsettled: Who is looked at by every run.
    """
    if is_asked:
        return Why.ASKED
    if state is None or state.first_loaded_at is None or len(cursors) < len(CursorKind):
        return Why.NO_CURSOR
    if state.fingerprint != fingerprint:
        return Why.SETTINGS
    return _by_what_is_known(
        cursors[CursorKind.FULL].moved_at,
        now,
        moves_people=moves_people,
        has_conflict=has_conflict,
        unsettled=unsettled,
    )


def _by_what_is_known(
    read_at: datetime,
    now: datetime,
    *,
    moves_people: bool,
    has_conflict: bool,
    unsettled: Collection[str],
) -> Why | None:
    if now - read_at > LONGEST:
        return Why.AGE
    if moves_people:
        return Why.TAKEOVER
    if has_conflict:
        return Why.CONFLICT
    # No source can be asked for these, so that only a reading of everything leaves them out.
    return Why.DOUBT if any(map(is_surrendered, unsettled)) else None
