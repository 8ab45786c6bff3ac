"""Rows that no program should write: each is a dead letter, and the others go out."""

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.model.message import Disposition
from syncd.store.outbox.by_hand import OutboxByHand
from syncd.store.outbox.look import Sought
from tests.integration.outbox.office import Office, refused

#: What an application in GBK writes into SQLite, which looks at no text.
GBK = "CAST(x'7b22bac5' AS TEXT)"


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def write(office: Office, **columns: str) -> None:
    """Insert a row of which some columns are given as SQL."""
    written = {
        "recipient": "'user:1'",
        "msgtype": "'text'",
        "content": """'{"content": "bad"}'""",
        "created_at": "'2026-03-04 05:06:07'",
        **columns,
    }
    names, values = ", ".join(written), ", ".join(written.values())
    office.database.execute(f"INSERT INTO outbox_message ({names}) VALUES ({values})")


def good_one_goes_out(office: Office, **options: Any) -> str:
    """Queue a good message too; return how the first one ended."""
    good = office.queue("user:1", {"content": "good"})
    office.drain(**options)
    found = dict(office.rows("SELECT id, status FROM outbox_message"))
    assert found[good] == "done"
    return str(found[1])


@pytest.mark.parametrize("column", ["recipient", "content", "source", "not_before", "priority"])
def test_what_is_no_utf8_stops_neither_the_others_nor_a_look(office: Office, column: str) -> None:
    if office.database.kind != "sqlite":
        pytest.skip("only SQLite keeps it")
    office.hire("a")
    write(office, **{column: GBK})
    assert good_one_goes_out(office) == "dead"
    seen = OutboxByHand(office.open(), personal_data=True)
    assert [one.id for one in seen.find(Sought())] == [2, 1]
    assert seen.message(1).status == "dead"


def test_a_source_that_is_no_text_stops_nothing_when_it_is_too_old(office: Office) -> None:
    if office.database.kind != "sqlite":
        pytest.skip("only SQLite keeps it")
    office.hire("a")
    write(office, source=GBK, created_at="'2026-01-01 00:00:00'")
    assert good_one_goes_out(office) == "expired"


@pytest.mark.parametrize("column", ["not_before", "expires_at", "created_at", "approved_at"])
def test_a_moment_that_is_none_stops_nothing(office: Office, column: str) -> None:
    if office.database.kind != "sqlite":
        pytest.skip("only SQLite keeps it")
    office.hire("a")
    write(office, **{column: "x'00'"})
    assert good_one_goes_out(office) in {"dead", "expired"}


def test_a_moment_at_the_end_of_time_stops_nothing(office: Office) -> None:
    office.hire("a")
    write(office, created_at="'9999-12-31 23:59:59'")
    assert good_one_goes_out(office) == "done"


@pytest.mark.parametrize("depth", range(251, 256))
def test_a_content_of_any_depth_is_sent_or_dead(office: Office, depth: int) -> None:
    office.hire("a")
    if office.database.kind == "mariadb":
        pytest.skip("it takes no JSON as deep as that")
    write(office, content=f"'{json.dumps({'content': 'x', 'more': nested(depth)})}'")
    assert good_one_goes_out(office) in {"done", "dead"}


def test_contents_as_large_as_may_be_go_out_and_larger_ones_are_dead(office: Office) -> None:
    office.hire("a")
    office.queue("user:1", {"content": "x", "more": "y" * 7_100_000})
    for at in range(2):
        office.queue("user:1", {"content": f"{at}", "more": "y" * 6_900_000})
    office.drain()
    assert office.statuses("outbox_message") == {"dead": 1, "done": 2}


def test_a_content_that_was_changed_for_the_worse_stops_nothing(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    office.wecom.answer = lambda _: refused(-1, Disposition.RETRY)
    office.drain()
    office.wecom.answer = lambda _: None
    office.database.execute("UPDATE outbox_message SET msgtype = 'mpnews' WHERE id = 1")
    office.clock.advance(hours=1)
    assert good_one_goes_out(office) == "dead"


def test_a_delivery_without_an_id_of_the_source_stops_nothing(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    office.wecom.answer = lambda _: refused(-1, Disposition.RETRY)
    office.drain()
    office.wecom.answer = lambda _: None
    office.database.execute("UPDATE outbox_delivery SET external_id = NULL")
    office.clock.advance(hours=1)
    assert good_one_goes_out(office) == "dead"


@pytest.mark.parametrize("path", ["a\0b", "a" * 300, "a/" * 5000], ids=["nul", "name", "path"])
def test_a_path_that_no_file_system_takes_stops_nothing(
    office: Office, tmp_path: Path, path: str
) -> None:
    if office.database.kind == "postgresql" and "\0" in path:
        pytest.skip("it takes no such character")
    office.hire("a")
    office.queue("user:1", {"path": path}, msgtype="file")
    assert good_one_goes_out(office, media_folders=(tmp_path,)) == "dead"
    assert office.deliveries(1)[0]["reason"] == "media"
