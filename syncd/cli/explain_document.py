"""The answer of `syncd explain --json`."""

from collections.abc import Mapping
from typing import Any

from syncd.cli.explain_text import REASONS, RULES, UNMATCHED
from syncd.model.dossier import StoredRecord
from syncd.model.entry import Ref
from syncd.model.explanation import (
    Brought,
    DepartmentOrigin,
    Explanation,
    FieldOrigin,
    LinkOrigin,
    Reason,
)
from syncd.reconcile.render import SENTENCES as CAUSES
from syncd.services.candidates import Suggested


def as_document(found: Explanation, suggested: Mapping[Ref, Suggested]) -> dict[str, object]:
    """Return the same, and more of it, as JSON values."""
    dossier, user = found.dossier, found.dossier.user
    return {
        "user": None
        if user is None
        else {
            **{name: user[name] for name in ("id", "userid", "name", "status")},
            "created_at": user["created_at"],
            "updated_at": user["updated_at"],
            "run": _run(found.made),
        },
        "unmatched": None
        if found.unmatched is None
        else {"code": found.unmatched.value, "text": str(UNMATCHED[found.unmatched])},
        "reasons": [_reason(one) for one in found.reasons],
        "fields": [_field(one) for one in found.fields],
        "links": [_link(one) for one in found.links],
        "parted": [
            {"source": one.ref.source, "external_id": one.ref.external_id, "run": _run(one.brought)}
            for one in found.parted
        ],
        "departments": [_department(one) for one in found.departments],
        "asked": [one._asdict() for one in dossier.asked],
        "conflicts": [
            {
                "id": one.id,
                "kind": one.conflict.kind.value,
                "source": one.conflict.source,
                "external_id": one.conflict.external_id,
                "key_value": one.conflict.key_value,
                "detail": dict(one.conflict.detail),
                "first_run_id": one.first_run_id,
                "last_run_id": one.last_run_id,
            }
            for one in found.conflicts
        ],
        "records": [_record(one) for one in dossier.records.values()],
        "candidates": [each.as_json() for one in suggested.values() for each in one.suggestions],
    }


def _run(one: Brought | None) -> dict[str, Any] | None:
    if one is None:
        return None
    run, code = one.run, one.cause.get("code", "")
    return {
        "id": one.run_id,
        "at": one.at,
        "trigger": run.trigger.value if run is not None else None,
        "actor": run.actor if run is not None else None,
        "why": run.why if run is not None else None,
        "cause": dict(one.cause),
        "text": str(CAUSES.get(code, code)),
    }


def _field(one: FieldOrigin) -> dict[str, Any]:
    return {
        "field": one.field,
        "value": one.value,
        "source": one.ref.source if one.ref is not None else None,
        "external_id": one.ref.external_id if one.ref is not None else None,
        "rule": one.rule.value,
        "text": str(RULES[one.rule]),
        "record_value": one.said,
        "run": _run(one.brought),
    }


def _reason(one: Reason) -> dict[str, Any]:
    return {
        "reason": one.reason,
        "text": str(REASONS[one.reason]),
        "at": one.at,
        "run": _run(one.brought),
    }


def _link(one: LinkOrigin) -> dict[str, Any]:
    return {
        "source": one.link.ref.source,
        "external_id": one.link.ref.external_id,
        "method": one.link.method.value,
        "key_value": one.link.key_value,
        "is_owner": one.link.is_owner,
        "linked_at": one.link.linked_at,
        "last_seen_at": one.link.last_seen_at,
        "run": _run(one.brought),
    }


def _department(one: DepartmentOrigin) -> dict[str, Any]:
    it = one.membership
    return {
        "id": it.department_id,
        "source": it.department.source,
        "external_id": it.department.external_id,
        "full_path": it.full_path,
        "is_primary": it.is_primary,
        "is_leader": it.is_leader,
        "sort_order": it.sort_order,
        "rule": one.rule.value,
        "text": str(RULES[one.rule]),
        "since": one.since,
        "run": _run(one.brought),
    }


def _record(stored: StoredRecord) -> dict[str, Any]:
    record = stored.record
    return {
        "source": record.source,
        "external_id": record.external_id,
        "read_at": record.read_at,
        "gone_at": stored.gone_at,
        "state": record.state.value if record.state is not None else None,
        "fields": dict(record.fields),
        "departments": None
        if record.memberships is None
        else [
            {"id": one.department, "is_leader": one.is_leader, "sort_order": one.sort_order}
            for one in record.memberships
        ],
        "main_department": record.main_department,
        "rejected": {one.field: one.reason for one in record.rejections},
    }
