"""Finds out whether the authority is another source than before (rule 1)."""

from collections.abc import Collection

from syncd.errors import ConfigError, UsageError
from syncd.model.run import Mode
from syncd.reconcile.reading import Handover
from syncd.reconcile.settings import Policy
from syncd.store.reader import Reader
from syncd.text import joined, text


def find_handover(
    store: Reader, source: str, policy: Policy, configured: Collection[str], mode: Mode
) -> Handover | None:
    """Return whose people and departments a source takes over; None where they are its own.

    Args:
        store: Where they are kept.
        source: The source that is read.
        policy: What the administrator has decided.
        configured: Names of all configured sources.
        mode: How much the run looks at.

    Raises:
        ConfigError: Nothing says who is who in the two sources.
        UsageError: The run looks at one person only.
    """
    if source != policy.authority:
        return None
    before = store.other_owners(source, policy.limits.protected)
    if not before:
        return None
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
    return Handover(frozenset(before), frozenset(before - set(configured)))
