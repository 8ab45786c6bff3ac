"""Departments by an attribute, or none at all, on a real OpenLDAP."""

from dataclasses import replace

import pytest

from syncd.errors import SourceRejected
from tests.integration.ldap.reading import departments, missing, people
from tests.integration.ldap.slapd import SUFFIX, person, unit

STAFF = unit("staff")
LEFT = unit("left")
COMPANY = [
    STAFF,
    LEFT,
    person("zhangsan", "张三", STAFF[0], departmentNumber="研发部"),
    person("lisi", "李四", STAFF[0], departmentNumber="R&D (1)"),
    person("wangwu", "王五", LEFT[0], departmentNumber="r&d  (1)"),
    person("zhaoliu", "赵六", STAFF[0]),
]
BY_ATTRIBUTE = "attribute:departmentNumber"


@pytest.fixture
def company(slapd):
    slapd.prepare(COMPANY)
    slapd.start()
    return slapd


def test_values_of_an_attribute_are_departments_below_the_base(company, make_source):
    source = make_source(departments=BY_ATTRIBUTE)
    snapshot = source.read({})
    found, units = people(source, snapshot), departments(source, snapshot)
    # Spellings that the server takes for one are one, whoever is read first.
    assert set(units) == {"示例公司", "研发部", "R&D (1)"}
    assert {units[name].parent for name in ("研发部", "R&D (1)")} == {units["示例公司"].external_id}
    places = {name: record.main_department for name, record in found.items()}
    assert places["lisi"] == places["wangwu"] == units["R&D (1)"].external_id == "r&d (1)"
    assert places["zhaoliu"] == units["示例公司"].external_id
    again = source.read(snapshot.scope)
    assert [each.payload for each in again.users] == [each.payload for each in snapshot.users]


def test_without_departments_people_belong_to_none(company, make_source):
    source = make_source(departments="none", exclude=(LEFT[0],))
    snapshot = source.read({})
    assert snapshot.departments == ()
    found = people(source, snapshot)
    assert set(found) == {"zhangsan", "lisi", "zhaoliu"}
    assert {record.memberships for record in found.values()} == {()}


def test_a_department_ends_with_its_last_bearer(company, make_source):
    source = make_source(departments=BY_ATTRIBUTE)
    before = source.read({})
    company.replace(COMPANY[2][0], "departmentNumber", "销售部")
    after = source.read(before.scope)
    assert set(departments(source, after)) == {"示例公司", "销售部", "R&D (1)"}
    absence = source.confirm(after, missing(source, before, after), 3, before.scope)
    assert absence.gone_departments == {"研发部"}


def test_a_department_that_an_exclusion_hides_is_not_gone(company, make_source):
    source = make_source(departments=BY_ATTRIBUTE)
    before = source.read({})
    narrower = make_source(departments=BY_ATTRIBUTE, exclude=(STAFF[0],))
    after = narrower.read(before.scope)
    absence = narrower.confirm(after, missing(source, before, after), 3, before.scope)
    assert absence.hidden_departments.keys() == {"研发部"}
    assert len(absence.hidden_users) == 3
    assert not absence.gone_departments


def test_a_department_that_is_there_after_all_is_found(company, make_source):
    source = make_source(departments=BY_ATTRIBUTE)
    snapshot = source.read({})
    nobody = replace(snapshot, departments=(), users=())
    absence = source.confirm(snapshot, missing(source, snapshot, nobody), 3, snapshot.scope)
    found = {entry.external_id: entry.payload for entry in absence.found}
    shown = {e.external_id: e.payload for e in (*snapshot.users, *snapshot.departments)}
    assert found.keys() == shown.keys()
    assert all(found[each.external_id] == each.payload for each in snapshot.users)


def test_other_ways_of_having_departments_hide_those_of_before(company, make_source):
    source = make_source()
    before = source.read({})
    other = make_source(departments="none")
    after = other.read(before.scope)
    absence = other.confirm(after, missing(source, before, after), 3, before.scope)
    assert len(absence.hidden_departments) == 3
    assert not absence.gone_departments


def test_one_person_is_read_with_the_department_of_the_attribute(company, make_source):
    source = make_source(departments=BY_ATTRIBUTE)
    everybody = people(source, source.read({}))
    for name in ("zhangsan", "zhaoliu"):
        alone = source.read_user(everybody[name].external_id)
        assert people(source, alone)[name].memberships == everybody[name].memberships
        assert "示例公司" in departments(source, alone)


def test_an_attribute_that_nobody_shows_is_refused_as_the_source_of_departments(
    company, make_source
):
    with pytest.raises(SourceRejected, match="roomnumber") as caught:
        make_source(departments="attribute:roomNumber").read({})
    assert "departments" in caught.value.hint


def test_an_attribute_that_cannot_be_read_any_more_moves_nobody(company, make_source):
    source = make_source(departments=BY_ATTRIBUTE)
    before = source.read({})
    for dn, _ in COMPANY[2:5]:
        company.replace(dn, "departmentNumber")
    with pytest.raises(SourceRejected, match="departmentnumber"):
        source.read(before.scope)


def test_what_an_attribute_says_is_never_a_filter(slapd, make_source):
    slapd.prepare([person("zhangsan", "张三", departmentNumber="*)(uid=*")])
    slapd.start()
    source = make_source(departments=BY_ATTRIBUTE, base_dn=SUFFIX)
    snapshot = source.read({})
    empty = make_source(departments=BY_ATTRIBUTE, person_filter="(uid=nobody)").read({})
    absence = source.confirm(snapshot, missing(source, snapshot, empty), 3, snapshot.scope)
    assert not absence.gone_departments
