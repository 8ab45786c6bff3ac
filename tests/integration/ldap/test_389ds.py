"""A real 389 Directory Server: its ids, its locks, its refusals."""

import re

import pytest

from syncd.errors import SourceRejected
from syncd.model.record import RecordState
from syncd.sources.ldap import LdapSettings, LdapSource
from tests.integration.ldap.reading import departments, missing, people
from tests.servers.ds389 import ADMIN, ADMIN_PASSWORD, SUFFIX, DirectoryServer389

PASSWORD = "right-password"


@pytest.fixture
def base(ds389: DirectoryServer389) -> str:
    return ds389.unit_of_its_own()


@pytest.fixture
def make(ds389: DirectoryServer389, base: str):
    """Return a function that makes a source for what is below the test's own unit."""

    def make_source(**settings: object) -> LdapSource:
        given = {
            "name": "corp",
            "urls": (ds389.url,),
            "base_dn": base,
            "bind_dn": ADMIN,
            "bind_password": lambda: ADMIN_PASSWORD,
        }
        return LdapSource(LdapSettings(**{**given, **settings}))

    return make_source


def allow(ds389: DirectoryServer389, base: str, account: str, attributes: str) -> None:
    """Let an account read these attributes below the base, and nobody anything else."""
    rule = (
        f'(targetattr = "{attributes}")(version 3.0; acl "syncd"; '
        f'allow (read, search, compare) userdn = "ldap:///{account}";)'
    )
    ds389.replace(base, {"aci": [rule]})


READABLE = (
    "objectClass || nsUniqueId || ou || uid || cn || mail || mobile || telephoneNumber || "
    "employeeNumber || title || manager"
)


def test_people_arrive_with_ids_units_and_managers(ds389, base, make):
    research = f"ou=研发部,{base}"
    ds389.add(research, objectClass="organizationalUnit")
    lisi = ds389.add_person("lisi", "李四", base)
    zhangsan = ds389.add_person("zhangsan", "张三", research, mobile="138", manager=lisi)
    source = make()
    snapshot = source.read({})
    found, units = people(source, snapshot), departments(source, snapshot)
    assert snapshot.capabilities["directory"] == "389 Directory Server"
    assert found["zhangsan"].fields["name"] == "张三"
    assert found["zhangsan"].fields["manager"] == found["lisi"].external_id
    assert found["zhangsan"].main_department == units["研发部"].external_id
    with ds389.admin() as connection:
        connection.search(zhangsan, "(objectClass=*)", "BASE", attributes=["nsUniqueId"])
        raw = connection.response[0]["raw_attributes"]["nsUniqueId"][0]
    assert found["zhangsan"].external_id == raw.decode().lower()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{8}){3}", found["zhangsan"].external_id)


def test_who_is_deleted_is_gone_and_who_moves_keeps_the_id(ds389, base, make):
    sales = f"ou=销售部,{base}"
    ds389.add(sales, objectClass="organizationalUnit")
    zhangsan = ds389.add_person("zhangsan", "张三", base)
    lisi = ds389.add_person("lisi", "李四", base)
    source = make()
    before = source.read({})
    old = people(source, before)
    ds389.delete(zhangsan)
    ds389.move(lisi, "uid=lisi", sales)
    after = source.read(before.scope)
    new = people(source, after)
    assert new["lisi"].external_id == old["lisi"].external_id
    absence = source.confirm(after, missing(source, before, after), 3, before.scope)
    assert absence.gone_users == {old["zhangsan"].external_id}
    alone = people(source, source.read_user(old["lisi"].external_id))["lisi"]
    assert (alone.fields["name"], alone.memberships) == ("李四", new["lisi"].memberships)


def test_an_account_that_is_locked_is_disabled(ds389, base, make):
    ds389.add_person("on", "在职", base)
    off = ds389.add_person("off", "离职", base)
    ds389.replace(off, {"nsAccountLock": ["true"]})
    source = make()
    states = {name: one.state for name, one in people(source, source.read({})).items()}
    assert states == {"on": RecordState.ACTIVE, "off": RecordState.DISABLED}


def test_locks_that_may_not_be_read_say_nothing(ds389, base, make):
    ds389.add_person("zhangsan", "张三", base)
    account = ds389.add_person("reader", "reader", SUFFIX, userPassword=PASSWORD)
    try:
        source = make(bind_dn=account, bind_password=lambda: PASSWORD)
        allow(ds389, base, account, READABLE)
        assert people(source, source.read({}))["zhangsan"].state is None
        allow(ds389, base, account, f"{READABLE} || nsAccountLock")
        assert people(source, source.read({}))["zhangsan"].state is RecordState.ACTIVE
    finally:
        ds389.delete(account)


def test_members_of_nested_groups_are_read_and_a_circle_ends(ds389, base, make):
    zhangsan = ds389.add_person("zhangsan", "张三", base)
    lisi = ds389.add_person("lisi", "李四", base)
    ds389.add_person("stranger", "路人", base)
    inner, outer = f"cn=inner,{base}", f"cn=outer,{base}"
    ds389.add(inner, objectClass="groupOfUniqueNames", uniqueMember=[zhangsan, outer])
    ds389.add(outer, objectClass="groupOfNames", member=[lisi, inner])
    source = make(groups=(outer,))
    assert set(people(source, source.read({}))) == {"zhangsan", "lisi"}


def test_an_account_that_is_inactivated_is_refused_as_such(ds389, base, make):
    account = ds389.add_person("zhangsan", "张三", base, userPassword=PASSWORD)
    ds389.replace(account, {"nsAccountLock": ["true"]})
    with pytest.raises(SourceRejected, match="disabled or inactivated"):
        make(bind_dn=account, bind_password=lambda: PASSWORD).read({})


def test_a_wrong_password_is_refused(ds389, base, make):
    with pytest.raises(SourceRejected, match="no such account, or the password is wrong"):
        make(bind_password=lambda: "wrong").read({})


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        # Of each page, it turns out.
        ({"nsSizeLimit": ["5"]}, r"sizeLimitExceeded \(4\)"),
        ({"nsLookThroughLimit": ["3"]}, r"adminLimitExceeded \(11\)"),
    ],
)
def test_a_limit_is_no_short_reading_and_says_what_to_raise(ds389, base, make, limits, says):
    for number in range(8):
        ds389.add_person(f"p{number}", f"员工{number}", base)
    account = ds389.add_person("reader", "reader", SUFFIX, userPassword=PASSWORD)
    try:
        allow(ds389, base, account, READABLE)
        ds389.replace(account, limits)
        with pytest.raises(SourceRejected, match=says) as caught:
            make(bind_dn=account, bind_password=lambda: PASSWORD).read({})
        assert next(iter(limits)) in caught.value.hint
    finally:
        ds389.delete(account)


def test_its_own_authority_is_enough_for_tls_in_both_ways(ds389, base, make):
    ds389.add_person("zhangsan", "张三", base)
    encrypted = make(urls=(ds389.tls_url,), ca_file=ds389.authority)
    assert len(encrypted.read({}).users) == 1
    asked = ds389.url.replace("127.0.0.1", "localhost")
    upgraded = make(urls=(asked,), ca_file=ds389.authority, start_tls=True)
    assert len(upgraded.read({}).users) == 1
