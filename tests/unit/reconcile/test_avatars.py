"""The address of a picture changes without the picture (reference 5.1)."""

from datetime import UTC, datetime

import pytest

from syncd.model.record import UserRecord
from syncd.reconcile.normalize import merge_user

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(avatar_url: str | None) -> UserRecord:
    return UserRecord("wecom", "a", NOW, {"avatar_url": avatar_url}, ())


@pytest.mark.parametrize(
    ("before", "now", "kept"),
    [
        pytest.param("http://a/x/0", "https://b/x/0?t=1", "http://a/x/0", id="host and query"),
        pytest.param("http://a/x/0", "http://a/y/0", "http://a/y/0", id="another picture"),
        pytest.param("http://a/x/0", None, None, id="taken away"),
        pytest.param(None, "http://a/x/0", "http://a/x/0", id="the first one"),
    ],
)
def test_a_picture_is_another_one_only_when_its_path_is(before, now, kept):
    assert merge_user(record(before), record(now)).fields["avatar_url"] == kept
