from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.errors import UsageError
from syncd.model.pause import Pause, PauseKind, pause_of_outbox, pause_of_source
from syncd.services.pausing import read_until

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def paused(kind: PauseKind, name: str = "", ends_at: datetime | None = None) -> Pause:
    return Pause(kind, name, NOW - timedelta(hours=1), ends_at, "anna")


EVERYTHING = paused(PauseKind.EVERYTHING)
WECOM = paused(PauseKind.SOURCE, "wecom")
OUTBOX = paused(PauseKind.OUTBOX)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("2h", datetime(2026, 3, 4, 7, 6, 7, tzinfo=UTC), id="a length of time"),
        pytest.param("1h30m", datetime(2026, 3, 4, 6, 36, 7, tzinfo=UTC), id="a longer one"),
        pytest.param("13:07", datetime(2026, 3, 4, 5, 7, tzinfo=UTC), id="later today"),
        pytest.param("13:06", datetime(2026, 3, 5, 5, 6, tzinfo=UTC), id="passed today: tomorrow"),
        pytest.param("6:30", datetime(2026, 3, 4, 22, 30, tzinfo=UTC), id="the zone's next day"),
        pytest.param("2026-03-05", datetime(2026, 3, 4, 16, tzinfo=UTC), id="the zone's midnight"),
        pytest.param("2026-03-05T06:30", datetime(2026, 3, 4, 22, 30, tzinfo=UTC), id="ISO"),
        pytest.param("2026-03-05 06:30Z", datetime(2026, 3, 5, 6, 30, tzinfo=UTC), id="with zone"),
    ],
)
def test_a_person_says_when_a_pause_ends(words: str, expected: datetime) -> None:
    assert read_until(words, NOW, SHANGHAI) == expected


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param("soon", "is no time", id="no time"),
        pytest.param("24:00", "is no time", id="no time of day"),
        pytest.param("2h ago", "is no time", id="no length"),
        pytest.param("2026-03-04", "has passed", id="this morning"),
        pytest.param("2026-03-04T05:06:07Z", "has passed", id="now"),
    ],
)
def test_what_is_no_later_moment_is_refused(words: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_until(words, NOW, SHANGHAI)


def test_a_time_of_day_that_the_clocks_skip_is_as_much_later() -> None:
    before = datetime(2026, 3, 28, 22, tzinfo=UTC)

    assert read_until("02:30", before, ZoneInfo("Europe/Berlin")) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("pauses", "of_source", "of_outbox"),
    [
        pytest.param([], None, None, id="nothing"),
        pytest.param([WECOM], WECOM, None, id="the source"),
        pytest.param([paused(PauseKind.SOURCE, "ldap")], None, None, id="another source"),
        pytest.param([OUTBOX], None, OUTBOX, id="the outbox"),
        pytest.param([WECOM, EVERYTHING], EVERYTHING, EVERYTHING, id="the wider one is told"),
        pytest.param(
            [paused(PauseKind.EVERYTHING, ends_at=NOW), WECOM], WECOM, None, id="one has ended"
        ),
    ],
)
def test_a_pause_holds_for_what_it_names_until_it_ends(
    pauses: list[Pause], of_source: Pause | None, of_outbox: Pause | None
) -> None:
    assert pause_of_source(pauses, "wecom", NOW) == of_source
    assert pause_of_outbox(pauses, NOW) == of_outbox
