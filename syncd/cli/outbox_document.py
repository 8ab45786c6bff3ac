"""Messages and what became of them, as JSON values."""

from collections.abc import Mapping, Sequence
from typing import Any

from syncd.services.deliver import Drained
from syncd.services.outbox_by_hand import CancelReport
from syncd.store.outbox.look import StoredCall, StoredDelivery, StoredMessage
from syncd.store.outbox.retrying import Retried


def message_document(one: StoredMessage) -> dict[str, object]:
    """Return a message as JSON values."""
    return {
        "id": one.id,
        "recipient": one.recipient,
        "msgtype": one.msgtype,
        "content": one.content,
        "source": one.source,
        "dedupe_key": one.dedupe_key,
        "priority": one.priority,
        "not_before": one.not_before,
        "expires_at": one.expires_at,
        "status": one.status,
        "created_at": one.created_at,
        "finished_at": one.finished_at,
        "approved_at": one.approved_at,
        "people": one.people,
        "reason": one.reason,
        "error": one.error,
        "deliveries": dict(sorted(one.deliveries.items())),
    }


def show_document(
    message: StoredMessage, deliveries: Sequence[StoredDelivery], calls: Sequence[StoredCall]
) -> dict[str, object]:
    """Return a message, its deliveries and its calls as JSON values."""
    return {
        "message": message_document(message),
        "deliveries": [_delivery_document(one) for one in deliveries],
        "calls": [_call_document(one) for one in calls],
    }


def _delivery_document(one: StoredDelivery) -> dict[str, object]:
    return {
        "id": one.id,
        "user_id": one.user_id,
        "name": one.name,
        "userid": one.userid,
        "external_id": one.external_id,
        "recipient": one.recipient,
        "status": one.status,
        "reason": one.reason,
        "attempts": one.attempts,
        "next_attempt_at": one.next_attempt_at,
        "last_error_code": one.last_error_code,
        "last_error": one.last_error,
        "delivered_at": one.delivered_at,
        "call_id": one.call_id,
    }


def _call_document(one: StoredCall) -> dict[str, object]:
    return {
        "id": one.id,
        "source": one.source,
        "status": one.status,
        "attempts": one.attempts,
        "first_sent_at": one.first_sent_at,
        "repeat_at": one.repeat_at,
        "settled_at": one.settled_at,
        "msgid": one.msgid,
        "can_change": one.response_code is not None,
        "error_code": one.error_code,
        "error": one.error,
        "recalled_at": one.recalled_at,
        "people": one.people,
        "shared_with": list(one.shared_with),
    }


def retried_document(
    message_id: int, done: Retried, audit_pending: str | None
) -> Mapping[str, Any]:
    """Return what became of a retried message as JSON values."""
    return {
        "message": message_id,
        "deliveries": done.deliveries,
        "left": dict(sorted(done.left.items())),
        "audit_pending": audit_pending,
    }


def cancelled_document(message_id: int, report: CancelReport) -> Mapping[str, Any]:
    """Return what became of a cancelled message as JSON values."""
    done = report.cancelled
    return {
        "message": message_id,
        "was_queued": done.was_queued,
        "cancelled": done.deliveries,
        "being_sent": done.being_sent,
        "recalled": report.recalled,
        "left": [
            {"call": one.call.id, "people": one.call.people, "why": one.why} for one in report.left
        ],
        "audit_pending": report.audit_pending,
    }


def drained_document(done: Drained, audit_pending: str | None) -> Mapping[str, Any]:
    """Return what a pass has delivered as JSON values."""
    return {
        "calls": done.sent,
        "delivered": done.delivered,
        "dead": done.dead,
        "waiting": done.waiting,
        "unreachable": dict(sorted(done.unreachable.items())),
        "audit_pending": audit_pending,
    }
