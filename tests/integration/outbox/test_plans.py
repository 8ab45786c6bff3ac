"""What is over costs nothing: however many finished rows there are, none of them is looked at."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from syncd.store.database import Database
from syncd.store.schema import call, delivery, message
from syncd.store.sql import insert_many
from tests.integration.outbox.office import Office

OLD = "2026-01-01 00:00:00.000000"
TABLES = ("outbox_message", "outbox_delivery", "outbox_call")


def finish_many(office: Office, count: int, people: int) -> None:
    """Add messages that were delivered long ago, one person each."""
    first = office.rows("SELECT coalesce(max(id), 0) FROM outbox_message")[0][0] + 1
    step = 100_000
    for begin in range(first, first + count, step):
        ids = range(begin, min(begin + step, first + count))
        with office.open().write_beside() as connection:
            same = {"msgtype": "text", "status": "done", "created_at": OLD, "finished_at": OLD}
            rows = [(at, "user:1", '{"content": "old"}', 1) for at in ids]
            columns = ("id", "recipient", "content", "people")
            insert_many(connection, message, columns, rows, same=same)
            sent = {"source": "wecom", "status": "sent", "duplicate_window": 14_400, "token": 1}
            sent |= {"attempts": 1, "first_sent_at": OLD, "settled_at": OLD}
            calls = [(at, at.to_bytes(32)) for at in ids]
            insert_many(connection, call, ("id", "body_hash"), calls, same=sent)
            done = {"status": "delivered", "source": "wecom", "claimed_at": OLD, "attempts": 1}
            done |= {"delivered_at": OLD}
            given = [(at, 1 + at % people, f"p{at % people}", at) for at in ids]
            names = ("message_id", "user_id", "external_id", "call_id")
            insert_many(connection, delivery, names, given, same=done)
    if office.database.kind == "postgresql":
        for table in TABLES:  # COPY with our own ids moves no sequence
            office.database.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
            )
    verb = "ANALYZE TABLE" if office.database.kind == "mariadb" else "ANALYZE"
    office.database.execute(*(f"{verb} {table}" for table in TABLES))


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Give the list of what is asked of a database meanwhile."""
    said: list[tuple[str, Any]] = []

    def note(_: Connection, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        said.append((statement, parameters))

    event.listen(database._engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(database._engine, "before_cursor_execute", note)


def scans(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Return what a statement's plan says about reading a whole table of the outbox."""
    kind = connection.dialect.name
    if kind == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        found = [str(row[3]) for row in plan]
        return [
            one
            for one in found
            if any(one.startswith(f"SCAN {table}") for table in TABLES)
            or ("TEMP B-TREE FOR ORDER BY" in one and "outbox_delivery" in statement)
        ]
    if kind == "postgresql":
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return [row[0] for row in rows if any(f"Seq Scan on {table}" in row[0] for table in TABLES)]
    plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    return [
        f"{row.table}: {row.type}"
        for row in plan
        if row.table in TABLES and row.type in {"ALL", "index"}
    ]


def test_no_statement_of_a_delivery_reads_what_is_over(office: Office) -> None:
    people = 50
    office.hire(*(f"p{at}" for at in range(people)))
    finish_many(office, 5000, people)
    office.queue_each(range(1, people + 1))
    office.queue("all")
    engine = office.engine()
    with heard(office.open()) as said:
        drained = engine.drain()
    assert drained.delivered == 2 * people
    asked = {
        statement: parameters
        for statement, parameters in said
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and "outbox_" in statement
    }
    assert len(asked) > 10
    with office.open().write_beside() as connection:
        bad = {
            statement: found
            for statement, parameters in asked.items()
            # Rows by their key, which is cheap either way.
            if not {"JSON_TABLE", "unnest"} & set(statement.replace("(", " ").split())
            and not isinstance(parameters, list)
            and (found := scans(connection, statement, parameters))
        }
        assert bad == {}, json.dumps(bad, indent=1)


@pytest.mark.hard
def test_a_million_finished_messages_make_no_claim_slower(office: Office) -> None:
    people = 1000
    office.hire(*(f"p{at}" for at in range(people)))

    def seconds() -> float:
        office.queue_each(range(1, people + 1), str(time.monotonic()))
        engine = office.engine(threads=2)
        began = time.perf_counter()
        assert engine.drain().delivered == people
        office.clock.advance(minutes=2)
        return time.perf_counter() - began

    finish_many(office, 1000, people)
    seconds()
    before = min(seconds() for _ in range(3))
    finish_many(office, 1_000_000, people)
    seconds()
    after = min(seconds() for _ in range(3))
    assert after < 1.3 * before + 0.2, (before, after)
