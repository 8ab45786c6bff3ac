"""Queues messages as an application does, and asks the simulator who has seen what."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from tests.e2e.host import Host

#: Waits that are over before a test is.
QUICK = "retry = [" + ", ".join(['"200ms"'] * 60) + "]"
_TOGETHER = 500
_PATIENCE = 180.0


def queue(host: Host, messages: Iterable[tuple[str, str]], *, priority: int = 0) -> None:
    """Insert texts, each for its recipient, by plain SQL in one transaction for many."""
    rows = [
        f"('{recipient}', 'text', '{_content(text)}', {priority})" for recipient, text in messages
    ]
    for start in range(0, len(rows), _TOGETHER):
        values = ", ".join(rows[start : start + _TOGETHER])
        host.execute(
            "INSERT INTO outbox_message (recipient, msgtype, content, priority) VALUES " + values
        )


def _content(text: str) -> str:
    return json.dumps({"content": text}, ensure_ascii=False).replace("'", "''")


def seen(host: Host, userid: str | None = None) -> Counter[tuple[str, str]]:
    """Return who has which text before them, and how often."""
    return Counter((one["userid"], one["content"]["content"]) for one in host.wecom.ledger(userid))


def open_ones(host: Host) -> int:
    """Return how many messages are not over."""
    return int(
        host.one("SELECT count(*) FROM outbox_message WHERE status IN ('queued', 'sending')")
    )


def drain(host: Host) -> None:
    """Deliver until nothing is left, however often something has to be tried again."""
    end = time.monotonic() + _PATIENCE
    while open_ones(host):
        assert time.monotonic() < end, host.syncd("outbox", "stats").said
        assert host.syncd("outbox", "drain").status in {0, 3}


def assert_seen_once(host: Host, messages: Sequence[tuple[str, str]]) -> None:
    """Everybody has seen everything that was meant for them, once; nothing is left behind."""
    wanted = Counter((recipient.removeprefix("userid:"), text) for recipient, text in messages)
    found = seen(host)
    assert found - wanted == Counter(), "seen too often"
    assert wanted - found == Counter(), undelivered(host)
    assert host.wecom.missed() == []
    assert_nothing_left(host)


def undelivered(host: Host) -> list[tuple[object, ...]]:
    """Return why what did not arrive did not."""
    rows = host.rows(
        "SELECT status, reason, last_error_code, last_error, count(*) AS number"
        " FROM outbox_delivery WHERE status <> 'delivered'"
        " GROUP BY status, reason, last_error_code, last_error"
    )
    return [tuple(row.values()) for row in rows]


def assert_nothing_left(host: Host) -> None:
    """No message, delivery or call is in the middle of anything."""
    for table, over in (
        ("outbox_message", "'done', 'partial', 'dead', 'cancelled', 'expired'"),
        ("outbox_delivery", "'delivered', 'dead', 'cancelled', 'expired'"),
        ("outbox_call", "'sent', 'refused', 'given_up'"),
    ):
        query = f"SELECT count(*) FROM {table} WHERE status NOT IN ({over})"
        assert host.one(query) == 0, table
    assert host.one("SELECT count(*) FROM outbox_call WHERE body IS NOT NULL") == 0
