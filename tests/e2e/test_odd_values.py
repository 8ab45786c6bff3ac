"""Values that nobody should send (rule 13): a bad field is unknown, and nobody is stopped by it."""

import pytest


def test_who_has_no_name_is_called_by_the_userid(host):
    host.wecom.hire("nameless", "", [2])
    host.wecom.hire("keyless", "x", [2])
    host.wecom.change("keyless", without=["name"])
    host.sync()
    assert host.user("nameless")["name"] == "nameless"
    assert host.user("keyless")["name"] == "keyless"
    assert len(host.active_users()) == 42


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "长" * 300),
        ("mobile", "1\x0038"),
        ("position", ["not", "text"]),
        ("email", {"not": "text"}),
        ("alias", "x" * 5000),
        ("gender", "maybe"),
    ],
)
def test_a_bad_field_is_unknown_and_told_of(host, field, value):
    host.sync()
    known = host.user("p7")
    host.wecom.change("p7", **{field: value})
    host.wecom.change("p8", name="改名")
    host.sync()
    assert host.user("p7")[field] == known[field]
    assert host.user("p7")["status"] == "active"
    assert host.user("p8")["name"] == "改名"
    (conflict,) = host.conflicts("rejected")
    assert conflict["external_id"] == "p7"
    assert field in str(conflict)
    assert host.sync("--json").json["outcome"] == "no_change"
    host.wecom.change("p7", **{field: "" if field != "name" else "好名字"})
    host.sync()
    assert not host.conflicts("rejected")


def test_characters_of_four_bytes_arrive(host):
    host.wecom.hire("rare", "𠮷野家𪚥😀", [2], position="👩‍💻")
    host.sync()
    assert host.user("rare")["name"] == "𠮷野家𪚥😀"
    assert host.syncd("find", "𠮷野家").stdout.count("rare") >= 1


def test_the_largest_order_and_ids_above_31_bits_arrive(host):
    big = 2**31 + 17
    host.wecom.mutate(
        {"op": "create_department", "id": big, "name": "大", "parentid": 1, "order": 4294967295}
    )
    host.wecom.hire("big", "大", [big], order=[4294967295])
    host.sync()
    assert host.departments_of("big") == {str(big)}
    (row,) = [one for one in host.active()["memberships"] if one["user"] == "big"]
    assert row["sort_order"] == 4294967295
    assert (
        host.one("SELECT sort_order FROM directory_department WHERE external_id = ?", str(big))
        == 4294967295
    )
    assert host.sync("--full", "--json").json["outcome"] == "no_change"


def test_a_person_may_be_in_a_hundred_departments(host):
    ids = list(range(100, 200))
    host.wecom.mutate(
        *({"op": "create_department", "id": n, "name": f"d{n}", "parentid": 1} for n in ids)
    )
    host.wecom.hire("everywhere", "处处", ids)
    host.sync()
    assert host.departments_of("everywhere") == {str(n) for n in ids}
    assert host.sync("--json").json["outcome"] == "no_change"


def test_userids_that_differ_in_case_are_one_person(host):
    host.wecom.hire("Twin", "双", [2])
    host.sync()
    host.wecom.mutate({"op": "change", "userid": "Twin", "fields": {"position": "变"}})
    host.wecom.mutate({"op": "rename_userid", "userid": "Twin", "new_userid": "TWIN"})
    host.sync()
    assert host.user("twin")["userid"] == "TWIN"
    assert len(host.active_users()) == 41


def test_bad_ids_reject_the_person_and_stop_nobody_else(host):
    host.sync()
    host.wecom.fault("wrong_type", "user/list", department=4, path="userlist.0.userid")
    host.wecom.change("p2", name="改名")
    host.sync()
    assert len(host.active_users()) == 40
    assert host.user("p2")["name"] == "改名"


def test_departments_in_a_circle_are_broken_up_and_told_of(host):
    host.sync()
    host.wecom.mutate(
        {"op": "move_department", "id": 2, "parentid": 4},
        {"op": "move_department", "id": 4, "parentid": 2},
    )
    host.sync()
    assert host.conflicts("department_cycle")
    assert len(host.active_users()) == 40
    assert host.sync("--json").json["outcome"] == "no_change"
    host.wecom.mutate({"op": "move_department", "id": 2, "parentid": 1})
    host.sync()
    assert not host.conflicts("department_cycle")
    host.assert_like_fresh_load()


def test_a_department_without_a_visible_parent_is_told_of(host):
    host.wecom.mutate({"op": "range", "agentid": host.wecom.agent_id, "parties": [1]})
    host.sync()
    host.wecom.mutate({"op": "change_department", "id": 5, "parentid": 77})
    host.sync()
    assert [one["external_id"] for one in host.conflicts("orphan_department")] == ["5"]
    assert len(host.active_users()) == 40
