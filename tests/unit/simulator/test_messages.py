from dataclasses import replace

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
        ({"touser": "lisi", "text": {"content": "x" * 20_481}}, 45002),
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
    assert receipt.letter.content["content"] == "长" * 682


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


def test_a_repeated_body_is_answered_with_the_first_msgid_after_any_wait(call, clock):
    body = {**TEXT, "touser": "lisi", "enable_duplicate_check": 1}
    first = call("message/send", body)["msgid"]
    clock.time += 1799
    assert call("message/send", body)["msgid"] == first
    clock.time += 1
    assert call("message/send", body)["msgid"] != first


def test_the_longest_interval_is_four_hours(call, clock):
    body = {**TEXT, "touser": "lisi", "enable_duplicate_check": 1}
    body["duplicate_check_interval"] = 100_000
    call("message/send", body)
    clock.time += 14_400
    call("message/send", body)
    assert len(received(call)) == 2


def test_the_body_of_another_app_is_no_repetition(call):
    body = {**TEXT, "msgtype": "miniprogram_notice", "touser": "lisi", "enable_duplicate_check": 1}
    del body["agentid"]
    body["miniprogram_notice"] = {"appid": "wx1", "title": "会议室预订成功"}
    for caller in (call, call.with_secret("other-secret")):
        assert caller("message/send", body)["errcode"] == 0
    assert received(call) == ["LiSi", "LiSi"]


def test_why_a_message_was_missed_is_told_by_the_ledger_alone(call, company):
    company.put_member(company.member("wangwu").changed({"status": 2}))
    company.put_member(company.member("lisi").changed({"status": 5}))
    answer = call("message/send", {**TEXT, "touser": "@all"})
    assert set(answer) == {"errcode", "errmsg", "msgid"}
    assert {miss.userid: miss.reason.value for miss in call.api.mailroom.misses()} == {
        "zhaoliu": "not_activated",
        "wangwu": "disabled",
        "LiSi": "left",
    }
    assert [miss.userid for miss in call.api.mailroom.misses("lisi")] == ["LiSi"]


def test_who_has_no_licence_is_named_and_gets_nothing(call, company):
    company.put_app(replace(company.app(APP), unlicensed=("ZhangSan",)))
    answer = call("message/send", {**TEXT, "touser": "zhangsan|wangwu"})
    assert (answer["errcode"], answer["unlicenseduser"]) == (0, "zhangsan")
    assert received(call) == ["wangwu"]
    assert call("message/send", {**TEXT, "touser": "zhangsan"})["errcode"] == 701099


# ── how much may be sent ─────────────────────────────────────────────────────


def test_what_one_member_gets_beyond_thirty_a_minute_is_dropped_without_a_word(call, clock):
    answers = [call("message/send", {**TEXT, "touser": "lisi"}) for _ in range(32)]
    assert {answer["errcode"] for answer in answers} == {0}
    assert len(received(call)) == 30
    assert {miss.reason.value for miss in call.api.mailroom.misses()} == {"too_many"}
    call.with_secret("other-secret")("message/send", {**TEXT, "touser": "lisi", "agentid": 1000003})
    clock.time += 60
    call("message/send", {**TEXT, "touser": "lisi"})
    assert len(received(call)) == 32


def test_a_member_takes_a_limited_number_an_hour(make, clock):
    call = make(member_per_minute=None, member_per_hour=3)
    for _ in range(4):
        clock.time += 900
        call("message/send", {**TEXT, "touser": "lisi"})
    assert len(received(call)) == 3
    clock.time += 901
    call("message/send", {**TEXT, "touser": "lisi"})
    assert len(received(call)) == 4


def test_a_limit_of_none_lets_everything_through_and_of_zero_nothing(make):
    unlimited = make(member_per_minute=None, member_per_hour=None)
    for _ in range(40):
        unlimited("message/send", {**TEXT, "touser": "lisi"})
    assert len(received(unlimited)) == 40
    nothing = make(member_per_minute=0)
    nothing("message/send", {**TEXT, "touser": "lisi"})
    assert received(nothing) == []


def test_an_app_has_so_many_person_messages_a_day_of_china(make, clock):
    clock.time = 1_700_000_000.0 // 86400 * 86400 + 15 * 3600  # 23:00 in China
    call = make(person_messages_per_day=5)
    assert call("message/send", {**TEXT, "touser": "@all"})["errcode"] == 0
    assert call("message/send", {**TEXT, "touser": "lisi|wangwu"})["errcode"] == 45009
    assert call("message/send", {**TEXT, "touser": "lisi"})["errcode"] == 0
    assert call("message/send", {**TEXT, "touser": "lisi"})["errcode"] == 45009
    clock.time += 3600
    assert call("message/send", {**TEXT, "touser": "lisi"})["errcode"] == 0


# ── recall ───────────────────────────────────────────────────────────────────


def test_a_recalled_message_stays_in_the_ledger_as_recalled(call, clock):
    sent = call("message/send", {**TEXT, "touser": "lisi|wangwu"})
    call("message/send", {**TEXT, "touser": "lisi"})
    clock.time += 86_400
    assert call("message/recall", {"msgid": sent["msgid"]})["errcode"] == 0
    recalled = [(one.userid, one.recalled_at) for one in call.api.mailroom.receipts()]
    assert recalled == [("LiSi", clock.time), ("wangwu", clock.time), ("LiSi", None)]


def test_a_recall_too_late_by_another_app_or_of_nothing_is_refused(call, clock):
    msgid = call("message/send", {**TEXT, "touser": "lisi"})["msgid"]
    other = call.with_secret("other-secret")
    assert other("message/recall", {"msgid": msgid})["errcode"] == 40058
    assert call("message/recall", {})["errcode"] == 40058
    clock.time += 86_401
    assert call("message/recall", {"msgid": msgid})["errcode"] == 42052
    assert call.api.mailroom.receipts()[0].recalled_at is None
