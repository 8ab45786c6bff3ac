"""Finds out whether the authority is another source than before (rule 1)."""

from collections.abc import Collection, Mapping

from syncd.errors import ConfigError, UsageError
from syncd.model.run import Mode
from syncd.model.source import SourceState
from syncd.reconcile.reading import Handover
from syncd.reconcile.settings import Policy
from syncd.store.reader import Reader
from syncd.text import joined, text


def owners_before(
    store: Reader, policy: Policy, states: Mapping[str, SourceState]
) -> frozenset[str]:
    """Return the sources that were the authority and still own users who are not gone.

    Or active departments. Whoever was made of a record that fitted nobody (rule 6) belongs to a
    source that never was one; protected users do not count.
    """
    found = store.other_owners(policy.authority, policy.limits.protected)
    return frozenset(name for name in found if _was_authority(store, name, states))


def _was_authority(store: Reader, name: str, states: Mapping[str, SourceState]) -> bool:
    state = states.get(name) or store.retired_state(name)
    return state is None or state.is_authority is not False


def find_handover(
    before: Collection[str], policy: Policy, configured: Collection[str], mode: Mode
) -> Handover | None:
    """Return whose people and departments the authority takes over; None where they are its own.

    Args:
        before: The sources that were the authority (`owners_before`).
        policy: What the administrator has decided.
        configured: Names of all configured sources.
        mode: How much the run looks at.

    Raises:
        ConfigError: Nothing says who is who in the two sources.
        UsageError: The run looks at one person only.
    """
    if not before:
        return None
    source = policy.authority
    names = joined(", ", sorted(before))
    if policy.common_field is None:
        raise ConfigError(
            text(
                "The people in the store are those of {before}; reading them from {name!r} would "
                "make everybody a second time.",
                before=names,
                name=source,
            ),
            hint=text(
                "Set reconcile.common_field to the field that says who is who in both: syncd sync "
                "then holds a plan that takes people over. Or enable {before} instead.",
                before=names,
            ),
        )
    if mode is Mode.TARGETED:
        raise UsageError(
            text(
                "{name!r} has not taken over the people of {before} yet, so none of them can be "
                "read alone.",
                name=source,
                before=names,
            ),
            hint=text("Run syncd sync, look at the plan that it holds, then syncd approve it."),
        )
    return Handover(frozenset(before), frozenset(set(before) - set(configured)))
