"""Goes through WeCom's own list for "did not arrive", item by item. A pure decision over facts.

What WeCom has answered just now outranks what the store remembers; without an answer an item says
what is known and how to find out more. What WeCom tells nobody is marked as such: ask the person.
"""

from collections.abc import Callable, Mapping
from typing import Final

from syncd.model.arrival import (
    ArrivalFacts,
    Asked,
    Check,
    CheckedItem,
    KnownDelivery,
    Verdict,
)
from syncd.model.message import DeliveryStatus, MessageStatus, Reason
from syncd.text import Text, text

#: What WeCom takes from one app for one person (reference, section 11.1).
A_MINUTE: Final = 30
AN_HOUR: Final = 1000
#: WeCom's codes for who is unknown or out of the app's range.
_NOT_VISIBLE: Final = frozenset({50002, 60011, 60021, 60030, 60111, 92000})
#: … for a secret that is wrong, or whose app is switched off; the same code says both.
_SECRET_REFUSED: Final = frozenset({40001, 40091})
#: … and for an app that is switched off.
CLOSED: Final = 50003
#: `status` of `user/get` (reference, section 5.1).
_ACTIVATED, _DISABLED, _NOT_ACTIVATED, _LEFT = 1, 2, 4, 5
#: Types that WeCom's plug-in for WeChat does not show.
_NOT_IN_PLUGIN: Final = frozenset({"markdown"})

Found = tuple[Verdict, Text]
_ASK: Final = text("--ask asks WeCom.")


def checklist(facts: ArrivalFacts) -> tuple[CheckedItem, ...]:
    """Return every item with its verdict, in WeCom's order."""
    return tuple(CheckedItem(check, *judge(facts)) for check, judge in _CHECKS.items())


def _recipient(facts: ArrivalFacts) -> Found:
    message, delivery = facts.message, facts.delivery
    if delivery is None:
        if message.status == MessageStatus.QUEUED:
            return Verdict.CANNOT_TELL, text("Whom the message is for has not been found out yet.")
        if message.reason == Reason.BAD_RECIPIENT:
            return Verdict.IS_IT, text("The recipient cannot be read: nobody was found by it.")
        return Verdict.IS_IT, text("The message was not for this person.")
    if delivery.reason == Reason.INACTIVE:
        return Verdict.IS_IT, text("The person was not active when the recipients were found out.")
    if delivery.reason == Reason.NOT_LINKED:
        return (
            Verdict.IS_IT,
            text("The person had no record in the source that sends; syncd links shows them."),
        )
    return Verdict.OK, text("The message is for this person.")


def _sent(facts: ArrivalFacts) -> Found:  # noqa: PLR0911 - one line for each status
    delivery = facts.delivery
    if delivery is None:
        return _message_sent(facts)
    match delivery.status:
        case DeliveryStatus.DELIVERED:
            return Verdict.OK, text("WeCom took it for this person.")
        case DeliveryStatus.CLAIMED:
            return (
                Verdict.IS_IT,
                text("It is being sent, or its outcome is not known yet and it will be repeated."),
            )
        case DeliveryStatus.PENDING:
            return Verdict.IS_IT, _waits(facts, delivery)
        case DeliveryStatus.EXPIRED:
            return Verdict.IS_IT, text("It was too old when it could have been sent.")
        case DeliveryStatus.CANCELLED:
            return _cancelled(delivery)
        case _:
            return _dead(delivery)


def _message_sent(facts: ArrivalFacts) -> Found:
    message = facts.message
    if message.reason == Reason.NEEDS_APPROVAL and message.status == MessageStatus.QUEUED:
        return (
            Verdict.IS_IT,
            text("It waits for a person: syncd outbox approve {id}.", id=message.id),
        )
    if message.status == MessageStatus.QUEUED:
        return Verdict.IS_IT, text("It has not been looked at yet, or waits for its time.")
    if message.error:
        return Verdict.IS_IT, text("It was not sent: {error}", error=message.error)
    return Verdict.CANNOT_TELL, text("Nothing was sent to this person.")


def _waits(facts: ArrivalFacts, delivery: KnownDelivery) -> Text:
    if facts.is_paused:
        return text("It waits: sending is paused, and syncd resume ends that.")
    if facts.stopped is not None:
        return text("It waits: WeCom lets nothing of this source through at present.")
    if delivery.error:
        return text(
            "It waits for the next attempt, after {attempts}: {error}",
            attempts=delivery.attempts,
            error=delivery.error,
        )
    return text("It waits for its turn; syncd run or syncd outbox drain sends it.")


def _cancelled(delivery: KnownDelivery) -> Found:
    if delivery.recalled_at is not None:
        return Verdict.OK, text("WeCom took it for this person.")
    return Verdict.IS_IT, text("It was cancelled before it was sent.")


def _dead(delivery: KnownDelivery) -> Found:
    error = delivery.error or ""
    match delivery.reason:
        case Reason.OUTCOME_UNKNOWN:
            return (
                Verdict.CANNOT_TELL,
                text(
                    "It may have arrived: no answer came in time, and it was not sent again so as not to arrive twice."
                ),
            )
        case Reason.RETRIES_USED_UP:
            return Verdict.IS_IT, text("Every attempt failed; the last one: {error}", error=error)
        case Reason.MEDIA:
            return Verdict.IS_IT, text("Its file could not be sent: {error}", error=error)
        case Reason.NOT_VISIBLE | Reason.UNLICENSED | Reason.INACTIVE | Reason.NOT_LINKED:
            return Verdict.IS_IT, text("It was not sent to this person, see below and above.")
        case _:
            return Verdict.IS_IT, text("WeCom refused it: {error}", error=error)


def _recalled(facts: ArrivalFacts) -> Found:
    delivery = facts.delivery
    if delivery is not None and delivery.recalled_at is not None:
        return Verdict.IS_IT, text("It was taken back after it had arrived.")
    return Verdict.OK, text("It was not taken back by syncd.")


def _rate(facts: ArrivalFacts) -> Found:
    delivery = facts.delivery
    if delivery is None or delivery.delivered_at is None:
        return Verdict.OK, text("It is not beyond WeCom's limits: it was not sent.")
    counted = {"minute": delivery.within_minute, "hour": delivery.within_hour}
    if delivery.within_minute > A_MINUTE or delivery.within_hour > AN_HOUR:
        return (
            Verdict.IS_IT,
            text(
                "WeCom drops what an app sends to one person beyond 30 a minute or 1,000 an hour: it was number {minute} of the minute and {hour} of the hour.",
                **counted,
            ),
        )
    return (
        Verdict.OK,
        text(
            "syncd sent {minute} messages to the person within the minute before and {hour} within the hour; what other programs send by the same app is not counted.",
            **counted,
        ),
    )


def _app(facts: ArrivalFacts) -> Found:
    asked, stopped = facts.asked, facts.stopped
    answered = _of_app(asked) if asked is not None else None
    if answered is not None:
        return answered
    if stopped is not None:
        if stopped.code == CLOSED:
            return Verdict.IS_IT, text("The app was switched off when syncd last sent with it.")
        error = stopped.error or str(stopped.code or "")
        return Verdict.IS_IT, text("WeCom lets the app send nothing: {error}", error=error)
    if asked is not None and asked.app_error:
        return Verdict.CANNOT_TELL, text("WeCom did not say: {error}", error=asked.app_error)
    return _as_it_was(facts, text("The app could send when it was sent."))


def _of_app(asked: Asked) -> Found | None:
    """Return what WeCom says of the app; None where that was no answer."""
    if asked.is_closed:
        return Verdict.IS_IT, text("The app is switched off in WeCom's console.")
    if asked.is_closed is not None:
        return Verdict.OK, text("The app is switched on, says WeCom.")
    if asked.app_code in _SECRET_REFUSED:
        return (
            Verdict.IS_IT,
            text(
                "WeCom accepts the app's secret no more: it was set anew, or the app is switched off."
            ),
        )
    return None


def _range(facts: ArrivalFacts) -> Found:
    asked = facts.asked
    if asked is not None:
        if asked.status is not None:
            return Verdict.OK, text("The person is in the app's visible range, says WeCom.")
        if asked.code in _NOT_VISIBLE:
            return (
                Verdict.IS_IT,
                text(
                    "WeCom does not show the person to the app ({code}): gone, or outside its visible range.",
                    code=asked.code,
                ),
            )
    delivery = facts.delivery
    if delivery is not None and delivery.reason == Reason.NOT_VISIBLE:
        return (
            Verdict.IS_IT,
            text("WeCom named the person as unknown or outside the app's visible range."),
        )
    if not facts.person.is_linked:
        return Verdict.CANNOT_TELL, text("The person has no record in the source that sends.")
    if asked is not None and asked.person_error:
        return Verdict.CANNOT_TELL, text("WeCom did not say: {error}", error=asked.person_error)
    return _as_it_was(facts, text("WeCom did not name the person as unknown when it was sent."))


def _activated(facts: ArrivalFacts) -> Found:
    asked, person = facts.asked, facts.person
    if asked is not None and asked.status is not None:
        return _of_status(asked)
    if person.state in {"disabled", "left"}:
        said = {
            "disabled": text("The account is disabled, says the last reading."),
            "left": text("The person has left the company, says the last reading."),
        }
        return Verdict.IS_IT, said[person.state]
    return (
        Verdict.CANNOT_TELL,
        text(
            "Who has never activated the account gets nothing, and no error comes. {ask}", ask=_ASK
        ),
    )


def _of_status(asked: Asked) -> Found:
    known: Mapping[int | None, Found] = {
        _ACTIVATED: (Verdict.OK, text("The account is activated.")),
        _DISABLED: (Verdict.IS_IT, text("The account is disabled in WeCom.")),
        _NOT_ACTIVATED: (
            Verdict.IS_IT,
            text(
                "The person has never activated the account and gets nothing: let them join the company in WeCom."
            ),
        ),
        _LEFT: (Verdict.IS_IT, text("The person has left the company in WeCom.")),
    }
    other = text("WeCom says status {status}, which is not documented.", status=asked.status)
    return known.get(asked.status, (Verdict.CANNOT_TELL, other))


def _licence(facts: ArrivalFacts) -> Found:
    delivery = facts.delivery
    if delivery is not None and delivery.reason == Reason.UNLICENSED:
        return Verdict.IS_IT, text("The person has no licence for the interface (接口许可).")
    return _as_it_was(facts, text("WeCom did not name the person as without a licence."))


def _as_it_was(facts: ArrivalFacts, said: Text) -> Found:
    """Return what an accepted message proves of the moment when it was sent."""
    delivery = facts.delivery
    if delivery is not None and delivery.delivered_at is not None:
        return Verdict.OK, said
    return Verdict.CANNOT_TELL, text("Nothing was taken by WeCom that would tell. {ask}", ask=_ASK)


def _stopped(_: ArrivalFacts) -> Found:
    return (
        Verdict.ASK_PERSON,
        text(
            "Ask the person: in WeCom, is the app's conversation set to receive nothing (workbench, the app, its settings)?"
        ),
    )


def _plugin(facts: ArrivalFacts) -> Found:
    if facts.message.msgtype in _NOT_IN_PLUGIN:
        return (
            Verdict.ASK_PERSON,
            text(
                "Ask the person: was it looked for in WeChat? The plug-in there does not show {msgtype}.",
                msgtype=facts.message.msgtype,
            ),
        )
    return (
        Verdict.ASK_PERSON,
        text(
            "Ask the person: is the company's plug-in followed in WeChat, and receiving switched on in it?"
        ),
    )


def _muted(_: ArrivalFacts) -> Found:
    return (
        Verdict.ASK_PERSON,
        text("Ask the person: is the conversation muted, or folded away among others?"),
    )


_CHECKS: Final[Mapping[Check, Callable[[ArrivalFacts], Found]]] = {
    Check.RECIPIENT: _recipient,
    Check.SENT: _sent,
    Check.RECALLED: _recalled,
    Check.RATE: _rate,
    Check.APP: _app,
    Check.RANGE: _range,
    Check.ACTIVATED: _activated,
    Check.LICENCE: _licence,
    Check.STOPPED: _stopped,
    Check.PLUGIN: _plugin,
    Check.MUTED: _muted,
}
