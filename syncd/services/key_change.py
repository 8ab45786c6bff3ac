"""How fit each field is, where people are to be matched by another one than before.

Such a plan is held; whoever reviews it needs to know what the new field is worth.
"""

from collections.abc import Iterator, Mapping

from syncd.model.change import Plan
from syncd.model.entry import Ref
from syncd.model.fitness import Survey
from syncd.model.record import UserRecord
from syncd.model.source import SourceState
from syncd.reconcile.guarded import COMMON_FIELD
from syncd.services.decide import Context, Decision
from syncd.services.keys import Intention, gather_people, survey
from syncd.services.remembering import new_states
from syncd.store.reader import Reader


def survey_of(context: Context, decision: Decision) -> Survey | None:
    """Return how fit each field is by what was read just now, None where no new field is matched."""
    if all(one.guard != COMMON_FIELD for one in decision.judgement.violations):
        return None
    policy = context.policy
    states: Mapping[str, SourceState] = {
        **decision.states,
        **{one.name: one for one in new_states(context, decision, context.clock())},
    }
    intention = Intention(policy.authority, policy.common_field, policy.limits.protected)
    people = gather_people(context.store, _records_after(context.store, decision.plan))
    return survey(people, states, context.asked, intention)


def _records_after(store: Reader, plan: Plan) -> Iterator[UserRecord]:
    """Yield the record of everybody who will be there once the plan is applied."""
    written = {
        Ref(one.source, one.external_id): one
        for _, one, _ in plan.records
        if isinstance(one, UserRecord)
    }
    gone = {one.ref for one in plan.gone}
    for record in store.everybody():
        ref = Ref(record.source, record.external_id)
        new = written.pop(ref, record)
        if ref not in gone:
            yield new
    yield from (one for ref, one in written.items() if ref not in gone)
