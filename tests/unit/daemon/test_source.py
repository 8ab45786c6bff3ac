"""A source that stops with the process, also while it is asked for people."""

import threading
from queue import SimpleQueue

import pytest

from syncd.daemon.source import InterruptedSource, interrupted
from syncd.daemon.stop import Stop
from syncd.errors import ExitStatus
from syncd.model.cursor import Why
from syncd.model.entry import Snapshot
from syncd.sources.base import Finder, Inquiry, ReadsAside, ReadsChanges, ignore_progress
from syncd.sources.ldap import LdapSettings, LdapSource
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


class Telling(Directory):
    """One that offers all that a source may."""

    def read_changes(self, position, scope, known, progress=ignore_progress) -> Why:
        del position, scope, progress
        known.people()
        threading.Timer(0.05, send).start()
        SimpleQueue[str]().get()
        return Why.AGE

    def begin(self, scope) -> "Endless | None":
        return Endless() if scope else None


class Endless:
    """A reading that has begun, and never ends by itself."""

    is_stopped = False

    def finish(self, progress=ignore_progress) -> Snapshot:
        del progress
        threading.Timer(0.05, send).start()
        return SimpleQueue[Snapshot]().get()

    def stop(self) -> None:
        self.is_stopped = True


class Stored:
    """What the store holds; a signal comes in the middle of every look at it."""

    def __init__(self) -> None:
        self.looked = 0

    def people(self):
        send()
        self.looked += 1
        return {"zhao"}

    def unsettled(self):
        return self.people()

    def naming(self, managers):
        del managers
        return self.people()


def test_what_a_source_offers_besides_it_offers_to_the_daemon_too():
    assert isinstance(interrupted(Telling(), Stop()), ReadsChanges)
    assert isinstance(interrupted(Telling(), Stop()), ReadsAside)
    assert not isinstance(interrupted(Directory(), Stop()), ReadsChanges)
    assert not isinstance(interrupted(Directory(), Stop()), ReadsAside)
    ldap = LdapSource(LdapSettings("corp", ("ldap://127.0.0.1:1",), "dc=test"))
    assert isinstance(interrupted(ldap, Stop()), ReadsChanges)
    assert isinstance(interrupted(ldap, Stop()), ReadsAside)


def test_a_reading_of_changes_ends_with_the_process():
    stop, source = Stop(), Telling()

    class Quiet(Stored):
        def people(self):
            return {"zhao"}

    with stop.heeded():
        interrupted(source, stop).read_changes({}, {}, Quiet())
        pytest.fail("it went on")
    assert stop.status is ExitStatus.DONE


@pytest.mark.parametrize("name", ["people", "unsettled", "naming"])
def test_a_look_at_the_store_in_the_middle_of_a_reading_is_brought_to_its_end(name):
    stop, known = Stop(), Stored()

    class Looking(Telling):
        def read_changes(self, position, scope, known, progress=ignore_progress) -> Why:
            del position, scope, progress
            getattr(known, name)(*((["zhao"],) if name == "naming" else ()))
            pytest.fail("it went on")

    with stop.heeded():
        interrupted(Looking(), stop).read_changes({}, {}, known)
    assert known.looked == 1
    assert stop.status is ExitStatus.DONE


def test_the_wait_for_a_reading_in_another_process_ends_with_this_one():
    stop = Stop()
    source = interrupted(Telling(), stop)
    assert source.begin({}) is None
    reading = source.begin({"some": "thing"})
    with stop.heeded():
        try:
            reading.finish()
        finally:
            reading.stop()
    assert stop.status is ExitStatus.DONE
    assert reading._reading.is_stopped
