"""What the store remembers of the sources after a run, besides their records."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from syncd.model.source import SourceState
from syncd.services.decide import Context, Decision
from syncd.services.intake import Intake
from syncd.sources.base import Source


def new_states(context: Context, decision: Decision, at: datetime) -> tuple[SourceState, ...]:
    """Return what is to be remembered of the sources; of a reading about one person, nothing."""
    return tuple(_states(context, decision, at))


def new_key_field(context: Context, decision: Decision) -> str | None:
    """Return the common field by which records are found from now on; None for the one before.

    Where nobody was matched by it yet, the first run that does so is the one that a person sees.
    """
    if decision.is_new_field and decision.plan.matched_anew is None:
        return None
    return context.policy.matching_field


def _states(context: Context, decision: Decision, at: datetime) -> Iterator[SourceState]:
    for source in context.sources:
        intake = decision.intakes.get(source.name)
        if intake is not None and intake.snapshot.readable is not None:
            yield _state(context, decision, source, intake, at)
        elif intake is not None and intake.snapshot.partial is not None:
            # All else is remembered as it was: a reading of changes proves nothing about fields.
            yield replace(decision.states[source.name], scope=intake.snapshot.scope)
    handover = decision.handover
    for name in sorted(handover.sources if handover is not None else ()):
        # Those whose people it keeps are its own from now on (rule 6).
        is_kept = name in decision.states and name in context.policy.others
        if is_kept and name not in decision.intakes:
            yield replace(decision.states[name], is_authority=False)


def _state(
    context: Context, decision: Decision, source: Source, intake: Intake, at: datetime
) -> SourceState:
    old, snapshot = decision.states.get(source.name), intake.snapshot
    seen_at = old.seen_at if old is not None else None
    field = new_key_field(context, decision)
    return SourceState(
        name=source.name,
        type=source.type,
        identity=snapshot.identity or source.identity,
        fingerprint=context.fingerprints[source.name],
        readable=source.fields
        & ((snapshot.readable or frozenset()) | (old.readable if old is not None else frozenset())),
        withheld=frozenset(intake.reading.withheld),
        scope=snapshot.scope,
        capabilities=snapshot.capabilities,
        first_loaded_at=old.first_loaded_at if old is not None and old.first_loaded_at else at,
        seen_at=at if _is_seen_due(seen_at, at) else seen_at,
        key_field=field or (old.key_field if old is not None else None),
        is_authority=_is_authority(context, decision, source.name),
    )


def _is_seen_due(seen_at: datetime | None, now: datetime) -> bool:
    """Return whether a day has passed since "last seen" was moved (contract, section 9)."""
    return seen_at is None or (now - seen_at).total_seconds() >= 24 * 3600


def _is_authority(context: Context, decision: Decision, name: str) -> bool | None:
    """Return whether a source's persons are users by themselves.

    Who was the authority stays known as that until its people have been taken over.
    """
    if name == context.policy.authority:
        return True
    if name in decision.before and decision.handover is None:
        state = decision.states.get(name)
        return state.is_authority if state is not None else None
    return False
