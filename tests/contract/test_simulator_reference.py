"""The simulator says what WeCom says: the literal answers of the reference, over real HTTP.

Each case names the section of the WeCom reference it is taken from. Nothing of the client is
imported: two halves that share a misunderstanding would agree with each other.
"""

import http.client
import json
import re
from urllib.parse import urlencode, urlsplit

import pytest

from syncd.simulator import (
    App,
    Company,
    Contacts,
    Department,
    Member,
    Range,
    Regime,
    SimulatorOptions,
    Tag,
    ThreadedSimulator,
)

APP, NARROW, CLOSED = 1000002, 1000003, 1000004
SECRETS = {"app": "s-app", "narrow": "s-narrow", "contacts": "s-contacts"}


def company():
    """Return the samples of the reference: departments 2 and 3 of section 4.2, one member."""
    return Company(
        corp_id="ww0123456789abcdef",
        contacts=Contacts("s-contacts"),
        apps=[
            App(APP, "s-app", "通讯录", trusted_ips=None),
            App(NARROW, "s-narrow", visible=Range(parties=(3,)), fields_withheld=True),
            App(CLOSED, "s-closed", closed=True),
        ],
        departments=[
            Department(1, "企业", 0, 2147484646),
            Department(2, "广州研发中心", 1, 10, "RDGZ", ("ZhangSan",)),
            Department(3, "邮箱产品部", 2, 40),
        ],
        members=[
            Member.of(
                "ZhangSan",
                "李四",
                [2, 3],
                order=[1, 4294967295],
                position="后台工程师",
                mobile="13800000000",
                gender="1",
                email="zhangsan@gzdev.com",
                is_leader_in_dept=[1, 0],
                avatar="http://wx.qlogo.cn/mmopen/ajNVdqHZLLA3WJ6DSZUfiakYe37PKnQhBIeOQBO4czqrnZDS79FH5Wm5m4X69TBicnHFlhiafvDwklOpZeXYQQ2icg/0",
                telephone="020-123456",
                extattr={"attrs": [{"type": 0, "name": "文本名称", "text": {"value": "文本"}}]},
                status=1,
            )
        ],
        tags=[Tag(1, "乒乓球协会", users=("ZhangSan",), parties=(2,))],
    )


@pytest.fixture(scope="module")
def simulator():
    with ThreadedSimulator(SimulatorOptions(), company()) as running:
        yield running


@pytest.fixture
def wecom(simulator):
    """Return a function that calls as the owner of a secret and returns headers and JSON."""

    def call(secret, endpoint, body=None, **query):
        if secret is not None:
            got = raw(simulator, "gettoken", corpid=simulator.corp_id, corpsecret=SECRETS[secret])
            query = {"access_token": got[1]["access_token"], **query}
        return raw(simulator, endpoint, body, **query)

    return call


def raw(simulator, endpoint, body=None, **query):
    connection = http.client.HTTPConnection(urlsplit(simulator.base_url).netloc, timeout=10)
    try:
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        method = "GET" if body is None else "POST"
        connection.request(method, f"/cgi-bin/{endpoint}?{urlencode(query)}", body=sent)
        response = connection.getresponse()
        assert response.status == 200
        return response.headers, json.loads(response.read())
    finally:
        connection.close()


SUCCESSES = [
    pytest.param(
        "app",
        "department/simplelist",
        None,
        {"id": 2},
        {
            "department_id": [
                {"id": 2, "parentid": 1, "order": 10},
                {"id": 3, "parentid": 2, "order": 40},
            ]
        },
        id="4.2 identifiers under department_id",
    ),
    pytest.param(
        "app",
        "department/get",
        None,
        {"id": 2},
        {
            "department": {
                "id": 2,
                "name": "广州研发中心",
                "name_en": "RDGZ",
                "department_leader": ["ZhangSan"],
                "parentid": 1,
                "order": 10,
            }
        },
        id="4.4 one object and no list",
    ),
    pytest.param(
        "app",
        "department/list",
        None,
        {"id": 3},
        {
            "department": [
                {"id": 3, "name": "邮箱产品部", "department_leader": [], "parentid": 2, "order": 40}
            ]
        },
        id="4.1 name_en absent when not set",
    ),
    pytest.param(
        "narrow",
        "department/simplelist",
        None,
        {},
        {"department_id": [{"id": 3, "parentid": 2, "order": 40}]},
        id="4.3 the parent that is not visible keeps its id",
    ),
    pytest.param(
        "app",
        "user/simplelist",
        None,
        {"department_id": 2},
        {"userlist": [{"userid": "ZhangSan", "name": "李四", "department": [2, 3]}]},
        id="5.4 userid, name, departments",
    ),
    pytest.param(
        "contacts",
        "user/list_id",
        {},
        {},
        {
            "next_cursor": "",
            "dept_user": [
                {"userid": "ZhangSan", "department": 2},
                {"userid": "ZhangSan", "department": 3},
            ],
        },
        id="5.6 one row for each pair, an empty body accepted",
    ),
    pytest.param(
        "app",
        "user/getuserid",
        {"mobile": "13800000000"},
        {},
        {"userid": "ZhangSan"},
        id="5.7 by mobile",
    ),
    pytest.param(
        "app", "tag/list", None, {}, {"taglist": [{"tagid": 1, "tagname": "乒乓球协会"}]}, id="7.1"
    ),
    pytest.param(
        "app",
        "tag/get",
        None,
        {"tagid": 1},
        {
            "tagname": "乒乓球协会",
            "userlist": [{"userid": "ZhangSan", "name": "李四"}],
            "partylist": [2],
        },
        id="7.1 a tag's members and departments",
    ),
]


@pytest.mark.parametrize(("secret", "endpoint", "body", "query", "keys"), SUCCESSES)
def test_a_success_is_errcode_errmsg_and_the_result(  # noqa: PLR0917 - the table's columns
    wecom, secret, endpoint, body, query, keys
):
    headers, answer = wecom(secret, endpoint, body, **query)
    assert answer == {"errcode": 0, "errmsg": "ok", **keys}
    assert headers["Error-Code"] == "0"
    assert headers["Error-Msg"] == "ok"
    assert headers["Content-Type"] == "application/json; charset=UTF-8"


def test_gettoken_answers_a_token_of_two_hours_the_same_again(simulator):
    query = {"corpid": simulator.corp_id, "corpsecret": "s-app"}
    answers = [raw(simulator, "gettoken", **query)[1] for _ in range(2)]
    assert list(answers[0]) == ["errcode", "errmsg", "access_token", "expires_in"]
    assert 7190 < answers[0]["expires_in"] <= 7200
    assert len(answers[0]["access_token"].encode()) <= 512
    assert answers[0]["access_token"] == answers[1]["access_token"]


def test_a_member_comes_with_the_fields_at_the_top_level(wecom):
    _, answer = wecom("app", "user/get", userid="zhangsan")
    assert answer["userid"] == "ZhangSan"
    assert answer["department"] == [2, 3]
    assert answer["order"] == [1, 4294967295]
    assert answer["is_leader_in_dept"] == [1, 0]
    assert answer["gender"] == "1"
    assert answer["main_department"] == 2
    assert answer["status"] == 1
    assert answer["extattr"]["attrs"][0]["text"] == {"value": "文本"}
    _, listed = wecom("app", "user/list", department_id=2)
    assert listed["userlist"] == [
        {k: v for k, v in answer.items() if k not in ("errcode", "errmsg")}
    ]


def test_an_app_made_after_2022_06_20_gets_none_of_the_seven_fields(wecom):
    _, answer = wecom("narrow", "user/get", userid="zhangsan")
    seven = {"avatar", "mobile", "email", "biz_mail", "qr_code", "address", "thumb_avatar"}
    assert not seven & set(answer)
    assert answer["gender"] == "0"
    assert (answer["name"], answer["position"]) == ("李四", "后台工程师")
    assert (answer["department"], answer["order"]) == ([3], [4294967295])
    assert "main_department" not in answer


def test_the_visible_range_is_told_unexpanded(wecom):
    _, answer = wecom("narrow", "agent/get", agentid=NARROW)
    assert answer["allow_partys"] == {"partyid": [3]}
    assert answer["allow_userinfos"] == {"user": []}
    assert answer["allow_tags"] == {"tagid": []}
    assert answer["close"] == 0
    _, listed = wecom("narrow", "agent/list")
    assert [one["agentid"] for one in listed["agentlist"]] == [NARROW]


@pytest.mark.parametrize("endpoint", ["get_api_domain_ip", "getcallbackip"])
def test_the_service_endpoints_answer_addresses(wecom, endpoint):
    _, answer = wecom("app", endpoint)
    assert answer["ip_list"]


def send(touser, **changes):
    return {
        "touser": touser,
        "msgtype": "text",
        "agentid": APP,
        "text": {"content": "x"},
        **changes,
    }


FAILURES = [
    pytest.param("app", "user/list_id", {}, {}, 48002, "api forbidden", id="5.6 an app"),
    pytest.param(
        "narrow",
        "user/list",
        None,
        {"department_id": 2},
        60011,
        "no privilege to access/modify contact/party/agent ",
        id="5.5 outside the range",
    ),
    pytest.param("app", "user/get", None, {"userid": "x"}, 60111, "userid not found", id="5.3"),
    pytest.param(
        "app",
        "agent/get",
        None,
        {"agentid": NARROW},
        301002,
        "not allow operate another agent with this accesstoken",
        id="7.2 another app",
    ),
    pytest.param(
        "app", "message/send", send("x"), {}, 81013, "user & party & tag all invalid", id="9.1"
    ),
    pytest.param(
        "app", "message/send", send("ZhangSan", msgtype="x"), {}, 40008, "invalid message type"
    ),
    pytest.param("contacts", "message/send", send("ZhangSan"), {}, 48002, "api forbidden"),
    pytest.param(None, "user/list", None, {}, 41001, "access_token missing", id="1 no token"),
    pytest.param(
        None, "user/list", None, {"access_token": "x"}, 40014, "invalid access_token", id="2.2"
    ),
    pytest.param(
        None, "gettoken", None, {"corpid": "x", "corpsecret": "y"}, 40013, "invalid corpid"
    ),
    pytest.param(
        None,
        "gettoken",
        None,
        {"corpid": "ww0123456789abcdef", "corpsecret": "y"},
        40001,
        "invalid credential",
        id="2.2 a wrong secret",
    ),
    pytest.param(
        None,
        "gettoken",
        None,
        {"corpid": "ww0123456789abcdef", "corpsecret": "s-closed"},
        40001,
        "invalid credential",
        id="2.1 a disabled app",
    ),
]


@pytest.mark.parametrize(("secret", "endpoint", "body", "query", "errcode", "text"), FAILURES)
def test_a_failure_has_http_200_the_code_and_the_text(  # noqa: PLR0917 - the table's columns
    wecom, secret, endpoint, body, query, errcode, text
):
    headers, answer = wecom(secret, endpoint, body, **query)
    assert answer["errcode"] == errcode
    shape = (
        rf"{re.escape(text)}, hint: \[\S+\], from ip: 127\.0\.0\.1, "
        rf"more info at https://open\.work\.weixin\.qq\.com/devtool/query\?e={errcode}"
    )
    assert re.fullmatch(shape, answer["errmsg"])
    assert headers["Error-Code"] == str(errcode)
    assert headers["Error-Msg"] == answer["errmsg"]


def test_the_error_body_of_a_department_may_carry_an_empty_list(wecom):
    _, answer = wecom("narrow", "user/list", department_id=2)
    assert answer["userlist"] == []


def test_40058_begins_with_the_offending_field(wecom):
    _, answer = wecom("contacts", "user/list_id", {"limit": 10001})
    assert re.match(r"limit out of range\. invalid Request Parameter, hint: ", answer["errmsg"])


def test_a_contacts_secret_from_a_new_address_reads_identifiers_only(simulator, wecom):
    simulator.mutate({"op": "contacts", "regime": Regime.NEW_IP})
    try:
        for endpoint, query in (
            ("user/get", {"userid": "ZhangSan"}),
            ("user/simplelist", {"department_id": 2}),
            ("user/list", {"department_id": 2}),
            ("department/list", {}),
            ("department/get", {"id": 2}),
        ):
            _, answer = wecom("contacts", endpoint, **query)
            assert answer["errcode"] == 48009
            assert answer["errmsg"].startswith("api forbidden for contact assistant, hint: [")
        assert wecom("contacts", "user/list_id", {})[1]["errcode"] == 0
        assert wecom("contacts", "department/simplelist")[1]["errcode"] == 0
    finally:
        simulator.mutate({"op": "contacts", "regime": Regime.OLD_IP})


def test_an_untrusted_address_is_named_and_gettoken_goes_on(simulator, wecom):
    simulator.mutate({"op": "app", "agentid": APP, "trusted_ips": ["192.0.2.1"]})
    try:
        _, answer = wecom("app", "user/get", userid="ZhangSan")
        assert answer["errcode"] == 60020
        assert answer["errmsg"].startswith("not allow to access from your ip, hint: [")
        assert ", from ip: 127.0.0.1, " in answer["errmsg"]
    finally:
        simulator.mutate({"op": "app", "agentid": APP, "trusted_ips": None})


@pytest.mark.parametrize(
    ("errcode", "text"), [(42001, "access_token expired"), (40014, "invalid access_token")]
)
def test_an_ended_token_is_refused_and_a_new_one_works(simulator, wecom, errcode, text):
    query = {"corpid": simulator.corp_id, "corpsecret": "s-app"}
    old = raw(simulator, "gettoken", **query)[1]["access_token"]
    simulator.expire_tokens(errcode)
    _, answer = raw(simulator, "user/get", access_token=old, userid="ZhangSan")
    assert answer["errcode"] == errcode
    assert answer["errmsg"].startswith(f"{text}, hint: [")
    assert wecom("app", "user/get", userid="ZhangSan")[1]["errcode"] == 0


def test_a_partly_invalid_message_is_sent_and_names_in_lower_case(wecom):
    _, answer = wecom("app", "message/send", send("ZhangSan|LiuDeHua"))
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == "liudehua"
    assert isinstance(answer["msgid"], str)


@pytest.mark.parametrize(
    ("calls", "errmsg"),
    [
        (
            [
                ("department/create", {"name": "临时", "parentid": 1, "id": 9}, {}),
                ("department/update", {"id": 9, "name": "临时二"}, {}),
                ("department/delete", None, {"id": 9}),
            ],
            ["created", "updated", "deleted"],
        ),
        (
            [
                ("user/create", {"userid": "t", "name": "t", "mobile": "1", "department": [2]}, {}),
                ("user/update", {"userid": "t", "name": "u"}, {}),
                ("user/delete", None, {"userid": "T"}),
            ],
            ["created", "updated", "deleted"],
        ),
    ],
)
def test_writing_answers_created_updated_deleted(wecom, calls, errmsg):
    answers = [wecom("contacts", endpoint, body, **query)[1] for endpoint, body, query in calls]
    assert [answer["errmsg"] for answer in answers] == errmsg
    assert [answer["errcode"] for answer in answers] == [0, 0, 0]


def test_the_rate_limit_is_45009_and_the_concurrency_45033(simulator, wecom):
    simulator.set_options(per_minute={"tag/list": 1})
    assert wecom("app", "tag/list")[1]["errcode"] == 0
    _, answer = wecom("app", "tag/list")
    assert answer["errcode"] == 45009
    assert answer["errmsg"].startswith("api freq out of limit, hint: [")
    simulator.set_options(per_minute={})
    token = wecom(None, "gettoken", corpid=simulator.corp_id, corpsecret="s-app")[1]["access_token"]
    simulator.set_options(concurrency=0)
    assert raw(simulator, "tag/list", access_token=token)[1]["errcode"] == 45033
    simulator.set_options(concurrency=None)
