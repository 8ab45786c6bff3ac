import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.directory import LinkMethod, LinkRow, UserRow
from syncd.store.rows import user_json, userid_key

LATER = datetime(2026, 5, 6, 15, 8, 9, 10, timezone(timedelta(hours=8)))


def stored(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"userid": None, "name": ""},
        {
            "name": 'Zoë "Z" \\ \u0001\n\u2028 王😀',
            "alias": "'; --",
            "address": "a\tb",
            "mobile": "?",
        },
        {"userid": "Ｚｈａｎｇ", "custom": {"grade": "P7", 'k"': "值"}},
        {"gone_at": LATER},
        {"source_disabled_at": LATER, "admin_disabled_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_new_user_is_told_as_a_changed_one_would_be(
    syncs: Any, directory: Any, path: Path, fields: dict[str, Any]
) -> None:
    usual = directory.user_row(
        "wang", manager=directory.ref("li"), main_department=directory.ref("1")
    )
    row: UserRow = usual._replace(**fields)
    change = Change(
        Entity.USER, Action.CREATE, directory.ref("wang"), None, None, None, row, Cause("new")
    )
    plan = directory.plan(directory.add_department("1"), change, directory.add_user("li"))
    syncs.apply(plan)
    [(told, key)] = stored(
        path,
        "SELECT c.after, u.userid_key FROM sync_change c JOIN directory_user u ON u.id = entity_id"
        " WHERE entity = 'user' AND entity_id = 1",
    )
    ids = {directory.ref("wang"): 1, directory.ref("li"): 2}
    expected = user_json(row, ids.__getitem__, lambda _: 1)
    assert told == orjson.dumps(expected).decode()
    assert key == userid_key(row.userid)
    columns = ", ".join(expected)
    [kept] = stored(path, f"SELECT {columns} FROM directory_user WHERE id = 1")
    as_json = dict(zip(expected, kept, strict=True))
    as_json["custom"] = json.loads(as_json["custom"])
    for name in ("gone_at", "source_disabled_at", "admin_disabled_at"):
        if as_json[name] is not None:
            as_json[name] = as_json[name].replace(" ", "T") + "Z"
    assert as_json == expected


def test_managers_may_be_made_after_those_whom_they_manage(
    syncs: Any, directory: Any, path: Path
) -> None:
    people = [directory.add_user(f"p{at}", manager=directory.ref("boss")) for at in range(250)]
    syncs.apply(directory.plan(*people, directory.add_user("boss")))
    assert stored(path, "SELECT DISTINCT manager_id FROM directory_user WHERE id <= 250") == [
        (251,)
    ]
    assert stored(path, "PRAGMA foreign_key_check") == []


def test_a_link_without_a_user_is_told_and_kept(syncs: Any, directory: Any, path: Path) -> None:
    row = LinkRow(None, LinkMethod.COMMON_FIELD, 'E"1')
    ref = directory.ref("nobody")
    change = Change(Entity.LINK, Action.LINK, ref, None, None, None, row, Cause("new"))
    syncs.apply(directory.plan(change))
    [(after,)] = stored(path, "SELECT after FROM sync_change WHERE entity = 'link'")
    assert json.loads(after) == {
        "source": "wecom",
        "external_id": "nobody",
        "user_id": None,
        "method": "common_field",
        "key_value": 'E"1',
        "is_owner": False,
        "linked_at": "2026-03-04T05:06:07.891011Z",
    }
    columns = "user_id, method, key_value, is_owner, linked_at"
    assert stored(path, f"SELECT {columns} FROM directory_link") == [
        (None, "common_field", 'E"1', 0, "2026-03-04 05:06:07.891011")
    ]


def test_what_the_log_says_of_new_rows_is_what_sync_change_says(
    syncs: Any, directory: Any, path: Path
) -> None:
    syncs.apply(directory.company())
    lines = [
        json.loads(line)
        for (block,) in stored(path, "SELECT lines FROM audit_block ORDER BY first_seq")
        for line in block.splitlines()
    ]
    told = [
        (one["entity"], one["entity_id"], one["action"], one["after"], one["cause"])
        for one in lines
        if one["event"] == "change"
    ]
    query = "SELECT entity, entity_id, action, after, cause FROM sync_change ORDER BY id"
    rows = [(*row[:3], *map(json.loads, row[3:])) for row in stored(path, query)]
    assert told == rows
    assert len(told) == 11
