"""What an operator reads when WeCom refuses a call."""

from typing import Any

import pytest

from syncd.errors import ExitStatus, SourceMalformed, SourceRejected, SourceUnavailable
from syncd.wecom.codes import CODES
from syncd.wecom.errors import (
    ErrorBody,
    WeComAnswer,
    WeComBusy,
    WeComMalformed,
    WeComRefused,
    WeComUnreachable,
    answer_error,
)

ADDITIONS = (
    ", hint: [1732164836_7_0a1b], from ip: 203.0.113.7, "
    "more info at https://open.work.weixin.qq.com/devtool/query?e=60020"
)


def error(
    code: int, errmsg: Any = "no", secret_name: str = "app_secret", **more: Any
) -> WeComAnswer:
    body = ErrorBody.of(code, {"errmsg": errmsg, **more}, lambda text: text)
    return answer_error(body, endpoint="user/list", subject="department 7", secret_name=secret_name)


def test_hint_id_and_address_are_kept_and_the_text_is_freed_of_them() -> None:
    told = error(60020, "not allow to access from your ip" + ADDITIONS)
    assert told.errmsg == "not allow to access from your ip"
    assert (told.hint_id, told.from_ip) == ("1732164836_7_0a1b", "203.0.113.7")
    assert "1732164836_7_0a1b" in told.message


def test_an_address_of_ipv6_is_kept_whole() -> None:
    assert error(60020, "x, from ip: 2001:db8::7, more info at y").from_ip == "2001:db8::7"


def test_an_untrusted_address_is_named_with_the_place_to_add_it() -> None:
    told = error(60020, "not allow to access from your ip" + ADDITIONS)
    assert told.message.startswith("WeCom does not trust this server's address 203.0.113.7: ")
    assert "Add 203.0.113.7 to 企业可信IP at 应用管理 → the app" in told.hint
    contacts = error(60020, "x" + ADDITIONS, secret_name="contacts_secret")
    assert "企业可信IP at 管理工具 → 通讯录同步" in contacts.hint


def test_an_untrusted_address_that_wecom_does_not_name_leaves_a_readable_sentence() -> None:
    told = error(60020, "not allow to access from your ip")
    assert told.message.startswith("WeCom does not trust this server's address: ")
    assert "Add this server's public address to" in told.hint


@pytest.mark.parametrize("code", [40001, 40091])
@pytest.mark.parametrize("setting", ["app_secret", "contacts_secret"])
def test_a_wrong_secret_names_its_setting(code: int, setting: str) -> None:
    told = error(code, secret_name=setting)
    assert told.message.startswith(f"WeCom does not accept {setting}: ")
    assert f"into {setting}" in told.hint


def test_a_wrong_corp_id_is_told_from_a_wrong_secret() -> None:
    told = error(40013)
    assert told.message.startswith("WeCom does not know this corp_id: ")
    assert "secret" not in told.message.lower()


def test_every_message_names_call_subject_and_code() -> None:
    for code in [*CODES, 987654]:
        told = error(code, "x" + ADDITIONS)
        assert f"user/list of department 7 was answered with {code}" in told.message
        assert "hint id 1732164836_7_0a1b" in told.message
        assert "{" not in told.message + told.hint
        assert (told.endpoint, told.subject, told.exit_status) == (
            "user/list",
            "department 7",
            ExitStatus.SOURCE,
        )


@pytest.mark.parametrize(
    ("code", "kind", "base", "retryable"),
    [
        (-1, WeComBusy, SourceUnavailable, True),
        (45009, WeComBusy, SourceUnavailable, True),
        (45033, WeComBusy, SourceUnavailable, True),
        (40001, WeComRefused, SourceRejected, False),
        (60011, WeComRefused, SourceRejected, False),
        (987654, WeComRefused, SourceRejected, False),
    ],
)
def test_the_class_of_an_error_follows_its_code(code, kind, base, retryable) -> None:
    told = error(code)
    assert type(told) is kind
    assert isinstance(told, base)
    assert told.retryable is retryable


def test_failures_of_transport_are_unavailable_and_lies_are_malformed() -> None:
    assert issubclass(WeComUnreachable, SourceUnavailable)
    assert issubclass(WeComMalformed, SourceMalformed)
    assert (WeComUnreachable.retryable, WeComMalformed.retryable) == (True, False)


@pytest.mark.parametrize(
    ("more", "wait", "suggestion"),
    [
        ({}, None, ""),
        ({"interval": 5}, 5.0, ""),
        ({"interval": -1}, -1.0, ""),
        ({"interval": "7"}, 7.0, ""),
        ({"interval": True}, None, ""),
        ({"interval": [5]}, None, ""),
        ({"suggestion": "12"}, 12.0, "12"),
        ({"suggestion": 12}, 12.0, "12"),
        ({"suggestion": "retry in 5 minutes"}, None, "retry in 5 minutes"),
        ({"interval": 5, "suggestion": "12"}, 5.0, "12"),
    ],
)
def test_interval_and_suggestion_are_read(more, wait, suggestion) -> None:
    told = error(-1, **more)
    assert (told.body.wait, told.suggestion) == (wait, suggestion)
    assert suggestion in told.message


@pytest.mark.parametrize("errmsg", [None, 17, ["x"], "", "x\n\x1b[31mred\x00" * 400])
def test_a_strange_errmsg_stays_one_short_line(errmsg) -> None:
    told = error(60011, errmsg)
    assert told.message.isprintable()
    assert len(told.message) < 500


def test_secrets_in_the_words_of_wecom_are_masked() -> None:
    body = ErrorBody.of(
        40001,
        {"errmsg": "bad S3CRET", "suggestion": "use S3CRET"},
        lambda t: t.replace("S3CRET", "*"),
    )
    told = answer_error(body, endpoint="gettoken", subject="", secret_name="app_secret")
    assert "S3CRET" not in told.message + told.hint + repr(told) + repr(told.body)
