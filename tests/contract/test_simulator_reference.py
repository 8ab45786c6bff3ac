"""The simulator says what WeCom says: the literal answers of the reference, over real HTTP.

Each case names the section of the WeCom reference it is taken from. Nothing of the client is
imported: two halves that share a misunderstanding would agree with each other. Messages and media
are in test_simulator_reference_messages.py.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.simulator.endpoints import ENDPOINTS
from tests.contract.reference_wire import (  # noqa: F401 - fixtures
    APP,
    CORP,
    NARROW,
    Some,
    server,
    wire,
)

ROOT = Path(__file__).resolve().parents[2]

DEPARTMENT_2 = {
    "id": 2,
    "name": "广州研发中心",
    "name_en": "RDGZ",
    "department_leader": ["ZhangSan"],
    "parentid": 1,
    "order": 10,
}
DEPARTMENT_3 = {
    "id": 3,
    "name": "邮箱产品部",
    "department_leader": [],
    "parentid": 2,
    "order": 40,
}
ZHANGSAN = {
    "userid": "ZhangSan",
    "name": "李四",
    "department": [2, 3],
    "order": [1, 4294967295],
    "is_leader_in_dept": [1, 0],
    "direct_leader": [],
    "position": "后台工程师",
    "gender": "1",
    "status": 1,
    "main_department": 2,
    "mobile": "13800000000",
    "email": "zhangsan@gzdev.com",
    "biz_mail": "zhangsan@qyycs2.wecom.work",
    "avatar": "http://wx.qlogo.cn/mmopen/ajNVdqHZLLA3WJ6DSZUfiakYe37PKnQhBIeOQBO4czqrnZDS79FH5Wm5m4X69TBicnHFlhiafvDwklOpZeXYQQ2icg/0",
    "telephone": "020-123456",
    "extattr": {"attrs": [{"type": 0, "name": "文本名称", "text": {"value": "文本"}}]},
}
#: The same person for an app made after 2022-06-20 whose range is department 3.
ZHANGSAN_CUT = {
    "userid": "ZhangSan",
    "name": "李四",
    "department": [3],
    "order": [4294967295],
    "is_leader_in_dept": [0],
    "direct_leader": [],
    "position": "后台工程师",
    "gender": "0",
    "status": 1,
    "telephone": "020-123456",
    "extattr": {"attrs": [{"type": 0, "name": "文本名称", "text": {"value": "文本"}}]},
}
GETTOKEN = {"corpid": CORP, "corpsecret": "s-app"}

#: who, endpoint, body, query, the result keys
SUCCESSES = {
    "2.1 a token of two hours": (
        *(None, "gettoken", None, GETTOKEN),
        {"access_token": Some(str), "expires_in": 7200},
    ),
    "4.2 identifiers under department_id": (
        *("app", "department/simplelist", None, {"id": 2}),
        {
            "department_id": [
                {"id": 2, "parentid": 1, "order": 10},
                {"id": 3, "parentid": 2, "order": 40},
            ]
        },
    ),
    "4.2 everything without an id, the root's parent is 0": (
        *("contacts", "department/simplelist", None, {}),
        {
            "department_id": [
                {"id": 1, "parentid": 0, "order": 2147484646},
                {"id": 2, "parentid": 1, "order": 10},
                {"id": 3, "parentid": 2, "order": 40},
            ]
        },
    ),
    "4.3 the parent that is not visible keeps its id": (
        *("narrow", "department/simplelist", None, {}),
        {"department_id": [{"id": 3, "parentid": 2, "order": 40}]},
    ),
    "4.3 whole departments, name_en absent when not set": (
        *("app", "department/list", None, {"id": 2}),
        {"department": [DEPARTMENT_2, DEPARTMENT_3]},
    ),
    "4.4 one object and no list": (
        *("app", "department/get", None, {"id": 2}),
        {"department": DEPARTMENT_2},
    ),
    "5.3 the fields at the top level, the userid in any case": (
        *("app", "user/get", None, {"userid": "zhangsan"}),
        ZHANGSAN,
    ),
    "3.3 none of the seven fields, and 5.1 departments cut": (
        *("narrow", "user/get", None, {"userid": "zhangsan"}),
        ZHANGSAN_CUT,
    ),
    "5.4 userid, name, departments": (
        *("app", "user/simplelist", None, {"department_id": 2}),
        {"userlist": [{"userid": "ZhangSan", "name": "李四", "department": [2, 3]}]},
    ),
    "5.5 full members, directly in the department": (
        *("app", "user/list", None, {"department_id": 2}),
        {"userlist": [ZHANGSAN]},
    ),
    "5.6 one row for each pair, an empty body accepted": (
        *("contacts", "user/list_id", {}, {}),
        {
            "next_cursor": "",
            "dept_user": [
                {"userid": "ZhangSan", "department": 2},
                {"userid": "ZhangSan", "department": 3},
                {"userid": "new@corp.1", "department": 1},
            ],
        },
    ),
    "5.6 a page and where it goes on": (
        *("contacts", "user/list_id", {"limit": 1}, {}),
        {"next_cursor": Some(str), "dept_user": [{"userid": "ZhangSan", "department": 2}]},
    ),
    "5.7 by mobile": (
        *("app", "user/getuserid", {"mobile": "13800000000"}, {}),
        {"userid": "ZhangSan"},
    ),
    "5.7 by corporate e-mail": (
        *("app", "user/get_userid_by_email", {"email": "zhangsan@qyycs2.wecom.work"}, {}),
        {"userid": "ZhangSan"},
    ),
    "5.7 by personal e-mail": (
        "app",
        "user/get_userid_by_email",
        {"email": "zhangsan@gzdev.com", "email_type": 2},
        {},
        {"userid": "ZhangSan"},
    ),
    "7.1 tags": (
        *("app", "tag/list", None, {}),
        {"taglist": [{"tagid": 1, "tagname": "乒乓球协会"}]},
    ),
    "7.1 a tag's members and departments": (
        *("app", "tag/get", None, {"tagid": 1}),
        {
            "tagname": "乒乓球协会",
            "userlist": [{"userid": "ZhangSan", "name": "李四"}],
            "partylist": [2],
        },
    ),
    "7.1 only visible members and departments": (
        *("narrow", "tag/get", None, {"tagid": 1}),
        {
            "tagname": "乒乓球协会",
            "userlist": [{"userid": "ZhangSan", "name": "李四"}],
            "partylist": [],
        },
    ),
    "7.2 the app, its range not expanded": (
        *("narrow", "agent/get", None, {"agentid": NARROW}),
        {
            "agentid": NARROW,
            "name": "syncd",
            "square_logo_url": Some(str),
            "description": "",
            "allow_userinfos": {"user": []},
            "allow_partys": {"partyid": [3]},
            "allow_tags": {"tagid": []},
            "close": 0,
            "redirect_domain": "",
            "report_location_flag": 0,
            "isreportenter": 0,
            "home_url": "",
        },
    ),
    "7.2 that app only": (
        *("app", "agent/list", None, {}),
        {"agentlist": [{"agentid": APP, "name": "通讯录", "square_logo_url": Some(str)}]},
    ),
    "7.5 addresses of the API": (
        *("app", "get_api_domain_ip", None, {}),
        {"ip_list": ["192.0.2.10", "192.0.2.11"]},
    ),
    "7.5 callbacks, older answers hold wildcards": (
        *("app", "getcallbackip", None, {}),
        {"ip_list": ["198.51.100.20", "198.51.100.*"]},
    ),
}


@pytest.mark.parametrize("case", SUCCESSES.values(), ids=SUCCESSES)
def test_a_success_is_errcode_errmsg_and_the_result(wire, case):  # noqa: F811 - a fixture
    who, endpoint, body, query, keys = case
    headers, answer = wire(who, endpoint, body, **query)
    assert answer == {"errcode": 0, "errmsg": "ok", **keys}
    assert headers["Error-Code"] == "0"
    assert headers["Error-Msg"] == "ok"
    assert headers["Content-Type"] == "application/json; charset=UTF-8"


def test_a_token_is_the_same_again_of_at_most_512_bytes(wire):  # noqa: F811
    answers = [wire(None, "gettoken", **GETTOKEN)[1] for _ in range(2)]
    assert list(answers[0]) == ["errcode", "errmsg", "access_token", "expires_in"]
    assert len(answers[0]["access_token"].encode()) <= 512
    assert answers[0]["access_token"] == answers[1]["access_token"]


def test_the_pages_of_list_id_make_the_whole(wire):  # noqa: F811
    rows, cursor = [], ""
    for _ in range(3):
        _, answer = wire("contacts", "user/list_id", {"cursor": cursor, "limit": 1})
        rows += answer["dept_user"]
        cursor = answer["next_cursor"]
    assert rows == SUCCESSES["5.6 one row for each pair, an empty body accepted"][-1]["dept_user"]
    assert cursor == ""


# ── writing (reference 5.8, 18) ──────────────────────────────────────────────

WRITINGS = {
    "department/create": ({"name": "临时", "parentid": 1, "id": 9}, {}, "created", {"id": 9}),
    "department/update": ({"id": 3, "name": "邮箱部"}, {}, "updated", {}),
    "department/delete": (None, {"id": 4}, "deleted", {}),
    "user/create": (
        {"userid": "t", "name": "t", "mobile": "13900000000", "department": [2]},
        {},
        "created",
        {},
    ),
    "user/update": ({"userid": "zhangsan", "name": "李四四"}, {}, "updated", {}),
    "user/delete": (None, {"userid": "ZHANGSAN"}, "deleted", {}),
}


@pytest.mark.parametrize("endpoint", WRITINGS)
def test_writing_answers_created_updated_deleted(wire, endpoint):  # noqa: F811
    wire.simulator.add_department("空部门")
    body, query, errmsg, keys = WRITINGS[endpoint]
    _, answer = wire("contacts", endpoint, body, **query)
    assert answer == {"errcode": 0, "errmsg": errmsg, **keys}


# ── refusals ─────────────────────────────────────────────────────────────────

NO_PRIVILEGE = "no privilege to access/modify contact/party/agent "
MEMBER = {"userid": "t", "name": "t", "mobile": "13900000000", "department": [2]}
LONG = "长" * 65

#: who, endpoint, body, query, errcode, the text's beginning where one was observed, other keys
FAILURES = {
    "1 no token": (None, "user/list", None, {}, 41001, "access_token missing"),
    "1 a token in the body is ignored": (
        *(None, "user/list_id", {"access_token": "x"}, {}),
        *(41001, "access_token missing"),
    ),
    "2.2 not a token": (
        *(None, "user/list", None, {"access_token": "x"}),
        *(40014, "invalid access_token"),
    ),
    "2.2 a wrong corpid": (
        *(None, "gettoken", None, {"corpid": "x", "corpsecret": "y"}),
        *(40013, "invalid corpid"),
    ),
    "2.2 a wrong secret": (
        *(None, "gettoken", None, {"corpid": CORP, "corpsecret": "y"}),
        *(40001, "invalid credential"),
    ),
    "2.1 a disabled app": (
        *(None, "gettoken", None, {"corpid": CORP, "corpsecret": "s-closed"}),
        *(40001, "invalid credential"),
    ),
    "17 no corpid": (None, "gettoken", None, {}, 41002, ""),
    "17 no secret": (None, "gettoken", None, {"corpid": CORP}, 41004, ""),
    "4.2 an unknown department": (
        *("app", "department/simplelist", None, {"id": 77}),
        *(60003, ""),
    ),
    "4.2 outside the range": (
        *("narrow", "department/simplelist", None, {"id": 2}),
        *(60011, NO_PRIVILEGE),
    ),
    "4.3 an unknown department": ("app", "department/list", None, {"id": 77}, 60003, ""),
    "4.3 outside the range": (
        *("narrow", "department/list", None, {"id": 1}),
        *(60011, NO_PRIVILEGE),
    ),
    "4.4 an unknown department": ("app", "department/get", None, {"id": 77}, 60003, ""),
    "4.4 outside the range": (
        *("narrow", "department/get", None, {"id": 2}),
        *(60011, NO_PRIVILEGE),
    ),
    "5.3 unknown": ("app", "user/get", None, {"userid": "x"}, 60111, "userid not found"),
    "5.3 not visible": (
        *("narrow", "user/get", None, {"userid": "new@corp.1"}),
        *(60111, "userid not found"),
    ),
    "17 no userid": ("app", "user/get", None, {}, 41009, ""),
    "5.4 outside the range": (
        *("narrow", "user/simplelist", None, {"department_id": 2}),
        *(60011, NO_PRIVILEGE, {"userlist": []}),
    ),
    "5.5 outside the range, with an empty list": (
        *("narrow", "user/list", None, {"department_id": 2}),
        *(60011, NO_PRIVILEGE, {"userlist": []}),
    ),
    "5.6 an app": ("app", "user/list_id", {}, {}, 48002, "api forbidden"),
    "5.6 more than 10000": (
        *("contacts", "user/list_id", {"limit": 10001}, {}),
        *(40058, "limit out of range. invalid Request Parameter"),
    ),
    "5.6 fewer than 1": (
        *("contacts", "user/list_id", {"limit": 0}, {}),
        *(40058, "limit out of range. invalid Request Parameter"),
    ),
    "5.6 an altered cursor": ("contacts", "user/list_id", {"cursor": "x"}, {}, 60268, ""),
    "17 GET instead of POST": (
        *("contacts", "user/list_id", None, {}),
        *(40058, "GET instead of POST. invalid Request Parameter"),
    ),
    "5.7 nobody has the mobile": (
        "app",
        "user/getuserid",
        {"mobile": "13811111111"},
        {},
        46004,
        "",
    ),
    "5.7 a malformed mobile": ("app", "user/getuserid", {"mobile": "x"}, {}, 60103, ""),
    "5.7 nobody has the e-mail": (
        *("app", "user/get_userid_by_email", {"email": "x@y.example"}, {}),
        *(46004, ""),
    ),
    "7.1 an unknown tag": ("app", "tag/get", None, {"tagid": 77}, 40068, ""),
    "17 no tagid": ("app", "tag/get", None, {}, 41017, ""),
    "7.2 another app": (
        *("app", "agent/get", None, {"agentid": NARROW}),
        *(301002, "not allow operate another agent with this accesstoken"),
    ),
    "17 no agentid": ("app", "agent/get", None, {}, 41011, ""),
    "17 a userid that exists, whatever its case": (
        *("contacts", "user/create", {**MEMBER, "userid": "ZHANGSAN"}, {}),
        *(60102, ""),
    ),
    "17 no name": ("contacts", "user/create", {**MEMBER, "name": ""}, {}, 60112, ""),
    "17 a name of 65": ("contacts", "user/create", {**MEMBER, "name": LONG}, {}, 60112, ""),
    "17 neither mobile nor e-mail": (
        *("contacts", "user/create", {"userid": "t", "name": "t"}, {}),
        *(60129, ""),
    ),
    "17 a mobile that is taken": (
        *("contacts", "user/create", {**MEMBER, "mobile": "13800000000"}, {}),
        *(60104, ""),
    ),
    "17 an e-mail that is taken": (
        *("contacts", "user/create", {**MEMBER, "email": "zhangsan@gzdev.com"}, {}),
        *(60106, ""),
    ),
    "17 an unknown department": (
        *("contacts", "user/create", {**MEMBER, "department": [77]}, {}),
        *(60123, ""),
    ),
    "17 leader flags of another length": (
        *("contacts", "user/create", {**MEMBER, "is_leader_in_dept": [1, 0]}, {}),
        *(60132, ""),
    ),
    "17 nobody to change": ("contacts", "user/update", {"userid": "x"}, {}, 60111, "userid not"),
    "17 nobody to delete": (
        *("contacts", "user/delete", None, {"userid": "x"}),
        *(60111, "userid not found"),
    ),
    "17 no department's name": (
        *("contacts", "department/create", {"parentid": 1}, {}),
        *(60001, "department invalid length"),
    ),
    "17 a forbidden character": (
        *("contacts", "department/create", {"name": "a:b", "parentid": 1}, {}),
        *(60009, ""),
    ),
    "17 an id that exists": (
        *("contacts", "department/create", {"name": "新", "parentid": 1, "id": 3}, {}),
        *(60008, ""),
    ),
    "4.1 a name that a sibling has": (
        *("contacts", "department/create", {"name": "邮箱产品部", "parentid": 2}, {}),
        *(60008, ""),
    ),
    "17 an unknown parent": (
        *("contacts", "department/create", {"name": "新", "parentid": 77}, {}),
        *(60004, ""),
    ),
    "17 a department below itself": (
        *("contacts", "department/update", {"id": 2, "parentid": 3}, {}),
        *(60010, ""),
    ),
    "17 no such department": ("contacts", "department/update", {"id": 77}, {}, 60003, ""),
    "4.1 the root is not deleted": ("contacts", "department/delete", None, {"id": 1}, 60007, ""),
    "4.1 with members": ("contacts", "department/delete", None, {"id": 3}, 60005, ""),
    "4.1 with members first, then departments": (
        *("contacts", "department/delete", None, {"id": 2}),
        *(60005, ""),
    ),
}


@pytest.mark.parametrize("case", FAILURES.values(), ids=FAILURES)
def test_a_failure_has_http_200_the_code_and_the_text(wire, case):  # noqa: F811
    who, endpoint, body, query, errcode, text, *more = case
    headers, answer = wire(who, endpoint, body, **query)
    assert answer["errcode"] == errcode
    shape = (
        rf"{re.escape(text)}.*, hint: \[\S+\], from ip: 127\.0\.0\.1, "
        rf"more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e={errcode}"
    )
    assert re.fullmatch(shape, answer["errmsg"])
    assert headers["Error-Code"] == str(errcode)
    assert headers["Error-Msg"] == answer["errmsg"]
    assert {k: v for k, v in answer.items() if k not in ("errcode", "errmsg")} == dict(*more)


#: Section 18, whole.
TEXTS = {
    40001: "invalid credential",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40058: "invalid Request Parameter",
    41001: "access_token missing",
    42001: "access_token expired",
    45009: "api freq out of limit",
    48002: "api forbidden",
    48009: "api forbidden for contact assistant",
    60001: "department invalid length",
    60011: "no privilege to access/modify contact/party/agent ",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    81013: "user & party & tag all invalid",
    301002: "not allow operate another agent with this accesstoken",
}


@pytest.mark.parametrize(("errcode", "text"), TEXTS.items())
def test_an_errcode_on_demand_comes_with_the_observed_text(wire, errcode, text):  # noqa: F811
    wire.simulator.fault("errcode", "tag/list", errcode=errcode)
    _, answer = wire("app", "tag/list")
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, hint: [")


# ── who may call (reference 3.5) ─────────────────────────────────────────────

#: endpoint, then the refusal of an app, of the contacts secret, of the contacts secret from a new
#: address; 0 where it may call
MATRIX = {
    "department/simplelist": (0, 0, 0),
    "department/list": (0, 0, 48009),
    "department/get": (0, 0, 48009),
    "user/list_id": (48002, 0, 0),
    "user/simplelist": (0, 0, 48009),
    "user/list": (0, 0, 48009),
    "user/get": (0, 0, 48009),
    "user/getuserid": (0, 0, 0),
    "user/get_userid_by_email": (0, 0, 0),
    "tag/list": (0, 0, 0),
    "tag/get": (0, 0, 0),
    "agent/get": (0, 48002, 48002),
    "agent/list": (0, 48002, 48002),
    "get_api_domain_ip": (0, 0, 0),
    "getcallbackip": (0, 0, 0),
    "message/send": (0, 48002, 48002),
    "message/recall": (0, 48002, 48002),
    "message/update_template_card": (0, 48002, 48002),
    "media/upload": (0, 0, 0),
    "media/get": (0, 0, 0),
    "user/create": (48002, 0, 0),
    "user/update": (48002, 0, 0),
    "user/delete": (48002, 0, 0),
    "department/create": (48002, 0, 0),
    "department/update": (48002, 0, 0),
    "department/delete": (48002, 0, 0),
}


@pytest.mark.parametrize("endpoint", MATRIX)
def test_the_matrix_of_permissions_holds(wire, endpoint):  # noqa: F811
    def refused(who):
        errcode = wire(who, endpoint, {})[1]["errcode"]
        return errcode if errcode in (48002, 48009) else 0

    app, old_ip = refused("app"), refused("contacts")
    wire.simulator.change_contacts(regime="new_ip")
    assert (app, old_ip, refused("contacts")) == MATRIX[endpoint]


@pytest.mark.parametrize(
    "endpoint", [name for name in MATRIX if re.search("create|update$|delete", name)]
)
def test_writing_needs_the_right_to_edit(wire, endpoint):  # noqa: F811
    wire.simulator.change_contacts(editing=False)
    assert wire("contacts", endpoint, {})[1]["errcode"] == 48002


def test_an_untrusted_address_is_named_and_gettoken_goes_on(wire):  # noqa: F811
    wire.simulator.change_app(agent_id=APP, trusted_ips=["192.0.2.1"])
    for endpoint in ("user/get", "message/send"):
        _, answer = wire("app", endpoint, {"userid": "ZhangSan"})
        assert answer["errcode"] == 60020
        assert answer["errmsg"].startswith("not allow to access from your ip, hint: [")
        assert ", from ip: 127.0.0.1, " in answer["errmsg"]
    wire.simulator.set_options(caller_ip="192.0.2.1")
    assert wire("app", "user/get", userid="ZhangSan")[1]["errcode"] == 0


def test_an_app_that_was_disabled_is_50003(wire):  # noqa: F811
    token = wire.token("app")
    wire.simulator.change_app(agent_id=APP, closed=True)
    assert wire(None, "tag/list", access_token=token)[1]["errcode"] == 50003


# ── tokens and rates (reference 2.2, 11.1) ───────────────────────────────────


@pytest.mark.parametrize(
    ("errcode", "text"), [(42001, "access_token expired"), (40014, "invalid access_token")]
)
def test_an_ended_token_is_refused_and_a_new_one_works(wire, errcode, text):  # noqa: F811
    old = wire.token("app")
    wire.simulator.expire_tokens(errcode)
    _, answer = wire(None, "user/get", access_token=old, userid="ZhangSan")
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, hint: [")
    assert wire("app", "user/get", userid="ZhangSan")[1]["errcode"] == 0


def test_resetting_a_secret_ends_the_old_one(wire):  # noqa: F811
    wire.simulator.change_app(agent_id=APP, secret="another")
    _, answer = wire(None, "gettoken", **GETTOKEN)
    assert answer["errcode"] == 40001


def test_the_rate_limit_is_45009_and_the_concurrency_45033(wire):  # noqa: F811
    wire.simulator.set_options(per_minute={"tag/list": 1})
    assert wire("app", "tag/list")[1]["errcode"] == 0
    _, answer = wire("app", "tag/list")
    assert answer["errcode"] == 45009
    assert answer["errmsg"].startswith("api freq out of limit, hint: [")
    wire.simulator.set_options(per_minute={})
    token = wire.token("app")
    wire.simulator.set_options(concurrency=0)
    assert wire(None, "tag/list", access_token=token)[1]["errcode"] == 45033


# ── the tables themselves ────────────────────────────────────────────────────


def test_every_endpoint_stands_in_the_tables():
    elsewhere = {name for name in ENDPOINTS if name.startswith(("message/", "media/"))}
    answered = {case[1] for case in SUCCESSES.values()} | set(WRITINGS)
    assert answered == {"gettoken", *ENDPOINTS} - elsewhere
    without_refusal = {"tag/list", "agent/list", "get_api_domain_ip", "getcallbackip"}
    refused = {case[1] for case in FAILURES.values()}
    assert refused == answered - without_refusal
    assert set(MATRIX) == set(ENDPOINTS)


def test_neither_the_simulator_nor_its_tests_know_the_client():
    modules = (
        "tests.contract.test_simulator_reference",
        "tests.contract.test_simulator_reference_messages",
    )
    known = (
        f"import sys, {', '.join(modules)}; "
        "sys.exit(' '.join(m for m in sys.modules if m.startswith('syncd.wecom')) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", known],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
