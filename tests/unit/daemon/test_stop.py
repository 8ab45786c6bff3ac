"""How the process is asked to stop: real signals, sent to the test's own process."""

import os
import signal
import threading
import time
from datetime import timedelta
from queue import SimpleQueue

import pytest

from syncd.daemon.stop import Stop, Stopping
from syncd.errors import ExitStatus

pytestmark = pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(),
    reason="signals are the main thread's",
)


def send(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, ExitStatus.DONE), (signal.SIGINT, ExitStatus.INTERRUPTED)],
)
def test_a_signal_ends_a_wait_that_has_no_end(number, status):
    stop = Stop()
    threading.Timer(0.05, send, [number]).start()
    with stop.heeded(), stop.interrupted():
        SimpleQueue().get()
    assert stop.status is status


def test_what_ends_without_a_signal_is_done():
    stop = Stop()
    with stop.heeded():
        stop.check()
        stop.sleep(0)
    assert stop.status is ExitStatus.DONE


def test_a_signal_wakes_who_sleeps_in_another_thread():
    stop = Stop()
    woken: SimpleQueue[str] = SimpleQueue()

    def sleep() -> None:
        try:
            stop.sleep(60)
        except Stopping:
            woken.put("woken")

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    with stop.heeded():
        send()
    assert woken.get(timeout=5) == "woken"
    sleeper.join()
    with pytest.raises(Stopping):
        stop.check()


def test_work_with_the_store_is_not_interrupted_but_what_follows_is():
    stop = Stop()
    log = []
    with stop.heeded():
        send()
        log.append("written")
        with stop.interrupted():
            log.append("read on")
    assert log == ["written"]


def test_a_second_signal_does_not_disturb_the_ending():
    stop = Stop()
    cleared_up: list[bool] = []
    with stop.heeded():
        try:
            with stop.interrupted():
                send()
        finally:
            send()
            send(signal.SIGINT)
            cleared_up.append(True)
    assert cleared_up == [True]
    assert stop.status is ExitStatus.DONE


def test_the_handlers_of_before_are_there_again_afterwards():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with Stop().heeded():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_an_ending_that_hangs_is_given_up_after_the_grace():
    given_up: SimpleQueue[int] = SimpleQueue()
    stop = Stop(timedelta(milliseconds=50), given_up.put)
    with stop.heeded():
        send()
        status = given_up.get(timeout=5)
    assert status == ExitStatus.DONE


def test_an_ending_in_time_is_not_given_up():
    given_up: SimpleQueue[int] = SimpleQueue()
    stop = Stop(timedelta(milliseconds=50), given_up.put)
    with stop.heeded():
        send()
    time.sleep(0.1)
    assert given_up.empty()


def test_an_error_passes_through():
    with pytest.raises(ValueError, match=r"^ours$"), Stop().heeded():
        raise ValueError("ours")
