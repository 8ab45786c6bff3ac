"""What an administrator does to messages: queue, retry, cancel and take back, approve, change a card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from syncd.errors import SourceError, SourceUnavailable, UsageError
from syncd.model.message import Draft, Reason
from syncd.services.by_hand import Author, ByHand, tell_log
from syncd.store.outbox.by_hand import Cancelled
from syncd.store.outbox.look import StoredCall, StoredMessage
from syncd.store.outbox.retrying import Retried
from syncd.text import Text, joined, text

#: How long WeCom takes a message back after it was sent, and how long a card may be changed.
RECALL_WITHIN: Final = timedelta(hours=24)
CHANGE_WITHIN: Final = timedelta(hours=72)


class Correspondent(Protocol):
    """WeCom, as far as what was sent already goes."""

    def recall_message(self, msgid: str) -> None:
        """Take a message back from everybody who got it by one call."""

    def update_template_card(
        self,
        response_code: str,
        *,
        userids: Sequence[str] = (),
        replace_name: str = "",
        template_card: Mapping[str, Any] | None = None,
    ) -> frozenset[str]:
        """Change a card before people who have it; return who is none of them."""


#: Returns who speaks to WeCom for the source of a name.
Correspondents = Callable[[str], Correspondent]


@dataclass(frozen=True, slots=True)
class Left:
    """A call that was not taken back, and why."""

    call: StoredCall
    why: str


@dataclass(frozen=True, slots=True)
class CancelReport:
    """What became of a message that was cancelled."""

    cancelled: Cancelled
    #: Deliveries that WeCom has taken back.
    recalled: int
    left: tuple[Left, ...]
    #: The first source that did not answer.
    unreachable: SourceError | None
    audit_pending: str | None


@dataclass(frozen=True, slots=True)
class CardChange:
    """What a card is to show from now on: another text on its button, or another card."""

    button: str = ""
    card: Mapping[str, Any] | None = None


def queue(by: ByHand, draft: Draft, author: Author) -> tuple[int, str | None]:
    """Queue a message; return its id, and why the audit log could not be written, if so.

    Raises:
        UsageError: There is a message with this dedupe key.
    """
    key = by.store.messages.add(draft, actor=author.name, why=author.why, now=by.clock())
    return key, tell_log(by)


def retry(
    by: ByHand, message_id: int, author: Author, *, twice: bool
) -> tuple[Retried, str | None]:
    """Let what is dead of a message be due again.

    Raises:
        UsageError: There is no such message, or nothing of it may go out again.
    """
    done = by.store.messages.retry(
        message_id, twice=twice, actor=author.name, why=author.why, now=by.clock()
    )
    return done, tell_log(by)


def approve(by: ByHand, message_id: int, author: Author) -> tuple[StoredMessage, str | None]:
    """Let a message go that waits because it is for so many people.

    Raises:
        UsageError: There is no such message, or it waits for nobody.
    """
    done = by.store.messages.approve(message_id, actor=author.name, why=author.why, now=by.clock())
    return done, tell_log(by)


def cancel(
    by: ByHand, message_id: int, author: Author, correspondents: Correspondents
) -> CancelReport:
    """End what waits of a message, and take back what was sent where WeCom lets us.

    Raises:
        UsageError: There is no such message, or there is nothing left to end or to take back.
    """
    now = by.clock()
    store = by.store.messages
    done = store.cancel(message_id, actor=author.name, why=author.why, now=now)
    if not (done.was_queued or done.deliveries or done.being_sent or done.sent):
        raise _over(store.message(message_id))
    recalled, left, unreachable = 0, list[Left](), None
    for call in done.sent:
        error = _take_back(call, correspondents, now)
        if error is None:
            recalled += store.note_recalled(
                message_id, call.id, actor=author.name, why=author.why, now=by.clock()
            )
            continue
        left.append(Left(call, error.message))
        if isinstance(error, SourceUnavailable):
            unreachable = unreachable or error
    return CancelReport(done, recalled, tuple(left), unreachable, tell_log(by))


def _take_back(
    call: StoredCall, correspondents: Correspondents, now: datetime
) -> SourceError | None:
    """Let WeCom take a call back; return why it was not."""
    why = _why_not(call, now)
    if why is not None:
        return SourceError(why)
    try:
        correspondents(call.source).recall_message(call.msgid or "")
    except SourceError as error:
        return error
    return None


def _over(message: StoredMessage) -> UsageError:
    return UsageError(
        text("Message {id} is over: it is {status}.", id=message.id, status=message.status),
        hint=text("Nothing of it waits, and nothing was delivered that could be taken back."),
    )


def _why_not(call: StoredCall, now: datetime) -> Text | None:
    """Return why a call is not taken back; None where WeCom is to be asked."""
    if call.shared_with:
        return text(
            "the same call brought message {others}: WeCom would take that back too",
            others=joined(", ", map(str, call.shared_with)),
        )
    if now - call.first_sent_at > RECALL_WITHIN:
        return text("WeCom takes messages back within 24 hours only")
    return None


def change_card(
    by: ByHand,
    message_id: int,
    change: CardChange,
    author: Author,
    correspondents: Correspondents,
) -> tuple[int, frozenset[str], str | None]:
    """Change a template card before those who got it; WeCom lets it be changed once.

    Returns:
        Before how many it was changed, who does not have it, and why the audit log could not be
        written, if so.

    Raises:
        UsageError: The message is no card that can be changed, or no longer.
        SourceError: WeCom refused, or did not answer; the card may have changed then.
    """
    now, store = by.clock(), by.store.messages
    message = store.message(message_id)
    calls = [one for one in store.calls(message_id) if one.response_code]
    open_ = [one for one in calls if now - one.first_sent_at <= CHANGE_WITHIN]
    if message.msgtype != "template_card" or not open_:
        raise _unchangeable(message, was_late=bool(calls))
    changed, strangers = 0, frozenset[str]()
    for call in open_:
        people = store.delivered_to(message_id, call.id)
        strangers |= correspondents(call.source).update_template_card(
            call.response_code or "",
            userids=people,
            replace_name=change.button,
            template_card=change.card,
        )
        store.note_card_changed(
            message_id, call.id, actor=author.name, why=author.why, now=by.clock()
        )
        changed += len(people)
    return changed - len(strangers), strangers, tell_log(by)


def _unchangeable(message: StoredMessage, *, was_late: bool) -> UsageError:
    if message.msgtype != "template_card":
        return UsageError(
            text("Message {id} is a {msgtype}, no card.", id=message.id, msgtype=message.msgtype),
            hint=text(
                "Only a template_card can be changed; syncd outbox cancel takes back others."
            ),
        )
    hint = text("WeCom lets a card be changed once, and within 72 hours.")
    if was_late:
        return UsageError(text("The card of message {id} is too old.", id=message.id), hint=hint)
    return UsageError(
        text(
            "The card of message {id} cannot be changed: it was not delivered, was changed "
            "already, or is of a kind that cannot.",
            id=message.id,
        ),
        hint=hint,
    )


#: What each reason means, and what a person can do.
REASONS: Final[Mapping[str, tuple[Text, Text]]] = {
    Reason.BAD_RECIPIENT: (
        text("the column recipient cannot be read"),
        text("Write user:ID, userid:USERID, department:ID, tag:ID or all, joined by |."),
    ),
    Reason.BAD_CONTENT: (
        text("msgtype or content is not what WeCom takes"),
        text("The error names the field; mend the application and queue a new message."),
    ),
    Reason.NO_SOURCE: (
        text("no source sends it"),
        text(
            "Name an enabled WeCom source with app_secret in the column source; it may be left "
            "out where there is one."
        ),
    ),
    Reason.NEEDS_APPROVAL: (
        text("it is for more people than outbox.confirm_above, and waits for a person"),
        text("syncd outbox approve ID lets it go, syncd outbox cancel ID ends it."),
    ),
    Reason.UNKNOWN_RECIPIENT: (
        text("nobody, and no department or tag, has that name"),
        text("syncd find looks for people; after a sync syncd outbox retry ID looks again."),
    ),
    Reason.NOT_LINKED: (
        text("the person has no record in the WeCom source that sends"),
        text("syncd explain USER says why; once linked, syncd outbox retry ID sends it."),
    ),
    Reason.INACTIVE: (
        text("the person is inactive"),
        text("syncd explain USER says why; nobody inactive gets messages."),
    ),
    Reason.NOT_VISIBLE: (
        text("the person is outside the app's visible range (可见范围), or unknown to WeCom"),
        text("Add the person to the range in WeCom's console (应用管理 → the app), then retry."),
    ),
    Reason.UNLICENSED: (
        text("the person has no licence for this app (接口许可)"),
        text("Assign one in WeCom's console, then retry."),
    ),
    Reason.REFUSED: (
        text("WeCom refused it for good"),
        text("The code says why; mend what it names, then retry or queue a new message."),
    ),
    Reason.RETRIES_USED_UP: (
        text("WeCom did not take it until the waits of outbox.retry were used up"),
        text("syncd outbox retry ID begins again."),
    ),
    Reason.OUTCOME_UNKNOWN: (
        text("it may have arrived: no answer came, and WeCom's duplicate check has run out"),
        text("Ask the person; syncd outbox retry ID --may-arrive-twice sends it again."),
    ),
    Reason.MEDIA: (
        text("its file cannot be read or uploaded"),
        text("Check the file, its size, and outbox.media_folders; then retry."),
    ),
    Reason.TOO_OLD: (
        text("it was older than outbox.max_age, or its expires_at had passed"),
        text("If it still says something, queue it as a new message."),
    ),
    Reason.BY_HAND: (text("a person cancelled it"), text("Nothing needs to be done.")),
}
