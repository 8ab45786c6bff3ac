"""Whom a message is for: each person once, and of everybody else the reason."""

import pytest

from syncd.store.outbox.values import NoTag, Tag
from tests.integration.outbox.office import Office


def reasons(office: Office, key: int) -> dict[str, tuple[str, str | None]]:
    return {
        one["external_id"] or one["recipient"]: (one["status"], one["reason"])
        for one in office.deliveries(key)
    }


def test_a_message_reaches_whom_it_names_by_id_and_by_userid_without_case(office: Office) -> None:
    office.hire("WangWu", "lisi", "zhao")
    key = office.queue("user:2|userid:wangwu|userid:WANGWU")
    drained = office.drain()
    assert reasons(office, key) == {"wangwu": ("delivered", None), "lisi": ("delivered", None)}
    assert office.wecom.ledger == {
        ("lisi", '{"content": "hi"}'): 1,
        ("wangwu", '{"content": "hi"}'): 1,
    }
    told = office.message(key)
    assert (told["status"], told["people"], told["source"]) == ("done", 2, "wecom")
    assert told["finished_at"] is not None
    assert (drained.sent, drained.delivered, drained.dead, drained.waiting) == (1, 2, 0, 0)
    [call] = office.calls()
    assert (call["status"], call["body"], call["msgid"]) == ("sent", None, "msg-1")


def test_a_department_is_meant_with_all_below_it_and_nobody_gets_it_twice(office: Office) -> None:
    office.hire("a", "b", "c", "d")
    office.hire("off", status="inactive")
    office.add_department(1, None, 1)
    office.add_department(2, 1, 2, 3, 5)
    office.add_department(3, 2, 3)
    office.add_department(4, None, 4)
    key = office.queue("department:1|user:2")
    office.drain()
    assert reasons(office, key) == {
        **dict.fromkeys("abc", ("delivered", None)),
        "off": ("cancelled", "inactive"),
    }
    assert office.message(key)["status"] == "done"


def test_all_are_the_active_people_who_are_linked(office: Office) -> None:
    office.hire("a", "b")
    office.hire("off", status="inactive")
    office.hire("elsewhere", source="corp_ldap")
    key = office.queue("all")
    office.drain()
    assert reasons(office, key) == dict.fromkeys("ab", ("delivered", None))


def test_who_is_unknown_inactive_or_not_linked_is_told_and_the_others_get_it(
    office: Office,
) -> None:
    office.hire("a")
    office.hire("off", status="inactive")
    office.hire("elsewhere", source="corp_ldap")
    key = office.queue("user:1|user:2|user:3|user:99|userid:nobody|department:9")
    drained = office.drain()
    assert reasons(office, key) == {
        "a": ("delivered", None),
        "off": ("dead", "inactive"),
        "user:3": ("dead", "not_linked"),
        "user:99": ("dead", "unknown_recipient"),
        "userid:nobody": ("dead", "unknown_recipient"),
        "department:9": ("dead", "unknown_recipient"),
    }
    assert office.message(key)["status"] == "partial"
    assert (drained.delivered, drained.dead) == (1, 5)


def test_a_tag_is_asked_for_and_means_also_people_who_are_no_users(office: Office) -> None:
    office.hire("a", "b", "c")
    office.hire("off", status="inactive")
    office.add_department(1, None, 2)
    office.wecom.tags = {
        5: Tag(frozenset({"a", "off", "stranger"}), frozenset({"d1", "d77"})),
        6: NoTag("no such tag"),
    }
    key = office.queue("tag:5")
    none = office.queue("tag:6")
    office.drain()
    assert reasons(office, key) == {
        **dict.fromkeys(("a", "b", "stranger"), ("delivered", None)),
        "off": ("cancelled", "inactive"),
        "tag:5 (department d77)": ("dead", "unknown_recipient"),
    }
    assert reasons(office, none) == {"tag:6": ("dead", "unknown_recipient")}
    assert office.message(none)["status"] == "dead"


def test_a_message_to_a_tag_waits_while_wecom_cannot_be_asked_and_holds_up_nothing(
    office: Office,
) -> None:
    office.hire("a")
    key = office.queue("tag:5")
    other = office.queue("user:1")
    drained = office.drain()
    assert drained.unreachable == {"wecom": "WeCom cannot be reached."}
    assert (office.message(key)["status"], office.message(other)["status"]) == ("queued", "done")
    office.wecom.tags[5] = Tag(frozenset({"a"}), frozenset())
    office.drain()
    assert office.message(key)["status"] == "done"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"recipient": "everybody"}, "bad_recipient"),
        ({"recipient": "user:x"}, "bad_recipient"),
        ({"msgtype": "carrier_pigeon"}, "bad_content"),
        ({"content": {"content": ""}}, "bad_content"),
        ({"content": ["no object"]}, "bad_content"),
        ({"source": "unheard_of"}, "no_source"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_bad_message_is_dead_with_its_reason_and_stops_nothing(
    office: Office, more: dict[str, object], reason: str
) -> None:
    office.hire("a")
    bad = office.queue(**{"recipient": "user:1", **more})  # type: ignore[arg-type] # whatever an application writes
    good = office.queue("user:1")
    office.drain()
    told = office.message(bad)
    assert (told["status"], told["reason"]) == ("dead", reason)
    assert told["error"]
    assert told["finished_at"] is not None
    assert office.message(good)["status"] == "done"


def test_what_sqlite_takes_and_no_other_database_would_is_dead_and_stops_nothing(
    office: Office,
) -> None:
    if office.database.kind != "sqlite":
        return
    office.hire("a")
    columns = "(recipient, msgtype, content, priority, not_before)"
    for values in (
        "('user:1', 'text', 'no JSON', 0, NULL)",
        "('user:1', 'text', x'00ff', 0, NULL)",
        "('user:1', 'text', '{}', 'urgent', NULL)",
        "('user:1', 'text', '{\"content\": \"x\"}', 0, 'soon')",
    ):
        office.database.execute(f"INSERT INTO outbox_message {columns} VALUES {values}")
    good = office.queue("user:1")
    office.drain()
    assert office.statuses("outbox_message") == {"dead": 4, "done": 1}
    assert office.message(good)["status"] == "done"


def test_a_message_without_a_source_is_dead_where_several_might_send_it(office: Office) -> None:
    office.hire("a")
    key = office.queue("user:1")
    office.drain(default_source=None)
    assert office.message(key)["reason"] == "no_source"
