"""Who may call what (reference 3.5), and what a visible range shows (4.3, 5.5, 7.2)."""

from dataclasses import replace

import pytest

from syncd.simulator.entities import Regime
from syncd.simulator.mutations import mutate

APP = 1000002
READS = {
    "department/simplelist": (0, 0, 0),
    "department/list": (0, 0, 48009),
    "department/get": (0, 0, 48009),
    "user/list_id": (48002, 0, 0),
    "user/simplelist": (0, 0, 48009),
    "user/list": (0, 0, 48009),
    "user/get": (0, 0, 48009),
    "tag/list": (0, 0, 0),
    "agent/get": (0, 48002, 48002),
    "agent/list": (0, 48002, 48002),
    "message/send": (0, 48002, 48002),
    "user/create": (48002, 0, 0),
    "get_api_domain_ip": (0, 0, 0),
    "getcallbackip": (0, 0, 0),
}
QUERIES = {
    "department/get": {"id": 2},
    "user/simplelist": {"department_id": 3},
    "user/list": {"department_id": 3},
    "user/get": {"userid": "zhangsan"},
    "agent/get": {"agentid": APP},
}
BODIES = {
    "user/list_id": {},
    "message/send": {
        "touser": "zhangsan",
        "agentid": APP,
        "msgtype": "text",
        "text": {"content": "你好"},
    },
    "user/create": {"userid": "n", "name": "新人", "mobile": "1", "department": [3]},
}


def errcode(call, endpoint):
    return call(endpoint, BODIES.get(endpoint), **QUERIES.get(endpoint, {}))["errcode"]


@pytest.mark.parametrize("endpoint", READS)
def test_an_endpoint_answers_each_identity_as_the_matrix_says(call, company, endpoint):
    app, old_ip, new_ip = READS[endpoint]
    contacts = call.with_secret("contacts-secret")
    assert errcode(call, endpoint) == app
    assert errcode(contacts, endpoint) == old_ip
    if endpoint == "user/create":
        company.remove_member("n")
    company.put_contacts(replace(company.contacts, regime=Regime.NEW_IP))
    assert errcode(contacts, endpoint) == new_ip


def test_without_editing_the_contacts_secret_writes_nothing(call, company):
    company.put_contacts(replace(company.contacts, editing=False))
    assert errcode(call.with_secret("contacts-secret"), "user/create") == 48002


def test_a_caller_from_an_untrusted_address_is_told_the_address(make, company):
    call = make(caller_ip="203.0.113.7")
    mutate(company, {"op": "app", "agentid": APP, "trusted_ips": ["192.0.2.1"]})
    answer = call("user/list", department_id=3)
    assert answer["errcode"] == 60020
    assert "from ip: 203.0.113.7" in answer["errmsg"]
    mutate(company, {"op": "app", "agentid": APP, "trusted_ips": ["203.0.113.7"]})
    assert call("user/list", department_id=3)["errcode"] == 0


def test_each_secret_has_its_own_list_of_addresses(call, company):
    mutate(company, {"op": "app", "agentid": APP, "trusted_ips": []})
    assert errcode(call, "user/list") == 60020
    assert errcode(call.with_secret("contacts-secret"), "user/list") == 0


def test_withheld_fields_are_absent_and_gender_is_zero(call, company):
    mutate(company, {"op": "app", "agentid": APP, "fields_withheld": True})
    for shown in (
        call("user/get", userid="zhangsan"),
        call("user/list", department_id=3)["userlist"][0],
    ):
        assert "mobile" not in shown
        assert shown["gender"] == "0"
        assert shown["name"] == "张三"
    whole = call.with_secret("contacts-secret")("user/get", userid="zhangsan")
    assert whole["mobile"] == "13800000001"
    assert whole["gender"] == "1"


def test_a_range_of_departments_shows_what_is_below_them_and_no_root(call, see):
    see(parties=(2,))
    assert [one["id"] for one in call("department/list")["department"]] == [2, 3]
    assert call("department/list")["department"][0]["parentid"] == 1
    assert call.userids(2) == ["LiSi"]


def test_a_department_outside_the_range_is_60011_with_an_empty_list(call, see):
    see(parties=(2,))
    answer = call("user/list", department_id=4)
    assert (answer["errcode"], answer["userlist"]) == (60011, [])
    assert call("department/get", id=1)["errcode"] == 60011
    assert call("department/get", id=99)["errcode"] == 60003


def test_departments_and_leaders_are_cut_to_the_visible_ones(call, see):
    see(parties=(4,))
    (lisi,) = [m for m in call("user/list", department_id=4)["userlist"] if m["userid"] == "LiSi"]
    assert lisi["department"] == [4]
    assert lisi["order"] == [8]
    assert lisi["is_leader_in_dept"] == [0]
    assert "main_department" not in lisi


def test_a_direct_leader_outside_the_range_is_not_named(call, see):
    see(parties=(3,))
    assert call("user/get", userid="zhangsan")["direct_leader"] == []


def test_a_range_of_members_only_shows_no_department(call, see):
    see(users=("WangWu",))
    assert call("department/list")["department"] == []
    assert call("user/get", userid="wangwu")["department"] == []
    assert call("agent/get", agentid=APP)["allow_userinfos"] == {"user": [{"userid": "WangWu"}]}
    assert call("user/get", userid="zhangsan")["errcode"] == 60111


def test_a_range_of_tags_shows_their_members_and_departments(call, see):
    see(tags=(1, 2))
    assert [one["id"] for one in call("department/simplelist")["department_id"]] == [4]
    assert call("user/get", userid="zhangsan")["errcode"] == 0
    assert call("user/get", userid="zhaoliu")["errcode"] == 60111


def test_somebody_out_of_range_can_be_60011_as_well(make, see):
    see(parties=(3,))
    call = make(out_of_range_errcode=60011)
    assert call("user/get", userid="wangwu")["errcode"] == 60011
    assert call("user/get", userid="nobody")["errcode"] == 60111


def test_a_narrowed_range_is_narrow_at_once(call, company):
    assert call.userids(4) == ["LiSi", "wangwu"]
    mutate(company, {"op": "range", "agentid": APP, "parties": [2]})
    assert call("user/list", department_id=4)["errcode"] == 60011


def test_a_prepared_page_is_never_stale(call, company):
    call.api.prepare()
    mutate(company, {"op": "move", "userid": "zhangsan", "department": [4]})
    assert call.userids(3) == []
    assert "zhangsan" in call.userids(4)
    mutate(company, {"op": "rename", "userid": "wangwu", "name": "王小五"})
    assert "王小五" in [m["name"] for m in call("user/list", department_id=4)["userlist"]]
    mutate(company, {"op": "leave", "userid": "LiSi"})
    assert call("user/list", department_id=4)["userlist"][-1]["direct_leader"] == []


def test_a_closed_app_gets_no_token_and_its_old_one_no_answer(call, company):
    token = call.token()
    mutate(company, {"op": "app", "agentid": APP, "closed": True})
    assert b"50003" in call.outcome("user/list", access_token=token, department_id=3).reply.body
    assert b"40001" in call.outcome("gettoken", corpid="wwtest", corpsecret="app-secret").reply.body


def test_of_a_tag_only_visible_members_and_departments_are_shown(call, see):
    see(parties=(2,))
    assert [m["userid"] for m in call("tag/get", tagid=1)["userlist"]] == ["zhangsan"]
    assert call("tag/get", tagid=2)["partylist"] == []


def test_a_narrow_view_forgets_a_leader_who_leaves_the_range(call, see, company):
    see(parties=(2,))
    assert call("user/list", department_id=3)["userlist"][0]["direct_leader"] == ["LiSi"]
    mutate(company, {"op": "move", "userid": "LiSi", "department": [4]})
    assert call("user/list", department_id=3)["userlist"][0]["direct_leader"] == []


def test_a_page_is_put_together_once_for_all_who_see_alike(call, company):
    page = call.reply("user/list", department_id=4)
    assert call.with_secret("contacts-secret").reply("user/list", department_id=4) is page
    mutate(company, {"op": "rename", "userid": "zhangsan", "name": "张小三"})
    assert call.reply("user/list", department_id=4) is page
    mutate(company, {"op": "rename", "userid": "wangwu", "name": "王小五"})
    assert call.reply("user/list", department_id=4) is not page
