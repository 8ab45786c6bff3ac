import pytest

from syncd.errors import UsageError
from syncd.simulator.company_file import dump_company, load_company, read_company, write_company
from syncd.simulator.entities import Department, Member
from syncd.simulator.mutations import mutate


def test_a_hired_member_is_found_whatever_the_case(company):
    mutate(company, {"op": "hire", "userid": "SunQi", "name": "孙七", "department": [3]})
    assert company.member("sunqi").userid == "SunQi"
    assert "SunQi" in [member.userid for member in company.members_in(3)]


def test_a_leaver_is_gone_from_departments_tags_and_leaders(company):
    mutate(company, [{"op": "leave", "userid": "lisi"}, {"op": "leave", "userid": "ZHANGSAN"}])
    assert company.members_in(2) == []
    assert company.department(2).department_leader == ()
    assert company.tag(1).users == ()


def test_who_reported_to_a_leaver_reports_to_nobody(company):
    mutate(company, {"op": "leave", "userid": "LiSi"})
    assert company.member("zhangsan").leaders == ()


def test_a_new_userid_is_named_wherever_the_old_one_was(company):
    mutate(company, {"op": "rename_userid", "userid": "lisi", "new_userid": "li.si"})
    assert company.member("zhangsan").leaders == ("li.si",)
    assert company.department(2).department_leader == ("li.si",)
    assert company.serial("li.si") == 2


def test_a_userid_that_is_taken_is_refused(company):
    with pytest.raises(UsageError, match="taken"):
        company.rename_userid("lisi", "WANGWU")


def test_a_move_keeps_what_is_known_of_a_kept_department(company):
    mutate(company, {"op": "move", "userid": "LiSi", "department": [3, 2]})
    fields = company.member("lisi").fields
    assert fields["department"] == [3, 2]
    assert fields["order"] == [0, 7]
    assert fields["is_leader_in_dept"] == [0, 1]
    assert fields["main_department"] == 2
    assert [member.userid for member in company.members_in(4)] == ["wangwu"]


def test_a_field_takes_any_value_and_can_be_left_out(company):
    wrong = {"name": "x" * 300, "position": "a\x00b", "status": 5}
    mutate(company, {"op": "change", "userid": "wangwu", "fields": wrong, "without": ["gender"]})
    fields = company.member("wangwu").fields
    assert {key: fields[key] for key in wrong} == wrong
    assert "gender" not in fields


def test_a_moved_department_takes_everything_below_it_along(company):
    mutate(company, {"op": "move_department", "id": 2, "parentid": 4})
    assert list(company.subtree(4)) == [4, 2, 3]
    assert company.children(1) == (4,)


def test_who_was_only_in_a_deleted_department_is_in_its_parent(company):
    mutate(company, {"op": "delete_department", "id": 3})
    assert company.member("zhangsan").departments == (2,)
    assert 3 not in company.departments


@pytest.mark.parametrize("department", [1, 2])
def test_the_root_and_a_department_with_others_below_stay(company, department):
    with pytest.raises(UsageError):
        company.remove_department(department)


def test_a_circle_of_departments_has_an_end(company):
    company.put_department(Department(2, "研发", parentid=3))
    assert sorted(company.subtree(2)) == [2, 3]


def test_every_change_raises_the_version(company):
    steps = [
        {"op": "hire", "userid": "sunqi", "name": "孙七", "department": [2]},
        {"op": "rename", "userid": "sunqi", "name": "孙大七"},
        {"op": "status", "userid": "sunqi", "status": 2},
        {"op": "rename_department", "id": 4, "name": "营销"},
        {"op": "create_department", "name": "法务", "parentid": 1},
        {"op": "range", "agentid": 1000002, "parties": [2]},
        {"op": "app", "agentid": 1000002, "fields_withheld": True},
        {"op": "contacts", "regime": "new_ip"},
        {"op": "tag", "tagid": 9, "tagname": "新", "users": ["sunqi"]},
        {"op": "leave", "userid": "sunqi"},
    ]
    for step in steps:
        before = company.version
        mutate(company, step)
        assert company.version > before, step
    assert company.department(5).name == "法务"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"op": "promote"}, id="unknown operation"),
        pytest.param({"userid": "lisi"}, id="no operation"),
        pytest.param({"op": "leave"}, id="something missing"),
        pytest.param({"op": "leave", "userid": "nobody"}, id="unknown member"),
        pytest.param({"op": "rename_department", "id": 99, "name": "x"}, id="unknown department"),
        pytest.param({"op": "create_department", "id": 2, "name": "x"}, id="department exists"),
        pytest.param({"op": "move_department", "id": 1, "parentid": 2}, id="the root moves"),
        pytest.param({"op": "change", "userid": "lisi", "fields": {"userid": "x"}}, id="userid"),
    ],
)
def test_a_wrong_mutation_says_so_and_changes_nothing(company, wrong):
    before = dump_company(company)
    with pytest.raises(UsageError):
        mutate(company, wrong)
    assert dump_company(company) == before


def test_a_company_survives_its_file(company, tmp_path):
    path = tmp_path / "company.json"
    write_company(company, path)
    assert dump_company(read_company(path)) == dump_company(company)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="no format"),
        pytest.param({"format": 2}, id="another format"),
        pytest.param({"format": 1, "corp_id": "ww"}, id="nobody may call"),
        pytest.param(
            {"format": 1, "corp_id": "ww", "contacts": {"secret": "s"}, "members": [{}]},
            id="a member without userid",
        ),
    ],
)
def test_a_file_that_is_no_company_is_refused(given):
    with pytest.raises(UsageError):
        load_company(given)


def test_a_company_without_root_gets_one(company):
    given = {**dump_company(company), "departments": [], "members": []}
    assert list(load_company(given).departments) == [1]


def test_secrets_are_in_no_repr(company):
    shown = f"{company.contacts!r} {company.apps!r}"
    assert "contacts-secret" not in shown
    assert "app-secret" not in shown


def test_members_are_replaced_by_userid_without_case(company):
    company.put_member(Member.of("ZHANGSAN", "张三", [4]))
    assert len(company.members) == 4
    assert company.members_in(3) == []
