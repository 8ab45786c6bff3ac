"""Why a record belongs to nobody."""

from collections.abc import Collection
from typing import Final

from syncd.model.conflict import ConflictKind
from syncd.model.dossier import StoredRecord
from syncd.model.entry import Ref
from syncd.model.explanation import Unmatched
from syncd.model.record import RecordState, UserRecord
from syncd.reconcile.settings import Policy

#: Conflicts that keep a record from a user, the one that explains most first.
_KINDS: Final = (
    ConflictKind.IDENTITY_DOUBTFUL,
    ConflictKind.DUPLICATE_KEY,
    ConflictKind.AMBIGUOUS,
    ConflictKind.MISSING_KEY,
)


def why_unmatched(
    ref: Ref,
    stored: StoredRecord,
    kinds: Collection[ConflictKind],
    policy: Policy,
    *,
    by_hand: bool = False,
) -> Unmatched:
    """Return the first thing that keeps a record from having a user.

    `kinds` are those of the open conflicts that are about the record; `by_hand` says whether a
    person has said that it is nobody's.
    """
    if stored.gone_at is not None:
        return Unmatched.GONE
    if by_hand:
        return Unmatched.BY_HAND
    for kind in _KINDS:
        if kind in kinds:
            return Unmatched(kind.value)
    if ref.source == policy.authority:
        return _of_authority(stored.record)
    if policy.common_field is None:
        return Unmatched.NO_COMMON_FIELD
    has_value = stored.record.fields.get(policy.common_field)
    return Unmatched.NOBODY_HAS_THE_VALUE if has_value else Unmatched.MISSING_KEY


def _of_authority(record: UserRecord) -> Unmatched:
    if record.state is RecordState.LEFT:
        return Unmatched.LEFT
    return Unmatched.NEXT_RUN if record.may_create else Unmatched.TOO_LITTLE_KNOWN
