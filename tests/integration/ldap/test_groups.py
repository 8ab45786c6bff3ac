"""The members of groups as all that is read, on a real OpenLDAP, which follows no nesting."""

import pytest

from syncd.errors import SourceRejected
from tests.integration.ldap.reading import missing, people
from tests.integration.ldap.slapd import (
    BLIND,
    BLIND_PASSWORD,
    SUFFIX,
    Slapd,
    person,
    unit,
)

PEOPLE, GROUPS = unit("people"), unit("groups")
ZHANGSAN, LISI, WANGWU = (
    person("zhangsan", "张三", PEOPLE[0]),
    person("lisi", "李四", PEOPLE[0], manager=f"uid=wangwu,{PEOPLE[0]}"),
    person("wangwu", "王五", PEOPLE[0]),
)
INNER = f"cn=inner,{GROUPS[0]}"
OUTER = f"cn=outer,{GROUPS[0]}"


def group(dn: str, *members: str, kind: str = "groupOfNames", attribute: str = "member"):
    return dn, {"objectClass": kind, attribute: list(members)}


@pytest.fixture
def company(slapd: Slapd) -> Slapd:
    slapd.prepare(
        [
            *(PEOPLE, GROUPS, ZHANGSAN, LISI, WANGWU),
            group(INNER, f"UID=zhangsan, ou=people,{SUFFIX}", OUTER),
            group(OUTER, LISI[0], INNER, f"uid=gone,{PEOPLE[0]}"),
        ]
    )
    slapd.start()
    return slapd


def test_members_of_nested_groups_are_read_and_nobody_else(company, make_source):
    # The groups stand outside the base, and hold each other.
    source = make_source(groups=(OUTER,), base_dn=PEOPLE[0])
    found = people(source, source.read({}))
    assert set(found) == {"zhangsan", "lisi"}
    assert found["lisi"].fields["manager"] is None  # who is no member is no manager
    assert source.try_out()


def test_several_groups_let_in_the_members_of_each(company, make_source):
    unique = f"cn=unique,{GROUPS[0]}"
    company.add(unique, {"objectClass": "groupOfUniqueNames", "uniqueMember": [WANGWU[0]]})
    source = make_source(groups=(unique, INNER))
    assert set(people(source, source.read({}))) == {"zhangsan", "lisi", "wangwu"}


def test_one_person_is_read_only_as_a_member(company, make_source):
    everybody, members = make_source(), make_source(groups=(OUTER,))
    ids = {n: one.external_id for n, one in people(everybody, everybody.read({})).items()}
    assert members.read_user(ids["zhangsan"]).users
    assert not members.read_user(ids["wangwu"]).users


def test_who_leaves_a_group_has_left_the_range_and_who_is_deleted_is_absent(company, make_source):
    source = make_source(groups=(OUTER,))
    before = source.read({})
    old = people(source, before)
    company.replace(OUTER, "member", INNER)
    company.delete(ZHANGSAN[0])
    after = source.read(before.scope)
    absence = source.confirm(after, missing(source, before, after), 3, before.scope)
    assert absence.gone_users == {old["lisi"].external_id, old["zhangsan"].external_id}
    assert absence.causes == {old["lisi"].external_id: "left_or_out_of_range"}


def test_a_group_that_is_new_in_the_settings_hides_who_is_no_member(company, make_source):
    everybody, members = make_source(), make_source(groups=(OUTER,))
    before = everybody.read({})
    after = members.read(before.scope)
    absence = members.confirm(after, missing(everybody, before, after), 3, before.scope)
    wangwu = people(everybody, before)["wangwu"].external_id
    assert {each: why.reason for each, why in absence.hidden_users.items()} == {wangwu: "excluded"}


def test_while_a_nested_group_cannot_be_read_nobody_of_it_is_gone(slapd, make_source):
    hidden = (INNER, {**group(INNER, ZHANGSAN[0])[1], "description": "secret"})
    slapd.prepare([PEOPLE, GROUPS, ZHANGSAN, LISI, hidden, group(OUTER, LISI[0], INNER)])
    slapd.start()
    source = make_source(groups=(OUTER,))
    before = source.read({})
    blind = make_source(groups=(OUTER,), bind_dn=BLIND, bind_password=lambda: BLIND_PASSWORD)
    after = blind.read(before.scope)
    assert set(people(blind, after)) == {"lisi"}
    assert after.facts["groups_unreadable"] == 1
    absence = blind.confirm(after, missing(source, before, after), 3, before.scope)
    assert {why.reason for why in absence.hidden_users.values()} == {"permission"}
    assert not absence.gone_users
    # It stays so, until a person decides or the group can be read again.
    later = blind.read(after.scope)
    assert later.facts["groups_unreadable"] == 1
    assert "groups_unreadable" not in source.read(later.scope).facts


@pytest.mark.parametrize("dn", [f"cn=nobody,{GROUPS[0]}", "cn=staff,dc=other", "no dn"])
def test_a_group_that_is_not_there_is_refused_with_its_name(company, make_source, dn):
    with pytest.raises(SourceRejected) as caught:
        make_source(groups=(dn,)).read({})
    assert "groups" in caught.value.hint
    assert dn in caught.value.message


def test_more_members_than_windows_gives_at_a_time_all_arrive(slapd, make_source):
    crowd = [person(f"u{number}", f"员工{number}", PEOPLE[0]) for number in range(1600)]
    slapd.prepare([PEOPLE, GROUPS, *crowd, group(OUTER, *(dn for dn, _ in crowd[:1550]))])
    slapd.start()
    assert len(make_source(groups=(OUTER,)).read({}).users) == 1550
