"""Only what has changed is read of a real slapd, and nothing is found by reading everything after."""

from collections.abc import Callable, Iterator
from pathlib import Path

import ldap3
import pytest

from syncd.model.cursor import CursorKind, Why
from syncd.model.run import Mode, Outcome
from syncd.services.incremental import StoredPeople
from syncd.sources.ldap import LdapSource, changes
from syncd.store.store import Store
from tests.integration.ldap.office import Office, why
from tests.integration.ldap.slapd import BLIND, BLIND_PASSWORD, SUFFIX, Slapd, person, unit

STAFF = unit("员工")
RESEARCH = unit("研发部", STAFF[0])
SALES = unit("销售部", STAFF[0])
ELSEWHERE = unit("外部")
PEOPLE = [
    person("li", "李四", SALES[0], mobile="13800000002", title="经理"),
    *(
        person(f"p{number}", f"员工{number}", RESEARCH[0], mobile=f"1380000010{number}")
        for number in range(8)
    ),
    person("zhang", "张三", RESEARCH[0], manager=f"uid=li,{SALES[0]}", title="工程师"),
]
LI, ZHANG = PEOPLE[0][0], PEOPLE[-1][0]
MakeOffice = Callable[..., Office]
#: How a server tells what has changed.
WAYS = {
    "deletions": ("syncprov-sessionlog 100",),
    "ids": (),
    "times": None,
}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    """Return how the server tells what has changed."""
    return str(request.param)


@pytest.fixture
def server(slapd: Slapd, way: str) -> Slapd:
    """A server with ten people in two departments."""
    options = WAYS[way]
    if options is not None:
        slapd.options = ["moduleload syncprov"]
        slapd.policy = ["overlay syncprov", *options]
    slapd.prepare([STAFF, RESEARCH, SALES, ELSEWHERE, *PEOPLE])
    slapd.start()
    return slapd


@pytest.fixture
def make_office(make_source, tmp_path: Path) -> Iterator[MakeOffice]:
    """Return a function that gives an office whose source was read for the first time."""
    opened = []

    def make(**settings: object) -> Office:
        number = len(opened)
        opened.append(Store.open(f"sqlite:///{tmp_path / f'syncd{number}.db'}"))
        folder = tmp_path / f"office{number}"
        folder.mkdir()
        source: LdapSource = make_source(**{"base_dn": STAFF[0], **settings})
        office = Office(opened[-1], folder, source)
        assert office.sync().outcome is Outcome.APPLIED
        return office

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def office(server: Slapd, make_office: MakeOffice) -> Office:
    """syncd, after its first reading of the server."""
    return make_office()


def test_where_nothing_has_changed_one_search_tells_it(office, way):
    report = office.sync()
    reading = report.readings["corp"]
    assert report.outcome is Outcome.NO_CHANGE
    assert reading.is_partial
    assert reading.users == (10 if way == "times" else 0)
    assert (reading.facts["calls"] == 1) == (way != "times")


def test_a_changed_person_is_read_and_nobody_else(office, server, way):
    server.replace(LI, "mobile", "13800000009")
    reading = office.follow()
    assert reading.is_partial
    # Those too who name the person as the manager: the name may be another one.
    assert reading.users == (10 if way == "times" else 2)
    assert office.people()["li"] == ("销售部", None, "13800000009", "经理")


def test_who_is_new_arrives_and_who_was_deleted_goes(office, server):
    server.add(*person("wang", "王五", SALES[0], mobile="13800000003", manager=LI))
    server.delete(PEOPLE[3][0])
    reading = office.follow()
    assert reading.is_partial
    people = office.people()
    assert people["wang"] == ("销售部", "li", "13800000003", None)
    assert len(people) == 10
    assert "p2" not in people


def test_a_deletion_alone_is_seen(office, server, way):
    server.delete(PEOPLE[3][0])
    reading = office.follow()
    assert reading.is_partial
    assert reading.users == (9 if way == "times" else 0)
    assert "p2" not in office.people()


def test_who_moves_to_another_department_is_followed(office, server):
    server.move(ZHANG, "uid=zhang", SALES[0])
    assert office.follow().is_partial
    assert office.people()["zhang"] == ("销售部", "li", None, "工程师")


def test_who_moves_out_of_the_base_goes(office, server):
    server.move(PEOPLE[3][0], "uid=p2", ELSEWHERE[0])
    assert office.follow().is_partial
    assert "p2" not in office.people()
    server.move(f"uid=p2,{ELSEWHERE[0]}", "uid=p2", SALES[0])
    assert office.follow().is_partial
    assert office.people()["p2"] == ("销售部", None, "13800000102", None)


def test_who_fits_the_filter_no_more_goes(server, make_office):
    office = make_office(person_filter="(&(objectClass=inetOrgPerson)(!(employeeType=left)))")
    server.replace(PEOPLE[3][0], "employeeType", "left")
    assert office.follow().is_partial
    assert "p2" not in office.people()


def test_who_moves_into_what_is_excluded_goes(server, make_office):
    office = make_office(exclude=("员工/销售部",))
    assert "li" not in office.people()
    server.move(PEOPLE[3][0], "uid=p2", SALES[0])
    assert office.follow().is_partial
    assert "p2" not in office.people()
    server.move(f"uid=p2,{SALES[0]}", "uid=p2", RESEARCH[0])
    assert office.follow().is_partial
    assert office.people()["p2"][0] == "研发部"


def test_a_renamed_manager_is_none_where_nobody_mends_the_name(office, server):
    server.move(LI, "uid=li2", SALES[0])
    assert office.follow().is_partial
    assert office.people()["zhang"] == ("研发部", None, None, "工程师")
    server.move(f"uid=li2,{SALES[0]}", "uid=li", SALES[0])
    assert office.follow().is_partial
    assert office.people()["zhang"] == ("研发部", "li", None, "工程师")


def test_a_manager_who_goes_and_another_of_the_same_name_are_followed(office, server):
    server.delete(LI)
    assert office.follow().is_partial
    assert office.people()["zhang"] == ("研发部", None, None, "工程师")
    server.add(*person("li", "李四四", SALES[0]))
    assert office.follow().is_partial
    assert office.people()["zhang"] == ("研发部", "li", None, "工程师")


def test_a_manager_who_comes_after_those_who_name_one_is_found(office, server):
    server.replace(PEOPLE[2][0], "manager", f"uid=Late,  {SALES[0]}")
    assert office.follow().is_partial
    server.add(*person("late", "Late", SALES[0]))
    assert office.follow().is_partial
    assert office.people()["p1"][1] == "late"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda server: server.move(SALES[0], "ou=市场部", STAFF[0]), "departments"),
        (lambda server: server.move(SALES[0], "ou=销售部", RESEARCH[0]), "departments"),
        (lambda server: server.move(SALES[0], "ou=销售部", ELSEWHERE[0]), "departments"),
        (lambda server: server.add(*unit("法务部", STAFF[0])), "departments"),
    ],
)
def test_departments_that_move_have_everything_read(office, server, change, reason):
    change(server)
    assert why(office.follow()) == reason
    server.replace(ZHANG, "title", "总监")
    assert office.follow().is_partial


def test_a_department_whose_description_changes_is_no_reason_to_read_everything(office, server):
    server.replace(SALES[0], "description", "卖东西的")
    assert office.follow().is_partial


def test_an_entry_between_people_and_their_department_may_move(server, make_office):
    server.add(f"cn=组,{SALES[0]}", {"objectClass": "organizationalRole"})
    server.add(*person("sun", "孙七", f"cn=组,{SALES[0]}"))
    office = make_office()
    assert office.people()["sun"][0] == "销售部"
    server.move(f"cn=组,{SALES[0]}", "cn=组", RESEARCH[0])
    assert why(office.follow()) == "departments"
    assert office.people()["sun"][0] == "研发部"


def test_who_moves_below_an_entry_that_was_not_above_anybody_has_everything_read(office, server):
    server.add(f"cn=组,{SALES[0]}", {"objectClass": "organizationalRole"})
    assert office.follow().is_partial
    server.move(ZHANG, "uid=zhang", f"cn=组,{SALES[0]}")
    assert why(office.follow()) == "departments"
    server.replace(f"cn=组,{SALES[0]}", "description", "新名称")
    assert why(office.follow()) == "departments"


def test_people_who_come_with_an_entry_from_outside_the_base_are_found(server, make_office):
    server.add(f"cn=组,{ELSEWHERE[0]}", {"objectClass": "organizationalRole"})
    server.add(*person("sun", "孙七", f"cn=组,{ELSEWHERE[0]}"))
    office = make_office()
    server.move(f"cn=组,{ELSEWHERE[0]}", "cn=组", SALES[0])
    assert why(office.follow()) == "departments"
    assert office.people()["sun"][0] == "销售部"
    server.move(f"cn=组,{SALES[0]}", "cn=组", ELSEWHERE[0])
    assert why(office.follow()) in {"departments", "many", "restored"}
    assert "sun" not in office.people()


def test_where_too_many_have_changed_nobody_is_read_for_nothing(office, server, monkeypatch):
    monkeypatch.setattr(changes, "_FEW", 3)
    monkeypatch.setattr(changes, "_MOST_OTHERS", 1)
    for number in range(8):
        server.replace(f"uid=p{number},{RESEARCH[0]}", "title", "总监")
    stages: list[str] = []
    told = office.source.read_changes(
        office.store.cursors("corp")[CursorKind.INCREMENTAL].position,
        office.store.source_states()["corp"].scope,
        StoredPeople(office.store, "corp"),
        lambda stage, *_: stages.append(stage),
    )
    assert told is Why.MANY
    assert not stages
    assert why(office.follow()) == "many"


def test_an_attribute_that_others_have_is_cleared(office, server):
    server.replace(PEOPLE[3][0], "mobile")
    assert office.follow().is_partial
    assert office.people()["p2"] == ("研发部", None, None, None)


def test_an_attribute_that_nobody_has_any_more_is_withheld(office, server):
    for dn in (LI, ZHANG):
        server.replace(dn, "title")
    office.sync()
    assert office.people()["li"][3] == "经理"
    assert [one.open.conflict.external_id for one in office.store.conflicts()] == ["position"]


def test_an_attribute_that_its_only_bearer_loses_is_cleared(office, server):
    server.replace(ZHANG, "title")
    office.follow()
    server.replace(LI, "title")
    office.follow()
    assert office.people()["li"][3] is None


def test_an_attribute_that_has_spread_is_not_taken_for_one_of_a_single_bearer(office, server):
    server.replace(PEOPLE[1][0], "telephoneNumber", "1")
    assert why(office.follow()) == "attributes"
    server.replace(PEOPLE[2][0], "telephoneNumber", "2")
    assert office.sync().readings["corp"].is_partial
    for dn in (PEOPLE[1][0], PEOPLE[2][0]):
        server.replace(dn, "telephoneNumber")
    office.sync()
    (conflict,) = (one.open.conflict for one in office.store.conflicts())
    assert conflict.external_id == "telephone"


def test_a_locked_account_is_followed(office, server):
    server.replace(ZHANG, "pwdAccountLockedTime", "000001010000Z")
    office.follow()
    assert "zhang" not in office.people()
    server.replace(ZHANG, "pwdAccountLockedTime")
    office.follow()
    assert "zhang" in office.people()


def test_a_group_that_changes_has_everything_read(server, make_office):
    group, inner = f"cn=vpn,{SUFFIX}", f"cn=inner,{SUFFIX}"
    server.add(inner, {"objectClass": "groupOfNames", "member": [LI, PEOPLE[1][0]]})
    others = [dn for dn, _ in PEOPLE[5:9]]
    server.add(group, {"objectClass": "groupOfNames", "member": [ZHANG, inner, *others]})
    office = make_office(groups=(group,))
    rest = {"p4", "p5", "p6", "p7"}
    assert set(office.people()) == {"li", "zhang", "p0"} | rest
    server.replace(LI, "title", "总监")
    server.replace(PEOPLE[3][0], "title", "nobody")
    assert office.follow().is_partial
    server.replace(inner, "member", LI)
    assert why(office.follow()) == "groups"
    assert set(office.people()) == {"li", "zhang"} | rest
    server.replace(group, "member", ZHANG, *others)
    assert why(office.follow()) == "groups"
    assert set(office.people()) == {"zhang"} | rest


def test_changed_settings_have_everything_read(office):
    office.settings = "others"
    assert why(office.follow()) == "settings"


def test_a_person_who_was_read_alone_is_as_before_in_what_follows(office, server):
    server.replace(ZHANG, "title", "总监")
    office.sync(Mode.TARGETED, office.source.read({}).users[0].external_id)
    report = office.sync()
    assert report.readings["corp"].is_partial
    assert office.sync(Mode.FULL).outcome is Outcome.NO_CHANGE
    assert office.people()["zhang"][3] == "总监"


def test_who_may_not_search_by_the_mark_reads_everything(server, make_office):
    with server.admin() as connection:
        assert connection.search(SUFFIX, "(objectClass=*)", ldap3.BASE)
    office = make_office(bind_dn=BLIND, bind_password=lambda: BLIND_PASSWORD)
    server.replace(ZHANG, "title", "总监")
    assert office.follow().is_partial


def test_a_held_run_moves_no_cursor(office, server):
    office.policy = type(office.policy)("corp", None)
    before = office.store.cursors("corp")
    for dn, _ in PEOPLE[1:8]:
        server.delete(dn)
    assert office.sync().outcome is Outcome.HELD
    assert office.store.cursors("corp") == before
    assert office.sync().outcome is Outcome.HELD


def test_a_restored_server_has_everything_read(office, server, way, tmp_path):
    backup = tmp_path / "backup.ldif"
    server.save(backup)
    server.replace(ZHANG, "mobile", "13800000077")
    server.add(*person("late", "Late", SALES[0]))
    assert office.follow().is_partial
    server.restore(backup)
    server.replace(LI, "mobile", "13800000088")
    assert why(office.follow()) == "restored"
    assert office.people()["zhang"][2] is None
    assert "late" not in office.people()
