"""Only what has changed is read of Active Directory (Samba) and of a 389 Directory Server."""

from collections.abc import Iterator
from typing import Any

import pytest

from syncd.model.run import Mode
from tests.integration.ldap.conftest import MakeOffice
from tests.integration.ldap.office import Office, why
from tests.servers import ds389 as directory_server
from tests.servers import samba as active_directory
from tests.servers.ds389 import DirectoryServer389
from tests.servers.samba import Samba

PASSWORD = "Passw0rd!1"


# ── Active Directory ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def domain(samba: Samba) -> Iterator[tuple[Samba, str]]:
    """A domain controller, and a unit with six people and an ordinary account."""
    base = samba.unit_of_its_own()
    samba.add(f"OU=销售部,{base}", objectClass="organizationalUnit")
    samba.add_person("boss", base, password=PASSWORD, title="经理")
    for number in range(4):
        more = {"mobile": f"1380000000{number}", "manager": f"CN=boss,{base}", "title": "员工"}
        samba.add_person(f"p{number}", base, password=PASSWORD, **more)
    samba.add_person("reader", base, password=PASSWORD, title="账号", manager=f"CN=p0,{base}")
    yield samba, base
    samba.delete(base)


@pytest.fixture
def domain_office(domain: tuple[Samba, str], office_of: MakeOffice, pki: Any) -> Office:
    """syncd, with the rights of an ordinary account of the domain."""
    samba, base = domain
    return office_of(
        urls=(samba.tls_url,),
        ca_file=pki.authority,
        base_dn=base,
        bind_dn=f"CN=reader,{base}",
        bind_password=lambda: PASSWORD,
    )


def test_a_day_in_active_directory_is_followed(domain, domain_office):
    samba, base = domain
    assert domain_office.sync().readings["corp"].is_partial
    samba.replace(f"CN=p0,{base}", {"mobile": ["13900000000"]})
    samba.add_person("late", base, password=PASSWORD, title="员工", manager=f"CN=boss,{base}")
    samba.delete(f"CN=p1,{base}")
    samba.move(f"CN=p2,{base}", "CN=p2", f"OU=销售部,{base}")
    reading = domain_office.follow()
    assert reading.is_partial
    people = domain_office.people()
    assert people["p0"][1:] == ("boss", "13900000000", "员工")
    assert people["late"][1] == "boss"
    assert people["p2"][0] == "销售部"
    assert "p1" not in people


def test_a_renamed_manager_of_active_directory_stays_the_manager(domain, domain_office):
    samba, base = domain
    samba.move(f"CN=boss,{base}", "CN=chief", f"OU=销售部,{base}")
    assert domain_office.follow().is_partial
    assert domain_office.people()["p0"][1] == "boss"
    samba.delete(f"CN=chief,OU=销售部,{base}")
    assert domain_office.follow().is_partial
    assert domain_office.people()["p0"][1] is None


def test_who_leaves_the_base_in_active_directory_goes(domain, domain_office):
    samba, base = domain
    samba.move(f"CN=p3,{base}", "CN=p3", f"CN=Users,{active_directory.SUFFIX}")
    try:
        assert domain_office.follow().is_partial
        assert "p3" not in domain_office.people()
    finally:
        samba.delete(f"CN=p3,CN=Users,{active_directory.SUFFIX}")


def test_a_unit_renamed_in_active_directory_has_everything_read(domain, domain_office):
    samba, base = domain
    samba.move(f"OU=销售部,{base}", "OU=市场部", base)
    assert why(domain_office.follow()) == "departments"


def test_a_nested_group_that_changes_in_active_directory_has_everything_read(
    domain, office_of, pki
):
    samba, base = domain
    inner, outer = f"CN=inner{base[3:9]},{base}", f"CN=outer{base[3:9]},{base}"
    samba.add(inner, objectClass="group", member=[f"CN=p{number},{base}" for number in range(4)])
    samba.add(outer, objectClass="group", member=[inner, f"CN=boss,{base}"])
    office = office_of(
        urls=(samba.tls_url,),
        ca_file=pki.authority,
        base_dn=base,
        bind_dn=f"CN=reader,{base}",
        bind_password=lambda: PASSWORD,
        groups=(outer,),
    )
    assert set(office.people()) == {"boss", "p0", "p1", "p2", "p3"}
    samba.replace(f"CN=p0,{base}", {"mobile": ["13900000000"]})
    assert office.follow().is_partial
    samba.replace(inner, {"member": [f"CN=p{number},{base}" for number in range(3)]})
    assert why(office.follow()) == "groups"
    assert set(office.people()) == {"boss", "p0", "p1", "p2"}


def test_another_domain_controller_and_a_restored_one_have_everything_read(domain_office):
    for changed, reason in (
        ({"server": "CN=NTDS Settings,CN=DC9#00"}, "server"),
        ({"marks": {"usn": "999999999"}}, "restored"),
    ):
        domain_office.move(changed)
        assert why(domain_office.follow()) == reason


# ── 389 Directory Server ────────────────────────────────────────────────────────────────────


@pytest.fixture
def tree(ds389: DirectoryServer389) -> str:
    """A unit with five people and a department."""
    base = ds389.unit_of_its_own()
    ds389.add(f"ou=销售部,{base}", objectClass="organizationalUnit")
    boss = ds389.add_person("boss", "上司", base, title="经理")
    for number in range(4):
        ds389.add_person(
            f"p{number}", f"员工{number}", base, title="员工", mobile="138", manager=boss
        )
    return base


@pytest.fixture
def tree_office(ds389: DirectoryServer389, tree: str, office_of: MakeOffice) -> Office:
    """syncd, after its first reading."""
    return office_of(
        urls=(ds389.url,),
        base_dn=tree,
        bind_dn=directory_server.ADMIN,
        bind_password=lambda: directory_server.ADMIN_PASSWORD,
    )


def test_a_day_in_389_is_followed(ds389, tree, tree_office):
    assert tree_office.sync().readings["corp"].is_partial
    ds389.replace(f"uid=p0,{tree}", {"mobile": ["139"]})
    ds389.add_person("late", "后来", tree, title="员工", manager=f"uid=boss,{tree}")
    ds389.delete(f"uid=p1,{tree}")
    ds389.move(f"uid=p2,{tree}", "uid=p2", f"ou=销售部,{tree}")
    assert tree_office.follow().is_partial
    people = tree_office.people()
    assert people["p0"][1:] == ("boss", "139", "员工")
    assert people["late"][1] == "boss"
    assert people["p2"][0] == "销售部"
    assert "p1" not in people


def test_a_lock_of_389_is_followed(ds389, tree, tree_office):
    ds389.replace(f"uid=p3,{tree}", {"nsAccountLock": ["true"]})
    tree_office.follow()
    assert "p3" not in tree_office.people()


def test_a_unit_renamed_in_389_has_everything_read(ds389, tree, tree_office):
    ds389.move(f"ou=销售部,{tree}", "ou=市场部", tree)
    assert why(tree_office.follow()) == "departments"


def test_another_server_of_389_has_everything_read(tree_office):
    tree_office.move({"server": "ldap://replica.example.test"})
    assert why(tree_office.follow()) == "server"


def test_an_account_that_may_not_see_times_reads_everything_every_time(ds389, tree, office_of):
    account = ds389.add_person("reader", "reader", directory_server.SUFFIX, userPassword=PASSWORD)
    try:
        for more, is_partial in (("", False), (" || modifyTimestamp", True)):
            rule = (
                '(targetattr = "objectClass || nsUniqueId || ou || uid || cn || mobile || title || '
                f'manager{more}")(version 3.0; acl "syncd"; '
                f'allow (read, search, compare) userdn = "ldap:///{account}";)'
            )
            ds389.replace(tree, {"aci": [rule]})
            office = office_of(
                urls=(ds389.url,),
                base_dn=tree,
                bind_dn=account,
                bind_password=lambda: PASSWORD,
            )
            ds389.replace(f"uid=p0,{tree}", {"mobile": [f"139{is_partial:d}"]})
            report = office.sync()
            assert report.readings["corp"].is_partial == is_partial
            assert office.people()["p0"][2] == f"139{is_partial:d}"
            assert office.sync(Mode.FULL).plan.is_empty
            able = office.store.source_states()["corp"].capabilities["incremental"]
            assert able.startswith("yes" if is_partial else "no: modifyTimestamp")
    finally:
        ds389.delete(account)
