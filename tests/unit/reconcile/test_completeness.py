"""Everything is read where a reading of changes could not end in the same directory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.model.cursor import Cursor, CursorKind, Why
from syncd.model.source import SourceState
from syncd.reconcile.completeness import why_everything

AT = datetime(2026, 11, 28, tzinfo=UTC)
STATE = SourceState("corp", "ldap", "dc=test", "settings", first_loaded_at=AT)
CURSORS = {kind: Cursor("corp", kind, {"at": 1}, AT) for kind in CursorKind}
ALL_IS_WELL: dict[str, Any] = {
    "state": STATE,
    "cursors": CURSORS,
    "now": AT + timedelta(hours=47),
    "fingerprint": "settings",
    "is_asked": False,
    "moves_people": False,
    "has_conflict": False,
    "unsettled": ("a",),
}


@pytest.mark.parametrize(
    ("otherwise", "why"),
    [
        ({}, None),
        ({"is_asked": True}, Why.ASKED),
        ({"state": None}, Why.NO_CURSOR),
        ({"state": replace(STATE, first_loaded_at=None)}, Why.NO_CURSOR),
        ({"cursors": {}}, Why.NO_CURSOR),
        ({"cursors": {CursorKind.FULL: CURSORS[CursorKind.FULL]}}, Why.NO_CURSOR),
        ({"now": AT + timedelta(hours=49)}, Why.AGE),
        ({"fingerprint": "others"}, Why.SETTINGS),
        ({"moves_people": True}, Why.TAKEOVER),
        ({"has_conflict": True}, Why.CONFLICT),
        ({"unsettled": ("a", "b#12")}, Why.DOUBT),
    ],
)
def test_why_everything_is_read(otherwise, why):
    assert why_everything(**{**ALL_IS_WELL, **otherwise}) is why
