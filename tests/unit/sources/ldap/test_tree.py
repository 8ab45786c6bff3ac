"""Which department encloses what, and which are to be read."""

from datetime import UTC, datetime

import pytest

from syncd.sources.ldap.dn import dn_key
from syncd.sources.ldap.settings import View
from syncd.sources.ldap.tree import Range, Unit, plant, regrown, unit_name

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BASE = "dc=example,dc=test"


def unit(external_id: str, dn: str) -> Unit:
    return Unit(external_id, dn_key(dn), unit_name(dn), NOON)


ROOT = unit("0", BASE)
RESEARCH = unit("1", f"ou=研发部,{BASE}")
BACKEND = unit("2", f"ou=后端/一组,ou=研发部,{BASE}")
SALES = unit("3", f"ou=销售部,{BASE}")
TREE = plant(ROOT, [BACKEND, SALES, RESEARCH])


@pytest.mark.parametrize(
    ("dn", "expected"),
    [
        pytest.param(f"uid=a,{BASE}", ROOT, id="directly below the base"),
        pytest.param(f"uid=a,OU=研发部,{BASE}", RESEARCH, id="in a unit"),
        pytest.param(f"uid=a,cn=people,ou=研发部,{BASE}", RESEARCH, id="in a container of a unit"),
        pytest.param(BASE, None, id="the base itself"),
        pytest.param("uid=a,dc=other", None, id="elsewhere"),
    ],
)
def test_the_nearest_department_above_encloses_an_entry(dn, expected):
    assert TREE.enclosing(dn_key(dn)) == expected


def test_the_paths_are_those_that_applications_see():
    assert TREE.paths == {
        "0": "example",
        "1": "example/研发部",
        "2": "example/研发部/后端／一组",
        "3": "example/销售部",
    }


@pytest.mark.parametrize(
    ("include", "exclude", "seen"),
    [
        ((), (), "0123"),
        ((), ("1",), "03"),
        (("example/研发部",), (), "12"),
        (("/example/研发部/",), (f"ou=后端/一组, ou=研发部, {BASE}",), "1"),
        (("1", "3"), (), "123"),
        (("1",), ("1",), ""),
    ],
)
def test_include_and_exclude_decide_for_whole_branches(include, exclude, seen):
    within = Range(TREE, View(BASE, include=include, exclude=exclude))
    assert sorted(each.external_id for each in within.entries()) == sorted(seen)


def test_a_department_whose_parent_is_not_read_is_a_top():
    within = Range(TREE, View(BASE, include=("1",)))
    assert within.parent(RESEARCH) is None
    assert within.parent(BACKEND) == RESEARCH


def test_names_of_departments_that_are_not_there_are_told():
    within = Range(TREE, View(BASE, include=("1", "财务部"), exclude=("8",)))
    assert (within.unknown_includes, within.unknown_excludes) == (["财务部"], ["8"])


def test_a_unit_that_moved_is_found_under_its_old_name_and_its_new():
    moved = unit("1", f"ou=研究院,ou=销售部,{BASE}")
    tree = regrown(TREE, plant(ROOT, [moved, SALES]))
    assert tree.enclosing(dn_key(f"uid=a,ou=研发部,{BASE}")) == moved
    assert tree.enclosing(dn_key(f"uid=a,ou=研究院,ou=销售部,{BASE}")) == moved
    assert tree.enclosing(dn_key(f"uid=a,ou=后端/一组,ou=研发部,{BASE}")) == moved
    assert {each.external_id for each in tree.distinct()} == {"0", "1", "3"}


@pytest.mark.parametrize(
    ("dn", "misses"),
    [
        (f"uid=a,ou=新部门,ou=研发部,{BASE}", True),
        (f"uid=a,cn=people,ou=研发部,{BASE}", False),
        (f"uid=a,{BASE}", False),
    ],
)
def test_an_unknown_unit_above_an_entry_is_noticed(dn, misses):
    assert TREE.misses_a_unit(dn_key(dn)) is misses


@pytest.mark.parametrize(
    ("dn", "organization", "name"),
    [
        ("ou=研发\\, 一部,dc=x", None, "研发, 一部"),
        ("dc=example,dc=test", "示例公司", "示例公司"),
        ("dc=example,dc=test", None, "example"),
        ("o=示例,c=cn", "Example Co", "示例"),
        ("cn=1+ou=研发,dc=x", None, "研发"),
    ],
)
def test_a_department_is_called_by_its_own_name(dn, organization, name):
    assert unit_name(dn, organization) == name
