"""Delivering what applications have queued: the engine that runs in the daemon and in `drain`.

::

    queued ─expand─▶ pending ─claim─▶ written down ─▶ a thread sends it ─▶ results ─settle─▶ over
                        ▲                                                             │
                        └────────────── due again later, or by halves at once ────────┘

One thread looks for what is due and takes it; several send, one call each at a time; one settles
what has come back, many calls in one transaction. A call that is claimed is in the store before
it is sent, so whoever dies at any point leaves nothing that another one cannot go on with.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import SystemRandom
from threading import Event
from typing import Final, Protocol

import structlog

from syncd.errors import StoreUnavailable
from syncd.model.pause import PauseKind
from syncd.services.deliver_flight import Flight, lasting
from syncd.services.deliver_letter import Files, check
from syncd.services.deliver_sender import Sender
from syncd.services.deliver_tags import KnownTags
from syncd.store.holder import Holder
from syncd.store.outbox.outbox import Outbox
from syncd.store.outbox.values import Rules, Tally

__all__ = ["DeliverContext", "DeliverSettings", "Drained", "Engine", "Sender", "Stop"]

_log = structlog.get_logger(__name__)

#: Seconds between two looks at an outbox in which nothing happens.
POLL: Final = 0.25
#: Calls that are taken at once, for each thread.
_AHEAD: Final = 8
#: Seconds between two looks at pauses, at what somebody has left behind, at what is too old.
_LOOK_AT_PAUSES, _LOOK_BEHIND, _SWEEP, _RENEW = 1.0, 2.0, 60.0, 30.0
#: Seconds between two expansions while there is more to send than can be taken.
_EXPAND: Final = 1.0
#: Seconds that calls in the middle of being sent get when the engine is to stop.
_LAST_CALLS: Final = 30.0
_chance = SystemRandom().random


class Stop(Protocol):
    """Tells when to end; `threading.Event` is one."""

    def is_set(self) -> bool:
        """Return whether to end."""

    def wait(self, timeout: float) -> bool:
        """Wait until it is time to end, or for so many seconds."""


@dataclass(frozen=True, slots=True)
class DeliverSettings:
    """What the configuration says about sending."""

    retry: tuple[timedelta, ...]
    max_age: timedelta
    confirm_above: int | None = None
    #: Messages to people a day and source; None: 200 for each active linked user.
    daily_limit: int | None = None
    #: Files are taken from below these folders alone.
    media_folders: tuple[Path, ...] = ()
    threads: int = 16
    #: The source of messages that name none.
    default_source: str | None = None
    #: Sources with `apply = false`: their messages wait.
    shadow: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeliverContext:
    """What the engine works with."""

    outbox: Outbox
    senders: Mapping[str, Sender]
    settings: DeliverSettings
    here: Holder
    #: From 0 to 1.
    chance: Callable[[], float] = _chance
    #: Seconds, monotonic.
    clock: Callable[[], float] = time.monotonic
    #: The same, and it goes on while the process stands still.
    lasting: Callable[[], float] = lasting


@dataclass(slots=True)
class Drained:
    """What a pass has done."""

    #: Calls that WeCom has accepted.
    sent: int = 0
    #: Deliveries that are over.
    delivered: int = 0
    dead: int = 0
    #: Deliveries that are not over afterwards.
    waiting: int = 0
    #: Source → why it could not be reached.
    unreachable: dict[str, str] = field(default_factory=dict)


class _Often:
    """Says when something that is done now and then is to be done."""

    def __init__(self, every: float, clock: Callable[[], float]) -> None:
        self._every, self._clock = every, clock
        self._next = float("-inf")

    def is_due(self) -> bool:
        """Return whether it is time, and count from now on if so."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._every
        return True


class Engine:
    """Delivers from one store, by several threads. One pass at a time."""

    def __init__(self, context: DeliverContext) -> None:
        """Prepare; nothing is started before `drain` or `work`."""
        self._context = context
        settings, clock = context.settings, context.clock
        self._files = Files(context.outbox, context.senders, settings.media_folders, clock)
        self._capacity = settings.threads * _AHEAD
        self._tags = KnownTags(context.senders, clock)
        self._woken = Event()
        self._rules: Rules | None = None
        self._begin()

    def _begin(self) -> None:
        clock = self._context.clock
        self._pauses = _Often(_LOOK_AT_PAUSES, clock)
        self._behind = _Often(_LOOK_BEHIND, clock)
        self._sweeping = _Often(_SWEEP, clock)
        self._renewing = _Often(_RENEW, clock)
        self._expanding = _Often(_EXPAND, clock)
        self._drained = Drained()

    def wake(self) -> None:
        """Let `work` look at once, for somebody has queued something."""
        self._woken.set()

    def drain(self, stop: Stop | None = None) -> Drained:
        """Deliver all that is due now, and return what was done.

        Raises:
            StoreError: The store cannot be used; what was sent is settled by whoever comes next.
        """
        stop = stop or Event()
        self._begin()
        with self._flight(is_patient=False) as flight:
            while not stop.is_set():
                was_empty = flight.is_empty()  # what is settled meanwhile may be due again
                if not self._pass(flight) and was_empty:
                    break
        self._drained.waiting = self._context.outbox.count_open()
        return self._drained

    def work(self, stop: Stop) -> None:
        """Deliver what is due, now and later, until it is time to stop.

        Where the store is not there it waits for it.
        """
        self._begin()
        with self._flight(is_patient=True) as flight:
            while not stop.is_set():
                self._woken.clear()
                try:
                    is_busy = self._pass(flight)
                except StoreUnavailable as error:
                    _log.warning("outbox_store_unavailable", error=error.message)
                    stop.wait(1.0)
                    continue
                if not is_busy:
                    self._idle(stop, flight)

    # --- a pass --------------------------------------------------------------------------------

    def _flight(self, *, is_patient: bool) -> Flight:
        return Flight(
            self._context.outbox,
            self._context.senders,
            threads=self._context.settings.threads,
            here=self._context.here,
            chance=self._context.chance,
            rules=self._rules_of_now,
            files=self._files,
            told=self._note,
            is_patient=is_patient,
            last_calls=_LAST_CALLS,
            lasting=self._context.lasting,
        )

    def _pass(self, flight: Flight) -> bool:
        """Do what can be done at once; return whether there is more."""
        flight.check()
        rules = self._rules_of_now()
        if self._renewing.is_due():
            flight.renew()
        if self._sweeping.is_due():
            self._note(self._context.outbox.sweep(rules))
        room = self._capacity - flight.size()
        if room < self._capacity // 4:
            flight.wait_for_room(POLL)
            return True
        if not rules.sending:
            return False
        claimed = self._claim(flight, rules, room)
        is_full = claimed.more and len(claimed.calls) > 0
        if is_full and not self._expanding.is_due():
            return True
        expanded = self._expand(rules)
        is_busy = bool(claimed.calls or expanded.messages or claimed.more or expanded.more)
        if not is_busy and flight.size():
            flight.wait_for_room(POLL)
        return is_busy

    def _claim(self, flight: Flight, rules: Rules, room: int) -> Tally:
        context = self._context
        is_looking_behind = self._behind.is_due()
        if not is_looking_behind and not context.outbox.is_anything_due(rules):
            return Tally()
        since = flight.lasting()
        tally = context.outbox.claim(
            rules,
            self._files.prepare,
            context.here,
            context.chance,
            calls=room,
            is_looking_behind=is_looking_behind,
            flying=flight.ids(),
        )
        self._note(tally)
        flight.add(tally.calls, since)
        files, failed = self._files.fetch()
        self._drained.unreachable |= failed
        tally.more |= files > 0
        return tally

    def _expand(self, rules: Rules) -> Tally:
        context = self._context
        known = self._tags.known()
        silent = self._tags.silent()
        tally = context.outbox.expand(rules, known, check, context.chance, silent)
        self._note(tally)
        tally.more |= self._tags.ask(tally.lacking_tags, self._drained.unreachable)
        return tally

    def _rules_of_now(self) -> Rules:
        if self._rules is not None and not self._pauses.is_due():
            return self._rules
        settings = self._context.settings
        senders = frozenset(self._context.senders)
        now, paused = self._context.outbox.pauses()
        holding = [one for one in paused if one.holds_at(now)]
        waiting = settings.shadow | {one.name for one in holding if one.kind is PauseKind.SOURCE}
        if any(one.kind is not PauseKind.SOURCE for one in holding):
            waiting |= senders
        self._rules = Rules(
            senders=senders | settings.shadow,
            waiting=waiting,
            default_source=settings.default_source,
            retry=settings.retry,
            max_age=settings.max_age,
            confirm_above=settings.confirm_above,
            daily_limit=settings.daily_limit,
        )
        return self._rules

    def _idle(self, stop: Stop, flight: Flight) -> None:
        """Wait for something to happen, but no longer than until the next look."""
        if flight.size():
            flight.wait_for_room(POLL)
        elif not self._woken.is_set():
            stop.wait(POLL)

    def _note(self, tally: Tally) -> None:
        drained = self._drained
        drained.sent += tally.sent
        drained.delivered += tally.delivered
        drained.dead += tally.dead
        drained.unreachable |= tally.unreachable
        for source, error in tally.stopped.items():
            _log.warning("outbox_channel_stopped", source=source, error=error)
        for source in tally.resumed:
            _log.info("outbox_channel_resumed", source=source)
