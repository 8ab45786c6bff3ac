"""Reading and writing contacts, apart from who may (test_permissions)."""

import pytest

from syncd.simulator.calls import Call
from syncd.simulator.mutations import mutate


@pytest.fixture
def contacts(call):
    return call.with_secret("contacts-secret")


def listing(contacts, limit):
    """Return all pairs of a listing, page by page, and the number of pages."""
    pairs, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        answer = contacts("user/list_id", {"limit": limit, "cursor": cursor})
        assert answer["errcode"] == 0
        assert pages < 10
        pairs += [(row["userid"], row["department"]) for row in answer["dept_user"]]
        cursor, pages = answer["next_cursor"], pages + 1
    return pairs, pages


ALL_PAIRS = [("zhangsan", 3), ("LiSi", 2), ("LiSi", 4), ("wangwu", 4), ("zhaoliu", 1)]


@pytest.mark.parametrize(("limit", "pages"), [(1, 5), (2, 3), (5, 1), (10_000, 1)])
def test_a_listing_has_every_pair_once_whatever_the_page(contacts, limit, pages):
    assert listing(contacts, limit) == (ALL_PAIRS, pages)


def test_who_leaves_between_two_pages_shifts_nobody(contacts, company):
    first = contacts("user/list_id", {"limit": 2})
    mutate(company, {"op": "leave", "userid": "zhangsan"})
    rest = contacts("user/list_id", {"limit": 10, "cursor": first["next_cursor"]})
    assert [row["userid"] for row in rest["dept_user"]] == ["LiSi", "wangwu", "zhaoliu"]


def test_who_gets_a_new_userid_is_listed_once_and_nobody_is_lost(contacts, company):
    first = contacts("user/list_id", {"limit": 2})["next_cursor"]
    mutate(company, {"op": "rename_userid", "userid": "zhangsan", "new_userid": "zs"})
    rest = contacts("user/list_id", {"cursor": first})["dept_user"]
    assert [row["userid"] for row in rest] == ["LiSi", "wangwu", "zhaoliu"]
    assert listing(contacts, 2)[0][0] == ("zs", 3)


@pytest.mark.parametrize("cursor", ["nonsense", "MS4xLmFhYWFhYWFhYWFhYQ=="])
def test_an_altered_cursor_is_refused(contacts, cursor):
    assert contacts("user/list_id", {"cursor": cursor})["errcode"] == 60268


@pytest.mark.parametrize("limit", [0, 10_001, "many"])
def test_a_page_has_1_to_10000_pairs(contacts, limit):
    assert contacts("user/list_id", {"limit": limit})["errcode"] == 40058


def test_a_get_where_a_post_is_needed_is_refused(contacts):
    assert contacts("user/list_id")["errcode"] == 40058


def test_a_department_shows_those_directly_in_it(call):
    assert call.userids(2) == ["LiSi"]
    names = call("user/simplelist", department_id=4)["userlist"]
    assert names == [
        {"userid": "LiSi", "name": "李四", "department": [2, 4]},
        {"userid": "wangwu", "name": "王五", "department": [4]},
    ]


def test_the_undocumented_recursion_names_everybody_once(call):
    below = call("user/list", department_id=1, fetch_child=1)["userlist"]
    assert sorted(one["userid"] for one in below) == ["LiSi", "wangwu", "zhangsan", "zhaoliu"]


def test_a_subtree_is_listed_with_its_top(call):
    assert [one["id"] for one in call("department/list", id=2)["department"]] == [2, 3]
    simple = call("department/simplelist", id=2)["department_id"]
    assert simple == [{"id": 2, "parentid": 1, "order": 90}, {"id": 3, "parentid": 2, "order": 80}]


@pytest.mark.parametrize(
    ("endpoint", "query", "expected"),
    [
        ("user/get", {}, 41009),
        ("user/get", {"userid": "nobody"}, 60111),
        ("user/list", {}, 40058),
        ("user/list", {"department_id": "three"}, 40058),
        ("user/list", {"department_id": 99}, 60003),
        ("department/get", {}, 40058),
        ("department/list", {"id": 99}, 60003),
        ("tag/get", {"tagid": 99}, 40068),
        ("tag/get", {}, 41017),
        ("agent/get", {}, 41011),
        ("agent/get", {"agentid": 1000003}, 301002),
    ],
)
def test_what_is_missing_or_unknown_has_its_code(call, endpoint, query, expected):
    assert call(endpoint, **query)["errcode"] == expected


@pytest.mark.parametrize(
    ("endpoint", "body", "expected"),
    [
        ("user/getuserid", {"mobile": "+86 138 0000 0001"}, "zhangsan"),
        ("user/getuserid", {"mobile": "13900000000"}, 46004),
        ("user/getuserid", {"mobile": ""}, 60103),
        ("user/get_userid_by_email", {"email": "WW@corp.example"}, "wangwu"),
        ("user/get_userid_by_email", {"email": "ww@mail.example"}, 46004),
        ("user/get_userid_by_email", {"email": "ww@mail.example", "email_type": 2}, "wangwu"),
    ],
)
def test_a_member_is_found_by_mobile_and_email(call, endpoint, body, expected):
    answer = call(endpoint, body)
    assert answer.get("userid", answer["errcode"]) == expected


def test_a_body_that_is_no_json_counts_as_none(call, contacts):
    query = {"access_token": contacts.token()}
    outcome = call.api.answer(Call("POST", "/cgi-bin/user/list_id", query, b"{oops", "127.0.0.1"))
    assert outcome.reply.errcode == 0


def test_an_unknown_path_is_404(call):
    assert call.outcome("user/unknown").reply.status == 404


# ── writing ──────────────────────────────────────────────────────────────────

NEW = {"userid": "SunQi", "name": "孙七", "mobile": "13800000002", "department": [3]}


def test_a_made_member_is_not_activated_and_readable(contacts, call):
    answer = contacts("user/create", NEW)
    assert (answer["errcode"], answer["errmsg"]) == (0, "created")
    assert call("user/get", userid="sunqi")["status"] == 4


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"userid": ""}, 41009),
        ({"userid": "LISI"}, 60102),
        ({"name": ""}, 60112),
        ({"name": "长" * 65}, 60112),
        ({"mobile": ""}, 60129),
        ({"mobile": "13800000001"}, 60104),
        ({"email": "ww@mail.example"}, 60106),
        ({"department": [99]}, 60123),
        ({"is_leader_in_dept": [0, 1]}, 60132),
    ],
)
def test_a_wrong_member_is_refused(contacts, changes, expected):
    assert contacts("user/create", NEW | changes)["errcode"] == expected


def test_an_update_changes_what_is_given_and_nothing_else(contacts, call):
    body = {"userid": "zhangsan", "position": "经理", "enable": 0, "department": [3, 4]}
    assert contacts("user/update", body)["errmsg"] == "updated"
    shown = call("user/get", userid="zhangsan")
    assert (shown["position"], shown["status"], shown["department"]) == ("经理", 2, [3, 4])
    assert (shown["name"], shown["mobile"]) == ("张三", "13800000001")


def test_a_deleted_member_is_unknown(contacts):
    assert contacts("user/delete", userid="lisi")["errmsg"] == "deleted"
    assert contacts("user/get", userid="lisi")["errcode"] == 60111
    assert contacts("user/delete", userid="lisi")["errcode"] == 60111


def test_a_department_is_made_renamed_and_deleted(contacts):
    made = contacts("department/create", {"name": "法务", "parentid": 1})
    assert (made["errmsg"], made["id"]) == ("created", 5)
    moved = contacts("department/update", {"id": 5, "name": "法务部", "parentid": 4, "order": 3})
    assert moved["errmsg"] == "updated"
    shown = contacts("department/get", id=5)["department"]
    assert (shown["name"], shown["parentid"], shown["order"]) == ("法务部", 4, 3)
    assert contacts("department/delete", id=5)["errmsg"] == "deleted"
    assert contacts("department/get", id=5)["errcode"] == 60003


@pytest.mark.parametrize(
    ("endpoint", "body", "expected"),
    [
        ("department/create", {"name": "x", "parentid": 0}, 60004),
        ("department/create", {"name": "研发", "parentid": 1}, 60008),
        ("department/create", {"name": "y", "parentid": 1, "id": 2}, 60008),
        ("department/create", {"name": "", "parentid": 1}, 60001),
        ("department/create", {"name": "a:b", "parentid": 1}, 60009),
        ("department/update", {"id": 99}, 60003),
        ("department/update", {"id": 2, "parentid": 3}, 60010),
    ],
)
def test_a_wrong_department_is_refused(contacts, endpoint, body, expected):
    assert contacts(endpoint, body)["errcode"] == expected


@pytest.mark.parametrize(
    ("department", "expected"), [(1, 60007), (2, 60005), (4, 60005), (99, 60003)]
)
def test_a_department_that_holds_something_stays(contacts, department, expected):
    assert contacts("department/delete", id=department)["errcode"] == expected


def test_a_department_with_departments_below_stays(contacts, company):
    mutate(company, {"op": "leave", "userid": "lisi"})
    assert contacts("department/delete", id=2)["errcode"] == 60006
