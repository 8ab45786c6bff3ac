"""When a failed call is repeated: the table of the decision."""

from datetime import timedelta

import pytest

from syncd.wecom.endpoints import GETTOKEN, USER_LIST
from syncd.wecom.errors import ErrorBody, WeComError, WeComMalformed, WeComUnreachable, answer_error
from syncd.wecom.retry import Call, RetryPolicy, next_wait


def told(code: int, interval: float | None = None, suggestion: str = "") -> WeComError:
    body = ErrorBody(code, "x", interval=interval, suggestion=suggestion)
    return answer_error(body, endpoint="user/list", subject="", secret_name="app_secret")


SILENT, LIE, BUSY = WeComUnreachable("no answer"), WeComMalformed("HTML"), told(-1)


@pytest.mark.parametrize(
    ("error", "failures", "blocked", "expected"),
    [
        pytest.param(SILENT, 0, 0, 2.0, id="no answer: first wait"),
        pytest.param(SILENT, 1, 0, 4.0, id="no answer: second wait"),
        pytest.param(SILENT, 2, 0, 8.0, id="no answer: third wait"),
        pytest.param(SILENT, 3, 0, None, id="no answer: no wait left"),
        pytest.param(LIE, 0, 0, 2.0, id="an answer that is none"),
        pytest.param(LIE, 3, 0, None, id="an answer that is none, to the end"),
        pytest.param(BUSY, 2, 0, 8.0, id="busy: third wait"),
        pytest.param(BUSY, 3, 0, None, id="busy: at most three"),
        pytest.param(told(45033), 0, 0, 2.0, id="too many at once"),
        pytest.param(told(45035), 0, 0, 2.0, id="writes conflict"),
        pytest.param(told(45009), 0, 0, 60.0, id="rate: a minute"),
        pytest.param(told(45009), 3, 0, 60.0, id="rate: other failures do not count"),
        pytest.param(told(45009), 0, 1, None, id="rate: once only"),
        pytest.param(told(40014), 0, 0, None, id="token: not here"),
        pytest.param(told(40001), 0, 0, None, id="configuration"),
        pytest.param(told(60011), 0, 0, None, id="permission"),
        pytest.param(told(987654), 0, 0, None, id="unknown code"),
        pytest.param(told(-1, interval=7), 0, 0, 7.0, id="interval outranks our wait"),
        pytest.param(told(-1, interval=0), 0, 0, 0.0, id="interval of nothing"),
        pytest.param(told(-1, interval=-1), 0, 0, None, id="interval forbids"),
        pytest.param(told(-1, interval=7), 3, 0, None, id="interval gives no further repetition"),
        pytest.param(told(45009, interval=9), 0, 0, 9.0, id="interval outranks the minute"),
        pytest.param(told(60011, interval=7), 0, 0, None, id="interval does not pardon"),
        pytest.param(told(-1, suggestion="11"), 0, 0, 11.0, id="suggestion of seconds"),
        pytest.param(told(-1, suggestion="later"), 0, 0, 2.0, id="suggestion in words"),
        pytest.param(told(-1, interval=900), 0, 0, None, id="longer than the budget"),
    ],
)
def test_the_wait_follows_the_table(error, failures, blocked, expected) -> None:
    call = Call(USER_LIST, failures=failures, blocked=blocked)
    assert next_wait(error, call, RetryPolicy(), elapsed=0, chance=0.5) == expected


@pytest.mark.parametrize(("chance", "expected"), [(0.0, 1.0), (1.0, 3.0)])
def test_the_first_wait_is_random_between_one_and_three_seconds(chance, expected) -> None:
    assert next_wait(BUSY, Call(USER_LIST), RetryPolicy(), elapsed=0, chance=chance) == expected


def test_a_ban_of_gettoken_is_never_waited_out() -> None:
    assert next_wait(told(45009), Call(GETTOKEN), RetryPolicy(), elapsed=0, chance=0.5) is None


def test_no_wait_begins_that_would_outlive_the_budget() -> None:
    policy = RetryPolicy(budget=timedelta(seconds=30))
    assert next_wait(SILENT, Call(USER_LIST), policy, elapsed=28, chance=0.5) == 2.0
    assert next_wait(SILENT, Call(USER_LIST), policy, elapsed=28.1, chance=0.5) is None


def test_the_query_of_a_call_is_not_in_its_repr() -> None:
    assert "hush" not in repr(Call(GETTOKEN, "corpsecret=hush"))


@pytest.mark.parametrize("code", [-1, 45009])
def test_a_failed_gettoken_is_not_repeated_by_the_call_that_needed_it(code) -> None:
    body = ErrorBody(code, "x")
    error = answer_error(body, endpoint="gettoken", subject="", secret_name="app_secret")
    assert next_wait(error, Call(USER_LIST), RetryPolicy(), elapsed=0, chance=0.5) is None
