"""Active Directory, as Samba's domain controller has it."""

import uuid
from collections.abc import Iterator

import pytest

from syncd.errors import SourceRejected
from syncd.model.record import RecordState
from syncd.sources.ldap import LdapSettings, LdapSource
from tests.integration.ldap.reading import departments, missing, people
from tests.servers.samba import ADMIN, ADMIN_PASSWORD, DISABLED, SUFFIX, Samba

PASSWORD = "Passw0rd!1"


@pytest.fixture
def base(samba: Samba) -> Iterator[str]:
    unit = samba.unit_of_its_own()
    yield unit
    samba.delete(unit)  # a name such as `zhangsan` is there once in a domain


@pytest.fixture
def make(samba: Samba, base: str, pki):
    """Return a function that makes a source for what is below the test's own unit."""

    def make_source(**settings: object) -> LdapSource:
        given = {
            "name": "ad",
            "urls": (samba.tls_url,),
            "ca_file": pki.authority,
            "base_dn": base,
            "bind_dn": ADMIN,
            "bind_password": lambda: ADMIN_PASSWORD,
        }
        return LdapSource(LdapSettings(**{**given, **settings}))

    return make_source


def test_people_arrive_with_the_fields_units_and_managers_of_active_directory(samba, base, make):
    research = f"OU=研发部,{base}"
    samba.add(research, objectClass="organizationalUnit")
    samba.add_person("lisi", base, displayName="李四")
    zhangsan = samba.add_person(
        "zhangsan",
        research,
        displayName="张三",
        mail="zhangsan@example.test",
        mobile="13800000001",
        employeeNumber="007",
        title="工程师",
        manager=f"CN=lisi,{base}",
    )
    source = make()
    snapshot = source.read({})
    found, units = people(source, snapshot), departments(source, snapshot)
    assert snapshot.capabilities["directory"] == "Active Directory"
    assert found["zhangsan"].fields == {
        "userid": "zhangsan",
        "name": "张三",
        "email": "zhangsan@example.test",
        "mobile": "13800000001",
        "employee_no": "007",
        "position": "工程师",
        "manager": found["lisi"].external_id,
    }
    assert found["zhangsan"].main_department == units["研发部"].external_id
    assert units["研发部"].parent == units[base.partition(",")[0].removeprefix("OU=")].external_id
    with samba.admin() as connection:
        connection.search(zhangsan, "(objectClass=*)", "BASE", attributes=["objectGUID"])
        raw = connection.response[0]["raw_attributes"]["objectGUID"][0]
    assert found["zhangsan"].external_id == str(uuid.UUID(bytes_le=raw))


def test_computers_contacts_and_born_accounts_are_no_persons(samba, base, make):
    samba.add_person("zhangsan", base)
    samba.add(f"CN=contact,{base}", objectClass="contact")
    samba.add(f"CN=pc,{base}", objectClass="computer", sAMAccountName="pc$")
    assert set(people(make(), make().read({}))) == {"zhangsan"}
    born = make(base_dn=f"CN=Users,{SUFFIX}").read({})
    assert born.users == ()


def test_who_is_switched_off_is_disabled(samba, base, make):
    on = samba.add_person("on", base, password=PASSWORD)
    samba.add_person("off", base)
    source = make()
    states = {name: one.state for name, one in people(source, source.read({})).items()}
    assert states == {"on": RecordState.ACTIVE, "off": RecordState.DISABLED}
    samba.replace(on, {"userAccountControl": [DISABLED]})
    assert people(source, source.read({}))["on"].state is RecordState.DISABLED


def test_one_person_is_read_by_id_and_a_stranger_is_nobody(samba, base, make):
    samba.add_person("lisi", base)
    samba.add_person("zhangsan", base, mobile="138", manager=f"CN=lisi,{base}")
    source = make()
    everybody = people(source, source.read({}))
    alone = source.read_user(everybody["zhangsan"].external_id)
    record = people(source, alone)["zhangsan"]
    assert record.fields["manager"] == everybody["lisi"].external_id
    assert record.fields["telephone"] is None
    assert record.memberships == everybody["zhangsan"].memberships
    assert source.read_user(str(uuid.uuid4())).users == ()


def test_who_is_deleted_is_gone_and_who_moves_keeps_the_id(samba, base, make):
    sales = f"OU=销售部,{base}"
    samba.add(sales, objectClass="organizationalUnit")
    zhangsan = samba.add_person("zhangsan", base)
    lisi = samba.add_person("lisi", base)
    source = make()
    before = source.read({})
    old = people(source, before)
    samba.delete(zhangsan)
    samba.move(lisi, "CN=lisi", sales)
    after = source.read(before.scope)
    new = people(source, after)
    assert new["lisi"].external_id == old["lisi"].external_id
    assert new["lisi"].main_department == departments(source, after)["销售部"].external_id
    absence = source.confirm(after, missing(source, before, after), 3, before.scope)
    assert absence.gone_users == {old["zhangsan"].external_id}


def test_members_of_a_group_are_read_through_nested_and_primary_groups(samba, base, make):
    zhangsan = samba.add_person("zhangsan", base)
    lisi = samba.add_person("lisi", base, password=PASSWORD)
    samba.add_person("stranger", base)
    inner, outer = f"CN=inner, one,{base}".replace(", one", "\\, (one)"), f"CN=outer,{base}"
    samba.add(inner, objectClass="group", member=[zhangsan])
    samba.add(outer, objectClass="group", member=[inner, lisi])
    source = make(groups=(outer,))
    snapshot = source.read({})
    assert set(people(source, snapshot)) == {"zhangsan", "lisi"}
    # As a primary group it stands in the person's entry, and in no `member` any more.
    with samba.admin() as connection:
        connection.search(outer, "(objectClass=*)", "BASE", attributes=["objectSid"])
        sid = connection.response[0]["raw_attributes"]["objectSid"][0]
    samba.replace(lisi, {"primaryGroupID": [str(int.from_bytes(sid[-4:], "little"))]})
    assert set(people(source, source.read(snapshot.scope))) == {"zhangsan", "lisi"}
    samba.delete(lisi)  # a primary group cannot be deleted before those who have it


def test_who_leaves_a_group_has_left_the_range(samba, base, make):
    zhangsan, lisi = samba.add_person("zhangsan", base), samba.add_person("lisi", base)
    staff = f"CN=staff,{base}"
    samba.add(staff, objectClass="group", member=[zhangsan, lisi])
    source = make(groups=(staff,))
    before = source.read({})
    samba.replace(staff, {"member": [zhangsan]})
    after = source.read(before.scope)
    absence = source.confirm(after, missing(source, before, after), 3, before.scope)
    left = people(source, before)["lisi"].external_id
    assert absence.causes == {left: "left_or_out_of_range"}


def test_a_group_that_is_not_there_is_refused_with_its_name(samba, base, make):
    samba.add_person("zhangsan", base)
    with pytest.raises(SourceRejected, match="CN=nobody"):
        make(groups=(f"CN=nobody,{base}",)).read({})


def test_more_people_than_a_page_all_arrive(samba, base, make):
    for number in range(7):
        samba.add_person(f"p{number}", base)
    source = make(page_size=3)
    assert len(source.read({}).users) == 7


def test_parts_on_other_servers_are_counted_and_never_followed(samba, base, make):
    samba.add_person("inmain", base)
    source = make(base_dn=SUFFIX, include=(base,))
    snapshot = source.read({})
    # From the domain's root come references to ad.example.test, which leads nowhere here.
    assert snapshot.facts["references"] >= 1
    assert set(people(source, snapshot)) == {"inmain"}
    again = source.read(snapshot.scope)
    assert source.confirm(again, missing(source, snapshot, again), 3, {}).hidden_users == {}


def test_the_identity_is_the_id_of_the_base_whoever_is_asked(samba, base, make):
    samba.add_person("zhangsan", base)
    source = make()
    snapshot = source.read({})
    assert snapshot.identity.startswith(f"{source.identity}#")
    plain = make(urls=(samba.url,), start_tls=True).read({})
    assert plain.identity == snapshot.identity


def test_an_unencrypted_bind_is_refused_because_signing_is_demanded(samba, base, make):
    with pytest.raises(SourceRejected, match="LDAP signing") as caught:
        make(urls=(samba.url,)).read({})
    assert "start_tls" in caught.value.hint


def test_nobody_may_search_without_a_name(samba, base, make):
    with pytest.raises(SourceRejected) as caught:
        make(bind_dn=None, bind_password=None).read({})
    assert "bind_dn" in caught.value.hint


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"pwdLastSet": ["0"]}, "must be changed", id="773"),
        pytest.param({"accountExpires": ["1"]}, "account has expired", id="701"),
        pytest.param({"userAccountControl": [DISABLED]}, "is disabled", id="533"),
    ],
)
def test_a_refused_bind_says_why_as_windows_does(samba, base, make, changes, says):
    account = samba.add_person("reader", base, password=PASSWORD)
    samba.replace(account, changes)
    with pytest.raises(SourceRejected, match=says) as caught:
        make(bind_dn=account, bind_password=lambda: PASSWORD).read({})
    assert caught.value.hint


def test_a_wrong_password_and_a_wrong_name_are_told_alike(samba, base, make):
    account = samba.add_person("reader", base, password=PASSWORD)
    for name in (account, "nobody@ad.example.test"):
        with pytest.raises(SourceRejected, match="no such account, or the password is wrong"):
            make(bind_dn=name, bind_password=lambda: "wrong").read({})


def test_an_ordinary_account_may_read_and_be_named_by_its_principal_name(samba, base, make):
    samba.add_person("reader", base, password=PASSWORD, userPrincipalName="r@ad.example.test")
    source = make(bind_dn="r@ad.example.test", bind_password=lambda: PASSWORD)
    assert people(source, source.read({}))["reader"].state is RecordState.ACTIVE


def test_a_kind_that_is_configured_wrong_says_what_is_missing(samba, base, make):
    samba.add_person("zhangsan", base)
    with pytest.raises(SourceRejected, match="does not show the entryUUID") as caught:
        make(directory="openldap").read({})
    assert "directory" in caught.value.hint
