"""What people are told of an incident, in English, in Chinese, or in both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from syncd.model.incident import Alert, Incident, IncidentKind, Phase
from syncd.text import Language, Text, joined, text, translated
from syncd.text.recall import recalled

Wording = Literal["en", "zh", "both"]
#: The languages of each setting, in the order in which they stand.
LANGUAGES: Final[Mapping[Wording, tuple[Language, ...]]] = {
    "en": ("en",),
    "zh": ("zh",),
    "both": ("zh", "en"),
}
#: A reason longer than this says nothing more to somebody who reads it on a telephone.
_REASON_LENGTH: Final = 400
#: What stands in for something that is not known any more.
_UNKNOWN: Final = text("unknown")


@dataclass(frozen=True, slots=True)
class Said:
    """An alert in words."""

    title: str
    body: str

    @property
    def whole(self) -> str:
        """Return both, the title on a line of its own."""
        return f"{self.title}\n\n{self.body}"


@dataclass(frozen=True, slots=True)
class Teller:
    """Says alerts for one host."""

    wording: Wording
    host: str
    #: In whose time moments are told.
    zone: tzinfo

    def say(self, alert: Alert) -> Said:
        """Return an alert in words; where both languages are asked for, Chinese stands first."""
        languages = LANGUAGES[self.wording]
        title, lines = self._title(alert), self._lines(alert)
        bodies = ["\n".join(translated(line, language) for line in lines) for language in languages]
        return Said(
            " / ".join(translated(title, language) for language in languages),
            "\n\n".join(bodies),
        )

    def _title(self, alert: Alert) -> Text:
        incident = alert.incident
        return text("syncd: {title}", title=TITLES[incident.subject.kind, alert.phase](incident))

    def _lines(self, alert: Alert) -> list[Text]:
        incident = alert.incident
        start = self._time(incident.opened_at)
        lines = [text("{title}.", title=TITLES[incident.subject.kind, alert.phase](incident))]
        if alert.phase is Phase.OPENED:
            lines += [text("Since: {at}", at=start), text("Reason: {why}", why=_reason(incident))]
            lines.append(_what_to_do(incident))
        else:
            end = self._time(incident.ended_at)
            lines.append(text("It was so from {start} to {end}.", start=start, end=end))
            lines.append(text("The reason was: {why}", why=_reason(incident)))
        lines.append(text("syncd on {host}, incident {id}", host=self.host, id=incident.id))
        return lines

    def _time(self, moment: datetime | None) -> str:
        if moment is None:
            return "-"
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M:%S %Z}"


def _reason(incident: Incident) -> Text | str:
    said = incident.detail.get("reason", "")
    if not said:
        return _UNKNOWN
    whole = " ".join(said.split())
    return recalled(whole) if len(whole) <= _REASON_LENGTH else f"{whole[:_REASON_LENGTH]}…"


def _held(one: Incident) -> Text:
    run = one.detail.get("run", "")
    return text("A plan is held and waits for a person (run {run})", run=run)


def _not_held(one: Incident) -> Text:
    return text("The plan of run {run} is held no longer", run=one.detail.get("run", ""))


def _failed(one: Incident) -> Text:
    return text("The source {source} cannot be read", source=one.subject.name)


def _not_failed(one: Incident) -> Text:
    return text("The source {source} fails no longer", source=one.subject.name)


def _stopped(one: Incident) -> Text:
    return text("Messages by {source} do not get through", source=one.subject.name)


def _not_stopped(one: Incident) -> Text:
    return text("Messages by {source} get through again", source=one.subject.name)


#: Kind and phase → what says it in a few words.
TITLES: Final = {
    (IncidentKind.PLAN_HELD, Phase.OPENED): _held,
    (IncidentKind.PLAN_HELD, Phase.ENDED): _not_held,
    (IncidentKind.SOURCE_FAILED, Phase.OPENED): _failed,
    (IncidentKind.SOURCE_FAILED, Phase.ENDED): _not_failed,
    (IncidentKind.CHANNEL_STOPPED, Phase.OPENED): _stopped,
    (IncidentKind.CHANNEL_STOPPED, Phase.ENDED): _not_stopped,
}


def _what_to_do(incident: Incident) -> Text:
    name, run = incident.subject.name, incident.detail.get("run", "")
    match incident.subject.kind:
        case IncidentKind.PLAN_HELD:
            return text(
                "Nothing of it was applied. syncd runs {run} shows it, syncd approve {run} applies it.",
                run=run,
            )
        case IncidentKind.SOURCE_FAILED:
            return text(
                "Its people stay as they were read last. syncd sync --source {source} tries it at once.",
                source=name,
            )
        case IncidentKind.CHANNEL_STOPPED:
            return text("They wait, and are sent as soon as WeCom takes them again.")


def said_at_most(said: Said, octets: int) -> str:
    """Return an alert as one text of at most so many bytes in UTF-8."""
    whole = said.whole.encode()
    if len(whole) <= octets:
        return said.whole
    return joined("", [whole[: octets - 3].decode(errors="ignore"), "…"])
