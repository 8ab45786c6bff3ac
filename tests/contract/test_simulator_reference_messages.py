"""Messages and media of the simulator against the literal answers of reference 9 and 10."""

import json
import re
from datetime import timedelta

import pytest

from syncd.simulator.endpoints import ENDPOINTS
from tests.contract.reference_wire import APP, NARROW, Some, server, wire  # noqa: F401 - fixtures

PNG = b"\x89PNG\r\n\x1a\n picture"
FILES = {
    "image": ("图.png", PNG),
    "voice": ("a.amr", b"#!AMR\n voice"),
    "video": ("a.mp4", b"\x00\x00\x00\x18ftypmp42"),
    "file": ("合同.pdf", b"%PDF-1.7"),
}
CHOICE = {"question_key": "q", "option_list": [{"id": "1", "text": "选项一"}]}
SUBMIT = {"text": "提交", "key": "submit_key"}
TITLE = {"title": "欢迎使用企业微信"}
ACTION = {"type": 1, "url": "https://work.weixin.qq.com"}

#: What may be sent, by the type's name (9.2, 9.3); MEDIA stands for an uploaded file's id.
MEDIA = "MEDIA_ID"
CONTENTS = {
    "text": {
        "content": '你的快递已到，请携带工卡前往邮件中心领取。<a href="https://work.weixin.qq.com">查看</a>'
    },
    "image": {"media_id": MEDIA},
    "voice": {"media_id": MEDIA},
    "video": {"media_id": MEDIA, "title": "Title", "description": "Description"},
    "file": {"media_id": MEDIA},
    "textcard": {
        "title": "领奖通知",
        "description": '<div class="gray">2016年9月26日</div>恭喜你抽中一台iPhone 7',
        "url": "https://work.weixin.qq.com",
        "btntxt": "更多",
    },
    "news": {
        "articles": [
            {
                "title": "中秋节礼品领取",
                "description": "今年中秋节公司有豪礼相送",
                "url": "https://work.weixin.qq.com",
                "picurl": "https://res.mail.qq.com/node/ww/wwopenmng/images/a.png",
                "appid": "wx123123123123123",
                "pagepath": "pages/index?userid=zhangsan",
            }
        ]
    },
    "mpnews": {
        "articles": [
            {
                "title": "Title",
                "thumb_media_id": MEDIA,
                "author": "Author",
                "content_source_url": "https://work.weixin.qq.com",
                "content": "Content",
                "digest": "Digest description",
            }
        ]
    },
    "markdown": {
        "content": '您的会议室已经预定\n>**事项详情**\n>事　项：<font color="info">开会</font>'
    },
    "miniprogram_notice": {
        "appid": "wx123123123123123",
        "page": "pages/index?userid=zhangsan&orderid=123123123",
        "title": "会议室预订成功通知",
        "description": "4月27日 16:16",
        "emphasis_first_item": True,
        "content_item": [{"key": "会议室", "value": "402"}],
    },
}
CARDS = {
    "text_notice": {"main_title": TITLE, "card_action": ACTION},
    "news_notice": {
        "main_title": TITLE,
        "card_image": {"url": "https://wework.qpic.cn/a", "aspect_ratio": 1.3},
        "card_action": ACTION,
    },
    "button_interaction": {
        "main_title": TITLE,
        "task_id": "task_id",
        "button_list": [{"text": "按钮1", "style": 1, "key": "button_key_1"}],
    },
    "vote_interaction": {
        "main_title": TITLE,
        "task_id": "task_id",
        "checkbox": CHOICE,
        "submit_button": SUBMIT,
    },
    "multiple_interaction": {
        "main_title": TITLE,
        "task_id": "task_id",
        "select_list": [CHOICE],
        "submit_button": SUBMIT,
    },
}
SENT = {"errcode": 0, "errmsg": "ok", "msgid": Some(str)}


def upload(wire, medium, filename, content, part="media"):  # noqa: F811 - a fixture
    head = f'--x\r\nContent-Disposition: form-data; name="{part}"; filename="{filename}"\r\n\r\n'
    form = head.encode() + content + b"\r\n--x--\r\n"
    query = {"access_token": wire.token("app"), "type": medium}
    return wire.raw("media/upload", form, "multipart/form-data; boundary=x", **query)


def media_id(wire, medium):  # noqa: F811
    return json.loads(upload(wire, medium, *FILES[medium])[1])["media_id"]


def message(**changes):
    body = {"touser": "ZhangSan", "agentid": APP, "msgtype": "text", "text": {"content": "x"}}
    return {key: value for key, value in (body | changes).items() if value is not None}


# ── what is accepted ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("msgtype", CONTENTS)
def test_every_type_is_sent_as_documented_and_received_as_sent(wire, msgtype):  # noqa: F811
    medium = {"mpnews": "image"}.get(msgtype, msgtype)
    shown = json.dumps(CONTENTS[msgtype])
    if MEDIA in shown:
        shown = shown.replace(MEDIA, media_id(wire, medium))
    content = json.loads(shown)
    _, answer = wire("app", "message/send", message(msgtype=msgtype, **{msgtype: content}))
    assert answer == SENT
    (received,) = wire.simulator.ledger("zhangsan")
    assert received == {
        "userid": "ZhangSan",
        "agentid": APP,
        "msgid": answer["msgid"],
        "msgtype": msgtype,
        "content": content,
        "safe": 0,
        "at": Some(float),
        "recalled_at": None,
        "update": None,
    }


@pytest.mark.parametrize("card_type", CARDS)
def test_every_card_is_sent_and_an_interactive_one_has_a_response_code(wire, card_type):  # noqa: F811
    card = {"card_type": card_type, **CARDS[card_type]}
    _, answer = wire("app", "message/send", message(msgtype="template_card", template_card=card))
    code = {} if card_type.endswith("_notice") else {"response_code": Some(str)}
    assert answer == {**SENT, **code}


#: 9.1: recipients → the lists beside errcode 0 and the msgid
PARTIAL = {
    "all reached, no list": ({"touser": "zhangsan"}, {}),
    "invaliduser, joined, lower case": (
        {"touser": "ZhangSan|LiuDeHua|Nobody"},
        {"invaliduser": "liudehua|nobody"},
    ),
    "a union": ({"touser": "ZhangSan", "toparty": "2|77", "totag": "1|88"}, {
        "invalidparty": "77",
        "invalidtag": "88",
    }),
    "spaces around the bar": ({"touser": "ZhangSan | Nobody"}, {"invaliduser": "nobody"}),
    "everybody, the rest ignored": ({"touser": "@all", "toparty": "77", "totag": "88"}, {}),
    "a department with all below": ({"touser": None, "toparty": "1"}, {}),
    "a tag": ({"touser": None, "totag": "1"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", PARTIAL.values(), ids=PARTIAL)
def test_a_partly_invalid_message_is_sent_once_to_each_of_the_others(wire, case):  # noqa: F811
    recipients, lists = case
    _, answer = wire("app", "message/send", message(**recipients))
    assert answer == {**SENT, **lists}
    assert [one["userid"] for one in wire.simulator.ledger()] == ["ZhangSan"]


def test_who_has_no_licence_is_in_unlicenseduser(wire):  # noqa: F811
    wire.simulator.change_app(agent_id=APP, unlicensed=["ZhangSan"])
    _, answer = wire("app", "message/send", message(touser="ZhangSan|new@corp.1"))
    assert answer == {**SENT, "unlicenseduser": "zhangsan"}
    _, answer = wire("app", "message/send", message())
    assert (answer["errcode"], answer["unlicenseduser"]) == (701099, "zhangsan")


def test_the_same_bytes_are_delivered_once_within_the_interval(wire):  # noqa: F811
    body = message(enable_duplicate_check=1, duplicate_check_interval=600)
    first, second = (wire("app", "message/send", body)[1] for _ in range(2))
    assert first == second == SENT
    assert len(wire.simulator.ledger("zhangsan")) == 1
    wire.simulator.advance(timedelta(seconds=600))
    wire("app", "message/send", body)
    assert len(wire.simulator.ledger("zhangsan")) == 2


def test_over_long_text_is_cut_silently(wire):  # noqa: F811
    assert wire("app", "message/send", message(text={"content": "x" * 2049}))[1] == SENT
    assert wire.simulator.ledger("zhangsan")[0]["content"] == {"content": "x" * 2048}


def test_a_member_takes_thirty_a_minute_and_the_excess_is_dropped_silently(wire):  # noqa: F811
    answers = [wire("app", "message/send", message())[1] for _ in range(31)]
    assert answers == [SENT] * 31
    assert len(wire.simulator.ledger("zhangsan")) == 30
    (dropped,) = wire.simulator.missed("zhangsan")
    assert dropped == {
        "userid": "ZhangSan",
        "agentid": APP,
        "msgid": answers[-1]["msgid"],
        "msgtype": "text",
        "at": Some(float),
        "reason": "too_many",
    }


def test_a_message_is_recalled_within_a_day(wire):  # noqa: F811
    _, sent = wire("app", "message/send", message())
    assert wire("app", "message/recall", {"msgid": sent["msgid"]})[1] == {
        "errcode": 0,
        "errmsg": "ok",
    }
    assert wire.simulator.ledger("zhangsan")[0]["recalled_at"] == Some(float)
    _, sent = wire("app", "message/send", message())
    wire.simulator.advance(timedelta(hours=24, seconds=1))
    assert wire("app", "message/recall", {"msgid": sent["msgid"]})[1]["errcode"] == 42052


@pytest.mark.parametrize(
    "change",
    [
        {"userids": ["ZhangSan", "Nobody"], "button": {"replace_name": "已提交"}},
        {
            "userids": ["ZhangSan", "Nobody"],
            "template_card": {"card_type": "text_notice", **CARDS["text_notice"]},
        },
    ],
)
def test_a_card_is_changed_once_and_invaliduser_is_an_array(wire, change):  # noqa: F811
    card = {"card_type": "button_interaction", **CARDS["button_interaction"]}
    _, sent = wire("app", "message/send", message(msgtype="template_card", template_card=card))
    body = {"agentid": APP, "response_code": sent["response_code"], **change}
    _, answer = wire("app", "message/update_template_card", body)
    assert answer == {"errcode": 0, "errmsg": "ok", "invaliduser": ["nobody"]}
    assert wire("app", "message/update_template_card", body)[1]["errcode"] == 60140


@pytest.mark.parametrize("medium", FILES)
def test_a_file_is_uploaded_and_fetched(wire, medium):  # noqa: F811
    headers, sent = upload(wire, medium, *FILES[medium])
    answer = json.loads(sent)
    assert answer == {
        "errcode": 0,
        "errmsg": "ok",
        "type": medium,
        "media_id": Some(str),
        "created_at": Some(str),
    }
    assert headers["Error-Code"] == "0"
    query = {"access_token": wire.token("app"), "media_id": answer["media_id"]}
    headers, content = wire.raw("media/get", **query)
    assert content == FILES[medium][1]
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert not headers["Content-Type"].startswith("application/json")


# ── what is refused (9.7, 10, 17) ────────────────────────────────────────────

URL = "https://work.weixin.qq.com"
FAILURES = {
    "81013 nobody reached": (message(touser="x"), 81013, {"invaliduser": "x"}),
    "82001 no recipient": (message(touser=""), 82001, {}),
    "40032 over 1000 users": (message(touser="|".join(f"u{n}" for n in range(1001))), 40032, {}),
    "82002 over 100 departments": (message(toparty="|".join(map(str, range(101)))), 82002, {}),
    "82003 over 100 tags": (message(totag="|".join(map(str, range(101)))), 82003, {}),
    "41011 no agentid": (message(agentid=None), 41011, {}),
    "40056 not an agentid": (message(agentid="x"), 40056, {}),
    "301002 another app": (message(agentid=NARROW), 301002, {}),
    "40008 unknown type": (message(msgtype="x"), 40008, {}),
    "44004 empty": (message(text={"content": ""}), 44004, {}),
    "45002 far too long": (message(text={"content": "x" * 100_000}), 45002, {}),
    "41016 article without title": (
        message(msgtype="news", news={"articles": [{"url": URL}]}),
        *(41016, {}),
    ),
    "41033 textcard without description": (
        message(msgtype="textcard", textcard={"title": "t", "url": URL}),
        *(41033, {}),
    ),
    "45008 nine articles": (
        message(msgtype="news", news={"articles": [{"title": "t", "url": URL}] * 9}),
        *(45008, {}),
    ),
    "45034 url without scheme": (
        message(
            msgtype="textcard", textcard={"title": "t", "description": "d", "url": "a.example"}
        ),
        *(45034, {}),
    ),
    "40094 url missing": (
        message(msgtype="textcard", textcard={"title": "t", "description": "d"}),
        *(40094, {}),
    ),
    "40074 confidential news": (
        message(msgtype="news", news={"articles": [{"title": "t", "url": URL}]}, safe=1),
        *(40074, {}),
    ),
    "41006 media_id missing": (message(msgtype="image", image={}), 41006, {}),
    "40007 media_id unknown": (message(msgtype="file", file={"media_id": "x"}), 40007, {}),
    "42014 task_id": (
        message(
            msgtype="template_card",
            template_card={
                "card_type": "vote_interaction",
                **CARDS["vote_interaction"],
                "task_id": "with space",
            },
        ),
        *(42014, {}),
    ),
    "42045 card_action": (
        message(
            msgtype="template_card",
            template_card={"card_type": "text_notice", "main_title": TITLE},
        ),
        *(42045, {}),
    ),
    "90200 mini program": (message(msgtype="miniprogram_notice", miniprogram_notice={}), 90200, {}),
}
OTHERS = {
    "message/recall": ({"msgid": "x"}, 40058),
    "message/update_template_card": (
        {"agentid": APP, "response_code": "x", "atall": 1, "button": {"replace_name": "x"}},
        60140,
    ),
    "media/get": (None, 41006),
}


@pytest.mark.parametrize("case", FAILURES.values(), ids=FAILURES)
def test_a_refused_message_has_its_code_and_reaches_nobody(wire, case):  # noqa: F811
    body, errcode, keys = case
    headers, answer = wire("app", "message/send", body)
    assert answer == {"errcode": errcode, "errmsg": Some(str), **keys}
    assert re.search(rf", hint: \[\S+\], from ip: 127\.0\.0\.1, .*e={errcode}$", answer["errmsg"])
    assert headers["Error-Code"] == str(errcode)
    assert wire.simulator.ledger() == []


@pytest.mark.parametrize("endpoint", OTHERS)
def test_the_other_endpoints_refuse_with_their_codes(wire, endpoint):  # noqa: F811
    body, errcode = OTHERS[endpoint]
    assert wire("app", endpoint, body)[1] == {"errcode": errcode, "errmsg": Some(str)}


def test_a_medium_is_valid_for_three_days(wire):  # noqa: F811
    body = message(msgtype="image", image={"media_id": media_id(wire, "image")})
    wire.simulator.advance(timedelta(days=3, seconds=-60))
    assert wire("app", "message/send", body)[1] == SENT
    wire.simulator.advance(timedelta(seconds=60))
    assert wire("app", "message/send", body)[1]["errcode"] == 40145


@pytest.mark.parametrize(
    ("medium", "content", "part", "errcode"),
    [
        ("picture", PNG, "media", 40005),
        ("image", PNG, "file", 44001),
        ("image", b"", "media", 44001),
        ("file", b"12345", "media", 40006),
        ("image", PNG + bytes(10 * 1024 * 1024), "media", 45001),
        ("voice", b"RIFF wave", "media", 301017),
        ("image", b"GIF89a", "media", 40004),
    ],
)
def test_an_upload_that_does_not_fit_is_refused(wire, medium, content, part, errcode):  # noqa: F811
    answer = json.loads(upload(wire, medium, "a", content, part)[1])
    assert answer == {"errcode": errcode, "errmsg": Some(str)}
    assert wire.simulator.media() == []


def test_every_endpoint_of_messages_and_media_is_here():
    here = {"message/send", "media/upload", *OTHERS}
    assert here == {name for name in ENDPOINTS if name.startswith(("message/", "media/"))}
