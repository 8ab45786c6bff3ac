"""Says what needs a person now, and who was told of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from syncd.alerts.judging import REMEMBERED
from syncd.alerts.words import TITLES
from syncd.cli.output import age, moment, printable, retold
from syncd.config.configuration import Configuration
from syncd.model.incident import Alert, Incident, IncidentKind, Phase, Subject, Trouble
from syncd.services.situation import situation
from syncd.store.store import Store
from syncd.text import joined, term, text


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Something that is wrong, and what people were told of it."""

    trouble: Trouble
    #: None while nobody was to be told: it is too new, or `[alerts]` names nobody.
    id: int | None
    alerts: tuple[Alert, ...]


def open_incidents(
    store: Store, configuration: Configuration, now: datetime
) -> Iterator[OpenIncident]:
    """Yield what is wrong now."""
    found = situation(store, frozenset(configuration.enabled_sources), now)
    known = store.incidents.known(now - REMEMBERED)
    stored = {one.subject: one for one in known.incidents if one.is_open}
    for trouble in found.troubles:
        incident = stored.get(trouble.subject)
        told = [one for one in known.alerts if one.incident == incident]
        yield OpenIncident(trouble, incident.id if incident is not None else None, tuple(told))


def incident_lines(one: OpenIncident, now: datetime) -> Iterator[str]:
    """Yield what a person reads; of a held plan only who was told, the rest stands elsewhere."""
    subject = one.trouble.subject
    incident = Incident(one.id or 0, subject, one.trouble.since, one.trouble.detail)
    title = TITLES[subject.kind, Phase.OPENED](incident)
    yield text("{title}, {age}", title=title, age=age(one.trouble.since, now))
    reason = one.trouble.detail.get("reason")
    if reason and subject.kind is not IncidentKind.PLAN_HELD:
        yield text("  {reason}", reason=retold(printable(reason)))
    if one.alerts:
        told = joined(", ", [_told(each) for each in one.alerts])
        yield text("  told by: {ways}", ways=told)


def _told(one: Alert) -> str:
    way = term(one.way.value)
    if one.told_at is not None:
        return text("{way} ({at})", way=way, at=moment(one.told_at))
    if one.error is None:
        return text("{way} (not yet)", way=way)
    return text("{way} (not yet: {reason})", way=way, reason=retold(printable(one.error)))


def incident_document(one: OpenIncident) -> dict[str, object]:
    """Return the same as JSON values."""
    subject: Subject = one.trouble.subject
    return {
        "id": one.id,
        "kind": subject.kind.value,
        "subject": subject.name or None,
        "since": one.trouble.since,
        "detail": dict(one.trouble.detail),
        "told": [
            {
                "way": each.way.value,
                "phase": each.phase.value,
                "told_at": each.told_at,
                "attempts": each.attempts,
                "next_attempt_at": each.next_attempt_at,
                "error": each.error,
            }
            for each in one.alerts
        ],
    }
