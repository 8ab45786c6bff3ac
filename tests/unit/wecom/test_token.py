"""Tokens are fetched once for all threads, and replaced only when they are refused."""

import threading
from collections.abc import Callable

import pytest

from syncd.wecom.errors import ErrorBody, WeComError, WeComUnreachable, answer_error
from syncd.wecom.token import FetchedToken, TokenKey, Tokens

KEY = TokenKey.of("https://qyapi.weixin.qq.com/cgi-bin/", "ww1", "the secret")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class GetToken:
    """Gives T1, T2, …, or what it was told to give or raise."""

    def __init__(self, *outcomes: FetchedToken | Exception) -> None:
        self.outcomes = list(outcomes)
        self.count = 0

    def __call__(self) -> FetchedToken:
        self.count += 1
        outcome = self.outcomes.pop(0) if self.outcomes else FetchedToken(f"T{self.count}", 7200)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def refusal(code: int) -> WeComError:
    return answer_error(
        ErrorBody(code, "no"), endpoint="gettoken", subject="", secret_name="app_secret"
    )


def together(count: int, work: Callable[[], object]) -> None:
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_token_is_kept_until_shortly_before_its_end() -> None:
    clock, fetch = Clock(), GetToken()
    tokens = Tokens(clock=clock)
    assert tokens.get(KEY, fetch) == "T1"
    clock.now = 6899
    assert tokens.get(KEY, fetch) == "T1"
    clock.now = 6900
    assert tokens.get(KEY, fetch) == "T2"


def test_the_life_of_a_token_is_the_one_in_the_answer() -> None:
    clock, fetch = Clock(), GetToken(FetchedToken("short", 20))
    tokens = Tokens(clock=clock)
    assert tokens.get(KEY, fetch) == "short"
    clock.now = 17.9
    assert tokens.get(KEY, fetch) == "short"
    clock.now = 18
    assert tokens.get(KEY, fetch) == "T2"


def test_a_refused_token_is_replaced_but_only_if_it_is_still_in_use() -> None:
    fetch = GetToken()
    tokens = Tokens(clock=Clock())
    first = tokens.get(KEY, fetch)
    tokens.refused(KEY, first)
    second = tokens.get(KEY, fetch)
    tokens.refused(KEY, first)  # a slow thread complains about the old one
    assert tokens.get(KEY, fetch) == second == "T2"
    assert fetch.count == 2


def test_each_secret_has_its_own_token() -> None:
    fetch = GetToken()
    tokens = Tokens(clock=Clock())
    other = TokenKey.of("https://qyapi.weixin.qq.com/cgi-bin/", "ww1", "another secret")
    assert tokens.get(KEY, fetch) != tokens.get(other, fetch)


def test_sixteen_threads_whose_token_is_refused_fetch_one() -> None:
    fetch = GetToken()
    tokens = Tokens(clock=Clock())
    got: list[str] = []

    def work() -> None:
        token = tokens.get(KEY, fetch)
        if token == "T1":
            tokens.refused(KEY, token)
            token = tokens.get(KEY, fetch)
        got.append(token)

    together(16, work)
    assert got == ["T2"] * 16
    assert fetch.count == 2


def test_a_token_that_comes_back_although_refused_is_not_fetched_in_a_loop() -> None:
    clock = Clock()
    fetch = GetToken(*[FetchedToken("same", 7200)] * 9)
    tokens = Tokens(clock=clock)
    for _ in range(5):
        tokens.refused(KEY, tokens.get(KEY, fetch))
    assert fetch.count == 2
    clock.now = 61  # later it may be worth asking again
    tokens.refused(KEY, "same")
    tokens.get(KEY, fetch)
    assert fetch.count == 3


def test_a_refused_secret_is_sent_once_for_all_threads() -> None:
    fetch = GetToken(*[refusal(40001)] * 99)
    tokens = Tokens(clock=Clock())
    raised: list[WeComError] = []

    def work() -> None:
        with pytest.raises(WeComError) as caught:
            tokens.get(KEY, fetch)
        raised.append(caught.value)

    together(16, work)
    assert fetch.count == 1
    assert [error.code for error in raised] == [40001] * 16


@pytest.mark.parametrize("code", [40001, 40013, 45009, 60020])
def test_a_refusal_is_remembered_for_a_minute(code) -> None:
    clock, fetch = Clock(), GetToken(refusal(code))
    tokens = Tokens(clock=clock)
    for clock.now in (0.0, 59.0):
        with pytest.raises(WeComError):
            tokens.get(KEY, fetch)
    assert fetch.count == 1
    clock.now = 60.0
    assert tokens.get(KEY, fetch) == "T2"


class CountedLock:
    """A lock that knows how many have come to it."""

    def __init__(self, all_here: threading.Event, expected: int) -> None:
        self.lock, self.counting = threading.Lock(), threading.Lock()
        self.missing, self.all_here = expected, all_here

    def __enter__(self) -> None:
        with self.counting:
            self.missing -= 1
            if self.missing == 0:
                self.all_here.set()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


@pytest.mark.parametrize("failure", [WeComUnreachable("no answer"), refusal(-1)])
def test_those_who_waited_for_a_failed_fetch_share_it_and_later_ones_try_anew(failure) -> None:
    tokens, all_here = Tokens(clock=Clock()), threading.Event()
    tokens._slot(KEY).lock = CountedLock(all_here, expected=16)
    count = 0

    def fetch() -> FetchedToken:
        nonlocal count
        count += 1
        assert all_here.wait(10)
        raise failure

    failed: list[WeComError] = []

    def work() -> None:
        with pytest.raises(WeComError) as caught:
            tokens.get(KEY, fetch)
        failed.append(caught.value)

    together(16, work)
    assert (count, len(failed)) == (1, 16)
    assert tokens.get(KEY, GetToken()) == "T1"


def test_neither_token_nor_secret_is_in_a_repr() -> None:
    tokens = Tokens(clock=Clock())
    tokens.get(KEY, GetToken(FetchedToken("T0PSECRET", 7200)))
    shown = repr(tokens._slots) + repr(FetchedToken("T0PSECRET", 1)) + repr(KEY)
    assert "T0PSECRET" not in shown
    assert "the secret" not in shown
