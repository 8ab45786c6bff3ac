from collections import Counter

import pytest

from syncd.errors import UsageError
from syncd.simulator.company_file import dump_company
from syncd.simulator.generate import build_company
from syncd.simulator.options import SimulatorOptions


def sized(**options):
    return build_company(
        SimulatorOptions(shape="sized", **{"users": 300, "departments": 40, **options})
    )


def test_one_seed_gives_one_company_and_another_another():
    first, again, other = sized(seed=7), sized(seed=7), sized(seed=8)
    assert dump_company(first) == dump_company(again)
    assert dump_company(first)["members"] != dump_company(other)["members"]


def test_a_company_has_the_size_that_was_asked_for():
    company = sized(users=1234, departments=56)
    assert len(company.members) == 1234
    assert len(company.departments) == 56


def test_the_demonstration_has_about_200_people_in_20_departments():
    company = build_company(SimulatorOptions())
    assert len(company.members) == 200
    assert len(company.departments) == 20
    assert {"总经办", "研发中心", "后端组"} <= {one.name for one in company.departments.values()}


def test_the_asked_share_is_in_two_departments():
    company = sized(users=2000, share_in_two=0.2)
    counts = Counter(len(set(member.departments)) for member in company.members.values())
    assert set(counts) == {1, 2}
    assert 0.17 < counts[2] / 2000 < 0.23


@pytest.mark.parametrize("key", ["mobile", "email", "biz_mail"])
def test_what_must_be_unique_is_unique(key):
    company = sized(users=5000)
    values = [member.fields[key] for member in company.members.values()]
    assert len(set(values)) == len(values)


def test_every_department_hangs_under_another_and_siblings_differ():
    company = sized(departments=500)
    reached = list(company.subtree(1))
    assert sorted(reached) == sorted(company.departments)
    names = Counter((one.parentid, one.name) for one in company.departments.values())
    assert max(names.values()) == 1


def test_leaders_exist_and_nobody_leads_themselves():
    company = sized()
    for member in company.members.values():
        for leader in member.leaders:
            assert leader.casefold() in company.members
            assert leader != member.userid
    assert company.department(3).department_leader


def test_parallel_fields_have_one_length():
    for member in sized().members.values():
        lengths = {len(member.fields[k]) for k in ("department", "order", "is_leader_in_dept")}
        assert len(lengths) == 1
        assert member.fields["main_department"] == member.departments[0]


def test_one_department_alone_can_be_made():
    assert {m.departments for m in sized(departments=1).members.values()} == {(1,)}


@pytest.mark.parametrize(
    "options", [{"shape": "round"}, {"users": 0, "shape": "sized"}, {"departments": 0}]
)
def test_a_company_that_makes_no_sense_is_refused(options):
    with pytest.raises(UsageError):
        build_company(SimulatorOptions(**options))


def test_options_survive_json():
    options = SimulatorOptions(visible_users=("a",), per_minute={"user/list": 3}, concurrency=4)
    assert SimulatorOptions.from_json(options.to_json()) == options


def test_an_unknown_option_is_refused():
    with pytest.raises(UsageError, match="latencies"):
        SimulatorOptions.from_json({"latencies": 1})


def test_secrets_are_not_in_the_options_repr():
    assert "simulated" not in repr(SimulatorOptions())
