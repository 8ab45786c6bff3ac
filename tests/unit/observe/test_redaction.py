import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.observe.redaction import MASK, redact


@pytest.mark.parametrize(
    "key",
    [
        "app_secret",
        "contacts_secret",
        "access_token",
        "password",
        "bind_password",
        "aes_key",
        "Authorization",
    ],
)
@given(st.text(min_size=1))
def test_a_text_under_a_key_that_sounds_like_a_secret_is_masked(key, secret):
    assert redact({key: secret}) == {key: MASK}


@pytest.mark.parametrize(
    "text",
    [
        "GET /cgi-bin/user/list?access_token=hunter2&department_id=1",
        "GET /cgi-bin/gettoken?corpid=ww0&corpsecret=hunter2",
        "Max retries exceeded with url: /x?a=1&access_token=hunter2 (Caused by …)",
        '{"access_token": "hunter2", "expires_in": 7200}',
        "{'password': 'correct hunter2'}",
        "http://user:hunter2@proxy.example.com:3128/",
        "postgresql+psycopg://syncd:hunter2@db/syncd",
    ],
)
def test_a_secret_inside_a_text_is_masked_and_the_rest_stays(text):
    shown = redact(text, "message")
    assert "hunter2" not in shown
    assert shown.split("hunter2")[0][:10] == text[:10]


def test_secrets_are_found_inside_lists_tables_and_objects():
    class Odd:
        def __str__(self):
            return "access_token=hunter2"

    nested = {"request": [{"headers": {"token": "hunter2"}}, ("a?access_token=hunter2",), Odd()]}
    assert "hunter2" not in str(redact(nested))


def test_what_is_nested_without_end_is_cut():
    endless = {}
    endless["again"] = endless
    assert MASK in str(redact(endless))


@pytest.mark.parametrize("value", [7, 7.5, True, None])
def test_the_number_of_a_lease_is_no_secret(value):
    assert redact({"token": value}) == {"token": value}


@pytest.mark.parametrize(
    "text",
    ["张伟 moved to 销售部", "errcode=60011 hint: [1700000000]", "https://qyapi.weixin.qq.com/x"],
)
def test_an_ordinary_text_stays_as_it_is(text):
    assert redact(text, "event") == text
