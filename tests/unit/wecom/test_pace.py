"""Rates hold for every window, bursts inside are free, and memory is bounded."""

import threading
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.wecom.pace import Gate, Pace, SlidingWindow


class Time:
    """A clock that only sleeping moves."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def most_in_a_window(times: list[float], seconds: float) -> int:
    most, first = 0, 0
    for last, moment in enumerate(times):
        while times[first] < moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@settings(max_examples=150, deadline=None)
@given(
    start=st.floats(0, 1e6),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.7, 20.0, 59.9, 61.0]), max_size=80),
    limits=st.tuples(st.integers(1, 6), st.integers(1, 15), st.integers(1, 8)),
    apis=st.integers(1, 3),
)
def test_no_window_ever_holds_more_than_its_limit(start, pauses, limits, apis) -> None:
    time = Time(start)
    per_minute, per_hour, total = limits
    pace = Pace(
        per_minute=per_minute,
        per_hour=per_hour,
        total_per_minute=total,
        clock=time.clock,
        sleep=time.sleep,
    )
    sent: dict[int, list[float]] = {}
    for number, pause in enumerate(pauses):
        time.now += pause
        pace.wait(number % apis)
        sent.setdefault(number % apis, []).append(time.now)
    for times in sent.values():
        assert most_in_a_window(times, 60) <= per_minute
        assert most_in_a_window(times, 3600) <= per_hour
    assert most_in_a_window(sorted(chain(*sent.values())), 60) <= total


def test_a_burst_up_to_the_limit_waits_for_nothing_and_the_next_call_for_a_minute() -> None:
    time = Time(1000.25)
    pace = Pace(per_minute=50, clock=time.clock, sleep=time.sleep)
    for _ in range(50):
        pace.wait("user/list")
    assert time.slept == []
    pace.wait("user/list")
    assert 60 <= sum(time.slept) <= 61


def test_one_endpoint_does_not_use_up_the_limit_of_another() -> None:
    time = Time()
    pace = Pace(per_minute=2, total_per_minute=3, clock=time.clock, sleep=time.sleep)
    for api in ("a", "a", "b"):
        pace.wait(api)
    assert time.slept == []
    pace.wait("b")
    assert sum(time.slept) > 59


def test_a_long_history_keeps_few_counters() -> None:
    window = SlidingWindow(10**9, 3600)
    for second in range(20_000):
        assert window.wait(float(second)) == 0
        window.count(float(second))
    assert len(window._counts) <= 122


def test_what_sleep_raises_ends_the_waiting_and_counts_nothing() -> None:
    class Stop(Exception):
        pass

    def sleep(_: float) -> None:
        raise Stop

    time = Time()
    pace = Pace(per_minute=1, total_per_minute=2, clock=time.clock, sleep=sleep)
    pace.wait("a")
    with pytest.raises(Stop):
        pace.wait("a")
    pace.wait("b")  # the place among all is still free


def test_the_limit_holds_for_many_threads() -> None:
    lock, stopped = threading.Lock(), []

    class Full(Exception):
        pass

    def sleep(_: float) -> None:
        raise Full

    pace = Pace(per_minute=1000, clock=lambda: 5.0, sleep=sleep)
    sent = 0

    def work() -> None:
        nonlocal sent
        try:
            for _ in range(200):
                pace.wait("a")
                with lock:
                    sent += 1
        except Full:
            stopped.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent == 1000
    assert stopped


@pytest.mark.parametrize("limit", ["per_minute", "per_hour", "total_per_minute"])
def test_a_rate_of_nothing_is_refused(limit) -> None:
    time = Time()
    with pytest.raises(ValueError, match="at least one"):
        Pace(**{limit: 0}, clock=time.clock, sleep=time.sleep)


def test_the_gate_halves_once_per_complaint_and_recovers_by_the_minute() -> None:
    time = Time()
    gate = Gate(16, clock=time.clock)
    for _ in range(5):
        gate.ease(16)  # five calls that began under the same limit
    assert gate.places == 8
    gate.ease(8)
    gate.ease(16)  # a late one of the first
    assert gate.places == 4
    with gate.inside("user/list"):
        time.now = 59
    assert gate.places == 4
    with gate.inside("user/list"):
        time.now = 60
    assert gate.places == 5
    for _ in range(10):
        gate.ease(gate.places)
    assert gate.places == 1


def test_the_gate_lets_no_more_in_than_it_has_places() -> None:
    gate = Gate(2, clock=lambda: 0.0)
    inside, most, lock = 0, 0, threading.Lock()
    arrived = threading.Event()

    def work() -> None:
        nonlocal inside, most
        with gate.inside("user/list"):
            with lock:
                inside += 1
                most = max(most, inside)
            arrived.wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
    assert gate.counts == {"user/list": 8}
