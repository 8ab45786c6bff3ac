"""What arrives from a real OpenLDAP server."""

import pytest

from syncd.errors import SourceRejected
from syncd.model.entry import Snapshot
from syncd.model.record import RecordState, UserRecord
from syncd.sources.ldap import LdapSource
from tests.integration.ldap.slapd import (
    BLIND,
    BLIND_PASSWORD,
    SUFFIX,
    Slapd,
    person,
    unit,
)

RESEARCH = unit("研发部")
BACKEND = unit("后端, 一组".replace(",", "\\,"), RESEARCH[0])
SALES = unit("销售部")
BACKEND_NAME = "后端, 一组"
ZHANGSAN = person(
    "zhangsan",
    "张三",
    BACKEND[0],
    mobile="13800000001",
    mail="zhangsan@example.test",
    employeeNumber="007",
    title="工程师",
    manager=f"UID=lisi, ou=研发部,{SUFFIX}",
)
LISI = person("lisi", "李四", RESEARCH[0], mobile="13800000002")
WANGWU = person("wangwu", "王五", SUFFIX)
COMPANY = [RESEARCH, (BACKEND[0], {"objectClass": "organizationalUnit"}), SALES]
PEOPLE = [ZHANGSAN, LISI, WANGWU]


@pytest.fixture
def company(slapd):
    slapd.prepare([*COMPANY, *PEOPLE])
    slapd.start()
    return slapd


def people(source: LdapSource, snapshot: Snapshot) -> dict[str, UserRecord]:
    records = [source.normalize(entry) for entry in snapshot.users]
    return {record.fields["userid"]: record for record in records}


def departments(source: LdapSource, snapshot: Snapshot):
    return {record.name: record for record in map(source.normalize, snapshot.departments)}


def test_another_server_with_the_same_base_is_another_directory(
    company, make_source, require_server, tmp_path
):
    source = make_source(base_dn="DC=example, dc=test")
    snapshot = source.read({})
    base = departments(source, snapshot)["示例公司"].external_id
    assert snapshot.identity == f"{source.identity}#{base}" == f"dc=example,dc=test#{base}"
    assert source.read_user(snapshot.users[0].external_id).identity == snapshot.identity
    other = Slapd(require_server("OpenLDAP", "slapd"), tmp_path / "other")
    other.prepare([*COMPANY, *PEOPLE])
    other.start()
    try:
        there = make_source(urls=(other.url,))
        assert there.identity == source.identity
        assert there.read({}).identity != snapshot.identity
    finally:
        other.kill()


def test_departments_arrive_as_a_tree_under_the_base(company, make_source):
    source = make_source()
    found = departments(source, source.read({}))
    assert set(found) == {"示例公司", "研发部", BACKEND_NAME, "销售部"}
    root = found["示例公司"]
    assert (root.is_top, root.parent) == (True, None)
    assert found["研发部"].parent == root.external_id
    assert found[BACKEND_NAME].parent == found["研发部"].external_id
    assert not found[BACKEND_NAME].is_top


def test_people_arrive_with_their_fields_department_and_manager(company, make_source):
    source = make_source()
    snapshot = source.read({})
    found, units = people(source, snapshot), departments(source, snapshot)
    zhangsan = found["zhangsan"]
    assert zhangsan.fields == {
        "userid": "zhangsan",
        "name": "张三",
        "email": "zhangsan@example.test",
        "mobile": "13800000001",
        "employee_no": "007",
        "position": "工程师",
        "manager": found["lisi"].external_id,
    }
    assert [each.department for each in zhangsan.memberships] == [units[BACKEND_NAME].external_id]
    assert zhangsan.main_department == units[BACKEND_NAME].external_id
    assert found["wangwu"].main_department == units["示例公司"].external_id
    assert "telephone" not in zhangsan.fields  # nobody carries it, so it is unknown
    assert "telephone" not in snapshot.readable


def test_the_id_of_a_record_is_the_entry_uuid_of_the_server(company, make_source):
    with company.admin() as connection:
        connection.search(ZHANGSAN[0], "(objectClass=*)", "BASE", attributes=["entryUUID"])
        expected = connection.response[0]["raw_attributes"]["entryUUID"][0].decode()
    source = make_source()
    assert people(source, source.read({}))["zhangsan"].external_id == expected.lower()


def test_reading_twice_gives_the_same_entries(company, make_source):
    source = make_source()
    first = source.read({})
    second = source.read(first.scope)
    assert [entry.payload for entry in first.users] == [entry.payload for entry in second.users]
    assert first.readable == second.readable
    assert [(each.external_id, each.payload) for each in first.departments] == [
        (each.external_id, each.payload) for each in second.departments
    ]


def test_more_people_than_a_page_or_the_size_limit_all_arrive(slapd, make_source):
    crowd = [person(f"u{number}", f"员工{number}", RESEARCH[0]) for number in range(2500)]
    slapd.prepare([RESEARCH, *crowd])
    slapd.start()
    heard = []
    source = make_source()
    snapshot = source.read({}, lambda stage, done, _total: heard.append((stage, done)))
    assert len({entry.external_id for entry in snapshot.users}) == 2500
    assert heard == [("departments", 2), ("users", 1000), ("users", 2000), ("users", 2500)]


def test_a_renamed_and_moved_department_keeps_its_id_and_its_people(company, make_source):
    source = make_source()
    before = source.read({})
    company.move(RESEARCH[0], "ou=研究院", SALES[0])
    after = source.read(before.scope)
    old, new = departments(source, before), departments(source, after)
    assert new["研究院"].external_id == old["研发部"].external_id
    assert new["研究院"].parent == new["销售部"].external_id
    assert new[BACKEND_NAME].parent == new["研究院"].external_id
    assert people(source, after)["lisi"].memberships == people(source, before)["lisi"].memberships
    changed = {entry.payload for entry in after.departments} - {
        entry.payload for entry in before.departments
    }
    assert len(changed) == 1


def test_a_person_who_moves_has_another_payload_and_the_same_id(company, make_source):
    source = make_source()
    before = source.read({})
    company.move(LISI[0], "uid=lisi", SALES[0])
    after = source.read(before.scope)
    moved = people(source, after)["lisi"]
    assert moved.external_id == people(source, before)["lisi"].external_id
    assert moved.main_department == departments(source, after)["销售部"].external_id
    assert {entry.payload for entry in before.users} != {entry.payload for entry in after.users}


def test_a_department_moved_between_its_reading_and_its_peoples_keeps_them(company, make_source):
    def move_once(stage, _done, _total):
        if stage == "departments":
            company.move(RESEARCH[0], "ou=研究院", SALES[0])

    source = make_source()
    snapshot = source.read({}, move_once)
    unit_id = departments(source, snapshot)["研究院"].external_id
    assert people(source, snapshot)["lisi"].main_department == unit_id


def test_a_field_that_one_person_loses_while_another_has_it_is_cleared(company, make_source):
    source = make_source()
    before = source.read({})
    company.replace(ZHANGSAN[0], "mobile")
    after = source.read(before.scope)
    assert "mobile" in after.readable
    assert people(source, after)["zhangsan"].fields["mobile"] is None
    assert people(source, after)["wangwu"].fields["mobile"] is None


def test_a_field_that_all_who_had_it_lose_is_unknown(company, make_source):
    source = make_source()
    before = source.read({})
    company.replace(ZHANGSAN[0], "mobile")
    company.replace(LISI[0], "mobile")
    after = source.read(before.scope)
    assert "mobile" not in after.readable
    assert all("mobile" not in record.fields for record in people(source, after).values())


def test_a_field_that_its_only_bearer_loses_is_cleared_and_stays_known(company, make_source):
    source = make_source()
    before = source.read({})
    company.replace(ZHANGSAN[0], "title")
    after = source.read(before.scope)
    later = source.read(after.scope)
    for snapshot in (after, later):
        assert "position" in snapshot.readable
        assert people(source, snapshot)["zhangsan"].fields["position"] is None
    assert [entry.payload for entry in after.users] == [entry.payload for entry in later.users]


def test_an_account_that_may_not_read_a_field_blanks_nobody(company, make_source):
    before = make_source().read({})
    blind = make_source(bind_dn=BLIND, bind_password=lambda: BLIND_PASSWORD)
    after = blind.read(before.scope)
    assert "mobile" not in after.readable
    records = people(blind, after)
    assert all("mobile" not in record.fields for record in records.values())
    assert records["zhangsan"].fields["email"] == "zhangsan@example.test"


def test_an_account_locked_for_good_is_disabled_and_a_passing_lock_is_not(slapd, make_source):
    slapd.prepare(
        [
            person("locked", "锁定", pwdAccountLockedTime="000001010000Z"),
            person("guessed", "试错", pwdAccountLockedTime="20260101000000Z"),
            person("free", "正常"),
        ]
    )
    slapd.start()
    source = make_source()
    states = {name: record.state for name, record in people(source, source.read({})).items()}
    assert states == {
        "locked": RecordState.DISABLED,
        "guessed": RecordState.ACTIVE,
        "free": RecordState.ACTIVE,
    }


def test_nobody_locked_means_active_only_where_locks_may_be_read(company, make_source):
    seeing, blind = make_source(), make_source(bind_dn=BLIND, bind_password=lambda: BLIND_PASSWORD)
    seen = people(seeing, seeing.read({}))
    unseen = people(blind, blind.read({}))
    assert {record.state for record in seen.values()} == {RecordState.ACTIVE}
    assert {record.state for record in unseen.values()} == {None}


def test_a_value_that_is_no_text_is_a_rejected_field_and_the_person_arrives(slapd, make_source):
    entry = person("zhangsan", "张三")
    slapd.prepare([entry])
    slapd.start()
    slapd.replace(entry[0], "jpegPhoto", b"\xff\xd8\xff\xe0")
    source = make_source(fields={"custom.photo": "jpegPhoto"})
    record = people(source, source.read({}))["zhangsan"]
    assert "custom.photo" not in record.fields
    assert [(each.field, each.reason) for each in record.rejections] == [
        ("custom.photo", "encoding")
    ]


def test_a_person_without_a_readable_id_is_rejected_and_the_others_arrive(slapd, make_source):
    slapd.prepare([person("zhangsan", "张三"), person("lisi", "李四", description="hidden")])
    slapd.start()
    source = make_source()
    snapshot = source.read({})
    assert set(people(source, snapshot)) == {"zhangsan"}
    assert [(each.external_id, each.field, each.reason) for each in snapshot.rejections] == [
        (f"uid=lisi,{SUFFIX}", "id", "empty")
    ]


def test_when_no_id_can_be_read_at_all_the_reading_is_refused(slapd, make_source):
    slapd.prepare([person("lisi", "李四", description="hidden")])
    slapd.start()
    with pytest.raises(SourceRejected, match="entryUUID"):
        make_source().read({})


@pytest.mark.parametrize("name", ["示例公司/研发部", RESEARCH[0].upper()])
def test_an_excluded_department_and_all_below_it_are_not_read(company, make_source, name):
    source = make_source(exclude=(name,))
    snapshot = source.read({})
    assert set(people(source, snapshot)) == {"wangwu"}
    assert set(departments(source, snapshot)) == {"示例公司", "销售部"}


def test_a_department_can_be_excluded_by_its_id(company, make_source):
    everything = make_source()
    unit_id = departments(everything, everything.read({}))["研发部"].external_id
    source = make_source(exclude=(unit_id.upper(),))
    assert set(people(source, source.read({}))) == {"wangwu"}


def test_an_included_department_is_the_top_of_what_is_read(company, make_source):
    source = make_source(include=("示例公司/研发部",))
    snapshot = source.read({})
    assert set(people(source, snapshot)) == {"zhangsan", "lisi"}
    found = departments(source, snapshot)
    assert set(found) == {"研发部", BACKEND_NAME}
    assert (found["研发部"].is_top, found["研发部"].parent) == (True, None)


def test_an_include_that_names_nothing_is_refused(company, make_source):
    with pytest.raises(SourceRejected, match="include names no department: 财务部"):
        make_source(include=("财务部",)).read({})


def test_an_exclude_that_names_nothing_is_reported(company, make_source):
    assert make_source(exclude=("财务部",)).read({}).facts["unknown_excludes"] == 1


def test_a_filter_of_ones_own_decides_who_is_a_person(company, make_source):
    source = make_source(person_filter="employeeNumber=*")
    assert set(people(source, source.read({}))) == {"zhangsan"}


def test_one_person_is_read_with_the_departments_above(company, make_source):
    source = make_source()
    snapshot = source.read({})
    everybody = people(source, snapshot)
    alone = source.read_user(everybody["zhangsan"].external_id)
    record = people(source, alone)["zhangsan"]
    assert alone.readable is None
    assert record.fields["manager"] == everybody["lisi"].external_id
    assert record.memberships == everybody["zhangsan"].memberships
    assert set(departments(source, alone)) == {BACKEND_NAME, "研发部", "示例公司"}


def test_reading_one_person_tells_an_empty_field_from_an_unreadable_one(company, make_source):
    seeing, blind = make_source(), make_source(bind_dn=BLIND, bind_password=lambda: BLIND_PASSWORD)
    external_id = people(seeing, seeing.read({}))["wangwu"].external_id
    seen = people(seeing, seeing.read_user(external_id))["wangwu"]
    unseen = people(blind, blind.read_user(external_id))["wangwu"]
    assert seen.fields["mobile"] is None
    assert "mobile" not in unseen.fields
    assert (seen.state, unseen.state) == (RecordState.ACTIVE, None)


@pytest.mark.parametrize("external_id", ["11111111-2222-3333-4444-555555555555", "*", ""])
def test_reading_somebody_who_is_not_there_shows_nobody(company, make_source, external_id):
    snapshot = make_source().read_user(external_id)
    assert (snapshot.users, snapshot.departments) == ((), ())


def test_a_manager_who_is_not_read_is_none(company, make_source):
    source = make_source(person_filter="(uid=zhangsan)")
    snapshot = source.read({})
    record = people(source, snapshot)["zhangsan"]
    assert record.fields["manager"] is None
    again = source.read_user(record.external_id)
    assert people(source, again)["zhangsan"].fields["manager"] is None


def test_values_are_made_of_several_attributes_of_the_server(slapd, make_source):
    slapd.prepare(
        [
            person("a", "x", sn="张", givenName="三", employeeNumber="E42"),
            person("b", "y", sn="李", telephoneNumber="86 13800138000"),
        ]
    )
    slapd.start()
    source = make_source(
        fields={
            "name": "{sn}{givenName?}",
            "alias": "{givenName}.{sn}",
            "employee_no": {"from": "employeeNumber", "strip_prefix": "E", "pad_left": 8},
            "mobile": {"from": "telephoneNumber", "match": "^.*?(1[0-9]{10})$"},
        }
    )
    snapshot = source.read({})
    found = people(source, snapshot)
    names = ("name", "alias", "employee_no", "mobile")
    assert [found["a"].fields[name] for name in names] == ["张三", "三.张", "00000042", None]
    assert [found["b"].fields[name] for name in names] == ["李", None, None, "13800138000"]
    assert set(names) <= snapshot.readable
