"""A plan as JSON: what `--json` prints, and what is kept of a held plan for a person to review."""

from collections.abc import Iterable

import orjson

from syncd.model.change import Plan, Violation
from syncd.model.conflict import Conflict
from syncd.model.fitness import Survey
from syncd.reconcile.guard import Judgement
from syncd.reconcile.render import Line, line, violation_text
from syncd.services.keys_document import survey_document

Document = dict[str, object]


def held_body(
    plan: Plan, judgement: Judgement, person: str | None = None, survey: Survey | None = None
) -> str:
    """Return a held plan as text; `guarded` is what an approval is compared with.

    `person` is the external id of the one person whom the run was about, and an approval will be;
    `survey` tells how fit each field is, where people are to be matched by another one.
    """
    body: Document = {
        **({"keys": survey_document(survey)} if survey is not None else {}),
        **({"person": person} if person is not None else {}),
        "held_by": [violation_document(one) for one in judgement.violations],
        "guarded": judgement.guarded,
        **plan_document(plan),
    }
    return orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()


def plan_document(plan: Plan) -> Document:
    """Return the steps of a plan, and what it does to conflicts."""
    return {
        "changes": [_step(line(one)) for one in plan.changes],
        "conflicts": {
            "opened": _conflicts(plan.opened),
            "changed": _conflicts(new for _, new in plan.changed),
            "resolved": _conflicts(one.conflict for one in plan.resolved),
        },
    }


def violation_document(one: Violation) -> Document:
    """Return why a guard holds a plan."""
    return {
        "guard": one.guard,
        "subject": one.subject,
        "count": one.count,
        "earlier": one.earlier,
        "limit": one.limit,
        "population": one.population,
        "text": violation_text(one),
    }


def _step(one: Line) -> Document:
    return {
        "sign": one.sign,
        "entity": one.entity,
        "action": one.action,
        "source": one.source,
        "external_id": one.external_id,
        "name": one.name,
        "values": [
            {"field": what, "before": before or None, "after": after or None}
            for what, before, after in one.values
        ],
        "cause": one.cause,
        "why": one.why,
    }


def _conflicts(found: Iterable[Conflict]) -> list[Document]:
    return [
        {
            "kind": one.kind.value,
            "source": one.source,
            "external_id": one.external_id,
            "key_value": one.key_value,
            "detail": dict(one.detail),
        }
        for one in found
    ]
