"""Notices what needs a person, and tells people: once for each incident, by every way there is.

Nothing here ever fails a run: what cannot be told is tried again, and what cannot be written is
looked at anew the next time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from syncd.alerts.failure import NotTold
from syncd.alerts.judging import REMEMBERED, Wanted, judge, next_attempt
from syncd.alerts.words import Said, Teller, said_at_most
from syncd.errors import LeaseTaken, SourcePaused, SyncdError
from syncd.model.incident import Alert, Incident, Judged, Known, Way
from syncd.model.message import Draft
from syncd.model.run import Mode
from syncd.services.decide import Context, Request
from syncd.services.report import SyncReport
from syncd.services.situation import situation
from syncd.services.sync import run_sync
from syncd.store.store import Store

log = structlog.get_logger(__name__)

#: What WeCom takes of a text (reference, section 9.2).
_TEXT_OCTETS: Final = 2048
#: Before what applications queue.
_PRIORITY: Final = 100
#: A message about an incident that is older says nothing any more.
_EXPIRES: Final = timedelta(days=1)


class Sender(Protocol):
    """A way of telling people that is not the outbox."""

    def tell(self, alert: Alert, said: Said, now: datetime) -> None:
        """Tell it; raise `NotTold`, or `ConfigError` where a secret is missing."""


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What is needed for noticing and telling; made at the program's edge."""

    store: Store
    #: The sources that are read; what is said of others is over.
    watched: frozenset[str]
    wanted: Wanted
    teller: Teller
    clock: Callable[[], datetime]
    senders: Mapping[Way, Sender]
    #: The recipients of messages in WeCom, joined by `|`.
    recipient: str = ""
    #: Called before somebody is told, which takes a while; what it raises ends the telling.
    pause: Callable[[], object] = lambda: None


def run_watched(watching: AlertContext, context: Context, request: Request) -> SyncReport:
    """Run a sync, note which sources failed, and tell whoever is to be told.

    Raises:
        SyncdError: What `run_sync` raises.
    """
    try:
        report = run_sync(context, request)
    except (LeaseTaken, SourcePaused):
        raise  # nothing was tried
    except SyncdError as error:
        if request.mode is not Mode.TARGETED:
            note(watching, dict.fromkeys(context.names, error.message), ())
        watch(watching)
        raise
    if request.mode is not Mode.TARGETED:
        failed = {name: error.message for name, error in report.failures.items()}
        shown = report.shadow.readings if report.shadow is not None else {}
        note(watching, failed, {*report.readings, *shown} - failed.keys())
    watch(watching)
    return report


def note(watching: AlertContext, failed: Mapping[str, str], read: Iterable[str]) -> None:
    """Remember which sources could not be read, and why, and which could."""
    try:
        watching.store.incidents.note_readings(failed, read, watching.clock())
    except SyncdError as error:
        log.warning("failures_not_noted", reason=error.message)


def watch(watching: AlertContext) -> str:
    """Look how things are, tell what is to be told, and return it in a few words."""
    if not watching.wanted.ways:
        return "nobody is to be told"
    try:
        _revise(watching)
        told, failed = _tell_due(watching)
    except SyncdError as error:  # the store
        log.warning("alerts_postponed", reason=error.message)
        return f"postponed: {error.message}"
    return f"{told} told, {failed} failed" if told or failed else "nothing to tell"


def _revise(watching: AlertContext) -> None:
    now = watching.clock()
    found = situation(watching.store, watching.watched, now)

    def decide(known: Known) -> Judged:
        return judge(now, found, known, watching.wanted)

    book, since = watching.store.incidents, now - REMEMBERED
    # Most of the time there is nothing to write, and nobody has to be kept from writing.
    if decide(book.known(since)).is_empty:
        return
    judged = book.revise(since, decide, lambda alert: _draft(watching, alert, now), now)
    for one in judged.opened:
        log.warning("incident_opened", **_facts(one), reason=one.detail.get("reason"))
    for one in judged.changed:
        if not one.is_open:
            log.info("incident_ended", **_facts(one))


def _facts(one: Incident) -> dict[str, object]:
    return {"incident": one.id, "kind": one.subject.kind.value, "subject": one.subject.name}


def _draft(watching: AlertContext, alert: Alert, now: datetime) -> Draft:
    """Return the message in WeCom for an alert; the key lets it be queued once."""
    said = said_at_most(watching.teller.say(alert), _TEXT_OCTETS)
    return Draft(
        watching.recipient,
        "text",
        {"content": said},
        source=watching.wanted.sender,
        dedupe_key=alert.key,
        priority=_PRIORITY,
        expires_at=now + _EXPIRES,
    )


def _tell_due(watching: AlertContext) -> tuple[int, int]:
    """Tell what is due by e-mail and web hook; return how many alerts were told, and how many not."""
    told, failed = 0, set[Way]()
    for one in watching.store.incidents.due(watching.clock()):
        # A server that does not answer takes time, and would not answer the next time either.
        if one.way in failed:
            continue
        watching.pause()
        outcome = _tell(watching, one)
        told += outcome is True
        if outcome is False:
            failed.add(one.way)
    return told, len(failed)


def _tell(watching: AlertContext, one: Alert) -> bool | None:
    """Tell one alert; return whether that went well, None where it is not ours to tell."""
    book, sender = watching.store.incidents, watching.senders.get(one.way)
    if sender is None:  # this way is not configured any more
        book.claim(one, None)
        return None
    now = watching.clock()
    claimed = book.claim(one, next_attempt(one.attempts + 1, now))
    if claimed is None:
        return None
    facts = {**_facts(one.incident), "phase": one.phase.value, "way": one.way.value}
    try:
        sender.tell(claimed, watching.teller.say(claimed), now)
    except Exception as error:  # noqa: BLE001 - a way that is broken fails no run, and keeps no other from telling
        reason = _reason(error)
        book.settle(claimed, told_at=None, error=reason)
        log.warning("alert_failed", **facts, attempts=claimed.attempts, reason=reason)
        return False
    book.settle(claimed, told_at=watching.clock(), error=None)
    log.info("alert_sent", **facts)
    return True


def _reason(error: Exception) -> str:
    """Return why somebody could not be told; of a defect only its kind, for its text may hold anything."""
    if isinstance(error, NotTold):
        return str(error.reason)
    return str(error.message) if isinstance(error, SyncdError) else type(error).__name__
