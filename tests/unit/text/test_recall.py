"""Stored English sentences, and those of a library, are recognised and said in Chinese."""

import pytest

from syncd.text import Text, joined, text, translated
from syncd.text.recall import recalled


def chinese(sentence: str) -> str:
    return translated(recalled(sentence), "zh")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        pytest.param("range: the whole company", "可见范围：全公司", id="no placeholder"),
        pytest.param(
            "There is no department 'A \\'b\\' c'.", "没有部门“A 'b' c”。", id="a quoted value"
        ),
        pytest.param(
            "wecom: 1,200 people and 3 departments were read",
            "wecom：已读取 1,200 名成员、3 个部门",
            id="a formatted number",
        ),
        pytest.param(
            "Invalid value for '--limit': 'x' is not a valid integer.",
            "'--limit' 的值无效：“x”不是有效的整数。",
            id="a sentence in a sentence",
        ),
        pytest.param(
            "range: departments 1, 2 and 3 more, 5 members named one by one",
            "可见范围：部门 1、2 等，另有 3 个、单独指定的成员 5 名",
            id="a list in a sentence",
        ),
        pytest.param(
            "  syncd runs lists them.\nNothing has changed.",
            "  syncd runs 列出全部运行。\n没有变更。",
            id="lines",
        ),
        pytest.param(
            "gettoken: connection refused (http://127.0.0.1:9)",
            "gettoken：连接被拒绝（http://127.0.0.1:9）",
            id="a sentence in a frame of punctuation",
        ),
        pytest.param(
            "user/list of department 7: no answer within 10 s (https://a.example); gettoken: "
            "the host name is not known (https://b.example)",
            "user/list（部门 7）：10 秒内没有回答（https://a.example）；gettoken：主机名无法解析（https://b.example）",
            id="two of them",
        ),
        pytest.param(
            "gettoken: TLS failed: the certificate is not accepted: self-signed certificate "
            "(https://a.example)",
            "gettoken：TLS 失败：证书未被接受：self-signed certificate（https://a.example）",
            id="a reason of a reason",
        ),
        pytest.param("why: because (of me)", "why: because (of me)", id="a frame of own words"),
        pytest.param("Somebody's own words stay.", "Somebody's own words stay.", id="unknown"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_sentence_is_recognised_by_its_words(sentence, expected):
    assert chinese(sentence) == expected


def test_the_english_of_what_was_recognised_is_what_it_was():
    sentence = "Invalid value for '--limit': 'x' is not a valid integer."
    assert recalled(sentence) == sentence
    assert isinstance(recalled(sentence), Text)


def test_a_text_is_not_looked_up_again():
    said = text("range: the whole company")
    assert recalled(said) is said


def test_the_error_of_wecom_is_recognised_as_it_is_stored():
    said = text(
        "{headline}: {call} was answered with {code} ({told})",
        headline=text("WeCom does not trust this server's address {ip}", ip="1.2.3.4"),
        call=text("{endpoint} of {subject}", endpoint="user/list", subject="department 7"),
        code=60020,
        told=joined("; ", ['"not allow"', text("hint id {id}", id="9")]),
    )
    assert chinese(str(said)) == (
        '企业微信不信任本服务器的 IP 1.2.3.4：user/list（部门 7） 返回错误码 60020（"not allow"；查询编号 9）'
    )
