"""A source that lets nothing through: it stops, is told once, is probed, and resumes by itself."""

from structlog.testing import capture_logs

from syncd.model.message import Attempt, Disposition
from tests.integration.outbox.office import FakeWeCom, Office, lost, refused

FORBIDDEN = refused(48002, Disposition.CONFIGURATION)
TOO_MUCH = refused(45009, Disposition.SLOW_DOWN)


def stopped(office: Office) -> list[tuple[object, ...]]:
    return office.rows("SELECT reason, failures, error_code FROM outbox_channel")


def test_a_wrong_configuration_stops_everything_with_a_few_calls_and_no_attempt_counts(
    office: Office,
) -> None:
    office.hire(*(f"p{at}" for at in range(200)))
    office.queue_each(range(1, 201))
    office.wecom.answer = lambda _: FORBIDDEN
    office.drain()
    assert stopped(office) == [("configuration", 1, 48002)]
    assert office.statuses() == {"pending": 200}
    assert {one["attempts"] for one in office.deliveries()} == {0}
    calls = len(office.wecom.bodies)
    assert calls <= 4 * 8
    office.drain()
    assert len(office.wecom.bodies) == calls


def test_it_is_probed_by_one_call_ever_more_rarely_and_resumes_by_itself(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(50)))
    office.queue_each(range(1, 51))
    office.wecom.answer = lambda _: FORBIDDEN
    with capture_logs() as logs:
        office.drain()
        before = len(office.wecom.bodies)
        probes = []
        for _ in range(40):
            office.wait_and_drain(seconds=30)
            probes.append(len(office.wecom.bodies) - before)
        assert probes[0] == 1
        assert probes[-1] == 6  # after 30 s, 1, 2, 4, 5, 5 minutes
        office.wecom.answer = lambda _: None
        office.wait_and_drain(minutes=5)
        office.drain()
    assert office.statuses() == {"delivered": 50}
    assert stopped(office) == []
    assert {one["attempts"] for one in office.deliveries()} == {1}
    events = [one["event"] for one in logs if one["event"].startswith("outbox_channel")]
    assert events == ["outbox_channel_stopped", "outbox_channel_resumed"]
    assert len(office.told("channel_stopped")) == len(office.told("channel_resumed")) == 1


def test_a_limit_of_wecoms_makes_everything_wait_longer_and_longer(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    office.wecom.answer = lambda _: TOO_MUCH
    office.drain()
    assert stopped(office) == [("rate", 1, 45009)]
    for seconds, calls in ((59, 1), (1, 2), (119, 2), (1, 3), (239, 3), (1, 4)):
        office.wait_and_drain(seconds=seconds)
        assert len(office.wecom.bodies) == calls
    assert office.deliveries()[0]["attempts"] == 0


def test_a_probe_whose_message_is_at_fault_shows_that_wecom_listens(office: Office) -> None:
    office.hire("a", "b")
    office.queue("user:1", {"content": "bad"})
    office.queue("user:2", {"content": "good"})
    office.wecom.answer = lambda _: FORBIDDEN
    office.drain()
    office.wecom.answer = lambda body: (
        refused(40201, Disposition.MESSAGE) if body["text"]["content"] == "bad" else None
    )
    office.wait_and_drain(minutes=1)
    assert sorted(office.statuses().items()) == [("dead", 1), ("delivered", 1)]


def test_a_probe_without_an_answer_shows_nothing(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    office.wecom.answer = lambda _: FORBIDDEN
    office.drain()
    office.wecom.answer = lambda _: lost(taken=True)
    office.wait_and_drain(minutes=1)
    assert stopped(office) == [("configuration", 1, 48002)]
    assert office.deliveries()[0]["status"] == "claimed"
    office.wecom.answer = lambda _: None
    office.wait_and_drain(minutes=5)
    assert office.statuses() == {"delivered": 1}
    assert office.wecom.got("a") == 1


def test_what_is_in_doubt_stays_so_while_the_channel_is_stopped(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    given: list[Attempt] = [lost(taken=True), FORBIDDEN]
    office.wecom.answer = lambda _: given.pop(0) if given else None
    office.drain()
    office.wait_and_drain(seconds=10)
    assert office.deliveries()[0]["status"] == "claimed"
    assert stopped(office) == [("configuration", 1, 48002)]
    office.wait_and_drain(minutes=5)
    assert (office.wecom.got("a"), office.statuses()) == (1, {"delivered": 1})


def test_another_source_goes_on(office: Office) -> None:
    office.hire("a")
    office.hire("b", source="other")
    office.queue("user:1")
    other = FakeWeCom(office.clock, source="other")
    office.wecom.answer = lambda _: FORBIDDEN
    senders = {"wecom": office.wecom, "other": other}
    office.drain(senders=senders)
    key = office.queue("user:2", source="other")
    office.drain(senders=senders)
    assert office.message(key)["status"] == "done"
    assert other.got("b") == 1
