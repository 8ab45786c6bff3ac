"""However many messages are over: what is sent now is found by indexes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.integration.outbox.office import Office

KINDS = ("sqlite", "postgresql")
_PEOPLE = 60
_FINISHED = 30_000
#: Of the tables in which what is over stays.
_WHOLE = re.compile(r"(?:SCAN|Seq Scan on) outbox_(?:message|delivery)")
Asked = list[tuple[str, Any]]


@contextmanager
def asked() -> Iterator[Asked]:
    """Give what is read from the outbox meanwhile, with its values."""
    found: Asked = []

    def note(_: object, __: object, statement: str, values: Any, ___: object, many: bool) -> None:
        if not many and statement.startswith(("SELECT", "UPDATE")) and "outbox_" in statement:
            found.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def fill(office: Office) -> None:
    """Insert finished messages, each with a delivery, and let the database count them."""
    ten = " UNION ALL ".join(f"SELECT {n} AS d" for n in range(10))
    tables = " CROSS JOIN ".join(f"({ten}) t{at}" for at in range(5))
    number = " + ".join(f"t{at}.d * {10**at}" for at in range(5))
    long_ago = "2026-01-01 00:00:00"
    office.database.execute(
        "INSERT INTO outbox_message (recipient, msgtype, content, status, finished_at, created_at)"
        f" SELECT 'all', 'text', '{{}}', 'done', '{long_ago}', '{long_ago}' FROM {tables}"
        f" WHERE {number} < {_FINISHED}",
        "INSERT INTO outbox_delivery (message_id, user_id, external_id, status, source, attempts,"
        " claimed_at, delivered_at)"
        f" SELECT id, 1 + id % {_PEOPLE}, 'x', 'delivered', 'wecom', 1, '{long_ago}',"
        f" '{long_ago}' FROM outbox_message",
    )
    if office.database.kind == "postgresql":
        office.database.execute("ANALYZE")


def read_wholly(office: Office, statements: Asked) -> list[str]:
    """Return what would be read from one end to the other, or by what most rows have in common."""
    found = []
    explain = "EXPLAIN QUERY PLAN" if office.database.kind == "sqlite" else "EXPLAIN"
    with office.open().read() as connection:
        for statement, values in statements:
            for row in connection.exec_driver_sql(f"{explain} {statement}", values):
                told = " ".join(map(str, row))
                is_whole = _WHOLE.search(told) is not None
                by_status = "outbox_delivery_status" in told and "delivered" in repr(values)
                if is_whole or (by_status and statement.startswith("SELECT")):
                    found.append(f"{told}\n{statement}\n{values}")
    return found


def test_nothing_that_is_sent_reads_what_is_over(office: Office) -> None:
    office.hire(*(f"p{number}" for number in range(_PEOPLE)))
    fill(office)
    for number in range(_PEOPLE):
        office.queue(f"user:{number + 1}", {"content": f"{number}"})

    with asked() as statements:
        assert office.drain().delivered == _PEOPLE

    assert len(statements) > 5
    assert read_wholly(office, statements) == []
