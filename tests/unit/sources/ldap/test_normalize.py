"""From a payload to a record: bad fields are unknown, and the person arrives."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.entry import Entry, Kind
from syncd.model.field import MAX_LENGTH
from syncd.model.record import RecordState
from syncd.sources.ldap import LdapSettings, payload
from syncd.sources.ldap.kinds import ACTIVE_DIRECTORY, DS389, KINDS, OPENLDAP
from syncd.sources.ldap.normalize import department_record, user_record

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SETTINGS = LdapSettings(
    "corp", ("ldaps://x",), "dc=x", fields={"custom.grade": "employeeType", "alias": "displayName"}
)
BY_KIND = {code: SETTINGS.attributes(kind) for code, kind in KINDS.items()}
ATTRIBUTES = BY_KIND["openldap"]


def record(readable=(), kind=OPENLDAP, placed=("unit",), **attributes):
    raw = payload.encode_attributes(attributes)
    content = payload.person(raw, placed, kind.code, None, readable)
    return user_record("corp", BY_KIND, Entry(Kind.USER, "1", NOON, content))


def test_fields_of_ones_own_are_merged_over_the_defaults():
    fields = record(cn=["张三".encode()], employeetype=[b"P7"], displayname=[b"Zhang"]).fields
    assert fields == {"name": "张三", "custom.grade": "P7", "alias": "Zhang"}


def test_the_first_of_several_values_counts():
    assert record(mail=[b"b@x", b"a@x"]).fields == {"email": "b@x"}


def test_absent_is_empty_where_it_is_readable_and_unknown_elsewhere():
    assert record(readable=["mobile"]).fields == {"mobile": None}


MADE = LdapSettings(
    "corp",
    ("ldaps://x",),
    "dc=x",
    fields={
        "name": "{sn}{givenName?}",
        "mobile": {"from": "telephoneNumber", "match": "^.*?(1[0-9]{10})$"},
        "employee_no": {"from": "employeeNumber", "strip_prefix": "E", "pad_left": 6},
    },
)


def made(readable=(), **attributes):
    raw = payload.encode_attributes(attributes)
    content = payload.person(raw, ("unit",), "openldap", None, readable)
    by_kind = {"openldap": MADE.attributes(OPENLDAP)}
    return user_record("corp", by_kind, Entry(Kind.USER, "1", NOON, content))


def test_a_value_is_made_of_several_attributes():
    person = made(
        sn=["张".encode()],
        givenname=["三".encode()],
        telephonenumber=[b"010-1", b"86 13800138000"],
        employeenumber=[b"E42"],
    )
    assert {name: person.fields[name] for name in ("name", "mobile", "employee_no")} == {
        "name": "张三",
        "mobile": "13800138000",
        "employee_no": "000042",
    }


def test_a_made_value_is_unknown_where_an_attribute_of_it_is_and_empty_where_that_is_empty():
    assert "name" not in made(sn=["张".encode()]).fields
    assert made(readable=["givenname"], sn=["张".encode()]).fields["name"] == "张"
    assert made(readable=["sn"], givenname=["三".encode()]).fields["name"] is None
    assert "mobile" not in made().fields
    assert made(readable=["telephonenumber"]).fields["mobile"] is None
    assert made(telephonenumber=[b"8888"]).fields["mobile"] is None


@pytest.mark.parametrize(
    ("attributes", "rejection"),
    [
        ({"telephonenumber": [b"1", b"\xff"]}, ("mobile", "encoding")),
        ({"telephonenumber": [b"1" * 1001]}, ("mobile", "too_long")),
        ({"sn": [b"a\0"], "givenname": [b"b"]}, ("name", "nul")),
        ({"sn": [b"a" * 200], "givenname": [b"b" * 200]}, ("name", "too_long")),
    ],
)
def test_a_value_made_of_something_bad_is_unknown_and_named(attributes, rejection):
    person = made(readable=["givenname"], **attributes)
    assert rejection[0] not in person.fields
    assert rejection in {(each.field, each.reason) for each in person.rejections}


def test_blank_text_is_empty():
    assert record(title=[b" "]).fields == {"position": None}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfe", "encoding"),
        (b"138\x0000", "nul"),
        (b"1" * (MAX_LENGTH["mobile"] + 1), "too_long"),
    ],
)
def test_a_bad_value_is_unknown_and_named(value, reason):
    bad = record(mobile=[value], cn=["张三".encode()])
    assert bad.fields == {"name": "张三"}
    assert [(each.external_id, each.field, each.reason) for each in bad.rejections] == [
        ("1", "mobile", reason)
    ]


@pytest.mark.parametrize("manager", ["9", None])
def test_a_manager_is_an_id_of_the_same_reading_or_nobody(manager):
    raw = payload.encode_attributes({"manager": [b"uid=b,dc=x"]})
    entry = Entry(Kind.USER, "1", NOON, payload.person(raw, ("unit",), "openldap", manager, ()))
    assert user_record("corp", BY_KIND, entry).fields == {"manager": manager}


@pytest.mark.parametrize(
    ("locks", "readable", "state"),
    [
        ([b"000001010000Z"], (), RecordState.DISABLED),
        ([b"20260101000000Z"], (), RecordState.ACTIVE),
        ([], ("pwdaccountlockedtime",), RecordState.ACTIVE),
        ([], (), None),
    ],
)
def test_only_a_lock_for_good_disables_and_only_a_readable_one_clears(locks, readable, state):
    attributes = {"pwdaccountlockedtime": locks} if locks else {}
    assert record(readable=readable, **attributes).state is state


def test_a_department_with_a_name_that_is_too_long_has_an_unknown_name():
    content = payload.department("长" * 256, "parent")
    unit = department_record("corp", Entry(Kind.DEPARTMENT, "2", NOON, content))
    assert (unit.name, unit.parent, unit.is_top) == (None, "parent", False)
    assert [(each.field, each.reason) for each in unit.rejections] == [("name", "too_long")]


NAMES = sorted(value.attributes[0] for value in ATTRIBUTES.values())


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.binary())))
def test_no_bytes_make_normalizing_fail(attributes):
    made = record(readable=NAMES, **attributes)
    assert made.fields.keys() | {each.field for each in made.rejections} == set(ATTRIBUTES)


@given(st.dictionaries(st.sampled_from(["cn", "mail", "uid"]), st.lists(st.binary(), min_size=1)))
def test_equal_attributes_have_equal_payloads_in_any_order(attributes):
    backwards = dict(reversed(attributes.items()))
    assert payload.encode_attributes(attributes) == payload.encode_attributes(backwards)


@pytest.mark.parametrize(
    ("kind", "values", "state"),
    [
        (ACTIVE_DIRECTORY, [b"514"], RecordState.DISABLED),
        (ACTIVE_DIRECTORY, [b"66050"], RecordState.DISABLED),
        (ACTIVE_DIRECTORY, [b"512"], RecordState.ACTIVE),
        (ACTIVE_DIRECTORY, [b"-2147483134"], RecordState.DISABLED),
        (ACTIVE_DIRECTORY, [b"no number"], RecordState.ACTIVE),
        (ACTIVE_DIRECTORY, [b"\xff"], RecordState.ACTIVE),
        (ACTIVE_DIRECTORY, ["²".encode()], RecordState.ACTIVE),
        (ACTIVE_DIRECTORY, [b"2" * 5000], RecordState.ACTIVE),
        (ACTIVE_DIRECTORY, [b"--2"], RecordState.ACTIVE),
        (DS389, [b"TRUE"], RecordState.DISABLED),
        (DS389, [b"true"], RecordState.DISABLED),
        (DS389, [b"false"], RecordState.ACTIVE),
    ],
)
def test_each_kind_has_its_own_way_of_switching_an_account_off(kind, values, state):
    assert record(kind=kind, **{kind.lock.lower(): values}).state is state


def test_the_defaults_of_active_directory_are_its_own():
    fields = record(
        kind=ACTIVE_DIRECTORY, samaccountname=[b"zhangsan"], displayname=["张三".encode()]
    ).fields
    assert fields == {"userid": "zhangsan", "name": "张三", "alias": "张三"}


@pytest.mark.parametrize(
    ("placed", "memberships"), [(("unit",), 1), ((None,), 0), ((), None)], ids=str
)
def test_no_department_is_told_from_an_unknown_one(placed, memberships):
    made = record(placed=placed)
    assert (None if made.memberships is None else len(made.memberships)) == memberships
    assert made.main_department == (placed[0] if placed else None)
