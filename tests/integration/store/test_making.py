import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from syncd.model.change import Action, Cause, Change, Entity
from syncd.model.directory import LinkMethod, LinkRow, UserRow
from syncd.store.packing import unpack
from syncd.store.rows import user_json, userid_key
from tests.servers.database import TestDatabase

LATER = datetime(2026, 5, 6, 15, 8, 9, 10, timezone(timedelta(hours=8)))


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
    syncs: Any, directory: Any, database: TestDatabase, fields: dict[str, Any]
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
    [(told, key)] = database.rows(
        "SELECT c.after, u.userid_key FROM sync_change c JOIN directory_user u ON u.id = entity_id"
        " WHERE entity = 'user' AND entity_id = 1",
    )
    ids = {directory.ref("wang"): 1, directory.ref("li"): 2}
    expected = user_json(row, ids.__getitem__, lambda _: 1)
    assert json.loads(told) == expected
    assert key == userid_key(row.userid)
    columns = ", ".join(expected)
    [kept] = database.rows(f"SELECT {columns} FROM directory_user WHERE id = 1")
    as_json = dict(zip(expected, kept, strict=True))
    as_json["custom"] = json.loads(as_json["custom"])
    for name in ("gone_at", "source_disabled_at", "admin_disabled_at"):
        if as_json[name] is not None:
            as_json[name] = as_json[name].replace(" ", "T") + "Z"
    assert as_json == expected


def test_managers_may_be_made_after_those_whom_they_manage(
    syncs: Any, directory: Any, database: TestDatabase
) -> None:
    people = [directory.add_user(f"p{at}", manager=directory.ref("boss")) for at in range(250)]
    syncs.apply(directory.plan(*people, directory.add_user("boss")))
    assert database.rows("SELECT DISTINCT manager_id FROM directory_user WHERE id <= 250") == [
        (251,)
    ]


@pytest.mark.parametrize(
    "managed_by",
    [
        pytest.param({"a": "a"}, id="herself"),
        pytest.param({"a": "b", "b": "a"}, id="each other"),
        pytest.param({"d": "c", "c": "a", "a": "b", "b": "a"}, id="somebody in a circle"),
        pytest.param({"d": "c", "c": "b", "b": "a", "e": "c"}, id="a chain"),
    ],
)
def test_managers_are_kept_and_told_whoever_manages_whom(
    syncs: Any, directory: Any, database: TestDatabase, managed_by: dict[str, str]
) -> None:
    people = ("d", "c", "b", "a", "e")
    made = [
        directory.add_user(
            key, manager=directory.ref(managed_by[key]) if key in managed_by else None
        )
        for key in people
    ]
    syncs.apply(directory.plan(*made))
    ids = {key: number for number, key in enumerate(people, 1)}
    expected = {ids[key]: ids[managed_by[key]] if key in managed_by else None for key in people}
    assert dict(database.rows("SELECT id, manager_id FROM directory_user")) == expected
    told = database.rows("SELECT entity_id, after FROM sync_change WHERE entity = 'user'")
    assert {key: json.loads(after)["manager_id"] for key, after in told} == expected


def test_a_link_without_a_user_is_told_and_kept(
    syncs: Any, directory: Any, database: TestDatabase
) -> None:
    row = LinkRow(None, LinkMethod.COMMON_FIELD, 'E"1')
    ref = directory.ref("nobody")
    change = Change(Entity.LINK, Action.LINK, ref, None, None, None, row, Cause("new"))
    syncs.apply(directory.plan(change))
    [(after,)] = database.rows("SELECT after FROM sync_change WHERE entity = 'link'")
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
    assert database.rows(f"SELECT {columns} FROM directory_link") == [
        (None, "common_field", 'E"1', 0, "2026-03-04 05:06:07.891011")
    ]


def test_what_the_log_says_of_new_rows_is_what_sync_change_says(
    syncs: Any, directory: Any, database: TestDatabase
) -> None:
    syncs.apply(directory.company())
    lines = [
        json.loads(line)
        for _, _, block in database.rows("SELECT * FROM audit_block ORDER BY first_seq")
        for line in unpack(block).splitlines()
    ]
    told = [
        (one["entity"], one["entity_id"], one["action"], one["after"], one["cause"])
        for one in lines
        if one["event"] == "change"
    ]
    query = "SELECT entity, entity_id, action, after, cause FROM sync_change ORDER BY id"
    rows = [(*row[:3], *map(json.loads, row[3:])) for row in database.rows(query)]
    assert told == rows
    assert len(told) == 11


def test_texts_are_stored_as_texts(syncs: Any, directory: Any, database: TestDatabase) -> None:
    if database.kind != "sqlite":
        pytest.skip("the columns of a server have one type")
    syncs.apply(directory.company())
    kinds = database.rows("SELECT DISTINCT typeof(after), typeof(cause) FROM sync_change")
    assert kinds == [("text", "text")]
    assert database.rows("SELECT DISTINCT typeof(data) FROM directory_record") == [("text",)]
