"""The same state gives the same bytes, and what cannot be an id stops nobody else."""

from datetime import UTC, datetime

import pytest

from syncd.model.entry import Kind, Rejection
from syncd.sources.wecom.attributes import AttributeMap
from syncd.sources.wecom.payload import IDENTIFIERS, Packer, decode, pack_department, without_gender

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ATTRIBUTES = AttributeMap.of({"employee_no": "extattr.工号"})


def pack(*members, **settings):
    details = settings.pop("details", True)
    return Packer(ATTRIBUTES, **settings).pack(members, NOW, details=details)


def only(*members, **settings):
    (entry,) = pack(*members, **settings).entries
    return entry


def test_the_order_of_keys_makes_no_difference():
    one = only({"userid": "a", "name": "x", "extattr": {"attrs": [{"name": "工号", "value": "1"}]}})
    other = only(
        {"extattr": {"attrs": [{"value": "1", "name": "工号"}]}, "name": "x", "userid": "a"}
    )
    assert one == other


def test_what_changes_without_a_change_is_no_part_of_the_bytes():
    one = only({"userid": "a", "avatar": "https://p1.example/x/0?t=1", "qr_code": "q1", "new": 1})
    other = only({"userid": "a", "avatar": "http://p2.example/x/0", "thumb_avatar": "u"})
    assert one.payload == other.payload
    assert one.volatile != other.volatile


def test_another_picture_changes_the_bytes():
    assert only({"userid": "a", "avatar": "https://p.example/x/0"}).payload != (
        only({"userid": "a", "avatar": "https://p.example/y/0"}).payload
    )


@pytest.mark.parametrize("nobody", [[], ""])
def test_an_empty_list_of_leaders_says_something_only_where_everybody_can_be_seen(nobody):
    member = {"userid": "a", "direct_leader": nobody}
    seen = pack(member)
    assert decode(seen.entries[0].payload)["direct_leader"] == nobody
    assert "direct_leader" in seen.carried
    unseen = pack(member, sees_everybody=False)
    assert unseen.entries[0].payload == only({"userid": "a"}).payload
    assert "direct_leader" not in unseen.carried
    assert member["direct_leader"] == nobody


def test_a_leader_who_is_shown_is_kept_whoever_looks():
    batch = pack(
        {"userid": "a", "direct_leader": []},
        {"userid": "b", "direct_leader": ["a"]},
        sees_everybody=False,
    )
    shown = [decode(entry.payload).get("direct_leader") for entry in batch.entries]
    assert shown == [None, ["a"]]
    assert "direct_leader" in batch.carried


def test_the_answer_itself_is_left_as_it_was():
    member = {"userid": "a", "avatar": "https://p.example/x/0", "department": [1], "gender": 1}
    before = dict(member)
    pack(member, departments=frozenset())
    assert member == before


@pytest.mark.parametrize(
    ("userid", "reason"),
    [
        (None, "type"),
        (7, "type"),
        (["a"], "type"),
        ("", "empty"),
        ("a\0", "nul"),
        ("\0", "nul"),
        ("x" * 256, "too_long"),
        ("\ud800", "encoding"),
    ],
)
def test_a_bad_id_rejects_its_person_alone(userid, reason):
    batch = pack({"userid": userid, "name": "x"}, {"userid": "good"})
    assert [entry.external_id for entry in batch.entries] == ["good"]
    (rejection,) = batch.rejections
    assert (rejection.kind, rejection.field, rejection.reason) == (Kind.USER, "id", reason)
    assert rejection.external_id.isprintable()
    assert len(rejection.external_id) <= 80


def test_a_member_without_any_id_is_rejected():
    assert pack({"name": "x"}).rejections == (Rejection(Kind.USER, "None", "id", "type"),)


def test_all_departments_come_from_the_secret_that_sees_them_all():
    entry = only(
        {"userid": "A", "department": [5, 2], "order": [50, 20], "is_leader_in_dept": [1, 0]},
        places={"a": [2, 5, 9]},
    )
    member = decode(entry.payload)
    assert member["department"] == [5, 2, 9]
    assert member["order"] == [50, 20]


def test_a_department_that_is_gone_takes_its_order_and_flag_along():
    entry = only(
        {"userid": "a", "department": [5, 2, 7], "order": [50, 20, 70], "is_leader_in_dept": [1]},
        places={"a": [2, 7]},
    )
    member = decode(entry.payload)
    assert (member["department"], member["order"]) == ([2, 7], [20, 70])
    assert member["is_leader_in_dept"] == []


def test_departments_that_are_left_out_are_not_named():
    entry = only({"userid": "a", "department": [2, 3], "order": [1, 2]}, departments=frozenset({3}))
    assert (decode(entry.payload)["department"], decode(entry.payload)["order"]) == ([3], [2])


def test_identifiers_alone_are_marked():
    assert decode(only({"userid": "a"}, details=False).payload)[IDENTIFIERS] is True


def test_what_somebody_carries_is_told():
    batch = pack(
        {"userid": "a", "name": "x", "thumb_avatar": "t", "gender": "0"},
        {"userid": "b", "mobile": "", "extattr": {"attrs": [{"name": "工号"}, {"name": "other"}]}},
    )
    assert ATTRIBUTES.readable(batch.carried) == {"userid", "name", "mobile", "employee_no"}


@pytest.mark.parametrize("gender", ["1", 2, "2"])
def test_one_known_gender_makes_the_field_readable(gender):
    batch = pack({"userid": "a", "gender": "0"}, {"userid": "b", "gender": gender})
    assert "gender" in ATTRIBUTES.readable(batch.carried)


@pytest.mark.parametrize(
    "member",
    [
        {"userid": "a", "gender": "0"},
        {"gender": "0", "userid": "a", "name": '"gender":"0",'},
        {"department": [1], "gender": 0, "userid": "a"},
        {"gender": "0", "email": "x", "userid": "a"},
    ],
)
def test_a_withheld_gender_leaves_everything_else(member):
    entry = only(member)
    left = {key: value for key, value in decode(entry.payload).items() if key != "gender"}
    assert decode(without_gender(entry).payload) == left


def test_a_known_gender_stays():
    entry = only({"userid": "a", "gender": "2"})
    assert without_gender(entry) is entry


def test_a_department_keeps_what_is_ours():
    row = {"parentid": 1, "id": 7, "name": "x", "department_leader": ["a"], "order": 3}
    entry = pack_department(row, "7", NOW, is_top=True)
    assert decode(entry.payload) == {"@top": True, "id": 7, "name": "x", "order": 3, "parentid": 1}


def test_numbers_beyond_64_bits_do_not_stop_anybody():
    assert only({"userid": "a", "mobile": 10**40}).external_id == "a"


def test_an_extended_attribute_that_no_field_is_made_of_is_no_news():
    def packed(hobby: str) -> bytes:
        attrs = [{"name": "工号", "value": "1"}, {"name": "爱好", "value": hobby}]
        return only({"userid": "a", "extattr": {"attrs": attrs}}).payload

    assert packed("chess") == packed("go")
