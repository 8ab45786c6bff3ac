"""WeCom's list for "did not arrive", over every mixture of what is known."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.arrival import (
    ArrivalFacts,
    Asked,
    Check,
    KnownDelivery,
    KnownMessage,
    KnownPerson,
    Stopped,
    Verdict,
)
from syncd.model.message import DeliveryStatus, MessageStatus, Reason
from syncd.services.arrival_checklist import checklist

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MESSAGE = KnownMessage(7, "text", "done", None, None, "wecom")
DELIVERED = KnownDelivery(
    "delivered", None, "wecom", "li", 1, None, NOW, NOW, None, None, None, 1, 1
)
LI = KnownPerson("active", is_linked=True)
FACTS = ArrivalFacts(MESSAGE, DELIVERED, LI)
ASKED = Asked(is_closed=False, status=1)
ONLY_THE_PERSON = {Check.STOPPED, Check.PLUGIN, Check.MUTED}


def dead(reason: Reason, **known) -> ArrivalFacts:
    delivery = replace(
        DELIVERED, status="dead", reason=reason.value, delivered_at=None, error="why", **known
    )
    return replace(FACTS, delivery=delivery)


def verdicts(facts: ArrivalFacts) -> dict[Check, Verdict]:
    return {one.check: one.verdict for one in checklist(facts)}


def said(facts: ArrivalFacts, check: Check) -> str:
    return next(str(one.said) for one in checklist(facts) if one.check is check)


def is_it(facts: ArrivalFacts) -> set[Check]:
    return {check for check, verdict in verdicts(facts).items() if verdict is Verdict.IS_IT}


def test_of_a_message_that_wecom_took_all_that_is_known_is_ok():
    found = verdicts(replace(FACTS, asked=ASKED))
    assert {check for check, verdict in found.items() if verdict is Verdict.OK} == {
        check for check in Check if check not in ONLY_THE_PERSON
    }


def test_what_wecom_tells_nobody_is_for_the_person_to_say():
    for facts in (FACTS, replace(FACTS, asked=ASKED), dead(Reason.REFUSED)):
        found = verdicts(facts)
        assert {check for check in Check if found[check] is Verdict.ASK_PERSON} == ONLY_THE_PERSON


def test_without_asking_nobody_says_that_an_account_is_activated():
    assert verdicts(FACTS)[Check.ACTIVATED] is Verdict.CANNOT_TELL
    assert "--ask" in said(FACTS, Check.ACTIVATED)


@pytest.mark.parametrize(
    ("status", "verdict", "words"),
    [
        (1, Verdict.OK, "activated"),
        (2, Verdict.IS_IT, "disabled"),
        (4, Verdict.IS_IT, "never activated"),
        (5, Verdict.IS_IT, "left"),
        (3, Verdict.CANNOT_TELL, "status 3"),
    ],
)
def test_wecoms_status_decides_about_the_account(status, verdict, words):
    facts = replace(FACTS, asked=replace(ASKED, status=status))
    assert verdicts(facts)[Check.ACTIVATED] is verdict
    assert words in said(facts, Check.ACTIVATED)


@pytest.mark.parametrize("state", ["disabled", "left"])
def test_the_last_reading_knows_who_is_disabled_or_left(state):
    facts = replace(FACTS, person=KnownPerson(state, is_linked=True))
    assert is_it(facts) == {Check.ACTIVATED}
    # and what WeCom says now outranks it
    assert is_it(replace(facts, asked=ASKED)) == set()


@pytest.mark.parametrize("code", [60111, 60011, 60021])
def test_whom_wecom_does_not_show_is_out_of_range_or_gone(code):
    facts = replace(FACTS, asked=Asked(is_closed=False, code=code, person_error="not found"))
    assert is_it(facts) == {Check.RANGE}


def test_an_error_of_another_kind_proves_nothing():
    asked = Asked(app_error="no answer", app_code=-1, code=-1, person_error="busy")
    facts = replace(dead(Reason.REFUSED), asked=asked)
    found = verdicts(facts)
    assert (found[Check.RANGE], found[Check.APP]) == (Verdict.CANNOT_TELL, Verdict.CANNOT_TELL)
    assert "busy" in said(facts, Check.RANGE)
    assert "no answer" in said(facts, Check.APP)


@pytest.mark.parametrize(
    ("reason", "checks"),
    [
        (Reason.NOT_VISIBLE, {Check.SENT, Check.RANGE}),
        (Reason.UNLICENSED, {Check.SENT, Check.LICENCE}),
        (Reason.INACTIVE, {Check.SENT, Check.RECIPIENT}),
        (Reason.NOT_LINKED, {Check.SENT, Check.RECIPIENT}),
        (Reason.REFUSED, {Check.SENT}),
        (Reason.RETRIES_USED_UP, {Check.SENT}),
        (Reason.MEDIA, {Check.SENT}),
    ],
)
def test_each_reason_of_a_dead_delivery_points_at_its_item(reason, checks):
    assert is_it(dead(reason)) == checks


def test_an_unknown_outcome_is_not_taken_for_a_failure():
    facts = dead(Reason.OUTCOME_UNKNOWN)
    assert is_it(facts) == set()
    assert "may have arrived" in said(facts, Check.SENT)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"is_paused": True}, "paused"),
        ({"stopped": Stopped("configuration", NOW, 60020, "not allowed")}, "lets nothing"),
        ({}, "its turn"),
    ],
)
def test_what_waits_says_for_what(known, words):
    pending = replace(DELIVERED, status="pending", delivered_at=None)
    facts = replace(FACTS, delivery=pending, **known)
    assert Check.SENT in is_it(facts)
    assert words in said(facts, Check.SENT)


def test_what_failed_before_says_so_while_it_waits():
    pending = replace(DELIVERED, status="pending", delivered_at=None, attempts=3, error="busy")
    assert "after 3: busy" in said(replace(FACTS, delivery=pending), Check.SENT)


@pytest.mark.parametrize(
    ("code", "words"), [(50003, "switched off"), (60020, "not allowed"), (None, "not allowed")]
)
def test_a_stopped_channel_says_whether_the_app_is_switched_off(code, words):
    facts = replace(FACTS, stopped=Stopped("configuration", NOW, code, "not allowed"))
    assert is_it(facts) == {Check.APP}
    assert words in said(facts, Check.APP)


def test_a_secret_that_is_accepted_no_more_is_it():
    facts = replace(FACTS, asked=Asked(app_error="invalid credential", app_code=40001))
    assert is_it(facts) == {Check.APP}
    assert "secret" in said(facts, Check.APP)


def test_an_app_that_is_switched_off_is_it():
    assert is_it(replace(FACTS, asked=replace(ASKED, is_closed=True))) == {Check.APP}


@pytest.mark.parametrize(
    ("minute", "hour", "found"),
    [(30, 1000, set()), (31, 31, {Check.RATE}), (1, 1001, {Check.RATE})],
)
def test_what_is_beyond_the_limits_may_have_been_dropped(minute, hour, found):
    delivery = replace(DELIVERED, within_minute=minute, within_hour=hour)
    assert is_it(replace(FACTS, delivery=delivery)) == found


def test_what_was_taken_back_is_it_and_was_sent():
    recalled = replace(DELIVERED, status="cancelled", reason="by_hand", recalled_at=NOW)
    assert is_it(replace(FACTS, delivery=recalled)) == {Check.RECALLED}


def test_what_was_cancelled_before_was_not_sent():
    cancelled = replace(DELIVERED, status="cancelled", reason="by_hand", delivered_at=None)
    assert is_it(replace(FACTS, delivery=cancelled)) == {Check.SENT}


@pytest.mark.parametrize(
    ("message", "checks", "words"),
    [
        (replace(MESSAGE, status="queued"), {Check.SENT}, "not been looked at"),
        (replace(MESSAGE, status="queued", reason="needs_approval"), {Check.SENT}, "approve 7"),
        (
            replace(MESSAGE, status="dead", reason="bad_recipient", error="no recipient"),
            {Check.RECIPIENT, Check.SENT},
            "no recipient",
        ),
        (MESSAGE, {Check.RECIPIENT}, "Nothing was sent"),
    ],
)
def test_a_message_without_a_delivery_for_the_person_says_why(message, checks, words):
    facts = ArrivalFacts(message, None, LI)
    assert is_it(facts) == checks
    assert words in said(facts, Check.SENT)


def test_in_the_plug_in_for_wechat_markdown_is_not_shown():
    facts = replace(FACTS, message=replace(MESSAGE, msgtype="markdown"))
    assert "does not show markdown" in said(facts, Check.PLUGIN)


FACT = st.builds(
    ArrivalFacts,
    st.builds(
        KnownMessage,
        st.just(7),
        st.sampled_from(["text", "markdown"]),
        st.sampled_from(MessageStatus).map(str),
        st.none() | st.sampled_from(Reason).map(str),
        st.none() | st.just("why {not}"),
        st.just("wecom"),
    ),
    st.none()
    | st.builds(
        KnownDelivery,
        st.sampled_from(DeliveryStatus).map(str),
        st.none() | st.sampled_from(Reason).map(str),
        st.just("wecom"),
        st.just("li"),
        st.integers(0, 9),
        st.none(),
        st.none() | st.just(NOW),
        st.none() | st.just(NOW),
        st.none() | st.integers(),
        st.none() | st.just("{x}"),
        st.none() | st.just(NOW),
        st.integers(0, 50),
        st.integers(0, 2000),
    ),
    st.builds(
        KnownPerson, st.none() | st.sampled_from(["active", "disabled", "left"]), st.booleans()
    ),
    st.none() | st.just(Stopped("configuration", NOW, 50003, None)),
    st.booleans(),
    st.none()
    | st.builds(
        Asked,
        st.none() | st.booleans(),
        st.none() | st.just("e"),
        st.none() | st.sampled_from([40001, 50003]),
        st.none() | st.integers(0, 9),
        st.none() | st.sampled_from([60111, -1]),
        st.none() | st.just("e"),
    ),
)


@given(FACT)
def test_whatever_is_known_every_item_is_judged_once_in_order(facts):
    items = checklist(facts)
    assert [one.check for one in items] == list(Check)
    assert all(one.said for one in items)
