"""A source that stops with the process, also while it is asked for people."""

import threading
from queue import SimpleQueue

import pytest

from syncd.daemon.source import InterruptedSource
from syncd.daemon.stop import Stop
from syncd.errors import ExitStatus
from syncd.sources.base import Finder, Inquiry
from tests.integration.runs.directory import Directory
from tests.unit.daemon.test_stop import send


class Hanging(Directory):
    """Answers the first question, and hangs at the second."""

    def endpoint_of(self, field: str) -> str:
        return f"by {field}"

    def find(self, inquiry: Inquiry) -> None:
        first, second = inquiry.values
        inquiry.begun += 1
        inquiry.answers[first] = "zhao"
        inquiry.begun += 1
        threading.Timer(0.05, send).start()
        inquiry.answers[second] = SimpleQueue[str]().get()


def test_asking_ends_with_the_process_and_what_was_answered_stays():
    stop, inquiry = Stop(), Inquiry("mobile", ["one", "two"])
    source = InterruptedSource(Hanging(), stop)
    assert isinstance(source, Finder)
    with stop.heeded():
        source.find(inquiry)
    assert stop.status is ExitStatus.DONE
    assert (inquiry.answers, inquiry.begun) == ({"one": "zhao"}, 2)
    assert source.endpoint_of("mobile") == "by mobile"


def test_what_cannot_be_asked_says_so():
    with pytest.raises(TypeError, match="cannot be asked"):
        InterruptedSource(Directory(), Stop()).endpoint_of("mobile")
