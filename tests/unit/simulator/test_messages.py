import pytest

APP = 1000002
TEXT = {"agentid": APP, "msgtype": "text", "text": {"content": "你好"}}


def received(call, userid=None):
    return [one.userid for one in call.api.mailroom.receipts(userid)]


def test_a_message_reaches_the_visible_and_names_the_others_in_lower_case(call):
    answer = call("message/send", {**TEXT, "touser": "ZhangSan|Nobody|WANGWU"})
    assert answer["errcode"] == 0
    assert answer["invaliduser"] == "nobody"
    assert answer["msgid"]
    assert received(call) == ["zhangsan", "wangwu"]


def test_when_nobody_is_reached_it_is_81013_with_the_list(call, see):
    see(parties=(2,))
    answer = call("message/send", {**TEXT, "touser": "Wangwu|Nobody"})
    assert answer["errcode"] == 81013
    assert answer["invaliduser"] == "wangwu|nobody"
    assert received(call) == []


def test_the_three_recipient_fields_are_a_union_and_each_gets_it_once(call):
    body = {**TEXT, "touser": "zhangsan", "toparty": "2|77", "totag": "1|88"}
    answer = call("message/send", body)
    assert (answer["invalidparty"], answer["invalidtag"]) == ("77", "88")
    assert sorted(received(call)) == ["LiSi", "zhangsan"]


def test_all_means_everybody_in_the_range(call, see):
    see(parties=(2,))
    call("message/send", {**TEXT, "touser": "@all", "toparty": "4"})
    assert sorted(received(call)) == ["LiSi", "zhangsan"]


def test_who_is_not_activated_receives_nothing_and_is_not_invalid(call):
    answer = call("message/send", {**TEXT, "touser": "zhaoliu"})
    assert answer["errcode"] == 0
    assert "invaliduser" not in answer
    assert received(call) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 82001),
        ({"touser": "|".join(f"u{n}" for n in range(1001))}, 40032),
        ({"toparty": "|".join(str(n) for n in range(101))}, 82002),
        ({"totag": "|".join(str(n) for n in range(101))}, 82003),
        ({"touser": "lisi", "agentid": None}, 41011),
        ({"touser": "lisi", "agentid": "one"}, 40056),
        ({"touser": "lisi", "agentid": 5}, 40056),
        ({"touser": "lisi", "agentid": 1000003}, 301002),
        ({"touser": "lisi", "msgtype": "letter"}, 40008),
        ({"touser": "lisi", "text": {"content": ""}}, 44004),
        ({"touser": "lisi", "text": None}, 40058),
        ({"touser": "lisi", "msgtype": "textcard", "textcard": {"title": "t"}}, 41033),
        (
            {
                "touser": "lisi",
                "msgtype": "textcard",
                "textcard": {"title": "t", "description": "d", "url": "a.example"},
            },
            45034,
        ),
        (
            {"touser": "lisi", "msgtype": "news", "news": {"articles": [{"title": "t"}] * 9}},
            45008,
        ),
        ({"touser": "lisi", "msgtype": "news", "news": {"articles": [{}]}}, 41016),
        (
            {
                "touser": "lisi",
                "msgtype": "news",
                "news": {"articles": [{"title": "t"}]},
                "safe": 1,
            },
            40074,
        ),
    ],
)
def test_a_message_that_is_wrong_has_its_code(call, changes, expected):
    assert call("message/send", TEXT | changes)["errcode"] == expected
    assert received(call) == []


def test_a_long_text_is_cut_at_2048_bytes_and_no_character_is_torn(call):
    call("message/send", {**TEXT, "touser": "lisi", "text": {"content": "长" * 1000}})
    (receipt,) = call.api.mailroom.receipts("LISI")
    assert receipt.content["content"] == "长" * 682


def test_the_same_body_is_delivered_once_within_the_interval(call, clock):
    body = {
        **TEXT,
        "touser": "lisi",
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 60,
    }
    for wait in (0, 59, 2):
        clock.time += wait
        assert call("message/send", body)["errcode"] == 0
    assert received(call) == ["LiSi", "LiSi"]


def test_without_the_check_the_same_body_is_delivered_again(call):
    for _ in range(2):
        call("message/send", {**TEXT, "touser": "lisi"})
    assert received(call, "lisi") == ["LiSi", "LiSi"]
