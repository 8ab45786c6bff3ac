"""What is wrong now, as far as the store knows."""

from collections.abc import Iterator
from datetime import datetime

import orjson

from syncd.alerts.judging import Situation
from syncd.model.incident import IncidentKind, Subject, Trouble
from syncd.model.pause import pause_of_source
from syncd.model.run import Run
from syncd.store.store import Store
from syncd.text import joined


def situation(store: Store, watched: frozenset[str], now: datetime) -> Situation:
    """Return what is wrong now, as far as the store knows."""
    pauses = store.pauses()
    paused = {name for name in watched if pause_of_source(pauses, name, now) is not None}
    return Situation(
        tuple(_troubles(store, watched)),
        frozenset(Subject(IncidentKind.SOURCE_FAILED, name) for name in paused),
        store.incidents.approved_at(),
    )


def _troubles(store: Store, watched: frozenset[str]) -> Iterator[Trouble]:
    held = store.held_run()
    if held is not None:
        detail = {"run": str(held.id), "reason": _why_held(store, held)}
        yield Trouble(Subject(IncidentKind.PLAN_HELD), held.started_at, detail)
    for one in store.incidents.failures():
        if one.source in watched:
            subject = Subject(IncidentKind.SOURCE_FAILED, one.source)
            yield Trouble(subject, one.since, {"reason": one.error})
    for name, since, reason in store.incidents.stopped_channels():
        yield Trouble(Subject(IncidentKind.CHANNEL_STOPPED, name), since, {"reason": reason})


def _why_held(store: Store, held: Run) -> str:
    body = store.plan_body(held.id)
    if body is None:
        return ""
    return joined("; ", [one["text"] for one in orjson.loads(body)["held_by"]])
