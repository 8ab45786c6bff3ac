from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from syncd.alerts.words import Said, Teller, said_at_most
from syncd.model.incident import Alert, Incident, IncidentKind, Phase, Subject, Way

OPENED = datetime(2026, 11, 28, 12, 0, 5, tzinfo=UTC)
ENDED = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)
REASON = "The source 'ldap' showed no person at all."


def alert(kind: IncidentKind, phase: Phase = Phase.OPENED, name: str = "ldap", **detail) -> Alert:
    subject = Subject(kind, "" if kind is IncidentKind.PLAN_HELD else name)
    ended = ENDED if phase is Phase.ENDED else None
    return Alert(Incident(4, subject, OPENED, detail, ended_at=ended), phase, Way.EMAIL)


def teller(wording: str) -> Teller:
    return Teller(wording, "sync1", ZoneInfo("Asia/Shanghai"))


def test_an_alert_says_what_it_is_since_when_why_and_what_to_do():
    said = teller("en").say(alert(IncidentKind.SOURCE_FAILED, reason=REASON))
    assert said.title == "syncd: The source ldap cannot be read"
    assert said.body.splitlines() == [
        "The source ldap cannot be read.",
        "Since: 2026-11-28 20:00:05 CST",
        f"Reason: {REASON}",
        "Its people stay as they were read last. syncd sync --source ldap tries it at once.",
        "syncd on sync1, incident 4",
    ]


def test_a_held_plan_names_the_commands_that_decide_it():
    said = teller("en").say(alert(IncidentKind.PLAN_HELD, run="17", reason="too many"))
    assert "syncd runs 17 shows it, syncd approve 17 applies it." in said.body


@pytest.mark.parametrize("kind", IncidentKind)
def test_the_end_says_from_when_until_when_and_what_it_was(kind):
    said = teller("en").say(alert(kind, Phase.ENDED, reason=REASON, run="17"))
    assert "from 2026-11-28 20:00:05 CST to 2026-11-28 21:30:00 CST" in said.body
    assert REASON in said.body


def test_in_chinese_the_reason_is_chinese_too():
    said = teller("zh").say(alert(IncidentKind.SOURCE_FAILED, reason=REASON))
    assert said.title == "syncd：来源 ldap 无法读取"
    assert "showed no person" not in said.body
    assert "Reason" not in said.body


def test_both_languages_stand_one_below_the_other():
    one = alert(IncidentKind.CHANNEL_STOPPED, name="wecom", reason="60020")
    chinese, english = teller("zh").say(one), teller("en").say(one)
    assert teller("both").say(one) == Said(
        f"{chinese.title} / {english.title}", f"{chinese.body}\n\n{english.body}"
    )


def test_a_long_reason_is_cut_and_several_lines_become_one():
    said = teller("en").say(alert(IncidentKind.SOURCE_FAILED, reason="x\n" * 4000))
    assert len(said.body) < 1000
    assert said.body.count("\n") == 4


@pytest.mark.parametrize("octets", [40, 41, 42, 43])
def test_a_message_is_cut_between_characters(octets):
    whole = said_at_most(Said("标题", "企业微信" * 50), octets)
    assert len(whole.encode()) <= octets
    assert whole.endswith("…")
    assert "�" not in whole


def test_a_message_that_fits_is_whole():
    assert said_at_most(Said("title", "body"), 2048) == "title\n\nbody"
