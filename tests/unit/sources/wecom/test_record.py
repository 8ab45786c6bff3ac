"""WeCom's attributes in our field names, also when they are absurd."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.entry import Entry, Kind, Rejection
from syncd.model.field import MAX_LENGTH, is_field
from syncd.model.record import MembershipRecord, RecordState
from syncd.sources.wecom.attributes import AttributeMap
from syncd.sources.wecom.payload import Packer
from syncd.sources.wecom.record import department_record, user_record

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PLAIN = AttributeMap.of({})
MAPPED = AttributeMap.of(
    {
        "employee_no": "extattr.工号",
        "custom.grade": "extattr.职级",
        "custom.outside": "external_position",
    }
)


def packed(member, attributes=PLAIN):
    """Return the one entry that a member makes."""
    (entry,) = Packer(attributes).pack([{"userid": "Zhang", **member}], NOW).entries
    return entry


def record(member, attributes=PLAIN):
    return user_record("wecom", packed(member, attributes), attributes)


def rejected(made):
    return {(one.field, one.reason) for one in made.rejections}


def test_a_missing_key_is_unknown_and_an_empty_one_is_empty():
    made = record({"mobile": "", "name": "张三"})
    assert made.fields == {"userid": "Zhang", "mobile": None, "name": "张三"}


MADE = AttributeMap.of(
    {
        "name": "{extattr.姓}{name}",
        "employee_no": {"from": "extattr.工号", "strip_prefix": "E", "pad_left": 6},
        "mobile": {"from": "telephone", "match": "^.*?(1[0-9]{10})$"},
    }
)


def attrs(**texts):
    rows = [{"name": name, "type": 0, "text": {"value": text}} for name, text in texts.items()]
    return {"extattr": {"attrs": rows}}


def test_a_value_is_made_of_several_attributes():
    made = record(
        {"name": "三", "telephone": "0086 13800138000", **attrs(姓="张", 工号="E42")}, MADE
    )
    assert made.fields == {
        "userid": "Zhang",
        "telephone": "0086 13800138000",
        "name": "张三",
        "employee_no": "000042",
        "mobile": "13800138000",
    }


def test_a_made_value_is_unknown_where_an_attribute_of_it_is_and_empty_where_that_is_empty():
    assert "name" not in record({"name": "三"}, MADE).fields
    assert record({"name": "三", **attrs(姓="")}, MADE).fields["name"] is None
    assert record({"telephone": ""}, MADE).fields["mobile"] is None
    assert record({"telephone": "8888"}, MADE).fields["mobile"] is None
    assert rejected(record({"telephone": "1" * 5000}, MADE)) >= {("mobile", "too_long")}


def test_a_made_field_is_readable_where_all_that_it_needs_is():
    assert MADE.readable(["name", "telephone"]) == {"mobile", "telephone"}
    assert MADE.readable(["name", "extattr.姓", "extattr.工号"]) == {"name", "employee_no"}
    assert MADE.extended == {"姓", "工号"}
    assert {"name", "telephone"} <= MADE.kept


def test_the_id_is_lower_case_and_the_userid_keeps_its_spelling():
    made = record({})
    assert (made.external_id, made.fields["userid"]) == ("zhang", "Zhang")


def test_four_byte_characters_are_kept():
    assert record({"name": "𠮷野家🍚"}).fields["name"] == "𠮷野家🍚"


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"name": "a\0b"}, ("name", "nul")),
        ({"name": "长" * 300}, ("name", "too_long")),
        ({"name": "\ud800"}, ("name", "encoding")),
        ({"name": 3.5}, ("name", "type")),
        ({"name": None}, ("name", "type")),
        ({"mobile": True}, ("mobile", "type")),
        ({"mobile": 10**30}, ("mobile", "type")),
        ({"email": ["a@b"]}, ("email", "type")),
        ({"gender": "3"}, ("gender", "type")),
        ({"gender": []}, ("gender", "type")),
        ({"direct_leader": [7]}, ("manager", "type")),
        ({"direct_leader": {"a": 1}}, ("manager", "type")),
        ({"direct_leader": ["x" * 256]}, ("manager", "too_long")),
        ({"avatar": "https://h.example/" + "p" * 2048}, ("avatar_url", "too_long")),
        ({"department": "1"}, ("department", "type")),
        ({"department": [1, None]}, ("department", "type")),
        ({"department": [0]}, ("department", "type")),
        ({"department": [1], "order": ["x"]}, ("order", "type")),
        ({"department": [1], "is_leader_in_dept": [2]}, ("is_leader_in_dept", "type")),
        ({"main_department": "x"}, ("main_department", "type")),
        ({"status": 3}, ("status", "type")),
        ({"status": {}}, ("status", "type")),
    ],
)
def test_what_cannot_be_used_is_unknown_and_named(member, expected):
    made = record(member)
    assert rejected(made) == {expected}
    assert expected[0] not in made.fields
    assert made.rejections[0] == Rejection(Kind.USER, "zhang", *expected)


def test_a_number_stands_for_its_digits():
    assert record({"telephone": 12345}).fields["telephone"] == "12345"


@pytest.mark.parametrize(
    ("gender", "expected"), [("1", "male"), ("2", "female"), ("0", None), (1, "male"), ("", None)]
)
def test_genders(gender, expected):
    assert record({"gender": gender}).fields["gender"] == expected


@pytest.mark.parametrize(
    ("leader", "expected"), [(["Li.Si", "x"], "li.si"), ([], None), ("", None), ("Li", "li")]
)
def test_the_manager_is_the_first_leader_by_id(leader, expected):
    assert record({"direct_leader": leader}).fields["manager"] == expected


def test_an_old_servers_english_name_is_the_alias():
    assert record({"english_name": "Joe"}).fields["alias"] == "Joe"
    assert record({"english_name": "Joe", "alias": "J"}).fields["alias"] == "J"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (1, RecordState.ACTIVE),
        (2, RecordState.DISABLED),
        (4, RecordState.ACTIVE),
        (5, RecordState.LEFT),
        ("2", RecordState.DISABLED),
    ],
)
def test_states(status, state):
    assert record({"status": status, "enable": 0}).state is state


def test_an_absent_status_is_unknown_whatever_enable_says():
    assert record({"enable": 0}).state is None


def test_memberships_keep_order_and_leader_flag():
    made = record(
        {"department": [2, 4294967295], "order": [4294967295, 0], "is_leader_in_dept": [1, 0]}
    )
    assert made.memberships == (
        MembershipRecord("2", True, 4294967295),
        MembershipRecord("4294967295", False, 0),
    )


def test_short_or_absent_parallel_lists_are_unknown():
    assert record({"department": [2, 3], "order": [9]}).memberships == (
        MembershipRecord("2", None, 9),
        MembershipRecord("3", None, None),
    )
    assert record({"department": [2], "order": "9"}).memberships == (MembershipRecord("2"),)


def test_no_department_key_means_unknown_and_an_empty_list_means_none():
    assert record({}).memberships is None
    assert record({"department": []}).memberships == ()


def test_a_department_listed_twice_is_one_membership():
    assert record({"department": [2, 2]}).memberships == (MembershipRecord("2"),)


def test_a_hundred_departments_are_kept():
    assert len(record({"department": list(range(1, 101))}).memberships) == 100


def test_extended_attributes_of_every_form():
    attrs = [
        {"type": 0, "name": "工号", "text": {"value": "007"}, "value": "old"},
        {"type": 1, "name": "职级", "web": {"url": "https://x.example", "title": "x"}},
    ]
    made = record({"extattr": {"attrs": attrs}, "external_position": "顾问"}, MAPPED)
    assert made.fields["employee_no"] == "007"
    assert made.fields["custom.grade"] == "https://x.example"
    assert made.fields["custom.outside"] == "顾问"


def test_an_old_servers_extended_attribute_has_its_value_beside_the_name():
    made = record({"extattr": {"attrs": [{"name": "工号", "value": "9"}]}}, MAPPED)
    assert made.fields["employee_no"] == "9"


def test_an_extended_attribute_that_is_not_listed_is_unknown_and_an_empty_one_empty():
    made = record({"extattr": {"attrs": [{"name": "工号", "text": {"value": ""}}]}}, MAPPED)
    assert made.fields["employee_no"] is None
    assert "custom.grade" not in made.fields


@pytest.mark.parametrize("extattr", [None, {}, [], {"attrs": None}, {"attrs": [1, {"name": 2}]}])
def test_absurd_extended_attributes_are_unknown(extattr):
    assert "employee_no" not in record({"extattr": extattr}, MAPPED).fields


def test_an_extended_attribute_without_a_value_is_rejected():
    made = record({"extattr": {"attrs": [{"name": "工号"}]}}, MAPPED)
    assert rejected(made) == {("employee_no", "type")}


def test_the_whole_address_of_an_avatar_comes_back():
    url = "https://h.example/a/0?x=1&y=/2"
    assert record({"avatar": url}).fields["avatar_url"] == url
    assert record({"avatar": ""}).fields["avatar_url"] is None
    assert record({"avatar": "no address"}).fields["avatar_url"] == "no address"


def test_a_picture_elsewhere_may_be_the_avatar():
    attributes = AttributeMap.of({"avatar_url": "thumb_avatar"})
    url = "https://h.example/a/100"
    assert record({"thumb_avatar": url}, attributes).fields["avatar_url"] == url


def department(row, id_="7"):
    entry = Entry(Kind.DEPARTMENT, id_, NOW, json.dumps(row).encode())
    return department_record("wecom", entry)


def test_a_department():
    made = department(
        {"id": 7, "name": "研发", "name_en": "", "parentid": 2**31 + 5, "order": 4294967295}
    )
    assert (made.name, made.name_en, made.parent) == ("研发", None, str(2**31 + 5))
    assert made.sort_order == 4294967295
    assert not made.is_top


def test_only_the_root_is_without_a_parent():
    assert department({"id": 1, "parentid": 0}, "1").parent is None
    assert department({"id": 7, "parentid": 0}).parent == "0"


@pytest.mark.parametrize(
    ("name", "reason"), [("a\0", "nul"), ("长" * 300, "too_long"), (7.5, "type")]
)
def test_a_department_with_a_bad_name_is_called_by_its_id(name, reason):
    made = department({"id": 7, "name": name, "order": -1})
    assert made.name is None
    assert rejected(made) == {("name", reason), ("order", "type")}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        *("userid", "name", "alias", "english_name", "mobile", "gender", "avatar", "direct_leader"),
        *("department", "order", "is_leader_in_dept", "main_department", "status", "extattr"),
        *("external_position", "telephone", "position", "id", "parentid", "@top"),
    ]
)


@given(st.dictionaries(KEYS, JSON | st.lists(st.integers(), max_size=5)))
def test_no_answer_of_wecom_can_stop_the_reading_of_others(member):
    batch = Packer(MAPPED).pack([member, {"userid": "good"}], NOW)
    assert batch.entries[-1].external_id == "good"
    for entry in batch.entries:
        made = user_record("wecom", entry, MAPPED)
        for name, value in made.fields.items():
            assert is_field(name)
            assert value is None or (value and "\0" not in value and value.encode())
            assert value is None or len(value) <= MAX_LENGTH.get(name, 4096)
    whole = Entry(Kind.DEPARTMENT, "7", NOW, json.dumps(member).encode())
    assert department_record("wecom", whole).external_id == "7"


@given(JSON)
def test_any_json_makes_a_record(value):
    entry = Entry(Kind.USER, "x", NOW, json.dumps(value).encode())
    assert user_record("wecom", entry, PLAIN).external_id == "x"
