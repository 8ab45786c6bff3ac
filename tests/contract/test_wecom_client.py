"""What every caller of the WeCom client may rely on, against a server that says what it is told."""

import json
import logging
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from syncd.errors import ConfigError, SyncdError, UsageError
from syncd.wecom.client import WeComClient
from syncd.wecom.errors import WeComBusy, WeComError, WeComMalformed, WeComRefused, WeComUnreachable
from syncd.wecom.retry import RetryPolicy
from tests.contract.fake_wecom import (
    CERTIFICATE,
    HANG,
    HTML,
    ONCE,
    RESET,
    SECRET,
    TOKEN,
    Http,
    Request,
    Stall,
    closed_port,
    refusal,
)


def failure(client: WeComClient, department: int) -> WeComError:
    with pytest.raises(WeComError) as caught:
        client.list_users(department)
    return caught.value


USERS = {"errcode": 0, "errmsg": "ok", "userlist": [{"userid": "zhangsan", "name": "张三"}]}


# What is asked, and what comes back


@pytest.mark.parametrize(
    ("ask", "path", "query", "answer", "expected"),
    [
        (
            lambda c: c.get_departments(), "department/list", {},
            {"department": [{"id": 1}]}, [{"id": 1}],
        ),
        (
            lambda c: c.get_departments(3), "department/list", {"id": "3"},
            {"department": []}, [],
        ),
        (
            lambda c: c.list_department_ids(), "department/simplelist", {},
            {"department_id": [{"id": 4294967295, "parentid": 1, "order": 4294967295}]},
            [{"id": 4294967295, "parentid": 1, "order": 4294967295}],
        ),
        (
            lambda c: c.get_department(3), "department/get", {"id": "3"},
            {"department": {"id": 3}}, {"id": 3},
        ),
        (
            lambda c: c.list_users(7), "user/list", {"department_id": "7"},
            {"userlist": [{"userid": "a"}]}, [{"userid": "a"}],
        ),
        (
            lambda c: c.list_user_names(7), "user/simplelist", {"department_id": "7"},
            {"userlist": [{"userid": "a"}]}, [{"userid": "a"}],
        ),
        (
            lambda c: c.get_user("李&四"), "user/get", {"userid": "李&四"},
            {"userid": "李&四"}, {"userid": "李&四"},
        ),
        (
            lambda c: c.list_tags(), "tag/list", {},
            {"taglist": [{"tagid": 1, "tagname": "x"}]}, [{"tagid": 1, "tagname": "x"}],
        ),
        (
            lambda c: c.get_tag(2), "tag/get", {"tagid": "2"},
            {"userlist": [], "partylist": [4]}, {"userlist": [], "partylist": [4]},
        ),
        (
            lambda c: c.get_agent(), "agent/get", {"agentid": "1000002"},
            {"agentid": 1000002, "allow_partys": {"partyid": [1]}},
            {"agentid": 1000002, "allow_partys": {"partyid": [1]}},
        ),
    ],
)  # fmt: skip
def test_every_reading_asks_its_endpoint_and_returns_what_it_says(  # noqa: PLR0917 - a table
    wecom, client, ask, path, query, answer, expected
) -> None:
    wecom.always[path] = answer  # errcode may be absent in a success
    assert ask(client) == expected
    asked = wecom.requests[-1]
    assert (asked.method, asked.path) == ("GET", path)
    assert asked.query == {"access_token": f"{TOKEN}1", **query}
    assert client.calls == {"gettoken": 1, path: 1}


@pytest.mark.parametrize(
    ("ask", "path", "body"),
    [
        (
            lambda c: c.find_userid_by_mobile("13800000000"),
            "user/getuserid",
            {"mobile": "13800000000"},
        ),
        (
            lambda c: c.find_userid_by_email("a@b.cn"),
            "user/get_userid_by_email",
            {"email": "a@b.cn", "email_type": 1},
        ),
        (
            lambda c: c.find_userid_by_email("a@b.cn", personal=True),
            "user/get_userid_by_email",
            {"email": "a@b.cn", "email_type": 2},
        ),
    ],
)
def test_lookups_post_json_in_utf_8(wecom, client, ask, path, body) -> None:
    wecom.always[path] = {"errcode": 0, "userid": "zhangsan"}
    assert ask(client) == "zhangsan"
    asked = wecom.requests[-1]
    assert (asked.method, json.loads(asked.body)) == ("POST", body)
    assert asked.headers["content-type"] == "application/json; charset=utf-8"


def test_the_secret_is_sent_to_gettoken_whole(wecom, client) -> None:
    wecom.always["user/list"] = USERS
    client.list_users(1)
    assert wecom.requests[0].query == {"corpid": "ww01", "corpsecret": SECRET}


def test_a_base_url_with_a_path_is_kept(wecom, make) -> None:
    wecom.always["user/list"] = USERS
    assert make(wecom.base_url + "/gateway/").list_users(1) == USERS["userlist"]


def test_connections_are_kept_and_no_more_are_open_than_the_concurrency(wecom, make) -> None:
    together = threading.Barrier(4, timeout=10)

    def answer(_: Request) -> dict[str, Any]:
        together.wait()  # goes on only when four calls are in flight
        return USERS

    wecom.always["user/list"] = answer
    client = make(wecom.base_url, concurrency=4)
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(client.list_users, range(16)))) == 16
    assert client.calls == {"gettoken": 1, "user/list": 16}
    assert wecom.connections == 4


def test_an_agent_is_asked_for_only_where_its_id_is_known(wecom, make) -> None:
    with pytest.raises(UsageError, match="agent_id"):
        make(wecom.base_url, agent_id=None).get_agent()


# The listing of identifiers


def page(rows: list[tuple[str, int]], cursor: str | None = None) -> dict[str, Any]:
    answer = {"errcode": 0, "dept_user": [{"userid": u, "department": d} for u, d in rows]}
    return answer | ({} if cursor is None else {"next_cursor": cursor})


@pytest.mark.parametrize("end", ["", None])
def test_identifiers_are_read_to_the_end_of_the_cursors(wecom, client, end) -> None:
    wecom.script["user/list_id"] = [page([("a", 1), ("b", 1)], "c1"), page([("a", 2)], end)]
    assert client.list_user_ids() == [("a", 1), ("b", 1), ("a", 2)]
    assert [json.loads(r.body) for r in wecom.requests[1:]] == [
        {"limit": 10_000},
        {"limit": 10_000, "cursor": "c1"},
    ]


@pytest.mark.parametrize("code", [50100, 60268])
def test_a_refused_cursor_restarts_the_listing_from_nothing(wecom, client, code) -> None:
    wecom.script["user/list_id"] = [page([("a", 1)], "c1"), refusal(code), page([("b", 1)])]
    assert client.list_user_ids() == [("b", 1)]


def test_a_cursor_that_is_always_refused_is_an_error_and_no_short_list(wecom, client) -> None:
    wecom.script["user/list_id"] = [page([("a", 1)], "c1"), refusal(60268)] * 3
    with pytest.raises(WeComRefused) as caught:
        client.list_user_ids()
    assert caught.value.code == 60268
    assert wecom.count("user/list_id") == 6


def test_a_listing_that_goes_in_a_circle_is_malformed(wecom, client) -> None:
    wecom.script["user/list_id"] = [page([], "c1"), page([], "c2"), page([], "c1")]
    with pytest.raises(WeComMalformed, match="cursor came twice"):
        client.list_user_ids()


# Codes


@pytest.mark.parametrize("code", [40001, 40013, 40091, 45009, 60020])
def test_a_refused_gettoken_is_final_and_sent_once(wecom, client, time, code) -> None:
    wecom.always["gettoken"] = refusal(code)
    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(lambda i: failure(client, i), range(8)))
    assert [error.code for error in errors] == [code] * 8
    assert (wecom.count("gettoken"), wecom.count("user/list"), time.slept) == (1, 0, [])


def test_a_refusal_tells_code_hint_id_address_endpoint_and_subject(wecom, client) -> None:
    wecom.always["user/list"] = refusal(60020, "not allow to access from your ip", userlist=[])
    with pytest.raises(WeComRefused) as caught:
        client.list_users(12)
    error = caught.value
    assert (error.code, error.hint_id, error.from_ip) == (60020, "17321_7_0a1b", "203.0.113.7")
    assert (error.endpoint, error.subject) == ("user/list", "department 12")
    assert "203.0.113.7" in error.message
    assert "203.0.113.7" in error.hint


@pytest.mark.parametrize("code", [40003, 45029, 48002, 48009, 60003, 60011, 60111, 81013, 99999999])
def test_a_refused_call_is_not_repeated_and_its_empty_list_not_used(wecom, client, code) -> None:
    wecom.always["user/list"] = refusal(code, userlist=[])
    with pytest.raises(WeComRefused):
        client.list_users(1)
    assert wecom.count("user/list") == 1


@pytest.mark.parametrize(
    "code", [-1, 6000, 45033, 45035, 45036, 81026, 301022, 302005, 302008, 2000111, 2000141]
)
def test_a_system_failure_is_repeated_with_longer_waits_three_times_at_most(
    wecom, client, time, code
) -> None:
    wecom.always["user/list"] = refusal(code)
    with pytest.raises(WeComBusy):
        client.list_users(1)
    assert (wecom.count("user/list"), time.slept) == (4, [2.0, 4.0, 8.0])


@pytest.mark.parametrize("code", [-1, 45033])
def test_a_system_failure_that_passes_is_not_noticed(wecom, client, time, code) -> None:
    wecom.script["user/list"] = [refusal(code)] * 3 + [USERS]
    assert client.list_users(1) == USERS["userlist"]


def test_too_many_calls_at_once_lowers_the_pressure(wecom, client) -> None:
    wecom.script["user/list"] = [refusal(45033), USERS]
    client.list_users(1)
    assert client._gate.places == 8


def test_a_broken_rate_is_waited_out_once(wecom, client, time) -> None:
    wecom.script["user/list"] = [refusal(45009), USERS]
    assert client.list_users(1) == USERS["userlist"]
    assert time.slept == [60.0]
    wecom.always["user/list"] = refusal(45009)
    with pytest.raises(WeComBusy):
        client.list_users(2)
    assert (wecom.count("user/list"), time.slept) == (4, [60.0, 60.0])


@pytest.mark.parametrize(
    ("more", "slept"),
    [
        ({"interval": 5}, [5.0, 5.0, 5.0]),
        ({"suggestion": "6"}, [6.0, 6.0, 6.0]),
        ({"suggestion": "try another way"}, [2.0, 4.0, 8.0]),
        ({"interval": -1}, []),
        ({"interval": 600}, []),
    ],
)
def test_interval_and_suggestion_outrank_our_waits(wecom, client, time, more, slept) -> None:
    wecom.always["user/list"] = refusal(-1, **more)
    with pytest.raises(WeComBusy) as caught:
        client.list_users(1)
    assert time.slept == slept
    assert caught.value.suggestion == more.get("suggestion", "")
    assert caught.value.interval == more.get("interval")


def test_the_budget_ends_the_repetitions(wecom, make, time) -> None:
    wecom.always["user/list"] = refusal(-1)
    with pytest.raises(WeComBusy):
        make(wecom.base_url, policy=RetryPolicy(budget=timedelta(seconds=7))).list_users(1)
    assert time.slept == [2.0, 4.0]


def test_what_sleep_raises_ends_the_call(wecom, make) -> None:
    class Stop(Exception):
        pass

    def sleep(_: float) -> None:
        raise Stop

    wecom.always["user/list"] = refusal(-1)
    with pytest.raises(Stop):
        make(wecom.base_url, sleep=sleep).list_users(1)
    assert wecom.count("user/list") == 1


# Tokens


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_ends_in_mid_run_is_invisible(wecom, client, time, code) -> None:
    wecom.script["user/list"] = [USERS, refusal(code), USERS]
    for department in (1, 2):
        assert client.list_users(department) == USERS["userlist"]
    assert [r.token for r in wecom.requests if r.path == "user/list"] == [
        f"{TOKEN}1", f"{TOKEN}1", f"{TOKEN}2",
    ]  # fmt: skip
    assert (wecom.count("gettoken"), time.slept) == (2, [])


def test_a_second_refused_token_is_reported(wecom, client) -> None:
    wecom.always["user/list"] = refusal(40014)
    with pytest.raises(WeComRefused) as caught:
        client.list_users(1)
    assert caught.value.code == 40014
    assert (wecom.count("gettoken"), wecom.count("user/list")) == (2, 2)


def test_a_call_has_one_new_token_also_when_wecom_was_busy_in_between(wecom, client) -> None:
    wecom.script["user/list"] = [refusal(42001), refusal(-1), refusal(42001), USERS]
    with pytest.raises(WeComRefused):
        client.list_users(1)
    assert (wecom.count("gettoken"), wecom.count("user/list")) == (2, 3)


def test_the_very_token_that_was_refused_is_not_tried_again(wecom, client) -> None:
    wecom.always["gettoken"] = {"errcode": 0, "access_token": "same", "expires_in": 7200}
    wecom.always["user/list"] = refusal(40014)
    for department in range(3):
        with pytest.raises(WeComRefused):
            client.list_users(department)
    assert (wecom.count("gettoken"), wecom.count("user/list")) == (2, 3)


def test_sixteen_threads_with_an_ended_token_fetch_one_new_one(wecom, client) -> None:
    wecom.always["user/list"] = USERS
    client.list_users(0)
    wecom.refused.add(f"{TOKEN}1")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(client.list_users, range(64)))
    assert answers == [USERS["userlist"]] * 64
    assert wecom.count("gettoken") == 2


def test_a_token_is_renewed_before_its_end_without_being_refused(wecom, client, time) -> None:
    wecom.always["user/list"] = USERS
    for _ in range(4):
        client.list_users(1)
        time.now += 3600
    assert wecom.count("gettoken") == 2
    assert wecom.count("user/list") == 4


@pytest.mark.parametrize(
    "lie",
    [
        {"errcode": 0, "expires_in": 7200},
        {"errcode": 0, "access_token": "", "expires_in": 7200},
        {"errcode": 0, "access_token": "x", "expires_in": 0},
        {"errcode": 0, "access_token": "x"},
        HTML,
    ],
)
def test_a_gettoken_that_gives_no_token_is_tried_again_and_no_call_follows(
    wecom, client, time, lie
) -> None:
    wecom.always["gettoken"] = lie
    with pytest.raises(WeComMalformed):
        client.list_users(1)
    assert (wecom.count("gettoken"), wecom.count("user/list")) == (4, 0)


def test_a_gettoken_that_is_busy_is_tried_again(wecom, client, time) -> None:
    wecom.script["gettoken"] = [refusal(-1), RESET]
    wecom.always["user/list"] = USERS
    assert client.list_users(1) == USERS["userlist"]
    assert time.slept == [2.0, 4.0]


# Answers that are none

BROKEN = {
    "HTML": (HTML, WeComMalformed),
    "empty": (b"", WeComMalformed),
    "cut JSON": (b'{"errcode":0,"userlist":[{"userid":"a"', WeComMalformed),
    "a list": (b"[]", WeComMalformed),
    "text": (b'"ok"', WeComMalformed),
    "no list": ({"errcode": 0, "errmsg": "ok"}, WeComMalformed),
    "null": ({"errcode": 0, "userlist": None}, WeComMalformed),
    "an object": ({"errcode": 0, "userlist": {}}, WeComMalformed),
    "rows of text": ({"errcode": 0, "userlist": [{"userid": "a"}, "b"]}, WeComMalformed),
    "errcode of text": ({"errcode": "0", "userlist": []}, WeComMalformed),
    "errcode null": ({"errcode": None, "userlist": []}, WeComMalformed),
    "not UTF-8": (b'{"errcode":0,"userlist":[{"name":"\xff"}]}', WeComMalformed),
    "HTTP 404": (Http.of(404, HTML), WeComMalformed),
    "redirected": (Http.of(302, b"", more=b"Location: http://127.0.0.1:1/\r\n"), WeComMalformed),
    "wrong gzip": (Http.of(200, b"{}", more=b"Content-Encoding: gzip\r\n"), WeComMalformed),
    "HTTP 500": (Http.of(500, b'{"errcode":0,"userlist":[]}'), WeComUnreachable),
    "HTTP 502": (Http.of(502, HTML), WeComUnreachable),
    "HTTP 429": (Http.of(429, b""), WeComUnreachable),
    "truncated": (Http.of(200, b'{"errcode":0,"userlist":[]}', length=900), WeComUnreachable),
    "no HTTP": (Http(b"220 mail.example.com ESMTP\r\n"), WeComUnreachable),
    "closed": (Http(b""), WeComUnreachable),
    "reset": (RESET, WeComUnreachable),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_answer_is_repeated_and_then_told_with_its_department(
    wecom, client, time, name
) -> None:
    answer, kind = BROKEN[name]
    wecom.always["user/list"] = answer
    with pytest.raises(kind) as caught:
        client.list_users(12)
    assert (wecom.count("user/list"), time.slept) == (4, [2.0, 4.0, 8.0])
    assert "user/list of department 12" in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_status == 3


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_answer_once_is_not_noticed(wecom, client, name) -> None:
    wecom.script["user/list"] = [BROKEN[name][0], USERS]
    assert client.list_users(1) == USERS["userlist"]


def test_a_hanging_call_ends_with_its_time_out_the_longer_one_for_bulk_reads(wecom, make) -> None:
    wecom.always |= {"user/list": HANG, "user/get": HANG}
    client = make(
        wecom.base_url,
        timeout=timedelta(milliseconds=50),
        bulk_timeout=timedelta(milliseconds=80),
        policy=ONCE,
    )
    client._tokens.get(client._key, client._fetch_token)
    with pytest.raises(WeComUnreachable, match=r"no answer within 0\.08 s"):
        client.list_users(1)
    with pytest.raises(WeComUnreachable, match=r"no answer within 0\.05 s"):
        client.get_user("a")


def test_an_answer_that_stops_in_the_middle_ends_with_the_time_out(wecom, make) -> None:
    wecom.always["user/get"] = Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    client = make(wecom.base_url, timeout=timedelta(milliseconds=50), policy=ONCE)
    with pytest.raises(WeComUnreachable, match=r"no answer within 0\.05 s"):
        client.get_user("a")


# Servers that are not there, or are not trusted


def test_a_refused_connection_is_said_as_such(make) -> None:
    with pytest.raises(WeComUnreachable, match="gettoken: connection refused"):
        make(f"http://127.0.0.1:{closed_port()}", policy=ONCE).list_users(1)


def test_an_unknown_host_is_said_as_such(make, no_names) -> None:
    with pytest.raises(
        WeComUnreachable, match=r"the host name is not known \(http://wecom.invalid\)"
    ):
        make("http://wecom.invalid", policy=ONCE).list_users(1)


def test_a_proxy_is_used_and_its_absence_said(wecom, make) -> None:
    wecom.always["user/list"] = USERS
    assert make("http://wecom.invalid", proxy=wecom.base_url).list_users(1) == USERS["userlist"]
    dead = make("http://wecom.invalid", proxy=f"http://u:pw@127.0.0.1:{closed_port()}", policy=ONCE)
    with pytest.raises(WeComUnreachable, match="the proxy did not let us through") as caught:
        dead.list_users(1)
    assert "pw" not in caught.value.message


def test_proxies_of_the_environment_are_not_asked(wecom, make, monkeypatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    wecom.always["user/list"] = USERS
    assert make(wecom.base_url, policy=ONCE).list_users(1) == USERS["userlist"]


def test_a_certificate_must_be_trusted_and_ca_file_does_it(wecom_tls, make) -> None:
    wecom_tls.always["user/list"] = USERS
    with pytest.raises(
        WeComUnreachable, match=r"certificate is not accepted: self.signed"
    ) as caught:
        make(wecom_tls.base_url, policy=ONCE).list_users(1)
    assert "ca_file" in caught.value.hint
    assert make(wecom_tls.base_url, ca_file=CERTIFICATE).list_users(1) == USERS["userlist"]


def test_a_server_without_tls_is_said_as_such(wecom, make) -> None:
    with pytest.raises(WeComUnreachable, match="TLS failed"):
        make(wecom.base_url.replace("http:", "https:"), policy=ONCE).list_users(1)


@pytest.mark.parametrize("base_url", ["qyapi.weixin.qq.com", "http://", "http://[", ""])
def test_a_base_url_that_is_none_is_an_error_of_the_configuration(make, base_url) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        make(base_url)


def test_a_ca_file_that_is_not_there_is_an_error_of_the_configuration(make, tmp_path) -> None:
    with pytest.raises(ConfigError, match="ca_file"):
        make("https://127.0.0.1", ca_file=tmp_path / "none.pem")


# Secrets, and what is logged


def everything_shown(error: BaseException) -> str:
    """Return all that a log or a terminal could show of an exception, causes included."""
    shown, seen, open_ends = [], set(), [error]
    while open_ends:
        one = open_ends.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        shown += [str(one), repr(one), repr(vars(one)), *traceback.format_exception(one)]
        if isinstance(one, SyncdError):
            shown += [one.message, one.hint]
        open_ends += [e for e in (one.__cause__, one.__context__) if e is not None]
    return "".join(shown)


def leaks(text: str) -> list[str]:
    words = [SECRET, TOKEN, quote(SECRET, safe=""), quote(TOKEN, safe=""), "5ECRET", "T0KEN"]
    return [word for word in words if word in text]


@pytest.fixture
def shown(caplog) -> Iterator[list[str]]:
    """Everything that was logged, by us and by the libraries below us, down to debug."""
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    with capture_logs() as logs:
        yield lines
    lines += [str(logs), caplog.text]
    assert leaks("".join(lines)) == []


@pytest.mark.parametrize("place", ["gettoken", "user/list"])
@pytest.mark.parametrize("name", [*BROKEN, "hang"])
def test_no_failure_of_transport_shows_a_secret(wecom, make, shown, name, place) -> None:
    wecom.always[place] = HANG if name == "hang" else BROKEN[name][0]
    short = timedelta(milliseconds=40)
    client = make(wecom.base_url, timeout=short, bulk_timeout=short, policy=RetryPolicy(repeats=1))
    with pytest.raises(WeComError) as caught:
        client.list_users(1)
    shown += [everything_shown(caught.value), repr(client)]
    assert caught.value.__cause__ is None


def test_a_cut_answer_of_gettoken_shows_nothing_of_the_token(wecom, make, shown) -> None:
    wecom.always["gettoken"] = b'{"errcode":0,"access_token":"T0KEN'
    shown.append(everything_shown(failure(make(wecom.base_url), 1)))


@pytest.mark.parametrize("place", ["gettoken", "user/list"])
@pytest.mark.parametrize("code", [-1, 40001, 40014, 45009, 60020, 99999999])
def test_no_refusal_shows_a_secret_even_when_wecom_does(wecom, make, shown, code, place) -> None:
    def tell(request: Request) -> dict[str, Any]:
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in request.query.items())
        told = f"bad {SECRET} or {request.token or SECRET} at /x?{query}"
        return refusal(code, told, suggestion=told)

    wecom.always[place] = tell
    with pytest.raises(WeComError) as caught:
        make(wecom.base_url).list_users(1)
    assert "***" in caught.value.errmsg
    shown += [everything_shown(caught.value), repr(caught.value.body)]


@pytest.mark.parametrize("base", ["refused", "gateway", "tls", "proxy"])
def test_no_failed_connection_shows_a_secret(wecom, wecom_tls, make, shown, base) -> None:
    port = closed_port()
    url, proxy = {
        "refused": (f"http://127.0.0.1:{port}", None),
        "gateway": (f"http://gate:5ECRET@127.0.0.1:{port}", None),
        "tls": (wecom_tls.base_url, None),
        "proxy": ("http://wecom.invalid", f"http://user:5ECRET@127.0.0.1:{port}"),
    }[base]
    client = make(url, proxy=proxy, policy=RetryPolicy(repeats=1))
    with pytest.raises(WeComUnreachable) as caught:
        client.list_users(1)
    shown += [everything_shown(caught.value), repr(client)]


def test_the_library_below_logs_its_requests_without_the_token(wecom, client, caplog) -> None:
    caplog.set_level(logging.DEBUG, logger="urllib3")
    wecom.always["user/list"] = USERS
    client.list_users(1)
    assert "GET /cgi-bin/user/list?access_token=***&department_id=1" in caplog.text
    assert leaks(caplog.text) == []


def test_each_attempt_is_one_line_and_each_repetition_a_warning(wecom, client) -> None:
    wecom.script["user/list"] = [refusal(-1), USERS]
    with capture_logs() as logs:
        client.list_users(7)
    called = [line for line in logs if line["event"] == "wecom_called"]
    assert [(c["endpoint"], c["attempt"], c["errcode"], c["hint_id"]) for c in called] == [
        ("gettoken", 1, 0, ""),
        ("user/list", 1, -1, "17321_7_0a1b"),
        ("user/list", 2, 0, ""),
    ]
    (delayed,) = [line for line in logs if line["log_level"] == "warning"]
    assert delayed["event"] == "wecom_call_delayed"
    assert (delayed["wait_seconds"], delayed["errcode"], delayed["subject"]) == (
        2.0,
        -1,
        "department 7",
    )


def test_a_request_that_wecom_read_only_in_part_is_reported(wecom, client) -> None:
    wecom.always["user/list"] = USERS | {"errmsg": "ok. Warning: wrong json format. "}
    with capture_logs() as logs:
        client.list_users(7)
    assert "wecom_request_misread" in [line["event"] for line in logs]
