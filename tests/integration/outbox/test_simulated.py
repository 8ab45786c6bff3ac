"""The engine and the simulator together: by its ledger everybody saw every message once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from syncd.model.message import Disposition
from syncd.services.deliver_sender import Unfitting, WeComSender, attempt_of
from syncd.simulator import Simulator
from syncd.store.outbox.values import NoTag, Tag
from syncd.wecom.client import WeComClient
from syncd.wecom.errors import WeComError
from syncd.wecom.retry import RetryPolicy
from tests.integration.outbox.office import Office

PEOPLE = 20


@pytest.fixture
def client(wecom_simulator: Simulator) -> Iterator[WeComClient]:
    with WeComClient(
        wecom_simulator.corp_id,
        wecom_simulator.app_secret,
        secret_name="app_secret",
        base_url=wecom_simulator.base_url,
        agent_id=wecom_simulator.agent_id,
        timeout=timedelta(seconds=0.5),
        policy=RetryPolicy(repeats=0),
    ) as made:
        yield made


@pytest.fixture
def sender(client: WeComClient, wecom_simulator: Simulator) -> WeComSender:
    return WeComSender("wecom", client, wecom_simulator.agent_id)


@pytest.fixture
def names(client: WeComClient, office: Office) -> list[str]:
    """Return people of the simulator who get messages, hired with the ids from 1 on."""
    there = [
        one["userid"]
        for at in (1, 2, 3, 4, 5)
        for one in client.list_users(at)
        if one["status"] == 1
    ]
    chosen = list(dict.fromkeys(there))[:PEOPLE]
    office.hire(*chosen)
    return [one.lower() for one in chosen]


def seen(wecom: Simulator) -> Counter[tuple[str, str]]:
    return Counter(
        (one["userid"].lower(), str(one["content"]["content"])) for one in wecom.ledger()
    )


def test_with_lost_answers_resets_and_codes_everybody_sees_every_message_once(
    office: Office, sender: WeComSender, names: list[str], wecom_simulator: Simulator
) -> None:
    faults: tuple[dict[str, Any], ...] = (
        {"kind": "hang", "share": 0.05, "seconds": 2.0},
        {"kind": "reset", "share": 0.1},
        {"kind": "reset", "share": 0.1, "carried_out": False},
        {"kind": "html", "share": 0.05},
        {"kind": "errcode", "share": 0.1, "errcode": -1},
        {"kind": "errcode", "share": 0.05, "errcode": 45009},
        {"kind": "errcode", "times": 1, "after": 7, "errcode": 42001},
    )
    for fault in faults:
        wecom_simulator.fault(str(fault.pop("kind")), "message/send", **fault)
    office.queue_each(range(1, len(names) + 1))
    office.queue("all", {"content": "to all"})
    waits = tuple(timedelta(seconds=1) for _ in range(60))
    for _ in range(100):
        office.drain(senders={"wecom": sender}, retry=waits, threads=8)
        office.clock.advance(minutes=2)
        if not {"pending", "claimed"} & office.statuses().keys():
            break
    assert office.statuses() == {"delivered": 2 * len(names)}
    expected = {(name, f"message to {at}") for at, name in enumerate(names, 1)}
    expected |= {(name, "to all") for name in names}
    assert seen(wecom_simulator) == dict.fromkeys(expected, 1)


def test_who_is_out_of_range_is_told_and_the_others_get_it(
    office: Office, sender: WeComSender, names: list[str], wecom_simulator: Simulator
) -> None:
    office.hire("NobodyThere")
    office.queue("all")
    office.queue(f"user:{len(names) + 1}", {"content": "alone"})
    office.drain(senders={"wecom": sender})
    dead = [one for one in office.deliveries() if one["status"] == "dead"]
    assert [(one["external_id"], one["reason"]) for one in dead] == [
        ("nobodythere", "not_visible")
    ] * 2
    assert len(seen(wecom_simulator)) == len(names)


def test_a_wrong_secret_stops_the_channel(
    office: Office, names: list[str], wecom_simulator: Simulator
) -> None:
    with WeComClient(
        wecom_simulator.corp_id,
        "wrong",
        secret_name="app_secret",
        base_url=wecom_simulator.base_url,
        agent_id=wecom_simulator.agent_id,
        policy=RetryPolicy(repeats=0),
    ) as client:
        wrong = WeComSender("wecom", client, wecom_simulator.agent_id)
        office.queue_each(range(1, len(names) + 1))
        office.drain(senders={"wecom": wrong})
    [(reason, code)] = office.rows("SELECT reason, error_code FROM outbox_channel")
    assert (reason, code) == ("configuration", 40001)
    assert office.statuses() == {"pending": len(names)}


def test_tags_and_files_are_asked_for_and_uploaded(sender: WeComSender) -> None:
    assert isinstance(sender.get_tag(1), Tag)
    assert isinstance(sender.get_tag(987), NoTag)
    assert sender.upload("file", "note.txt", b"a short note")
    with pytest.raises(Unfitting):
        sender.upload("image", "note.txt", b"a short note")


def test_who_cannot_be_reached_has_surely_not_got_it(office: Office) -> None:
    with WeComClient(
        "ww1",
        "secret",
        secret_name="app_secret",
        base_url="http://127.0.0.1:9",
        agent_id=1,
        policy=RetryPolicy(repeats=0),
    ) as client:
        office.hire("a")
        office.queue("user:1")
        drained = office.drain(senders={"wecom": WeComSender("wecom", client, 1)})
    assert list(drained.unreachable) == ["wecom"]
    [told] = office.deliveries()
    assert (told["status"], told["attempts"]) == ("pending", 1)
    assert office.calls()[0]["status"] == "refused"


def test_an_error_without_an_answer_may_have_arrived_or_not() -> None:
    lost = attempt_of(WeComError("x", endpoint="message/send", may_have_arrived=True))
    assert (lost.disposition, lost.may_have_arrived) == (None, True)
    unsent = attempt_of(WeComError("x", endpoint="gettoken", may_have_arrived=True))
    assert (unsent.disposition, unsent.may_have_arrived) == (Disposition.RETRY, False)
