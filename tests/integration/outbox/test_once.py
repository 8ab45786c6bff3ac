"""Every message once, whoever dies, wherever, and however many deliver at the same time."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

import pytest

from syncd.model.message import Attempt, Disposition
from syncd.store.holder import this_process
from syncd.store.outbox.outbox import Outbox
from tests.integration.outbox.office import SETTINGS, FakeWeCom, Office, gone, lost, refused

PEOPLE = 12
STEPS = ("expand", "claim", "settle")


class Death(BaseException):
    """The process was killed."""


class MortalOutbox(Outbox):
    """An outbox whose process dies at a border of its n-th transaction of a kind."""

    step = ""
    #: `before` the transaction, `within` it, or `after` its commit.
    border = ""
    count = 0
    is_dead = False

    def expand(self, *arguments: Any) -> Any:
        with self._mortal("expand"):
            return super().expand(*arguments)

    def claim(self, *arguments: Any, **options: Any) -> Any:
        with self._mortal("claim"):
            return super().claim(*arguments, **options)

    def settle(self, *arguments: Any) -> Any:
        with self._mortal("settle"):
            return super().settle(*arguments)

    def release(self, *arguments: Any) -> None:
        self._live()
        super().release(*arguments)

    @contextmanager
    def _mortal(self, step: str) -> Iterator[None]:
        self._live()
        self._is_last = False
        if step == self.step:
            self.count -= 1
            self._is_last = self.count == 0
            self._die("before")
        yield
        if step == self.step:
            self._is_last = self.count == 0
            self._die("after")

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        with super()._writing() as given:
            yield given
            self._die("within")

    def _die(self, border: str) -> None:
        if border == self.border and self._is_last:
            self.is_dead = True
        self._live()

    _is_last = False

    def _live(self) -> None:
        if self.is_dead:
            raise Death


class MortalWeCom(FakeWeCom):
    """What a process that is dead sends does not arrive."""

    outbox: MortalOutbox | None = None
    #: The process dies after so many calls that WeCom has taken.
    calls_left = -1

    def send(self, body: bytes) -> Attempt:
        if self.outbox is not None and self.outbox.is_dead:
            return lost(taken=False)
        attempt = super().send(body)
        self.calls_left -= 1
        if self.calls_left == 0 and self.outbox is not None:
            self.outbox.is_dead = True
        return attempt


def fill(office: Office) -> None:
    office.hire(*(f"p{at}" for at in range(PEOPLE)))
    office.queue_each(range(1, PEOPLE + 1))
    office.queue("all", {"content": "to all"})


def mortal(office: Office, **fate: Any) -> MortalOutbox:
    made = MortalOutbox(office.open(anew=True), personal_data=True, clock=office.clock)
    for name, value in fate.items():
        setattr(made, name, value)
    return made


def live_and_die(office: Office, outbox: MortalOutbox, wecom: FakeWeCom) -> None:
    here = gone(this_process())
    with suppress(Death):
        office.engine(outbox=outbox, here=here, senders={"wecom": wecom}, threads=3).drain()


def finish(office: Office) -> None:
    """Let whoever comes next deliver the rest."""
    for _ in range(60):
        office.drain()
        office.clock.advance(minutes=1)
        if not {"pending", "claimed"} & office.statuses().keys():
            return


def assert_once(office: Office, messages: int = PEOPLE + 1) -> None:
    assert office.statuses("outbox_message") == {"done": messages}
    assert office.statuses() == {"delivered": 2 * PEOPLE}
    assert set(office.wecom.ledger.values()) == {1}
    assert len(office.wecom.ledger) == 2 * PEOPLE
    assert {one["status"] for one in office.calls()} <= {"sent", "refused"}
    assert {one["body"] for one in office.calls()} == {None}


@pytest.mark.parametrize("border", ["before", "within", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("count", [1, 2])
def test_who_dies_at_any_border_neither_loses_nor_doubles_a_message(
    office: Office, step: str, border: str, count: int
) -> None:
    fill(office)
    live_and_die(office, mortal(office, step=step, border=border, count=count), office.wecom)
    finish(office)
    assert_once(office)


@pytest.mark.parametrize("calls", [1, 5])
def test_who_dies_between_sending_and_settling_neither_loses_nor_doubles_a_message(
    office: Office, calls: int
) -> None:
    fill(office)
    outbox = mortal(office)
    office.wecom = MortalWeCom(office.clock)
    office.wecom.outbox, office.wecom.calls_left = outbox, calls
    live_and_die(office, outbox, office.wecom)
    assert outbox.is_dead
    assert office.statuses()["claimed"] > 0
    office.wecom.outbox = None
    finish(office)
    assert_once(office)


class Trouble:
    """A WeCom, and deaths, by chance; always the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def answer(self, body: dict[str, Any]) -> Attempt | None:
        people = body["touser"].split("|")
        return self.chance.choices(
            (
                None,
                lost(taken=True),
                lost(taken=False),
                refused(-1, Disposition.RETRY),
                refused(45009, Disposition.SLOW_DOWN),
                refused(60020, Disposition.CONFIGURATION),
                refused(40031, Disposition.SPLIT) if len(people) > 1 else None,
            ),
            weights=(50, 15, 10, 10, 3, 3, 9),
        )[0]

    def outbox(self, office: Office) -> MortalOutbox:
        return mortal(
            office,
            step=self.chance.choice(STEPS),
            border=self.chance.choice(("before", "within", "after")),
            count=self.chance.randint(1, 6),
        )


def suffer(office: Office, seed: int) -> None:
    fill(office)
    trouble = Trouble(seed)
    office.wecom.answer = trouble.answer
    settings = {"threads": 2, "retry": SETTINGS.retry * 20, "chance": trouble.chance.random}
    for _ in range(8):
        here = gone(this_process())
        with suppress(Death):
            office.engine(outbox=trouble.outbox(office), here=here, **settings).drain()
        office.stores.pop().close()
        office.clock.advance(minutes=1)
    office.wecom.answer = lambda _: None
    for _ in range(200):
        office.engine(**settings).drain()
        office.clock.advance(minutes=2)
        if not {"pending", "claimed"} & office.statuses().keys():
            break
    assert_once(office)


@pytest.mark.parametrize("seed", range(3))
def test_any_mix_of_deaths_losses_and_refusals_shows_every_message_once(
    office: Office, seed: int
) -> None:
    suffer(office, seed)


@pytest.mark.hard
@pytest.mark.parametrize("seed", range(3, 60))
def test_many_mixes_of_deaths_losses_and_refusals_show_every_message_once(
    office: Office, seed: int
) -> None:
    suffer(office, seed)


@pytest.mark.parametrize("engines", [2, 4])
def test_several_engines_on_one_store_show_every_message_once(office: Office, engines: int) -> None:
    fill(office)
    office.queue_each([*range(1, PEOPLE + 1)] * 10, "more")
    trouble = Trouble(engines)
    office.wecom.answer = lambda _: lost(taken=True) if trouble.chance.random() < 0.2 else None
    failures: list[BaseException] = []

    def run() -> None:
        try:
            office.engine(outbox=office.outbox(anew=True), threads=2, chance=random.random).drain()
        except BaseException as error:
            failures.append(error)
            raise

    threads = [Thread(target=run) for _ in range(engines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    office.wecom.answer = lambda _: None
    finish(office)
    assert office.statuses("outbox_message") == {"done": PEOPLE * 11 + 1}
    assert office.statuses() == {"delivered": PEOPLE * 12}
    got = office.wecom.ledger
    assert {got[f"p{at}", '{"content": "to all"}'] for at in range(PEOPLE)} == {1}
    assert {got[f"p{at - 1}", json.dumps({"content": f"more to {at}"})] for at in range(1, 13)} == {
        10
    }
    assert sum(got.values()) == PEOPLE * 12


def test_a_call_that_somebody_has_taken_over_is_settled_by_them_alone(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    outbox = mortal(office, step="settle", border="before", count=1)
    live_and_die(office, outbox, office.wecom)
    [call] = office.calls()
    assert (call["status"], call["token"]) == ("claimed", 1)
    office.drain()
    [call] = office.calls()
    assert (call["status"], call["token"], call["attempts"]) == ("sent", 2, 2)
    assert office.wecom.got("a") == 1
    assert len(set(office.wecom.bodies)) == 1


def test_calls_of_another_host_are_taken_over_when_nobody_has_renewed_them(office: Office) -> None:
    office.hire("a")
    office.queue("user:1")
    outbox = mortal(office, step="settle", border="before", count=1)
    elsewhere = gone(this_process())
    elsewhere = type(elsewhere)("elsewhere", "boot", 1, "1")
    with suppress(Death):
        office.engine(outbox=outbox, here=elsewhere).drain()
    office.wait_and_drain(seconds=100)
    assert office.calls()[0]["token"] == 1
    office.wait_and_drain(seconds=30)
    assert office.statuses() == {"delivered": 1}
    assert office.wecom.got("a") == 1
