import os
import signal
import threading

import pytest

from syncd.daemon import service
from syncd.daemon.courier import Courier
from syncd.daemon.service import StatusLine
from syncd.daemon.stop import Stop, Stopping
from syncd.errors import StoreUnavailable


def test_a_signal_lets_the_delivery_end_and_the_log_follows_it():
    stop, told = Stop(), list[str]()
    begun = threading.Event()

    def work(sign):
        begun.set()
        assert sign.wait(10)
        told.append("settled")

    courier = Courier(work, glance=lambda: told.append("written"), stop=stop, every=60)
    with stop.heeded(), courier.working():
        assert begun.wait(10)
        os.kill(os.getpid(), signal.SIGTERM)
        stop.sleep(10)
    assert told == ["settled", "written"]
    assert not [one for one in threading.enumerate() if one.name.startswith("courier")]


def test_the_delivery_ends_with_the_block_also_without_a_signal():
    ended = threading.Event()

    def work(sign):
        sign.wait(10)
        ended.set()

    with (
        pytest.raises(ZeroDivisionError),
        Courier(work, glance=str, stop=Stop(), every=60).working(),
    ):
        raise ZeroDivisionError
    assert ended.is_set()


def test_a_defect_in_the_delivery_does_not_end_it():
    tries, again = list[int](), threading.Event()

    def work(sign):
        tries.append(1)
        if len(tries) == 1:
            raise ZeroDivisionError
        again.set()
        sign.wait(10)

    with Courier(work, glance=str, stop=Stop(), every=60, pause=0.01).working():
        assert again.wait(10)


def test_a_store_that_is_away_and_a_defect_do_not_end_the_glances():
    glances, enough = list[int](), threading.Event()

    def glance():
        glances.append(1)
        if len(glances) == 1:
            raise StoreUnavailable("locked")
        if len(glances) == 2:
            raise ZeroDivisionError
        enough.set()

    courier = Courier(lambda sign: sign.wait(10), glance=glance, stop=Stop(), every=0.01)
    with courier.working():
        assert enough.wait(10)


def test_what_is_hooked_to_a_stop_after_it_was_asked_is_done_at_once():
    stop, done = Stop(), list[str]()
    with stop.heeded():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Stopping):
            stop.sleep(10)
        stop.when_asked(lambda: done.append("done"))
    assert done == ["done"]


def test_the_status_line_has_runs_and_messages_and_no_line_break(monkeypatch):
    told: list[str] = []
    monkeypatch.setattr(service, "notify", told.append)
    status = StatusLine()
    status.messages("3 messages wait")
    status.runs("Running sync", first="READY=1\n")
    status.messages("3 messages wait")
    status.messages("nothing\nwaits")
    assert told == [
        "STATUS=3 messages wait",
        "READY=1\nSTATUS=Running sync; 3 messages wait",
        "STATUS=Running sync; nothing waits",
    ]
