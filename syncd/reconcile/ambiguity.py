"""The conflicts of a plan: which are there now, which are new, and which are gone."""

from collections.abc import Callable, Iterable, Mapping

from syncd.model.change import Cause
from syncd.model.conflict import Conflict, ConflictKind, OpenConflict
from syncd.model.directory import User
from syncd.model.entry import Hidden, Kind, Ref, Rejection
from syncd.model.record import UserRecord
from syncd.reconcile.reading import Reading

#: Kinds that concern a source as a whole: only a complete reading says that they are gone.
SOURCE_WIDE = frozenset({ConflictKind.SCOPE_SHRUNK, ConflictKind.FIELD_WITHHELD})
DEPARTMENT_KINDS = frozenset({ConflictKind.ORPHAN_DEPARTMENT, ConflictKind.DEPARTMENT_CYCLE})
#: What precedes the id of a department where users stand beside it.
DEPARTMENT_PREFIX = "department:"

_ACCEPTED = Cause("scope_accepted")


def rejected(source: str, rejections: Iterable[Rejection]) -> list[Conflict]:
    """Return one conflict for each entry of which a part could not be used (rule 13)."""
    by_entry: dict[str, dict[str, str]] = {}
    for one in rejections:
        prefix = DEPARTMENT_PREFIX if one.kind is Kind.DEPARTMENT else ""
        by_entry.setdefault(prefix + one.external_id, {})[one.field] = one.reason
    return [
        Conflict(ConflictKind.REJECTED, source, entry, None, {"fields": fields})
        for entry, fields in by_entry.items()
    ]


def withheld(source: str, fields: Mapping[str, int]) -> list[Conflict]:
    """Return one conflict for each field that the source used to give and does not (rule 8).

    How many values are kept is told as it was when the field was first missed: it moves with
    every hire and leaver, and that is no news about the field.
    """
    return [
        Conflict(ConflictKind.FIELD_WITHHELD, source, field, None, {"values_kept": kept})
        for field, kept in fields.items()
    ]


def doubtful(user: User, record: UserRecord) -> Conflict:
    """Return the conflict of a person who returned under an old id as somebody else (rule 10)."""
    detail = {
        "user_id": user.id,
        "name_before": user.row.name,
        "name_now": record.fields.get("name"),
    }
    return Conflict(ConflictKind.IDENTITY_DOUBTFUL, record.source, record.external_id, None, detail)


def userid_taken(holders: Mapping[str, list[tuple[int | None, Ref]]]) -> list[Conflict]:
    """Return a conflict for every active user but the first who bears a userid (section 9).

    `holders`: folded userid → (user's id, owner) of the active users who bear it.
    """
    conflicts = []
    for userid, users in holders.items():
        if len(users) > 1:
            ordered = sorted(users, key=lambda one: (one[0] is None, one[0] or 0, one[1]))
            first = ordered[0][1]
            conflicts += [
                Conflict(
                    ConflictKind.USERID_TAKEN,
                    ref.source,
                    ref.external_id,
                    userid,
                    {"held_by": str(first)},
                )
                for _, ref in ordered[1:]
            ]
    return conflicts


def shrunk(
    reading: Reading, accepted: Callable[[str], bool]
) -> tuple[list[Conflict], dict[tuple[Kind, str], Cause]]:
    """Return what can no longer be seen, as conflicts by part, and who may go all the same.

    `accepted(id)` says whether a person has decided that the absent one may go.
    """
    parts: dict[str, tuple[str, dict[Kind, list[str]]]] = {}
    going: dict[tuple[Kind, str], Cause] = {}
    groups: tuple[tuple[Kind, str, Mapping[str, Hidden]], ...] = (
        (Kind.USER, "", reading.absence.hidden_users),
        (Kind.DEPARTMENT, DEPARTMENT_PREFIX, reading.absence.hidden_departments),
    )
    for kind, prefix, hidden in groups:
        for id_, why in hidden.items():
            if accepted(prefix + id_):
                going[kind, id_] = _ACCEPTED
            else:
                parts.setdefault(why.part, (why.reason, {}))[1].setdefault(kind, []).append(id_)
    conflicts = [
        Conflict(
            ConflictKind.SCOPE_SHRUNK,
            reading.source,
            part,
            None,
            {
                "reason": reason,
                "people": sorted(ids.get(Kind.USER, ())),
                "departments": sorted(ids.get(Kind.DEPARTMENT, ())),
            },
        )
        for part, (reason, ids) in parts.items()
    ]
    return conflicts, going


def compare(
    now: Iterable[Conflict],
    stored: Iterable[OpenConflict],
    is_settled: Callable[[Conflict], bool],
) -> tuple[
    tuple[Conflict, ...], tuple[tuple[OpenConflict, Conflict], ...], tuple[OpenConflict, ...]
]:
    """Return the conflicts that are new, that have changed, and that are gone.

    `is_settled` says whether this plan looked at what a stored conflict is about: what it did not
    look at stays open.
    """
    current = {conflict.key: conflict for conflict in now}
    opened = dict(current)
    changed = []
    resolved = []
    for one in stored:
        conflict = opened.pop(one.conflict.key, None)
        if conflict is None:
            if is_settled(one.conflict):
                resolved.append(one)
        elif conflict != one.conflict and conflict.kind is not ConflictKind.FIELD_WITHHELD:
            changed.append((one, conflict))
    return tuple(opened[key] for key in sorted(opened)), tuple(changed), tuple(resolved)
