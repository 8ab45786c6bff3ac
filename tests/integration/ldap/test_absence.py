"""Whether somebody who is missing from a snapshot has left, or only cannot be seen."""

import pytest

from syncd.errors import SourceRejected
from syncd.model.entry import Absence, Missing, Snapshot
from syncd.sources.ldap import LdapSource
from tests.integration.ldap.slapd import SUFFIX, person, unit

RESEARCH = unit("研发部")
BACKEND = unit("后端", RESEARCH[0])
SALES = unit("销售部")
ZHANGSAN = person("zhangsan", "张三", BACKEND[0], mobile="13800000001")
LISI = person("lisi", "李四", SALES[0], mobile="13800000002", employeeType="active")


@pytest.fixture
def company(slapd):
    slapd.prepare([RESEARCH, BACKEND, SALES, ZHANGSAN, LISI])
    slapd.start()
    return slapd


class Names:
    """The ids behind the names of one snapshot."""

    def __init__(self, source: LdapSource, snapshot: Snapshot) -> None:
        records = [source.normalize(entry) for entry in (*snapshot.users, *snapshot.departments)]
        self.users = {each.fields["userid"]: each for each in records if hasattr(each, "fields")}
        self.units = {each.name: each for each in records if not hasattr(each, "fields")}

    def __getitem__(self, name: str) -> str:
        return {**self.users, **self.units}[name].external_id

    def missing_from(self, snapshot: Snapshot) -> Missing:
        shown = {entry.external_id for entry in (*snapshot.users, *snapshot.departments)}
        users = {
            each.external_id: frozenset({each.main_department})
            for each in self.users.values()
            if each.external_id not in shown
        }
        units = {
            each.external_id: each.parent
            for each in self.units.values()
            if each.external_id not in shown
        }
        return Missing(users, units, frozenset(users))


def reread(source: LdapSource, names: Names, before: Snapshot) -> tuple[Snapshot, Absence]:
    after = source.read(before.scope)
    return after, source.confirm(after, names.missing_from(after), 3, before.scope)


def test_who_was_deleted_is_gone(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    for dn in (ZHANGSAN[0], BACKEND[0]):
        company.delete(dn)
    _, absence = reread(source, names, before)
    assert absence == Absence(
        gone_users=frozenset({names["zhangsan"]}), gone_departments=frozenset({names["后端"]})
    )


def test_who_alone_is_missing_and_is_nowhere_is_gone(company, make_source):
    source = make_source()
    before = source.read({})
    missing = Missing({Names(source, before)["lisi"]: frozenset()}, {}, frozenset())
    company.delete(LISI[0])
    assert source.confirm(before, missing, 3, before.scope) == Absence(
        gone_users=frozenset(missing.users)
    )


def test_an_account_that_sees_no_ids_any_more_proves_nobody_gone(company, make_source):
    source = make_source()
    before = source.read({})
    missing = Missing({Names(source, before)["lisi"]: frozenset()}, {}, frozenset())
    company.replace(SUFFIX, "description", "hidden")
    with pytest.raises(SourceRejected):
        source.confirm(before, missing, 3, before.scope)


def test_who_is_there_after_all_is_found_as_a_reading_would_show_them(company, make_source):
    source = make_source()
    snapshot = source.read({})
    names = Names(source, snapshot)
    missing = Missing(
        {names["zhangsan"]: frozenset()}, {names["后端"]: None}, frozenset({names["zhangsan"]})
    )
    absence = source.confirm(snapshot, missing, 3, {})
    shown = {entry.external_id: entry.payload for entry in (*snapshot.users, *snapshot.departments)}
    assert {entry.external_id: entry.payload for entry in absence.found} == {
        names["zhangsan"]: shown[names["zhangsan"]],
        names["后端"]: shown[names["后端"]],
    }
    assert not absence.gone_users
    assert not absence.gone_departments


def test_more_missing_than_fit_into_one_search_are_all_confirmed(slapd, make_source):
    crowd = [person(f"u{number}", f"员工{number}") for number in range(250)]
    slapd.prepare([*crowd])
    slapd.start()
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    for dn, _ in crowd[:5]:
        slapd.delete(dn)
    everybody = Missing(
        {each.external_id: frozenset() for each in names.users.values()}, {}, frozenset()
    )
    absence = source.confirm(source.read(before.scope), everybody, 1, before.scope)
    assert absence.gone_users == {names[f"u{number}"] for number in range(5)}
    assert len(absence.found) == 245
    assert not absence.unconfirmed


def test_an_exclusion_that_is_new_hides_and_goes_on_hiding(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    narrower = make_source(exclude=("示例公司/研发部",))
    after, absence = reread(narrower, names, before)
    part = f"department:{names['研发部']}"
    assert {each: (why.part, why.reason) for each, why in absence.hidden_users.items()} == {
        names["zhangsan"]: (part, "excluded")
    }
    assert {why.part for why in absence.hidden_departments.values()} == {part}
    assert absence.hidden_departments.keys() == {names["研发部"], names["后端"]}
    assert not absence.gone_users
    assert reread(narrower, names, after)[1] == absence


def test_who_is_hidden_by_an_exclusion_and_then_deleted_is_gone(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    narrower = make_source(exclude=("示例公司/研发部",))
    after, _ = reread(narrower, names, before)
    company.delete(ZHANGSAN[0])
    assert reread(narrower, names, after)[1].gone_users == {names["zhangsan"]}


def test_an_include_that_is_new_hides_what_lies_outside(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    _, absence = reread(make_source(include=("示例公司/销售部",)), names, before)
    assert absence.hidden_users[names["zhangsan"]].reason == "include"
    assert not absence.gone_users
    assert not absence.gone_departments


def test_a_person_filter_that_is_new_hides_who_no_longer_fits(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    _, absence = reread(make_source(person_filter="(employeeType=active)"), names, before)
    hidden = absence.hidden_users[names["zhangsan"]]
    assert (hidden.part, hidden.reason) == (f"department:{names['后端']}", "excluded")


def test_a_department_filter_that_is_new_hides_departments(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    _, absence = reread(make_source(department_filter="(!(ou=后端))"), names, before)
    assert absence.hidden_departments.keys() == {names["后端"]}


def test_a_base_that_is_new_hides_what_lies_beside_it(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    _, absence = reread(make_source(base_dn=SALES[0]), names, before)
    assert absence.hidden_users[names["zhangsan"]].reason == "base"
    assert not absence.gone_users
    assert not absence.gone_departments


def test_who_moves_into_what_was_always_excluded_is_out_of_range(company, make_source):
    source = make_source(exclude=("示例公司/研发部",))
    before = source.read({})
    names = Names(source, before)
    company.move(LISI[0], "uid=lisi", RESEARCH[0])
    _, absence = reread(source, names, before)
    assert absence.gone_users == {names["lisi"]}
    assert absence.causes == {names["lisi"]: "left_or_out_of_range"}


def test_who_stops_to_fit_a_filter_that_has_not_changed_is_out_of_range(company, make_source):
    source = make_source(person_filter="(employeeType=active)")
    before = source.read({})
    names = Names(source, before)
    company.replace(LISI[0], "employeeType", "left")
    _, absence = reread(source, names, before)
    assert absence.gone_users == {names["lisi"]}
    assert absence.causes == {names["lisi"]: "left_or_out_of_range"}


def test_while_more_ids_than_before_cannot_be_read_nobody_is_gone(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    company.replace(ZHANGSAN[0], "description", "hidden")
    after, absence = reread(source, names, before)
    hidden = absence.hidden_users[names["zhangsan"]]
    assert (hidden.part, hidden.reason) == (f"department:{names['后端']}", "permission")
    assert not absence.gone_users
    assert reread(source, names, after)[1] == absence


def test_a_part_that_has_gone_to_another_server_hides_who_is_missing(company, make_source):
    source = make_source()
    before = source.read({})
    names = Names(source, before)
    company.delete(LISI[0])
    company.delete(SALES[0])
    company.add(
        SALES[0],
        {
            "objectClass": ["referral", "extensibleObject"],
            "ou": "销售部",
            "ref": f"ldap://ldap2.example.test/{SUFFIX}",
        },
    )
    after, absence = reread(source, names, before)
    assert after.facts["references"] == 1
    assert absence.hidden_users[names["lisi"]].reason == "unread"
    assert not absence.gone_users


def test_with_nobody_missing_the_server_is_not_asked(company, make_source):
    source = make_source()
    snapshot = source.read({})
    company.kill()
    assert source.confirm(snapshot, Missing({}, {}, frozenset()), 3, {}) == Absence()
