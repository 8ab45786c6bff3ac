"""What each type of message needs, and what becomes of what is too long."""

import pytest

APP = 1000002
ARTICLE = {"title": "t", "url": "https://a.example"}
NOTICE = {"appid": "wx1", "title": "会议室预订成功"}


@pytest.fixture
def send(call):
    """Return a function that sends one type of message to lisi."""

    def sent(msgtype, content, **more):
        body = {"touser": "lisi", "agentid": APP, "msgtype": msgtype, msgtype: content}
        return call("message/send", {**body, **more})

    return sent


@pytest.fixture
def shown(call):
    """Return a function that returns what lisi sees."""
    return lambda: call.api.mailroom.receipts("lisi")[-1].letter.content


@pytest.fixture
def media(call):
    """Return the media_id of an uploaded file of each kind."""
    put = call.api.shelf.put
    return {
        kind: put(kind, name, b"content").media_id
        for kind, name in (("image", "a.png"), ("voice", "a.amr"), ("video", "a.mp4"))
    } | {"file": put("file", "合同.pdf", b"content").media_id}


@pytest.mark.parametrize(
    ("msgtype", "content", "expected"),
    [
        ("textcard", {"description": "d", "url": "https://a.example"}, 41016),
        ("textcard", {"title": "t", "url": "https://a.example"}, 41033),
        ("textcard", {"title": "t", "description": "d"}, 40094),
        ("textcard", {"title": "t", "description": "d", "url": "a.example"}, 45034),
        ("textcard", {"title": "t", "description": "d", "url": "http://" + "a" * 2048}, 40039),
        ("news", {"articles": []}, 41016),
        ("news", {"articles": [{"title": "t"}]}, 40094),
        ("news", {"articles": [{"title": "t", "appid": "wx1", "pagepath": "p"}]}, 0),
        ("markdown", {"content": ""}, 44004),
        ("miniprogram_notice", {}, 90200),
        (
            "miniprogram_notice",
            {**NOTICE, "content_item": [{"key": "k", "value": "v"}] * 11},
            90201,
        ),
        (
            "miniprogram_notice",
            {**NOTICE, "content_item": [{"key": "k" * 11, "value": "v"}]},
            90202,
        ),
        (
            "miniprogram_notice",
            {**NOTICE, "content_item": [{"key": "k", "value": "v" * 31}]},
            90203,
        ),
        ("miniprogram_notice", {**NOTICE, "page": "p" * 1025}, 90204),
        ("miniprogram_notice", {**NOTICE, "title": "太短"}, 40058),
        ("miniprogram_notice", NOTICE, 0),
    ],
)
def test_a_type_asks_for_what_it_needs(send, msgtype, content, expected):
    assert send(msgtype, content)["errcode"] == expected


def test_a_mini_program_notice_is_for_named_people(send):
    assert send("miniprogram_notice", NOTICE, touser="@all")["errcode"] == 40058


def test_what_is_too_long_is_cut_by_the_measure_of_its_type(send, shown):
    card = {"title": "题" * 200, "description": "d" * 600, "url": "https://a.example"}
    send("textcard", {**card, "btntxt": "点击查看详情"})
    assert (len(shown()["title"]), len(shown()["description"])) == (128, 512)
    assert shown()["btntxt"] == "点击查看"
    send("news", {"articles": [{**ARTICLE, "title": "题" * 200, "description": "d" * 600}]})
    (article,) = shown()["articles"]
    assert (article["title"], len(article["description"])) == ("题" * 42, 512)


@pytest.mark.parametrize("msgtype", ["image", "voice", "video", "file"])
def test_a_media_message_needs_a_medium_of_its_kind_not_older_than_three_days(
    send, media, clock, msgtype
):
    assert send(msgtype, {})["errcode"] == 41006
    assert send(msgtype, {"media_id": "unknown"})["errcode"] == 40007
    other = "file" if msgtype != "file" else "image"
    assert send(msgtype, {"media_id": media[other]})["errcode"] == 40007
    assert send(msgtype, {"media_id": media[msgtype]})["errcode"] == 0
    clock.time += 3 * 86_400
    assert send(msgtype, {"media_id": media[msgtype]})["errcode"] == 40145


def test_a_confidential_file_has_one_of_the_kinds_that_can_be_shown(call, send, media):
    assert send("file", {"media_id": media["file"]}, safe=1)["errcode"] == 0
    assert call.api.mailroom.receipts("lisi")[-1].letter.safe == 1
    archive = call.api.shelf.put("file", "a.zip", b"content").media_id
    assert send("file", {"media_id": archive}, safe=1)["errcode"] == 40004
    assert send("file", {"media_id": archive})["errcode"] == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"thumb_media_id": ""}, 41006),
        ({"author": "作" * 22}, 45032),
        ({"content": ""}, 44004),
        ({"content": "x" * (666 * 1024 + 1)}, 45002),
        ({"title": ""}, 41016),
    ],
)
def test_an_article_of_mpnews_has_a_picture_a_text_and_a_short_author(
    send, media, changes, expected
):
    article = {"title": "t", "thumb_media_id": media["image"], "content": "<b>c</b>"} | changes
    assert send("mpnews", {"articles": [article]})["errcode"] == expected


def test_ids_become_names_where_the_sender_asks_for_it(send, shown, company, see):
    company.put_member(company.member("lisi").changed({"alias": "Leo"}))
    text = "$userName=LISI$ $departmentName=4$ $userAlias=lisi$ $userAliasOrName=wangwu$ $who=x$"
    send("text", {"content": text}, enable_id_trans=1)
    assert shown()["content"] == "李四 销售 Leo 王五 $who=x$"
    send("text", {"content": text})
    assert shown()["content"] == text
    see(parties=(2,))
    send("text", {"content": "$userName=wangwu$ $departmentName=4$"}, enable_id_trans=1)
    assert shown()["content"] == "$userName=wangwu$ $departmentName=4$"
    send("markdown", {"content": "$userName=lisi$"}, enable_id_trans=1)
    assert shown()["content"] == "$userName=lisi$"


# ── template cards ───────────────────────────────────────────────────────────

TITLE = {"main_title": {"title": "请假申请"}}
ACTION = {"card_action": {"type": 1, "url": "https://a.example"}}
OPTIONS = [{"id": "1", "text": "同意"}]
TEXT_NOTICE = {"card_type": "text_notice", **TITLE, **ACTION}
NEWS_NOTICE = {
    **TEXT_NOTICE,
    "card_type": "news_notice",
    "card_image": {"url": "https://a.example"},
}
BUTTONS = {
    "card_type": "button_interaction",
    **TITLE,
    "task_id": "t-1",
    "button_list": [{"text": "同意", "key": "yes"}],
}
SUBMIT = {"submit_button": {"text": "提交", "key": "submit"}}
VOTE = {
    "card_type": "vote_interaction",
    **TITLE,
    "task_id": "t-2",
    "checkbox": {"question_key": "q", "option_list": OPTIONS},
    **SUBMIT,
}
MULTIPLE = {
    "card_type": "multiple_interaction",
    **TITLE,
    "task_id": "t-3",
    "select_list": [{"question_key": "q", "option_list": OPTIONS}],
    **SUBMIT,
}
MENU = {"action_menu": {"action_list": [{"text": "收起", "key": "a"}]}, "task_id": "t-4"}
ROW = {"keyname": "部门"}


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (TEXT_NOTICE, 0),
        ({**TEXT_NOTICE, "main_title": {}, "sub_title_text": "s"}, 0),
        (NEWS_NOTICE, 0),
        (BUTTONS, 0),
        (VOTE, 0),
        (MULTIPLE, 0),
        ({**TEXT_NOTICE, **MENU}, 0),
        ({**TEXT_NOTICE, "card_type": "postcard"}, 40058),
        ({**TEXT_NOTICE, "main_title": {}}, 40058),
        ({**TEXT_NOTICE, "main_title": "请假"}, 40058),
        ({**TEXT_NOTICE, "jump_list": "here"}, 40058),
        ({**TEXT_NOTICE, "card_action": {}}, 42045),
        ({**TEXT_NOTICE, "card_action": {"type": 2}}, 42045),
        ({**TEXT_NOTICE, **MENU, "task_id": None}, 42014),
        ({**BUTTONS, "task_id": "with space"}, 42014),
        (
            {**TEXT_NOTICE, "action_menu": {"action_list": MENU["action_menu"]["action_list"] * 2}},
            42051,
        ),
        ({**TEXT_NOTICE, "vertical_content_list": [{"title": "t"}] * 5}, 42036),
        ({**TEXT_NOTICE, "horizontal_content_list": [ROW] * 7}, 42035),
        ({**TEXT_NOTICE, "horizontal_content_list": [{}]}, 42050),
        ({**TEXT_NOTICE, "horizontal_content_list": [{**ROW, "type": 1}]}, 42027),
        ({**TEXT_NOTICE, "horizontal_content_list": [{**ROW, "type": 2}]}, 42028),
        ({**TEXT_NOTICE, "horizontal_content_list": [{**ROW, "type": 3}]}, 42029),
        ({**TEXT_NOTICE, "jump_list": [{"title": "t"}] * 4}, 42042),
        ({**TEXT_NOTICE, "jump_list": [{"title": "t", "type": 1}]}, 42042),
        ({**NEWS_NOTICE, "card_image": {}}, 42044),
        ({**BUTTONS, "button_list": []}, 42038),
        ({**BUTTONS, "button_list": [{"text": "t"}]}, 42039),
        ({**BUTTONS, "button_list": [{"text": "t", "type": 1, "key": "k"}]}, 42039),
        ({**VOTE, "checkbox": {"option_list": OPTIONS}}, 40058),
        ({**VOTE, "checkbox": {"question_key": "q", "option_list": OPTIONS * 21}}, 40058),
        ({**VOTE, "submit_button": {}}, 42046),
        ({**MULTIPLE, "select_list": []}, 42047),
        ({**MULTIPLE, "submit_button": {"text": "提交"}}, 42049),
    ],
)
def test_a_card_asks_for_what_its_kind_needs(send, card, expected):
    assert send("template_card", card)["errcode"] == expected


def test_a_task_id_is_free_until_a_card_with_it_was_accepted(send):
    assert send("template_card", BUTTONS, touser="nobody")["errcode"] == 81013
    assert send("template_card", BUTTONS)["errcode"] == 0
    assert send("template_card", BUTTONS)["errcode"] == 42014


def test_a_card_that_can_be_changed_says_by_which_code_and_others_do_not(send):
    assert "response_code" not in send("template_card", TEXT_NOTICE)
    assert send("template_card", {**TEXT_NOTICE, **MENU})["response_code"]
    assert send("template_card", BUTTONS)["response_code"]


def test_a_card_is_changed_once_before_those_who_are_named(call, send):
    code = send("template_card", BUTTONS, touser="lisi|wangwu")["response_code"]
    change = {"userids": ["LISI", "Nobody"], "agentid": APP, "response_code": code}
    change["button"] = {"replace_name": "已同意"}
    assert call("message/update_template_card", change)["invaliduser"] == ["nobody"]
    updates = {one.userid: one.update for one in call.api.mailroom.receipts()}
    assert updates == {"LiSi": {"button": {"replace_name": "已同意"}}, "wangwu": None}
    assert call("message/update_template_card", change)["errcode"] == 60140


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"atall": 1}, 0),
        ({"partyids": [4]}, 0),
        ({"userids": "lisi"}, 40035),
        ({}, 82001),
        ({"userids": ["lisi"], "button": None}, 40063),
        ({"userids": ["lisi"], "button": {}}, 42020),
        ({"userids": ["lisi"], "button": None, "template_card": TEXT_NOTICE}, 0),
        ({"userids": ["lisi"], "button": None, "template_card": {"card_type": "x"}}, 40058),
        ({"userids": ["lisi"], "response_code": "made up"}, 60140),
        ({"userids": ["lisi"], "agentid": None}, 41011),
    ],
)
def test_a_change_of_a_card_names_people_and_what_they_see(call, send, changes, expected):
    code = send("template_card", BUTTONS)["response_code"]
    body = {"agentid": APP, "response_code": code, "button": {"replace_name": "好"}}
    assert call("message/update_template_card", body | changes)["errcode"] == expected


def test_a_card_is_changed_by_the_app_that_sent_it_within_three_days(call, send, clock):
    code = send("template_card", BUTTONS)["response_code"]
    change = {"atall": 1, "response_code": code, "button": {"replace_name": "好"}}
    other = call.with_secret("other-secret")
    assert other("message/update_template_card", {**change, "agentid": 1000003})["errcode"] == 42015
    clock.time += 72 * 3600
    assert call("message/update_template_card", {**change, "agentid": APP})["errcode"] == 60140
